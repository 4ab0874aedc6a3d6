"""The photographs that SuperResolutionStudio begins with, and a still picture of it for pages without a kernel."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw
from torch import Tensor

from ganlab import data
from ganlab.data.photographs import HELD_OUT
from ganlab.images import PictureError, to_pil
from ganlab.superres.widget.scene import Scene
from ganlab.widgets.kit.samples import OWN, Sample, png_url, within
from ganlab.widgets.kit.show import sheet
from ganlab.widgets.kit.values import to_text

EXACT, SHOWN = 512, 1024  # pixels of the longer side: shown as it is; shown at most, whatever the picture has
PANEL = 256  # pixels, of the still picture
FRAMES = (("#000000", 4), ("#ffffff", 2))  # the crop's frame: dark under light, seen on every picture


def sample_photos() -> list[Sample[Image.Image]]:
    """The bundled photographs that no training has seen, and the astronaut, whom it has: each says so."""
    found = []
    for name in (*HELD_OUT, "astronaut"):
        remark = "never trained on" if name in HELD_OUT else "the networks were trained on it"
        found.append(Sample(name, to_pil(data.photos(name).images[0]), remark))
    return found


def given_photo(picture: Image.Image | Tensor) -> Sample[Image.Image]:
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
    return own_photo(picture.convert("RGB"))


def own_photo(picture: Image.Image) -> Sample[Image.Image]:
    """A person's own picture, in its own size."""
    return Sample(OWN, picture)


def shown_url(picture: Image.Image) -> str:
    """The picture to choose a crop on: a small one exactly, a large one smaller and as JPEG."""
    if max(picture.size) <= EXACT:
        return png_url(picture)
    buffer = io.BytesIO()
    within(picture, min(SHOWN, max(picture.size))).save(buffer, "JPEG", quality=90)
    return "data:image/jpeg;base64," + to_text(buffer.getvalue())


def still(scene: Scene, results: Sequence[tuple[str, Image.Image]]) -> Image.Image:
    """The picture with the crop framed, and the crop as each of the methods enlarges it, side by side."""
    framed = within(scene.picture, PANEL).copy()
    factor, draw = framed.width / scene.picture.width, ImageDraw.Draw(framed)
    left, top, wide, tall = (number * factor for number in scene.crop)
    for colour, line in FRAMES:
        draw.rectangle((left, top, max(left + 4, left + wide - 1), max(top + 4, top + tall - 1)), None, colour, line)
    panels = [framed, *(within(enlarged, PANEL) for _, enlarged in results)]
    return sheet(["picture", *(name for name, _ in results)], [panels], PANEL)
