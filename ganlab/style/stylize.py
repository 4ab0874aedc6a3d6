"""``ganlab.stylize``: paint a picture in the style of another, in one line."""

from __future__ import annotations

from functools import cache
from numbers import Real
from typing import TYPE_CHECKING

from PIL import Image
from torch import Tensor

from ganlab.data.paintings import paint_style
from ganlab.images import PictureError, to_pil, to_tensor
from ganlab.layers import push_pull
from ganlab.style.methods import keep_colours as with_colours_of
from ganlab.style.tiles import stylise_in_tiles
from ganlab.style.transfer import StyleTransfer, load_style_transfer

if TYPE_CHECKING:
    from PIL import Image


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
        Of any size: a large one is painted in tiles that fit together.
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
        Of the content's size and mode (L, RGB, RGBA with its transparency; others as RGB, or as RGBA if they have
        transparency).

    Raises
    ------
    PictureError
        If content or style is no picture that can be used.
    ValueError
        If alpha is not in [0, 1], or there is no such style or model.
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
        Of the content's size and mode (L, RGB, RGBA; others as RGB, or as RGBA if they have transparency).

    Raises
    ------
    PictureError
        If content or style is no picture that can be used.
    ValueError
        If alpha is not in [0, 1] or there is no style of that name.
    """
    if not isinstance(alpha, Real) or not 0 <= alpha <= 1:  # NaN is not, either
        raise ValueError(f"alpha: expected a number from 0 to 1, got {alpha!r}")
    colours, transparency = _content_tensor(content)
    painted = stylise_in_tiles(network, colours, _style_tensor(style), float(alpha), tile=tile)
    result = to_pil(with_colours_of(painted, colours) if keep_colours else painted)
    if transparency is not None:
        result.putalpha(transparency)
    return result.convert("L") if content.mode == "L" and transparency is None else result


def _usable(what: str, picture: Image.Image) -> Image.Image:
    """As RGBA if there is transparency, as RGB if not."""
    if picture.mode.startswith(("I", "F")):  # convert() would clip such grey values instead of scaling them
        raise PictureError(
            f"{what}: expected 8 bits a channel, got mode {picture.mode!r}; open the file with "
            "ganlab.images.open_picture"
        )
    if 0 in picture.size:
        raise PictureError(f"{what}: expected at least one pixel, got {picture.width} x {picture.height}")
    try:
        return picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    except ValueError as error:
        raise PictureError(f"{what}: Pillow cannot convert mode {picture.mode!r} to colours") from error


def _content_tensor(content: Image.Image) -> tuple[Tensor, Image.Image | None]:
    """Colours (1, 3, H, W) and the transparency, if there is any."""
    if not isinstance(content, Image.Image):
        raise PictureError(f"content: expected a PIL picture, got {type(content).__name__}")
    picture = _usable("content", content)
    colours = to_tensor(picture.convert("RGB"))[None]
    if picture.mode != "RGBA":
        return colours, None
    alpha = picture.getchannel("A")
    # Nobody sees the colours of wholly transparent pixels, often black: nor may they have a say in the statistics.
    hidden = (to_tensor(alpha)[None] <= -1).float()
    return (push_pull(colours, hidden) if bool(hidden.any()) else colours), alpha


def _style_tensor(style: Image.Image | str) -> Tensor:
    """Pixels (1, 3, H', W') of a painted style, or of a picture, made smaller if need be, on white paper."""
    if isinstance(style, str):
        return paint_style(style, size=_PAINTED_SIDE)[None]
    if not isinstance(style, Image.Image):
        raise PictureError(
            f"style: expected a PIL picture or a name from ganlab.data.paintings.STYLES, got {type(style).__name__}"
        )
    picture = _usable("style", style)
    if picture.mode == "RGBA":
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
    if max(picture.size) > _STYLE_SIDE:
        picture = picture.copy()
        picture.thumbnail((_STYLE_SIDE, _STYLE_SIDE), Image.Resampling.LANCZOS)  # changes its picture
    return to_tensor(picture)[None]
