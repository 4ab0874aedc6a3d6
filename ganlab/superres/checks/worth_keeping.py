"""Lesson 05, exercise 10: which ways of enlarging are worth keeping."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ganlab.checks.attempt import Attempt, describe, is_a
from ganlab.checks.ladder import Ladder, Rung, rung, value

# psnr and distance of each row; every mistake below chooses others.
_PSNR = [28.0, 27.5, 27.6, 26.0, 25.0, 26.0, 28.0, 27.0, 26.5]
_DISTANCE = [60.0, 50.0, 45.0, 30.0, 35.0, 30.0, 70.0, 45.0, 44.0]
Better = Callable[[float, float, float, float], bool]


def _table() -> tuple[list[float], list[float]]:
    return list(_PSNR), list(_DISTANCE)


def _unless(beaten: Better) -> Callable[..., list[int]]:
    """The rows that no other beats; ``beaten(p, d, q, e)``: whether (p, d) is, by (q, e)."""

    def rows(psnr: Sequence[float], distance: Sequence[float]) -> list[int]:
        points = list(zip(psnr, distance, strict=True))
        return [i for i, here in enumerate(points) if not any(beaten(*here, *there) for there in points)]

    return rows


def _is_beaten(p: float, d: float, q: float, e: float) -> bool:
    return q >= p and e <= d and (q > p or e < d)


_keep = _unless(_is_beaten)


def _indices(f: Attempt) -> list[int]:
    return [int(row) for row in f.result]


def _is_list() -> Rung:
    def test(f: Attempt) -> bool | str:
        if not isinstance(f.result, list | tuple):
            return f"expected a list of the numbers of rows, got {describe(type(f.result))}"
        return all(type(row) is not bool and is_a(row, int, np.integer) for row in f.result) or (
            "the list should hold the numbers of rows, 0 for the first: whole numbers, not True and False or names"
        )

    return Rung("wrong_type", test, "", weight=0.5)


def _not(name: str, message: str, *mistakes: Callable[..., Any]) -> Rung:
    """A rung that recognises the rows that a mistake chooses, in any order."""
    return rung(name, lambda f: not any(sorted(_indices(f)) == sorted(m(*_table())) for m in mistakes), message)


worth_keeping = Ladder(
    "worth_keeping",
    example=_table,
    rungs=[
        _is_list(),
        rung("changes_its_input", lambda f: not f.changed, "your function changes one of its lists"),
        rung("from_one", lambda f: all(0 <= row < len(_PSNR) for row in _indices(f)),
             "one of these rows does not exist: the first has the number 0"),
        rung("twice", lambda f: len({*_indices(f)}) == len(f.result), "a row is in the list twice"),
        _not("everything", "that is every row, but some of them are worse than another in both respects",
             lambda p, d: [*range(len(p))]),
        _not("ends_only", "those are only the best of each column; ways between them lose to nobody, either",
             lambda p, d: sorted({p.index(max(p)), d.index(min(d))}),
             lambda p, d: [i for i in range(len(p)) if p[i] == max(p) or d[i] == min(d)]),
        _not("distance_reversed", "a large distance was taken for the good one",
             _unless(lambda p, d, q, e: q >= p and e >= d and (q > p or e > d)),
             _unless(lambda p, d, q, e: q > p and e > d)),
        _not("psnr_reversed", "a small PSNR was taken for the good one",
             _unless(lambda p, d, q, e: q <= p and e <= d and (q < p or e < d)),
             _unless(lambda p, d, q, e: q < p and e < d)),
        _not("the_beaten", "those are the rows to leave out; the others are asked for",
             lambda p, d: [i for i in range(len(p)) if i not in _keep(p, d)]),
        _not("same_psnr", "a row is kept although another has the same in one column and is better in the other",
             _unless(lambda p, d, q, e: q > p and e < d),
             _unless(lambda p, d, q, e: q > p and e <= d), _unless(lambda p, d, q, e: q >= p and e < d)),
        _not("twins", "two equal rows do not beat one another: both stay",
             lambda p, d: [i for i in _keep(p, d) if (p[i], d[i]) not in list(zip(p, d, strict=True))[:i]],
             lambda p, d: [i for i in _keep(p, d) if (p[i], d[i]) not in list(zip(p, d, strict=True))[i + 1:]],
             lambda p, d: [i for i in _keep(p, d) if list(zip(p, d, strict=True)).count((p[i], d[i])) == 1]),
        rung("order", lambda f: _indices(f) == sorted(_indices(f)), "the rows should come in the order of the table"),
        value(_keep, "right for some tables, but not for every one",
              examples=lambda: [([27.0], [5.0]), ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]),
                                ([1.0, 2.0, 3.0], [3.0, 2.0, 1.0]), ([2.0, 2.0, 2.0, 1.0], [4.0, 3.0, 3.0, 2.0]),
                                ([-1.0, 0.5, -3.0], [-2.0, -1.0, -4.0])]),
    ],
    praise="each of these is the best for somebody: what it loses in one column it wins in the other",
)  # fmt: skip
