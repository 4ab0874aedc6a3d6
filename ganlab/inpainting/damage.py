"""What time, cameras and cables do to pictures: nine kinds of damage behind one function.

Some leave holes, and say where (a mask); others change every pixel a little, and have none. All follow a seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from ganlab.inpainting.masks import block_masks, brush_masks, centre_masks, composite
from ganlab.resampling import gaussian_blur, jpeg
from ganlab.runtime import as_number, as_seed


@dataclass(frozen=True)
class Corrupted:
    """Damaged pictures.

    Attributes
    ----------
    pictures : Tensor
        (N, C, H, W) in [-1, 1].
    mask : Tensor or None
        (N, 1, H, W), 1 where a pixel is lost; None where no pixel is lost and all are a little wrong.
    """

    pictures: Tensor
    mask: Tensor | None


def corrupt(pictures: Tensor, kind: str, *, seed: int = 0, amount: float = 1.0) -> Corrupted:
    """Damage pictures, the same way for the same seed.

    Parameters
    ----------
    pictures : Tensor
        (N, C, S, S) in [-1, 1], C 1 or 3, S at least 16. Not changed.
    kind : str
        With holes (set to 0, mid-grey, except scratches, text and salt and pepper, which show what covers them):
        ``"centre"``, ``"blocks"``, ``"brush"``, ``"scratches"``, ``"text"``, ``"salt_and_pepper"``.
        Without: ``"noise"``, ``"blur"``, ``"jpeg"``.
    seed : int
        Of everything drawn at random.
    amount : float
        Strength, above 0 and at most 4; 1 is clearly visible. Centre, blocks and brush have no other strength than 1.

    Raises
    ------
    ValueError
        If a kind is unknown or an argument is not as described.
    """
    if kind not in KINDS:
        raise ValueError(f"corrupt: there is no damage {kind!r}; there are {', '.join(KINDS)}")
    if pictures.dim() != 4 or pictures.shape[1] not in (1, 3) or pictures.shape[2] != pictures.shape[3]:
        raise ValueError(f"corrupt: expected square pictures (N, C, S, S), C 1 or 3, got {tuple(pictures.shape)}")
    if pictures.shape[2] < 16:
        raise ValueError(f"corrupt: expected pictures of at least 16 x 16 pixels, got {pictures.shape[2]}")
    amount, seed = as_number("corrupt: amount", amount, most=4), as_seed("corrupt: seed", seed)
    if amount <= 0:
        raise ValueError(f"corrupt: expected an amount above 0 and at most 4, got {amount}")
    return _DAMAGES[kind](pictures, torch.Generator().manual_seed(seed), amount)


def _hole(masks: Tensor, pictures: Tensor) -> Corrupted:
    masks = masks.to(pictures.device)
    return Corrupted(composite(pictures, torch.zeros_like(pictures), masks), masks)


def _centre(pictures: Tensor, random: torch.Generator, amount: float) -> Corrupted:
    return _hole(centre_masks(len(pictures), pictures.shape[2]), pictures)


def _blocks(pictures: Tensor, random: torch.Generator, amount: float) -> Corrupted:
    return _hole(block_masks(len(pictures), pictures.shape[2], random), pictures)


def _brush(pictures: Tensor, random: torch.Generator, amount: float) -> Corrupted:
    return _hole(brush_masks(len(pictures), pictures.shape[2], random), pictures)


def _numpy(random: torch.Generator) -> np.random.Generator:
    return np.random.default_rng(int(torch.randint(2**31, (1,), generator=random)))


def _drawn(pictures: Tensor, draw: Callable[[ImageDraw.ImageDraw, int], None], ink: float) -> Corrupted:
    """Let ``draw`` mark each picture's mask, and paint what is marked in ``ink``."""
    masks = []
    for index in range(len(pictures)):
        canvas = Image.new("L", (pictures.shape[3], pictures.shape[2]))
        draw(ImageDraw.Draw(canvas), index)
        masks.append(torch.from_numpy(np.asarray(canvas) >= 128).float()[None])
    mask = torch.stack(masks).to(pictures.device)
    return Corrupted(composite(pictures, torch.full_like(pictures, ink), mask), mask)


