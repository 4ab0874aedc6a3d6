"""Lesson 05, exercise 7: how far a pixel sees."""

from __future__ import annotations

import math

import numpy as np

from ganlab.checks.attempt import Attempt, describe, is_a
from ganlab.checks.ladder import Ladder, Rung, rung, value
from ganlab.checks.rungs import keeps_tensors, unlike, unlike_all


def _kernels() -> tuple[list[int]]:
    # Chosen so that every mistake below gives another number.
    return ([9, 3, 3, 5, 5, 5],)


def _returns_int() -> Rung:
    def test(f: Attempt) -> bool | str:
        kind = type(f.result)
        if kind is not bool and is_a(f.result, int, np.integer):
            return True
        return f"expected an int, got {describe(kind)}: pixels are counted, and // divides without a remainder"

    return Rung("wrong_type", test, "", weight=0.5)


def _radius(kernels: list[int]) -> int:
    return sum(kernel // 2 for kernel in kernels)


receptive_radius = Ladder(
    "receptive_radius",
    example=_kernels,
    rungs=[
        _returns_int(),
        keeps_tensors("your function changes the list `kernels`; the network still needs it"),
        unlike_all("field", [lambda k: 2 * _radius(k) + 1, lambda k: 2 * _radius(k)],
                   "this is the whole field, from side to side; the radius goes from the middle to one side"),
        unlike("sum", sum, "the kernels were added whole: a kernel of 9 reaches four pixels far, not nine"),
        unlike_all("sum_halved", [lambda k: sum(k) // 2, lambda k: (sum(k) - 1) // 2],
                   "the pixel in the middle has to be taken off every kernel, not once off their sum"),
        unlike_all("product", [math.prod, lambda k: math.prod(n // 2 for n in k)],
                   "multiplied: every convolution looks a little further than the one before, not so many times"),
        unlike_all("one_layer", [max, lambda k: max(k) // 2, min, lambda k: min(k) // 2, lambda k: k[-1] // 2],
                   "that is one layer's reach: the layers come one after the other, and their reaches add up"),
        unlike("layers", len, "this is the number of layers: a kernel of 9 reaches further than one of 3"),
        unlike("rounded_up", lambda k: sum(n // 2 + 1 for n in k),
               "one too many for each layer: a kernel of 3 reaches one pixel far, and one of 1 none at all"),
        unlike_all("off_by_one", [lambda k: _radius(k) + 1, lambda k: _radius(k) - 1], "one too many or too few"),
        rung("order", lambda f: f([5, 3, 9, 5, 5, 3]) == f.result,
             "the same layers in another order should reach as far; is the first or the last one left out?"),
        rung("pointwise", lambda f: f([1]) == 0 and f([1, 7, 1]) == 3,
             "a kernel of 1 looks at nothing but the pixel itself"),
        rung("no_layers", lambda f: f([]) == 0, "without any layers a pixel sees itself alone, 0 far"),
        value(_radius, "right for some networks, but not for every one",
              examples=lambda: [([3],), ([5, 5],), ([3] * 18 + [9],), ([11, 1, 7],)]),
    ],
    praise="so much margin each tile needs at every side, and its middle is the same as in the whole picture",
)  # fmt: skip
