"""Checks of the exercises, by lesson: found in ``LESSONS``, loaded when they are used.

In a notebook::

    from ganlab import checks

    checks.lesson_00.to_pixels(to_pixels)

prints one line, ``✓ to_pixels: ...`` or ``✗ to_pixels: ...``, and returns a :class:`~ganlab.checks.ladder.Result`.
A check never raises, never changes the random state of the notebook, and never shows a solution.

Here is what all of them stand on: :mod:`~ganlab.checks.ladder` (the rungs that an answer climbs),
:mod:`~ganlab.checks.attempt` (the answer, called safely) and :mod:`~ganlab.checks.rungs` (what several exercises
share). The checks themselves are in the family that a lesson belongs to, one file an exercise.
"""

from __future__ import annotations

import importlib
from types import ModuleType

# Lesson -> the module that holds its ladders.
LESSONS = {
    "lesson_00": "ganlab.checks.lesson_00",
    "lesson_01": "ganlab.minimax.checks",
    "lesson_02": "ganlab.dcgan.checks",
    "lesson_03": "ganlab.inpainting.checks",
    "lesson_04": "ganlab.style.checks",
    "lesson_05": "ganlab.superres.checks",
}


def __getattr__(name: str) -> ModuleType:
    """Load ``checks.lesson_NN`` on first use."""
    if name not in LESSONS:
        raise AttributeError(f"ganlab.checks has no {name!r}; it has {', '.join(__dir__())}")
    return importlib.import_module(LESSONS[name])


def __dir__() -> list[str]:
    return sorted(LESSONS)
