"""Procedural paintings in twenty styles, for style transfer: endlessly many of each, with nothing to download.

The style of a picture is in its marks, its edges and its palette, the same all over it; the seed decides only where
things lie. Some styles share a palette, so that colour alone does not tell them apart.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ganlab.data.paintings import brushes, crafts, prints
from ganlab.data.paintings.easel import Array, Easel
from ganlab.data.pictures import Pictures
from ganlab.runtime import as_count, as_seed, as_size, there_are

_PAINTERS: dict[str, Callable[[Easel], Array]] = {
    "impasto": brushes.impasto,
    "pointillism": brushes.pointillism,
    "palette knife": brushes.palette_knife,
    "pastel": brushes.pastel,
    "watercolour": brushes.watercolour,
    "drip": brushes.drip,
    "marbling": crafts.marbling,
    "halftone": prints.halftone,
    "comic": prints.comic,
    "hatching": prints.hatching,
    "woodcut": prints.woodcut,
    "engraving": prints.engraving,
    "contours": prints.contours,
    "papercut": prints.papercut,
    "stained glass": crafts.stained_glass,
    "mosaic": crafts.mosaic,
    "cubism": crafts.cubism,
    "seigaiha": crafts.seigaiha,
    "batik": crafts.batik,
    "knitting": crafts.knitting,
    "weave": crafts.weave,
}
STYLES: tuple[str, ...] = tuple(_PAINTERS)

# Painted larger and averaged, to at least this many pixels: so thin lines survive in small pictures. Marks of a brush
# have smooth edges of their own, and there are thousands of them: those are painted in the picture's own pixels.
_FINE, _FINE_MARKS = 512, 256


def paint_style(name: str, *, size: int = 256, seed: int = 0) -> Tensor:
    """Paint one picture.

    Parameters
    ----------
    name : str
        The style, one of ``STYLES``.
    size : int
        Height and width in pixels, at least 16. Another size is the same picture, larger or smaller.
    seed : int
        The layout, and small variations of the palette. The same seed gives the same picture.

    Returns
    -------
    Tensor
        Shape (3, size, size), float32, in [-1, 1].

    Raises
    ------
    ValueError
        If there is no such style (the message lists those there are) or the size is below 16.
    """
    if name not in _PAINTERS:
        raise ValueError(f"there is no style {name!r}; {there_are(name, STYLES)}")
    size, seed = as_size("paint_style: size", size, least=16), as_seed("paint_style: seed", seed)
    marks = _PAINTERS[name].__module__ == brushes.__name__
    factor = max(1 if marks else 2, -(-(_FINE_MARKS if marks else _FINE) // size))
    painted = _PAINTERS[name](Easel(name, factor * size, seed))
    whole = np.clip(painted, 0, 1).reshape(3, size, factor, size, factor).mean((2, 4), dtype=np.float32)
    return torch.from_numpy(whole) * 2 - 1


def styles(n_each: int = 1, *, size: int = 256, seed: int = 0) -> Pictures:
    """Pictures of every style, labelled.

    Parameters
    ----------
    n_each : int
        How many of each style, at least 1.
    size : int
        Height and width in pixels, at least 16.
    seed : int
        The seed of the first picture of each style; the next ones count up from it.

    Returns
    -------
    Pictures
        (n_each * len(STYLES), 3, size, size), style by style; ``labels["style"]`` numbers ``STYLES``.

    Raises
    ------
    ValueError
        If ``n_each`` is below 1 or the size below 16.
    """
    n_each, seed = as_count("styles: n_each", n_each), as_seed("styles: seed", seed)
    return Pictures(
        images=torch.stack([paint_style(name, size=size, seed=seed + k) for name in STYLES for k in range(n_each)]),
        labels={"style": torch.arange(len(STYLES)).repeat_interleave(n_each)},
        classes={"style": STYLES},
        name="procedural styles",
        licence="MIT, like the code that paints them",
        source="ganlab.data.paintings",
    )
