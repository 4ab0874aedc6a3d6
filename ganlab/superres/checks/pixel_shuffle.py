"""Lesson 05, exercise 1: the pixel shuffle."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, Rung, returns, rung, shape, value
from ganlab.checks.rungs import keeps_tensors, unlike_all
from ganlab.superres.checks.squares import flat_squares

Shuffle = Callable[[Tensor, int], Tensor]


def _map(scale: int = 2, n: int = 2, channels: int = 3, height: int = 3, width: int = 5) -> tuple[Tensor, int]:
    """No two numbers are equal: where each has gone can be seen."""
    size = (n, channels * scale**2, height, width)
    return torch.arange(1, 1 + math.prod(size), dtype=torch.float32).reshape(size), scale


def _by(order: str, *, groups_last: bool = False) -> Shuffle:
    """Split the channels, put the axes a, b, i, j into this order, and reshape; ``groups_last``: r² groups of C."""

    def made(x: Tensor, scale: int) -> Tensor:
        n, channels, height, width = x.shape
        if groups_last:
            # (N, r², C, H, W) -> (N, C, r², H, W)
            x = x.reshape(n, scale**2, -1, height, width).transpose(1, 2)
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
