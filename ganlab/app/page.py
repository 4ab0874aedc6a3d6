"""The studios of lessons 02 to 05 as one application: ``Studio()`` in a notebook, or ``make studio`` for a page."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import traitlets
from PIL import Image

from ganlab.app.tabs import PANES, TABS, receiving_pane, tab_of
from ganlab.widgets.kit.page import joined
from ganlab.widgets.kit.session import Action, Session, Wish
from ganlab.widgets.kit.values import quoted

HERE = Path(__file__).parent


class Studio(Session):
    """Four tabs, Generate, Restore, Style and Enlarge; the result of one can be sent to the next.

    Each studio is made when its tab is first opened: only Generate costs time at the start. The kernel answers with
    the ``model_id`` of the studio to be shown; what a person does in a studio goes to that studio's own widget.

    Parameters
    ----------
    seed : int, optional
        Of the first face and of those that "Random" draws; a new one each time if not given.

    Attributes
    ----------
    panes : dict of str to widget
        The studios that have been made: ``generate``, ``restore-faces``, ``restore-photos``, ``style``, ``enlarge``.
    """

    _esm = joined("kit.js", HERE / "page.js")
    _css = joined(HERE / "page.css")
    settings = traitlets.Unicode("{}").tag(sync=True)  # what stays: the tabs and their texts

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
        self._answer({"pane": "generate", "model": first.model_id, "message": ""})

    # --- what a person can do: each by name, so that tests and programs can do it too -------------------------------

    def visit(self, pane: str) -> Any:
        """The studio ``pane``, made now if it is not there yet.

        Raises
        ------
        ValueError
            If there is none of that name.
        """
        if not isinstance(pane, str) or pane not in PANES:
            raise ValueError(f"there is no studio {quoted(pane)}")
        if pane not in self.panes:
            self.panes[pane] = PANES[pane].make(self.seed)
        return self.panes[pane]

    def pass_on(self, origin: str, tab: str) -> str:
        """Put the present result of the studio ``origin`` into the tab ``tab``; the name of the studio it went to.

        Raises
        ------
        ValueError
            If there is no such way, see ``goes_to`` of :data:`ganlab.app.tabs.TABS`.
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

    def _actions(self) -> Mapping[str, Action]:
        return {
            "alive": lambda _: self._show(),
            "open": lambda wish: self._open(wish.get("pane")),
            "send": self._carry,
        }

    def _content(self) -> dict[str, Any]:
        return {}

    def _open(self, pane: Any, news: str = "") -> None:
        """Answer with a studio, and with what there is to say of it."""
        self._answer({"pane": pane, "model": self.visit(pane).model_id, "news": news, "message": ""})

    def _carry(self, wish: Wish) -> None:
        origin, tab = wish.get("from"), wish.get("to")
        if not isinstance(origin, str) or not isinstance(tab, str):
            raise ValueError("expected the names of two studios")
        width, height = self.result(origin).size if origin in self.panes else (0, 0)
        pane = self.pass_on(origin, tab)
        self._open(pane, f"From {TABS[tab_of(origin)].title}: your picture of {width} × {height} pixels.")

    # --- without a kernel -------------------------------------------------------------------------------------------

    @property
    def alt_text(self) -> str:
        """What the widget shows, in one sentence."""
        return "Studio: tabs to generate faces, to restore, to paint in a style and to enlarge a picture."

    def static_picture(self) -> Image.Image:
        """A still picture of the first tab: faces along the directions of the sliders."""
        picture: Image.Image = self.visit("generate").static_picture()
        return picture
