"""Between pictures as people have them (files, PIL, uint8) and tensors in [-1, 1].

:func:`open_picture` reads what a course can learn from: RGB, on white. :func:`unpack` and :func:`repack` take
a person's picture apart and put it together again, so that it comes back as what it was.
"""

from __future__ import annotations

import base64
import io
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from ganlab.layers import push_pull

# The brightness of red, green and blue (ITU-R BT.601), as Pillow's convert("L") weighs them.
LUMA = (0.299, 0.587, 0.114)
MAX_PIXELS = 50_000_000
# What people's pictures come in. Pillow knows more, among them EPS, for which it would run a program on the file.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "JPEG2000", "PPM", "ICO")


class PictureError(ValueError):
    """A file or an object is no picture that can be used; the message says why."""


@contextmanager
def about(what: str) -> Iterator[None]:
    """Say which picture it is that a :class:`PictureError` is about."""
    try:
        yield
    except PictureError as error:
        raise PictureError(f"{what}: {error}") from error


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
    # In place: of a large picture each copy counts.
    return pixels.float().div_(127.5).sub_(1)


def to_pil(image: Tensor) -> Image.Image:
    """A tensor (C, H, W) or (1, C, H, W) in [-1, 1], C 1 or 3, as a PIL picture; values outside are clipped.

    Raises
    ------
    PictureError
        If the shape does not fit or a value is not finite.
    """
    pixels = _scaled(_one(image), 0, 255).round_().clamp_(0, 255).to(torch.uint8).cpu()
    return Image.fromarray(pixels[0].numpy() if len(pixels) == 1 else pixels.permute(1, 2, 0).numpy())


def _one(image: Tensor) -> Tensor:
    one = image[0] if image.dim() == 4 and len(image) == 1 else image
    if one.dim() != 3 or len(one) not in (1, 3):
        raise PictureError(f"expected one picture (C, H, W) with 1 or 3 channels, got shape {tuple(image.shape)}")
    return one


def _scaled(image: Tensor, black: float, white: float, dtype: torch.dtype = torch.float32) -> Tensor:
    """Numbers in [-1, 1] as numbers from black to white: a new tensor, neither rounded nor clipped."""
    if not bool(torch.isfinite(image).all()):
        raise PictureError("expected numbers in [-1, 1], got NaN or infinity")
    return (image.detach().to(dtype) + 1).mul_((white - black) / 2).add_(black)


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
    if not isinstance(source, str | os.PathLike):
        with about("the picture"):
            return _decode(io.BytesIO(source) if isinstance(source, bytes) else source, max_pixels)
    path = Path(source)
    with about(path.name):
        try:
            file = path.open("rb")
        except FileNotFoundError as error:
            raise PictureError("there is no such file") from error
        except OSError as error:
            raise PictureError(f"the file cannot be opened ({error.strerror})") from error
        # Read as far as needed, not at once: a folder of pictures may hold a film of many gigabytes.
        with file:
            return _decode(file, max_pixels)


def _decode(stream: IO[bytes], max_pixels: int) -> Image.Image:
    most = f"expected at most {max_pixels / 1e6:.0f} million pixels"
    try:
        with warnings.catch_warnings():
            # Pillow's own warning of a size: we refuse by our own limit.
            warnings.simplefilter("ignore")
            picture: Image.Image = Image.open(stream, formats=FORMATS)
            if picture.width * picture.height > max_pixels:
                raise PictureError(f"{most}, got {picture.width} x {picture.height}; make it smaller first")
            picture.load()
            return on_white(upright(picture))
    except PictureError:
        raise
    except UnidentifiedImageError as error:
        if _is_heic(stream):
            raise PictureError("HEIC cannot be read; export the picture as JPEG first") from error
        raise PictureError("expected a PNG, JPEG, WebP, GIF, BMP or TIFF, got none") from error
    except Image.DecompressionBombError as error:
        raise PictureError(f"{most}, got more") from error
    # Pillow's decoders raise whatever they stumble over in a damaged file.
    except Exception as error:
        raise PictureError(f"the picture is damaged or cut short ({type(error).__name__})") from error


def _is_heic(stream: IO[bytes]) -> bool:
    """Whether this is what iPhones take pictures as (ISO 23008-12): Pillow alone cannot read it."""
    stream.seek(0)
    head = stream.read(12)
    return head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"hevc", b"mif1", b"msf1")


