"""ganlab: the tested building blocks of the course.

Importing this package is light: everything loads when it is first used, so ``import ganlab`` costs little more
than Python itself and ``import torch`` happens only when a lesson needs it.

The lessons use it like this::

    import ganlab
    lab = ganlab.setup(seed=0)                # device, profile, seeds: one line printed
    pictures = ganlab.data.faces(2000)        # float32 (N, C, H, W) in [-1, 1]
    people = ganlab.generate(8)               # eight PIL pictures from the shipped DCGAN

A room of this package is a subject, and the floors below are shared by all:

====  ===================================================================================================
 4    ``app``: the studios as one page
 3    ``minimax``, ``dcgan``, ``inpainting``, ``style``, ``superres``: a family each, with its networks,
      losses, training, scores, widget, checks, and the recipe of its shipped weights
 2    ``features`` (frozen networks), ``training``, ``checks`` (what a check is), ``widgets`` (what a widget is)
 1    ``data``: every data set as float32 (N, C, H, W) in [-1, 1]
 0    ``runtime``, ``images``, ``resampling``, ``losses``, ``layers``, ``latent``, ``plotting``, ``metrics``,
      ``pretrained`` with ``weights``
====  ===================================================================================================

Imports point down, and no family imports another.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

# Short name -> the module that defines it.
SHORTCUTS = {
    "setup": "ganlab.runtime",
    "Lab": "ganlab.runtime",
    "load_pretrained": "ganlab.pretrained",
    "generate": "ganlab.dcgan.generate",
    "inpaint": "ganlab.inpainting.inpaint",
    "stylize": "ganlab.style.stylize",
    "enlarge": "ganlab.superres.enlarge",
}
# The rooms, floor by floor; a new one is a line here.
ROOMS = (
    *("runtime", "images", "resampling", "losses", "layers", "latent", "plotting", "pretrained", "metrics"),
    *("data", "features", "training", "checks", "widgets"),
    *("minimax", "dcgan", "inpainting", "style", "superres"),
    "app",
)


def __getattr__(name: str) -> Any:
    """Load ``ganlab.<name>`` on first use: a short name or a room."""
    if name in SHORTCUTS:
        value = getattr(importlib.import_module(SHORTCUTS[name]), name)
    elif name in ROOMS:
        value = importlib.import_module(f"ganlab.{name}")
    else:
        raise AttributeError(f"module 'ganlab' has no attribute {name!r}; it has {', '.join(__dir__())}")
    # The next look-up does not come through here.
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Names a learner can use, so that Tab completion in a notebook finds what is loaded lazily."""
    return sorted({"__version__", *SHORTCUTS, *ROOMS})
