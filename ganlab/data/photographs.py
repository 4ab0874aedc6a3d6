"""Photographs to train on and to measure with: those inside scikit-image and scikit-learn, folders, crops."""

from __future__ import annotations

import importlib.util
import os
import random
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from ganlab.images import PictureError, open_picture, to_tensor

PUBLIC_DOMAIN = "public domain"
CC0 = "CC0 (public domain)"


@dataclass(frozen=True)
class Photograph:
    """What is known about one photograph."""

    name: str
    file: str  # inside the package
    package: str
    licence: str
    source: str
    colour: bool = True


def _skimage(name: str, licence: str, source: str, file: str = "", colour: bool = True) -> Photograph:
    return Photograph(name, f"data/{file or name + '.png'}", "skimage", licence, source, colour)


# Licences and sources as scikit-image's docstrings and scikit-learn's datasets/images/README.txt state them. The
# wheels hold more pictures; those whose licence is stated nowhere (moon, the Middlebury motorcycle) are left out.
PHOTOGRAPHS = {
    photo.name: photo
    for photo in (
        _skimage("astronaut", PUBLIC_DOMAIN, "Eileen Collins, NASA Great Images database"),
        _skimage("chelsea", CC0, "Stefan van der Walt: the cat Chelsea"),
        _skimage("coffee", CC0, "Rachel Michetti: a cup of coffee"),
        _skimage("rocket", PUBLIC_DOMAIN, "SpaceX: launch of DSCOVR", "rocket.jpg"),
        _skimage("hubble", PUBLIC_DOMAIN, "NASA and ESA: Hubble eXtreme Deep Field", "hubble_deep_field.jpg"),
        _skimage("retina", CC0, "Mikael Häggström, WikiJournal of Medicine 1(2), 2014: a human retina", "retina.jpg"),
        _skimage("camera", CC0, "Lav Varshney: the cameraman", colour=False),
        _skimage("brick", CC0, "CC0Textures: brick wall", colour=False),
        _skimage("grass", CC0, "linolafett: grass", colour=False),
        _skimage("gravel", CC0, "CC0Textures: gravel", colour=False),
        Photograph("china", "datasets/images/china.jpg", "sklearn", "CC BY 2.0", "danielbuechele: a pavilion"),
        Photograph("flower", "datasets/images/flower.jpg", "sklearn", "CC BY 2.0", "vultilion: a dahlia"),
    )
}


def photograph_path(name: str) -> Path:
    """Where the file of a photograph in ``PHOTOGRAPHS`` lies."""
    photo = PHOTOGRAPHS[name]
    spec = importlib.util.find_spec(photo.package)
    assert spec is not None  # a core dependency
    assert spec.origin is not None
    return Path(spec.origin).parent / photo.file


# Never trained on: what the lesson and the tests measure on.
HELD_OUT = ("chelsea", "china", "coffee")


def training_photographs() -> list[Image.Image]:
    """The bundled photographs, grey ones too, without those in ``HELD_OUT``; at most 1000 pixels long."""
    names = [name for name in PHOTOGRAPHS if name not in HELD_OUT]
    return [_at_most(open_picture(photograph_path(name)), 1000) for name in names]


def held_out_photographs() -> dict[str, Tensor]:
    """The photographs in ``HELD_OUT`` by name, each (1, 3, H, W) in [-1, 1]."""
    return {name: to_tensor(open_picture(photograph_path(name)))[None] for name in HELD_OUT}


def photographs_in(folder: str | os.PathLike[str]) -> list[Image.Image]:
    """Every picture of a folder, sorted by name, in its own size; what is no picture is skipped with a warning.

    Raises
    ------
    ValueError
        If there is no such folder, or no picture in it.
    """
    place = Path(folder)
    if not place.is_dir():
        raise ValueError(f"photographs_in: there is no folder {place.name!r}")
    found, skipped = [], []
    for path in sorted(path for path in place.iterdir() if path.is_file()):
        try:
            found.append(open_picture(path))
        except PictureError as error:
            skipped.append(str(error))
    if not found:
        raise ValueError(f"photographs_in: expected pictures in the folder {place.name!r}, found none")
    if skipped:
        warnings.warn(f"skipped {'; '.join(skipped)}", stacklevel=2)
    return found


def _at_most(picture: Image.Image, side: int) -> Image.Image:
    small = picture.copy()
    small.thumbnail(
        (side, side), Image.Resampling.LANCZOS
    )  # the largest are soft at their own size: made smaller, they have edges to learn
    return small


def cut_crops(
    pictures: Sequence[Image.Image], count: int, size: int = 96, *, seed: int = 0, smallest: float = 0.6
) -> Tensor:
    """Random squares; flat ones, from which nothing can be learned, are drawn again.

    Parameters
    ----------
    pictures : sequence of PIL.Image.Image
        Pictures smaller than ``size`` in a side are left out. The chance of each grows with the root of its area.
    count : int
        How many crops, at least 1.
    size : int
        Their side in pixels.
    seed : int
        The same seed gives the same crops.
    smallest : float
        Each crop is taken from the picture made smaller by a random factor between this and 1: distant leaves are
        as good to learn from as near ones.

    Returns
    -------
    Tensor
        (count, 3, size, size), uint8: :func:`ganlab.training.fit` takes it as it is.

    Raises
    ------
    ValueError
        If no picture is large enough, or a number is not as described.
    """
    if count < 1 or size < 1 or not 0 < smallest <= 1:
        raise ValueError(
            f"cut_crops: expected count >= 1, size >= 1, 0 < smallest <= 1; got {count}, {size}, {smallest}"
        )
    large = [picture.convert("RGB") for picture in pictures if min(picture.size) >= size]
    if not large:
        raise ValueError(f"cut_crops: expected a picture of at least {size} x {size} pixels, got none")
    chance = random.Random(seed)
    weights = [(picture.width * picture.height) ** 0.5 for picture in large]
    crops: list[Tensor] = []
    attempts = 0
    while len(crops) < count:
        attempts += 1
        picture = chance.choices(large, weights)[0]
        side = min(round(size / chance.uniform(smallest, 1)), *picture.size)
        left, top = chance.randint(0, picture.width - side), chance.randint(0, picture.height - side)
        crop = picture.crop((left, top, left + side, top + side))
        if side != size:
            crop = crop.resize((size, size), Image.Resampling.LANCZOS)
        pixels = ((to_tensor(crop) + 1) * 127.5).round().to(torch.uint8)
        # Of one channel at a time: plain blue varies between channels, and nowhere else.
        texture = pixels.float().std(dim=(1, 2), unbiased=False).max()
        if texture > 8 or attempts > 20 * count:  # a cloudless sky alone is better than an endless loop
            crops.append(pixels)
    return torch.stack(crops)
