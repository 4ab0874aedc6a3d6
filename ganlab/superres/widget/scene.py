"""Everything that SuperResolutionStudio's enlarged crop depends on; crops, checked and placed where there is room."""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace

from PIL import Image

from ganlab.widgets.kit.samples import Sample

Crop = tuple[int, int, int, int]  # left, top, width, height, in pixels of the picture

# A crop's sides: smaller ones show nothing, larger ones take the networks long. A smaller picture is one crop.
LEAST, USUAL, MOST = 16, 96, 192


def sides(length: int) -> tuple[int, int]:
    """The smallest and the largest side of a crop along a picture's side of ``length`` pixels."""
    return min(LEAST, length), min(MOST, length)


def checked_crop(value: object, width: int, height: int) -> Crop:
    """``value`` if it is a crop of a picture of ``width`` x ``height`` pixels.

    Raises
    ------
    ValueError
        If it is not four whole numbers, reaches out of the picture, or is too small or too large.
    """
    said = f"got {str(value)[:40]}"
    if not isinstance(value, list | tuple) or len(value) != 4 or any(isinstance(n, bool) for n in value):
        raise ValueError(f"expected a crop as left, top, width and height, {said}")
    try:
        left, top, wide, tall = (operator.index(number) for number in value)
    except TypeError as error:
        raise ValueError(f"expected a crop as four whole numbers, {said}") from error
    for name, side, (least, most) in (("wide", wide, sides(width)), ("high", tall, sides(height))):
        if not least <= side <= most:
            raise ValueError(f"expected a crop {least} to {most} pixels {name}, {said}")
    if not (0 <= left <= width - wide and 0 <= top <= height - tall):
        raise ValueError(f"expected a crop inside of the picture's {width} x {height} pixels, {said}")
    return left, top, wide, tall


def crop_around(x: float, y: float, wide: int, tall: int, width: int, height: int) -> Crop:
    """The crop of about ``wide`` x ``tall`` pixels with its middle as near to (x, y) as the picture's edges allow."""
    (least_wide, most_wide), (least_tall, most_tall) = sides(width), sides(height)
    wide, tall = max(least_wide, min(most_wide, wide)), max(least_tall, min(most_tall, tall))
    left, top = round(x - wide / 2), round(y - tall / 2)
    return max(0, min(width - wide, left)), max(0, min(height - tall, top)), wide, tall


@dataclass(frozen=True, eq=False)
class Scene:
    """A photo in a size, a crop of it, and the dial."""

    photo: Sample[Image.Image]
    size: int  # the picture's longer side has at most so many pixels; 0: as many as the photo
    picture: Image.Image  # the photo in that size
    crop: Crop
    gan_weight: float

    @classmethod
    def around_middle(cls, photo: Sample[Image.Image], size: int, gan_weight: float) -> Scene:
        """A photo with a crop in its middle."""
        picture = _smaller(photo, size)
        crop = crop_around(picture.width / 2, picture.height / 2, USUAL, USUAL, *picture.size)
        return cls(photo, size, picture, crop, gan_weight)

    def in_size(self, size: int) -> Scene:
        """The photo in another size; the crop's middle stays where it was in the photo."""
        picture = _smaller(self.photo, size)
        factor = picture.width / self.picture.width
        left, top, wide, tall = self.crop
        crop = crop_around((left + wide / 2) * factor, (top + tall / 2) * factor, wide, tall, *picture.size)
        return replace(self, size=size, picture=picture, crop=crop)

    def sentence(self) -> str:
        """Which part of which picture this is, as part of a sentence."""
        left, top, wide, tall = self.crop
        return f"{wide} x {tall} pixels of {self.photo.name}, {left} from the left and {top} from the top"


def _smaller(photo: Sample[Image.Image], size: int) -> Image.Image:
    """The photo with a longer side of at most ``size`` pixels; 0: as it is."""
    # Bicubic and antialiased, as the small pictures were made that the networks have learned from.
    return photo.resized(size) if 0 < size < max(photo.picture.size) else photo.picture
