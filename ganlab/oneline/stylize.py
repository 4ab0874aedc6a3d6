"""``ganlab.stylize``: paint a picture in the style of another, in one line."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ganlab.style_transfer import StyleTransfer, load_style_transfer
from ganlab.stylising import stylise_picture

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
        the course's own styles by name, such as ``"stained glass"``; ``ganlab.styles.STYLES`` lists them.
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
