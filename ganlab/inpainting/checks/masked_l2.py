"""Lesson 03, exercise 3: the loss inside the hole."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, rung, value
from ganlab.checks.rungs import gradient, one_loss, unlike, unlike_all
from ganlab.inpainting.checks.holes import example_masks, example_values


def _loss_case(mask: Tensor | None = None, channels: int = 3) -> tuple[Any, ...]:
    """Two pictures with holes of 2 and 6 pixels: no two of the divisors below are the same."""
    prediction, target = (example_values(seed, 2, channels, 4, 5) for seed in (5, 6))
    return prediction, target, example_masks()[:2] if mask is None else mask


def _one_without_hole() -> tuple[Any, ...]:
    return _loss_case(example_masks()[:2] * torch.tensor([1.0, 0.0]).reshape(2, 1, 1, 1))


def _none_with_hole() -> tuple[Any, ...]:
    return _loss_case(torch.zeros(2, 1, 4, 5))


def _masked(power: Callable[[Tensor], Tensor], reduce: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """``reduce`` of the errors' sum, the number of missing pixels and that of missing values, each (N,)."""

    def loss(prediction: Tensor, target: Tensor, mask: Tensor) -> Tensor:
        pixels = mask.sum((1, 2, 3))
        return reduce((mask * power(prediction - target)).sum((1, 2, 3)), pixels, prediction.shape[1] * pixels)

    return loss


def _per_picture(total: Tensor, pixels: Tensor, values: Tensor) -> Tensor:
    return (total / values.clamp(min=1)).mean()


_masked_l2 = _masked(torch.square, _per_picture)


def _same(f: Attempt, case: tuple[Any, ...]) -> bool:
    return close(f(*case), _masked_l2(*case))


masked_l2 = Ladder(
    "masked_l2",
    example=_loss_case,
    rungs=[
        *one_loss("the loss of a batch is one number"),
        unlike_all("no_mask", [lambda p, t, m: (p - t).square().mean(), lambda p, t, m: (p - t).square().sum()],
                   "the mask has no effect: only the missing pixels count"),
        unlike_all("inverted", [lambda p, t, m: _masked_l2(p, t, 1 - m),
                                lambda p, t, m: ((1 - m) * (p - t).square()).mean()],
                   "this measures the known pixels; here 1 means missing"),
        unlike("all_pixels", lambda p, t, m: (m * (p - t).square()).mean(),
               "divided by all pixels: a small hole would hardly count. Divide by what is missing"),
        unlike_all("channels", [_masked(torch.square, lambda s, n, k: (s / n).mean()),
                                _masked(torch.square, lambda s, n, k: s.sum() / n.sum())],
                   "a missing pixel has a value in each channel, and all of them are counted: how many are there?"),
        unlike_all("sum", [_masked(torch.square, lambda s, n, k: s.mean()),
                           _masked(torch.square, lambda s, n, k: s.sum()),
                           _masked(torch.square, lambda s, n, k: (s / k).sum())],
                   "a sum was taken where the text asks for a mean: a larger hole or batch should not weigh more"),
        unlike("joined", _masked(torch.square, lambda s, n, k: s.sum() / k.sum()),
               "the holes of the batch were joined before averaging: each picture has its own mean"),
        unlike_all("root", [_masked(torch.square, lambda s, n, k: (s / k).sqrt().mean()),
                            _masked(torch.square, lambda s, n, k: (s / k).mean().sqrt())],
                   "a root was taken; the mean of the squares is asked for"),
        unlike_all("absolute", [_masked(torch.abs, _per_picture),
                                _masked(torch.abs, lambda s, n, k: s.sum() / k.sum())],
                   "absolute differences were averaged; square them"),
        unlike("half", lambda *case: _masked_l2(*case) / 2, "half of the loss: there is no factor 1/2 in this one"),
        value(_masked_l2, examples=lambda: [_loss_case(torch.ones(2, 1, 4, 5))]),
        rung("three_channels", lambda f: _same(f, _loss_case(channels=1)),
             "for pictures with one channel it is wrong: take the number of channels from the prediction"),
        rung("detach", lambda f: bool(gradient(f, *_loss_case()).any()),
             "no gradient reaches the prediction: something cuts the graph, and nothing would be learned"),
        rung("empty", lambda f: math.isfinite(f(*_one_without_hole())),
             "a picture without a hole makes the loss NaN or infinite: 0 / 0. It should count 0"),
        rung("skipped", lambda f: _same(f, _one_without_hole()) and _same(f, _none_with_hole()),
             "a picture without a hole should count as a loss of 0, and be counted in the mean over the pictures"),
        rung("nan_gradient", lambda f: bool(torch.isfinite(gradient(f, *_one_without_hole())).all()),
             "with a picture without a hole the loss is fine but its gradient is NaN: the division by 0 was made, "
             "and only its result hidden. Do not divide by 0 in the first place"),
        rung("gradient", lambda f: all(close(gradient(f, *make()), gradient(_masked_l2, *make()), rtol=1e-4)
                                       for make in (_loss_case, _one_without_hole)),
             "the value is right, the gradient for the prediction is not: every missing value of every picture "
             "should be corrected, and some were cut off from the graph"),
    ],
    praise="a small hole counts as much as a large one, and no hole costs nothing",
)  # fmt: skip
