"""Values of a learner's answer: compared by their numbers, stripped of tricks, named as one writes them."""

import numpy as np
import pytest
import torch

from ganlab import checks
from ganlab.checks.attempt import Attempt, Stopped, close, describe, numbers, plain
from ganlab.checks.ladder import Ladder


class Fooling:
    def __eq__(self, other):
        return True

    __hash__ = None
    # Even isinstance() is fooled.
    __class__ = torch.Tensor


@pytest.mark.parametrize(
    ("got", "expected", "same"),
    [
        (torch.ones(2), [1, 1], True),
        (1, 1.0, True),
        (np.ones((2, 1)), torch.ones(2), False),
        (torch.tensor([1.0, torch.nan]), [1, 1], False),
        (torch.empty(0), torch.empty(0), False),
        ([], [], False),
        ({}, {}, False),
        ({"a": 1}, {"a": 1}, True),
        ({"b": 1}, {"a": 1}, False),
        ((1, torch.ones(2)), (1, [1, 1]), True),
        ((1,), (1, 2), False),
        (3, (3,), False),
        ("hinge", "hinge", True),
        ("hinge", "Hinge", False),
        ("one", 1, False),
        (Fooling(), 1, False),
        ([[1, 2], [3]], torch.ones(2, 2), False),
        (torch.tensor(1j), 1j, True),
        (torch.ones(2, dtype=torch.bfloat16), [1, 1], True),
        ([torch.tensor(1.0), 2], torch.tensor([1, 2]), True),
    ],
)
def test_close(got, expected, same):
    assert close(got, expected) is same


def test_numbers_and_plain_values():
    assert numbers([torch.tensor(1), 2.5]).tolist() == [1.0, 2.5]
    with pytest.raises(TypeError, match="expected numbers, got a str"):
        numbers("three")

    class Sly(int):
        def __eq__(self, other):
            return True

        __hash__ = int.__hash__

    assert type(plain(Sly(3))) is int
    assert [type(item) for item in plain([Sly(3), torch.nn.Parameter(torch.ones(1))])] == [int, torch.Tensor]
    assert plain(True) is True
    assert type(plain(np.float64(2))) is np.float64


def test_types_are_named_as_one_writes_them():
    names = [describe(kind) for kind in (int, bool, list, torch.Tensor, torch.nn.Linear, np.ndarray)]
    assert names == ["an int", "a bool", "a list", "a torch.Tensor", "a torch.Linear", "a numpy.ndarray"]


def test_an_attempt_without_example_is_its_own_value():
    attempt = Attempt(5, None)
    attempt.start()
    assert (attempt(), attempt.example(), attempt.calls) == (5, (), 1)
    with pytest.raises(Stopped, match="the value is None"):
        Attempt(None, None).start()


def test_checks_are_loaded_by_name_and_unknown_ones_named():
    assert dir(checks) == sorted(checks.LESSONS)
    assert isinstance(checks.lesson_00.to_pixels, Ladder)
    with pytest.raises(AttributeError, match="has no 'lesson_99'; it has lesson_00, lesson_01"):
        _ = checks.lesson_99
