"""What a learner sees while a run goes on: the progress bar, the live figure with losses and samples."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ganlab.history import History
from ganlab.stopping import Interrupts, StopButton, notebook_kernel

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHARE = 0.04  # of the running time, at most, that drawing the live figure may take


class Monitor:
    """Shows a run while it goes on, and hears when the learner wants it to stop.

    Parameters
    ----------
    steps, done : int
        Length of the run, and how much of it is done already.
    progress, live : bool
        Show the bar; show the figure and the button (which need a notebook).
    sample : callable
        Returns fresh pictures (n, C, H, W) for the figure.
    """

    def __init__(
        self, *, steps: int, done: int, progress: bool, live: bool, sample: Callable[[], Tensor] | None = None
    ) -> None:
        self._steps, self._done, self._sample = steps, done, sample
        self._stack = ExitStack()
        self._interrupts = self._stack.enter_context(Interrupts())
        self._history = History()
        self._button: StopButton | None = None
        self._controls: Any = None  # display handle of bar and button
        self._figure: Any = None  # display handle of the figure
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

        return notebook_tqdm(**settings, display=False)  # shown beside the button, see Monitor
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
    width = max(1, len(history.steps) // 300)  # average over so many steps: 300 points are enough for a curve
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
