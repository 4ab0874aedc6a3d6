"""What InpaintStudio's page and kernel write to each other: masks as bits, files in pieces, all of it as text."""

from __future__ import annotations

import base64
import binascii

import numpy as np
import torch
from torch import Tensor

from ganlab.images import PictureError


def mask_to_text(mask: Tensor) -> str:
    """A mask, bool (S, S), as the base64 of its bits: row by row, the highest bit of a byte first."""
    return base64.b64encode(np.packbits(mask.numpy()).tobytes()).decode("ascii")


def text_to_mask(text: object, side: int) -> Tensor:
    """The mask, bool (side, side), that :func:`mask_to_text` wrote.

    Raises
    ------
    ValueError
        If it is no base64 or holds another number of bits.
    """
    packed, expected = _decode(text), -(-side * side // 8)
    if len(packed) != expected:
        raise ValueError(f"expected a mask of {expected} bytes for {side} x {side} pixels, got {len(packed)}")
    bits = np.unpackbits(np.frombuffer(packed, np.uint8), count=side * side)
    return torch.from_numpy(bits.reshape(side, side).astype(bool))


def _decode(text: object) -> bytes:
    if not isinstance(text, str):
        raise ValueError(f"expected base64 text, got {type(text).__name__}")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("expected base64 text, got something else") from error


class ArrivingFile:
    """Puts a file together from its pieces; whatever goes wrong ends this file, and the next may begin."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._bytes: bytearray | None = None

    def take(self, text: object, *, first: bool, more: bool) -> bytes | None:
        """Take the next piece, base64 text; gives the whole file with the last one, before that None.

        Raises
        ------
        PictureError
            If the file grows larger than ``max_bytes`` or its beginning has never come.
        ValueError
            If the piece is no base64.
        """
        collected = bytearray() if first else self._bytes
        self._bytes = None
        if collected is None:
            raise PictureError("the beginning of the file is missing, so please choose it again")
        collected += _decode(text)
        if len(collected) > self.max_bytes:
            raise PictureError(f"expected a file of at most {self.max_bytes / 1e6:.0f} MB, got more")
        if more:
            self._bytes = collected
            return None
        return bytes(collected)
