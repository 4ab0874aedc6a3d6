"""Banks of right and wrong answers: one file an exercise, ``tests/<family>/answers/<exercise>.py``, with its ``BANK``."""

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganlab import checks
from ganlab.checks.ladder import Ladder

LESSON_SOURCES = Path(__file__).resolve().parent.parent.parent / "lessons"


@dataclass(frozen=True)
class Bank:
    """Answers to one exercise: at least three right ones, at least five wrong ones with the rung that names each."""

    check: Ladder
    right: list[Any]
    wrong: list[tuple[Any, str]]


def stub(*args, **kwargs):
    """The answer of a learner who has not begun."""
    raise NotImplementedError("your code here: replace this line")


def endless(*args):
    """The answer of a learner who calls the function by its own name."""
    return endless(*args)


def read_ladders() -> dict[str, dict[str, Ladder]]:
    """Every ladder of ganlab.checks, by lesson and exercise, in the lessons' order."""
    return {lesson: _in_order(lesson, vars(getattr(checks, lesson))) for lesson in checks.LESSONS}


def _in_order(lesson: str, module: dict[str, Any]) -> dict[str, Ladder]:
    (source,) = LESSON_SOURCES.glob(f"{lesson.removeprefix('lesson_')}_*.py")
    text = source.read_text(encoding="utf-8")
    # A ladder that its lesson does not call comes first; the tests that compare the two will name it.
    names = sorted(module, key=lambda name: text.find(f"checks.{lesson}.{name}("))
    return {name: module[name] for name in names if isinstance(module[name], Ladder)}


def room(lesson: str) -> str:
    """The room in ``ganlab`` and in ``tests`` that a lesson's checks belong to: "minimax"; "checks" if to no family."""
    return checks.LESSONS[lesson].split(".")[1]


def bank_module(lesson: str, exercise: str) -> str:
    """The name of the module that holds the bank of an exercise."""
    return f"tests.{room(lesson)}.answers.{exercise}"


def read_bank(lesson: str, exercise: str) -> Bank:
    """The bank of one exercise.

    Raises
    ------
    ModuleNotFoundError
        If there is none.
    """
    return importlib.import_module(bank_module(lesson, exercise)).BANK


def read_banks() -> dict[str, dict[str, Bank]]:
    """Every exercise's bank, by lesson and exercise."""
    return {
        lesson: {exercise: read_bank(lesson, exercise) for exercise in ladders}
        for lesson, ladders in read_ladders().items()
    }
