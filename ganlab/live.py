"""What a learner sees and touches while a run goes on: progress bar, live figure, stop button."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType
from typing import Any

from tqdm.std import tqdm

from ganlab.history import History


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


class Monitor:
    """Shows a run while it goes on, and hears when the learner wants it to stop."""

    def __init__(self, *, steps: int, done: int, progress: bool, live: bool) -> None:
        self._interrupts = Interrupts()
        self._done = done
        # A bar in a log file would be a line a tick: there, twice a minute is enough.
        interval = 0.2 if sys.stderr.isatty() else 30.0
        self._bar = tqdm(
            total=steps, initial=done, disable=not progress, unit="step", mininterval=interval, dynamic_ncols=True
        )

    def __enter__(self) -> Monitor:
        self._interrupts.__enter__()
        return self

    @property
    def stopping(self) -> str:
        """Why the run is to stop now: "interrupted", "button", or "" to go on."""
        return "interrupted" if self._interrupts.requested else ""

    def update(self, done: int, history: History) -> None:
        """Show the state after ``done`` steps, as often as is cheap."""
        if self._bar.update(done - self._done):
            self._bar.set_postfix_str(summary(history), refresh=False)
        self._done = done

    def finish(self, history: History) -> None:
        """Show the end of the run."""
        self._bar.set_postfix_str(summary(history))

    def __exit__(self, *_: object) -> None:
        self._interrupts.__exit__()
        self._bar.close()


def summary(history: History) -> str:
    """The last losses and the speed, in a few words."""
    losses = [f"{name} {values[-1]:.3g}" for name, values in sorted(history.values.items())]
    return ", ".join([*losses, f"{history.images_per_second:.0f} images/s"])
