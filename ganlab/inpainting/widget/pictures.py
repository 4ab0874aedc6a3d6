"""The pictures that InpaintStudio begins with, and a still picture of it for pages without a kernel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image
from scipy import ndimage
from torch import Tensor

from ganlab import data
from ganlab.images import to_pil
from ganlab.widgets.kit.samples import Sample, usable
from ganlab.widgets.kit.show import sheet

SIDE = 192  # pixels: a picture of the still one at least
STRIPES = np.array([[0, 114, 178], [86, 180, 233]])  # the hole, as on the page


def samples(pictures: Tensor | None, *, network_size: int, resolution: int) -> list[Sample[Tensor]]:
    """The given pictures, or of the kind that such a network knows but has not been trained on: each (3, S, S).

    Raises
    ------
    ValueError
        If they are not (N, 3, ``resolution``, ``resolution``), N >= 1, with values in [-1, 1].
    """
    if pictures is None:
        found = data.faces(8, resolution, seed=900_002) if network_size <= 64 else data.photos(size=resolution)
        pictures = found.images
    if pictures.dim() != 4 or len(pictures) < 1 or tuple(pictures.shape[1:]) != (3, resolution, resolution):
        raise ValueError(
            f"InpaintStudio: expected pictures (N, 3, {resolution}, {resolution}), got {tuple(pictures.shape)}"
        )
    pictures = usable(pictures, "InpaintStudio: expected pictures")
    return [Sample(f"sample {number}", picture) for number, picture in enumerate(pictures, 1)]


def three_columns(rows: Sequence[tuple[Tensor, Tensor, Tensor]]) -> Image.Image:
    """One row for each (picture (3, S, S), mask (S, S), result (3, S, S)): the original, the hole, the filling."""
    resolution = rows[0][0].shape[-1]
    zoom = max(1, -(-SIDE // resolution))
    side = min(256, zoom * resolution)
    panels = []
    for picture, mask, result in rows:
        found = (_enlarged(picture, zoom), _overlaid(_enlarged(picture, zoom), mask, zoom), _enlarged(result, zoom))
        panels.append([p if p.width == side else p.resize((side, side), Image.Resampling.LANCZOS) for p in found])
    return sheet(("original", "the hole", "filled"), panels, side)


def _enlarged(picture: Tensor, zoom: int) -> Image.Image:
    small = to_pil(picture)
    return small.resize((small.width * zoom, small.height * zoom), Image.Resampling.NEAREST)


def _overlaid(picture: Image.Image, mask: Tensor, zoom: int) -> Image.Image:
    """The hole as a striped veil with a white rim: seen on every picture, a blue one too, and by the colour-blind."""
    hole = mask.numpy().repeat(zoom, 0).repeat(zoom, 1)
    pixels = np.asarray(picture).astype(float)
    rows, columns = np.nonzero(hole)
    pixels[hole] = 0.35 * pixels[hole] + 0.65 * STRIPES[(rows + columns) // 5 % 2]
    pixels[hole & ~ndimage.binary_erosion(hole, iterations=2, border_value=1)] = 255
    return Image.fromarray(pixels.round().astype(np.uint8))
