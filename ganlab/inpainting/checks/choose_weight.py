"""Lesson 03, exercise 8: the weight of the adversarial loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, rung, value
from ganlab.checks.rungs import one_number, unlike, unlike_all


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
        *one_number("the chosen weight is one number", "one weight is to be chosen"),
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
