"""Lesson 05, exercise 2: weights without a checkerboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, returns, rung, shape, value
from ganlab.checks.rungs import keeps_tensors, unlike_all
from ganlab.superres.checks.squares import flat_squares

Weights = Callable[[Tensor, int], Tensor]


def _weights(scale: int = 2, channels: int = 3, inputs: int = 2, kernel: int = 3, seed: int = 40) -> tuple[Any, ...]:
    random = torch.Generator().manual_seed(seed)
    size = (channels * scale**2, inputs, kernel, kernel)
    return torch.randn(size, generator=random, dtype=torch.float32), scale


def _icnr(weight: Tensor, scale: int) -> Tensor:
    return weight[:: scale**2].repeat_interleave(scale**2, 0)


def _groups(weight: Tensor, scale: int) -> Tensor:
    """(C, r², C_in, k, k)."""
    return weight.reshape(-1, scale**2, *weight.shape[1:])


def _of_group(choose: Callable[[Tensor], Tensor]) -> Weights:
    """All filters of a group replaced by what ``choose`` makes of the group, (C, r², ...) -> (C, ...)."""
    return lambda weight, scale: choose(_groups(weight, scale)).repeat_interleave(scale**2, 0)


def _no_checkerboard(f: Attempt) -> bool:
    """Convolve and shuffle: does any little square show a pattern?"""
    pictures = torch.randn(1, 2, 6, 5, generator=torch.Generator().manual_seed(41), dtype=torch.float32)
    return flat_squares(F.pixel_shuffle(F.conv2d(pictures, f.result.detach().float(), padding=1), 2), 2)


def _not_scaled(f: Attempt) -> bool:
    right = f.apply(_icnr)
    factor = (f.result.detach() * right).sum() / right.square().sum()
    return close(factor, 1.0, rtol=1e-4) or not close(f.result, factor * right, rtol=1e-4)


def _from_the_old(f: Attempt) -> bool:
    distances = torch.cdist(f.result.detach().flatten(1).double(), f.arguments[0].flatten(1).double())
    return float(distances.amin(1).max()) < 1e-4


icnr = Ladder(
    "icnr",
    example=_weights,
    rungs=[
        returns(Tensor, hint="the weights themselves, not a layer"),
        rung("not_repeated", lambda f: f.result.shape != f.example()[0][::4].shape,
             "these are the C filters, each once: the shuffle needs every one of them r² times"),
        rung("still_in_groups", lambda f: f.result.shape != _groups(*f.example()).shape,
             "the filters are still in groups: merge the first two axes"),
        shape(lambda weight, scale: weight.shape),
        keeps_tensors("your function changes `weight` in place; new weights are asked for"),
        rung("all_equal", lambda f: not close(f.result, f.result[:1].expand_as(f.result)),
             "all filters are the same: then all C output channels would show the same, and learn the same"),
        unlike_all("unchanged", [lambda w, r: w], "the weights come back as they were"),
        unlike_all("order", [lambda w, r: w[:: r * r].repeat(r * r, 1, 1, 1),
                             lambda w, r: w[: len(w) // r**2].repeat(r * r, 1, 1, 1)],
                   "the copies follow each other as 0 1 2 0 1 2 ...; the shuffle makes a square of r² *neighbouring* "
                   "channels: the copies of one filter belong side by side"),
        unlike_all("first_filters", [lambda w, r: w[: len(w) // r**2].repeat_interleave(r * r, 0)],
                   "copies in the right order, but of the filters 0, 1, 2, ...: take the first of each group, "
                   "0, r², 2 r², ..."),
        unlike_all("scale_not_squared", [lambda w, r: w[::r].repeat_interleave(r, 0)],
                   "r copies of each: a square of r by r pixels needs r²"),
        unlike_all("mean", [_of_group(lambda g: g.mean(1))],
                   "the mean of each group: its numbers are r times smaller than what they were drawn to be. Take "
                   "the group's first filter"),
        unlike_all("sum", [_of_group(lambda g: g.sum(1))],
                   "the sum of each group: its numbers are r times larger than what they were drawn to be"),
        unlike_all("last", [_of_group(lambda g: g[:, -1])], "the last filter of each group; take the first"),
        rung("checkerboard", _no_checkerboard,
             "convolution and shuffle with these weights still paint a pattern into every square of r by r pixels: "
             "its r² filters differ"),
        rung("scaled", _not_scaled, "the right filters, but multiplied by something: copies are asked for"),
        rung("new_filters", _from_the_old,
             "equal within each group, but not filters of `weight`: take the first of each group"),
        value(_icnr, "right for r = 2, but not for every scale and number of channels",
              examples=lambda: [_weights(3, 2, 1, 1), _weights(4, 1, 3, 5), _weights(1, 4)]),
    ],
    praise="it starts as an ordinary convolution, enlarged by copying: no pattern before training asks for one",
)  # fmt: skip
