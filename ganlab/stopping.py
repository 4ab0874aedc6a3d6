"""Two ways to end a run early from a notebook or a terminal: the interrupt key, and a stop button."""

from __future__ import annotations

import signal
import sys
import threading
import time
from types import FrameType
from typing import Any

READABLE = 1  # zmq.POLLIN


class Interrupts:
    """Context in which Ctrl-C and the interrupt key wait for the end of a step, so that no step is half done.

    A second interrupt does not wait. Outside the main thread, where Python delivers no signals, nothing changes.
    """

    def __init__(self) -> None:
        self.requested = False
        self._before: Any = None

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)


def notebook_kernel() -> Any:
    """The running Jupyter kernel, or None in a terminal, a script or a test."""
    ipython = sys.modules.get("IPython")  # a notebook has imported it long since; nobody else need
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None)


class StopButton:
    """A button that works while a cell is running.

    A kernel hands a click to Python only between two cells: until then its message waits in a queue. (Newer
    JupyterLab and ipykernel deliver it on another thread; then ``on_click`` does.) So during the run this class
    looks through the messages as they come in, notes a click on its own button, and passes every message on
    unchanged, to be handled in its turn when the cell has ended. No message is handled out of order.

    Attributes
    ----------
    widget : ipywidgets.Button
        To display.
    pressed : bool
        Whether it was clicked; up to date after :meth:`poll`.
    """

    def __init__(self, kernel: Any) -> None:
        import ipywidgets

        self.widget = ipywidgets.Button(
            description="Stop", icon="stop", tooltip="End the training after this step; everything learnt is kept"
        )
        self.widget.on_click(self._press)
        self.pressed = False
        self._session = kernel.session
        self._stream = _message_stream(kernel)
        self._handle: Any = None
        self._polled = 0.0

    def _press(self, _: Any = None) -> None:
        self.pressed = True

    def __enter__(self) -> StopButton:
        if self._stream is not None and threading.current_thread() is threading.main_thread():
            self._handle = self._stream._recv_callback
            self._stream.on_recv(self._look, copy=False)
        return self

    def _look(self, frames: list[Any]) -> Any:
        """Note a click on this button, then let the kernel do with the message what it would have done."""
        try:
            _, parts = self._session.feed_identities(frames, copy=False)
            message = self._session.deserialize(parts, content=False, copy=False)  # content=False: only peeking
            if message["header"]["msg_type"] == "comm_msg":
                content = self._session.unpack(message["content"])
                event = content.get("data", {}).get("content", {})
                if content.get("comm_id") == self.widget.model_id and event.get("event") == "click":
                    self._press()
        except Exception:  # a message that cannot be read is the kernel's affair, below
            pass
        return self._handle(frames)

    def poll(self) -> None:
        """Look whether messages have come in, at most twenty times a second."""
        if self._handle is None or time.monotonic() - self._polled < 0.05:
            return
        self._polled = time.monotonic()
        self._stream.flush(READABLE)

    def __exit__(self, *_: object) -> None:
        if self._handle is not None:
            self._stream.on_recv(self._handle, copy=False)
            self._handle = None
        self.widget.disabled = True


def _message_stream(kernel: Any) -> Any:
    """The stream on which the main thread receives messages: ipykernel 6's socket, or ipykernel 7's inner pipe."""
    thread = getattr(kernel, "shell_channel_thread", None)
    try:
        if thread is not None:
            stream = thread.manager.get_shell_channel_to_subshell_pair(None).to_stream
        else:
            stream = kernel.shell_stream
        return stream if callable(stream._recv_callback) and callable(stream.flush) else None
    except AttributeError:  # another kind of kernel: its interrupt key still works
        return None
