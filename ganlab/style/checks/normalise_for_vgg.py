"""Lesson 04, exercise 5: pictures as VGG knows them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ganlab.checks.attempt import close
from ganlab.checks.ladder import Ladder, returns, rung, shape, value
from ganlab.checks.rungs import gradient, keeps_tensors, unlike, unlike_all
from ganlab.features.vgg import IMAGENET_MEAN, IMAGENET_STD


def _pictures(n: int = 3, height: int = 3, width: int = 3) -> Tensor:
    """Threefold along every axis by default: means and deviations fit each, and the learner hears which is meant."""
    random = torch.Generator().manual_seed(15)
    return 2 * torch.rand(n, 3, height, width, generator=random, dtype=torch.float32) - 1


def _imagenet(axis: int = 1) -> tuple[Tensor, Tensor]:
    size = [3 if axis == place else 1 for place in range(4)]
    return torch.tensor(IMAGENET_MEAN).reshape(size), torch.tensor(IMAGENET_STD).reshape(size)


def _vgg(formula: Callable[[Tensor, Tensor, Tensor], Tensor], axis: int = 1) -> Callable[[Tensor], Tensor]:
    return lambda pictures: formula(pictures, *_imagenet(axis))


def _standard(x: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return ((x + 1) / 2 - mean) / std


def _own_statistics(pictures: Tensor, axes: tuple[int, ...]) -> Tensor:
    return (pictures - pictures.mean(axes, keepdim=True)) / pictures.std(axes, keepdim=True)


normalise_for_vgg = Ladder(
    "normalise_for_vgg",
    example=lambda: (_pictures(),),
    rungs=[
        returns(Tensor),
        shape(lambda pictures: pictures.shape),
        keeps_tensors("your function changes `pictures` in place; whoever shows them next will be surprised"),
        unlike("unchanged", _vgg(lambda x, m, s: x), "the pictures come back as they were"),
        unlike_all("broadcast_axis", [_vgg(_standard, axis) for axis in (0, 2, 3)],
                   "the three numbers meet the wrong axis. The last one is the width: make them lie along "
                   "the channels"),
        unlike("channels_last", lambda x: _vgg(_standard)(x).permute(0, 2, 3, 1),
               "the channels moved to the end: they should stay axis 1, behind the batch"),
        unlike_all("bgr", [lambda x: _vgg(_standard)(x).flip(1), lambda x: _vgg(_standard)(x.flip(1)),
                           lambda x: _vgg(_standard)(x.flip(1)).flip(1)],
                   "red and blue are swapped somewhere: these weights, and these three numbers, are for RGB"),
        unlike("range", _vgg(lambda x, m, s: (x - m) / s),
               "mean and deviation are those of pictures in [0, 1]; these come in [-1, 1]"),
        unlike_all("bytes", [_vgg(lambda x, m, s: (127.5 * (x + 1) - m) / s), _vgg(lambda x, m, s: 127.5 * (x + 1)),
                             _vgg(lambda x, m, s: 127.5 * (x + 1) - 255 * m)],
                   "these pictures run from 0 to 255; mean and deviation are those of pictures in [0, 1]"),
        unlike_all("wrong_range", [_vgg(lambda x, m, s: (2 * x - 1 - m) / s), _vgg(lambda x, m, s: (x + 1 - m) / s),
                                   _vgg(lambda x, m, s: (x + 0.5 - m) / s), _vgg(lambda x, m, s: (x / 2 - m) / s),
                                   _vgg(lambda x, m, s: (x / 2 + 1 - m) / s)],
                   "the pictures are brought into another range than [0, 1]: where do -1 and 1 go?"),
        unlike("only_range", _vgg(lambda x, m, s: (x + 1) / 2), "in [0, 1] now, but neither shifted nor scaled"),
        unlike("no_std", _vgg(lambda x, m, s: (x + 1) / 2 - m), "the deviations have no effect"),
        unlike("no_mean", _vgg(lambda x, m, s: (x + 1) / 2 / s), "the means have no effect"),
        unlike_all("upside_down", [_vgg(lambda x, m, s: ((x + 1) / 2 - m) * s),
                                   _vgg(lambda x, m, s: (x + 1) / 2 * s + m)],
                   "multiplied by the deviation; that is the way back"),
        unlike_all("order_of_steps", [_vgg(lambda x, m, s: (x + 1) / 2 / s - m),
                                      _vgg(lambda x, m, s: (x + 1) / 2 - m / s),
                                      _vgg(lambda x, m, s: ((x - m) / s + 1) / 2)],
                   "the steps come in another order: first the range, then the mean, the deviation last"),
        unlike("squares", _vgg(lambda x, m, s: ((x + 1) / 2 - m) / s**2), "divided by the deviations' squares"),
        unlike_all("own_statistics", [lambda x, axes=axes: _own_statistics(x, axes)
                                      for axes in ((0, 2, 3), (2, 3), (1, 2, 3), (0, 1, 2, 3))],
                   "normalised by the pictures' own statistics; VGG was trained with the fixed numbers of ImageNet"),
        value(_vgg(_standard), rtol=1e-4, atol=1e-5,
              examples=lambda: [_pictures(2, 4, 5), _pictures(1, 5, 2), _pictures(4, 2, 3).double()]),
        rung("detach", lambda f: bool(gradient(f, _pictures()).any()),
             "no gradient reaches the pictures: a decoder could not be trained through this encoder"),
        rung("gradient", lambda f: close(gradient(f, _pictures()), gradient(_vgg(_standard), _pictures()), rtol=1e-3),
             "the numbers are right, the gradient is not: some channels or pictures were cut off from the graph, and "
             "a decoder would learn nothing about those"),
    ],
    praise="the same numbers as in VGG's own training: anything else, and its features mean something else",
)  # fmt: skip