def upright(picture: Image.Image) -> Image.Image:
    """Turned as the camera says (EXIF), without that remark; a picture that needs no turning is returned itself.

    Raises
    ------
    PictureError
        If it is no picture, or the file behind it is damaged or cut short.
    """
    if not isinstance(picture, Image.Image):
        hint = "; open the file with ganlab.images.open_picture" if isinstance(picture, str | os.PathLike) else ""
        raise PictureError(f"expected a PIL picture, got {type(picture).__name__}{hint}")
    try:
        return picture if orientation(picture) == 1 else ImageOps.exif_transpose(picture)
    # A file that was opened is read only now: see _decode.
    except Exception as error:
        raise PictureError(f"the picture is damaged or cut short ({type(error).__name__})") from error


def orientation(picture: Image.Image) -> int:
    """EXIF's number of the way a picture is stored: 1 if it is upright, up to 8. Decodes the picture."""
    picture.load()
    found = picture.getexif().get(0x0112)
    return found if isinstance(found, int) and 2 <= found <= 8 else 1


def brightness(images: Tensor) -> Tensor:
    """Pictures (..., 3, H, W) as grey (..., 1, H, W), weighted by ``LUMA``."""
    return (images * images.new_tensor(LUMA)[:, None, None]).sum(dim=-3, keepdim=True)


def on_white(picture: Image.Image) -> Image.Image:
    """Any picture as RGB: transparency laid over white, 16-bit and float grey scaled; the ICC profile is kept.

    Raises ``PictureError`` if Pillow cannot convert it.
    """
    made = to_plain(picture)
    profile = made.info.get("icc_profile")
    if made.mode in _DEEP:
        values = np.nan_to_num(np.asarray(made, dtype=np.float64), posinf=0, neginf=0)
        black, white = _ends(values, made.mode)
        made = Image.fromarray(((values.clip(black, white) - black) / (white - black) * 255).round().astype(np.uint8))
    if made.mode in ("LA", "RGBA"):
        made = Image.alpha_composite(Image.new("RGBA", made.size, "white"), made.convert("RGBA"))
    return _with_profile(made.convert("RGB"), profile)


# Grey of more than 8 bits; Pillow's convert() would clip it instead of scaling it.
_DEEP = ("I;16", "I", "F")
# They become RGB of other numbers, about which their profile says nothing.
_OTHER_NUMBERS = ("CMYK", "LAB")


def to_plain(picture: Image.Image) -> Image.Image:
    """As L, LA, RGB, RGBA, I;16, I or F, as the table of :func:`unpack` says; itself if it is one of them already.

    Raises ``PictureError`` if Pillow cannot convert it.
    """
    mode, profile = picture.mode, picture.info.get("icc_profile")
    if mode in _DEEP:
        return picture
    if mode.startswith("I;16"):
        # The same numbers in the order of bytes of this machine.
        return _with_profile(Image.fromarray(np.asarray(picture).astype(np.uint16)), profile)
    clear = picture.has_transparency_data
    wanted = ("LA" if clear else "L") if mode in ("1", "L", "LA") else ("RGBA" if clear else "RGB")
    if mode == wanted:
        return picture
    try:
        made = picture.convert(wanted)
    # Each mode, and a wrong remark on which colour is transparent, has an error of its own.
    except Exception as error:
        raise PictureError(f"Pillow cannot convert mode {mode!r} to {wanted} ({error})") from error
    return _with_profile(made, None if mode in _OTHER_NUMBERS else profile)


def _with_profile(picture: Image.Image, profile: object) -> Image.Image:
    """A new picture of ours, with this ICC profile or with none."""
    picture.info["icc_profile"] = profile
    if not isinstance(profile, bytes) or not profile:
        del picture.info["icc_profile"]
    return picture


def _ends(values: np.ndarray, mode: str) -> tuple[float, float]:
    """Which numbers of deep grey are black and white."""
    if mode == "I;16":
        return 0.0, 65535.0
    lowest, highest = float(values.min(initial=0)), float(values.max(initial=0))
    # Nothing says what white is: the smallest usual scale that holds every value, or all but the overshoot that
    # resizing adds. Numbers below 0 belong to the scale if they lie no deeper than white lies high.
    white = max(highest, next((top for top in (1.0, 255.0, 65535.0) if highest <= 1.25 * top), highest))
    return (lowest if lowest >= -white else 0.0), white


