"""A sandbox by a container, for systems without bubblewrap: Podman's or Docker's, by ``deploy/docker/grading``.

The image holds Python, the libraries and what :mod:`~ganlab_grade.box.contents` lists. Nothing of this machine
is mounted into it.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ganlab import __version__
from ganlab_grade.box.process import Box, Sandbox, environment
from ganlab_grade.course import GradingError
from ganlab_grade.inside.seccomp import Limits

ENGINES = ("podman", "docker")
# Functions travel into the sandbox as Python's own byte code: it has to be the same Python there.
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
IMAGE = f"ganlab-grading:{__version__}-python{PYTHON}"
# In the repository.
BUILD = f"ENGINE build -f deploy/docker/grading/Dockerfile --build-arg PYTHON={PYTHON} -t {IMAGE} ."
COURSE, HOME = "/course", "/tmp"  # inside
OVERHEAD = 2**30  # the engine's limit counts, besides the data, pages of libraries and the scratch folder


class Container(Sandbox):
    """Runs Python in a container.

    Parameters
    ----------
    engine : str, optional
        ``"podman"`` or ``"docker"``; the first that has the image if not given.

    Raises
    ------
    GradingError
        If there is no engine, or none has the image.
    """

    name = "container"
    safe = True

    def __init__(self, engine: str = "") -> None:
        there = [command for command in ((engine,) if engine else ENGINES) if shutil.which(command)]
        if not there:
            raise GradingError(f"neither of the commands {' and '.join(ENGINES)} is installed")
        having = [command for command in there if _asked([command, "image", "inspect", IMAGE])]
        if not having:
            raise GradingError(f"{there[0]} has no image {IMAGE}: build it by `{BUILD.replace('ENGINE', there[0])}`")
        self.engine = having[0]

    def _start(self, python: list[str], limits: Limits, env: Mapping[str, str], errors: int) -> Box:
        name = f"ganlab-{uuid.uuid4().hex}"
        process = Box(self.command(name, python, limits, env), limits, stderr=errors)

        def end() -> None:
            _asked([self.engine, "rm", "--force", name])  # of one that has ended and removed itself there is nothing
            process.kill()

        process.end = end
        return process

    def command(self, name: str, python: Sequence[str], limits: Limits, env: Mapping[str, str]) -> list[str]:
        """The engine's command line for one container."""
        # The engine counts threads itself; the kernel would count them over all containers of the same user.
        inside = environment(replace(limits, threads=0), env, home=HOME, course=COURSE)
        memory = f"{limits.memory_bytes + limits.file_bytes + OVERHEAD}b"
        return [
            self.engine, "run", "--rm", "--interactive", "--name", name, "--pull", "never",
            "--network", "none", "--hostname", "sandbox", "--ipc", "none",
            "--read-only", "--tmpfs", f"{HOME}:rw,nosuid,nodev,size={limits.file_bytes},mode=1777",
            "--memory", memory, "--memory-swap", memory, "--pids-limit", str(limits.threads or 64),
            "--ulimit", "core=0:0", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
            "--user", "1000:1000",
            "--log-driver", "none",  # an engine would write endless output to this machine's disk
            "--workdir", HOME,
            *(part for key, value in inside.items() for part in ("--env", f"{key}={value}")),
            IMAGE, *python,
        ]  # fmt: skip


def _asked(command: Sequence[str]) -> bool:
    """Whether a command of the engine succeeded."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    return False
