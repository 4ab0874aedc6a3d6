"""The little squares that a pixel becomes, for the exercises of lesson 05."""

from __future__ import annotations

from torch import Tensor

from ganlab.checks.attempt import close


def flat_squares(pictures: Tensor, scale: int) -> bool:
    """Whether the pixels of each little square of ``scale`` by ``scale`` are equal."""
    corners = pictures[..., ::scale, ::scale]
    copies = corners.repeat_interleave(scale, -2).repeat_interleave(scale, -1)
    return close(copies, pictures, rtol=1e-4, atol=1e-5)
