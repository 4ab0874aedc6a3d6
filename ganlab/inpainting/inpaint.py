"""``ganlab.inpaint``: fill what is missing in a picture of any size, in one line."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from scipy import ndimage
from torch import Tensor, nn

from ganlab.images import PictureError, to_pil, to_tensor
from ganlab.inpainting.masks import composite
from ganlab.inpainting.networks import ContextEncoder
from ganlab.layers import push_pull
from ganlab.pretrained import load_pretrained, pretrained_names


def inpaint(picture: Image.Image, mask: Any, *, model: str = "context-encoder-photos128") -> Image.Image:
    """Fill the holes of a picture with a shipped Context Encoder.

    Parameters
    ----------
    picture : PIL.Image.Image
        Of any size.
    mask : PIL.Image.Image, ndarray or Tensor
        Of the same size: white (or True, or 1) where a pixel is missing.
    model : str
        ``"context-encoder-photos128"`` for photographs, ``"context-encoder-faces64"`` for the course's faces.

    Returns
    -------
    PIL.Image.Image
        Of the same size and mode; pixels outside the holes are untouched.

    Raises
    ------
    PictureError
        If picture or mask is not as described.
    ValueError
        If there is no such model, or it fills nothing.
    """
    if not isinstance(picture, Image.Image):
        raise PictureError(f"inpaint: expected a PIL picture, got {type(picture).__name__}")
    return fill_picture(_network(model), picture, mask)


@cache
def _network(model: str) -> nn.Module:
    network = load_pretrained(model)
    if not isinstance(network, ContextEncoder):
        fitting = [name for name in pretrained_names() if name.startswith("context-encoder")]
        raise ValueError(f"inpaint: {model!r} fills no holes; there are {', '.join(fitting)}")
    return network


_BATCH = 16
Box = tuple[int, int, int, int]  # top, left, bottom, right


@torch.no_grad()
def fill_tensor(network: Any, picture: Tensor, mask: Tensor) -> Tensor:
    """Fill the holes of one picture.

    Parameters
    ----------
    network : ContextEncoder
        ``network(pictures, masks)`` at ``network.config.size``; in eval mode.
    picture : Tensor
        (C, H, W) in [-1, 1], C as the network's, any size; what is inside the holes is ignored.
    mask : Tensor
        (H, W), nonzero where a pixel is missing.

    Returns
    -------
    Tensor
        (C, H, W) in [-1, 1]; known pixels bit for bit.
    """
    size, device = network.config.size, next(network.parameters()).device
    height, width = picture.shape[1:]
    hole = (mask != 0).float()[None, None]
    picture = picture[None]
    filled = push_pull(picture, hole)
    missing = hole.clone()  # what is still to be filled
    for side, group in _by_thickness(hole[0, 0].numpy() > 0, size):
        jobs = [(cell, _window(cell, side, height, width)) for cell in _cells(group, side // 2)]
        jobs = [(cell, window) for cell, window in jobs if group[cell[0] : cell[2], cell[1] : cell[3]].any()]
        results = []
        for start in range(0, len(jobs), _BATCH):
            windows = [window for _, window in jobs[start : start + _BATCH]]
            views = torch.cat([_resize(filled[:, :, t:b, left:r], size) for t, left, b, r in windows])
            holes = torch.cat([_resize(missing[:, :, t:b, left:r], size) for t, left, b, r in windows])
            holes = (holes > 1e-6).float()  # one missing pixel is enough to distrust its average
            results += list(network(views.to(device), holes.to(device)).float().cpu())
        here = torch.from_numpy(group).float()[None, None]
        for ((y0, x0, y1, x1), (t, left, b, r)), result in zip(jobs, results, strict=True):
            view = _resize(result[None], (b - t, r - left))[:, :, y0 - t : y1 - t, x0 - left : x1 - left]
            cell = (slice(None), slice(None), slice(y0, y1), slice(x0, x1))
            filled[cell] = composite(filled[cell], view.clamp(-1, 1), here[cell])
        missing = missing * (1 - here)
    return composite(picture, filled.clamp(-1, 1), hole)[0]


def _by_thickness(hole: np.ndarray, size: int) -> list[tuple[int, np.ndarray]]:
    """Split a hole (H, W) into its connected parts, grouped by the window each wants: (side, part of the hole).

    A window has at least twice the thickness of what it fills, so that there is as much to see as to guess.
    """
    labels, count = ndimage.label(hole, np.ones((3, 3)))
    if count == 0:
        return []
    padded = np.pad(hole, 1)  # beyond the picture's edge nothing is missing, but nothing is known either
    thickness = 2 * ndimage.maximum(ndimage.distance_transform_edt(padded)[1:-1, 1:-1], labels, range(1, count + 1))
    sides = np.array(
        [size * 2 ** max(0, int(np.ceil(np.log2((2 * t - 2) / size)))) for t in np.maximum(thickness, 2)]
    )
    return [(int(side), np.isin(labels, np.flatnonzero(sides == side) + 1)) for side in np.unique(sides)]


def _cells(group: np.ndarray, step: int) -> list[Box]:
    """Cells of ``step`` x ``step`` that cover a part of a hole (H, W); the grid is centred on it."""
    height, width = group.shape
    rows, columns = np.flatnonzero(group.any(axis=1)), np.flatnonzero(group.any(axis=0))
    starts = []
    for first, last in ((rows[0], rows[-1] + 1), (columns[0], columns[-1] + 1)):
        count = -(-(last - first) // step)
        begin = (first + last - count * step) // 2
        starts.append([int(begin + index * step) for index in range(count)])
    return [
        (max(0, top), max(0, left), min(height, top + step), min(width, left + step))
        for top in starts[0]
        for left in starts[1]
    ]


def _window(cell: Box, side: int, height: int, width: int) -> Box:
    """The window of ``side`` around a cell, moved inside the picture, and no larger than it."""
    top, left, bottom, right = cell
    tall, wide = min(side, height), min(side, width)
    start_y = min(max(0, (top + bottom - tall) // 2), height - tall)
    start_x = min(max(0, (left + right - wide) // 2), width - wide)
    return start_y, start_x, start_y + tall, start_x + wide


def _resize(picture: Tensor, size: int | tuple[int, int]) -> Tensor:
    wanted = (size, size) if isinstance(size, int) else size
    if tuple(picture.shape[2:]) == wanted:
        return picture
    return F.interpolate(picture, wanted, mode="bilinear", antialias=True, align_corners=False)


def to_mask(mask: Any, size: tuple[int, int]) -> np.ndarray:
    """A mask as people have it (PIL, array or tensor; white, True or 1 where something is missing): bool (H, W).

    Parameters
    ----------
    mask : PIL.Image.Image, ndarray or Tensor
        Of the picture's size. A PIL mask counts from half its white on; transparency counts as known.
    size : (int, int)
        The picture's width and height.

    Raises
    ------
    PictureError
        If it is something else, or of another size.
    """
    if isinstance(mask, Image.Image):
        if mask.size != size:
            raise PictureError(
                f"mask: expected the picture's size {size[0]} x {size[1]}, got {mask.width} x {mask.height}"
            )
        if "A" in mask.getbands():
            mask = Image.alpha_composite(Image.new("RGBA", mask.size, "black"), mask.convert("RGBA"))
        return np.asarray(mask.convert("L")) >= 128
    if isinstance(mask, Tensor):
        mask = mask.detach().cpu().numpy()
    if not isinstance(mask, np.ndarray):
        raise PictureError(f"mask: expected a PIL picture, an array or a tensor, got {type(mask).__name__}")
    mask = mask.squeeze()
    if mask.shape != (size[1], size[0]):
        raise PictureError(f"mask: expected shape ({size[1]}, {size[0]}), got {mask.shape}")
    values = np.unique(mask)
    if mask.dtype != bool and not np.isin(values, [0, 1]).all() and not np.isin(values, [0, 255]).all():
        raise PictureError("mask: expected True/False, 0/1 or 0/255, got other numbers; use mask > threshold")
    return mask != 0


def fill_picture(network: Any, picture: Image.Image, mask: Any) -> Image.Image:
    """:func:`fill_tensor` for a PIL picture: same size and mode out (L, RGB, RGBA; others as RGB)."""
    if picture.mode not in ("L", "RGB", "RGBA"):
        picture = picture.convert("RGB")
    hole = to_mask(mask, picture.size)
    kind = "L" if network.config.channels == 1 else "RGB"
    filled = to_pil(fill_tensor(network, to_tensor(picture.convert(kind)), torch.from_numpy(hole)))
    pixels = np.array(picture)
    pixels[hole] = np.asarray(filled.convert(picture.mode))[hole]  # RGBA: what is painted is opaque
    return Image.fromarray(pixels)
