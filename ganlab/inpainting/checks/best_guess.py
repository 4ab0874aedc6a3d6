"""Lesson 03, exercise 7: the best single guess."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, rung, value
from ganlab.checks.rungs import one_number


def _table(loss: str) -> tuple[Any, ...]:
    """Mean 1.405, median 2, most probable value 5; done wrongly, the median is -3, -1, 0 or 0.5."""
    values = torch.tensor([2.0, -2.0, -3.0, 5.0, 0.0, -1.0, 0.5])
    return values, torch.tensor([0.25, 0.15, 0.12, 0.32, 0.05, 0.06, 0.05]), loss


def _median(values: Tensor, probabilities: Tensor) -> Tensor:
    order = values.argsort()
    return values[order][int((probabilities[order].cumsum(0) < 0.5).sum())]


def _best(values: Tensor, probabilities: Tensor, loss: str) -> Tensor:
    if loss == "l2":
        return (values * probabilities).sum()
    return _median(values, probabilities) if loss == "l1" else values[probabilities.argmax()]


def _for(loss: str, mistake: Callable[[Tensor, Tensor], Any], same: bool = False) -> Callable[[Attempt], bool]:
    """Whether the guess for this loss differs from the mistake's (or is the same)."""
    return lambda f: close(f(*_table(loss)), mistake(*_table(loss)[:2])) is same


def _is_best(loss: str) -> Callable[[Attempt], bool]:
    return _for(loss, lambda v, p: _best(v, p, loss), same=True)


def _mean(values: Tensor, probabilities: Tensor) -> Tensor:
    return _best(values, probabilities, "l2")


def _mode(values: Tensor, probabilities: Tensor) -> Tensor:
    return _best(values, probabilities, "adversarial")


def _middle(values: Tensor, probabilities: Tensor) -> Tensor:
    return (values.min() + values.max()) / 2


def _tables() -> list[tuple[Any, ...]]:
    """Three more tables for each loss, no sum of probabilities anywhere near one half."""
    tables = [([2.5], [1.0]), ([0.8, -0.9], [0.3, 0.7]), ([3.0, 9.0, -4.0, 6.0], [0.45, 0.1, 0.15, 0.3])]
    return [(torch.tensor(v), torch.tensor(p), loss) for v, p in tables for loss in ("l2", "l1", "adversarial")]


best_guess = Ladder(
    "best_guess",
    example=lambda: _table("l2"),
    rungs=[
        *one_number("the best guess is one number", "the best guess is one number, not one for each value"),
        rung("unweighted", _for("l2", lambda v, p: v.mean()),
             '"l2": all values were given the same weight; they are not equally probable'),
        rung("middle", lambda f: _for("l2", _middle)(f) and _for("l1", _middle)(f),
             "midway between the extremes the *worst* error is smallest; the expected error is asked for"),
        rung("l2", _is_best("l2"),
             '"l2": there is a number with a smaller expected squared error; where is the derivative 0?'),
        rung("mean_for_l1", _for("l1", _mean),
             '"l1": the squared error has its minimum here, the absolute error has it elsewhere'),
        rung("mode_for_l1", _for("l1", _mode), '"l1": the most probable value is not the best guess if most of the '
             "probability lies to one side of it"),
        rung("unsorted", _for("l1", lambda v, p: v[(p.cumsum(0) < 0.5).sum()]),
             '"l1": probabilities were added up in another order than that of rising values'),
        rung("misplaced", _for("l1", lambda v, p: v.sort().values[(p.cumsum(0) < 0.5).sum()]),
             '"l1": values were sorted without their probabilities; they have to move together'),
        rung("unweighted_median", _for("l1", lambda v, p: v.median()),
             '"l1": half of the *values* lie on each side of this one, but not half of the probability'),
        rung("l1", _is_best("l1"), '"l1": there is a number with a smaller expected absolute error; move your guess '
             "a little and ask on which side more probability lies"),
        rung("blurry", lambda f: _for("adversarial", _mean)(f) and _for("adversarial", _median)(f),
             '"adversarial": a judge would ask how probable this answer is; there is a more probable one'),
        rung("not_the_value", lambda f: _for("adversarial", lambda v, p: p.max())(f)
             and _for("adversarial", lambda v, p: p.argmax())(f),
             '"adversarial": that is a probability or an index; the value there is asked for'),
        rung("adversarial", _is_best("adversarial"), '"adversarial": this is not the most probable value'),
        value(_best, "right on the first table, but not on every other one", examples=_tables),
    ],
    praise="three losses, three answers: the blur of the first is a choice, not a defect of the network",
)  # fmt: skip
