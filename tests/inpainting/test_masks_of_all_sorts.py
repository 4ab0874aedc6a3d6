"""Whatever is given as a mask: a mask of the picture's size, or a PictureError in one sentence."""

import random

import numpy as np
import pytest
import torch
from PIL import Image

from ganlab.images import PictureError
from ganlab.inpainting.inpaint import to_mask
from tests.suite.thorough import everything

DTYPES = [
    "bool",
    "uint8",
    "int8",
    "int16",
    "uint16",
    "int64",
    "float16",
    "float32",
    "float64",
    "complex64",
    "U3",
    "O",
]
MODES = ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "HSV", "I", "F", "I;16"]
VALUES = [0, 1, 127, 128, 255, 256, 65535, -1, 0.5, 0.499, 1e30, -1e30, float("nan"), float("inf")]


def made(chance: random.Random, size: tuple[int, int]):
    """A mask of any kind, of the right size more often than not."""
    width, height = size if chance.random() < 0.7 else (chance.randint(0, 9), chance.randint(0, 9))
    kind = chance.randrange(5)
    if kind == 0:
        picture = Image.new(chance.choice(MODES), (max(width, 1), max(height, 1)))
        for _ in range(chance.randint(0, 5)):
            bands = len(picture.getbands())
            value = chance.choice([0, 1, 128, 255])
            place = chance.randrange(picture.width), chance.randrange(picture.height)
            picture.putpixel(place, value if bands == 1 else (value,) * bands)
        return picture
    shape = chance.choice(
        [(height, width), (1, height, width), (height, width, 1), (1, 1, height, width), (height,), ()]
    )
    chosen = [chance.choice(VALUES) for _ in range(int(np.prod(shape)))]
    if chance.random() < 0.5:
        chosen = [chance.choice([0, chance.choice(VALUES)])] * len(chosen)
    with np.errstate(all="ignore"):
        array = np.array(chosen, dtype="float64").reshape(shape).astype(chance.choice(DTYPES))
    if kind == 1:
        return array
    if kind == 2 and array.dtype.kind in "bif":
        return torch.from_numpy(array.copy())
    if kind == 3:
        return torch.full(shape, float(chance.choice([0, 1, 255])), dtype=torch.bfloat16, requires_grad=True)
    return chance.choice([array, array.tolist(), None, "mask.png", b"", 3, object()])


@pytest.mark.filterwarnings("ignore:invalid value encountered in cast")
def test_a_mask_or_one_sentence():
    """400 by default, 10,000 when thorough."""
    chance, taken = random.Random(0), 0
    for _ in range(10_000 if everything() else 400):
        size = chance.randint(1, 9), chance.randint(1, 9)
        mask = made(chance, size)
        try:
            found = to_mask(mask, size)
        except PictureError as error:
            assert str(error).isprintable()
        else:
            taken += 1
            assert found.dtype == bool
            assert found.shape == size[::-1]
    assert taken > 50
