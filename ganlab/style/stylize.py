"""``ganlab.stylize``: paint a picture in the style of another, in one line."""

from __future__ import annotations

import os
from functools import cache
from pathlib import PurePath

from PIL import Image
from torch import Tensor

from ganlab.data.paintings import STYLES, paint_style
from ganlab.images import PictureError, about, on_white, repack, to_tensor, unpack, upright
from ganlab.runtime import as_number
from ganlab.style.methods import keep_colours as with_colours_of
from ganlab.style.tiles import stylise_in_tiles
from ganlab.style.transfer import StyleTransfer, load_style_transfer


def stylize(
    content: Image.Image,
    style: Image.Image | str,
    alpha: float = 1.0,
    *,
    keep_colours: bool = False,
    model: str = "adain-small",
) -> Image.Image:
    """Paint a picture in the style of another with a shipped AdaIN network.

    Parameters
    ----------
    content : PIL.Image.Image
        Of any size: a large one is painted in tiles that fit together. A camera's rotation (EXIF) is applied.
    style : PIL.Image.Image or str
        Of any size, made at most 512 pixels long: the marks of the result are as large as its marks then. Or one of
        the course's own styles by name, such as ``"stained glass"``; ``ganlab.data.paintings.STYLES`` lists them.
    alpha : float
        Strength, from 0 (the content as the network reconstructs it, not pixel by pixel) to 1.
    keep_colours : bool
        Keep the content's colours: only its brightness is painted.
    model : str
        The shipped network.

    Returns
    -------
    PIL.Image.Image
        Of the content's size and mode, as the table of :func:`ganlab.images.unpack` says, with its transparency and
        its ICC profile.

    Raises
    ------
    PictureError
        If content or style is no picture that can be used.
    TypeError, ValueError
        If alpha is no number from 0 to 1, or there is no such style or model.
    """
    return stylise_picture(_network(model), content, style, alpha, keep_colours=keep_colours)


@cache
def _network(model: str) -> StyleTransfer:
    return load_style_transfer(model)


# Marks of a style are as large in the result as in the picture that is encoded: of a huge one no mark is seen whole.
_STYLE_SIDE = 512
_PAINTED_SIDE = 256


def stylise_picture(
    network: StyleTransfer,
    content: Image.Image,
    style: Image.Image | str,
    alpha: float = 1.0,
    *,
    keep_colours: bool = False,
    tile: int = 512,
) -> Image.Image:
    """Paint a picture in the style of another.

    Parameters
    ----------
    network : StyleTransfer
        For colour pictures, in eval mode.
    content : PIL.Image.Image
        Of any size; :func:`ganlab.style.tiles.stylise_in_tiles` keeps the memory that of a tile.
    style : PIL.Image.Image or str
        Of any size, and encoded at most 512 pixels long; or one of ``ganlab.data.paintings.STYLES``, painted at 256.
    alpha : float
        Strength, from 0 (the content as the network reconstructs it) to 1.
    keep_colours : bool
        Take only the brightness from the stylised picture, the colours from the content.
    tile : int
        Side in pixels of what is painted at once.

    Returns
    -------
    PIL.Image.Image
        Of the content's size and mode, as :func:`stylize` returns it.

    Raises
    ------
    PictureError
        If content or style is no picture that can be used.
    TypeError, ValueError
        If alpha is no number from 0 to 1 or there is no style of that name.
    """
    strength = as_number("alpha", alpha, least=0, most=1)
    with about("content"):
        parts = unpack(content)
    colours = parts.colours[None].expand(-1, 3, -1, -1)
    painted = stylise_in_tiles(network, colours, _style_tensor(style), strength, tile=tile)
    return repack(with_colours_of(painted, colours) if keep_colours else painted, parts)


def _style_tensor(style: Image.Image | str) -> Tensor:
    """Pixels (1, 3, H', W') of a painted style, or of a picture, made smaller if need be, on white paper."""
    expected = "style: expected a PIL picture or a name from ganlab.data.paintings.STYLES"
    if isinstance(style, os.PathLike) or (isinstance(style, str) and style not in STYLES and _is_file_name(style)):
        raise PictureError(
            f"{expected}, got the name of a file, {os.fspath(style)!r}; open it with ganlab.images.open_picture"
        )
    if isinstance(style, str):
        return paint_style(style, size=_PAINTED_SIDE)[None]
    if not isinstance(style, Image.Image):
        raise PictureError(f"{expected}, got {type(style).__name__}")
    if 0 in style.size:
        raise PictureError(f"style: expected at least one pixel, got {style.width} x {style.height}")
    with about("style"):
        picture = on_white(upright(style))
    # The picture is ours, and in place the large one is not kept.
    picture.thumbnail((_STYLE_SIDE, _STYLE_SIDE), Image.Resampling.LANCZOS)
    return to_tensor(picture)[None]


def _is_file_name(name: str) -> bool:
    return PurePath(name).suffix.lower() in Image.registered_extensions() or "/" in name or "\\" in name
