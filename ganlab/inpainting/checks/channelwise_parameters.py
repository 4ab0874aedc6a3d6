"""Lesson 03, exercise 5: what it costs."""

from __future__ import annotations

from ganlab.checks.ladder import Ladder, returns, value
from ganlab.checks.rungs import unlike, unlike_all


def _parameters(channels: int, height: int, width: int) -> int:
    return channels * (height * width) ** 2 + channels * height * width


channelwise_parameters = Ladder(
    "channelwise_parameters",
    # Chosen so that every mistake below gives another number.
    example=lambda: (3, 4, 5),
    rungs=[
        returns(int, hint="parameters are counted in whole numbers"),
        unlike_all("full", [lambda c, h, w: (c * h * w) ** 2 + c * h * w, lambda c, h, w: (c * h * w) ** 2],
                   "this is a fully connected layer; here no weight leads from one channel to another"),
        unlike("no_biases", lambda c, h, w: c * (h * w) ** 2, "the biases are parameters too"),
        unlike_all("one_matrix", [lambda c, h, w: (h * w) ** 2 + c * h * w, lambda c, h, w: (h * w) ** 2 + h * w,
                                  lambda c, h, w: (h * w) ** 2],
                   "this is one matrix for all channels; each has a matrix of its own"),
        unlike_all("one_place", [lambda c, h, w: 2 * c * h * w, lambda c, h, w: c * h * w],
                   "a matrix that leads from every place to every place has more entries than there are places"),
        unlike_all("too_few_biases", [lambda c, h, w: c * (h * w) ** 2 + c, lambda c, h, w: c * (h * w) ** 2 + h * w,
                                      lambda c, h, w: c * (h * w) ** 2 + 1],
                   "the matrices are counted rightly, but there is a bias for every channel and every place"),
        value(_parameters, examples=lambda: [(1, 1, 1), (512, 4, 4), (96, 2, 3)]),
    ],
    praise="a fully connected layer would cost about C times as much",
)  # fmt: skip
