"""A person's own file: put together from its pieces, weighed, and opened. All studios take files this way."""

from __future__ import annotations

from typing import Any

from PIL import Image

from ganlab.images import PictureError, open_picture
from ganlab.widgets.kit.values import from_text

MAX_BYTES = 30_000_000  # of a person's file


class Upload:
    """Files on their way from a page, one after the other; whatever goes wrong ends this one, and the next may begin.

    A file comes in pieces because Jupyter's connection carries at most 10 MB in one message.

    Parameters
    ----------
    max_bytes : int
        Larger files are refused before they are kept.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        self._bytes: bytearray | None = None

    def take(self, wish: dict[str, Any]) -> Image.Image | None:
        """Take the next piece; gives the file's picture with the last one, before that None.

        Parameters
        ----------
        wish : dict
            ``data`` is the piece as base64, ``first`` says whether it is the first one (as if not given) and ``more``
            whether others follow (not if not given).

        Raises
        ------
        PictureError
            If the file grows larger than ``max_bytes``, its beginning has never come, or it is no picture.
        ValueError
            If the piece is no base64.
        """
        first, more = wish.get("first", True) is True, wish.get("more", False) is True
        collected = bytearray() if first else self._bytes
        self._bytes = None
        if collected is None:
            raise PictureError("the beginning of the file is missing, so please choose it again")
        collected += from_text(wish.get("data"))
        if len(collected) > self.max_bytes:
            raise PictureError(f"expected a file of at most {self.max_bytes / 1e6:.0f} MB, got more")
        if more:
            self._bytes = collected
            return None
        return self.open(bytes(collected))

    def open(self, file: bytes) -> Image.Image:
        """The picture in a file as people have them, RGB: see :func:`ganlab.images.open_picture`.

        Raises
        ------
        PictureError
            If it is none, damaged or too large.
        """
        if len(file) > self.max_bytes:
            raise PictureError(f"expected a file of at most {self.max_bytes / 1e6:.0f} MB, got {len(file) / 1e6:.1f}")
        return open_picture(bytes(file))
