"""Lesson 03, exercise 4: one linear layer a channel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, returns, rung, shape, value
from ganlab.checks.rungs import unlike, unlike_all


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
