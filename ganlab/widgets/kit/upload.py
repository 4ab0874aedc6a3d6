"""A person's own file: put together from its pieces, weighed, and opened. All studios take files this way."""

from __future__ import annotations

import io
import warnings
from typing import Any, ClassVar

from PIL import Image

from ganlab.images import FORMATS, MAX_PIXELS, PictureError, about, on_white, open_picture, to_plain, upright
from ganlab.widgets.kit.values import from_text

MAX_BYTES = 30_000_000  # of a person's file
# Where pictures are reduced on arrival: what has to be decoded whole first. Phones make larger ones as JPEG only.
MAX_WHOLE = 16_000_000


class Upload:
    """Files on their way from a page, one after the other; whatever goes wrong ends this one, and the next may begin.

    A file comes in pieces because Jupyter's connection carries at most 10 MB in one message.

    Parameters
    ----------
    max_bytes : int
        Larger files are refused before they are kept.

    Attributes
    ----------
    keep : int or None
        Of the class, for a whole process: pictures of more pixels are made smaller on arrival, and only the small one
        is ever held as a whole. None, as in a notebook, where a person has the computer alone: they stay as they are.
    """

    keep: ClassVar[int | None] = None

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
        return self.open(collected)

    def open(self, file: bytes | bytearray) -> Image.Image:
        """The picture in a file as people have them, RGB: see :func:`ganlab.images.open_picture`.

        Where :attr:`keep` says so, it is made smaller.

        Raises
        ------
        PictureError
            If it is none, damaged or too large.
        """
        if len(file) > self.max_bytes:
            raise PictureError(f"expected a file of at most {self.max_bytes / 1e6:.0f} MB, got {len(file) / 1e6:.1f}")
        stream = io.BytesIO(file)
        if self.keep is None:
            return open_picture(stream)
        with about("the picture"):
            reduced = _reduced(stream, self.keep)
        stream.seek(0)
        return open_picture(stream, max_pixels=self.keep) if reduced is None else reduced


def _reduced(stream: io.BytesIO, keep: int) -> Image.Image | None:
    """The picture with at most ``keep`` pixels; None if it has no more, or is no picture: then others say why."""
    try:
        with warnings.catch_warnings():
            # Pillow's own warning of a size: we refuse by our own limit.
            warnings.simplefilter("ignore")
            picture: Image.Image = Image.open(stream, formats=FORMATS)
    # All that Pillow stumbles over here, open_picture stumbles over again, and says it in a sentence.
    except Exception:
        return None
    width, height = picture.size
    if width * height <= keep:
        return None
    # Of all formats only JPEG can be decoded at a half, a quarter or an eighth of its size.
    most = MAX_PIXELS if picture.format == "JPEG" else MAX_WHOLE
    if width * height > most:
        kind = "" if picture.format == "JPEG" else f" where it is {picture.format} and not JPEG"
        raise PictureError(
            f"expected at most {most / 1e6:.0f} million pixels{kind}, got {width} x {height}; make it smaller first"
        )
    factor = (keep / (width * height)) ** 0.5
    try:
        # Twice as wide as it will be, so that what is left is averaged well.
        picture.draft(None, (round(width * factor * 2), round(height * factor * 2)))
        picture.load()
        picture = upright(picture)
        if picture.mode in ("1", "P", "PA") or "transparency" in picture.info:
            # Numbers of colours cannot be averaged.
            picture = to_plain(picture)
        # The shorter side first: one that is rounded up to a pixel must not make the picture too large.
        short = max(1, int(min(picture.size) * (keep / (picture.width * picture.height)) ** 0.5))
        long = max(1, min(keep // short, round(max(picture.size) * short / min(picture.size))))
        size = (short, long) if picture.width < picture.height else (long, short)
        # Pillow averages 16-bit grey only without a first rough step.
        gap = None if picture.mode.startswith("I;16") else 3.0
        smaller = picture.resize(size, Image.Resampling.BOX if gap is None else Image.Resampling.LANCZOS, None, gap)
        return on_white(smaller)
    except PictureError:
        raise
    except MemoryError as error:
        raise PictureError("it needs more memory than there is for one person here; make it smaller first") from error
    # As in open_picture: Pillow's decoders raise whatever they stumble over in a damaged file.
    except Exception as error:
        raise PictureError(f"the picture is damaged or cut short ({type(error).__name__})") from error
