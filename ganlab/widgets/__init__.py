"""Live widgets: ``widgets.show(widgets.LatentExplorer(generator))``.

One widget is one file: the class ``LatentExplorer`` lives in ``latent_explorer.py`` with its page side in
``latent_explorer.js``, and is found by its name. What passes between page and kernel is text (JSON, base64): some
widget managers, Colab's among them, lose binary buffers.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from typing import Any

from ganlab.widgets.show import show

__all__ = ["show"]


def _class_name(module: str) -> str:
    return "".join(part.capitalize() for part in module.split("_"))


def __getattr__(name: str) -> Any:
    """Find a widget's class in the module that its name says."""
    module = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    if name in __dir__() and name != "show":
        return getattr(importlib.import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"ganlab.widgets has no {name!r}; it has {', '.join(__dir__())}")


def __dir__() -> list[str]:
    """The widgets there are, and ``show``."""
    modules = {module.name for module in pkgutil.iter_modules(__path__)} - {"show", "parts"}
    return sorted({_class_name(module) for module in modules if not module.startswith("_")} | {"show"})
