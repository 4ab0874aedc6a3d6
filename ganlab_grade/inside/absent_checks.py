"""What a submission finds as ``ganlab.checks``: calls that do nothing, since the checks themselves are elsewhere.

This file takes the place of ``ganlab/checks/__init__.py`` in the sandbox
(:mod:`~ganlab_grade.box.contents`); nothing outside imports it.
"""

from __future__ import annotations

import importlib
from typing import Any

PRESENT = ("attempt", "ladder")  # they hold no answers, and a notebook may look at them


class Elsewhere:
    """Stands for ``checks.lesson_NN`` and for every check in it."""

    def __getattr__(self, name: str) -> Elsewhere:
        if name.startswith("_"):
            raise AttributeError(f"the checks are not here, so they have no {name!r}")
        return self

    def __call__(self, *answer: Any, **options: Any) -> None:
        """Say that the check runs later."""
        print("this check runs when your notebook is marked")

    def __repr__(self) -> str:
        return "<a check that runs when your notebook is marked>"


def __getattr__(name: str) -> Any:
    """``checks.lesson_NN``."""
    if name in PRESENT:
        return importlib.import_module(f"ganlab.checks.{name}")
    if not name.startswith("lesson_"):
        raise AttributeError(f"ganlab.checks has no {name!r}")
    return Elsewhere()
