"""Between pictures as people have them (files, PIL, uint8) and tensors in [-1, 1]."""

from __future__ import annotations

import base64
import io
import os
import warnings
from pathlib import Path
from typing import IO

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

MAX_PIXELS = 50_000_000
# What people's pictures come in. Pillow knows more, among them EPS, for which it would run a program on the file.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "JPEG2000", "PPM", "ICO")


class PictureError(ValueError):
    """A file or an object is no picture that can be used; the message says why."""


def to_tensor(picture: Image.Image | np.ndarray) -> Tensor:
    """A PIL picture or a uint8 array (H, W) or (H, W, C) as a float32 tensor (C, H, W) in [-1, 1].

    Raises
    ------
    PictureError
        If it is neither.
    """
    if isinstance(picture, Image.Image):
        picture = np.asarray(picture if picture.mode in ("L", "RGB") else picture.convert("RGB"))
    if not isinstance(picture, np.ndarray) or picture.dtype != np.uint8 or picture.ndim not in (2, 3):
        got = f"{picture.dtype} {picture.shape}" if isinstance(picture, np.ndarray) else type(picture).__name__
        raise PictureError(f"expected a PIL picture or a uint8 array (H, W) or (H, W, C), got {got}")
    pixels = torch.from_numpy(picture.copy())
    pixels = pixels[None] if pixels.dim() == 2 else pixels.permute(2, 0, 1)
    return pixels.float() / 127.5 - 1


def to_pil(image: Tensor) -> Image.Image:
    """A tensor (C, H, W) or (1, C, H, W) in [-1, 1], C 1 or 3, as a PIL picture; values outside are clipped.

    Raises
    ------
    PictureError
        If the shape does not fit or a value is not finite.
    """
    if image.dim() == 4 and len(image) == 1:
        image = image[0]
    if image.dim() != 3 or image.shape[0] not in (1, 3):
        raise PictureError(f"expected one picture (C, H, W) with 1 or 3 channels, got shape {tuple(image.shape)}")
    image = image.detach().float().cpu()
    if not bool(torch.isfinite(image).all()):
        raise PictureError("expected numbers in [-1, 1], got NaN or infinity")
    pixels = ((image + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    return Image.fromarray(pixels[0].numpy() if len(pixels) == 1 else pixels.permute(1, 2, 0).numpy())


def open_picture(source: str | os.PathLike[str] | bytes | IO[bytes], *, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Open a picture as people have them (see ``FORMATS``) as RGB.

    A phone's rotation (EXIF) is applied; transparency is laid over white; grey, palette, CMYK and 16-bit pictures
    are converted; of an animation the first frame is taken.

    Parameters
    ----------
    source : path, bytes or binary file
        Where the picture is.
    max_pixels : int
        Larger pictures are refused before they are decoded: a small file can claim to be gigantic.

    Raises
    ------
    PictureError
        If it is missing, no picture, truncated, or too large.
    """
    if isinstance(source, bytes):
        return _decode(io.BytesIO(source), "the picture", max_pixels)
    if not isinstance(source, str | os.PathLike):
        return _decode(source, "the picture", max_pixels)
    path = Path(source)
    try:
        file = path.open("rb")
    except FileNotFoundError as error:
        raise PictureError(f"{path.name}: there is no such file") from error
    except OSError as error:
        raise PictureError(f"{path.name}: the file cannot be opened ({error.strerror})") from error
    # Read as far as needed, not at once: a folder of pictures may hold a film of many gigabytes.
    with file:
        return _decode(file, path.name, max_pixels)


def _decode(stream: IO[bytes], name: str, max_pixels: int) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own size warning: we refuse by our own limit, below
            picture: Image.Image = Image.open(stream, formats=FORMATS)
            if picture.width * picture.height > max_pixels:
                raise PictureError(
                    f"{name}: expected at most {max_pixels / 1e6:.0f} million pixels, got "
                    f"{picture.width} x {picture.height}; make it smaller first"
                )
            picture.load()
            return _to_rgb(ImageOps.exif_transpose(picture))
    except PictureError:
        raise
    except UnidentifiedImageError as error:
        if _is_heic(stream):
            raise PictureError(f"{name}: HEIC cannot be read; export the picture as JPEG first") from error
        raise PictureError(f"{name}: expected a PNG, JPEG, WebP, GIF, BMP or TIFF, got none") from error
    except Image.DecompressionBombError as error:
        raise PictureError(f"{name}: expected at most {max_pixels / 1e6:.0f} million pixels, got more") from error
    # Pillow's decoders raise whatever they stumble over in a damaged file.
    except Exception as error:
        raise PictureError(f"{name}: the picture is damaged or cut short ({type(error).__name__})") from error


def _is_heic(stream: IO[bytes]) -> bool:
    """Whether this is what iPhones take pictures as (ISO 23008-12): Pillow alone cannot read it."""
    stream.seek(0)
    head = stream.read(12)
    return head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"hevc", b"mif1", b"msf1")


def _to_rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith(("I", "F")):  # 16-bit, 32-bit and float grey: convert() would clip instead of scale
        values = np.nan_to_num(np.asarray(picture, dtype=np.float64))
        if picture.mode.startswith("I;16"):
            top = 65535.0
        else:  # nothing in the file says what white is: take the smallest usual scale that holds every value
            top = next((t for t in (1.0, 255.0, 65535.0) if values.max(initial=0) <= t), values.max(initial=0))
        picture = Image.fromarray((values.clip(0, top) / top * 255).round().astype(np.uint8))
    if "A" in picture.getbands() or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture)
    return picture.convert("RGB")


def fit_square(picture: Image.Image, size: int) -> Image.Image:
    """The largest centred square of a picture, resized to ``size`` x ``size`` with antialiasing."""
    return ImageOps.fit(picture, (size, size), Image.Resampling.LANCZOS)


def image_grid(images: Tensor, columns: int = 8, padding: int = 1) -> Tensor:
    """Pictures (N, C, H, W) in [-1, 1] side by side on white: (C, H', W').

    Raises
    ------
    PictureError
        If there is no picture, no column, or the shape does not fit.
    """
    if images.dim() != 4 or len(images) < 1 or columns < 1:
        raise PictureError(
            f"expected pictures (N, C, H, W), N >= 1, and columns >= 1, got {tuple(images.shape)} and {columns}"
        )
    n, channels, height, width = images.shape
    columns = min(columns, n)
    rows = -(-n // columns)
    size = (channels, rows * (height + padding) + padding, columns * (width + padding) + padding)
    grid = images.new_ones(size)
    for index, image in enumerate(images):
        top = padding + (index // columns) * (height + padding)
        left = padding + (index % columns) * (width + padding)
        grid[:, top : top + height, left : left + width] = image
    return grid


def data_url(picture: Image.Image | Tensor, image_format: str = "PNG") -> str:
    """A picture as a ``data:`` address: text, so that any widget manager can carry it to the page."""
    if isinstance(picture, Tensor):
        picture = to_pil(picture)
    buffer = io.BytesIO()
    picture.save(buffer, image_format)
    return f"data:image/{image_format.lower()};base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
