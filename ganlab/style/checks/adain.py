"""Lesson 04, exercise 2: AdaIN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from ganlab.checks.attempt import Attempt
from ganlab.checks.ladder import Ladder, Rung, returns, rung, shape, value
from ganlab.checks.rungs import keeps_tensors, near
from ganlab.style.checks.features import STRENGTH, restyled, statistics, style_map, transfer

Axes = tuple[int, ...]
PLACES = (2, 3)
# A formula gets the content, its mean and its deviation, and then those of the style.
Formula = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]


def _case(*size: int, n: int = 2) -> tuple[Any, ...]:
    """A content and a style, equally large unless the style's height and width are given."""
    return style_map(6), 0.6 * style_map(7, n, 3, *(size or (4, 5))) - 2


def _made(formula: Formula, case: tuple[Any, ...], of_c: Axes = PLACES, of_s: Axes = PLACES) -> list[Tensor]:
    """What the formula gives with statistics over these axes; the first with unbiased variances, then the others."""
    content, style = case
    kinds = ((True, True), (False, False), (True, False), (False, True))
    pairs = [(statistics(content, dims=of_c, unbiased=a), statistics(style, dims=of_s, unbiased=b)) for a, b in kinds]
    return [formula(content, *mine, style, *wanted) for mine, wanted in pairs]


def _not_by(name: str, message: str, *formulas: Formula, alpha: float | None = None) -> Rung:
    """A rung that recognises one of these formulas, in the example or at the strength alpha."""

    def test(f: Attempt) -> bool:
        got = f.result if alpha is None else f(*_case(), alpha)
        return not any(near(got, made) for formula in formulas for made in _made(formula, _case()))

    return rung(name, test, message)


def _not_over(name: str, message: str, *axes: tuple[Axes, Axes]) -> Rung:
    """A rung that recognises AdaIN with the content's and the style's statistics over one of these pairs of axes."""
    return rung(name, lambda f: not any(near(f.result, m) for c, s in axes for m in _made(restyled, _case(), c, s)),
                message)  # fmt: skip


def _forwards(f: Attempt) -> bool:
    return not (near(f(*_case(), 1.0), f.arguments[0]) and near(f(*_case(), 0.0), transfer(*_case())))


def _unbiased(f: Attempt) -> bool:
    """The kind of variance cancels where the maps are equally large; a style of four places tells."""
    return not any(near(f(*_case(2, 2)), made) for made in _made(restyled, _case(2, 2))[1:])


def _constant(f: Attempt) -> bool:
    content, style = _case()
    content[0, 1], style[1, 2] = 0.5, -0.25
    made = f(content, style)
    # A constant style: hardly anything is left but its mean.
    lost = (made[1, 2] + 0.25).abs().max() < 0.05
    return near(made[0, 1], style[0, 1].mean().expand(4, 5)) and bool(lost)


def _one_place(f: Attempt) -> bool:
    content, style = style_map(8, 2, 3, 1, 1), style_map(9, 2, 3, 1, 1)
    means = _case()[1].mean(PLACES, keepdim=True)
    return near(f(content, style), style) and near(f(content, _case()[1]), means)


def _one_in_double() -> tuple[Any, ...]:
    return style_map(8, 1, 5, 3, 2).double(), style_map(9, 1, 5).double()