@dataclass(frozen=True, repr=False, eq=False)
class Parts:
    """A picture taken apart by :func:`unpack`.

    Attributes
    ----------
    picture : PIL.Image.Image
        Upright, in the mode in which it will come back. Never to be changed: it may be the caller's own.
    colours : Tensor
        (1 or 3, H, W), float32 in [-1, 1], of the full precision of the picture: one channel for grey. Where the
        picture is wholly transparent, the colours that are around: nobody sees what is stored there, often black.
    alpha : PIL.Image.Image or None
        Mode L, of the same size; None if there is no transparency.
    black, white : float
        The picture's own numbers for -1 and 1: 0 and 255, or what 16-bit and float grey have.
    """

    picture: Image.Image
    colours: Tensor
    alpha: Image.Image | None
    black: float = 0.0
    white: float = 255.0

    def numbers(self, image: Tensor) -> np.ndarray:
        """An image (1 or 3, h, w) in [-1, 1], of any size, in the picture's own numbers: (h, w, 1 or 3).

        There are as many channels as in ``colours``: of one that has more, the brightness is taken. Raises
        ``PictureError`` if the shape does not fit or a number is not finite.
        """
        image, channels = _one(image), len(self.colours)
        kind = {"I;16": np.uint16, "I": np.int32, "F": np.float32}.get(self.picture.mode, np.uint8)
        if channels < len(image):
            if kind == np.uint8:
                return np.asarray(to_pil(image).convert("L"))[..., None]
            image = brightness(image)
        # 32 bits are more than float32 holds.
        exact = torch.float64 if self.picture.mode in ("I", "F") else torch.float32
        values = _scaled(image.cpu(), self.black, self.white, exact)
        if kind != np.float32:
            values = values.round_()
        values = values.clamp_(self.black, self.white).expand(channels, -1, -1).permute(1, 2, 0)
        return values.numpy().astype(kind)

    def assembled(self, pixels: np.ndarray) -> Image.Image:
        """What :meth:`numbers` gives, of the picture's size or a whole multiple of it, as a picture of its mode.

        Transparency is enlarged bicubically; the ICC profile is kept. Raises ``PictureError`` if the size is another.
        """
        (width, height), (tall, wide, channels) = self.picture.size, pixels.shape
        scale = max(1, wide // width)
        if (wide, tall) != (scale * width, scale * height):
            raise PictureError(f"expected a whole multiple of the picture's {width} x {height}, got {wide} x {tall}")
        made = Image.fromarray(pixels[..., 0] if channels == 1 else pixels)
        if self.alpha is not None:
            clear = self.alpha
            if scale > 1:
                # As ganlab.resampling.upscale, which stands on this file.
                large = F.interpolate(to_tensor(clear)[None], (tall, wide), mode="bicubic", antialias=True)
                clear = to_pil(large)
            made.putalpha(clear)
        return _with_profile(made, self.picture.info.get("icc_profile"))


def unpack(picture: Image.Image) -> Parts:
    """Take a person's picture apart: its colours for a network, and what is needed to give it back as it was.

    =============================  ========================================================================
    comes as                       comes back as
    =============================  ========================================================================
    L, LA, RGB, RGBA               the same
    1                              L: what a network paints has greys
    L or 1, one grey transparent   LA (PNG's tRNS)
    RGB, one colour transparent    RGBA (PNG's tRNS)
    P, RGBX, YCbCr, HSV            RGB, in exactly the colours that Pillow's ``convert("RGB")`` gives
    PA, P with transparency        RGBA, likewise
    CMYK, LAB                      RGB, likewise; their ICC profile says nothing about it and is left out
    I;16, I;16B, I;16L, I;16N      I;16: 0 is black, 65535 is white
    I, F                           the same. White is the smallest of 1, 255 and 65535 that holds every number
                                   (a quarter more is taken for overshoot); black is 0 or the lowest number
    =============================  ========================================================================

    A phone's rotation (EXIF) is applied; what comes back is upright, with the ICC profile and without EXIF data. Of
    an animation the frame is taken that it stands at.

    Parameters
    ----------
    picture : PIL.Image.Image
        It is not changed.

    Returns
    -------
    Parts
        What :func:`repack` takes.

    Raises
    ------
    PictureError
        If it is no picture, damaged, has no pixel, or something that could not be given back: a transparent 16-bit
        grey, NaN, numbers far below 0, colours that are multiplied by alpha already (La, RGBa).
    """
    turned = upright(picture)
    if 0 in turned.size:
        raise PictureError(f"expected at least one pixel, got {turned.width} x {turned.height}")
    if turned.mode in ("La", "RGBa"):
        raise PictureError(
            f"expected colours that are not multiplied by alpha, got mode {turned.mode!r}; use picture.convert("
            f"{turned.mode.upper()!r})"
        )
    if turned.mode.startswith(_DEEP) and "transparency" in turned.info:
        raise PictureError(f"expected no transparency in mode {turned.mode!r}, which Pillow cannot keep, got some")
    plain = to_plain(turned)
    if plain.mode in _DEEP:
        return _unpack_deep(plain)
    if plain.mode in ("L", "RGB"):
        return Parts(plain, to_tensor(plain), None)
    alpha = plain.getchannel("A")
    colours = to_tensor(plain.getchannel("L") if plain.mode == "LA" else plain.convert("RGB"))
    if alpha.getextrema()[0] == 0:
        hidden = torch.from_numpy(np.asarray(alpha) == 0).float()
        colours = push_pull(colours[None], hidden[None, None])[0]
    return Parts(plain, colours, alpha)


def _unpack_deep(picture: Image.Image) -> Parts:
    mode = picture.mode
    # float32 holds 16 bits, and not 32.
    values = np.array(picture, dtype=np.float64 if mode == "I" else np.float32)
    (black, white), lowest, highest = _ends(values, mode), values.min(), values.max()
    if not (np.isfinite(highest) and lowest >= black):
        raise PictureError(
            f"expected finite numbers of which 0 is black, got some from {lowest:g} to {highest:g} in a picture of "
            f"mode {mode!r}; scale them to 0 to 1"
        )
    half = (white - black) / 2
    colours = torch.from_numpy(values).div_(half).sub_(black / half + 1)
    return Parts(picture, colours.float()[None], None, black, white)


def repack(image: Tensor, parts: Parts, where: np.ndarray | None = None) -> Image.Image:
    """Put a picture together again with what a network has made of it.

    Parameters
    ----------
    image : Tensor
        (C, H, W) or (1, C, H, W) in [-1, 1], C 1 or 3; values outside are clipped. Of the picture's size or, without
        ``where``, a whole multiple of it.
    parts : Parts
        From :func:`unpack`.
    where : ndarray, optional
        (H, W) of bool: only these pixels are taken from the image, and they are opaque; all others are the picture's
        own, bit for bit.

    Returns
    -------
    PIL.Image.Image
        Of the mode that the table of :func:`unpack` names, with the transparency and the ICC profile.

    Raises
    ------
    PictureError
        If a shape does not fit or a number is not finite.
    """
    image = _one(image)
    if where is None:
        return parts.assembled(parts.numbers(image))
    if where.dtype != bool or not where.shape == image.shape[1:] == parts.colours.shape[1:]:
        raise PictureError(
            f"expected a picture and a mask of bool of {tuple(parts.colours.shape[1:])} rows and columns, got "
            f"{tuple(image.shape)} and {where.dtype} {where.shape}"
        )
    pixels = np.array(parts.picture)
    # Only what is needed is turned into numbers: (C, H, W) -> (C, 1, places) -> (places, C)
    chosen = parts.numbers(image[:, torch.tensor(where, device=image.device)][:, None])[0]
    if pixels.ndim == 2:
        pixels[where] = chosen[:, 0]
    else:
        channels = chosen.shape[1]
        pixels[where, :channels] = chosen
        pixels[where, channels:] = 255
    return _with_profile(Image.fromarray(pixels), parts.picture.info.get("icc_profile"))


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


def png(picture: Image.Image | Tensor, *, compress_level: int = -1) -> bytes:
    """A picture as the bytes of a PNG file, upright, with its ICC profile, its transparency and its 16 bits.

    Parameters
    ----------
    picture : PIL.Image.Image or Tensor
        What PNG does not know is converted as :func:`unpack` says: CMYK, YCbCr, LAB and HSV to RGB.
    compress_level : int
        Of zlib, from 0 to 9; 1 is three times as fast as the default and a twentieth larger.

    Raises
    ------
    PictureError
        If it is no picture, or grey that 16 bits do not hold (I, F).
    """
    made = to_pil(picture) if isinstance(picture, Tensor) else upright(picture)
    made = made if made.mode in ("1", "P") else to_plain(made)
    if made.mode in ("I", "F"):
        raise PictureError(
            f"PNG: expected grey of 8 or 16 bits, got mode {made.mode!r}; TIFF keeps it: picture.save('name.tiff')"
        )
    buffer = io.BytesIO()
    made.save(buffer, "PNG", compress_level=compress_level)
    return buffer.getvalue()


def data_url(picture: Image.Image | Tensor, image_format: str = "PNG") -> str:
    """A picture as a ``data:`` address: text, so that any widget manager can carry it to the page."""
    made = to_pil(picture) if isinstance(picture, Tensor) else upright(picture)
    buffer = io.BytesIO()
    if image_format == "PNG":
        buffer.write(png(made))
    else:
        # Pillow hands a profile on to PNG by itself, to no other format; and JPEG has no transparency.
        made = on_white(made) if image_format == "JPEG" and made.mode not in ("L", "RGB") else made
        made.save(buffer, image_format, icc_profile=made.info.get("icc_profile"))
    return f"data:image/{image_format.lower()};base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
