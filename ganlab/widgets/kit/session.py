"""A page's questions and the kernel's answers: numbered, as text, and one place where errors become sentences."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import anywidget
import traitlets
from PIL import Image

from ganlab.images import PictureError
from ganlab.widgets.kit.upload import Upload
from ganlab.widgets.kit.values import quoted

Wish = dict[str, Any]
Action = Callable[[Wish], None]

LONGEST = 240  # letters of what went wrong: a request may be long, the sentence about it is not


class Session(anywidget.AnyWidget):
    """What all widgets of the course are: a page that asks, a kernel that answers.

    The page asks by ``request``, a JSON object with an ``action`` and a number; the kernel answers by ``response``
    with the same number. No two views of a widget share numbers, so each finds its own answers, after a reload too;
    a view also shows what others have asked for. A program's change is answered with the number 0: nobody asked.
    While an answer is on its way the page holds back, and then sends only its latest wish of a drag, so that dragging
    never queues up work. All that passes is text: some widget managers, Colab's among them, lose binary buffers.

    A widget gives :meth:`_actions`, what a page may ask for, and :meth:`_content`, what a page shows.

    Attributes
    ----------
    latencies_ms : list of float
        Kernel time of every answer that shows everything: network, encoding and all.
    """

    request = traitlets.Unicode("").tag(sync=True)
    response = traitlets.Unicode("").tag(sync=True)

    # On the class: a widget that could not be made whole is asked for these, too.
    _number = 0  # of the question that is being answered; 0 when nobody asked
    _asked: float | None = None  # when it came
    _answered = False

    def __init__(self, **state: Any) -> None:
        self.latencies_ms: list[float] = []
        super().__init__(**state)
        self.observe(self._on_request, "request")

    # --- what a widget gives ----------------------------------------------------------------------------------------

    def _actions(self) -> Mapping[str, Action]:
        """Name -> what is done. An action that has not answered when it returns is answered with everything."""
        raise NotImplementedError

    def _content(self) -> dict[str, Any]:
        """Everything that the page shows, but for what has traits of its own."""
        raise NotImplementedError

    # --- answering --------------------------------------------------------------------------------------------------

    @property
    def _ms(self) -> float | None:
        """Milliseconds since the question came; None when nobody asked."""
        return None if self._asked is None else (time.perf_counter() - self._asked) * 1000

    def _answer(self, content: Mapping[str, Any]) -> None:
        """Answer with this."""
        self._answered = True
        self.response = json.dumps({"id": self._number, **content})

    def _show(self, message: str = "") -> None:
        """Answer with everything that the page shows; ``message`` is a sentence for the person in front of it."""
        self._answer({**self._content(), "message": message})
        if (ms := self._ms) is not None:
            self.latencies_ms.append(ms)

    def _on_request(self, change: Mapping[str, Any]) -> None:
        self._asked, self._answered = time.perf_counter(), False
        try:
            wish = json.loads(change["new"])
            if not isinstance(wish, dict):
                raise ValueError(f"expected an object with an action, got {type(wish).__name__}")
            # Only a plain number is sent back: it must be JSON again, whatever came.
            self._number = wish["id"] if type(wish.get("id")) is int else 0
            self._obey(wish)
            if not self._answered:
                self._show()
        except PictureError as error:
            self._refuse(f"Sorry, this picture cannot be used: {_short(error).removeprefix('the picture: ')}.")
        except ValueError as error:
            self._refuse(f"Sorry, the page's request was not understood: {_short(error)}.")
        # An exception here would only reach a log; the person in front of the page would wait for an answer in vain.
        except Exception as error:
            self._refuse(f"Sorry, this could not be done ({type(error).__name__}).")
        finally:
            self._number, self._asked = 0, None

    def _obey(self, wish: Wish) -> None:
        action = wish.get("action")
        if action == "look":
            self._show()
            return
        actions = self._actions()
        if not isinstance(action, str) or action not in actions:
            raise ValueError(f"there is no action {quoted(action)}")
        actions[action](wish)

    def _refuse(self, sentence: str) -> None:
        """Answer with how everything is, and a sentence; with the sentence alone if not even that can be shown."""
        try:
            self._show(sentence)
        except Exception:
            self._answer({"message": sentence})

    def _receive(self, wish: Wish, upload: Upload, use: Callable[[Image.Image], None]) -> None:
        """Take a piece of a file; the picture in the whole file is handed to ``use``."""
        picture = upload.take(wish)
        if picture is None:
            self._answer({"more": True})
        else:
            use(picture)


def _short(error: Exception) -> str:
    text = str(error).rstrip(".")
    return text if len(text) <= LONGEST else text[:LONGEST] + " …"
