"""Pictures smaller and larger as the literature has them (bicubic, antialiased, 8 bits); blur and JPEG."""

from __future__ import annotations

import io
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from ganlab.images import to_pil, to_tensor
from ganlab.runtime import MOST_PIXELS, as_integer


def _bicubic(pictures: Tensor, height: int, width: int) -> Tensor:
    # With antialias=True PyTorch uses Keys's kernel with a = -0.5, stretched when it makes smaller, as MATLAB's
    # imresize and Pillow do. Without it, a = -0.75 and no stretching: other pictures, other numbers.
    return F.interpolate(pictures, size=(height, width), mode="bicubic", antialias=True, align_corners=False)


def to_8_bit(pictures: Tensor) -> Tensor:
    """Clip pictures in [-1, 1] and round them to the 256 values a file can hold; still float, still [-1, 1]."""
    return ((pictures + 1) * 127.5).round().clamp(0, 255) / 127.5 - 1


def crop_to_multiple(pictures: Tensor, scale: int) -> Tensor:
    """Cut rows and columns off the bottom and the right until both sides are multiples of ``scale``."""
    height, width, scale = *pictures.shape[-2:], as_integer("crop_to_multiple: scale", scale, least=1)
    return pictures[..., : height // scale * scale, : width // scale * scale]


def downscale(pictures: Tensor, scale: int = 4) -> Tensor:
    """Antialiased bicubic reduction, rounded to 8 bits: the degradation that published numbers stand on.

    Parameters
    ----------
    pictures : Tensor
        (N, C, H, W) in [-1, 1], H and W multiples of ``scale``.
    scale : int
        At least 1.

    Returns
    -------
    Tensor
        (N, C, H / scale, W / scale) in [-1, 1], every value one of 256.

    Raises
    ------
    ValueError
        If a side is no multiple of ``scale``.

    References
    ----------
    Keys, "Cubic convolution interpolation for digital image processing", 1981 (a = -1/2).
    """
    scale = as_integer("downscale: scale", scale, least=1, most=MOST_PIXELS)
    if pictures.dim() != 4 or pictures.shape[2] % scale or pictures.shape[3] % scale:
        raise ValueError(
            f"downscale: expected (N, C, H, W) with H and W multiples of {scale}, got {tuple(pictures.shape)}; "
            "cut the rest off with crop_to_multiple"
        )
    return to_8_bit(_bicubic(pictures, pictures.shape[2] // scale, pictures.shape[3] // scale))


def upscale(pictures: Tensor, scale: int = 4) -> Tensor:
    """Bicubic enlargement of (N, C, H, W), neither clipped nor rounded: what every network here has to beat."""
    scale = as_integer("upscale: scale", scale, least=1, most=64)
    return _bicubic(pictures, pictures.shape[2] * scale, pictures.shape[3] * scale)


def gaussian_blur(pictures: Tensor, sigmas: Tensor, radius: int) -> Tensor:
    """Blur each picture with its own Gaussian, cut off at ``radius`` and normalised; edges are mirrored.

    Parameters
    ----------
    pictures : Tensor
        (N, C, H, W), any range.
    sigmas : Tensor
        (N,), standard deviations in pixels, above 0.
    radius : int
        Pixels to each side, below H and W.

    Returns
    -------
    Tensor
        (N, C, H, W).
    """
    n, channels, height, _ = pictures.shape
    place = torch.arange(-radius, radius + 1, dtype=sigmas.dtype, device=sigmas.device)
    kernels = torch.exp(-(place**2) / (2 * sigmas[:, None] ** 2))
    kernels = (kernels / kernels.sum(dim=1, keepdim=True)).to(pictures)
    # (N, 2 radius + 1) -> (N C, 1, 2 radius + 1)
    kernels = kernels.repeat_interleave(channels, dim=0)[:, None]
    flat = F.pad(pictures, (radius,) * 4, mode="reflect").reshape(1, n * channels, height + 2 * radius, -1)
    rows = F.conv2d(flat, kernels[:, :, None, :], groups=n * channels)
    return F.conv2d(rows, kernels[..., None], groups=n * channels).reshape(pictures.shape)


def jpeg(pictures: Tensor, qualities: Sequence[int]) -> Tensor:
    """Save each picture (N, C, H, W) in [-1, 1], C 1 or 3, as a JPEG of its quality (1 to 95), and open it again."""
    opened = []
    for picture, quality in zip(pictures, qualities, strict=True):
        buffer = io.BytesIO()
        to_pil(picture).save(buffer, "JPEG", quality=quality)
        opened.append(to_tensor(Image.open(buffer)))
    return torch.stack(opened).to(pictures)
