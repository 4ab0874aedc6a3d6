"""Display a widget so that a page without a kernel still shows something."""

from __future__ import annotations

import base64
import io
from typing import Any, Protocol

from PIL import Image

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


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
