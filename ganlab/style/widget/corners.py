"""The pad's four corners, their weights, and the regions of a picture that belong to them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ganlab.images import PictureError
from ganlab.widgets.kit.values import quoted

CORNERS = "ABCD"  # top left, top right, bottom left, bottom right


def corner_number(corner: object) -> int:
    """0 for "A" to 3 for "D".

    Raises
    ------
    ValueError
        If it is none of them.
    """
    if not isinstance(corner, str) or len(corner) != 1 or corner not in CORNERS:
        raise ValueError(f"expected a corner from A to D, got {quoted(corner)}")
    return CORNERS.index(corner)


def pad_weights(x: float, y: float) -> tuple[float, float, float, float]:
    """Weights of the corners A, B, C and D at a place of the pad, from the left and from the top, 0 to 1: sum 1."""
    return (1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y


def to_regions(regions: object, height: int, width: int) -> Tensor:
    """Regions as programs have them, a tensor or an array (H, W) of 0 to 4: uint8 (height, width).

    Raises
    ------
    PictureError
        If they are something else, or of another size.
    """
    if isinstance(regions, Tensor):
        regions = regions.detach().cpu().numpy()
    if not isinstance(regions, np.ndarray) or regions.shape != (height, width):
        got = regions.shape if isinstance(regions, np.ndarray) else type(regions).__name__
        raise PictureError(f"regions: expected an array ({height}, {width}), got {got}")
    if not np.isin(regions, range(len(CORNERS) + 1)).all():
        raise PictureError("regions: expected 0 where nothing is painted and 1 to 4 for the corners, got others")
    return torch.from_numpy(regions.astype(np.uint8))
