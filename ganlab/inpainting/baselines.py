"""Filling holes without learning: what a Context Encoder has to beat."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ganlab.inpainting.masks import composite


def mean_fill(pictures: Tensor, mask: Tensor) -> Tensor:
    """Fill every hole with the mean colour of the picture's known pixels (all hole: 0). Shapes as everywhere."""
    known = 1 - mask
    total = (pictures * known).sum(dim=(2, 3), keepdim=True)
    colour = total / known.sum(dim=(2, 3), keepdim=True).clamp(min=1)
    return composite(pictures, colour.expand_as(pictures), mask)


def biharmonic_fill(pictures: Tensor, mask: Tensor) -> Tensor:
    """Fill holes with scikit-image's biharmonic surface, the smoothest continuation in colour *and* slope.

    Parameters
    ----------
    pictures, mask : Tensor
        (N, C, H, W) in [-1, 1], and (N, 1, H, W), 1 where a pixel is missing.

    Returns
    -------
    Tensor
        (N, C, H, W), clipped to [-1, 1]; known pixels bit for bit. On the CPU, a few hundredths of a second each.

    References
    ----------
    Damelin and Hoang, "On surface completion and image inpainting by biharmonic functions", 2018.
    https://arxiv.org/abs/1707.06567
    """
    from skimage.restoration import inpaint_biharmonic

    filled = []
    for picture, hole in zip(pictures.cpu(), mask.cpu(), strict=True):
        image = picture.permute(1, 2, 0).double().numpy()
        surface = inpaint_biharmonic(image, hole[0].numpy() > 0, channel_axis=-1)
        filled.append(torch.from_numpy(np.ascontiguousarray(surface)).permute(2, 0, 1))
    return composite(pictures, torch.stack(filled).to(pictures).clamp(-1, 1), mask)


def nearest_neighbour_fill(pictures: Tensor, mask: Tensor, *, bank: Tensor) -> Tensor:
    """Copy what is missing from the picture of a collection that agrees best with what is known.

    Parameters
    ----------
    pictures, mask : Tensor
        (N, C, H, W) and (N, 1, H, W), as for :func:`biharmonic_fill`.
    bank : Tensor
        (M, C, H, W), the collection.

    References
    ----------
    Hays and Efros, "Scene Completion Using Millions of Photographs", 2007: the same with scene descriptors for
    pixels. https://doi.org/10.1145/1276377.1276382
    """
    if bank.shape[1:] != pictures.shape[1:]:
        raise ValueError(f"bank: expected pictures {tuple(pictures.shape[1:])}, got {tuple(bank.shape[1:])}")
    known = (1 - mask).expand_as(pictures).flatten(1)  # (N, CHW)
    seen, other = pictures.flatten(1) * known, bank.flatten(1)
    # sum over known pixels of (x - b)^2 = x.x - 2 x.b + known.(b*b); the first term is the same for the whole bank
    distance = known @ other.square().T - 2 * seen @ other.T  # (N, M)
    return composite(pictures, bank[distance.argmin(dim=1)], mask)
