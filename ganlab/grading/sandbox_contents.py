"""What of this package a submission can see: all that lessons use, and neither checks nor anything of the marking.

It is a list of what is shown, not of what is hidden, wherever something could be to hide: in every folder called
``checks``, since they hold the solutions as reference implementations, and in ``ganlab/grading``. ``python -m
ganlab.grading.sandbox_contents FOLDER`` copies it, for the container image.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
CHECKS = ("attempt.py", "ladder.py")
# What the worker imports, and that by itself.
GRADING = ("__init__.py", "arguments.py", "changes.py", "seccomp.py", "wire.py", "worker.py")
# Folders, wherever they are.
NOT_WHOLE = {"checks", "grading"}


def contents(package: Path = PACKAGE) -> dict[str, Path]:
    """Path below the folder that stands on the sandbox's ``PYTHONPATH`` -> the file that is shown there.

    Compiled files are left out: they tell where this package is installed.
    """
    shown: dict[str, Path] = {}
    for path in sorted(package.rglob("*")):
        inside = path.relative_to(package)
        if path.is_file() and not {*NOT_WHOLE, "__pycache__"} & set(inside.parts):
            shown[f"ganlab/{inside}"] = path
    shown["ganlab/checks/__init__.py"] = package / "grading" / "absent_checks.py"
    shown |= {f"ganlab/checks/{name}": package / "checks" / name for name in CHECKS}
    return shown | {f"ganlab/grading/{name}": package / "grading" / name for name in GRADING}


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
