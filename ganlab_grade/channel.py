"""Requests to a sandbox and its replies, each within its time."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import Any

from ganlab_grade.inside.wire import WireError, frame, parse

# How a sandbox ended -> the rung and what is said of it.
HOW = {
    "cpu": ("time", "the notebook had used up its computing time"),
    "memory": ("memory", "the notebook had used up its memory"),
}


class Ended(BaseException):
    """The sandbox is gone, or has to be stopped. Not an ``Exception``: no check may take it for an answer's error.

    Attributes
    ----------
    rung : str
        One of :data:`ganlab_grade.course.ENDINGS`.
    """

    def __init__(self, rung: str, sentence: str) -> None:
        super().__init__(sentence)
        self.rung = rung


class Channel:
    """Frames to and from one process, over its standard input and output.

    Parameters
    ----------
    process : subprocess.Popen
        Started with pipes for both; they are made non-blocking here.
    ended : callable
        Stops the process for good and says how it had ended: see :func:`ganlab_grade.box.stop`.
    """

    def __init__(self, process: subprocess.Popen[bytes], ended: Callable[[subprocess.Popen[bytes]], str]) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("expected a process with pipes for its standard input and output")
        self.process, self._ended = process, ended
        self._to, self._from = process.stdin.fileno(), process.stdout.fileno()
        os.set_blocking(self._to, False)
        os.set_blocking(self._from, False)

    def ask(
        self, head: dict[str, Any], buffers: Sequence[bytes] = (), *, seconds: float
    ) -> tuple[dict[str, Any], list[memoryview]]:
        """Send one request, return the reply.

        Raises
        ------
        Ended
            If there is none in time ("time"), the process has died ("died", "memory"), or what came is no reply
            ("protocol"). The process is stopped.
        """
        deadline = time.monotonic() + seconds
        try:
            self._send(frame(head, buffers), deadline)
            return parse(lambda count: self._receive(count, deadline))
        except TimeoutError:
            self.close()
            raise Ended("time", f"no answer within {seconds:.0f} seconds") from None
        except (EOFError, BrokenPipeError):
            rung, sentence = HOW.get(self.close(), ("died", "the process in which your notebook ran ended itself"))
            raise Ended(rung, sentence) from None
        except (WireError, OSError):
            self.close()
            raise Ended("protocol", "what came back from your notebook was no answer") from None

    def close(self) -> str:
        """Stop the process; how it had ended, in a word."""
        how = self._ended(self.process)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):  # what was still to be written has nobody to read it
                    stream.close()
        return how

    def _send(self, data: bytes, deadline: float) -> None:
        view = memoryview(data)
        while view:
            self._wait(self._to, selectors.EVENT_WRITE, deadline)
            view = view[os.write(self._to, view[: 1 << 16]) :]

    def _receive(self, count: int, deadline: float) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            self._wait(self._from, selectors.EVENT_READ, deadline)
            got = os.read(self._from, min(count - len(parts), 1 << 20))
            if not got:
                raise EOFError
            parts += got
        return bytes(parts)

    @staticmethod
    def _wait(descriptor: int, event: int, deadline: float) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, event)
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise TimeoutError
