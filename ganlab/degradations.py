"""How small pictures come to be: what super-resolution is trained to undo, and what it meets instead.

A network learns the inverse of the degradation it was trained with, and of no other.
"""

from __future__ import annotations

import io

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from ganlab.images import to_pil, to_tensor
from ganlab.resampling import downscale, to_8_bit

KINDS = ("bicubic", "blur", "noise", "jpeg", "camera")


def degrade(
    pictures: Tensor, kind: str = "bicubic", *, scale: int = 4, generator: torch.Generator | None = None
) -> Tensor:
    """Make pictures ``scale`` times smaller, and worse.

    Parameters
    ----------
    pictures : Tensor
        (N, C, H, W) in [-1, 1], C 1 or 3, H and W multiples of ``scale``.
    kind : str
        ``"bicubic"``: antialiased bicubic, the convention of the literature. ``"blur"``: a Gaussian blur of a
        standard deviation between 0.8 and 2.4 pixels of the large picture before that; ``"noise"``: Gaussian noise
        of 2 to 8 grey levels of 255 after it; ``"jpeg"``: saved with a quality of 50 to 90 after it; ``"camera"``:
        all three, in this order. What is drawn at random is drawn anew for each picture.
    scale : int
        At least 1.
    generator : torch.Generator, optional
        Of everything drawn; the global one if there is none.

    Returns
    -------
    Tensor
        (N, C, H / scale, W / scale) in [-1, 1], every value one of 256.

    Raises
    ------
    ValueError
        If there is no such kind or the shape does not fit.

    References
    ----------
    Zhang et al., "Designing a Practical Degradation Model for Deep Blind Image Super-Resolution", 2021 (in this
    order, and in more of them). https://arxiv.org/abs/2103.14006
    """
    if kind not in KINDS:
        raise ValueError(f"degrade: there is no degradation {kind!r}; there are {', '.join(KINDS)}")
    if pictures.dim() != 4 or pictures.shape[1] not in (1, 3):
        raise ValueError(f"degrade: expected pictures (N, C, H, W) with C 1 or 3, got {tuple(pictures.shape)}")
    if kind in ("blur", "camera"):
        pictures = _blurred(pictures, 0.8 + 1.6 * _draw(pictures, generator))
    small = downscale(pictures, scale)
    if kind in ("noise", "camera"):
        level = (2 + 6 * _draw(small, generator)).reshape(-1, 1, 1, 1) / 127.5
        noise = torch.randn(small.shape, generator=generator).to(small.device)
        small = to_8_bit(small + level.to(small.device) * noise)
    if kind in ("jpeg", "camera"):
        qualities = (50 + 40 * _draw(small, generator)).round().int().tolist()
        small = torch.stack([_saved(picture, quality) for picture, quality in zip(small, qualities, strict=True)])
    return small


def _draw(pictures: Tensor, generator: torch.Generator | None) -> Tensor:
    return torch.rand(len(pictures), generator=generator)


def _blurred(pictures: Tensor, sigmas: Tensor) -> Tensor:
    """Each picture with its own Gaussian, cut off at three of the largest standard deviations."""
    n, channels, height, width = pictures.shape
    radius = min(8, height - 1, width - 1)
    place = torch.arange(-radius, radius + 1, dtype=torch.float32)
    kernels = torch.exp(-(place**2) / (2 * sigmas[:, None] ** 2))
    kernels = (kernels / kernels.sum(dim=1, keepdim=True)).to(pictures)
    kernels = kernels.repeat_interleave(channels, dim=0)[:, None]  # (N C, 1, 2 radius + 1)
    flat = F.pad(pictures, (radius,) * 4, mode="reflect").reshape(1, n * channels, height + 2 * radius, -1)
    rows = F.conv2d(flat, kernels[:, :, None, :], groups=n * channels)
    return F.conv2d(rows, kernels[..., None], groups=n * channels).reshape(pictures.shape)


def _saved(picture: Tensor, quality: int) -> Tensor:
    buffer = io.BytesIO()
    to_pil(picture).save(buffer, "JPEG", quality=quality)
    return to_tensor(Image.open(buffer)).to(picture)
