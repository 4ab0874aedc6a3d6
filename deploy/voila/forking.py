"""A process that has loaded everything and makes copies of itself: one for each visitor.

A Python process with PyTorch, the networks and Jupyter's kernel takes seconds to start and hundreds of megabytes. A
copy of one that is there already (``fork``) takes a moment and shares the memory, until one of the two writes to it.
Nothing here starts a thread before the copies are made: a copy of a process with threads has only one of them.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 65536  # bytes of a question
# What a kernel loads when it starts, so that no copy has to.
KERNELS_OWN = (
    "ipykernel.ipkernel", "ipykernel.kernelapp", "ipykernel.debugger", "tornado.platform.asyncio", "psutil",
    "IPython.core.completerlib", "IPython.core.oinspect", "IPython.extensions.storemagic",
)  # fmt: skip


class Kernel:
    """A copy, as Jupyter wants to see a process. It is no child of ours, so we hold it by a file descriptor."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        try:
            self._descriptor: int | None = os.pidfd_open(pid)
        except ProcessLookupError:
            self._descriptor = None

    def poll(self) -> int | None:
        """None while it runs, then 0."""
        if self._descriptor is not None and select.select([self._descriptor], [], [], 0)[0]:
            os.close(self._descriptor)
            self._descriptor = None
        return None if self._descriptor is not None else 0

    def wait(self) -> int:
        """Until it has ended."""
        if self._descriptor is not None:
            select.select([self._descriptor], [], [])
        return self.poll() or 0

    def send_signal(self, number: int) -> None:
        """A signal, to it and never to another process that has got its number."""
        if self.poll() is None and self._descriptor is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, number)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class ForkServer:
    """The process that is copied; started at once, ready when :meth:`wait_until_ready` returns.

    Should it end all the same, the next visitor waits until another one has loaded everything.

    Parameters
    ----------
    command : sequence of str, optional
        Another program that speaks as :func:`main` does; the number of its socket is added at the end.
    """

    def __init__(self, command: Sequence[str] = (sys.executable, "-m", "deploy.voila.forking")) -> None:
        self._command = list(command)
        self._begin()

    def _begin(self) -> None:
        # A pair of sockets has no name: nobody else can connect to it.
        self._socket, theirs = socket.socketpair()
        env = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        command = [*self._command, str(theirs.fileno())]
        self.process = subprocess.Popen(command, cwd=ROOT, env=env, pass_fds=[theirs.fileno()])
        theirs.close()
        self._answers = self._socket.makefile("rb")

    def wait_until_ready(self) -> None:
        """Until everything is loaded.

        Raises
        ------
        RuntimeError
            If it ends before.
        """
        if not self._answers.readline():
            raise RuntimeError("the studio could not be loaded; its own words are above")

    def start(self, connection_file: str, env: dict[str, str]) -> Kernel:
        """A copy that is a Jupyter kernel behind ``connection_file``.

        Raises
        ------
        ValueError
            If the question is longer than it may be; nothing is asked then.
        RuntimeError
            If the process ends twice over it.
        """
        question = json.dumps({"connection_file": connection_file, "env": env}).encode() + b"\n"
        if len(question) > LONGEST:
            raise ValueError(f"expected at most {LONGEST} bytes to start a kernel with, got {len(question)}")
        for _ in range(2):
            if answer := self._ask(question):
                return Kernel(json.loads(answer)["pid"])
            self.stop()
            self._begin()
            self.wait_until_ready()
        raise RuntimeError("the process that kernels are copied from ends whenever it is asked for one")

    def _ask(self, question: bytes) -> bytes:
        """The answer; nothing if there is nobody to give one."""
        try:
            self._socket.sendall(question)
            return self._answers.readline()
        except OSError:
            return b""

    def stop(self) -> None:
        """End it; its copies see that and end themselves."""
        self._answers.close()
        self._socket.close()
        self.process.terminate()
        self.process.wait(20)


def _be_a_kernel(question: dict[str, Any], threads: int) -> None:
    """What a copy does until it ends."""
    import torch
    from ipykernel.kernelapp import IPKernelApp

    os.setsid()  # Ctrl-C in the terminal is for the server, which ends its kernels in good order
    os.environ.update(question["env"])
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    torch.set_num_threads(threads)
    torch.seed()  # all copies would draw the same numbers
    options = [
        f"--IPKernelApp.parent_handle={os.getppid()}",  # when the first process has ended, the copies end, too
        "--HistoryManager.enabled=False",  # no file of what was run
        "--IPKernelApp.log_level=ERROR",
    ]
    IPKernelApp.launch_instance(["-f", question["connection_file"], *options])


def main(descriptor: int) -> None:
    """Load everything, then make a copy for each line that comes."""
    # Each copy would load a debugger that nobody can ask for.
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    for name in KERNELS_OWN:
        importlib.import_module(name)
    import torch

    import ganlab.app.page  # noqa: F401
    from deploy.voila.bounds import speak_briefly
    from ganlab.app.tabs import preload

    torch.set_num_threads(1)
    speak_briefly()
    preload()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system forgets copies that have ended
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.collect()
    gc.freeze()  # the collector would write to every object, and unshare its memory
    connection = socket.socket(fileno=descriptor)
    questions = connection.makefile("rb")
    connection.sendall(b"{}\n")
    # A computer with few cores serves many at once, one core each; with many cores each gets a few.
    threads = max(1, (os.cpu_count() or 1) // 4)
    while line := questions.readline(LONGEST):
        question = json.loads(line)
        pid = os.fork()
        if pid == 0:
            try:
                for number in (signal.SIGCHLD, signal.SIGINT):
                    signal.signal(number, signal.SIG_DFL)
                connection.detach()
                os.close(descriptor)
                _be_a_kernel(question, threads)
            finally:
                os._exit(0)
        connection.sendall(json.dumps({"pid": pid}).encode() + b"\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
