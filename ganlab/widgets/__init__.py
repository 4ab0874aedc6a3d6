"""Live widgets: ``widgets.show(widgets.LatentExplorer(generator))``.

A widget belongs to the family whose networks it shows and lives in that family's ``widget/``; what all of them are
made of is in :mod:`ganlab.widgets.kit`. What passes between page and kernel is text (JSON, base64).
"""

from __future__ import annotations

import importlib
from typing import Any

from ganlab.widgets.kit.show import show

__all__ = ["show"]

# Name -> the module that defines it, loaded when it is first asked for.
WIDGETS = {
    "Playground": "ganlab.minimax.widget.studio",
    "LatentExplorer": "ganlab.dcgan.widget.studio",
    "InpaintStudio": "ganlab.inpainting.widget.studio",
    "StyleStudio": "ganlab.style.widget.studio",
    "SuperResolutionStudio": "ganlab.superres.widget.studio",
}


def __getattr__(name: str) -> Any:
    """The widget of that name."""
    if name not in WIDGETS:
        raise AttributeError(f"ganlab.widgets has no {name!r}; it has {', '.join(__dir__())}")
    return getattr(importlib.import_module(WIDGETS[name]), name)


def __dir__() -> list[str]:
    """The widgets there are, and ``show``."""
    return sorted({*WIDGETS, "show"})
