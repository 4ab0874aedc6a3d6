"""Install the course from this folder, without a network: `python3 install.py`.

It checks every file against SHA256SUMS, makes the environment `.venv` out of wheelhouse/, and says what to do next.
It needs nothing but Python, of the version the archive was made for, and can be interrupted and repeated.
"""

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SUMS = "SHA256SUMS"
UNPACKED = 3  # wheels grow about so much when they are installed
LAB_SETTINGS = "deploy/jupyterlab"  # as in the Makefile, which says what for


def here_is() -> dict[str, str]:
    """What wheels depend on: the version of Python, the system, the processor."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {"python": version, "system": platform.system(), "machine": platform.machine()}


def digest(path: Path) -> str:
    """SHA-256 of a file, which may be larger than the memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def damaged(folder: Path) -> list[str]:
    """A sentence for each file that is not as the archive had it; files that it did not have do not matter,
    except in wheelhouse/, where pip would take them."""
    wrong, listed = [], set()
    for line in (folder / SUMS).read_text(encoding="utf-8").splitlines():
        wanted, _, name = line.partition("  ")
        listed.add(name)
        path = folder / name
        if not path.is_file():
            wrong.append(f"{name} is missing")
        elif digest(path) != wanted:
            wrong.append(f"{name} is damaged or was changed")
    wheels = (path.relative_to(folder).as_posix() for path in (folder / "wheelhouse").iterdir())
    return wrong + [f"{name} does not belong here" for name in sorted(wheels) if name not in listed]


def about(folder: Path) -> dict[str, Any]:
    """What the archive was made for, as `here_is` has it; under ``"extras"`` those of pyproject that it holds."""
    held: dict[str, Any] = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    return held


def unfit(folder: Path) -> str:
    """Why the wheels cannot be installed on this machine, or nothing."""
    made_for, here = about(folder), here_is()
    if any(made_for[key] != value for key, value in here.items()):
        said = [
            f"{which['system']} on {which['machine']} with Python {which['python']}" for which in (made_for, here)
        ]
        return f"this archive was made for {said[0]}; here is {said[1]}"
    needed = UNPACKED * sum(path.stat().st_size for path in (folder / "wheelhouse").iterdir())
    free = shutil.disk_usage(folder).free
    if free < needed:
        return f"about {needed / 1e9:.1f} GB of disk are needed, and {free / 1e9:.1f} GB are free"
    return ""


def install(folder: Path) -> None:
    """Make `.venv`; the stamps that `make` looks for, one for each extra, are written last."""
    environment, extras = folder / ".venv", about(folder)["extras"]
    stamps = [environment / f".ready-{extra}" for extra in extras]
    for stamp in stamps:
        stamp.unlink(missing_ok=True)
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = environment / "bin" / "python"
    # pip compiles on one core, compileall on all.
    command: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-compile"]
    command += ["--no-index", "--find-links", folder / "wheelhouse", "--constraint", "constraints.txt"]
    # No settings of the machine's own: pip must find the same files everywhere.
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHONPATH"))}
    variables["PIP_CONFIG_FILE"] = os.devnull
    subprocess.run([*command, "--editable", f".[{','.join(extras)}]"], cwd=folder, env=variables, check=True)
    compiling: list[str | Path] = [python, "-m", "compileall", "-qq", "-j", "0", environment / "lib"]
    # A few packages bring files that are not meant to compile.
    subprocess.run(compiling, check=False)
    shutil.copytree(folder / LAB_SETTINGS, environment, dirs_exist_ok=True)
    for stamp in stamps:
        stamp.touch()


def main(arguments: list[str] | None = None) -> int:
    """Check and install; the exit status is 0 if all went well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="check the files, install nothing")
    parser.add_argument("--folder", type=Path, default=HERE, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    folder = options.folder.resolve()
    if reason := unfit(folder):
        print(f"The course cannot be installed from here: {reason}.")
        return 1
    print("Checking the files ...", flush=True)
    if wrong := damaged(folder):
        print("The archive is not whole; copy and unpack it again:", *wrong[:10], sep="\n  ")
        return 1
    if options.check:
        print("Every file is as it should be.")
        return 0
    print("Installing into .venv; this takes a few minutes ...", flush=True)
    try:
        install(folder)
    except subprocess.CalledProcessError as error:
        print(f"The installation stopped with exit status {error.returncode}; what it said stands above.")
        return 1
    tests = ", `make test` tests it" if "test" in about(folder)["extras"] else ""
    print(f"Done. `make lab` opens the course{tests}; without make: .venv/bin/jupyter lab notebooks")
    return 0


if __name__ == "__main__":
    sys.exit(main())
