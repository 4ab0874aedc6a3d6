"""A sandbox by bubblewrap: a Linux process with namespaces of its own, that sees Python, the course and nothing else.

There is no ``/proc`` in it. A submission needs none, and without one it can neither read how the sandbox was made
(``/proc/1``, ``mountinfo``) nor reach the kernel's settings (``/proc/sys``): whoever is root outside may write those,
even from a user namespace and without any capability. When root grades, a sandbox therefore also runs as a user that
nobody is, a new one each time; the kernel then counts its threads, too, as it does not for root.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import platform
import re
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ganlab_grade.box.files import watch_files
from ganlab_grade.box.mounts import COURSE, HOME, SCRATCH, mounts
from ganlab_grade.box.process import KILL_SECONDS, Box, Sandbox, environment
from ganlab_grade.course import GradingError
from ganlab_grade.inside.seccomp import Limits, program

OLDEST = (0, 7)  # the first bubblewrap that can limit the size of a scratch folder
OLDEST_LINUX = (5, 14)  # the first that counts threads by user namespace
STUDENT = 1000  # the user inside, where user namespaces can rename
# Far from accounts, from what services get, and from the ranges of containers.
NOBODIES = range(1_900_000_000, 1_967_000_000)
ALONE = ("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try")
_started = itertools.count()


class Bubblewrap(Sandbox):
    """Runs Python in bubblewrap.

    Parameters
    ----------
    hidden : sequence of Path
        Folders that must stay empty inside even if they lie where Python's own files are.

    Raises
    ------
    GradingError
        If it is not installed, too old, or something it needs is missing.
    """

    name = "bubblewrap"
    safe = True

    def __init__(self, hidden: Sequence[Path] = ()) -> None:
        if sys.platform != "linux":
            raise GradingError("bubblewrap is for Linux")
        self.hidden = [Path(folder).resolve() for folder in hidden]
        self.executable = _find("bwrap")
        self.setpriv = _find("setpriv") if os.geteuid() == 0 else ""
        self._may_disable = "--disable-userns" in _options(self.executable)
        if not self.setpriv and _numbers(platform.release()) < OLDEST_LINUX:
            oldest = ".".join(map(str, OLDEST_LINUX))
            raise GradingError(f"Linux {oldest} or newer is needed, for its count of threads")

    def _start(self, python: list[str], limits: Limits, env: Mapping[str, str], errors: int) -> Box:
        user = _a_nobody() if self.setpriv else STUDENT
        inside = environment(limits, env, home=HOME, course=COURSE)
        account = _file(f"student:x:{user}:{user}::{HOME}:\n".encode())
        options = _file("\0".join(self._arguments(limits, inside, account)).encode())
        rules = _file(program(may_execute=True))
        known, told = os.pipe()
        try:
            command = [self.executable, "--args", str(options), "--seccomp", str(rules), "--info-fd", str(told), "--"]
            command += [*self._become(user), sys.executable, *python]
            # Options come from a file, and the environment is empty, for what /proc tells about bubblewrap itself.
            process = Box(command, limits, stderr=errors, env={}, cwd="/", pass_fds=(account, options, rules, told))
        finally:
            for descriptor in (account, options, rules, told):
                os.close(descriptor)
        with open(known, encoding="utf-8") as stream:
            first, number = _first_process(stream.read(), process.pid)
        if first is not None:
            watch_files(number, first, SCRATCH, limits)

        def end() -> None:
            if first is None:
                process.kill()
                return
            with contextlib.suppress(ProcessLookupError):
                # The first process of a process namespace takes all others along, and ends after them.
                signal.pidfd_send_signal(first, signal.SIGKILL)
                poll = select.poll()
                poll.register(first, select.POLLIN)
                poll.poll(1000 * KILL_SECONDS)
            os.close(first)

        process.end = end
        return process

    def _arguments(self, limits: Limits, inside: Mapping[str, str], account: int) -> list[str]:
        alone = [*ALONE, "--cap-drop", "ALL"]
        if self.setpriv:  # to become somebody else takes three capabilities, and they are gone with that
            alone += [part for right in ("SETUID", "SETGID", "SETPCAP") for part in ("--cap-add", f"CAP_{right}")]
        else:
            alone += ["--unshare-user", "--uid", str(STUDENT), "--gid", str(STUDENT)]
            alone += ["--disable-userns"] if self._may_disable else []
        return [
            *alone, "--die-with-parent", "--new-session", "--hostname", "sandbox", "--clearenv",
            *(part for name, value in inside.items() for part in ("--setenv", name, value)),
            "--file", str(account), "/etc/passwd",
            *mounts(
                self.hidden, scratch_bytes=limits.file_bytes, extra=[Path(self.setpriv)] if self.setpriv else []
            ),
        ]  # fmt: skip

    def _become(self, user: int) -> list[str]:
        if not self.setpriv:
            return []
        nothing = ["--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]
        return [self.setpriv, "--reuid", str(user), "--regid", str(user), *nothing, "--"]


def _find(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        package = {"bwrap": "bubblewrap", "setpriv": "util-linux"}[name]
        raise GradingError(f"the command {name} (Debian's and Ubuntu's package {package}) is not installed")
    return found


def _options(executable: str) -> str:
    said = [
        subprocess.run([executable, option], capture_output=True, text=True, timeout=30, check=False).stdout
        for option in ("--version", "--help")
    ]
    if _numbers(said[0]) < OLDEST or "--size" not in said[1]:
        raise GradingError(
            f"bubblewrap {'.'.join(map(str, OLDEST))} or newer is needed, to limit the scratch folder; this is "
            f"{said[0].strip() or 'one that does not say its version'}"
        )
    return said[1]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])


def _a_nobody() -> int:
    """A user number that no other sandbox has at this time, from what this machine or container can number."""
    inside, _, count = map(int, Path("/proc/self/uid_map").read_text().splitlines()[0].split())
    numbers = NOBODIES if inside + count > NOBODIES.stop else range(inside + count // 2, inside + count)
    return numbers[(os.getpid() * 64 + next(_started)) % len(numbers)]


def _file(content: bytes) -> int:
    """A file without a name, from its start."""
    descriptor = os.memfd_create("sandbox")
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _first_process(told: str, parent: int) -> tuple[int | None, int]:
    """A descriptor of the sandbox's first process, and its number, from what bubblewrap tells about it."""
    try:
        number = int(json.loads(told)["child-pid"])
        descriptor = os.pidfd_open(number)
    except (ValueError, KeyError, OSError):  # it could not start
        return None, 0
    try:
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
        if int(fields[1]) == parent:
            return descriptor, number
    except OSError:
        pass
    os.close(descriptor)  # ended meanwhile, and its number may be somebody else's
    return None, 0
