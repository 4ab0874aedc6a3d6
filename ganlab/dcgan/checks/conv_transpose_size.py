"""Lesson 02, exercise 1: the size of a transposed convolution."""

from __future__ import annotations

from ganlab.checks.ladder import Ladder, returns, value
from ganlab.checks.rungs import unlike


def _transposed(size: int, kernel: int, stride: int, padding: int) -> int:
    return (size - 1) * stride - 2 * padding + kernel


conv_transpose_size = Ladder(
    "conv_transpose_size",
    # Chosen so that every mistake below gives another number.
    example=lambda: (5, 6, 2, 1),
    rungs=[
        returns(int, hint="sizes are whole numbers; // divides without leaving them"),
        unlike("convolution", lambda h, k, s, p: (h + 2 * p - k) // s + 1,
               "this is equation (1), for the convolution; the transposed one goes the other way"),
        unlike("doubles", lambda h, k, s, p: h * s,
               "multiplying by the stride is right only for kernel 4, stride 2, padding 1; use all four numbers"),
        unlike("fence_posts", lambda h, k, s, p: h * s - 2 * p + k,
               "between `size` stamps there are fewer gaps than stamps: count the fence posts again"),
        unlike("padding_once", lambda h, k, s, p: (h - 1) * s - p + k, "padding is cut off at both ends"),
        unlike("padding_sign", lambda h, k, s, p: (h - 1) * s + 2 * p + k,
               "padding made the convolution's input longer, so here it makes the output shorter"),
        value(_transposed, examples=lambda: [(1, 4, 1, 0), (4, 4, 2, 1), (7, 3, 1, 1), (3, 5, 3, 2)]),
    ],
    praise="with kernel 4, stride 2 and padding 1 it doubles, whatever the size",
)  # fmt: skip
