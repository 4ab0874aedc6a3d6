"""ganlab: the tested building blocks of the course.

Importing this package is light: everything loads when it is first used, so ``import ganlab`` costs little more
than Python itself and ``import torch`` happens only when a lesson needs it.

The lessons use it like this::

    import ganlab
    lab = ganlab.setup(seed=0)                # device, profile, seeds: one line printed
    pictures = ganlab.data.faces(2000)        # float32 (N, C, H, W) in [-1, 1]
    people = ganlab.generate(8)               # eight PIL pictures from the shipped DCGAN

Besides the sub-modules, the package has the short names in ``_SHORTCUTS`` and one function for every file in
``ganlab/oneline/`` (``ganlab.generate`` lives in ``ganlab/oneline/generate.py``): adding a file adds the function.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

__version__ = "0.1.0"

# Short name -> the module that defines it.
_SHORTCUTS = {
    "setup": "ganlab.runtime",
    "Lab": "ganlab.runtime",
    "load_pretrained": "ganlab.pretrained",
}


def __getattr__(name: str) -> Any:
    """Load ``ganlab.<name>`` on first use: a shortcut, a one-line function or a sub-module."""
    if name.startswith("_"):
        raise AttributeError(f"module 'ganlab' has no attribute {name!r}")
    if name in _SHORTCUTS:
        value = getattr(importlib.import_module(_SHORTCUTS[name]), name)
    elif importlib.util.find_spec(f"ganlab.oneline.{name}") is not None:
        value = getattr(importlib.import_module(f"ganlab.oneline.{name}"), name)
    elif importlib.util.find_spec(f"ganlab.{name}") is not None:
        return importlib.import_module(f"ganlab.{name}")
    else:
        raise AttributeError(
            f"module 'ganlab' has no attribute {name!r}; it has {', '.join(__dir__())}"
        )
    globals()[name] = value  # the next look-up does not come through here
    return value


def __dir__() -> list[str]:
    """Names a learner can use, so that Tab completion in a notebook finds what is loaded lazily."""
    import pkgutil

    modules = {module.name for module in pkgutil.iter_modules(__path__)} - {"oneline", "weights"}
    oneline = importlib.import_module("ganlab.oneline")
    functions = {module.name for module in pkgutil.iter_modules(oneline.__path__)}
    return sorted({"__version__", *_SHORTCUTS, *modules, *functions})
