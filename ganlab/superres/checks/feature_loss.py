"""Lesson 05, exercise 6: the loss in feature space."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab.checks.attempt import close
from ganlab.checks.ladder import Ladder, Rung, rung, value
from ganlab.checks.rungs import gradient, keeps_tensors, one_loss, unlike_all
from ganlab.features.vgg import IMAGENET_MEAN, IMAGENET_STD

# A formula gets pictures in [-1, 1], and the mean and the deviation along their channels.
Formula = Callable[[Tensor, Tensor, Tensor], Tensor]
Loss = Callable[..., Any]


def _encode(pictures: Tensor) -> Tensor:
    """A small network that is far from linear: (N, 3, H, W) -> (N, 4, H, W)."""
    random = torch.Generator().manual_seed(81)
    weight = torch.randn(4, 3, 3, 3, generator=random, dtype=torch.float32).to(pictures.dtype)
    return F.softplus(0.3 * F.conv2d(pictures, weight, padding=1))


def _compared(n: int = 3, height: int = 3, width: int = 3, seed: int = 82) -> tuple[Any, ...]:
    """Threefold along every axis by default, so that means and deviations fit each; the fakes leave [-1, 1]."""
    random = torch.Generator().manual_seed(seed)
    fake, real = (torch.rand(2, n, 3, height, width, generator=random, dtype=torch.float32) * 2 - 1).unbind()
    return _encode, 1.2 * fake, real


def _prepared(formula: Formula, pictures: Tensor, axis: int = 1) -> Tensor:
    size = [3 if axis == place else 1 for place in range(4)]
    return formula(pictures, torch.tensor(IMAGENET_MEAN).reshape(size), torch.tensor(IMAGENET_STD).reshape(size))


def _standard(x: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return ((x + 1) / 2 - mean) / std


def _raw(x: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return x


def _to_one(x: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (x + 1) / 2


def _no_range(x: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (x - mean) / std


def _mean_square(difference: Tensor) -> Tensor:
    return difference.square().mean()


def _loss(
    of_fake: Formula = _standard,
    of_real: Formula = _standard,
    distance: Callable[[Tensor], Tensor] = _mean_square,
    axis: int = 1,
) -> Loss:
    """The loss, or the loss with a mistake in one of its steps."""

    def loss(encode: Any, fake: Tensor, real: Tensor) -> Tensor:
        return distance(encode(_prepared(of_fake, fake, axis)) - encode(_prepared(of_real, real, axis)))

    return loss


def _both(*formulas: Formula) -> list[Loss]:
    return [_loss(formula, formula) for formula in formulas]


def _distances(*distances: Callable[[Tensor], Tensor]) -> list[Loss]:
    return [_loss(distance=distance) for distance in distances]


def _unless(name: str, message: str, *mistakes: Loss) -> Rung:
    """A rung that recognises one of these losses, to a few parts in ten thousand."""
    return unlike_all(name, mistakes, message, _same)


def _same(got: Any, expected: Any) -> bool:
    return close(got, expected, rtol=3e-4, atol=1e-6)


def _on_pixels(formula: Formula) -> Loss:
    return lambda encode, fake, real: _mean_square(_prepared(formula, fake) - _prepared(formula, real))


def _flipped(x: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return _standard(x.flip(1), mean, std)


def _clamped(x: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return _standard(x.clamp(-1, 1), mean, std)


feature_loss = Ladder(
    "feature_loss",
    example=_compared,
    rungs=[
        *one_loss("the loss is one number, over all pictures, channels and places", source="generator"),
        keeps_tensors("your function changes `fake` or `real` in place; the other losses still need them"),
        _unless("pixels", "the pictures themselves were compared: `encode` has no part in it",
                *[_on_pixels(formula) for formula in (_raw, _to_one, _standard)]),
        _unless("only_real_normalised", "only `real` was normalised: the fake is shown to the network in a range it "
                "has never seen, and the generator learns to make up for that, with more than twice the contrast",
                _loss(_raw), _loss(_to_one), _loss(_no_range)),
        _unless("only_fake_normalised", "only `fake` was normalised: real pictures come in [-1, 1], too",
                _loss(_standard, _raw), _loss(_standard, _to_one), _loss(_standard, _no_range)),
        _unless("not_normalised", "neither picture was normalised: the network was trained on other numbers",
                *_both(_raw)),
        _unless("only_range", "in [0, 1] now, but neither shifted by the mean nor divided by the deviation",
                *_both(_to_one)),
        _unless("range", "mean and deviation are those of pictures in [0, 1]; these come in [-1, 1]",
                *_both(_no_range)),
        _unless("wrong_range", "the pictures were brought into another range than [0, 1]: where do -1 and 1 go?",
                *_both(lambda x, m, s: (127.5 * (x + 1) - m) / s, lambda x, m, s: 127.5 * (x + 1) - 255 * m,
                       lambda x, m, s: (x + 1 - m) / s, lambda x, m, s: (x / 2 - m) / s,
                       lambda x, m, s: (x + 0.5 - m) / s, lambda x, m, s: (2 * x - 1 - m) / s,
                       lambda x, m, s: (127.5 * (x + 1) - 255 * m) / s)),
        _unless("one_constant", "of mean and deviation only one has an effect",
                *_both(lambda x, m, s: (x + 1) / 2 - m, lambda x, m, s: (x + 1) / 2 / s)),
        _unless("order_of_steps", "the steps come in another order: first the range, then the mean, the deviation "
                "last", *_both(lambda x, m, s: (x + 1) / 2 / s - m, lambda x, m, s: (x + 1) / 2 - m / s,
                               lambda x, m, s: ((x - m) / s + 1) / 2, lambda x, m, s: 2 * _standard(x, m, s) - 1)),
        _unless("upside_down", "multiplied by the deviation, or shifted the wrong way: that is the way back",
                *_both(lambda x, m, s: ((x + 1) / 2 - m) * s, lambda x, m, s: (x + 1) / 2 * s + m,
                       lambda x, m, s: ((x + 1) / 2 + m) / s, lambda x, m, s: ((x + 1) / 2 - m) / s**2)),
        _unless("axis", "the three numbers meet the wrong axis. The last one is the width: make them lie along the "
                "channels", *[_loss(axis=axis) for axis in (0, 2, 3)]),
        _unless("bgr", "red and blue are exchanged: the network, like its three means, knows RGB", *_both(_flipped)),
        _unless("clipped", "the pictures were clipped: a pixel outside of [-1, 1] then has no gradient and never "
                "comes back", _loss(_clamped), *_both(_clamped)),
        _unless("absolute", "absolute differences were averaged; here squares are",
                *_distances(lambda d: d.abs().mean())),
        _unless("not_squared", "the differences were neither squared nor made positive: they cancel",
                *_distances(Tensor.mean, lambda d: -d.mean(), lambda d: d.mean().abs())),
        _unless("root", "a root too many: the mean of the squares is asked for",
                *_distances(lambda d: d.square().mean().sqrt(), Tensor.norm,
                            lambda d: d.flatten(1).norm(dim=1).mean(), lambda d: d.norm(dim=1).mean())),
        _unless("sum", "a sum where a mean is asked for: a larger picture or batch should not weigh more",
                *_distances(lambda d: d.square().sum(), lambda d: d.square().sum((1, 2, 3)).mean(),
                            lambda d: d.square().sum(1).mean(), lambda d: d.square().sum(0).mean(),
                            lambda d: d.square().sum((2, 3)).mean(), lambda d: d.square().sum((0, 1)).mean())),
        _unless("half", "half of the mean square", *_distances(lambda d: d.square().mean() / 2)),
        _unless("places", "means over all places were compared: that is a style. A picture's content is where things "
                "are", *_distances(lambda d: d.mean((2, 3)).square().mean(), lambda d: d.mean(0).square().mean(),
                                   lambda d: d.mean(1).square().mean())),
        rung("numbers", lambda f: _same(f.result, f.apply(_loss())),
             "this is not the mean squared difference of the two pictures' features"),
        rung("detach", lambda f: bool(gradient(f, *_compared()).any()),
             "no gradient reaches `fake`: under no_grad, or detached, it teaches the generator nothing. Only for "
             "`real` may the graph be left out"),
        rung("gradient", lambda f: close(gradient(f, *_compared()), gradient(_loss(), *_compared()), rtol=1e-3),
             "the value is right, the gradient for `fake` is not: part of its way was computed without a graph"),
        value(_loss(), "right here, but not for pictures and batches of another size", rtol=1e-4, atol=1e-6,
              examples=lambda: [_compared(2, 4, 6), _compared(1, 7, 2, seed=83)]),
    ],
    praise="the same numbers for both as in the network's own training: now a distance of features means something",
)  # fmt: skip
