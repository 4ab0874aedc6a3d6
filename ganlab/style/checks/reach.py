"""Lesson 04, exercise 6: the checkerboard."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from ganlab.checks.attempt import Attempt, close, numbers
from ganlab.checks.ladder import Ladder, returns, rung, value
from ganlab.checks.rungs import unlike, unlike_all


def _reach(length: int, kernel: int, stride: int) -> list[int]:
    return _counts(range(length), kernel, stride, (length - 1) * stride + kernel)


def _counts(stamps: range, kernel: int, stride: int, size: int) -> list[int]:
    """How many of the stamps, each ``kernel`` long and ``stride`` behind the one before, cover each place."""
    return [sum(0 <= place - stamp * stride < kernel for stamp in stamps) for place in range(size)]


def _found(f: Attempt) -> np.ndarray:
    """The counts of the example; also of a list of tensors that require gradients, which NumPy would refuse."""
    return (
        np.asarray([numbers(count) for count in f.result])
        if isinstance(f.result, list | tuple)
        else numbers(f.result)
    )


def _of_size(f: Attempt, *sizes: int) -> bool:
    return _found(f).shape in [(size,) for size in sizes]


def _right_size(f: Attempt) -> bool | str:
    length, kernel, stride = f.example()
    wanted, got = ((length - 1) * stride + kernel,), _found(f).shape
    return got == wanted or f"expected the shape {wanted}, got {got}"


reach = Ladder(
    "reach",
    # 19 places; no mistake below gives as many.
    example=lambda: (6, 4, 3),
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
