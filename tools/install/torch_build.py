"""Which build of PyTorch an environment gets: the one for the CPU, or the one that pip finds by itself.

    python tools/install/torch_build.py --constraints constraints.txt

On Linux the PyTorch that pip finds brings some 4 GB of libraries for NVIDIA's GPUs. PyTorch's makers publish builds
without them, of the same versions, on an index of their own. `make` runs this with the environment's Python before it
installs anything else. It says in one line which build is taken and why. If it is the one for the CPU, it installs
torch and torchvision from that index, and these two only; all that follows finds them there and leaves them.

Two environment variables change what it does:

    TORCH         cpu, cuda or plain (what pip finds); without it the computer decides
    TORCH_INDEX   the address of another index of CPU builds, such as a mirror
"""

import argparse
import http.client
import os
import platform
import re
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

# The one place that knows it; PyTorch's page "Get started" names it.
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PACKAGES = ("torch", "torchvision")
# How long the index may take to begin an answer: behind a proxy that drops packets nobody should wait for minutes.
SECONDS = 4.0
GPU_FOLDER = Path("/proc/driver/nvidia/gpus")
# What the build for GPUs brings along, and the build for the CPU has no use for.
FOR_GPUS = re.compile(r"(nvidia|cuda)[-_]|triton$")
BUILDS = {"cpu": "the build for the CPU", "plain": "the build that pip finds", "keep": "nothing to do"}
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")


class TorchError(Exception):
    """The build that was asked for cannot be had; the message says why in a sentence."""


@dataclass(frozen=True)
class Plan:
    """What to do about PyTorch."""

    # One of BUILDS.
    build: str
    # The end of the line that is printed.
    reason: str


def pins(constraints: Path) -> dict[str, str]:
    """The versions of torch and torchvision that a constraints file names.

    Raises
    ------
    TorchError
        If it does not name both.
    """
    lines = constraints.read_text(encoding="utf-8").splitlines()
    versions = dict(line.split("==") for line in lines if line.partition("==")[0] in PACKAGES)
    if set(versions) != set(PACKAGES):
        raise TorchError(f"{constraints} pins no version of {' and '.join(sorted({*PACKAGES} - {*versions}))}")
    return versions


def installed() -> dict[str, str]:
    """The versions of torch and torchvision, such as ``2.15.0+cpu``, of those that are in this environment."""
    return {dist.metadata["Name"]: dist.version for name in PACKAGES for dist in metadata.distributions(name=name)}


def nvidia_gpu(folder: Path = GPU_FOLDER) -> bool:
    """Whether this computer has an NVIDIA GPU with a driver, by the driver's own folder or its own program."""
    if folder.is_dir() and any(folder.iterdir()):
        return True
    try:
        done = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and "GPU " in done.stdout


def why_silent(index: str, seconds: float = SECONDS) -> str:
    """Why nothing comes from an index, as the end of a sentence; empty if it answers within ``seconds`` in all."""
    page = f"{index.rstrip('/')}/torch/"
    if page.startswith("file:"):
        page += "index.html"
    why = [f"did not answer within {seconds:g} seconds"]

    def ask() -> None:
        try:
            with urllib.request.urlopen(page, timeout=seconds) as answer:
                answer.read(1)
            why[0] = ""
        except urllib.error.HTTPError as error:
            why[0] = f"answered with the error {error.code}"
        except (OSError, ValueError, http.client.HTTPException) as error:
            why[0] = f"cannot be reached ({getattr(error, 'reason', error)})"

    # urlopen's limit holds for each step, and not at all for looking up the name.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    return why[0]


