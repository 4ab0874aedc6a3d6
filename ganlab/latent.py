"""Moving through a generator's latent space, and asking whether its pictures are copies."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganlab.runtime import as_integer


def lerp(a: Tensor, b: Tensor, t: float | Tensor) -> Tensor:
    """Straight line from ``a`` (t = 0) to ``b`` (t = 1): (..., d), with t a number or of shape (..., 1)."""
    return (1 - t) * a + t * b


def slerp(a: Tensor, b: Tensor, t: float | Tensor) -> Tensor:
    r"""Great-circle interpolation between vectors, the way that stays on the shell where Gaussian vectors live.

    .. math:: \operatorname{slerp}(a,b;t)=\frac{\sin((1-t)\theta)}{\sin\theta}a+\frac{\sin(t\theta)}{\sin\theta}b

    with :math:`\theta` the angle between a and b, a separate one for each pair. Where the two are parallel the
    formula is 0 / 0 and its limit, the straight line, is used; for exactly opposite vectors no great circle is
    preferred, and the straight line is used as well.

    Parameters
    ----------
    a, b : Tensor
        Shapes (..., d), equal or broadcastable.
    t : float or Tensor
        From 0 (a) to 1 (b); a tensor broadcasts against (..., 1).

    Returns
    -------
    Tensor
        Shape (..., d).

    Raises
    ------
    ValueError
        If the last dimensions differ.

    References
    ----------
    Shoemake, "Animating rotation with quaternion curves", 1985, equation 4.
    White, "Sampling generative networks", 2016. https://arxiv.org/abs/1609.04468
    """
    if a.shape[-1] != b.shape[-1]:
        raise ValueError(f"slerp: expected two vectors of one length, got {a.shape[-1]} and {b.shape[-1]}")
    # In float64: the arc cosine loses half of its digits near parallel vectors.
    cosine = F.cosine_similarity(a.double(), b.double(), dim=-1).clamp(-1, 1).unsqueeze(-1)
    angle = torch.arccos(cosine)
    sine = torch.sin(angle)
    flat = sine < 1e-6
    safe = torch.where(flat, torch.ones_like(sine), sine)
    weight_a = torch.where(flat, torch.ones_like(angle) * (1 - t), torch.sin((1 - t) * angle) / safe)
    weight_b = torch.where(flat, torch.ones_like(angle) * t, torch.sin(t * angle) / safe)
    return weight_a.to(a.dtype) * a + weight_b.to(b.dtype) * b


@torch.no_grad()
def principal_directions(generator: nn.Module, count: int = 8) -> Tensor:
    """Unit vectors along which the generator's first layer responds most, strongest first: (count, latent_dim).

    The first layer of a DCGAN is a linear map of z. Its right singular vectors are the principal components of its
    outputs for Gaussian z, pulled back into latent space.

    Raises
    ------
    ValueError
        If the generator has no layer that takes z, or ``count`` is not between 1 and latent_dim.

    References
    ----------
    Härkönen et al., "GANSpace", 2020, section 2. https://arxiv.org/abs/2004.02546
    """
    first = next((m for m in generator.modules() if isinstance(m, nn.ConvTranspose2d | nn.Linear)), None)
    if first is None:
        raise ValueError("principal_directions: expected a generator that begins with a linear or transposed layer")
    # (latent_dim, out, k, k) -> (latent_dim, out k k); a Linear keeps (out, latent_dim)
    weight = first.weight.flatten(1) if isinstance(first, nn.ConvTranspose2d) else first.weight.T
    count = as_integer("principal_directions: count", count, least=1, most=weight.shape[0])
    directions, _, _ = torch.linalg.svd(weight.double().cpu(), full_matrices=False)
    return directions.T[:count].float()


def attribute_direction(z: Tensor, has: Tensor) -> Tensor:
    """The unit vector from latent vectors without an attribute to those with it.

    For Gaussian z and an attribute that depends on z only through w . z, it is parallel to w up to sampling error.

    Parameters
    ----------
    z : Tensor
        Shape (N, d).
    has : Tensor
        Booleans (N,), some true and some false.

    Returns
    -------
    Tensor
        Shape (d,), of length 1.

    Raises
    ------
    ValueError
        If shapes do not fit, or all or none have the attribute.
    """
    has = has.bool()
    if z.dim() != 2 or has.shape != z.shape[:1]:
        raise ValueError(
            f"attribute_direction: expected z (N, d) and has (N,), got {tuple(z.shape)} and {tuple(has.shape)}"
        )
    if not bool(has.any()) or bool(has.all()):
        raise ValueError(f"attribute_direction: expected some with and some without, got {has.sum()} of {len(has)}")
    return F.normalize(z[has].mean(dim=0) - z[~has].mean(dim=0), dim=0)


@torch.no_grad()
def nearest_neighbours(
    pictures: Tensor, reference: Tensor, k: int = 1, *, batch_size: int = 256
) -> tuple[Tensor, Tensor]:
    """The ``k`` nearest members of ``reference`` for each picture, by Euclidean distance over all values.

    Parameters
    ----------
    pictures, reference : Tensor
        Shapes (N, ...) and (M, ...) with equal rest: pictures (C, H, W) or features (F,).
    k : int
        From 1 to M.

    Returns
    -------
    distances : Tensor
        Shape (N, k), ascending.
    indices : Tensor
        Shape (N, k), int64, into ``reference``.

    Raises
    ------
    ValueError
        If the shapes differ or ``k`` is out of range.
    """
    if pictures.shape[1:] != reference.shape[1:]:
        raise ValueError(
            f"nearest_neighbours: expected things of one shape, got {tuple(pictures.shape[1:])} "
            f"and {tuple(reference.shape[1:])}"
        )
    k = as_integer("nearest_neighbours: k", k, least=1, most=len(reference))
    flat = reference.flatten(1)
    found = [_nearest(batch, flat, k) for batch in pictures.flatten(1).split(batch_size)]
    return torch.cat([distances for distances, _ in found]), torch.cat([indices for _, indices in found])


def _nearest(batch: Tensor, reference: Tensor, k: int) -> tuple[Tensor, Tensor]:
    # cdist works with |a|^2 - 2ab + |b|^2, which is fast but cancels: it puts an exact copy at a distance above 0.
    # So it only picks the candidates, a few more than asked for, and their distances are computed by subtracting.
    candidates = torch.cdist(batch, reference).topk(min(k + 4, len(reference)), largest=False).indices
    exact = (reference[candidates] - batch[:, None]).norm(dim=2)  # (n, candidates, values) -> (n, candidates)
    distances, order = exact.topk(k, largest=False)
    return distances, candidates.gather(1, order)
