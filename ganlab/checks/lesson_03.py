"""Checks of lesson 03, Context Encoder: exercises 3 to 5. The others come from hole_answers and guess_answers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.game_steps import unlike
from ganlab.checks.guess_answers import best_guess, choose_weight
from ganlab.checks.hole_answers import (
    composite,
    example_masks,
    example_values,
    judge_inputs,
    network_input,
    unlike_all,
)
from ganlab.checks.ladder import Ladder, returns, rung, shape, value

__all__ = [
    "best_guess",
    "channelwise_linear",
    "channelwise_parameters",
    "choose_weight",
    "composite",
    "judge_inputs",
    "masked_l2",
    "network_input",
]


# --- 3: the loss inside the hole --------------------------------------------------------------------------------
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


def _gradient(f: Callable[..., Any], case: tuple[Any, ...]) -> Tensor:
    """The gradient with respect to the prediction; 0 where none arrives."""
    prediction, target, mask = case
    prediction.requires_grad_()
    loss = f(prediction, target, mask)
    if loss.requires_grad:
        loss.backward()
    return torch.zeros_like(prediction) if prediction.grad is None else prediction.grad


def _same(f: Attempt, case: tuple[Any, ...]) -> bool:
    return close(f(*case), _masked_l2(*case))


masked_l2 = Ladder(
    "masked_l2",
    example=_loss_case,
    rungs=[
        returns(Tensor, hint="keep the tensor: a plain number has lost its way back to the network"),
        shape((), "the loss of a batch is one number"),
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
        rung("detach", lambda f: bool(_gradient(f, _loss_case()).any()),
             "no gradient reaches the prediction: something cuts the graph, and nothing would be learned"),
        rung("empty", lambda f: math.isfinite(f(*_one_without_hole())),
             "a picture without a hole makes the loss NaN or infinite: 0 / 0. It should count 0"),
        rung("skipped", lambda f: _same(f, _one_without_hole()) and _same(f, _none_with_hole()),
             "a picture without a hole should count as a loss of 0, and be counted in the mean over the pictures"),
        rung("nan_gradient", lambda f: bool(torch.isfinite(_gradient(f, _one_without_hole())).all()),
             "with a picture without a hole the loss is fine but its gradient is NaN: the division by 0 was made, "
             "and only its result hidden. Do not divide by 0 in the first place"),
        rung("gradient", lambda f: all(close(_gradient(f, make()), _gradient(_masked_l2, make()), rtol=1e-4)
                                       for make in (_loss_case, _one_without_hole)),
             "the value is right, the gradient for the prediction is not: every missing value of every picture "
             "should be corrected, and some were cut off from the graph"),
    ],
    praise="a small hole counts as much as a large one, and no hole costs nothing",
)  # fmt: skip


# --- 4: one linear layer a channel ----------------------------------------------------------------------------
def _linear_case(n: int = 2, channels: int = 3, height: int = 2, width: int = 3, seed: int = 0) -> tuple[Any, ...]:
    random = torch.Generator().manual_seed(seed)
    places = height * width
    sizes = [(n, channels, height, width), (channels, places, places), (channels, places)]
    return tuple(torch.randn(size, generator=random) for size in sizes)


def _mixed(equation: str) -> Callable[..., Tensor]:
    """The layer whose product is this einsum of x (N, C, HW) and the weight."""

    def layer(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return (torch.einsum(equation, x.flatten(2), weight) + bias).reshape(x.shape)

    return layer


_linear = _mixed("ncp,cqp->ncq")


def _columns_first(before: bool, after: bool) -> Callable[..., Tensor]:
    """Places numbered column by column, when x is flattened or when the result is folded back, or both."""

    def layer(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        n, c, h, w = x.shape
        source = (x.transpose(2, 3) if before else x).reshape(n, c, h, w)
        mixed = _linear(source, weight, bias)
        return mixed.reshape(n, c, w, h).transpose(2, 3) if after else mixed

    return layer


def _only_bias(f: Attempt) -> bool:
    x, weight, bias = _linear_case()
    return close(f(torch.zeros_like(x), weight, bias), bias.reshape(1, 3, 2, 3).expand(2, 3, 2, 3))


def _odd(f: Attempt) -> bool:
    x, weight, bias = _linear_case()
    return close(f(-x, weight, -bias), -f(x, weight, bias))


def _own_channel(f: Attempt) -> bool:
    """Whether a channel's output stays when the other channels change."""
    x, weight, bias = _linear_case()
    x[:, 1:] += 1.0
    return close(f(x, weight, bias)[:, 0], f.result[:, 0])


channelwise_linear = Ladder(
    "channelwise_linear",
    example=_linear_case,
    rungs=[
        returns(Tensor),
        rung("flat", lambda f: f.result.shape != f.arguments[0].flatten(2).shape,
             "the places are still in one row: give them back their height and width"),
        shape(lambda x, weight, bias: x.shape),
        rung("no_bias", lambda f: not close(f.result, _linear(*f.example()[:2], torch.zeros(3, 6))),
             "the bias has no effect"),
        unlike("one_matrix", lambda x, w, b: _linear(x, w[:1].expand_as(w), b),
               "the first channel's matrix was used for all; each channel has its own"),
        unlike("transposed", _mixed("ncp,cpq->ncq"),
               "the matrices are transposed: the first index is the place written, the second the place read"),
        unlike_all("columns_first", [_columns_first(a, b) for a, b in ((True, True), (True, False), (False, True))],
                   "the places were numbered column by column somewhere; here they are numbered row by row"),
        rung("channels_mixed", _own_channel,
             "changing one channel changes another one's result; in this layer no channel knows of the others"),
        rung("activation", _odd, "the layer is linear: turning the sign of x and bias should turn the result's"),
        rung("bias_place", _only_bias, "for x = 0 the result should be each channel's own bias at each place"),
        value(_linear, examples=lambda: [_linear_case(1, 1, 3, 2, 1), _linear_case(3, 2, 1, 4, 2)]),
    ],
    praise="every place hears of every other, and no channel of another",
)  # fmt: skip


# --- 5: what it costs -----------------------------------------------------------------------------------------
def _parameters(channels: int, height: int, width: int) -> int:
    return channels * (height * width) ** 2 + channels * height * width


channelwise_parameters = Ladder(
    "channelwise_parameters",
    example=lambda: (3, 4, 5),  # chosen so that every mistake below gives another number
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