def decide(
    choice: str,
    pinned: dict[str, str],
    present: dict[str, str],
    system: str,
    has_gpu: Callable[[], bool],
    silent: Callable[[], str],
) -> Plan:
    """Which build to take.

    Parameters
    ----------
    choice
        ``"cpu"``, ``"cuda"``, ``"plain"``, or ``""`` for what suits the computer.
    pinned, present
        The wanted versions of torch and torchvision, and those in the environment.
    system
        As `platform.system` says it.
    has_gpu, silent
        Looks for a GPU, and asks the index (why it is silent, or ``""``); called only if it matters.

    Raises
    ------
    TorchError
        If the build that was chosen cannot be had.
    """
    if system != "Linux":
        if choice == "cuda":
            raise TorchError(f"there is no build of PyTorch with CUDA for {system}; leave TORCH out")
        return Plan("plain", f"there is only one build for {system}")
    if choice in ("cuda", "plain"):
        return Plan("plain", f"TORCH={choice} was asked for")
    tags = {version.partition("+")[2] for version in present.values()}
    whole = {name: version.partition("+")[0] for name, version in present.items()} == pinned and len(tags) == 1
    # Where nobody chose, either build will do: what is there is not fetched again.
    if whole and (tags == {"cpu"} or not choice):
        return Plan("keep", "it is installed already")
    if choice == "cpu":
        if why := silent():
            raise TorchError(f"TORCH=cpu was asked for, but the index of CPU builds {why}; TORCH=plain does without")
        return Plan("cpu", "TORCH=cpu was asked for")
    if has_gpu():
        return Plan("plain", "this computer has an NVIDIA GPU")
    if why := silent():
        return Plan("plain", f"this computer has no NVIDIA GPU, but the index of CPU builds {why}")
    return Plan("cpu", "this computer has no NVIDIA GPU")


def fetch_cpu(index: str, pinned: dict[str, str]) -> str:
    """Install the build for the CPU: torch and torchvision from ``index``, and nothing else from there.

    Returns
    -------
    str
        Why it could not be done, as the end of a sentence, or an empty string.
    """
    # Without what they depend on: whoever gets hold of the index must not be able to slip another package in.
    command = [*PIP, "install", "--quiet", "--no-compile", "--no-deps", "--index-url", index]
    command += [f"{name}=={version}+cpu" for name, version in pinned.items()]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    if not done.returncode:
        return ""
    if "No matching distribution" in done.stderr:
        return "has none of this version for this computer"
    return f"gave no whole package ({(done.stderr.strip() or 'pip does not say why').splitlines()[-1]})"


def remove(names: list[str]) -> None:
    """Take packages out of this environment."""
    if names:
        subprocess.run([*PIP, "uninstall", "--quiet", "--yes", *names], check=True)


def main(arguments: list[str] | None = None) -> int:
    """Decide, say so, and see to it; the exit status is 0 if the installation can go on."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--constraints", type=Path, default=Path("constraints.txt"), help="where the versions are pinned"
    )
    options = parser.parse_args(arguments)
    choice, index = os.environ.get("TORCH", ""), os.environ.get("TORCH_INDEX") or CPU_INDEX
    try:
        if choice not in ("", "cpu", "cuda", "plain"):
            raise TorchError(f"TORCH is cpu, cuda or plain, not {choice!r}")
        pinned, present = pins(options.constraints), installed()
        plan = decide(choice, pinned, present, platform.system(), nvidia_gpu, lambda: why_silent(index))
        print(f"PyTorch {pinned['torch']}: {BUILDS[plan.build]}; {plan.reason}.", flush=True)
        if plan.build == "cpu" and (why := fetch_cpu(index, pinned)):
            if choice:
                raise TorchError(f"the index of CPU builds {why}; TORCH=plain does without")
            plan = Plan("plain", f"the index of CPU builds {why}")
            print(f"PyTorch {pinned['torch']}: {BUILDS[plan.build]}, after all; {plan.reason}.", flush=True)
    except TorchError as error:
        print(f"PyTorch: {error}.")
        return 1
    if plan.build == "cpu":
        remove([name for dist in metadata.distributions() if FOR_GPUS.match(name := dist.metadata["Name"])])
    elif plan.build == "plain":
        # pip would be content with these.
        remove([name for name, version in present.items() if version.endswith("+cpu")])
    return 0


if __name__ == "__main__":
    sys.exit(main())
