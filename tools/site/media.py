"""Pictures for the web page: the smallest file that shows the same, named by what is in it."""

import base64
import hashlib
import html
import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

MIMES = {"image/png": "png", "image/jpeg": "jpg"}
WIDEST = 1600  # pixels: twice the width of a page's text, for screens with two pixels a point


@dataclass(frozen=True)
class Picture:
    """A picture in the page's static folder; ``source`` is relative to that folder."""

    source: str
    width: int
    height: int

    def tag(self, alt: str, *, root: str, lazy: bool = True, shown: int | None = None) -> str:
        """An ``<img>``; ``root`` leads from the page to the top of the site, ``shown`` is its width on the page."""
        width = shown or self.width
        height = round(self.height * width / self.width)
        loading = ' loading="lazy"' if lazy else ""
        return (
            f'<img src="{root}_static/{self.source}" width="{width}" height="{height}"{loading} decoding="async" '
            f'alt="{html.escape(alt, quote=True)}">'
        )


def store(content: bytes, kind: str, static: Path) -> Picture:
    """Write a picture of a notebook below ``static``: as it is, or as lossless WebP where that is smaller."""
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
        size = picture.size
        best, suffix = content, kind
        if kind == "png":
            buffer = io.BytesIO()
            picture.save(buffer, "WEBP", lossless=True, quality=30, method=1)
            if buffer.tell() < len(content):
                best, suffix = buffer.getvalue(), "webp"
    return _write(best, suffix, size, static)


def store_pil(picture: Image.Image, static: Path, *, quality: int = 88) -> Picture:
    """Write a picture made at build time, as WebP."""
    picture = picture.convert("RGB")
    picture.thumbnail((WIDEST, WIDEST), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=quality, method=4)
    return _write(buffer.getvalue(), "webp", picture.size, static)


def store_file(path: Path, static: Path) -> Picture:
    """Write a picture of the repository below ``static`` as it is."""
    with Image.open(path) as picture:
        size = picture.size
    return _write(path.read_bytes(), path.suffix.lstrip("."), size, static)


def decode(value: str | list[str]) -> bytes:
    """The bytes of a picture as a notebook keeps it."""
    return base64.b64decode(value if isinstance(value, str) else "".join(value))


def _write(content: bytes, suffix: str, size: tuple[int, int], static: Path) -> Picture:
    name = f"figures/{hashlib.sha256(content).hexdigest()[:16]}.{suffix}"
    path = static / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return Picture(name, *size)
