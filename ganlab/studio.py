"""The studios of lessons 02 to 05 as one application: ``Studio()`` in a notebook, or ``make studio`` for a page."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

import anywidget
import traitlets
from PIL import Image

from ganlab.images import PictureError
from ganlab.studio_tabs import PANES, TABS, receiving_pane, tab_of


class Studio(anywidget.AnyWidget):
    """Four tabs, Generate, Restore, Style and Enlarge; the result of one can be sent to the next.

    Each studio is made when its tab is first opened: only Generate costs time at the start. The page asks by
    ``request`` (JSON with a number), the kernel answers by ``response`` with the same number and the ``model_id`` of
    the studio that is to be shown; what a person does in a studio goes to that studio's own widget.

    Parameters
    ----------
    seed : int, optional
        Of the first face and of those that "Random" draws; a new one each time if not given.

    Attributes
    ----------
    panes : dict of str to widget
        The studios that have been made: ``generate``, ``restore-faces``, ``restore-photos``, ``style``, ``enlarge``.
    """

    _esm = Path(__file__).parent / "studio.js"
    settings = traitlets.Unicode("{}").tag(sync=True)  # what stays: the tabs and their texts
    request = traitlets.Unicode("").tag(sync=True)
    response = traitlets.Unicode("").tag(sync=True)

    def __init__(self, *, seed: int | None = None) -> None:
        self.seed = secrets.randbelow(2**31) if seed is None else seed
        self.panes: dict[str, Any] = {}
        tabs = [
            {
                "name": name,
                "title": tab.title,
                "send": tab.send,
                "does": tab.does,
                "cannot": tab.cannot,
                "panes": [{"name": pane, "label": PANES[pane].label} for pane in tab.panes],
                "goesTo": tab.goes_to,
            }
            for name, tab in TABS.items()
        ]
        super().__init__(settings=json.dumps({"tabs": tabs}))
        first = self.visit("generate")
        self.response = json.dumps({"id": 0, "pane": "generate", "model": first.model_id, "message": ""})
        self.observe(self._on_request, "request")

    # --- what a person can do: each by name, so that tests and programs can do it too -------------------------------

    def visit(self, pane: str) -> Any:
        """The studio ``pane``, made now if it is not there yet.

        Raises
        ------
        ValueError
            If there is none of that name.
        """
        if not isinstance(pane, str) or pane not in PANES:
            raise ValueError(f"there is no studio {str(pane)[:40]!r}")
        if pane not in self.panes:
            self.panes[pane] = PANES[pane].make(self.seed)
        return self.panes[pane]

    def pass_on(self, origin: str, tab: str) -> str:
        """Put the present result of the studio ``origin`` into the tab ``tab``; the name of the studio it went to.

        Raises
        ------
        ValueError
            If there is no such way, see ``goes_to`` of :data:`ganlab.studio_tabs.TABS`.
        """
        target = receiving_pane(origin, tab)
        picture = self.result(origin)
        take = PANES[target].take
        if take is None:  # no tab leads there
            raise ValueError(f"{target!r} takes no picture")
        take(self.visit(target), picture)
        return target

    def result(self, pane: str) -> Image.Image:
        """The present result of a studio, RGB."""
        return PANES[pane].give(self.visit(pane)).convert("RGB")

    def close(self) -> None:
        """Take the application and all of its studios off the page."""
        for widget in self.panes.values():
            widget.close()
        super().close()

    # --- page -------------------------------------------------------------------------------------------------------

    def _on_request(self, change: dict[str, Any]) -> None:
        number, answer = 0, {}
        try:
            wish = json.loads(change["new"])
            if not isinstance(wish, dict):
                raise ValueError(f"expected an object with an action, got {type(wish).__name__}")
            # Only a plain number is sent back: it must be JSON again, whatever came.
            number = wish["id"] if type(wish.get("id")) is int else 0
            answer = self._obey(wish)
        except PictureError as error:
            answer = {"message": f"Sorry, this picture cannot be used: {str(error).removeprefix('the picture: ')}."}
        except ValueError as error:
            answer = {"message": f"Sorry, the page's request was not understood: {error}."}
        # An exception here would only reach a log; the person in front of the page would wait for an answer in vain.
        except Exception as error:
            answer = {"message": f"Sorry, this could not be done ({type(error).__name__})."}
        self.response = json.dumps({"id": number, **answer})

    def _obey(self, wish: dict[str, Any]) -> dict[str, Any]:
        action = wish.get("action")
        if action == "alive":
            return {"message": ""}
        if action == "open":
            pane, news = wish.get("pane"), ""
        elif action == "send":
            origin, tab = wish.get("from"), wish.get("to")
            if not isinstance(origin, str) or not isinstance(tab, str):
                raise ValueError("expected the names of two studios")
            width, height = self.result(origin).size if origin in self.panes else (0, 0)
            pane = self.pass_on(origin, tab)
            news = f"From {TABS[tab_of(origin)].title}: your picture of {width} × {height} pixels."
        else:
            raise ValueError(f"there is no action {str(action)[:40]!r}")
        widget = self.visit(str(pane))
        return {"pane": pane, "model": widget.model_id, "news": news, "message": ""}

    # --- without a kernel -------------------------------------------------------------------------------------------

    @property
    def alt_text(self) -> str:
        """What the widget shows, in one sentence."""
        return "Studio: tabs to generate faces, to restore, to paint in a style and to enlarge a picture."

    def static_picture(self) -> Image.Image:
        """A still picture of the first tab: faces along the directions of the sliders."""
        return self.visit("generate").static_picture()
