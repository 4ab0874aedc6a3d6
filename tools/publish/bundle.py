"""One archive from which a classroom machine without a network installs the course: `make bundle`.

    python -m tools.publish.bundle                      build/ganlab-course-<version>-<platform>.tar
    python -m tools.publish.bundle --torch-index URL    PyTorch from an index of CPU builds, without those for GPUs
    python -m tools.publish.bundle --light              what `make lab` and `make studio` need, and no tests
    python -m tools.publish.bundle --extra hub          what else of pyproject's extras should go with it

The archive is for machines like this one: the same system, processor and version of Python. It holds the files of
the last commit, a wheelhouse of everything in constraints.txt that this platform needs, the lessons as pages, an
installation script, and SHA-256 digests of all. The wheelhouse stays in build/bundle/ and is fetched again only
when pyproject.toml or constraints.txt change; pip keeps what a run that was cut short has fetched already.
"""

import argparse
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tools.publish.install_offline import SUMS, digest, here_is

ROOT = Path(__file__).resolve().parents[2]
# What the installation itself needs: an editable install builds a wheel, in an environment of its own.
TO_BUILD = ("setuptools>=77", "wheel", "pip")
# What goes in: enough for `make test`, whose extra contains the others, or for reading and running only.
WHOLE, LIGHT = ("test",), ("lab", "studio")
RENDERED = "build/docs/html"  # where `make docs` leaves the web page


class BundleError(Exception):
    """The archive cannot be made; the message says why in a sentence."""


def platform_name() -> str:
    """Such as ``linux_x86_64-py311``: who can install the wheels."""
    system = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    return f"{system}-py{sys.version_info.major}{sys.version_info.minor}"


def contained(root: Path, extras: list[str]) -> list[str]:
    """These extras of pyproject.toml and those that they contain, which they name as ``ganlab[...]``.

    Raises
    ------
    BundleError
        If there is no such extra.
    """
    known = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    found: list[str] = []
    waiting = list(extras)
    while waiting:
        extra = waiting.pop()
        if extra not in known:
            raise BundleError(f"there is no extra {extra!r}; there are {', '.join(known)}")
        if extra not in found:
            found.append(extra)
            waiting += [name for line in known[extra] for name in _own(line)]
    return sorted(found)


def _own(line: str) -> list[str]:
    """The extras that a requirement names, if it is one for the course itself."""
    match = re.fullmatch(r"ganlab\[([a-z,]+)\]", line)
    return match[1].split(",") if match else []


