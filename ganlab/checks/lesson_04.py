"""Checks of lesson 04, AdaIN: exercises 3 and 4. The others have files of their own, *_answers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ganlab.checks.adain_answers import adain
from ganlab.checks.attempt import Attempt, close
from ganlab.checks.encoder_answers import normalise_for_vgg, reach
from ganlab.checks.feature_answers import stylise, whiten
from ganlab.checks.game_steps import unlike
from ganlab.checks.guess_answers import returns_number
from ganlab.checks.hole_answers import unlike_all
from ganlab.checks.ladder import Ladder, Rung, rung, shape, value
from ganlab.checks.style_answers import channel_statistics
from ganlab.checks.style_loss_answers import style_loss

__all__ = [
    "adain",
    "channel_statistics",
    "dead_channel_gain",
    "estimator_ratio",
    "normalise_for_vgg",
    "reach",
    "style_loss",
    "stylise",
    "whiten",
]


# --- 3: two estimators ------------------------------------------------------------------------------------------
def _ratio(places: int) -> float:
    return math.sqrt((places - 1) / places)


estimator_ratio = Ladder(
    "estimator_ratio",
    example=lambda: (4,),
    rungs=[
        returns_number("the ratio is one number"),
        shape((), "the ratio is one number"),
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


# --- 4: a dead channel ------------------------------------------------------------------------------------------
def _gain(style_std: float, eps: float, inside: bool) -> float:
    return style_std / (math.sqrt(eps) if inside else eps)


def _dead(inside: bool = True) -> tuple[Any, ...]:
    return 0.5, 0.01, inside  # chosen so that every mistake below gives another number


def _not_gain(name: str, message: str, *mistakes: Callable[..., float]) -> Rung:
    """A rung that recognises a mistake made in both cases or in one."""

    def test(f: Attempt) -> bool:
        cases = [_dead(inside) for inside in (True, False)]
        return not any(close(f(*case), mistake(*case)) for case in cases for mistake in mistakes)

    return rung(name, test, message)


dead_channel_gain = Ladder(
    "dead_channel_gain",
    example=_dead,
    rungs=[
        returns_number("the gain is one number"),
        shape((), "the gain is one number"),
        rung("reversed", lambda f: not (close(f.result, _gain(*_dead(False))) and close(f(*_dead(False)),
                                                                                          _gain(*_dead()))),
             "the two cases are swapped: `inside` means that eps stands under the root, beside the variance"),
        rung("inside_ignored", lambda f: not close(f.result, f(*_dead(False))),
             "`inside` has no effect; once the divisor is sqrt(0 + eps), once it is sqrt(0) + eps"),
        _not_gain("no_style", "the style's deviation has no part in it: AdaIN multiplies by it",
                  lambda s, e, i: _gain(1, e, i)),
        _not_gain("inverted", "this is what one divides by in the end, not what one multiplies by",
                  lambda s, e, i: 1 / _gain(s, e, i), lambda s, e, i: s / _gain(s, e, i)),
        _not_gain("times_eps", "the small number was multiplied with; AdaIN divides by the content's deviation",
                  lambda s, e, i: s * s / _gain(s, e, i)),
        _not_gain("style_squared", "the style's deviation was squared, or its root was taken; it counts as it is",
                  lambda s, e, i: _gain(s * s, e, i), lambda s, e, i: _gain(math.sqrt(s), e, i)),
        _not_gain("style_eps", "`style_std` is the number that AdaIN multiplies by: there is no eps to add to it",
                  lambda s, e, i: _gain(math.sqrt(s * s + e), e, i), lambda s, e, i: _gain(s + e, e, i)),
        _not_gain("eps_squared", "eps was squared: it is added as it is",
                  lambda s, e, i: s / e**2, lambda s, e, i: s / math.sqrt(e**2 + e)),
        rung("inside", lambda f: close(f.result, _gain(*_dead())),
             "eps inside the root: what is the root of a variance of 0 plus eps?"),
        rung("outside", lambda f: close(f(*_dead(False)), _gain(*_dead(False))),
             "eps outside the root: the deviation is 0, and eps is added to it"),
        value(_gain, examples=lambda: [(3.0, 1e-5, True), (3.0, 1e-5, False), (0.2, 0.25, True), (0.2, 4.0, False)]),
    ],
    praise="with eps = 1e-5 it is 316 or 100000 times the style's deviation: where eps stands is no detail",
)  # fmt: skip
