"""The ladders of lesson 03 on what a loss asks for, and what it costs: exercises 7 and 8."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganlab.checks.attempt import Attempt, close, describe, is_a
from ganlab.checks.game_steps import unlike
from ganlab.checks.hole_answers import unlike_all
from ganlab.checks.ladder import Ladder, Rung, rung, shape, value


# --- 7: the best single guess ---------------------------------------------------------------------------------
def returns_number(hint: str) -> Rung:
    """Rung ``wrong_type``: a number or a tensor; whether that holds one number is the next rung's question."""

    def test(attempt: Attempt) -> bool | str:
        kind = type(attempt.result)
        if kind is not bool and is_a(attempt.result, int, float, np.number, Tensor):
            return True
        return f"expected a float, got {describe(kind)}; {hint}"

    return Rung("wrong_type", test, "", weight=0.5)


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
        returns_number("the best guess is one number"),
        shape((), "the best guess is one number, not one for each value"),
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


# --- 8: the weight of the adversarial loss ----------------------------------------------------------------------
def _measured(allowed_loss: float = 0.5, order: tuple[int, ...] = tuple(range(9))) -> tuple[Any, ...]:
    """Three columns, and what may be lost; every mistake below ends in another row."""
    weights = torch.tensor([0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2])
    psnr = torch.tensor([22.0, 22.6, 22.5, 22.4, 22.3, 22.2, 21.8, 21.0, 20.0])
    distance = torch.tensor([90.0, 70.0, 80.0, 60.0, 50.0, 55.0, 45.0, 38.0, 41.0])
    rows = torch.tensor(order)
    return weights[rows], psnr[rows], distance[rows], allowed_loss


def _shuffled() -> tuple[Any, ...]:
    return _measured(0.5, (8, 4, 6, 1, 0, 3, 7, 5, 2))


def _nearest(least: Callable[[Tensor, float], Tensor]) -> Callable[..., Tensor]:
    """The weight with the smallest distance among the rows whose PSNR is at least ``least(psnr, allowed_loss)``."""

    def choose(weights: Tensor, psnr: Tensor, distance: Tensor, allowed_loss: float) -> Tensor:
        return weights[torch.where(psnr >= least(psnr, allowed_loss), distance, torch.inf).argmin()]

    return choose


_choose = _nearest(lambda psnr, allowed: psnr.max() - allowed)


def _allowed(w: Tensor, psnr: Tensor, allowed: float) -> Tensor:
    return psnr >= psnr.max() - allowed


def _from_first_row(f: Attempt) -> bool:
    """Whether the first row's PSNR was taken for the best: told from other mistakes by a second table."""
    mistake = _nearest(lambda psnr, allowed: psnr[0] - allowed)
    return all(close(f(*table), mistake(*table)) for table in (_measured(), _shuffled()))


def _row(f: Attempt) -> int:
    """The row of the example table that was chosen."""
    return int((f.arguments[0] - float(f.result)).abs().argmin())


choose_weight = Ladder(
    "choose_weight",
    example=_measured,
    rungs=[
        returns_number("the chosen weight is one number"),
        shape((), "one weight is to be chosen"),
        unlike_all("index", [lambda w, p, d, a: int((w == _choose(w, p, d, a)).nonzero()),
                             lambda w, p, d, a: int(d[_allowed(w, p, a)].argmin())],
                   "that is the number of a row; the weight in that row is asked for"),
        rung("not_in_table", lambda f: any(close(f.result, weight) for weight in f.arguments[0]),
             "that is none of the weights in the table"),
        unlike("filtered_index", lambda w, p, d, a: w[d[_allowed(w, p, a)].argmin()],
               "the row was counted among the allowed rows, but then looked up among all of them"),
        unlike("best_psnr", lambda w, p, d, a: w[p.argmax()],
               "this weight has the best PSNR; but some of it may be given up for a smaller distance"),
        unlike("largest_distance", lambda w, p, d, a: w[torch.where(_allowed(w, p, a), d, -1.0).argmax()],
               "this is the allowed weight with the largest distance; a small distance is the good one"),
        unlike("largest_weight", lambda w, p, d, a: w[_allowed(w, p, a)].max(),
               "this is the largest weight that is allowed; look at the distance, it need not fall all the way"),
        rung("first_row", lambda f: not _from_first_row(f),
               "the loss was counted from the first row's PSNR; count it from the best in the table"),
        rung("too_costly", lambda f: float(f.arguments[1][_row(f)]) > 22.6 - 0.5,
             "this weight costs more PSNR than is allowed"),
        value(_choose, "allowed, but not right for every table: rows may come in any order",
              examples=lambda: [_measured(0.01), _measured(100.0), _measured(0.25), _measured(1.0),
                                _shuffled()]),
    ],
    praise="as near to real pictures as the allowed loss of PSNR can buy",
)  # fmt: skip