def requirements(root: Path, extras: list[str]) -> list[str]:
    """What pip has to be able to install without a network."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [line for extra in contained(root, extras) for line in project["optional-dependencies"][extra]]
    return sorted({*project["dependencies"], *(line for line in lines if not _own(line)), *TO_BUILD})


def fetch(root: Path, work: Path, wanted: list[str], torch_index: str) -> Path:
    """The wheelhouse: all wheels that ``wanted`` need on this platform, at the pinned versions.

    Returns
    -------
    Path
        The folder; it is taken over from an earlier run if that wanted the same.
    """
    house, stamp = work / "wheelhouse", work / "wheelhouse.json"
    pins = (root / "constraints.txt").read_text(encoding="utf-8")
    asked = json.dumps([wanted, hashlib.sha256(pins.encode()).hexdigest(), torch_index, here_is()])
    if stamp.exists() and stamp.read_text(encoding="utf-8") == asked:
        return house
    stamp.unlink(missing_ok=True)
    fresh = work / "wheelhouse.new"
    shutil.rmtree(fresh, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    pip += ["--wheel-dir", str(fresh), "--constraint", str(root / "constraints.txt")]
    runs = [[*pip, "--find-links", str(fresh), "--find-links", str(house), *wanted]]
    if torch_index:
        runs.insert(0, [*pip, "--no-deps", "--index-url", torch_index, "torch", "torchvision"])
    house.mkdir(parents=True, exist_ok=True)
    fresh.mkdir(parents=True)
    for command in runs:
        if subprocess.run(command, check=False).returncode:
            raise BundleError("pip could not fetch everything; what it said stands above. Run this again: it goes on")
    shutil.rmtree(house)
    fresh.rename(house)
    stamp.write_text(asked, encoding="utf-8")
    return house


def repository(root: Path, target: Path) -> None:
    """The files of the last commit."""
    done = subprocess.run(["git", "archive", "--format=tar", "HEAD"], cwd=root, capture_output=True, check=False)
    if done.returncode:
        raise BundleError("the archive holds what git has committed, and this folder is no git checkout")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Debian 12's Python 3.11.2 has none
        archive.extractall(target)


def pages(root: Path, target: Path) -> None:
    """The lessons to read without running: the web page if `make docs` has made it, else each notebook as a page."""
    if (root / RENDERED / "index.html").exists():
        unread = shutil.ignore_patterns(".doctrees", "*.pickle", ".buildinfo")
        shutil.copytree(root / RENDERED, target / "pages", ignore=unread)
        return
    # MathJax comes from elsewhere in nbconvert's pages: without a network formulas are read as they are typed.
    notebooks = sorted(str(path) for path in (target / "notebooks").glob("*.ipynb"))
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--log-level=ERROR", "--output-dir"]
    if subprocess.run([*command, str(target / "pages"), *notebooks], check=False).returncode:
        raise BundleError("nbconvert could not turn the notebooks into pages; what it said stands above")


def listed(target: Path) -> Iterator[Path]:
    """Every file of the archive but the list of digests, in order."""
    return (path for path in sorted(target.rglob("*")) if path.is_file() and path.name != SUMS)


def pack(target: Path, archive: Path) -> None:
    """The folder as a tar, whole or not at all. Wheels are compressed already, so it is not."""
    unfinished = archive.with_suffix(".part")
    with tarfile.open(unfinished, "w") as file:
        for path in sorted(target.rglob("*")):
            if path.is_file():
                file.add(path, f"{archive.stem}/{path.relative_to(target).as_posix()}", filter=_anonymous)
    unfinished.replace(archive)


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def report(target: Path) -> str:
    """Sizes, largest first: a table for the one who has to carry it."""
    sizes: Counter[str] = Counter()
    for path in listed(target):
        top, name = path.relative_to(target).parts[0], path.name.lower()
        if top == "wheelhouse":
            gpu = name.startswith(("nvidia_", "triton-", "cuda_"))
            top = f"wheelhouse, {'for GPUs' if gpu else 'PyTorch' if name.startswith('torch') else 'the rest'}"
        sizes[top if top.startswith(("wheelhouse", "pages")) else "the course"] += path.stat().st_size
    lines = [f"{size / 1e6:9,.1f} MB  {what}" for what, size in sizes.most_common()]
    return "\n".join([*lines, f"{sizes.total() / 1e6:9,.1f} MB  together"])


def bundle(root: Path, extras: list[str], torch_index: str) -> tuple[Path, str]:
    """Make the archive; return where it is, and the report of sizes."""
    work = root / "build" / "bundle"
    version = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    archive = root / "build" / f"ganlab-course-{version}-{platform_name()}.tar"
    house = fetch(root, work, requirements(root, extras), torch_index)
    target = work / "course"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    repository(root, target)
    pages(root, target)
    shutil.copy(root / "tools" / "publish" / "install_offline.py", target / "install.py")
    shutil.copy(root / "docs" / "offline.md", target / "INSTALL.md")
    (target / "bundle.json").write_text(
        json.dumps(here_is() | {"extras": contained(root, extras)}) + "\n", encoding="utf-8"
    )
    (target / "wheelhouse").mkdir()
    for wheel in sorted(house.glob("*.whl")):
        (target / "wheelhouse" / wheel.name).hardlink_to(wheel)
    course = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--no-index",
    ]
    course += ["--find-links", str(target / "wheelhouse"), "--wheel-dir", str(target / "wheelhouse"), str(target)]
    if subprocess.run(course, check=False).returncode:
        raise BundleError("ganlab's own wheel could not be built; what pip said stands above")
    shutil.rmtree(target / "build", ignore_errors=True)
    shutil.rmtree(target / "ganlab.egg-info", ignore_errors=True)
    sums = [f"{digest(path)}  {path.relative_to(target).as_posix()}\n" for path in listed(target)]
    (target / SUMS).write_text("".join(sums), encoding="utf-8")
    pack(target, archive)
    said = report(target)
    shutil.rmtree(target)
    return archive, said


def main(arguments: list[str] | None = None) -> int:
    """Make the archive; the exit status is 0 if it is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--extra", action="append", default=[], help="a further extra of pyproject.toml; repeatable")
    parser.add_argument("--light", action="store_true", help="for `make lab` and `make studio` only, no tests")
    parser.add_argument("--torch-index", default="", metavar="URL", help="an index of PyTorch's CPU builds")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    root = options.root.resolve()
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=root, capture_output=True, text=True, check=False)
    if changed.stdout.strip():
        print("What is not committed does not go into the archive.")
    try:
        archive, said = bundle(root, [*(LIGHT if options.light else WHOLE), *options.extra], options.torch_index)
    except BundleError as error:
        print(error)
        return 1
    print(f"{said}\n{archive.relative_to(root)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
