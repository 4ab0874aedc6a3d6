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

from ganlab.images import PictureError, about, brightness, orientation, repack, to_plain, unpack, upright
from ganlab.inpainting.masks import composite
from ganlab.inpainting.networks import ContextEncoder
from ganlab.layers import evaluating, push_pull
from ganlab.pretrained import load_pretrained, pretrained_names


def inpaint(picture: Image.Image, mask: Any, *, model: str = "context-encoder-photos128") -> Image.Image:
    """Fill the holes of a picture with a shipped Context Encoder.

    Parameters
    ----------
    picture : PIL.Image.Image
        Of any size and mode that :func:`ganlab.images.unpack` takes. A camera's rotation (EXIF) is applied.
    mask : PIL.Image.Image, ndarray or Tensor
        White (or True, or 1) where a pixel is missing: :func:`to_mask`. Of the size of the picture as it is seen,
        upright; one that fits only the picture as it is stored is turned along with it.
    model : str
        ``"context-encoder-photos128"`` for photographs, ``"context-encoder-faces64"`` for the course's faces.

    Returns
    -------
    PIL.Image.Image
        Of the same size and mode, as the table of :func:`ganlab.images.unpack` says, with the ICC profile. Pixels
        outside the holes are the picture's own, bit for bit; what is painted is opaque.

    Raises
    ------
    PictureError
        If picture or mask is not as described.
    ValueError
        If there is no such model, or it fills nothing.
    """
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
        ``network(pictures, masks)`` at ``network.config.size``; looked at in eval mode, and left as it was.
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
            with evaluating(network):
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
    """A mask as people have it (white, True or 1 where something is missing): bool (H, W).

    Parameters
    ----------
    mask : PIL.Image.Image, ndarray or Tensor
        Of the picture's size; an array may have one axis of length 1 more. What counts is at least half as bright as
        white: 1 if nothing is brighter than that, or else 255; of 16-bit and float grey also 65535. In an array of
        numbers above 1 there may be nothing between black and white. Transparency counts as known.
    size : (int, int)
        The picture's width and height.

    Raises
    ------
    PictureError
        If it is something else, or of another size, or nothing in it counts though it is not black.
    """
    if isinstance(mask, Image.Image):
        with about("mask"):
            return _drawn(upright(mask), size)
    if isinstance(mask, Tensor):
        mask = mask.detach().cpu()
        # NumPy has no bfloat16.
        mask = (mask.float() if mask.is_floating_point() else mask).numpy()
    if not isinstance(mask, np.ndarray):
        raise PictureError(f"mask: expected a PIL picture, an array or a tensor, got {type(mask).__name__}")
    if mask.dtype.kind not in "buif":
        raise PictureError(f"mask: expected an array of numbers, got {mask.dtype}")
    if mask.shape not in _shapes(size):
        raise PictureError(f"mask: expected shape ({size[1]}, {size[0]}), got {mask.shape}")
    # 65535 is no number of half precision.
    mask = mask.reshape(size[1], size[0]).astype(np.float32 if mask.dtype == np.float16 else mask.dtype)
    # Of a map of classes no number is white: between black and white there is something only if white is 1.
    soft = mask.dtype == bool or bool(((mask >= 0) & (mask <= 1)).all())
    if not soft and not any(bool(((mask == 0) | (mask == white)).all()) for white in (255, 65535)):
        raise PictureError("mask: expected True/False, 0/1 or 0/255, got other numbers; use mask > threshold")
    hole: np.ndarray = mask >= 0.5
    if mask.any() and not hole.any():
        raise PictureError(
            f"mask: expected True/False, 0/1 or 0/255, got other numbers, of which none reaches half of white: the "
            f"largest is {mask.max():.3g}; use mask > threshold"
        )
    return hole


def _drawn(mask: Image.Image, size: tuple[int, int]) -> np.ndarray:
    """:func:`to_mask` for a picture that is upright."""
    if mask.size != size:
        raise PictureError(f"expected the picture's size {size[0]} x {size[1]}, got {mask.width} x {mask.height}")
    mask = to_plain(mask)
    if mask.mode in ("LA", "RGBA"):
        mask = Image.alpha_composite(Image.new("RGBA", size, "black"), mask.convert("RGBA")).convert("RGB")
    values = np.asarray(mask.convert("L") if mask.mode == "RGB" else mask)
    highest = values.max()
    white = next((white for white in (1, 255, 65535) if highest <= white), highest)
    hole: np.ndarray = values >= white / 2
    if not hole.any() and np.asarray(mask).any():
        raise PictureError(
            f"expected white where a pixel is missing, got nothing that is at least half as bright: {highest} of "
            f"{white} at most"
        )
    return hole


def _shapes(size: tuple[int, int]) -> set[tuple[int, ...]]:
    """Shapes of arrays that are a mask for a picture of this width and height."""
    width, height = size
    return {(*before, height, width, *after) for before in ((), (1,), (1, 1)) for after in ((), (1,))}


def fill_picture(network: Any, picture: Image.Image, mask: Any) -> Image.Image:
    """:func:`fill_tensor` for a PIL picture and a network for 1 or 3 channels; see :func:`inpaint`."""
    with about("inpaint"):
        parts = unpack(picture)
    hole = _hole(mask, parts.picture.size, orientation(picture))
    colours, channels = parts.colours, network.config.channels
    colours = brightness(colours) if channels < len(colours) else colours.expand(channels, -1, -1)
    return repack(fill_tensor(network, colours, torch.from_numpy(hole)), parts, hole)


def _hole(mask: Any, size: tuple[int, int], stored: int) -> np.ndarray:
    """:func:`to_mask` for a picture that is of this size now that it is upright, and was stored otherwise (EXIF)."""
    if stored < 5 or _fits(mask, size) or not _fits(mask, size[::-1]):
        return to_mask(mask, size)
    turning = Image.fromarray(to_mask(mask, size[::-1]))
    # 0x0112: EXIF's orientation.
    turning.getexif()[0x0112] = stored
    return np.array(upright(turning))


def _fits(mask: Any, size: tuple[int, int]) -> bool:
    if isinstance(mask, Image.Image):
        return upright(mask).size == size
    return tuple(getattr(mask, "shape", ())) in _shapes(size)
