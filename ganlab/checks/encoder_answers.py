"""The ladders of lesson 04 on the networks around AdaIN: what goes into VGG, exercise 5, and checkerboards, 6."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ganlab.checks.attempt import Attempt, close, numbers
from ganlab.checks.game_steps import unlike
from ganlab.checks.hole_answers import unlike_all
from ganlab.checks.ladder import Ladder, returns, rung, shape, value
from ganlab.checks.style_answers import gradient, keeps_tensors
from ganlab.features.vgg import IMAGENET_MEAN, IMAGENET_STD


# --- 5: pictures as VGG knows them ------------------------------------------------------------------------------
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


# --- 6: the checkerboard ----------------------------------------------------------------------------------------
def _reach(length: int, kernel: int, stride: int) -> list[int]:
    return _counts(range(length), kernel, stride, (length - 1) * stride + kernel)


def _counts(stamps: range, kernel: int, stride: int, size: int) -> list[int]:
    """How many of the stamps, each ``kernel`` long and ``stride`` behind the one before, cover each place."""
    return [sum(0 <= place - stamp * stride < kernel for stamp in stamps) for place in range(size)]


def _found(f: Attempt) -> np.ndarray:
    """The counts of the example; also of a list of tensors that require gradients, which NumPy would refuse."""
    return np.asarray([numbers(one) for one in f.result]) if isinstance(f.result, list | tuple) else numbers(f.result)


def _of_size(f: Attempt, *sizes: int) -> bool:
    return _found(f).shape in [(size,) for size in sizes]


def _right_size(f: Attempt) -> bool | str:
    length, kernel, stride = f.example()
    wanted, got = ((length - 1) * stride + kernel,), _found(f).shape
    return got == wanted or f"expected the shape {wanted}, got {got}"


reach = Ladder(
    "reach",
    example=lambda: (6, 4, 3),  # 19 places; no mistake below gives as many
    rungs=[
        returns(list, tuple, np.ndarray, Tensor),
        rung("not_numbers", lambda f: _found(f).size > 0, "expected a number for every place, nothing but numbers"),
        rung("stride_ignored", lambda f: not _of_size(f, 6 + 4 - 1),
             "as long as for stride 1: the stride has no effect"),
        rung("convolution", lambda f: not _of_size(f, 1, 6, 2),
             "no longer than the input: a transposed convolution makes it longer"),
        rung("dilation", lambda f: not _of_size(f, 6 + 3 * 3),
             "the kernel's weights are a stride apart here; the stamps should be"),
        rung("swapped", lambda f: not _of_size(f, 5 * 4 + 3), "kernel and stride are swapped"),
        rung("fence_posts", lambda f: not _of_size(f, 6 * 3, 6 * 3 + 4, 5 * 3, 5 * 3 + 1),
             "the length is not right: count the gaps between the stamps, and what the last stamp covers"),
        rung("wrong_shape", _right_size, "", weight=0.5),
        unlike("touched", lambda n, k, s: [1] * ((n - 1) * s + k),
               "this says *whether* a place is reached, not by how many weights"),
        unlike_all("from_zero", [lambda n, k, s: [c - 1 for c in _reach(n, k, s)],
                                 lambda n, k, s: [c + 1 for c in _reach(n, k, s)]],
                   "off by one everywhere: the first place is reached by one weight"),
        unlike("borders", lambda n, k, s: _counts(range(-k, n + k), k, s, (n - 1) * s + k),
               "right in the middle, but at both ends there are fewer stamps"),
        rung("uniform", lambda f: len(set(_found(f).tolist())) > 1,
             "every place got the same number; the point is that they differ"),
        unlike_all("kernel_length", [lambda n, k, s: [*_reach(n, k - 1, s), 0],
                                     lambda n, k, s: [0, *_reach(n, k - 1, s)],
                                     lambda n, k, s: _counts(range(n), k + 1, s, (n - 1) * s + k)],
                   "a stamp is one weight too short or too long"),
        unlike("last_stamp", lambda n, k, s: [*_reach(n - 1, k, s), *[0] * s], "the last stamp is missing"),
        rung("counts", lambda f: close(f.result, _reach(*f.example())),
             "the length is right, the counts are not: draw three stamps below each other, shifted, and add columns"),
        rung("wide_kernel", lambda f: close(f(4, 5, 2), _reach(4, 5, 2)),
             "right for kernel 4 and stride 3, wrong for 5 and 2: more than two stamps may meet in one place"),
        rung("holes", lambda f: close(f(4, 2, 3), _reach(4, 2, 3)),
             "wrong for kernel 2 and stride 3: between the stamps there are places that none of them reaches"),
        value(_reach, examples=lambda: [(1, 4, 2), (8, 4, 2), (5, 3, 1), (3, 9, 2), (7, 1, 1), (2, 3, 3)]),
    ],
    praise="uneven whenever the stride does not divide the kernel: this is the checkerboard, before any training",
)  # fmt: skip
