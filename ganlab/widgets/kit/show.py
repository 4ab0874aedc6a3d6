"""Display a widget so that a page without a kernel still shows something."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any, Protocol

from PIL import Image, ImageDraw, ImageFont

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

GAP, HEAD = 12, 30  # pixels of a still picture: between its panels, above them


class Showable(Protocol):
    """A widget with a picture of itself and a sentence that says what the picture shows."""

    def static_picture(self) -> Image.Image:
        """The widget's present state as a picture."""

    @property
    def alt_text(self) -> str:
        """One sentence for those who do not see the picture."""


def mimebundle(widget: Any) -> dict[str, Any]:
    """The live widget, a picture and a sentence in one output: each reader takes the best it can show.

    JupyterLab, Notebook, Colab and Voila take the widget; GitHub, nbconvert and a reader without a kernel take the
    picture.
    """
    buffer = io.BytesIO()
    widget.static_picture().save(buffer, "PNG", optimize=True)
    return {
        WIDGET_VIEW: {"version_major": 2, "version_minor": 0, "model_id": widget.model_id},
        "image/png": base64.b64encode(buffer.getvalue()).decode("ascii"),
        "text/plain": widget.alt_text,
    }


def show(widget: Showable) -> None:
    """Display a widget of the course in a notebook; outside of one, print what it shows."""
    from IPython import get_ipython
    from IPython.display import display

    if get_ipython() is None:
        print(widget.alt_text)
        return
    display(mimebundle(widget), raw=True, metadata={"image/png": {"alt": widget.alt_text}})


def sheet(titles: Sequence[str], rows: Sequence[Sequence[Image.Image]], side: int) -> Image.Image:
    """A still picture: a title above each column, and panels of at most ``side`` x ``side`` pixels below."""
    size = (len(titles) * (side + GAP) + GAP, HEAD + len(rows) * (side + GAP))
    still = Image.new("RGB", size, "white")
    draw, font = ImageDraw.Draw(still), ImageFont.load_default(16)
    for column, title in enumerate(titles):
        left = GAP + column * (side + GAP)
        draw.text((left + side // 2, HEAD // 2), title, fill="#1c1c1c", font=font, anchor="mm")
        for row, panels in enumerate(rows):
            panel, top = panels[column], HEAD + row * (side + GAP)
            still.paste(panel, (left + (side - panel.width) // 2, top + (side - panel.height) // 2))
    return still
