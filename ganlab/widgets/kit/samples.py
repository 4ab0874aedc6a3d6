"""Pictures to choose from, a person's own among them, and pictures as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from ganlab import images
from ganlab.images import data_url, fit_square, to_pil
from ganlab.widgets.kit.values import to_text

# A tensor (3, H, W) in [-1, 1], or a PIL picture where a camera's millions of pixels would be too large as one.
Picture = TypeVar("Picture", Image.Image, Tensor)

OWN = "your picture"  # the name of a picture that a person has brought along


@dataclass(frozen=True, eq=False)
class Sample(Generic[Picture]):
    """A picture that can be chosen; two of them are the same only if they are one.

    Attributes
    ----------
    name : str
        For the page.
    picture : Tensor or PIL.Image.Image
        (3, H, W) in [-1, 1], or RGB.
    remark : str
        What is to be said of it.
    side : int
        At most this many pixels of the longer side are used, where a studio says so.
    """

    name: str
    picture: Picture
    remark: str = ""
    side: int = 0

    def thumbnail(self, side: int, image_format: str = "JPEG") -> str:
        """Its largest centred square, small, as a ``data:`` address."""
        picture = to_pil(self.picture) if isinstance(self.picture, Tensor) else self.picture
        return data_url(fit_square(picture, side), image_format)

    def resized(self, side: int) -> Picture:
        """The picture with a longer side of ``side`` pixels, bicubic and antialiased; the same one if it has them."""
        if isinstance(self.picture, Image.Image):
            return within(self.picture, side, Image.Resampling.BICUBIC)
        height, width = self.picture.shape[1:]
        if side == max(height, width):
            return self.picture
        wanted = [max(1, round(length * side / max(height, width))) for length in (height, width)]
        large = F.interpolate(self.picture[None], wanted, mode="bicubic", antialias=True, align_corners=False)
        return large[0].clamp(-1, 1)


def which(samples: Sequence[Sample[Picture]], sample: Sample[Picture]) -> int | None:
    """The sample's number, or None for a picture of one's own."""
    return next((number for number, candidate in enumerate(samples) if candidate is sample), None)


def usable(picture: Tensor, what: str) -> Tensor:
    """A program's picture or pictures as float32 on the CPU, in memory of their own.

    Raises
    ------
    ValueError
        If a value is not in [-1, 1]; ``what`` begins the sentence.
    """
    picture = picture.detach().float().cpu().clone()
    # NaN is not, either.
    if not bool((picture.abs() <= 1).all()):
        raise ValueError(f"{what} with values in [-1, 1], got others")
    return picture


def within(picture: Image.Image, side: int, by: Image.Resampling = Image.Resampling.LANCZOS) -> Image.Image:
    """The picture with a longer side of ``side`` pixels, however thin it is; the same one if it has them."""
    if side == max(picture.size):
        return picture
    factor = side / max(picture.size)
    width, height = (max(1, round(length * factor)) for length in picture.size)
    return picture.resize((width, height), by)


def png(picture: Image.Image | Tensor) -> bytes:
    """A PNG file, written quickly: a twentieth to a fifth larger than with Pillow's own settings, in a third of the
    time; no less exact.
    """
    return images.png(picture, compress_level=1)


def png_url(picture: Image.Image | Tensor) -> str:
    """That file as a ``data:`` address: text, so that any widget manager can carry it to the page."""
    return "data:image/png;base64," + to_text(png(picture))
