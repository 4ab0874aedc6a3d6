"""Lesson 04, exercise 4: a dead channel."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, Rung, rung, value
from ganlab.checks.rungs import one_number


def _gain(style_std: float, eps: float, inside: bool) -> float:
    return style_std / (math.sqrt(eps) if inside else eps)


def _dead(inside: bool = True) -> tuple[Any, ...]:
    # Chosen so that every mistake below gives another number.
    return 0.5, 0.01, inside


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
        *one_number("the gain is one number", "the gain is one number"),
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
