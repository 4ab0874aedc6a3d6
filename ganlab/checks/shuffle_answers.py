"""The ladders of lesson 05 on sub-pixel convolution: the pixel shuffle, exercise 1, and its first weights, 2."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.hole_answers import unlike_all
from ganlab.checks.ladder import Ladder, Rung, returns, rung, shape, value
from ganlab.checks.style_answers import keeps_tensors

Shuffle = Callable[[Tensor, int], Tensor]
Weights = Callable[[Tensor, int], Tensor]


def flat_squares(pictures: Tensor, scale: int) -> bool:
    """Whether the pixels of each little square of ``scale`` by ``scale`` are equal."""
    corners = pictures[..., ::scale, ::scale]
    copies = corners.repeat_interleave(scale, -2).repeat_interleave(scale, -1)
    return close(copies, pictures, rtol=1e-4, atol=1e-5)


# --- 1: the pixel shuffle -----------------------------------------------------------------------------------------
def _map(scale: int = 2, n: int = 2, channels: int = 3, height: int = 3, width: int = 5) -> tuple[Tensor, int]:
    """No two numbers are equal: where each has gone can be seen."""
    size = (n, channels * scale**2, height, width)
    return torch.arange(1, 1 + math.prod(size), dtype=torch.float32).reshape(size), scale


def _by(order: str, *, groups_last: bool = False) -> Shuffle:
    """Split the channels, put the axes a, b, i, j into this order, and reshape; ``groups_last``: r² groups of C."""

    def made(x: Tensor, scale: int) -> Tensor:
        n, channels, height, width = x.shape
        if groups_last:
            x = x.reshape(n, scale**2, -1, height, width).transpose(1, 2)  # (N, r², C, H, W) -> (N, C, r², H, W)
        split = x.reshape(n, channels // scale**2, scale, scale, height, width)
        ordered = split.permute(0, 1, *(2 + "abij".index(axis) for axis in order))
        return ordered.reshape(n, channels // scale**2, scale * height, scale * width)

    return made


_shuffle = _by("iajb")


def _not_in(name: str, message: str, *orders: str) -> Rung:
    return unlike_all(name, [_by(order) for order in orders], message)


def _sizes(f: Attempt) -> tuple[int, ...]:
    x, scale = f.arguments
    return len(x), x.shape[1] // scale**2, scale * x.shape[2], scale * x.shape[3]


def _not_of_size(name: str, message: str, size: Callable[[int, int, int, int], tuple[int, ...]]) -> Rung:
    return rung(name, lambda f: tuple(f.result.shape) != size(*_sizes(f)), message)


def _each_number_once(f: Attempt) -> bool:
    return close(f.result.flatten().sort().values, f.arguments[0].flatten().sort().values)


def _each_picture_alone(f: Attempt) -> bool:
    x, scale = _map()
    return close(f(x[1:], scale), f.result[1:])


pixel_shuffle = Ladder(
    "pixel_shuffle",
    example=_map,
    rungs=[
        returns(Tensor),
        _not_of_size("sides_swapped", "height and width are exchanged: rows come before columns",
                     lambda n, c, h, w: (n, c, w, h)),
        _not_of_size("one_channel", "only one channel came back: C r² channels become C",
                     lambda n, c, h, w: (n, 1, h, w)),
        _not_of_size("one_picture", "only one picture came back: the batch stays as it is",
                     lambda n, c, h, w: (1, c, h, w)),
        _not_of_size("no_batch", "one axis is missing: the batch stays, even if it is a batch of one",
                     lambda n, c, h, w: (c, h, w)),
        _not_of_size("channels_kept", "larger, but with as many channels as before: there should be r² times fewer",
                     lambda n, c, h, w: (n, 4 * c, h, w)),
        shape(lambda x, scale: (len(x), x.shape[1] // scale**2, scale * x.shape[2], scale * x.shape[3])),
        keeps_tensors("your function changes `x` in place"),
        rung("copies", lambda f: not flat_squares(f.result, 2),
             "all pixels of a little square are equal, as if they had been copied: each should come from a channel "
             "of its own"),
        unlike_all("first_picture", [lambda x, r: _shuffle(x[:1], r).expand(len(x), -1, -1, -1)],
                   "all pictures are the first one"),
        unlike_all("first_channel", [lambda x, r: _shuffle(x[:, : r * r].repeat(1, x.shape[1] // r**2, 1, 1), r)],
                   "all channels of the result come from the first r² channels of `x`; the next takes the next r²"),
        rung("numbers", _each_number_once,
             "some numbers of `x` are missing, and others are new or come twice: nothing is computed here, every "
             "number is only given another place"),
        rung("mixed_pictures", _each_picture_alone,
             "a picture comes out differently when it is alone: numbers have moved from one picture into another"),
        unlike_all("channel_order", [_by(order, groups_last=True) for order in ("iajb", "ibja")],
                   "neighbouring channels of `x` went to different channels of the result: here the first r² ones "
                   "all belong to channel 0 (another library may have it the other way, and then its weights do not "
                   "fit)"),
        _not_in("little_squares", "every little square is transposed: a, which counts r channels at a time, is the "
                "row in it, and b, which counts single ones, the column", "ibja"),
        _not_in("plain_view", "the numbers kept their order in memory, and only new boundaries were drawn between "
                "them: the axes have to be permuted before they are merged", "abij", "baij"),
        _not_in("tiles", "r² small pictures lie beside each other like tiles: they should interlock. In a reshape "
                "the axis that comes last counts fastest", "aibj", "biaj"),
        _not_in("half_tiles", "along one side the pixels interlock, along the other whole pictures lie beside each "
                "other", "iabj", "aijb", "ibaj", "bija", "ajib", "bjia"),
        _not_in("in_a_row", "the r² numbers of a place were put side by side in one row; they should fill a square",
                "ijab", "ijba"),
        _not_in("turned", "the picture is transposed, then cut into rows of the wrong length: rows are merged with a "
                "and come first", "jbia", "jaib", "jiab", "jiba"),
        rung("places", lambda f: close(f.result, f.apply(_shuffle)),
             "all numbers are there, but not at their places: follow x[0, 1, 0, 0], which belongs at y[0, 0, 0, 1]"),
        value(_shuffle, "right for r = 2, but not for every scale, size and number of channels",
              examples=lambda: [_map(3), _map(4, 1, 1, 1, 1), _map(3, 3, 2, 4, 1), _map(1, 2, 3, 2, 2)]),
    ],
    praise="nothing is computed, all is moved: the convolution before it has seen only the small picture",
)  # fmt: skip


# --- 2: weights without a checkerboard ----------------------------------------------------------------------------
def _weights(scale: int = 2, channels: int = 3, inputs: int = 2, kernel: int = 3, seed: int = 40) -> tuple[Any, ...]:
    random = torch.Generator().manual_seed(seed)
    size = (channels * scale**2, inputs, kernel, kernel)
    return torch.randn(size, generator=random, dtype=torch.float32), scale


def _icnr(weight: Tensor, scale: int) -> Tensor:
    return weight[:: scale**2].repeat_interleave(scale**2, 0)


def _groups(weight: Tensor, scale: int) -> Tensor:
    """(C, r², C_in, k, k)."""
    return weight.unflatten(0, (-1, scale**2))


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
