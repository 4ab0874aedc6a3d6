"""The photographs that SuperResolutionStudio begins with, and a still picture of it for pages without a kernel."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from ganlab import data
from ganlab.data.photographs import HELD_OUT
from ganlab.images import PictureError, data_url, fit_square, open_picture, to_pil
from ganlab.widgets._sr_messages import Crop

EXACT, SHOWN = 512, 1024  # pixels of the longer side: shown as it is; shown at most, whatever the picture has
PANEL, GAP, HEAD = 256, 12, 30  # pixels, of the still picture
FRAMES = (("#000000", 4), ("#ffffff", 2))  # the crop's frame: dark under light, seen on every picture


@dataclass(frozen=True, eq=False)
class Photo:
    """A picture to enlarge; two of them are the same only if they are one."""

    name: str
    full: Image.Image  # RGB, of its own size
    remark: str = ""

    def resized(self, side: int) -> Image.Image:
        """The picture with a longer side of at most ``side`` pixels; 0: as it is."""
        # Bicubic and antialiased, as the small pictures were made that the networks have learned from.
        return _within(self.full, side, Image.Resampling.BICUBIC) if 0 < side < max(self.full.size) else self.full

    def thumbnail(self, side: int) -> str:
        """Its largest centred square, small, as a ``data:`` address."""
        return data_url(fit_square(self.full, side), "JPEG")


def _within(picture: Image.Image, side: int, by: Image.Resampling = Image.Resampling.LANCZOS) -> Image.Image:
    """The picture with a longer side of ``side`` pixels, however thin it is."""
    factor = side / max(picture.size)
    width, height = (max(1, round(length * factor)) for length in picture.size)
    return picture.resize((width, height), by)


def sample_photos() -> list[Photo]:
    """The bundled photographs that no training has seen, and the astronaut, whom it has: each says so."""
    found = []
    for name in (*HELD_OUT, "astronaut"):
        remark = "never trained on" if name in HELD_OUT else "the networks were trained on it"
        found.append(Photo(name, to_pil(data.photos(name).images[0]), remark))
    return found


def given_photo(picture: Image.Image | Tensor) -> Photo:
    """A program's picture.

    Raises
    ------
    PictureError
        If it is neither a PIL picture nor a tensor (3, H, W) or (1, 3, H, W) in [-1, 1], or has no pixel.
    """
    if isinstance(picture, Tensor):
        if picture.numel() == 0:
            raise PictureError(f"expected a picture with pixels, got shape {tuple(picture.shape)}")
        picture = to_pil(picture)
    if not isinstance(picture, Image.Image):
        raise PictureError(f"expected a PIL picture or a tensor (3, H, W), got {type(picture).__name__}")
    if not picture.width * picture.height:
        raise PictureError(f"expected a picture with pixels, got {picture.width} x {picture.height}")
    return Photo("your picture", picture.convert("RGB"))


def uploaded_photo(file: bytes) -> Photo:
    """A person's own picture, in its own size.

    Raises
    ------
    PictureError
        If it is none, damaged or too large.
    """
    return Photo("your picture", open_picture(file))


def png(picture: Image.Image) -> bytes:
    """A PNG file, written quickly: a fifth larger than with Pillow's own settings, in a quarter of the time."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def png_url(picture: Image.Image) -> str:
    """That file as a ``data:`` address."""
    return "data:image/png;base64," + base64.b64encode(png(picture)).decode("ascii")


def shown_url(picture: Image.Image) -> str:
    """The picture to choose a crop on: a small one exactly, a large one smaller and as JPEG."""
    if max(picture.size) <= EXACT:
        return png_url(picture)
    buffer = io.BytesIO()
    _within(picture, min(SHOWN, max(picture.size))).save(buffer, "JPEG", quality=90)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def still(picture: Image.Image, crop: Crop, results: Sequence[tuple[str, Image.Image]]) -> Image.Image:
    """The picture with the crop framed, and the crop as each of the methods enlarges it, side by side."""
    font = ImageFont.load_default(16)
    framed = _within(picture, PANEL)
    factor, draw = framed.width / picture.width, ImageDraw.Draw(framed)
    left, top, wide, tall = (number * factor for number in crop)
    for colour, line in FRAMES:
        draw.rectangle((left, top, max(left + 4, left + wide - 1), max(top + 4, top + tall - 1)), None, colour, line)
    panels = [("picture", framed)]
    panels += [(name, _within(enlarged, PANEL)) for name, enlarged in results]
    sheet = Image.new("RGB", (len(panels) * (PANEL + GAP) + GAP, HEAD + PANEL + GAP), "white")
    draw = ImageDraw.Draw(sheet)
    for column, (title, panel) in enumerate(panels):
        start = GAP + column * (PANEL + GAP)
        draw.text((start + PANEL // 2, HEAD // 2), title, fill="#1c1c1c", font=font, anchor="mm")
        sheet.paste(panel, (start + (PANEL - panel.width) // 2, HEAD + (PANEL - panel.height) // 2))
    return sheet
