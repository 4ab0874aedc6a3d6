"""Every exercise against its bank: right answers accepted, wrong ones rejected by the rung that names the mistake.

A lesson adds ``tests/banks/lesson_NN.py`` with ``BANK = {exercise: Bank(check=..., right=[...], wrong=[...])}``
and touches nothing here.
"""

import importlib
import pkgutil
import random
from collections.abc import Callable
from typing import Any

import banks
import numpy as np
import pytest
import torch
from banks import Bank

from ganlab import checks
from ganlab.checks.ladder import Ladder, Result


def _name(answer: Any) -> str:
    return getattr(answer, "__name__", type(answer).__name__)


LESSONS = sorted(module.name for module in pkgutil.iter_modules(banks.__path__))
BANKS: dict[str, Bank] = {
    f"{lesson}.{exercise}": bank
    for lesson in LESSONS
    for exercise, bank in importlib.import_module(f"banks.{lesson}").BANK.items()
}
RIGHT = [pytest.param(bank, answer, id=f"{name}-{_name(answer)}-{index}")
         for name, bank in BANKS.items() for index, answer in enumerate(bank.right)]  # fmt: skip
WRONG = [pytest.param(bank, answer, rung, id=f"{name}-{_name(answer)}-{index}-{rung}")
         for name, bank in BANKS.items() for index, (answer, rung) in enumerate(bank.wrong)]  # fmt: skip


def test_every_exercise_has_a_bank():
    ladders = {
        f"{lesson}.{name}"
        for lesson in dir(checks)
        if lesson.startswith("lesson_")
        for name, thing in vars(getattr(checks, lesson)).items()
        if isinstance(thing, Ladder)
    }
    assert ladders == set(BANKS)


@pytest.mark.parametrize("name", BANKS)
def test_a_bank_is_large_enough(name):
    bank = BANKS[name]
    assert len(bank.right) >= 3
    assert len(bank.wrong) >= 5
    # At least three of the wrong answers are mistakes of this exercise, not of every exercise.
    common = {"missing", "error", "returns_none", "wrong_type", "wrong_shape"}
    assert len({rung for _, rung in bank.wrong} - common) >= 2
    rungs = {rung.name for rung in bank.check.rungs} | {"missing", "error", "returns_none"}
    assert {rung for _, rung in bank.wrong} <= rungs


def _silent_states() -> list[Any]:
    return [random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()]  # noqa: NPY002


def _check(bank: Bank, answer: Any, capsys: pytest.CaptureFixture[str]) -> Result:
    """Check twice: one line printed, the same verdict both times, no random state moved."""
    before = _silent_states()
    result = bank.check(answer)
    assert _silent_states() == before
    printed = capsys.readouterr().out
    assert printed == f"{result!r}\n"
    assert printed.count("\n") == 1
    assert bank.check.grade(answer) == result
    return result


@pytest.mark.parametrize(("bank", "answer"), RIGHT)
def test_a_right_answer_is_accepted(bank, answer, capsys):
    result = _check(bank, answer, capsys)
    assert result.passed, result
    assert (result.rung, result.score) == ("passed", 1.0)


@pytest.mark.parametrize(("bank", "answer", "rung"), WRONG)
def test_a_wrong_answer_is_rejected_by_the_rung_that_names_it(bank, answer, rung, capsys):
    result = _check(bank, answer, capsys)
    assert result.rung == rung, result
    assert not result.passed
    assert 0 <= result.score < 1
    assert "Traceback" not in result.message
    assert len(result.message) > 20


@pytest.mark.parametrize("name", BANKS)
@pytest.mark.parametrize("nothing", [..., None], ids=["ellipsis", "none"])
def test_nothing_scores_nothing(name, nothing):
    assert BANKS[name].check.grade(nothing).score == 0


def _stub(*args: Any, **kwargs: Any) -> Callable[..., Any]:
    raise NotImplementedError("replace this line by your code")


@pytest.mark.parametrize("name", BANKS)
def test_the_stub_of_the_unsolved_notebook_is_missing_not_wrong(name):
    bank = BANKS[name]
    if bank.check.example is None:
        pytest.skip("this exercise asks for a value: its stub is an ellipsis")
    result = bank.check.grade(_stub)
    assert (result.rung, result.score) == ("missing", 0)
