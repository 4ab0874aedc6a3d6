"""Lesson 01, exercise 6: optimistic gradient descent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, returns, rung, value
from ganlab.checks.rungs import keeps_tensors, pair, unlike


def _field(v: Tensor) -> Tensor:
    """The gradients of the two players in min_x max_y xy."""
    return torch.stack([v[1], -v[0]])


def _optimistic_case() -> tuple[Any, ...]:
    return _field, torch.tensor([1.0, 0.5]), torch.tensor([0.7, -1.3]), 0.1


def _weights(current: float, before: float) -> Callable[..., Any]:
    """The step that gives the two gradients these weights."""
    return lambda field, v, old, eta: (v - eta * (current * field(v) + before * old), field(v))


def _optimistic(field: Any, point: Tensor, previous: Tensor, eta: float) -> tuple[Tensor, Tensor]:
    gradient = field(point)
    return point - eta * (2 * gradient - previous), gradient


def _one_call(f: Attempt) -> bool | str:
    calls = []

    def counted(v: Tensor) -> Tensor:
        calls.append(v)
        return _field(v)

    f(counted, *_optimistic_case()[1:])
    return len(calls) == 1 or f"`field` should be called once, yours calls it {len(calls)} times"


def _spirals_in(f: Attempt) -> bool:
    point, previous = torch.tensor([1.0, 1.0]), torch.tensor([1.0, -1.0])
    for _ in range(300):
        point, previous = f(_field, point, previous, 0.2)
    return float(point.norm()) < 0.1


def _other_dimensions() -> list[tuple[Any, ...]]:
    """Five coordinates, then a single one, in a game whose gradient is not linear."""
    random = torch.Generator().manual_seed(6)
    cases: list[tuple[Any, ...]] = []
    for d in (5, 1):
        mixing, point, previous = (torch.randn(size, generator=random) for size in ((d, d), (d,), (d,)))
        cases.append((lambda v, mixing=mixing: torch.tanh(mixing @ v), point, previous, 0.4))
    return cases


def _any_dimension(f: Attempt) -> bool:
    return all(close(f.run(case), _optimistic(*case), rtol=1e-4, atol=1e-5) for case in _other_dimensions())


optimistic_step = Ladder(
    "optimistic_step",
    example=_optimistic_case,
    rungs=[
        returns(tuple, list, hint="return the new point and the gradient to remember, separated by a comma"),
        pair(
            "expected two tensors of the shape of `point`: the new point, and a gradient",
            lambda field, point, previous, eta: point.shape,
        ),
        keeps_tensors("your function changes `point` or `previous` in place"),
        rung("calls", _one_call, "`field` should be called once"),
        unlike("order", lambda *case: _optimistic(*case)[::-1], "the new point comes first, the gradient second"),
        rung(
            "remembers",
            lambda f: close(f.result[1], _field(torch.tensor([1.0, 0.5]))),
            "the second answer should be the gradient at `point`: it is the next step's `previous`",
        ),
        unlike("uphill", _weights(-2, 1), "this walks along the gradient, not against it"),
        unlike("plain", _weights(1, 0), "`previous` has no effect: this is a plain gradient step"),
        unlike("averages", _weights(0.5, 0.5), "this averages two gradients, which looks back instead of ahead"),
        unlike("roles", _weights(-1, 2), "old and new gradient have exchanged their weights"),
        unlike("adds", _weights(2, 1), "the old gradient should be subtracted: what counts is the change since then"),
        rung("diverges", _spirals_in, "300 steps on the game xy should end near (0, 0); yours do not"),
        value(_optimistic),
        rung(
            "dimensions",
            _any_dimension,
            "right for points with two coordinates; a game may have five, or one, and its field need not be (y, -x)",
        ),
    ],
    praise="one gradient a step, and the spiral turns inward",
)
