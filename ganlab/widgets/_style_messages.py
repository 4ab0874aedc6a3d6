"""What StyleStudio's page and kernel write to each other: painted regions as runs, numbers that are checked."""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from ganlab.images import PictureError

T = TypeVar("T")
CORNERS = "ABCD"  # of the pad: top left, top right, bottom left, bottom right


def regions_to_runs(regions: Tensor) -> list[int]:
    """Regions, uint8 (H, W), as [value, how often, value, how often, ...]: row by row, and on from row to row."""
    flat = regions.flatten().numpy()
    starts = np.flatnonzero(np.diff(flat, prepend=flat[0] + 1))
    counts = np.diff(starts, append=len(flat))
    return np.stack([flat[starts].astype(np.int64), counts], axis=1).flatten().tolist()


def runs_to_regions(runs: object, height: int, width: int) -> Tensor:
    """The regions, uint8 (height, width) of 0 to 4, that :func:`regions_to_runs` wrote.

    Raises
    ------
    ValueError
        If they are no such list, or are those of another number of pixels.
    """
    if not isinstance(runs, list) or len(runs) % 2 or not all(type(n) is int for n in runs):
        raise ValueError("expected regions as a list of whole numbers, value and count in turn")
    values, counts = runs[::2], runs[1::2]
    if any(not 0 <= value <= len(CORNERS) for value in values) or any(count < 1 for count in counts):
        raise ValueError(f"expected regions from 0 to {len(CORNERS)}, and each of at least one pixel")
    if sum(counts) != height * width:
        raise ValueError(f"expected regions of {height} x {width} pixels, got {str(sum(counts))[:20]} pixels")
    return torch.from_numpy(np.repeat(np.array(values, np.uint8), counts).reshape(height, width))


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


def corner_number(corner: object) -> int:
    """0 for "A" to 3 for "D".

    Raises
    ------
    ValueError
        If it is none of them.
    """
    if not isinstance(corner, str) or len(corner) != 1 or corner not in CORNERS:
        raise ValueError(f"expected a corner from A to D, got {str(corner)[:40]!r}")
    return CORNERS.index(corner)


def sample_number(index: object, count: int, kind: str) -> int:
    """``index`` if it is a whole number from 0 to ``count`` - 1.

    Raises
    ------
    ValueError
        If it is not.
    """
    if type(index) is not int or not 0 <= index < count:
        raise ValueError(f"expected a {kind} from 0 to {count - 1}, got {str(index)[:40]!r}")
    return index


def share(value: object, name: str) -> float:
    """``value`` if it is a number from 0 to 1.

    Raises
    ------
    ValueError
        If it is not.
    """
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not (math.isfinite(value) and 0 <= value <= 1)
    ):
        raise ValueError(f"expected {name} from 0 to 1, got {str(value)[:40]!r}")
    return float(value)


def pad_point(value: object) -> tuple[float, float]:
    """``value`` if it is two numbers from 0 to 1: from the left and from the top.

    Raises
    ------
    ValueError
        If it is not.
    """
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(f"expected the pad's point as two numbers, got {str(value)[:40]!r}")
    return share(value[0], "the pad's numbers"), share(value[1], "the pad's numbers")


def choice(value: object, allowed: tuple[T, ...], name: str) -> T:
    """The one of ``allowed`` that ``value`` equals; True is not 1 here.

    Raises
    ------
    ValueError
        If there is none.
    """
    for one in allowed:
        if isinstance(value, int | float) and isinstance(value, bool) == isinstance(one, bool) and value == one:
            return one
    raise ValueError(f"expected a {name} of {' or '.join(map(str, allowed))}, got {str(value)[:40]!r}")
