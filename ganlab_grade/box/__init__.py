"""One process without network, disk, children or much memory: where a submission runs.

::

    sandbox = find_sandbox()                      # bubblewrap, or a container; tested before it is trusted
    process = sandbox.start(limits=Limits())      # runs ganlab_grade.inside.worker
    ...                                           # process.stdin and process.stdout: binary pipes
    how = stop(process)                           # "ended", "time", "cpu", "memory" or "died"
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import signal
import sys
import tempfile
import weakref
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ganlab_grade.box.bubblewrap import Bubblewrap
from ganlab_grade.box.container import BUILD, PYTHON, Container
from ganlab_grade.box.contents import PACKAGE, lay_out
from ganlab_grade.box.process import Box, Ending, Sandbox, environment, stop
from ganlab_grade.course import GradingError
from ganlab_grade.inside.seccomp import ONLY_LIMITS, Limits

__all__ = [
    "Bubblewrap", "Container", "Ending", "Limits", "Sandbox", "Unsafe", "find_sandbox", "self_test", "stop",
]  # fmt: skip


class Unsafe(Sandbox):
    """No sandbox: an ordinary process of this user, with limits on memory, CPU time and file size only."""

    name = "none"
    safe = False

    def __init__(self) -> None:
        self._course = tempfile.mkdtemp(prefix="ganlab-course-")
        weakref.finalize(self, shutil.rmtree, self._course, ignore_errors=True)
        lay_out(Path(self._course))

    def _start(self, python: list[str], limits: Limits, env: Mapping[str, str], errors: int) -> Box:
        # The system counts threads over everything that this user runs: no limit for a single process.
        limits = replace(limits, threads=0)
        scratch = tempfile.mkdtemp(prefix="ganlab-scratch-")
        inside = environment(limits, env, home=scratch, course=self._course)
        inside |= {"TMPDIR": scratch, ONLY_LIMITS: "1"}
        process = Box([sys.executable, *python], limits, stderr=errors, env=inside, cwd=scratch)
        # Bound to this object, whose folder of the course the process needs as long as it lives.
        process.end = functools.partial(self._end, process, scratch)
        return process

    def _end(self, process: Box, scratch: str) -> None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # nothing left; macOS refuses for one that has ended
            process.kill()
        shutil.rmtree(scratch, ignore_errors=True)


# Run inside, first of all: what a submission must not be able to do. Its arguments: Python's version, and a path that
# must not be visible.
PROBE = """
import glob, importlib.util, json, os, socket, sys
import ganlab
from ganlab_grade.inside.seccomp import lock_down
lock_down()
def works(action):
    try:
        action()
    except Exception:
        return False
    return True
def fork():
    if os.fork() == 0:
        os._exit(0)
def write():
    with open("note", "w") as file:
        file.write("x")
from ganlab import checks
print(json.dumps({
    "start another process": works(fork),
    "start another program": works(lambda: os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {})),
    "open a network connection": works(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM)),
    "write outside of its scratch folder": any(os.access(folder, os.W_OK) for folder in (
        "/", "/usr", "/dev", "/course", "/course/ganlab", f"{sys.prefix}/lib", f"{sys.base_prefix}/lib")),
    f"see {sys.argv[2]}": os.path.exists(sys.argv[2]),
    "see the checks": importlib.util.find_spec("ganlab.checks.lesson_00") is not None or bool(
        glob.glob(f"{ganlab.__path__[0]}/*/checks/*")),
    "not write into its scratch folder": not works(write),
    f"not use Python {sys.argv[1]}": "%d.%d" % sys.version_info[:2] != sys.argv[1],
    "not import torch": importlib.util.find_spec("torch") is None,
    "not import the worker": importlib.util.find_spec("ganlab_grade.inside.worker") is None,
}))
"""
CHECKED = 10  # answers of the above


def self_test(sandbox: Sandbox) -> None:
    """Try from inside what a submission must not be able to do.

    Raises
    ------
    GradingError
        If any of it works, or Python does not start.
    """
    with tempfile.TemporaryFile() as errors:
        process = sandbox.start(["-c", PROBE, PYTHON, str(PACKAGE / "checks")], errors=errors.fileno())
        output = process.stdout.read() if process.stdout is not None else b""
        stop(process)
        errors.seek(0)
        said = errors.read().decode(errors="replace").strip().splitlines()
    try:
        found: dict[str, Any] = json.loads(output)
    except ValueError:
        why = said[-1][:300] if said else f"exit code {process.returncode}"
        raise GradingError(f"it is installed, but Python does not start in it ({why})") from None
    wrong = [what for what, can in found.items() if can is not False]
    if wrong or len(found) < CHECKED:
        raise GradingError(f"in it, a submission could {', '.join(wrong)}")


HELP = """no sandbox works here, so no submission was run.
  bubblewrap: {bubblewrap}
  container: {container}
On Debian and Ubuntu, `apt-get install bubblewrap` is all; only since 24.04 Ubuntu keeps ordinary users from making \
namespaces of their own, so let its administrator permit that to /usr/bin/bwrap by an AppArmor profile. On other \
systems build the container image, in the repository: `{build}`. `--unsafe` runs submissions without a sandbox: each \
of them can then read and delete your files, the hidden tests and the marks, and use your network; say it only for \
notebooks that you have read, on a machine that holds nothing else."""


@functools.cache
def find_sandbox(*, unsafe: bool = False) -> Sandbox:
    """The sandbox of this machine, tested: bubblewrap if that works, else a container.

    Parameters
    ----------
    unsafe : bool
        Take none at all.

    Raises
    ------
    GradingError
        If neither works; it says why, and what to do.
    """
    if unsafe:
        return Unsafe()
    kinds: dict[str, Callable[[], Sandbox]] = {"bubblewrap": Bubblewrap, "container": Container}
    why: dict[str, str] = {}
    for name, kind in kinds.items():
        try:
            sandbox = kind()
            self_test(sandbox)
        except (GradingError, OSError) as error:
            why[name] = str(error)
        else:
            return sandbox
    raise GradingError(HELP.format(**why, build=BUILD.replace("ENGINE", "docker")))