def _scratches(pictures: Tensor, random: torch.Generator, amount: float) -> Corrupted:
    """Long, slightly bent bright lines, as on an old photograph that was folded and rubbed."""
    chance, size = _numpy(random), pictures.shape[2]

    def draw(pen: ImageDraw.ImageDraw, _: int) -> None:
        for _ in range(max(1, round(5 * amount))):
            start, end = chance.uniform(-0.1, 1.1, (2, 2))
            end = start + (end - start) / max(0.3, float(np.hypot(*(end - start)))) * chance.uniform(0.5, 1.3)
            bend = chance.normal(0, 0.06, 2)
            way = np.linspace(0, 1, 12)[:, None]
            line = (start + (end - start) * way + bend * np.sin(np.pi * way)) * size
            pen.line([tuple(point) for point in line], fill=255, width=max(1, round(size / 64)))

    return _drawn(pictures, draw, ink=0.9)


def _text(pictures: Tensor, random: torch.Generator, amount: float) -> Corrupted:
    """Words across the picture, as a caption or a watermark would lie there."""
    chance, size = _numpy(random), pictures.shape[2]
    font = ImageFont.load_default(max(7, size / 8))
    words = ["GENERATOR", "SAMPLE", "draft", "minimax", "do not copy", "latent", "PROOF", "context"]

    def draw(pen: ImageDraw.ImageDraw, _: int) -> None:
        for _ in range(max(1, round(3 * amount))):
            spot = chance.uniform([-0.1 * size, 0], [0.3 * size, 0.9 * size])
            pen.text(tuple(spot), str(chance.choice(words)), fill=255, font=font)

    return _drawn(pictures, draw, ink=1.0)


def _salt_and_pepper(pictures: Tensor, random: torch.Generator, amount: float) -> Corrupted:
    """A tenth of the pixels black or white, as from a broken sensor; the extreme values give them away."""
    n, _, height, width = pictures.shape
    draw = torch.rand(n, 1, height, width, generator=random).to(pictures.device)
    share = min(0.1 * amount, 0.9)
    ink = torch.where(draw < share / 2, -1.0, 1.0).expand_as(pictures)
    mask = (draw < share).float()
    return Corrupted(composite(pictures, ink, mask), mask)


def _noise(pictures: Tensor, random: torch.Generator, amount: float) -> Corrupted:
    """Gaussian noise with a standard deviation of 20 grey levels of 255."""
    noise = torch.randn(pictures.shape, generator=random).to(pictures.device)
    return Corrupted((pictures + noise * amount * 20 / 127.5).clamp(-1, 1), None)


def _blur(pictures: Tensor, random: torch.Generator, amount: float) -> Corrupted:
    """A Gaussian blur whose standard deviation is 1/64 of the picture's side, at least half a pixel."""
    size = pictures.shape[2]
    sigma = max(0.5, amount * size / 64)
    sigmas = torch.full((len(pictures),), sigma, device=pictures.device, dtype=pictures.dtype)
    return Corrupted(gaussian_blur(pictures, sigmas, min(int(3 * sigma + 0.5), size - 1)).clamp(-1, 1), None)


def _jpeg(pictures: Tensor, random: torch.Generator, amount: float) -> Corrupted:
    """Saved as a JPEG of quality 12 (less for larger amounts) and opened again."""
    quality = max(1, round(12 / amount))
    return Corrupted(jpeg(pictures, [quality] * len(pictures)), None)


_DAMAGES: dict[str, Callable[[Tensor, torch.Generator, float], Corrupted]] = {
    "centre": _centre,
    "blocks": _blocks,
    "brush": _brush,
    "scratches": _scratches,
    "text": _text,
    "salt_and_pepper": _salt_and_pepper,
    "noise": _noise,
    "blur": _blur,
    "jpeg": _jpeg,
}
KINDS = tuple(_DAMAGES)
