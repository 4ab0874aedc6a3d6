"""Masks: which pixels of a picture are missing. Everywhere 1 means missing ("hole") and 0 means known."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw
from torch import Tensor

from ganlab.layers import composite
from ganlab.runtime import as_count, as_size

__all__ = [
    "block_masks",
    "brush_masks",
    "centre_masks",
    "check_mask",
    "composite",
    "hole_patches",
    "hole_windows",
    "training_masks",
]


def check_mask(mask: Tensor, pictures: Tensor) -> Tensor:
    """``mask`` as float32 (N, 1, H, W) of zeros and ones that fits ``pictures`` (N, C, H, W), on their device.

    Booleans are taken, and a single mask (1, 1, H, W), (1, H, W) or (H, W) serves for all pictures.

    Raises
    ------
    ValueError
        If its size does not fit or it holds anything but 0 and 1.
    """
    n, _, height, width = pictures.shape
    made = mask[None, None] if mask.dim() == 2 else mask[None] if mask.dim() == 3 else mask
    if made.dim() != 4 or made.shape[1] != 1 or made.shape[0] not in (1, n) or made.shape[2:] != pictures.shape[2:]:
        raise ValueError(f"mask: expected shape ({n}, 1, {height}, {width}), got {tuple(mask.shape)}")
    made = made.to(pictures.device, torch.float32)
    if not bool(((made == 0) | (made == 1)).all()):
        raise ValueError("mask: expected only 0 (known) and 1 (missing), got other numbers; use (mask > 0.5).float()")
    return made.expand(n, 1, height, width)


def _boxes(top: Tensor, left: Tensor, height: Tensor, width: Tensor, size: int) -> Tensor:
    """Boxes with bounds (N,) as masks (N, 1, size, size)."""
    place = torch.arange(size)[None]
    rows = (place >= top[:, None]) & (place < (top + height)[:, None])
    columns = (place >= left[:, None]) & (place < (left + width)[:, None])
    return (rows[:, :, None] & columns[:, None, :]).float()[:, None]


def _count_and_size(name: str, n: int, size: int) -> tuple[int, int]:
    return as_count(f"{name}: n", n), as_size(f"{name}: size", size, least=4)


def centre_masks(n: int, size: int) -> Tensor:
    """``n`` times the centred square with half the side: a quarter of the picture, (n, 1, size, size)."""
    n, size = _count_and_size("centre_masks", n, size)
    masks = torch.zeros(n, 1, size, size)
    masks[:, :, size // 4 : size - size // 4, size // 4 : size - size // 4] = 1
    return masks


def block_masks(n: int, size: int, generator: torch.Generator | None = None) -> Tensor:
    """One rectangle a picture, each side from a quarter to 9/16 of the picture's, anywhere: (n, 1, size, size)."""
    n, size = _count_and_size("block_masks", n, size)
    shape = torch.randint(size // 4, size * 9 // 16 + 1, (2, n), generator=generator)
    corner = (torch.rand(2, n, generator=generator) * (size - shape + 1)).long()
    return _boxes(corner[0], corner[1], shape[0], shape[1], size)


def brush_masks(n: int, size: int, generator: torch.Generator | None = None) -> Tensor:
    """Free-form strokes as a hand would paint them, covering 4 to 35 % of a picture: (n, 1, size, size).

    Each stroke wanders from a random place in a random direction that changes a little from step to step; its
    radius stays. After Yu et al., "Free-Form Image Inpainting with Gated Convolution", 2019, section 3.4.
    https://arxiv.org/abs/1806.03589
    """
    n, size = _count_and_size("brush_masks", n, size)
    seed = int(torch.randint(2**31, (1,), generator=generator))
    random = np.random.default_rng(seed)
    return torch.stack([_strokes(size, random) for _ in range(n)])


def _strokes(size: int, random: np.random.Generator) -> Tensor:
    wanted = random.uniform(0.04, 0.25)
    canvas = Image.new("L", (size, size))
    draw = ImageDraw.Draw(canvas)
    for _ in range(40):  # a stroke may fall on an earlier one; after so many the picture is surely covered enough
        x, y = random.uniform(0.1, 0.9, 2) * size
        angle, radius = random.uniform(0, 2 * np.pi), random.uniform(0.035, 0.09) * size
        for _ in range(random.integers(3, 9)):
            angle += random.uniform(-0.7, 0.7)
            step = random.uniform(0.05, 0.12) * size
            new_x, new_y = np.clip([x + step * np.cos(angle), y + step * np.sin(angle)], 0, size)
            draw.line([(x, y), (new_x, new_y)], fill=255, width=max(1, round(2 * radius)))
            draw.ellipse([new_x - radius, new_y - radius, new_x + radius, new_y + radius], fill=255)
            x, y = new_x, new_y
        if np.asarray(canvas).mean() / 255 > wanted:
            break
    return torch.from_numpy(np.asarray(canvas) > 0).float()[None]


def training_masks(n: int, size: int, generator: torch.Generator | None = None) -> Tensor:
    """A mixture to train on: one in five centred squares, two in five blocks, two in five brush strokes."""
    n, size = _count_and_size("training_masks", n, size)
    kind = torch.rand(n, 1, 1, 1, generator=generator)
    blocks, brush = block_masks(n, size, generator), brush_masks(n, size, generator)
    return torch.where(kind < 0.2, centre_masks(n, size), torch.where(kind < 0.6, blocks, brush))


def hole_windows(pictures: Tensor, mask: Tensor, size: int) -> Tensor:
    """Cut from every picture the window of ``size`` x ``size`` around the middle of its hole.

    Parameters
    ----------
    pictures : Tensor
        (N, C, H, W).
    mask : Tensor
        (N, 1, H, W), 1 where a pixel is missing. A picture without a hole gives its central window.
    size : int
        Side of the windows, at most H and W. A larger hole loses its margins.

    Returns
    -------
    Tensor
        (N, C, size, size), differentiable with respect to ``pictures``.
    """
    n, _, height, width = pictures.shape
    if size > min(height, width):
        raise ValueError(f"hole_windows: expected a size of at most {min(height, width)}, got {size}")
    rows = _window_start(mask.amax(dim=(1, 3)), size)[:, None] + torch.arange(size, device=pictures.device)
    columns = _window_start(mask.amax(dim=(1, 2)), size)[:, None] + torch.arange(size, device=pictures.device)
    index = torch.arange(n, device=pictures.device)[:, None, None]
    # (N, H, W, C) lets one advanced index take all windows at once: (N, size, size, C)
    return pictures.permute(0, 2, 3, 1)[index, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def _window_start(occupied: Tensor, size: int) -> Tensor:
    """First row of each window, (N,), from which rows hold a missing pixel, (N, H)."""
    length = occupied.shape[1]
    place = torch.arange(length, device=occupied.device).expand_as(occupied)
    first = torch.where(occupied > 0, place, length).amin(dim=1)
    last = torch.where(occupied > 0, place, -1).amax(dim=1)
    middle = torch.where(last < 0, length // 2, (first + last + 1) // 2)
    return (middle - size // 2).clamp(0, length - size)


def hole_patches(pictures: Tensor, mask: Tensor, *, size: int = 8) -> Tensor:
    """All non-overlapping patches that lie wholly inside a hole, as features for a Fréchet distance.

    For photographs, where no feature network of the course's own fits: the distance between two such sets compares
    the colours, contrasts and textures of small pieces, and is blind to anything larger than a patch.

    Parameters
    ----------
    pictures : Tensor
        (N, C, H, W) in [-1, 1].
    mask : Tensor
        (N, 1, H, W), 1 where a pixel is (or was) missing.
    size : int
        Side of a patch in pixels; the grid starts at the picture's corner.

    Returns
    -------
    Tensor
        (M, C * size * size): M patches of all pictures.
    """
    n, _, height, width = pictures.shape
    if mask.shape != (n, 1, height, width) or not 1 <= size <= min(height, width):
        raise ValueError(
            f"hole_patches: expected a mask ({n}, 1, {height}, {width}) and a size of at most {min(height, width)}, "
            f"got {tuple(mask.shape)} and {size}"
        )
    # (N, C, H, W) -> (N, C * size * size, places) -> (N, places, C * size * size)
    pieces = F.unfold(pictures, size, stride=size).transpose(1, 2)
    inside = F.unfold(mask, size, stride=size).amin(dim=1) > 0  # (N, places)
    return pieces[inside]
