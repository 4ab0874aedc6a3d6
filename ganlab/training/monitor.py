"""What a learner sees while a run goes on, and two ways to end it early: the interrupt key, and a stop button."""

from __future__ import annotations

import io
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ganlab.training.history import History

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# zmq.POLLIN
READABLE = 1
# Of the running time, at most, that drawing the live figure may take.
SHARE = 0.04


class Monitor:
    """Shows a run while it goes on, and hears when the learner wants it to stop.

    Parameters
    ----------
    steps, done : int
        Length of the run, and how much of it is done already.
    progress, live : bool
        Show the bar; show the figure and the button (which need a notebook).
    interrupts : Interrupts
        Entered already, and left after the monitor: no interrupt falls into its own work.
    sample : callable
        Returns fresh pictures (n, C, H, W) for the figure.
    """

    def __init__(
        self,
        *,
        steps: int,
        done: int,
        progress: bool,
        live: bool,
        interrupts: Interrupts,
        sample: Callable[[], Tensor] | None = None,
    ) -> None:
        self._steps, self._done, self._sample, self._interrupts = steps, done, sample, interrupts
        self._stack = ExitStack()
        self._history = History()
        self._button: StopButton | None = None
        # Display handle of bar and button.
        self._controls: Any = None
        # Display handle of the figure.
        self._figure: Any = None
        self._next = time.perf_counter() + 1.0
        kernel = notebook_kernel()
        self._bar = _progress_bar(steps, done, progress, in_notebook=kernel is not None)
        if kernel is not None:
            self._show(kernel, progress, live)

    def _show(self, kernel: Any, progress: bool, live: bool) -> None:
        from IPython.display import display
        from ipywidgets import HBox

        parts = [self._bar.container] if progress else []
        if live:
            self._button = self._stack.enter_context(StopButton(kernel))
            parts.append(self._button.widget)
        if parts:
            self._controls = display(HBox(parts), display_id=True)
        if live:
            self._figure = display({"text/plain": "The first picture comes soon."}, raw=True, display_id=True)

    def __enter__(self) -> Monitor:
        return self

    @property
    def stopping(self) -> str:
        """Why the run is to stop now: "interrupted", "button", or "" to go on."""
        if self._button is not None:
            self._button.poll()
            if self._button.pressed:
                return "button"
        return "interrupted" if self._interrupts.requested else ""

    def update(self, done: int, history: History) -> None:
        """Show the state after ``done`` steps, as often as is cheap."""
        self._history = history
        if self._bar.update(done - self._done):
            self._bar.set_postfix_str(summary(history), refresh=False)
        self._done = done
        if self._figure is not None and time.perf_counter() >= self._next:
            self._draw()

    def _draw(self) -> None:
        began = time.perf_counter()
        preview = self._sample() if self._sample is not None else None
        buffer = io.BytesIO()
        live_figure(self._history, preview).savefig(buffer, format="png", dpi=80)
        from IPython.display import Image

        # As metadata: the IPython of Colab, 7.34, knows no other way to say it.
        self._figure.update(Image(buffer.getvalue(), metadata={"alt": "losses and samples of the running training"}))
        now = time.perf_counter()
        self._next = now + max(1.0, (now - began) / SHARE)

    def __exit__(self, *_: object) -> None:
        """Leave a last figure and one line of text, which a stored notebook can show without a kernel."""
        self._stack.close()
        self._bar.set_postfix_str(summary(self._history), refresh=False)
        self._bar.close()
        if self._figure is not None and self._history.steps:
            self._draw()
        if self._controls is not None:
            end = f"{self._done} of {self._steps} steps: {summary(self._history)}"
            self._controls.update({"text/plain": end}, raw=True)


