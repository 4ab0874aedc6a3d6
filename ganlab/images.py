"""Between pictures as people have them (files, PIL, uint8) and tensors in [-1, 1].

:func:`open_picture` reads what a course can learn from: RGB, on white. :func:`unpack` and :func:`repack` take
a person's picture apart and put it together again, so that it comes back as what it was.
"""

from __future__ import annotations

import base64
import io
import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from ganlab.layers import push_pull
from ganlab.resampling import upscale

# The brightness of red, green and blue (ITU-R BT.601), as Pillow's convert("L") weighs them.
LUMA = (0.299, 0.587, 0.114)
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
    # In place: of a large picture each copy counts.
    return pixels.float().div_(127.5).sub_(1)


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
    pixels = _scaled(image, 0, 255).round_().clamp_(0, 255).to(torch.uint8).cpu()
    return Image.fromarray(pixels[0].numpy() if len(pixels) == 1 else pixels.permute(1, 2, 0).numpy())


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
                    f"expected at most {max_pixels / 1e6:.0f} million pixels, got "
                    f"{picture.width} x {picture.height}; make it smaller first"
                )
            return on_white(_turned(picture, _orientation(picture)))
    except PictureError as error:
        raise PictureError(f"{name}: {error}") from error
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


def upright(picture: Image.Image) -> Image.Image:
    """Turned as the camera says (EXIF), without that remark; a picture that needs no turning is returned itself.

    Raises
    ------
    PictureError
        If the file behind it is damaged or cut short.
    """
    try:
        return _turned(picture, _orientation(picture))
    # A file that was opened is read only now: see _decode.
    except Exception as error:
        raise PictureError(f"the picture is damaged or cut short ({type(error).__name__})") from error


def _orientation(picture: Image.Image) -> int:
    """EXIF's number of the way a picture is stored: 1 if it is upright. Decodes the picture."""
    picture.load()
    found = picture.getexif().get(0x0112)
    return found if isinstance(found, int) and 2 <= found <= 8 else 1


def _turned(picture: Image.Image, orientation: int) -> Image.Image:
    return picture if orientation == 1 else ImageOps.exif_transpose(picture)


def on_white(picture: Image.Image) -> Image.Image:
    """Any picture as RGB: transparency laid over white, 16-bit and float grey scaled; the ICC profile is kept.

    Raises
    ------
    PictureError
        If Pillow cannot convert it.
    """
    made = _plain(picture)
    profile = made.info.get("icc_profile")
    if made.mode in _DEEP:
        values = np.nan_to_num(np.asarray(made, dtype=np.float64))
        black, white = _ends(values, made.mode)
        made = Image.fromarray(((values.clip(black, white) - black) / (white - black) * 255).round().astype(np.uint8))
    if made.mode in ("LA", "RGBA"):
        made = Image.alpha_composite(Image.new("RGBA", made.size, "white"), made.convert("RGBA"))
    return _with_profile(made.convert("RGB"), profile)


# Grey of more than 8 bits; Pillow's convert() would clip it instead of scaling it.
_DEEP = ("I;16", "I", "F")
# Their numbers are not those of the RGB picture that becomes of them, so that their profile says nothing about it.
_OTHER_NUMBERS = ("CMYK", "LAB")


def _plain(picture: Image.Image) -> Image.Image:
    """As L, LA, RGB, RGBA, I;16, I or F, whichever holds it; itself if it is already one of them."""
    mode, profile = picture.mode, picture.info.get("icc_profile")
    if mode in ("I", "F", "I;16"):
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
    picture.info.pop("icc_profile", None)
    if isinstance(profile, bytes) and profile:
        picture.info["icc_profile"] = profile
    return picture


