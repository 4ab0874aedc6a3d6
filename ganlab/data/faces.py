"""Procedural cartoon faces: any number of them, with every attribute known exactly.

A face is a stack of shapes, each given by its signed distance (negative inside, in units of half the picture's
width) and painted over what is already there. Coverage within half a pixel of an edge is partial, so edges are
smooth at any size. Everything is a tensor operation over a batch of faces.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab.data.face_parts import BACKGROUND, HAIR, IRIS, SHIRT, SKIN, paint
from ganlab.data.pictures import Pictures
from ganlab.runtime import as_count, as_seed, as_size

STYLE = ("bald", "short", "long", "bun", "afro")
_STYLE_WEIGHTS = (0.12, 0.26, 0.26, 0.16, 0.20)
_NO_YES = ("no", "yes")

# What can be told about a face as a class, and the names of the classes. ``skin`` and ``smile`` are continuous in
# the painter; as labels, skin is rounded to the nearest named tone and a smile is anything above 0.
ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "hair": tuple(HAIR), "style": STYLE, "bg": tuple(BACKGROUND), "shirt": tuple(SHIRT), "iris": tuple(IRIS),
    "skin": tuple(SKIN), "glasses": _NO_YES, "shade": _NO_YES, "smile": _NO_YES, "open": _NO_YES,
    "beard": _NO_YES, "hat": _NO_YES,
}  # fmt: skip

# Continuous attributes: name -> (lowest, highest), drawn uniformly. Lengths in half picture widths, angles in rad.
RANGES: dict[str, tuple[float, float]] = {
    "skin": (0, 5), "smile": (-1, 1), "blush": (0, 1),
    "dx": (-0.07, 0.07), "dy": (-0.05, 0.05), "tilt": (-0.16, 0.16), "sc": (0.92, 1.08),
    "fw": (0.44, 0.53), "fh": (0.54, 0.62), "eyey": (-0.02, 0.06), "eyedx": (0.17, 0.215), "eyer": (0.085, 0.12),
    "gx": (-1, 1), "gy": (-0.6, 0.6), "brow": (-0.25, 0.25), "browy": (0.16, 0.22), "nose": (0.06, 0.1),
    "mw": (0.15, 0.23), "light": (-1, 1), "part": (-0.3, 0.3),
}  # fmt: skip

_CHUNK = 8  # faces painted at once: a few megabytes, which stay in the processor's cache


def sample_attributes(n: int, seed: int = 0, **fixed: float | Tensor) -> dict[str, Tensor]:
    """Draw the attributes of ``n`` faces.

    Parameters
    ----------
    n : int
        How many, at least 1.
    seed : int
        The same seed gives the same faces.
    **fixed : float or Tensor
        Attributes to set instead of drawing them, as one value or as a tensor (n,): ``glasses=1, smile=0.8``.
        The others stay what they would have been.

    Returns
    -------
    dict of str to Tensor
        Each of shape (n,): int64 for classes, bool for yes or no, float32 for the rest (see ``RANGES``).

    Raises
    ------
    ValueError
        If ``n`` is below 1 or an attribute is unknown.
    """
    n, seed = as_count("faces: n", n), as_seed("faces: seed", seed)
    random = torch.Generator().manual_seed(seed)

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(n, generator=random)

    def choice(count: int) -> Tensor:
        return torch.randint(count, (n,), generator=random)

    def chance(probability: float) -> Tensor:
        return torch.rand(n, generator=random) < probability

    # The order of the draws is part of what a seed means: do not change it.
    drawn = {"skin": uniform(*RANGES["skin"]), "hair": choice(len(HAIR))}
    drawn["style"] = torch.multinomial(torch.tensor(_STYLE_WEIGHTS), n, replacement=True, generator=random)
    drawn |= {"bg": choice(len(BACKGROUND)), "shirt": choice(len(SHIRT)), "iris": choice(len(IRIS))}
    drawn |= {"glasses": chance(0.4), "shade": chance(0.25)}
    drawn["smile"] = uniform(0.35, 1.0) * torch.where(chance(0.55), 1.0, -1.0)
    drawn |= {"open": chance(0.4), "beard": chance(0.22), "hat": chance(0.15)}
    drawn |= {name: uniform(*bounds) for name, bounds in RANGES.items() if name not in ("skin", "smile")}
    for name, value in fixed.items():
        if name not in drawn:
            raise ValueError(f"unknown attribute {name!r}; a face has {', '.join(sorted(drawn))}")
        kind = drawn[name].dtype
        drawn[name] = torch.as_tensor(value).to(kind).expand(n).clone()
    return drawn


def attribute_labels(attributes: dict[str, Tensor]) -> dict[str, Tensor]:
    """Attributes as classes, int64 (n,), for the names in ``ATTRIBUTES``: exact labels of the painted faces.

    ``shade`` (dark glasses) is 1 only with glasses, ``open`` only with a smile: they show only then.
    """
    labels = {name: attributes[name].long() for name in ATTRIBUTES if name not in ("skin", "smile")}
    labels["skin"] = attributes["skin"].round().long()
    labels["smile"] = (attributes["smile"] > 0).long()
    labels["shade"] *= labels["glasses"]
    labels["open"] *= labels["smile"]
    return {name: labels[name] for name in ATTRIBUTES}


@torch.no_grad()
def paint_faces(attributes: dict[str, Tensor], size: int = 32) -> Tensor:
    """Paint faces.

    Parameters
    ----------
    attributes : dict of str to Tensor
        As :func:`sample_attributes` returns them, each of shape (N,).
    size : int
        Height and width in pixels, at least 8.

    Returns
    -------
    Tensor
        Shape (N, 3, size, size), float32, in [-1, 1].

    Raises
    ------
    ValueError
        If ``size`` is below 8.
    """
    size = as_size("paint_faces: size", size, least=8)
    n = len(attributes["skin"])
    pictures = torch.empty(n, 3, size, size)
    for start in range(0, n, _CHUNK):
        part = {name: values[start : start + _CHUNK] for name, values in attributes.items()}
        # Twice the size, then averaged: smooths what a single distance cannot (crossing edges, thin lines).
        pictures[start : start + _CHUNK] = F.avg_pool2d(paint(part, 2 * size), 2)
    return pictures * 2 - 1


def faces(n: int, size: int = 32, seed: int = 0) -> Pictures:
    """Procedural cartoon faces with exact labels.

    Parameters
    ----------
    n : int
        How many, at least 1.
    size : int
        Height and width in pixels, at least 8.
    seed : int
        The same seed gives the same faces.

    Returns
    -------
    Pictures
        Colour pictures; ``labels`` has every name in ``ganlab.data.faces.ATTRIBUTES``.
    """
    attributes = sample_attributes(n, seed)
    return Pictures(
        images=paint_faces(attributes, size),
        labels=attribute_labels(attributes),
        classes=ATTRIBUTES,
        name="procedural faces",
        licence="MIT, like the code that paints them",
        source="ganlab.data.faces",
    )
