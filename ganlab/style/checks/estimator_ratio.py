"""Lesson 04, exercise 3: two estimators."""

from __future__ import annotations

import math

from ganlab.checks.ladder import Ladder, value
from ganlab.checks.rungs import one_number, unlike, unlike_all


def _ratio(places: int) -> float:
    return math.sqrt((places - 1) / places)


estimator_ratio = Ladder(
    "estimator_ratio",
    example=lambda: (4,),
    rungs=[
        *one_number("the ratio is one number", "the ratio is one number"),
        unlike("inverted", lambda n: 1 / _ratio(n),
               "this is the unbiased one divided by the biased one; which of them is too small?"),
        unlike("variances", lambda n: (n - 1) / n, "this is the ratio of the variances; deviations are their roots"),
        unlike("variances_inverted", lambda n: n / (n - 1),
               "this is the ratio of the variances, and upside down: deviations are roots, and a factor that makes "
               "something too small is below 1"),
        unlike("missing_part", lambda n: 1 - _ratio(n),
               "this is the part that is missing; the factor is what is left"),
        unlike_all("percent", [lambda n: 100 * _ratio(n), lambda n: 100 - 100 * _ratio(n)],
                   "this is in per cent; a plain factor is asked for"),
        unlike("side", lambda n: _ratio(n * n), "`places` is HW, the number of places, not the side of a square map"),
        unlike("root_twice", lambda n: _ratio(n) ** 0.5, "one root too many: a deviation has one"),
        unlike_all("precedence", [lambda n: math.sqrt(n - 1 / n), lambda n: n - 1 / n],
                   "division comes before subtraction: n - 1 / n is not (n - 1) / n"),
        unlike_all("one_too_far", [lambda n: math.sqrt(n / (n + 1)), lambda n: math.sqrt((n - 2) / (n - 1)),
                                   lambda n: math.sqrt((n + 1) / n)],
                   "the two estimators divide by HW and by HW - 1"),
        unlike("half_power", lambda n: (n - 1) / math.sqrt(n), "the root of HW was taken, but not that of HW - 1"),
        unlike("approximation", lambda n: 1 - 1 / (2 * n),
               "a good approximation for many places; for 4 it is off by one in a hundred"),
        unlike("rounded", lambda n: round(_ratio(n), 2), "rounded: for 4096 places nothing would be left of it"),
        value(_ratio, examples=lambda: [(2,), (64,), (256,), (4096,)]),
    ],
    praise="at 4096 places nobody could tell, at 4 it is 13 per cent: use one estimator on both sides",
)  # fmt: skip
