"""How small pictures come to be: what super-resolution is trained to undo, and what it meets instead.

A network learns the inverse of the degradation it was trained with, and of no other.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ganlab.resampling import downscale, gaussian_blur, jpeg, to_8_bit

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
        How many times smaller, at least 1.
    generator : torch.Generator, optional
        Of everything drawn; the global one if there is none.

    Returns
    -------
    Tensor
        (N, C, H / scale, W / scale), of 8 bits: every value one of 256 in [-1, 1].

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
        # Cut off at three of the largest standard deviations, or where the picture ends.
        radius = min(8, *(side - 1 for side in pictures.shape[2:]))
        pictures = gaussian_blur(pictures, 0.8 + 1.6 * _draw(pictures, generator), radius)
    small = downscale(pictures, scale)
    if kind in ("noise", "camera"):
        level = (2 + 6 * _draw(small, generator)).reshape(-1, 1, 1, 1) / 127.5
        noise = torch.randn(small.shape, generator=generator).to(small.device)
        small = to_8_bit(small + level.to(small.device) * noise)
    if kind in ("jpeg", "camera"):
        qualities = (50 + 40 * _draw(small, generator)).round().int().tolist()
        small = jpeg(small, qualities)
    return small


def _draw(pictures: Tensor, generator: torch.Generator | None) -> Tensor:
    return torch.rand(len(pictures), generator=generator)