adain = Ladder(
    "adain",
    example=_case,
    rungs=[
        returns(Tensor),
        shape(lambda content, style: content.shape),
        keeps_tensors("your function changes one of the maps in place; they are still needed for the losses"),
        rung("alpha_default", lambda f: near(f(*_case(), 1.0), f.result),
             "alpha is the third argument, and 1 if it is not given"),
        rung("alpha_reversed", _forwards, "alpha the wrong way around: 1 is the full transfer, 0 the content"),
        _not_by("content_only", "the content comes back unchanged", lambda c, mc, sc, s, ms, ss: c),
        _not_by("style_only", "the style's map itself has come in, place by place; only its statistics are wanted",
                lambda c, mc, sc, s, ms, ss: s, lambda c, mc, sc, s, ms, ss: c + s,
                lambda c, mc, sc, s, ms, ss: (c - mc) / sc + s),
        _not_by("swapped", "the roles are swapped: this is the style's map with the content's statistics",
                lambda c, mc, sc, s, ms, ss: sc * (s - ms) / ss + mc),
        _not_by("not_centred", "the content's own mean was not subtracted before the scaling",
                lambda c, mc, sc, s, ms, ss: ss * c / sc + ms,
                lambda c, mc, sc, s, ms, ss: ss * c / sc - mc + ms,
                lambda c, mc, sc, s, ms, ss: ss * (c - mc / sc) + ms,
                lambda c, mc, sc, s, ms, ss: ss * c - mc / sc + ms,
                lambda c, mc, sc, s, ms, ss: ss * c + ms),
        _not_by("style_mean", "the style's mean was not added at the end",
                lambda c, mc, sc, s, ms, ss: ss * (c - mc) / sc,
                lambda c, mc, sc, s, ms, ss: ss * (c - mc) / sc + mc,
                lambda c, mc, sc, s, ms, ss: ss * (c - mc) / sc - ms),
        _not_by("means_swapped", "the means are swapped: it is the content's that goes and the style's that comes",
                lambda c, mc, sc, s, ms, ss: ss * (c - ms) / sc + mc,
                lambda c, mc, sc, s, ms, ss: ss * (c - ms) / sc + ms),
        _not_by("order_of_steps", "the style's mean was added before the scaling, and was scaled with the rest",
                lambda c, mc, sc, s, ms, ss: ss * ((c - mc) / sc + ms),
                lambda c, mc, sc, s, ms, ss: ss * (c - mc + ms) / sc),
        _not_by("divided_by_style", "it was divided by the style's deviation: that is the one to multiply by",
                lambda c, mc, sc, s, ms, ss: sc * (c - mc) / ss + ms,
                lambda c, mc, sc, s, ms, ss: (c - mc) / ss + ms,
                lambda c, mc, sc, s, ms, ss: (c - mc) / ss),
        _not_by("not_divided", "the content's own deviation is still in it",
                lambda c, mc, sc, s, ms, ss: ss * (c - mc) + ms,
                lambda c, mc, sc, s, ms, ss: ss * (c - mc) * sc + ms,
                lambda c, mc, sc, s, ms, ss: c - mc + ms),
        _not_by("not_scaled", "the style's deviation has no effect",
                lambda c, mc, sc, s, ms, ss: (c - mc) / sc + ms,
                lambda c, mc, sc, s, ms, ss: (c - mc) / sc),
        _not_by("variance", "variances were used where the formula has deviations",
                lambda c, mc, sc, s, ms, ss: ss**2 * (c - mc) / sc**2 + ms),
        _not_over("batch", "statistics were taken over the whole batch, too; each picture and each style has its own",
                  ((0, 2, 3), (0, 2, 3)), ((2, 3), (0, 2, 3)), ((0, 2, 3), (2, 3))),
        _not_over("channels", "statistics were taken over the channels, too; each channel has its own",
                  ((1, 2, 3), (1, 2, 3)), ((2, 3), (1, 2, 3)), ((1, 2, 3), (2, 3)), ((1,), (1,))),
        rung("first_style", lambda f: not near(f.result, transfer(f.arguments[0], f.arguments[1][:1])),
             "all pictures were given the first style; each has its own"),
        rung("other_size", lambda f: f(*_case(3, 7)).shape == f.arguments[0].shape,
             "with a style of another height and width it goes wrong; only its statistics count"),
        rung("biased", _unbiased, "the variance was divided by HW somewhere; the deviations of exercise 1 are meant"),
        rung("full_strength", lambda f: near(f.result, transfer(*_case())),
             "at full strength these are not the content's places with the style's statistics"),
        rung("one_style", lambda f: near(f(*_case(n=1)), transfer(*_case(n=1))),
             "with a single style, (1, C, H', W'), for all pictures it goes wrong"),
        _not_by("alpha_ignored", "alpha has no effect: any strength gives the full transfer", restyled,
                alpha=STRENGTH),
        _not_by("alpha_partly", "alpha mixes only one of the two statistics: mix both, or the finished maps",
                lambda c, mc, sc, s, ms, ss: ss * (c - mc) / sc + STRENGTH * ms + (1 - STRENGTH) * mc,
                lambda c, mc, sc, s, ms, ss: (STRENGTH * ss + (1 - STRENGTH) * sc) * (c - mc) / sc + ms,
                alpha=STRENGTH),
        rung("alpha_zero", lambda f: near(f(*_case(), 0.0), f.arguments[0]), "alpha = 0 should give the content"),
        rung("alpha", lambda f: near(f(*_case(), STRENGTH), transfer(f.arguments[0], f.arguments[1], STRENGTH)),
             "between 0 and 1, alpha should walk along the straight line from the content to the full transfer"),
        rung("constant", _constant, "a constant channel gives NaN or something large; a content without fluctuations "
             "should become the style's mean"),
        rung("one_place", _one_place, "maps of a single place give NaN (a variance over HW - 1 is 0 / 0 there); they "
             "should become the style's mean"),
        value(transfer, rtol=1e-3, atol=1e-3,
              examples=lambda: [_case(3, 7), (*_case(9, 2, n=1), 0.8), _one_in_double()]),
    ],
    praise="where things are comes from the content, how strong each channel is from the style",
)  # fmt: skip
