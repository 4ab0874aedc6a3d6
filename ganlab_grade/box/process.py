"""A process that runs a submission: what it starts with, and how all of it is ended."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any, Literal

from ganlab_grade.inside.seccomp import Limits

Ending = Literal["ended", "time", "cpu", "memory", "died"]
WORKER = "ganlab_grade.inside.worker"
# -P: no module is taken from the working folder, -s: nor from a home; -B: nothing is compiled for next time.
OPTIONS = ("-P", "-s", "-B")
# bubblewrap and containers report a process that a signal ended by this number and the signal's.
BY_SIGNAL = 128
KILL_SECONDS = 10.0  # the kernel may need some to take gigabytes back


class Box(subprocess.Popen[bytes]):
    """A started sandbox; :func:`stop` ends it.

    Attributes
    ----------
    limits : Limits
        What it may use.
    end : callable
        Kills everything in it, whatever state it is in; called once, before the process is waited for.
    ending : str or None
        How it ended, once it is stopped.
    """

    def __init__(self, command: Sequence[str], limits: Limits, **options: Any) -> None:
        self.limits = limits
        self.end: Callable[[], None] = self.kill
        self.ending: Ending | None = None
        super().__init__(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, start_new_session=True, **options
        )


def arguments(program: str | Sequence[str]) -> list[str]:
    """Python's arguments for a module's name, or for arguments given as such."""
    return [*OPTIONS, *(("-m", program) if isinstance(program, str) else program)]


class Sandbox(ABC):
    """Starts Python where it can do no harm, or (``safe`` is False) says that it cannot."""

    name: str
    safe: bool

    def start(
        self,
        run: str | Sequence[str] = WORKER,
        limits: Limits | None = None,
        *,
        env: Mapping[str, str] | None = None,
        errors: int = subprocess.DEVNULL,
    ) -> Box:
        """Start Python in a new sandbox, its standard input and output binary pipes.

        It ends, at the latest, with the thread that has called this.

        Parameters
        ----------
        run : str or sequence of str
            A module's name, or Python's arguments: a program that begins with
            :func:`~ganlab_grade.inside.seccomp.lock_down`.
        limits : Limits, optional
            The usual ones if not given.
        env : mapping, optional
            More environment variables.
        errors : int
            A file descriptor for standard error; nobody reads it if not given.
        """
        return self._start(arguments(run), limits or Limits(), env or {}, errors)

    @abstractmethod
    def _start(self, python: list[str], limits: Limits, env: Mapping[str, str], errors: int) -> Box:
        """Start Python with these arguments."""


def environment(limits: Limits, extra: Mapping[str, str], *, home: str, course: str) -> dict[str, str]:
    """The whole environment of a submission; nothing of this process's own is handed on."""
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {
        "HOME": home, "TMPDIR": "/tmp", "LANG": "C.UTF-8", "USER": "student", "LOGNAME": "student",
        "PYTHONPATH": course, "PYTHONHASHSEED": "0", "MPLBACKEND": "agg", **one_thread, **extra,
        **limits.to_environment(),
    }  # fmt: skip


def stop(process: subprocess.Popen[bytes], patience: float = 2.0) -> Ending:
    """End a sandbox, all of it, close its pipes, and say how it ended.

    Parameters
    ----------
    process : subprocess.Popen
        From a sandbox's ``start``. Stopping it again does nothing, and says the same.
    patience : float
        Seconds to wait for a process that has closed its output already: it is about to end by itself.

    Returns
    -------
    str
        ``"time"`` if it was alive and had to be killed, ``"cpu"`` or ``"memory"`` if the kernel ended it for having
        used too much, ``"ended"`` if it ended by itself without an error, ``"died"`` otherwise.
    """
    if isinstance(process, Box) and process.ending:
        return process.ending
    alive = not _wait(process, patience if _closed(process.stdout) else 0.0)
    # Also of one that has ended something may be left. Not after `wait`: its number could be another's by then.
    getattr(process, "end", process.kill)()
    if not _wait(process, KILL_SECONDS):
        process.kill()
    code = process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
    ending: Ending = "time" if alive else _ending(code)
    if isinstance(process, Box):
        process.ending = ending
    return ending


def _ending(code: int) -> Ending:
    if code == 0:
        return "ended"
    if code in (-signal.SIGXCPU, BY_SIGNAL + signal.SIGXCPU):
        return "cpu"
    # No submission can send itself this signal: it came from the kernel, which was out of memory.
    return "memory" if code in (-signal.SIGKILL, BY_SIGNAL + signal.SIGKILL) else "died"


def _closed(stream: IO[bytes] | None) -> bool:
    if stream is None or stream.closed:
        return True
    poll = select.poll()
    poll.register(stream, 0)  # a hang-up is reported unasked
    return bool(poll.poll(0))


def _wait(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether the process has ended, or does so in time; it is not reaped."""
    until = time.monotonic() + seconds
    while process.returncode is None:
        with contextlib.suppress(ChildProcessError):
            if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                return True
        if time.monotonic() >= until:
            return False
        time.sleep(0.005)
    return True
