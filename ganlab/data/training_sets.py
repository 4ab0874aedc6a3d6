"""What the shipped weights were trained on: painted faces, painted styles and photographs, as bytes.

A recipe keeps its pictures as uint8, a quarter of float32's memory. Photographs are those inside scikit-image and
scikit-learn and those of every folder named in the environment variable GANLAB_PHOTOS (separated like PATH); what
:func:`colour_photographs` and :func:`named_folders` say of them goes on the model card.
"""

from __future__ import annotations

import os
import random
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from ganlab.data.faces import faces
from ganlab.data.paintings import STYLES, paint_style
from ganlab.data.photographs import PHOTOGRAPHS, Photograph, photograph_path, photographs_in
from ganlab.images import open_picture, to_tensor

# The first painting of each style that the loss network learns from, and the style transfer: the judge sees others.
STYLE_SEED = 1000
# Faces painted at once: more would not fit into a small memory as float32.
PIECE = 2000
# What a model card says of a folder in GANLAB_PHOTOS, by its name.
KNOWN_FOLDERS = {
    "bsd100": "BSD100 (Martin, Fowlkes, Tal and Malik 2001, Berkeley; non-commercial research and education)",
    "paris": "Paris street views (Pathak et al. 2016's test set; research)",
}


def to_bytes(images: Tensor) -> Tensor:
    """Pictures in [-1, 1] of any shape as uint8 in [0, 255]; what lies outside is clipped."""
    return ((images + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)


def training_faces(count: int, size: int) -> Tensor:
    """Procedural faces as uint8 (count, 3, size, size), in pieces with the seeds 1000, 1001 ..."""
    pieces = []
    for seed, start in enumerate(range(0, count, PIECE), 1000):
        pieces.append(to_bytes(faces(min(PIECE, count - start), size=size, seed=seed).images))
    return torch.cat(pieces)


def style_paintings(each: int, seed: int, cache: Path) -> Tensor:
    """Paintings of every style, uint8 (styles, each, 3, 256, 256); kept in a file beside the run."""
    if cache.exists():
        kept: Tensor = torch.load(cache)
        return kept
    pool = torch.stack(
        [torch.stack([to_bytes(paint_style(name, size=256, seed=seed + k)) for k in range(each)]) for name in STYLES]
    )
    torch.save(pool, cache)
    return pool


def licences(photographs: Iterable[Photograph]) -> str:
    """Names and licences of bundled photographs, as a model card says them."""
    named = ", ".join(f"{photo.name} ({photo.licence})" for photo in photographs)
    return f"photographs inside scikit-image and scikit-learn: {named}"


def named_folders() -> Iterator[tuple[str, list[Image.Image], str]]:
    """The folders in GANLAB_PHOTOS: each one's name, its pictures, and what a model card says of it.

    Raises
    ------
    ValueError
        If there is no such folder, or no picture in it.
    """
    for folder in filter(None, os.environ.get("GANLAB_PHOTOS", "").split(os.pathsep)):
        name = Path(folder).name
        yield name, photographs_in(folder), KNOWN_FOLDERS.get(name, name)


def colour_photographs(held_out: Collection[str]) -> tuple[list[Image.Image], str]:
    """Bundled photographs in colour, without those held out, and GANLAB_PHOTOS; with a sentence for the card."""
    bundled = [photo for photo in PHOTOGRAPHS.values() if photo.colour and photo.name not in held_out]
    pictures = [open_picture(photograph_path(photo.name)) for photo in bundled]
    said = f"the colour {licences(bundled)}"
    for _, found, source in named_folders():
        pictures += found
        said += f"; {len(found)} photographs of {source}"
    return pictures, said


def mirrored_crops(pictures: Sequence[Image.Image], count: int, size: int, seed: int) -> Tensor:
    """Random squares at random scales, mirrored at random: uint8 (count, 3, size, size).

    Each picture is taken in turn, and a square of 0.3 to 1 of its short side resized to ``size``. For details as they
    are, not resized, take :func:`ganlab.data.photographs.cut_crops`.
    """
    chance, crops = random.Random(seed), []
    for index in range(count):
        picture = pictures[index % len(pictures)]
        short = min(picture.size)
        side = round(min(short, max(size, short * chance.uniform(0.3, 1.0))))
        left, top = chance.randint(0, picture.width - side), chance.randint(0, picture.height - side)
        box = (left, top, left + side, top + side)
        crop = picture.resize((size, size), Image.Resampling.LANCZOS, box=box)
        if chance.random() < 0.5:
            crop = crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        crops.append(to_bytes(to_tensor(crop)))
    return torch.stack(crops)
