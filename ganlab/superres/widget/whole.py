"""A whole picture enlarged in a thread of its own, so that the kernel goes on answering the page meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from PIL import Image

from ganlab.widgets.kit.samples import png
from ganlab.widgets.kit.values import quoted, to_text

Progress = Callable[[int, int], None]
Enlarge = Callable[[Progress, Callable[[], bool]], Image.Image]  # with what to tell, and what to ask after each piece

PIECE = 3_000_000  # bytes of the file in one answer


class WholePicture:
    """One picture on its way: running, writing, and then done, stopped or failed.

    The thread only writes these attributes. It never speaks to the page itself: the page asks how far it is, and
    fetches the file in pieces, so nothing depends on what a widget manager thinks of messages from other threads.

    Parameters
    ----------
    job : int
        Tells one such picture from the next.
    enlarge : callable
        ``enlarge(progress, should_stop)`` returns the enlarged picture.
    """

    def __init__(self, job: int, enlarge: Enlarge) -> None:
        self.job, self.state, self.share = job, "running", 0.0
        self.message, self.size, self.file = "", (0, 0), b""
        self._enlarge, self._stop = enlarge, threading.Event()
        # A daemon: who shuts the kernel down does not wait for a picture.
        self._thread = threading.Thread(target=self._run, name="ganlab-whole-picture", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether it is still on its way."""
        return self.state in ("running", "writing")

    def stop(self) -> None:
        """Ask it to stop: it does after the piece it is at."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> None:
        """Until it is done, stopped or failed."""
        self._thread.join(seconds)

    def _tell(self, done: int, total: int) -> None:
        self.share = done / max(1, total)

    def _run(self) -> None:
        try:
            picture = self._enlarge(self._tell, self._stop.is_set)
            if self._stop.is_set():
                self.state = "stopped"
                return
            self.state = "writing"
            self.size, self.file = picture.size, png(picture)
            self.state = "done"
        # An exception here would only reach a log; the person in front of the page would wait in vain.
        except Exception as error:
            self.message = "" if self._stop.is_set() else f"Sorry, this could not be done ({type(error).__name__})."
            self.state = "stopped" if self._stop.is_set() else "failed"

    def about(self) -> dict[str, Any]:
        """What the page shows of it."""
        return {
            "job": self.job,
            "state": self.state,
            "share": round(self.share, 4),
            "stopping": self.busy and self._stop.is_set(),
            "message": self.message,
            "width": self.size[0],
            "height": self.size[1],
            "bytes": len(self.file),
            "pieces": -(-len(self.file) // PIECE),
        }

    def piece(self, index: object) -> str:
        """Piece ``index`` of the PNG file, as base64.

        Raises
        ------
        ValueError
            If there is no such piece.
        """
        count = -(-len(self.file) // PIECE)
        if type(index) is not int or not 0 <= index < count:
            raise ValueError(f"expected one of the file's {count} pieces, got {quoted(index)}")
        return to_text(self.file[index * PIECE : (index + 1) * PIECE])
