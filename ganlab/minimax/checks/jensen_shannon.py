"""Lesson 01, exercise 4: the Jensen-Shannon divergence by integration."""

from __future__ import annotations

import math

import numpy as np

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, returns, rung, shape, value
from ganlab.checks.rungs import unlike


def _curves(x: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two bells, by default on a grid that is fine on the left and coarse on the right."""
    x = -7 + 14 * np.linspace(0, 1, 801) ** 2 if x is None else x
    p = np.exp(-((x + 1) ** 2) / 2) / math.sqrt(2 * math.pi)
    return p, np.exp(-((x - 1) ** 2) / 0.72) / (0.6 * math.sqrt(2 * math.pi)), x


def _kl(a: np.ndarray, b: np.ndarray, x: np.ndarray) -> float:
    inside = np.zeros_like(a)
    np.log(a / np.where(b > 0, b, 1.0), out=inside, where=a > 0)
    return float(np.trapezoid(a * inside, x))


def _jsd(p: np.ndarray, q: np.ndarray, x: np.ndarray) -> float:
    return (_kl(p, (p + q) / 2, x) + _kl(q, (p + q) / 2, x)) / 2


def _disjoint(f: Attempt) -> bool:
    x = np.linspace(0, 4, 4001)
    boxes = ((x > 0.5) & (x < 1.5)) * 1.0, ((x > 2) & (x < 3)) * 1.0
    # A careless logarithm warns here, and the sentence below says it better.
    with np.errstate(all="ignore"):
        return close(f(*boxes, x), math.log(2), atol=2e-3)


def _swapped_curves(f: Attempt) -> bool:
    p, q, x = _curves()
    return close(f(q, p, x), f.result)


jensen_shannon = Ladder(
    "jensen_shannon",
    example=_curves,
    rungs=[
        returns(float),
        shape(()),
        unlike("reverse_mixture", lambda p, q, x: (_kl((p + q) / 2, p, x) + _kl((p + q) / 2, q, x)) / 2,
               "the average density m stands on the wrong side: each density is compared with m"),
        rung("symmetric", _swapped_curves, "exchanging p and q must change nothing; half of the formula is missing"),
        unlike("factor", lambda p, q, x: 2 * _jsd(p, q, x), "twice too large: each of the two terms counts one half"),
        unlike("unit", lambda p, q, x: _jsd(p, q, x) / math.log(2), "this is in bits; nats, please: the natural log"),
        unlike("square_root", lambda p, q, x: math.sqrt(_jsd(p, q, x)), "leave out the square root"),
        rung(
            "spacing",
            lambda f: close(f(*_curves(np.linspace(-7, 7, 3001))), f.result, atol=2e-3),
            "the same densities on another set of points give another answer: the distances between neighbouring "
            "points must enter the sum",
        ),
        rung("disjoint", _disjoint, "two boxes that do not overlap should give log 2 (0 log 0 counts as 0)"),
        value(_jsd),
    ],
    praise="between 0 for equals and log 2 for strangers",
)  # fmt: skip
