"""Lesson 01, exercise 5: the outward spiral."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, returns, rung, shape, value
from ganlab.checks.rungs import unlike


def _spiral(steps: int, eta: float, radius: float = 1.0) -> float:
    return float(radius * (1 + eta**2) ** (steps / 2))


def _is(exponent: float, base: Callable[[float], float]) -> Callable[..., float]:
    return lambda steps, eta, radius=1.0: radius * base(eta) ** (steps * exponent)


def _compounds(f: Attempt) -> bool:
    sizes: list[Any] = [float(f(steps, 0.3)) for steps in range(4)]
    return close(sizes[1] * sizes[1], sizes[0] * sizes[2]) and close(sizes[2] * sizes[2], sizes[1] * sizes[3])


radius_after = Ladder(
    "radius_after",
    example=lambda: (10, 0.3, 2.0),
    rungs=[
        returns(float, Tensor),
        shape(()),
        rung("radius", lambda f: close(f(10, 0.3, 4.0), 2 * float(f.result)),
             "starting twice as far out should end twice as far out"),
        rung("start", lambda f: close(f(0, 0.3, 2.0), 2.0), "after 0 steps the players should be where they started"),
        rung("inward", lambda f: float(f.result) > 2, "the spiral goes outward: the radius should grow"),
        unlike("squared", _is(1, lambda eta: 1 + eta**2), "1 + eta^2 is the factor of the *squared* radius"),
        unlike("eta_not_squared", _is(1, lambda eta: 1 + eta),
               "the step is at a right angle to the radius (Pythagoras), not along it"),
        unlike("eta_not_squared_either", _is(0.5, lambda eta: 1 + eta),
               "check the algebra: adding the squares of the new x and y leaves eta squared"),
        rung("compound", _compounds, "every step should multiply the radius by the same factor"),
        value(_spiral, examples=lambda: [(1, 0.5), (100, 0.1, 3.0)]),
    ],
    praise="outward at every step size: small steps only make it slow",
)  # fmt: skip
