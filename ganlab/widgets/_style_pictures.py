"""The pictures and styles that StyleStudio begins with, and a still picture of it for pages without a kernel."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass

import torch.nn.functional as F
from PIL import Image, ImageDraw, ImageFont, ImageOps
from torch import Tensor

from ganlab import data
from ganlab.data.paintings import paint_style
from ganlab.images import data_url, fit_square, open_picture, to_pil, to_tensor
from ganlab.widgets._style_messages import CORNERS

# The first four are in the corners at the start: as unlike each other as can be.
_STYLES = (
    "impasto", "marbling", "woodcut", "stained glass", "watercolour", "pointillism", "palette knife", "pastel",
    "halftone", "comic", "mosaic", "seigaiha", "contours", "papercut",
)  # fmt: skip
STYLE_SIDE = 256  # pixels of an uploaded style's longer side: as the painted ones, so that marks are of one scale
LARGEST = 512  # pixels of the longer side that is kept of an uploaded picture
PANEL, GAP, HEAD = 256, 12, 30  # pixels, of the still picture


@dataclass(frozen=True, eq=False)
class Sample:
    """A picture to paint or to paint like; two of them are the same only if they are one."""

    name: str
    picture: Tensor  # (3, H, W) in [-1, 1]
    side: int  # at most this many pixels of the longer side are used, or for a style: exactly, at scale 1

    def resized(self, side: int) -> Tensor:
        """The picture with a longer side of ``side`` pixels, (3, h, w) in [-1, 1]."""
        height, width = self.picture.shape[1:]
        if side == max(height, width):
            return self.picture
        wanted = [max(1, round(n * side / max(height, width))) for n in (height, width)]
        picture = F.interpolate(self.picture[None], wanted, mode="bicubic", antialias=True, align_corners=False)
        return picture[0].clamp(-1, 1)

    def thumbnail(self, side: int) -> str:
        """Its largest centred square, small, as a ``data:`` address."""
        return data_url(fit_square(to_pil(self.picture), side), "JPEG")


def content_samples(pictures: Tensor | None, *, size: int) -> list[Sample]:
    """The given pictures, or the bundled photographs.

    Raises
    ------
    ValueError
        If they are not (N, 3, H, W), N >= 1, with values in [-1, 1].
    """
    if pictures is None:
        found = data.photos(size=max(size, LARGEST))
        return [Sample(name, p, LARGEST) for name, p in zip(found.classes["photo"], found.images, strict=True)]
    if pictures.dim() != 4:
        raise ValueError(f"StyleStudio: expected contents (N, 3, H, W), got {tuple(pictures.shape)}")
    if len(pictures) < 1:
        raise ValueError("StyleStudio: expected at least one content, got none")
    return [_checked(f"picture {number}", picture) for number, picture in enumerate(pictures, 1)]


def style_samples(styles: Mapping[str, Tensor] | None) -> list[Sample]:
    """The given styles, or fourteen painted ones.

    Raises
    ------
    ValueError
        If there is none or one is not (3, H, W) with values in [-1, 1].
    """
    if styles is None:
        styles = {name: paint_style(name) for name in _STYLES}
    if not styles:
        raise ValueError("StyleStudio: expected at least one style, got none")
    return [_checked(str(name), picture) for name, picture in styles.items()]


def _checked(name: str, picture: Tensor) -> Sample:
    if picture.dim() != 3 or picture.shape[0] != 3 or picture.numel() == 0:
        raise ValueError(f"StyleStudio: expected {name!r} as (3, H, W), got {tuple(picture.shape)}")
    picture = picture.detach().float().cpu().clone()
    if not bool((picture.abs() <= 1).all()):  # NaN is not either
        raise ValueError(f"StyleStudio: expected {name!r} with values in [-1, 1], got others")
    return Sample(name, picture, max(picture.shape[1:]))


def uploaded(file: bytes, *, style: bool = False) -> Sample:
    """A person's own picture, in its own proportions, with a longer side of at most ``LARGEST`` pixels.

    Raises
    ------
    PictureError
        If it is none, damaged or too large.
    """
    picture = open_picture(file)
    picture.thumbnail((LARGEST, LARGEST), Image.Resampling.LANCZOS)
    longer = max(picture.size)
    return Sample("your picture", to_tensor(picture), min(STYLE_SIDE, longer) if style else longer)


def quick_png(picture: Tensor) -> str:
    """:func:`ganlab.images.data_url` in a third of the time, for a file a twentieth larger; no less exact."""
    buffer = io.BytesIO()
    to_pil(picture).save(buffer, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def still(picture: Tensor, corners: tuple[Sample, ...], result: Tensor) -> Image.Image:
    """The picture, the four styles where they are on the pad, and the painted picture, side by side."""
    half = (PANEL - GAP) // 2
    pad = Image.new("RGB", (PANEL, PANEL), "white")
    draw, font = ImageDraw.Draw(pad), ImageFont.load_default(16)
    for number, (letter, style) in enumerate(zip(CORNERS, corners, strict=True)):
        left, top = (number % 2) * (half + GAP), (number // 2) * (half + GAP)
        pad.paste(fit_square(to_pil(style.picture), half), (left, top))
        draw.ellipse((left + 6, top + 6, left + 30, top + 30), fill="white", outline="black")
        draw.text((left + 18, top + 18), letter, fill="black", font=font, anchor="mm")
    sheet = Image.new("RGB", (3 * PANEL + 4 * GAP, HEAD + PANEL + GAP), "white")
    draw = ImageDraw.Draw(sheet)
    panels = {"picture": _fitted(picture), "styles": pad, "painted": _fitted(result)}
    for column, (title, panel) in enumerate(panels.items()):
        left = GAP + column * (PANEL + GAP)
        draw.text((left + PANEL // 2, HEAD // 2), title, fill="#1c1c1c", font=font, anchor="mm")
        sheet.paste(panel, (left + (PANEL - panel.width) // 2, HEAD + (PANEL - panel.height) // 2))
    return sheet


def _fitted(picture: Tensor) -> Image.Image:
    return ImageOps.contain(to_pil(picture), (PANEL, PANEL), Image.Resampling.LANCZOS)