def _ends(values: np.ndarray, mode: str) -> tuple[float, float]:
    """Which numbers of deep grey are black and white."""
    if mode == "I;16":
        return 0.0, 65535.0
    lowest, highest = float(values.min(initial=0)), float(values.max(initial=0))
    # Nothing in the file says what white is: the smallest usual scale that holds every value, or all but the
    # overshoot that resizing adds. Numbers below 0 belong to the scale if they lie no deeper than white lies high.
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
    orientation : int
        How the picture was stored (EXIF, 1 to 8); ``picture`` and ``colours`` are upright.
    """

    picture: Image.Image
    colours: Tensor
    alpha: Image.Image | None
    black: float = 0.0
    white: float = 255.0
    orientation: int = 1

    @property
    def dtype(self) -> np.dtype[Any]:
        """The picture's own kind of number."""
        return np.dtype({"I;16": np.uint16, "I": np.int32, "F": np.float32}.get(self.picture.mode, np.uint8))

    def numbers(self, image: Tensor) -> np.ndarray:
        """An image (1 or 3, h, w) in [-1, 1], of any size, in the picture's own numbers: (h, w, 1 or 3).

        There are as many channels as in ``colours``: of one that has more, the brightness is taken (``LUMA``).

        Raises
        ------
        PictureError
            If the shape does not fit or a number is not finite.
        """
        if image.dim() != 3 or image.shape[0] not in (1, 3):
            raise PictureError(f"expected one picture (C, H, W) with 1 or 3 channels, got shape {tuple(image.shape)}")
        channels = len(self.colours)
        if channels < len(image):
            if self.dtype == np.uint8:
                return np.asarray(to_pil(image).convert("L"))[..., None]
            image = (image * image.new_tensor(LUMA)[:, None, None]).sum(dim=0, keepdim=True)
        # 32 bits are more than float32 holds.
        exact = torch.float64 if self.dtype == np.int32 else torch.float32
        values = _scaled(image.cpu(), self.black, self.white, exact)
        if self.dtype != np.float32:
            values = values.round_()
        values = values.clamp_(self.black, self.white).expand(channels, -1, -1)
        return values.permute(1, 2, 0).numpy().astype(self.dtype)

    def assembled(self, pixels: np.ndarray) -> Image.Image:
        """What :meth:`numbers` gives, of the picture's size or a whole multiple of it, as a picture of its mode.

        Transparency is enlarged bicubically; the ICC profile is kept.

        Raises
        ------
        PictureError
            If the size is another one.
        """
        height, width, channels = pixels.shape
        scale = max(1, width // self.picture.width)
        if (width, height) != (scale * self.picture.width, scale * self.picture.height):
            raise PictureError(
                f"expected the picture's size {self.picture.width} x {self.picture.height} or a whole multiple of "
                f"it, got {width} x {height}"
            )
        made = Image.fromarray(pixels[..., 0] if channels == 1 else pixels)
        if self.alpha is not None:
            clear = self.alpha
            made.putalpha(clear if scale == 1 else to_pil(upscale(to_tensor(clear)[None], scale)))
        return _with_profile(made, self.picture.info.get("icc_profile"))


def unpack(picture: Image.Image, what: str = "") -> Parts:
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

    A phone's rotation (EXIF) is applied; what comes back is upright and has no EXIF data. The ICC profile stays. Of
    an animation the frame is taken that it stands at.

    Parameters
    ----------
    picture : PIL.Image.Image
        It is not changed.
    what : str
        What it is to the caller, such as ``"content"``, for messages.

    Returns
    -------
    Parts
        What :func:`repack` takes.

    Raises
    ------
    PictureError
        If it is no picture, damaged, has no pixel, or has something that could not be given back: deep grey with
        a transparent grey, with NaN, or with numbers far below black; colours that are multiplied by alpha already
        (La, RGBa).
    """
    try:
        return _unpack(picture)
    except PictureError as error:
        if not what:
            raise
        raise PictureError(f"{what}: {error}") from error


def _unpack(picture: Image.Image) -> Parts:
    if not isinstance(picture, Image.Image):
        hint = "; open the file with ganlab.images.open_picture" if isinstance(picture, str | os.PathLike) else ""
        raise PictureError(f"expected a PIL picture, got {type(picture).__name__}{hint}")
    if 0 in picture.size:
        raise PictureError(f"expected at least one pixel, got {picture.width} x {picture.height}")
    if picture.mode in ("La", "RGBa"):
        raise PictureError(
            f"expected colours as they are, got mode {picture.mode!r}, where they are multiplied by alpha; use "
            f"picture.convert({picture.mode.upper()!r})"
        )
    plain, orientation = _plain(upright(picture)), _orientation(picture)
    if plain.mode in _DEEP:
        return _unpack_deep(plain, orientation)
    if plain.mode in ("L", "RGB"):
        return Parts(plain, to_tensor(plain), None, orientation=orientation)
    alpha = plain.getchannel("A")
    colours = to_tensor(plain.getchannel("L") if plain.mode == "LA" else plain.convert("RGB"))
    if alpha.getextrema()[0] == 0:
        hidden = torch.from_numpy(np.asarray(alpha) == 0).float()
        colours = push_pull(colours[None], hidden[None, None])[0]
    return Parts(plain, colours, alpha, orientation=orientation)


def _unpack_deep(picture: Image.Image, orientation: int) -> Parts:
    mode = picture.mode
    if "transparency" in picture.info:
        raise PictureError(f"expected grey of mode {mode!r} without transparency, which Pillow cannot keep; got some")
    # float32 holds 16 bits, and not 32.
    values = np.array(picture, dtype=np.float64 if mode == "I" else np.float32)
    if not np.isfinite(values).all():
        raise PictureError(f"expected finite numbers, got NaN or infinity in a picture of mode {mode!r}")
    black, white = _ends(values, mode)
    if values.min() < black:
        raise PictureError(
            f"expected numbers from 0 on, got some from {values.min():g} to {values.max():g} in a picture of mode "
            f"{mode!r}; nothing says which of them is black: scale them to 0 to 1"
        )
    if black:
        values -= black
    values /= (white - black) / 2
    values -= 1
    return Parts(picture, torch.from_numpy(values).float()[None], None, black, white, orientation)


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
    if image.dim() == 4 and len(image) == 1:
        image = image[0]
    if where is None:
        return parts.assembled(parts.numbers(image))
    size = (parts.picture.height, parts.picture.width)
    if where.dtype != bool or where.shape != size or tuple(image.shape[1:]) != size:
        raise PictureError(
            f"expected a picture and a mask of bool of {size[0]} rows and {size[1]} columns, got shapes "
            f"{tuple(image.shape)} and {where.shape} of {where.dtype}"
        )
    pixels = np.array(parts.picture)
    # Only what is needed is turned into numbers: (C, H, W) -> (C, 1, places) -> (places, C)
    chosen = parts.numbers(image[:, torch.from_numpy(where).to(image.device)][:, None])[0]
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
        If it is float grey, or has whole numbers that 16 bits do not hold.
    """
    made = to_pil(picture) if isinstance(picture, Tensor) else upright(picture)
    if made.mode not in ("1", "P"):
        made = _plain(made)
    if made.mode == "I":
        values = np.asarray(made)
        if values.size and not (values.min() >= 0 and values.max() <= 65535):
            raise PictureError(
                f"PNG: expected whole numbers from 0 to 65535, got some from {values.min()} to {values.max()}"
            )
        made = _with_profile(Image.fromarray(values.astype(np.uint16)), made.info.get("icc_profile"))
    if made.mode == "F":
        raise PictureError("PNG: expected whole numbers, got float grey; TIFF keeps it: picture.save('name.tiff')")
    buffer = io.BytesIO()
    made.save(buffer, "PNG", compress_level=compress_level)
    return buffer.getvalue()


def data_url(picture: Image.Image | Tensor, image_format: str = "PNG") -> str:
    """A picture as a ``data:`` address: text, so that any widget manager can carry it to the page."""
    if image_format == "PNG":
        content = png(picture)
    else:
        made = to_pil(picture) if isinstance(picture, Tensor) else upright(picture)
        if image_format == "JPEG" and made.mode not in ("L", "RGB"):
            made = on_white(made)
        buffer = io.BytesIO()
        # Pillow hands a profile on to PNG by itself, to no other format.
        made.save(buffer, image_format, icc_profile=made.info.get("icc_profile"))
        content = buffer.getvalue()
    return f"data:image/{image_format.lower()};base64," + base64.b64encode(content).decode("ascii")
