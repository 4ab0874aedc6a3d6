"""What is checked of a message from a page: nothing in it is believed, and what is wrong is said in a sentence."""

from __future__ import annotations

import base64
import binascii
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

T = TypeVar("T")


def quoted(value: object) -> str:
    """What came, short enough for a sentence."""
    return repr(str(value)[:40])


# --- numbers and choices --------------------------------------------------------------------------------------------
def sample_number(index: object, count: int, kind: str) -> int:
    """``index`` if it is a whole number from 0 to ``count`` - 1.

    Raises
    ------
    ValueError
        If it is not.
    """
    if type(index) is not int or not 0 <= index < count:
        raise ValueError(f"expected a {kind} from 0 to {count - 1}, got {quoted(index)}")
    return index


def number(value: object, name: str) -> float:
    """``value`` if it is a finite number.

    Raises
    ------
    ValueError
        If it is not.
    """
    # Whole numbers may be too large to become a float.
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e300 < value < 1e300:
        raise ValueError(f"expected {name} as a number, got {quoted(value)}")
    return float(value)


def share(value: object, name: str) -> float:
    """``value`` if it is a number from 0 to 1.

    Raises
    ------
    ValueError
        If it is not.
    """
    # NaN is not, either.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"expected {name} from 0 to 1, got {quoted(value)}")
    return float(value)


def pad_point(value: object) -> tuple[float, float]:
    """``value`` if it is two numbers from 0 to 1: from the left and from the top.

    Raises
    ------
    ValueError
        If it is not.
    """
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(f"expected the pad's point as two numbers, got {quoted(value)}")
    return share(value[0], "the pad's numbers"), share(value[1], "the pad's numbers")


def choice(value: object, allowed: tuple[T, ...], name: str) -> T:
    """The one of ``allowed`` that ``value`` equals; True is not 1 here.

    Raises
    ------
    ValueError
        If there is none.
    """
    for option in allowed:
        if isinstance(value, int | float) and isinstance(value, bool) == isinstance(option, bool) and value == option:
            return option
    raise ValueError(f"expected a {name} of {' or '.join(map(str, allowed))}, got {quoted(value)}")


def object_with(value: object, *names: str) -> dict[str, Any]:
    """``value`` if it is a JSON object with no other keys than these.

    Raises
    ------
    ValueError
        If it is not.
    """
    if not isinstance(value, dict) or not value.keys() <= set(names):
        raise ValueError(f"expected an object with some of {', '.join(names)}, got {quoted(value)}")
    return value


# --- bytes, masks and regions as text -------------------------------------------------------------------------------
def to_text(data: bytes) -> str:
    """Bytes as base64."""
    return base64.b64encode(data).decode("ascii")


def from_text(text: object) -> bytes:
    """The bytes that :func:`to_text` wrote.

    Raises
    ------
    ValueError
        If it is no base64.
    """
    if not isinstance(text, str):
        raise ValueError(f"expected base64 text, got {type(text).__name__}")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("expected base64 text, got something else") from error


def mask_to_text(mask: Tensor) -> str:
    """A mask, bool (S, S), as the base64 of its bits: row by row, the highest bit of a byte first."""
    return to_text(np.packbits(mask.numpy()).tobytes())


def text_to_mask(text: object, side: int) -> Tensor:
    """The mask, bool (side, side), that :func:`mask_to_text` wrote.

    Raises
    ------
    ValueError
        If it is no base64 or holds another number of bits.
    """
    packed, expected = from_text(text), -(-side * side // 8)
    if len(packed) != expected:
        raise ValueError(f"expected a mask of {expected} bytes for {side} x {side} pixels, got {len(packed)}")
    bits = np.unpackbits(np.frombuffer(packed, np.uint8), count=side * side)
    return torch.from_numpy(bits.reshape(side, side).astype(bool))


def regions_to_runs(regions: Tensor) -> list[int]:
    """Regions, uint8 (H, W), as [value, how often, value, how often, ...]: row by row, and on from row to row."""
    flat = regions.flatten().numpy()
    starts = np.flatnonzero(np.diff(flat, prepend=flat[0] + 1))
    counts = np.diff(starts, append=len(flat))
    runs: list[int] = np.stack([flat[starts].astype(np.int64), counts], axis=1).flatten().tolist()
    return runs


def runs_to_regions(runs: object, height: int, width: int, most: int) -> Tensor:
    """The regions, uint8 (height, width) of 0 to ``most``, that :func:`regions_to_runs` wrote.

    Raises
    ------
    ValueError
        If they are no such list, or are those of another number of pixels.
    """
    if not isinstance(runs, list) or len(runs) % 2 or not all(type(n) is int for n in runs):
        raise ValueError("expected regions as a list of whole numbers, value and count in turn")
    values, counts = runs[::2], runs[1::2]
    if any(not 0 <= value <= most for value in values) or any(count < 1 for count in counts):
        raise ValueError(f"expected regions from 0 to {most}, and each of at least one pixel")
    if sum(counts) != height * width:
        raise ValueError(f"expected regions of {height} x {width} pixels, got {str(sum(counts))[:20]} pixels")
    return torch.from_numpy(np.repeat(np.array(values, np.uint8), counts).reshape(height, width))
