"""Put a piece of one picture into another without a visible seam: a soft edge, or the Poisson equation."""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage, sparse
from scipy.sparse.linalg import spsolve
from torch import Tensor

from ganlab.inpainting.masks import check_mask, composite


def feather(mask: Tensor, width: float) -> Tensor:
    """A soft mask: 1 deep inside the hole, 0 outside, rising linearly over ``width`` pixels from the border inwards.

    Parameters
    ----------
    mask : Tensor
        (N, 1, H, W) of 0 and 1.
    width : float
        Above 0. A pixel whose distance from the nearest known pixel is d gets min(1, d / (width + 1)).

    Returns
    -------
    Tensor
        (N, 1, H, W), float32 in [0, 1]; exactly 0 where the mask is 0.
    """
    if not width > 0:
        raise ValueError(f"feather: expected a width above 0 pixels, got {width}")
    distance = np.stack([ndimage.distance_transform_edt(hole.numpy() > 0) for hole in mask[:, 0].cpu()])
    return torch.from_numpy(np.minimum(1, distance / (width + 1))).float()[:, None].to(mask.device)


def alpha_blend(pictures: Tensor, pasted: Tensor, alpha: Tensor) -> Tensor:
    """The sum (1 - alpha) pictures + alpha pasted, with alpha (N, 1, H, W) in [0, 1] from :func:`feather`."""
    return pictures + alpha * (pasted - pictures)


def poisson_blend(pictures: Tensor, pasted: Tensor, mask: Tensor) -> Tensor:
    r"""Take over the *gradients* of ``pasted`` inside the hole, and the colours of ``pictures`` at its border.

    For each picture and channel, the f that solves

    .. math:: \Delta f = \Delta g \text{ inside the hole}, \qquad f = x \text{ outside},

    with g the pasted and x the picture. Edges survive, differences of colour and light spread out over the piece. At
    the picture's own edge, where there is no neighbour, its equation is left out (a Neumann boundary).

    Parameters
    ----------
    pictures, pasted, mask : Tensor
        Two sets (N, C, H, W) in [-1, 1], and (N, 1, H, W), 1 where ``pasted`` is to show.

    Returns
    -------
    Tensor
        (N, C, H, W), clipped to [-1, 1]; known pixels bit for bit. By SciPy's sparse direct solver, in float64.

    Raises
    ------
    ValueError
        If shapes do not fit, or nothing at all is known in one of the pictures.

    References
    ----------
    Pérez, Gangnet and Blake, "Poisson Image Editing", 2003, equation 4. https://doi.org/10.1145/882262.882269
    """
    if pictures.shape != pasted.shape:
        raise ValueError(
            f"poisson_blend: expected two equal shapes, got {tuple(pictures.shape)}, {tuple(pasted.shape)}"
        )
    masks = check_mask(mask, pictures)
    solved = [_solve(*parts) for parts in zip(pictures, pasted, masks, strict=True)]
    return composite(pictures, torch.stack(solved).to(pictures).clamp(-1, 1), masks)


def _solve(picture: Tensor, pasted: Tensor, mask: Tensor) -> Tensor:
    hole = mask[0].cpu().numpy() > 0
    result = picture.detach().cpu().double().numpy().copy()
    source = pasted.detach().cpu().double().numpy()
    if hole.all():
        raise ValueError(
            "poisson_blend: expected some known pixels in every picture, got a mask that is 1 everywhere"
        )
    if not hole.any():
        return torch.from_numpy(result)
    number = np.full(hole.shape, -1)
    number[hole] = np.arange(hole.sum())
    rows, columns = np.nonzero(hole)
    entries, targets = [], []
    right = np.zeros((len(rows), len(result)))
    neighbours = np.zeros(len(rows))
    for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        y, x = rows + dy, columns + dx
        there = np.flatnonzero((y >= 0) & (y < hole.shape[0]) & (x >= 0) & (x < hole.shape[1]))
        neighbours[there] += 1
        y, x = y[there], x[there]
        right[there] += (source[:, rows[there], columns[there]] - source[:, y, x]).T  # the gradient to be kept
        inside = hole[y, x]
        entries.append(there[inside])
        targets.append(number[y[inside], x[inside]])
        right[there[~inside]] += result[:, y[~inside], x[~inside]].T  # a known neighbour: the border's colour
    count = len(rows)
    links = (-np.ones(sum(map(len, entries))), (np.concatenate(entries), np.concatenate(targets)))
    matrix = sparse.csc_matrix(links, shape=(count, count)) + sparse.diags(neighbours, format="csc")
    result[:, rows, columns] = np.reshape(spsolve(matrix, right), right.shape).T
    return torch.from_numpy(result)
