"""What bubblewrap shows inside: the system's libraries, Python, the course's package, a scratch folder. No more.

Everything stands where it stands outside, since a virtual environment knows its own path; only the package of the
course moves, to a neutral place. Folders above a thing that is shown are there too, and empty.
"""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from ganlab_grade.box.contents import GRADE, HIDDEN, PACKAGE, listed

COURSE, SCRATCH, HOME = "/course", "/tmp", "/tmp/home"  # inside
# In folders that have to be there.
MADE = (Path(COURSE, "ganlab"), Path("/dev/null"), Path("/etc/passwd"))
LINKS = ("bin", "lib", "lib32", "lib64", "libx32")  # on most systems, from / into /usr
# What belongs to Python in a folder where it is installed by itself, and in one that it shares with other programs.
OWN, SHARED = ("bin", "lib", "lib64", "pyvenv.cfg"), ("bin", "lib*/python3*", "lib*/libpython*")


def mounts(hidden: Sequence[Path] = (), *, scratch_bytes: int, extra: Iterable[Path] = ()) -> list[str]:
    """Bubblewrap's arguments.

    Parameters
    ----------
    hidden : sequence of Path
        Folders that stay empty where they lie inside of something that is shown.
    scratch_bytes : int
        Size of the scratch folder, the one place that can be written to.
    extra : iterable of Path
        More files to show.
    """
    shown = _outermost({*_system(), *python_paths(), *extra})
    masked = {path for path in (*_homes_of_package(), *hidden) if _inside(path, shown)}
    # The scratch folder first, for Python may lie below it; then folders before what they contain.
    found = [
        *("--perms", "1777", "--size", str(scratch_bytes), "--tmpfs", SCRATCH, "--perms", "0777", "--dir", HOME),
        *_links(),
    ]  # fmt: skip
    for path in _above({*shown, *MADE}):  # bubblewrap would let only their owner in
        found += ["--perms", "0755", "--dir", str(path)]
    found += _devices()
    for path in sorted(shown | masked):
        found += ["--tmpfs", str(path)] if path in masked else ["--ro-bind", str(path), str(path)]
    for path in _traces():
        found += ["--ro-bind", os.devnull, str(path)]  # a device where devices are not permitted: cannot be read
    found += _course()
    for path in (*sorted(masked), Path("/")):
        found += ["--remount-ro", str(path)]
    return [*found, "--chdir", HOME]


def _course() -> list[str]:
    """The packages, with nothing but what is listed in the folders that hold more than that, and nothing compiled."""
    home = Path(COURSE, "ganlab")
    hidden = {path for name in (HIDDEN, "__pycache__") for path in PACKAGE.rglob(name) if path.is_dir()}
    # What lies below a folder that is emptied is gone with it.
    emptied = sorted(home / path.relative_to(PACKAGE) for path in hidden if hidden.isdisjoint(path.parents))
    emptied.append(Path(COURSE, "ganlab_grade"))
    found = ["--ro-bind", str(PACKAGE), str(home)]
    for path in emptied:
        found += ["--perms", "0755", "--tmpfs", str(path)]
    shown = {Path(COURSE, name): path for name, path in listed().items()}
    for folder in sorted({path.parent for path in shown} - set(emptied)):
        found += ["--perms", "0755", "--dir", str(folder)]
    for at, path in shown.items():
        found += ["--ro-bind", str(path), str(at)]
    return found + [part for path in emptied for part in ("--remount-ro", str(path))]


def python_paths() -> set[Path]:
    """Where this Python and the packages it can import are; no package in a home directory's ``.local``."""
    prefixes = {Path(path) for path in (sys.prefix, sys.base_prefix, sys.exec_prefix)}
    prefixes |= {path.resolve() for path in prefixes} | {Path(sys.executable).resolve().parent.parent}
    found = {Path(place) for place in site.getsitepackages()}
    for prefix in prefixes:
        for pattern in SHARED if str(prefix) in ("/usr", "/usr/local") else OWN:
            found |= set(prefix.glob(pattern))
    return {path for path in found if path.exists() and not _twice(path)}


def _twice(path: Path) -> bool:
    """A virtual environment's lib64 is a link to its lib."""
    return path.is_symlink() and path.resolve().parent == path.parent.resolve()


def _system() -> set[Path]:
    libraries = [*Path("/usr/lib").glob("*-linux-gnu*"), *Path("/usr/lib").glob("ld-linux*")]  # as Debian has them
    candidates = [
        *(libraries or [Path("/usr/lib")]),
        Path("/usr/lib64"),
        *(path for name in LINKS[1:] if not (path := Path("/", name)).is_symlink()),
        Path("/usr/lib/locale/C.utf8"),
        Path("/etc/ld.so.cache"),
        Path("/etc/alternatives"),  # through these a distribution's own NumPy finds its BLAS
        Path("/usr/share/zoneinfo"),
        # PyTorch chooses its code by the kind of CPU, and the same code has to run for every submission.
        Path("/proc/cpuinfo"),
        Path("/sys/devices/system/cpu"),
    ]
    return {path for path in candidates if path.exists()}


def _links() -> list[str]:
    names = [name for name in LINKS if Path("/", name).is_symlink()]
    return [part for name in names for part in ("--symlink", os.readlink(f"/{name}"), f"/{name}")]


def _devices() -> list[str]:
    # No /dev/zero: shared mappings of it are memory that no limit of a process counts.
    return [part for name in ("null", "random", "urandom") for part in ("--dev-bind", f"/dev/{name}", f"/dev/{name}")]


def _outermost(paths: set[Path]) -> set[Path]:
    return {path for path in paths if not any(parent in paths for parent in path.parents)}


def _above(shown: Iterable[Path]) -> list[Path]:
    """The folders that have to be made for what is shown."""
    above = {parent for path in shown for parent in path.parents} - {Path("/"), Path(SCRATCH)}
    return sorted(path for path in above if not any(path.is_relative_to(whole) for whole in shown))


def _homes_of_package() -> list[Path]:
    """The repository, and the packages wherever they are installed, where Python may lie too: they must not show."""
    packages = [Path(place, home.name) for place in site.getsitepackages() for home in (PACKAGE, GRADE)]
    return [*packages, *((PACKAGE, GRADE) if PACKAGE in packages else (PACKAGE.parent,))]


def _inside(path: Path, folders: Iterable[Path]) -> bool:
    return path.is_dir() and any(path != folder and path.is_relative_to(folder) for folder in folders)


def _traces() -> list[Path]:
    """Files by which an editable installation tells where the repository is: of no use inside."""
    patterns = ("__editable__*ganlab*", "__pycache__/__editable__*ganlab*", "ganlab-*.dist-info/direct_url.json")
    folders = [Path(place) for place in site.getsitepackages()]
    return sorted(path for folder in folders for pattern in patterns for path in folder.glob(pattern))
