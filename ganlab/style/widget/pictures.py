"""The pictures and styles that StyleStudio begins with, and a still picture of it for pages without a kernel."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from PIL import Image, ImageDraw, ImageFont, ImageOps
from torch import Tensor

from ganlab import data
from ganlab.data.paintings import paint_style
from ganlab.images import fit_square, to_pil, to_tensor
from ganlab.style.widget.corners import CORNERS
from ganlab.widgets.kit.samples import OWN, Sample, usable
from ganlab.widgets.kit.show import GAP, sheet

# The first four are in the corners at the start: as unlike each other as can be.
_STYLES = (
    "impasto", "marbling", "woodcut", "stained glass", "watercolour", "pointillism", "palette knife", "pastel",
    "halftone", "comic", "mosaic", "seigaiha", "contours", "papercut",
)  # fmt: skip
STYLE_SIDE = 256  # pixels of an uploaded style's longer side: as the painted ones, so that marks are of one scale
LARGEST = 512  # pixels of the longer side that is kept of an uploaded picture
PANEL = 256  # pixels, of the still picture


def content_samples(pictures: Tensor | None, *, size: int) -> list[Sample[Tensor]]:
    """The given pictures, or the bundled photographs.

    Raises
    ------
    ValueError
        If they are not (N, 3, H, W), N >= 1, with values in [-1, 1].
    """
    if pictures is None:
        found = data.photos(size=max(size, LARGEST))
        return [
            Sample(name, picture, side=LARGEST)
            for name, picture in zip(found.classes["photo"], found.images, strict=True)
        ]
    if pictures.dim() != 4:
        raise ValueError(f"StyleStudio: expected contents (N, 3, H, W), got {tuple(pictures.shape)}")
    if len(pictures) < 1:
        raise ValueError("StyleStudio: expected at least one content, got none")
    return [_checked(f"picture {number}", picture) for number, picture in enumerate(pictures, 1)]


@cache
def painted_styles() -> dict[str, Tensor]:
    """Name -> style, (3, H, W) in [-1, 1]; painting them takes a second, so they are painted once."""
    return {name: paint_style(name) for name in _STYLES}


def style_samples(styles: Mapping[str, Tensor] | None) -> list[Sample[Tensor]]:
    """The given styles, or fourteen painted ones.

    Raises
    ------
    ValueError
        If there is none or one is not (3, H, W) with values in [-1, 1].
    """
    if styles is None:
        styles = painted_styles()
    if not styles:
        raise ValueError("StyleStudio: expected at least one style, got none")
    return [_checked(str(name), picture) for name, picture in styles.items()]


def _checked(name: str, picture: Tensor) -> Sample[Tensor]:
    if picture.dim() != 3 or picture.shape[0] != 3 or picture.numel() == 0:
        raise ValueError(f"StyleStudio: expected {name!r} as (3, H, W), got {tuple(picture.shape)}")
    picture = usable(picture, f"StyleStudio: expected {name!r}")
    return Sample(name, picture, side=max(picture.shape[1:]))


def own_sample(picture: Image.Image, *, style: bool = False) -> Sample[Tensor]:
    """A person's own picture, in its own proportions, with a longer side of at most ``LARGEST`` pixels."""
    picture.thumbnail((LARGEST, LARGEST), Image.Resampling.LANCZOS)
    longer = max(picture.size)
    return Sample(OWN, to_tensor(picture), side=min(STYLE_SIDE, longer) if style else longer)


def still(picture: Tensor, corners: tuple[Sample[Tensor], ...], result: Tensor) -> Image.Image:
    """The picture, the four styles where they are on the pad, and the painted picture, side by side."""
    half = (PANEL - GAP) // 2
    pad = Image.new("RGB", (PANEL, PANEL), "white")
    draw, font = ImageDraw.Draw(pad), ImageFont.load_default(16)
    for number, (letter, style) in enumerate(zip(CORNERS, corners, strict=True)):
        left, top = (number % 2) * (half + GAP), (number // 2) * (half + GAP)
        pad.paste(fit_square(to_pil(style.picture), half), (left, top))
        draw.ellipse((left + 6, top + 6, left + 30, top + 30), fill="white", outline="black")
        draw.text((left + 18, top + 18), letter, fill="black", font=font, anchor="mm")
    return sheet(("picture", "styles", "painted"), [(_fitted(picture), pad, _fitted(result))], PANEL)


def _fitted(picture: Tensor) -> Image.Image:
    return ImageOps.contain(to_pil(picture), (PANEL, PANEL), Image.Resampling.LANCZOS)