def _progress_bar(steps: int, done: int, progress: bool, *, in_notebook: bool) -> Any:
    settings: dict[str, Any] = {"total": steps, "initial": done, "disable": not progress, "unit": "step"}
    if in_notebook and progress:
        from tqdm.notebook import tqdm as notebook_tqdm

        # Shown beside the button, see Monitor.
        return notebook_tqdm(**settings, display=False)
    from tqdm.std import tqdm

    # In a log file every tick would stay: there, twice a minute is enough.
    interval = 0.2 if sys.stderr.isatty() else 30.0
    return tqdm(**settings, mininterval=interval, dynamic_ncols=True)


def summary(history: History) -> str:
    """The last losses and the speed, in a few words."""
    losses = [f"{name} {values[-1]:.3g}" for name, values in history.values.items()]
    return ", ".join([*losses, f"{history.images_per_second:.0f} images/s"])


def live_figure(history: History, preview: Tensor | None = None) -> Figure:
    """Loss curves so far, beside ``preview``: pictures (n, C, H, W) in [-1, 1], or points (n, 2)."""
    from matplotlib.figure import Figure

    from ganlab.images import image_grid
    from ganlab.plotting import CYCLE, to_display

    figure = Figure(figsize=(10, 3.4), facecolor="white", layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.3])
    # Average over so many steps: 300 points are enough for a curve.
    width = max(1, len(history.steps) // 300)
    for (name, values), colour in zip(history.values.items(), CYCLE, strict=False):
        left.plot(_thin(history.steps, width), _thin(values, width), color=colour, label=name, linewidth=1.2)
    left.set(xlabel="step", title=summary(history))
    if history.values:
        left.legend(frameon=False)
    left.grid(color="0.92")
    if preview is not None and preview.dim() == 4:
        grid = image_grid(preview[:32].detach().float().cpu())
        right.imshow(to_display(grid), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        right.axis("off")
    elif preview is not None and preview.dim() == 2 and preview.shape[1] >= 2:
        points = preview.detach().float().cpu()
        right.scatter(points[:, 0], points[:, 1], s=8, color=CYCLE[1])
    else:
        right.axis("off")
    return figure


def _thin(values: list[Any], width: int) -> list[float]:
    """Means over successive groups of ``width`` values."""
    kept = torch.tensor(values[len(values) % width :], dtype=torch.float64)
    means: list[float] = kept.view(-1, width).mean(1).tolist()
    return means


class Interrupts:
    """Context in which Ctrl-C and the interrupt key wait for the end of a step, so that no step is half done.

    A second interrupt does not wait, where :meth:`cutting` says that it need not; everywhere else, say while a
    checkpoint is written, it changes nothing. Outside the main thread, where Python delivers no signals, neither does
    a first one.

    Attributes
    ----------
    requested : bool
        Whether the learner has asked for the end.
    """

    def __init__(self) -> None:
        self.requested = False
        self._may_cut = False
        self._before: Any = None

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    @contextmanager
    def cutting(self) -> Iterator[None]:
        """Inside, a second interrupt raises KeyboardInterrupt, once."""
        self._may_cut = True
        try:
            yield
        finally:
            self._may_cut = False

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.requested and self._may_cut:
            # Before it is raised: on its way out it must not meet another.
            self._may_cut = False
            raise KeyboardInterrupt
        self.requested = True

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)


def notebook_kernel() -> Any:
    """The running Jupyter kernel, or None in a terminal, a script or a test."""
    # A notebook has imported it long since; nobody else need.
    ipython = sys.modules.get("IPython")
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
            # content=False: only peeking.
            message = self._session.deserialize(parts, content=False, copy=False)
            if message["header"]["msg_type"] == "comm_msg":
                content = self._session.unpack(message["content"])
                event = content.get("data", {}).get("content", {})
                if content.get("comm_id") == self.widget.model_id and event.get("event") == "click":
                    self._press()
        # A message that cannot be read is the kernel's affair, below.
        except Exception:
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
    # Another kind of kernel: its interrupt key still works.
    except AttributeError:
        return None
