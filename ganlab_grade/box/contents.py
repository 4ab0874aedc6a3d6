"""What of this course a submission can see: all that lessons use, and neither checks nor anything of the marking.

It is a list of what is shown, not of what is hidden, wherever something could be to hide: in every folder of
``ganlab`` that is called ``checks``, for there are the solutions as reference implementations, and in
``ganlab_grade``. ``python -m ganlab_grade.box.contents FOLDER`` copies it, for the container image.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

GRADE = Path(__file__).resolve().parent.parent
PACKAGE = GRADE.with_name("ganlab")
# Folders of this name are hidden wherever they lie.
HIDDEN = "checks"
# Of the folder below the package itself these hold no answers, and the worker needs them.
CHECKS = ("attempt.py", "ladder.py")
# What the worker imports, and that by itself.
INSIDE = ("__init__.py", "arguments.py", "changes.py", "seccomp.py", "shell.py", "wire.py", "worker.py")


def contents(package: Path = PACKAGE, grade: Path = GRADE) -> dict[str, Path]:
    """Path below the folder that stands on the sandbox's ``PYTHONPATH`` -> the file that is shown there.

    Compiled files are left out: they tell where this package is installed.
    """
    shown: dict[str, Path] = {}
    for path in sorted(package.rglob("*")):
        inside = path.relative_to(package)
        if path.is_file() and not {HIDDEN, "__pycache__"}.intersection(inside.parts):
            shown[f"ganlab/{inside}"] = path
    return shown | listed(package, grade)


def listed(package: Path = PACKAGE, grade: Path = GRADE) -> dict[str, Path]:
    """The part of the contents that is shown one by one, since the folders they are in hold more than that."""
    shown = {"ganlab/checks/__init__.py": grade / "inside" / "absent_checks.py"}
    shown |= {f"ganlab/checks/{name}": package / "checks" / name for name in CHECKS}
    shown["ganlab_grade/__init__.py"] = grade / "__init__.py"
    return shown | {f"ganlab_grade/inside/{name}": grade / "inside" / name for name in INSIDE}


def lay_out(folder: Path, *, copy: bool = False) -> None:
    """Put the contents into a folder, as symbolic links or as copies."""
    for name, path in contents().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if copy:
            shutil.copyfile(path, folder / name)
        else:
            (folder / name).symlink_to(path)


if __name__ == "__main__":
    lay_out(Path(sys.argv[1]), copy=True)
