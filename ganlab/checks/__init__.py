"""Checks of the exercises: one module a lesson, loaded when it is used.

In a notebook::

    from ganlab import checks

    checks.lesson_00.to_pixels(to_pixels)

prints one line, ``✓ to_pixels: ...`` or ``✗ to_pixels: ...``, and returns a :class:`~ganlab.checks.ladder.Result`.
A check never raises, never changes the random state of the notebook, and never shows a solution.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def __getattr__(name: str) -> ModuleType:
    """Load ``checks.lesson_NN`` on first use."""
    if name.startswith("_") or name not in __dir__():
        raise AttributeError(f"ganlab.checks has no {name!r}; it has {', '.join(__dir__())}")
    return importlib.import_module(f"{__name__}.{name}")


def __dir__() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(__path__))
