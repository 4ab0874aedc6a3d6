"""Lesson 04, exercise 1: mean and deviation of a channel."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, Rung, returns, rung, value
from ganlab.checks.rungs import keeps_tensors, near, pair
from ganlab.style.checks.features import EPS, statistics, style_map


def _same_numbers(got: Tensor, mistake: Tensor) -> bool:
    """Whether these are the mistake's numbers, without its axes of length 1 or repeated along them."""
    if near(got.squeeze(), mistake.squeeze()):
        return True
    fits = got.dim() == mistake.dim() and all(m in (1, g) for g, m in zip(got.shape, mistake.shape, strict=True))
    return fits and near(got, mistake.expand_as(got))


def _not_over(name: str, message: str, *axes: tuple[int, ...]) -> Rung:
    """Neither the mean nor the deviation is that over other axes than height and width."""

    def test(f: Attempt) -> bool:
        (features,) = f.arguments
        mistakes = [statistics(features, dims=dims, unbiased=kind) for dims in axes for kind in (True, False)]
        return not any(_same_numbers(f.result[i], pair[i]) for pair in mistakes for i in (0, 1))

    return rung(name, test, message)


def _in_order(f: Attempt) -> bool:
    deviations = [statistics(*f.arguments, unbiased=kind)[1] for kind in (True, False)]
    return not any(_same_numbers(f.result[0], deviation) for deviation in deviations)


def _keeps_axes(f: Attempt) -> bool:
    wanted = f.arguments[0].shape[:2]
    return not any(part.shape in (wanted, (*wanted, 1)) for part in f.result)


def _four_axes(f: Attempt) -> bool | str:
    wanted = (*f.arguments[0].shape[:2], 1, 1)
    got = [tuple(part.shape) for part in f.result]
    return got == [wanted, wanted] or f"expected the shape {wanted} twice, got {got[0]} and {got[1]}"


def _deviation_unlike(*mistakes: Callable[[Tensor], Tensor], eps: float | None = None) -> Callable[[Attempt], bool]:
    """Whether the second part differs from what these make of the example (with this eps, if one is given)."""

    def test(f: Attempt) -> bool:
        (features,) = f.example()
        got = f.result[1] if eps is None else f(features, eps)[1]
        return not any(near(got, mistake(features)) for mistake in mistakes)

    return test


def _raw(features: Tensor) -> Tensor:
    return features.std((2, 3), keepdim=True)


def _limit_differs(f: Attempt) -> bool:
    # Deviations below either limit.
    small = 0.2 * style_map(1)
    got, raw = f(small, 0.5)[1], _raw(small)
    return not any(near(got, limited) for limited in (raw.square().clamp(min=0.5).sqrt(), raw.clamp(min=0.5)))


def _tiny() -> Tensor:
    # Variances of the size of the default eps.
    return 2e-3 * style_map(2)


channel_statistics = Ladder(
    "channel_statistics",
    example=lambda: (style_map(1),),
    rungs=[
        returns(tuple, list, hint="return the mean and the deviation, separated by a comma"),
        pair("expected two tensors: the mean and the deviation"),
        rung("order", _in_order, "the deviation comes first here; the mean should"),
        _not_over("batch", "the batch was averaged over, too, as batch normalisation does: here each picture has "
                  "statistics of its own", (0, 2, 3)),
        _not_over("layer", "the channels were averaged over, too, as layer normalisation does: here each channel has "
                  "statistics of its own", (1, 2, 3)),
        _not_over("across_channels", "these are statistics across the channels, one for every place; take them over "
                  "the places of each channel", (1,)),
        _not_over("across_batch", "these are statistics across the pictures, one for every place; take them over the "
                  "places of each picture", (0,), (0, 1)),
        _not_over("everything", "this is one number for the whole batch; there should be one for every picture and "
                  "channel", (0, 1, 2, 3)),
        _not_over("one_axis", "the places were averaged over in one direction only: height and width both go",
                  (2,), (3,)),
        rung("no_axes", _keeps_axes, "the numbers have lost the axes of height and width: leave both there with "
             "length 1, so that they broadcast against the map"),
        rung("wrong_shape", _four_axes, "", weight=0.5),
        keeps_tensors("your function changes `features` in place; the map itself is still needed"),
        rung("mean", lambda f: near(f.result[0], statistics(*f.arguments)[0]),
             "the first part is not the mean of each channel of each picture"),
        rung("variance", _deviation_unlike(lambda x: _raw(x).square(), lambda x: x.var((2, 3), False, keepdim=True)),
             "the second part is the variance; the deviation is its root"),
        rung("not_centred", _deviation_unlike(lambda x: x.square().mean((2, 3), keepdim=True).sqrt()),
             "this is the root of the mean square: a deviation is measured from the mean, not from 0"),
        rung("biased", _deviation_unlike(lambda x: statistics(x, unbiased=False)[1]),
             "the squares were divided by HW; the unbiased variance of the paper's code divides by one less"),
        rung("deviation", lambda f: near(f.result[1], statistics(*f.arguments)[1]),
             "the second part is not the standard deviation of each channel of each picture"),
        rung("eps_as_limit", _limit_differs, "eps was taken as a lower limit; it is to be added to the variance"),
        rung("no_eps", _deviation_unlike(_raw, eps=0.5), "eps has no effect, or another number stands in its place"),
        rung("eps_outside", _deviation_unlike(lambda x: _raw(x) + 0.5, eps=0.5),
             "eps was added to the deviation; inside the root, added to the variance, it also keeps the gradient "
             "of a constant channel finite"),
        rung("eps_squared", _deviation_unlike(lambda x: (_raw(x).square() + 0.25).sqrt(), eps=0.5),
             "eps was squared; it is added to the variance as it is"),
        rung("default_eps", lambda f: close(f(_tiny()), statistics(_tiny()), rtol=1e-3),
             "without a second argument eps should be 1e-5"),
        value(lambda x, eps=EPS: statistics(x, eps=eps), rtol=1e-4,
              examples=lambda: [(style_map(3, 1, 1, 2, 2),), (style_map(4, 3, 2, 7, 1), 0.1),
                                (style_map(5).double(), 1e-3)]),
    ],
    praise="two numbers a channel: all that AdaIN knows of a style",
)  # fmt: skip
