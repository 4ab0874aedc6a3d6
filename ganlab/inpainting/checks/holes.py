"""Pictures with holes, for the exercises of lesson 03."""

from __future__ import annotations

import torch
from torch import Tensor


def example_values(seed: int, *size: int) -> Tensor:
    """Numbers in (-1, 1), none near 0: an erased pixel is told from one that was grey already."""
    random = torch.Generator().manual_seed(seed)
    signs = torch.randint(0, 2, size, generator=random) * 2 - 1
    return signs * (0.1 + 0.8 * torch.rand(size, generator=random))


def example_masks() -> Tensor:
    """Three holes of 2, 6 and 9 of the 20 pixels: none is half a picture, no two are equal."""
    mask = torch.zeros(3, 1, 4, 5)
    mask[0, :, 0:2, 1:2], mask[1, :, 1:3, 2:5], mask[2, :, 1:4, 0:3] = 1, 1, 1
    return mask


def filled_hole(pictures: Tensor, filling: Tensor, mask: Tensor) -> Tensor:
    """The filling where the mask (N, 1, H, W) is 1, the pictures elsewhere: both (N, C, H, W)."""
    return torch.where(mask > 0, filling, pictures)
