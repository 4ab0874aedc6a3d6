"""An answer that overwrites its arguments overwrites nothing that it is compared with: in every exercise there is.

The attack, for each of them: put something simple in the place of every number that comes in, and return what is right
for that. Whoever computes what is expected from the arguments *after* the call finds it.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ganlab.checks.attempt import Attempt
from ganlab_grade.examine import passes_hidden
from tests.checks.test_hidden_tests import BANKS, EXERCISES, _defined, _examine, each_exercise

# What is put in: the shape of an argument and its number -> numbers, such that what is right for them is a number, too.
FILLINGS: dict[str, Callable[[tuple[int, ...], int], Tensor]] = {
    "zeros": lambda shape, number: torch.zeros(shape, dtype=torch.float64),
    "ones": lambda shape, number: torch.ones(shape, dtype=torch.float64),
    "hundreds": lambda shape, number: torch.full(shape, 100.0 + number, dtype=torch.float64),
    # 1 at another place for each argument, in every row: at a right angle, as in the answer that was found first.
    "units": lambda shape, number: _units(shape, number),
    "turning": lambda shape, number: (1.7 * torch.arange(math.prod(shape)) + number).double().sin().reshape(shape),
}


def _units(shape: tuple[int, ...], number: int) -> Tensor:
    made = torch.zeros(shape, dtype=torch.float64)
    if shape:
        made[..., number % shape[-1]] = 1.0
    return made


class Overwriter:
    """Right for what it has put into its arguments, in every call or in some; right anyway in the others.

    Attributes
    ----------
    touched : int
        How many arguments could be overwritten.
    """

    def __init__(self, right: Callable[..., Any], filling: str, turn: int | None) -> None:
        self.right, self.filling, self.turn = right, FILLINGS[filling], turn
        self.touched = self.calls = self.number = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.number = 0
        if self.turn is None or self.calls % 3 == self.turn:
            for value in (*args, *kwargs.values()):
                self.overwrite(value)
        self.calls += 1
        made = self.right(*args, **kwargs)
        if isinstance(made, nn.Module):
            # An exercise that fills a network, and does not look at what was in it before.
            self.overwrite(made)
        return made

    def overwrite(self, value: Any) -> None:
        if isinstance(value, Tensor | np.ndarray):
            self.touched += 1
            new = self.filling(tuple(value.shape), self.number)
            self.number += 1
            if isinstance(value, Tensor):
                # Also where gradients are required: autograd does not look into `.data`.
                value.data.copy_(new)
            else:
                value[...] = new.numpy()
        elif isinstance(value, nn.Module):
            for weight in value.parameters():
                self.overwrite(weight)
        elif isinstance(value, dict):
            for item in value.values():
                self.overwrite(item)
        elif isinstance(value, list):
            for place, item in enumerate(value):
                if type(item) in (int, float):
                    self.touched += 1
                    value[place] = type(item)(1)
                self.overwrite(item)


def _attackers(check: str, turns: tuple[int | None, ...] = (None, 0, 1, 2)) -> Iterator[Overwriter]:
    right = _defined(check, EXERCISES[check].solution)
    for filling in FILLINGS:
        for turn in turns:
            yield Overwriter(right, filling, turn)


def _passes(check: str, answer: Any, seed: int) -> bool:
    try:
        _examine(check, answer, seed)
    except Exception:
        return False
    return True


@each_exercise
@pytest.mark.filterwarnings("ignore")  # numbers that nobody has foreseen: a root of -1, a mean of nothing
@pytest.mark.parametrize("lent", ["themselves", "as copies"])
def test_hidden_tests_are_not_overwritten(check, lent):
    """Neither in a notebook, where they call the answer themselves, nor in the marking, which lends it copies."""
    exercise = EXERCISES[check]
    for attacker in _attackers(check):
        if lent == "as copies":
            passed = passes_hidden(exercise.hidden[0], attacker, exercise.name, 1)
        else:
            passed = _passes(check, attacker, 1)
        # Where there was nothing to overwrite, it was right.
        assert passed is not bool(attacker.touched), vars(attacker)


@each_exercise
@pytest.mark.filterwarnings("ignore")
def test_the_ladder_is_not_overwritten(check):
    """In every call: some of its calls ask only whether something comes back."""
    for attacker in _attackers(check, (None,)):
        result = BANKS[check].check.grade(attacker)
        assert result.passed is not bool(attacker.touched), (vars(attacker), result)


def test_most_exercises_were_attacked():
    attacked = 0
    for check in EXERCISES:
        attacker = next(_attackers(check))
        _passes(check, attacker, 0)
        attacked += attacker.touched > 0
    assert attacked > len(EXERCISES) / 2


# --- what is lent -------------------------------------------------------------------------------------------
def test_plain_arguments_come_back_as_they_were():
    tensor, array, names = torch.tensor([1.0, torch.nan]), np.arange(3.0), {"a": [torch.ones(2), 4]}
    leaf = torch.ones(2, requires_grad=True)
    network = nn.Linear(2, 1)

    def answer(tensor, array, names, leaf, network):
        made = (leaf * 3).sum()
        tensor.zero_(), array.fill(7), names["a"][0].zero_(), names["a"].append(5), names.clear()
        leaf.data.zero_()
        network.weight.data.zero_()
        return made

    attempt = Attempt(answer, lambda: (tensor, array, names, leaf, network))
    attempt.start()
    assert attempt.changed
    assert float(tensor[0]) == 1.0
    assert array.tolist() == [0, 1, 2]
    assert names["a"][1:] == [4]
    assert names["a"][0].tolist() == [1, 1]
    assert leaf.tolist() == [1, 1]
    # Gradients find their way, and a network is what the answer has made of it.
    attempt.result.backward()
    assert leaf.grad.tolist() == [3, 3]
    assert not network.weight.any()


@pytest.mark.parametrize("value", [torch.tensor([torch.nan, 1.0]), np.array([np.nan]), [1, [2.5]], {"a": None}])
def test_who_only_looks_has_changed_nothing(value):
    attempt = Attempt(lambda given: 1.0, lambda: (value,))
    attempt.start()
    assert not attempt.changed


def test_one_tensor_that_is_given_twice_stays_one():
    tensor = torch.zeros(2)
    attempt = Attempt(lambda a, b: float(a is b["x"]), lambda: (tensor, {"x": tensor}))
    attempt.start()
    assert attempt.result == 1.0
