"""Every exercise against its bank: right answers accepted, wrong ones rejected by the rung that names the mistake.

An exercise adds ``ganlab/<family>/checks/<exercise>.py`` with its ladder, ``tests/<family>/answers/<exercise>.py`` with its
``BANK``, and touches nothing here. Each answer is graded once; what an exercise fails is listed at its end.
"""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ganlab import checks
from ganlab.checks.ladder import Ladder, Result
from tests.checks.bank import Bank, read_banks, read_ladders, room

ROOT = Path(__file__).resolve().parent.parent.parent
BANKS = {f"{lesson}.{exercise}": bank for lesson, banks in read_banks().items() for exercise, bank in banks.items()}
LESSON_FILES = {f"lesson_{path.name[:2]}": path for path in sorted((ROOT / "lessons").glob("[0-9][0-9]_*.py"))}
each_exercise = pytest.mark.parametrize("check", BANKS)
# No mistake of an exercise, but of every exercise.
COMMON = {"missing", "error", "returns_none", "wrong_type", "wrong_shape"}


def test_every_lesson_of_the_course_is_in_the_dictionary():
    assert list(checks.LESSONS) == sorted(LESSON_FILES)


def _exercise_files(folder: Path) -> set[str]:
    """The names of the files that define a ladder of their own name; beside them are what these share, and tables."""
    return {path.stem for path in folder.glob("*.py") if f"\n{path.stem} = Ladder(" in path.read_text("utf-8")}


@pytest.mark.parametrize("lesson", sorted({room(lesson): lesson for lesson in checks.LESSONS}.values()))
def test_every_exercise_of_a_family_has_a_file_and_a_bank_and_the_other_way_round(lesson):
    family = room(lesson)
    ladders = {name for other, found in read_ladders().items() if room(other) == family for name in found}
    banks = {path.stem for path in (ROOT / "tests" / family / "answers").glob("*.py")} - {"__init__"}
    assert ladders == banks
    if checks.LESSONS[lesson] != f"ganlab.checks.{lesson}":
        assert ladders == _exercise_files(ROOT / "ganlab" / family / "checks")


@pytest.mark.parametrize("lesson", [lesson for lesson, ladders in read_ladders().items() if len(ladders) > 1])
def test_the_table_of_a_lessons_checks_is_in_the_order_of_the_lesson(lesson):
    text, ladders = LESSON_FILES[lesson].read_text("utf-8"), read_ladders()[lesson]
    table = [line.split()[1] for line in getattr(checks, lesson).__doc__.splitlines() if line[:1].isdigit()]
    assert table == sorted(ladders, key=lambda exercise: text.index(f"checks.{lesson}.{exercise}("))


@each_exercise
def test_a_bank_is_large_enough(check):
    bank, ladder = BANKS[check], _ladder(check)
    assert bank.check is ladder
    assert len(bank.right) >= 3
    assert len(bank.wrong) >= 5
    # At least three of the wrong answers are mistakes of this exercise, not of every exercise.
    assert len({rung for _, rung in bank.wrong} - COMMON) >= 2
    rungs = {rung.name for rung in bank.check.rungs} | {"missing", "error", "returns_none"}
    assert {rung for _, rung in bank.wrong} <= rungs


def _ladder(check: str) -> Ladder:
    lesson, _, exercise = check.partition(".")
    return getattr(getattr(checks, lesson), exercise)


def _silent_states() -> list[Any]:
    return [random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()]  # noqa: NPY002


def _faults_of_right(result: Result) -> list[str]:
    return [] if (result.passed, result.rung, result.score) == (True, "passed", 1.0) else [f"refused: {result!r}"]


def _faults_of_wrong(result: Result, rung: str) -> list[str]:
    found = [] if result.rung == rung else [f"expected the rung {rung!r}, got {result.rung!r}: {result!r}"]
    if result.passed or not 0 <= result.score < 1:
        found.append(f"passed {result.passed} with the score {result.score}")
    if "Traceback" in result.message or len(result.message) <= 20:
        found.append(f"no sentence for a learner: {result.message!r}")
    return found


def _stub(*args: Any, **kwargs: Any) -> Any:
    raise NotImplementedError("replace this line by your code")


def _faults_of_nothing(bank: Bank) -> list[str]:
    """Nothing scores nothing, and the stub of the unsolved notebook is missing, not wrong."""
    found = [f"{nothing} scores" for nothing in (..., None) if bank.check.grade(nothing).score != 0]
    # An exercise that asks for a value has an ellipsis for its stub.
    if bank.check.example is not None:
        result = bank.check.grade(_stub)
        found += [f"the stub: {result!r}"] * ((result.rung, result.score) != ("missing", 0))
    return found


@each_exercise
def test_right_answers_are_accepted_and_wrong_ones_rejected_by_the_rung_that_names_them(check, capsys):
    """Each prints one line and moves no random state."""
    bank, before = BANKS[check], _silent_states()
    answers = [("right", answer, "passed") for answer in bank.right] + [
        ("wrong", answer, rung) for answer, rung in bank.wrong
    ]
    faults = _faults_of_nothing(bank)
    for number, (kind, answer, rung) in enumerate(answers):
        result = bank.check(answer)
        printed = capsys.readouterr().out
        found = _faults_of_right(result) if kind == "right" else _faults_of_wrong(result, rung)
        found += [f"printed {printed!r}"] * (printed != f"{result!r}\n" or printed.count("\n") != 1)
        found += ["a random state moved"] * (_silent_states() != before)
        name = getattr(answer, "__name__", type(answer).__name__)
        faults += [
            f"{kind} answer {number - len(bank.right) * (kind == 'wrong')}, {name}: {fault}" for fault in found
        ]
    assert not faults, "\n".join(faults)


@each_exercise
def test_the_same_answer_gets_the_same_verdict_again(check):
    """Of one right and one wrong answer: a ladder keeps nothing from one call to the next."""
    bank = BANKS[check]
    for answer in (bank.right[0], bank.wrong[-1][0]):
        assert bank.check.grade(answer) == bank.check.grade(answer)
