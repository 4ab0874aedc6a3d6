"""A person's picture in every mode, as Pillow has them, and the mode in which each comes back."""

import numpy as np
from PIL import Image

PROFILE = b"a colour profile"
# What it is -> the mode in which it comes back. A word behind the mode says how it is transparent.
COMES_BACK = {
    "1": "L", "L": "L", "LA": "LA", "RGB": "RGB", "RGBA": "RGBA", "P": "RGB", "RGBX": "RGB", "PA": "RGBA",
    "YCbCr": "RGB", "HSV": "RGB", "CMYK": "RGB", "LAB": "RGB",
    "I;16": "I;16", "I;16L": "I;16", "I;16B": "I;16", "I;16N": "I;16", "I": "I", "F": "F", "F signed": "F",
    "1 colour": "LA", "L colour": "LA", "RGB colour": "RGBA", "P colour": "RGBA", "P table": "RGBA",
}  # fmt: skip
DEEP = ("I;16", "I", "F")
# Their numbers are no RGB or grey, so that their profile does not hold for what becomes of them.
LOSES_PROFILE = ("CMYK", "LAB")
REFUSED = ("La", "RGBa")


def picture_of(kind: str, size: tuple[int, int], seed: int = 0) -> Image.Image:
    """Noise with a profile; where there is transparency, some of it is whole and some none, in a picture of ten pixels."""
    random = np.random.default_rng(seed)
    width, height = size
    mode, _, clear = kind.partition(" ")
    if mode.startswith("I;16"):
        order = ">u2" if mode == "I;16B" else "<u2"
        made = Image.frombytes(mode, size, random.integers(0, 65536, (height, width)).astype(order).tobytes())
    elif mode == "I":
        made = Image.fromarray(random.integers(0, 2**31, (height, width), np.int32))
    elif mode == "F":
        made = Image.fromarray(random.uniform(-1 if clear else 0, 1, (height, width)).astype(np.float32))
    elif mode == "1":
        made = Image.fromarray(random.random((height, width)) < 0.5)
    else:
        pixels = random.integers(0, 256, (height, width, len(Image.new(mode, (1, 1)).getbands())), np.uint8)
        if mode in ("LA", "PA", "RGBA"):
            pixels[..., -1] = random.choice([0, 60, 255], (height, width))
        if mode in ("P", "PA"):
            # Few colours, so that a transparent one is there.
            pixels[..., 0] %= 4
        made = Image.frombytes(mode, size, pixels.tobytes())
        if mode in ("P", "PA"):
            made.putpalette(random.integers(0, 256, 3 * 256, np.uint8).tobytes())
    if clear == "colour":
        made.info["transparency"] = 2 if mode == "P" else made.getpixel((0, 0))
    if clear == "table":
        made.info["transparency"] = bytes([255, 0, 90])
    made.info["icc_profile"] = PROFILE
    return made


def stored_as(picture: Image.Image, orientation: int) -> Image.Image:
    """The picture with a camera's remark on how to turn it."""
    remarked = picture.copy()
    remarked.getexif()[0x0112] = orientation
    return remarked


def as_it_comes_back(picture: Image.Image, mode: str) -> np.ndarray:
    """The pixels of an upright picture in the mode in which it comes back, by Pillow alone."""
    return np.asarray(picture) if mode in DEEP else np.asarray(picture.convert(mode))
