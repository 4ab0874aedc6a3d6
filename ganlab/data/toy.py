"""Toy targets in one and two dimensions, where a generator's success can be seen and counted.

Every sampler takes ``n`` and an optional CPU ``generator`` and returns float32 points on the CPU. The
two-dimensional targets all fit into the square [-2.5, 2.5] x [-2.5, 2.5], so that one picture frame serves them all.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab.runtime import as_count, as_number


@dataclass(frozen=True)
class Mixture:
    """A mixture of Gaussians on the line: a density that can be evaluated as well as sampled.

    Attributes
    ----------
    means, stds, weights : tuple of float
        One entry a component; the standard deviations are positive and the weights sum to 1.

    Raises
    ------
    ValueError
        If the three lengths differ, a standard deviation is not positive, or the weights are not a distribution.
    """

    means: tuple[float, ...]
    stds: tuple[float, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        if not len(self.means) == len(self.stds) == len(self.weights) > 0:
            raise ValueError(
                "Mixture: expected as many means as stds and weights, and at least one, "
                f"got {len(self.means)}, {len(self.stds)} and {len(self.weights)}"
            )
        if min(self.stds) <= 0:
            raise ValueError(f"Mixture: expected positive standard deviations, got {self.stds}")
        if min(self.weights) < 0 or not math.isclose(sum(self.weights), 1.0, abs_tol=1e-6):
            raise ValueError(f"Mixture: expected weights of at least 0 that sum to 1, got {self.weights}")

    def density(self, x: Tensor) -> Tensor:
        """Probability density at ``x`` (any shape), in the dtype of ``x``."""
        means, stds, weights = (x.new_tensor(part) for part in (self.means, self.stds, self.weights))
        standard = (x[..., None] - means) / stds  # (..., components)
        bells = torch.exp(-standard.square() / 2) / (stds * math.sqrt(2 * math.pi))
        return (weights * bells).sum(dim=-1)

    def sample(self, n: int, *, generator: torch.Generator | None = None) -> Tensor:
        """Draw ``n`` numbers, shape (n,)."""
        component = torch.multinomial(torch.tensor(self.weights), n, replacement=True, generator=generator)
        noise = torch.randn(n, generator=generator)
        return torch.tensor(self.means)[component] + torch.tensor(self.stds)[component] * noise


def ring_centres(modes: int = 8, radius: float = 2.0) -> Tensor:
    """Centres of ``modes`` Gaussians evenly spaced on a circle, shape (modes, 2)."""
    modes, radius = as_count("modes", modes), as_number("radius", radius)
    angle = torch.arange(modes) * (2 * math.pi / modes)
    return radius * torch.stack([angle.cos(), angle.sin()], dim=1)


def grid_centres(side: int = 5, half_width: float = 2.0) -> Tensor:
    """Centres of a square lattice of ``side`` x ``side`` Gaussians, shape (side * side, 2)."""
    side, half_width = as_count("side", side), as_number("half_width", half_width)
    axis = torch.linspace(-half_width, half_width, side)
    return torch.cartesian_prod(axis, axis)


def from_points(points: Tensor, n: int, *, std: float = 0.05, generator: torch.Generator | None = None) -> Tensor:
    """Draw ``n`` of the given points with replacement and blur each by a Gaussian.

    Parameters
    ----------
    points : Tensor
        Shape (M, 2): the centres of a lattice, or the strokes a person drew.
    n : int
        How many samples.
    std : float
        Standard deviation of the blur; 0 repeats the points themselves.
    generator : torch.Generator, optional
        CPU source of randomness.

    Returns
    -------
    Tensor
        Shape (n, 2), float32.

    Raises
    ------
    ValueError
        If ``points`` is not of shape (M, 2) with at least one point.
    """
    if points.dim() != 2 or points.shape[1] != 2 or len(points) == 0:
        raise ValueError(f"from_points: expected points of shape (M, 2) with M at least 1, got {tuple(points.shape)}")
    n, std = as_count("n", n, least=0), as_number("std", std, least=0)
    chosen = torch.randint(len(points), (n,), generator=generator)
    return points.float()[chosen] + std * torch.randn(n, 2, generator=generator)


def ring(
    n: int,
    *,
    modes: int = 8,
    radius: float = 2.0,
    std: float = 0.05,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Equal Gaussians on a circle, shape (n, 2): the classical test for forgotten modes."""
    return from_points(ring_centres(modes, radius), n, std=std, generator=generator)


def grid(
    n: int,
    *,
    side: int = 5,
    half_width: float = 2.0,
    std: float = 0.05,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Equal Gaussians on a square lattice, shape (n, 2): the ring's harder sister, with modes inside as well."""
    return from_points(grid_centres(side, half_width), n, std=std, generator=generator)


def spiral(n: int, *, turns: float = 1.5, std: float = 0.05, generator: torch.Generator | None = None) -> Tensor:
    """An Archimedean spiral of radius 0.3 to 2.2, shape (n, 2), about evenly dense along its arm."""
    n, turns, std = as_count("n", n, least=0), as_number("turns", turns), as_number("std", std, least=0)
    inner, outer = 0.3, 2.2
    # Area grows with the square of the radius; drawing the squared radius evenly keeps the density along the arm
    # (whose length also grows with the radius) nearly constant.
    radius = (inner**2 + (outer**2 - inner**2) * torch.rand(n, generator=generator)).sqrt()
    angle = 2 * math.pi * turns * (radius - inner) / (outer - inner)
    arm = torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)
    return arm + std * torch.randn(n, 2, generator=generator)


def two_moons(n: int, *, std: float = 0.08, generator: torch.Generator | None = None) -> Tensor:
    """Two interleaved half circles, shape (n, 2), centred on the origin."""
    n, std, radius = as_count("n", n, least=0), as_number("std", std, least=0), 1.3
    angle = math.pi * torch.rand(n, generator=generator)
    lower = torch.rand(n, generator=generator) < 0.5
    sign = torch.where(lower, -1.0, 1.0)  # the lower moon is the upper one turned by half a circle
    upper_moon = torch.stack([radius * angle.cos() - radius / 2, radius * angle.sin() - radius / 4], dim=1)
    return sign[:, None] * upper_moon + std * torch.randn(n, 2, generator=generator)


# Name -> sampler of (n, 2) points, called as sampler(n, generator=...).
DISTRIBUTIONS: dict[str, Callable[..., Tensor]] = {
    "ring": ring,
    "grid": grid,
    "spiral": spiral,
    "two_moons": two_moons,
}


def mode_coverage(
    samples: Tensor, centres: Tensor, *, threshold: float = 0.15, share: float = 1 / 6
) -> tuple[int, float]:
    """Count the modes that samples reach, and the part of the samples that lies on any mode.

    Parameters
    ----------
    samples : Tensor
        Shape (N, 2), on any device.
    centres : Tensor
        Shape (M, 2), the modes' centres.
    threshold : float
        A sample closer than this to its nearest centre belongs to that mode (three standard deviations of
        :func:`ring`'s default), otherwise to none.
    share : float
        A mode counts as reached when it holds at least this part of its fair share N / M of the samples: one
        stray sample is not a mode.

    Returns
    -------
    modes_hit : int
        From 0 to M.
    high_quality_fraction : float
        From 0 to 1.

    Raises
    ------
    ValueError
        If either tensor is not a non-empty list of points in the same number of dimensions.
    """
    if samples.dim() != 2 or centres.dim() != 2 or samples.shape[1] != centres.shape[1] or not len(samples):
        raise ValueError(
            "mode_coverage: expected samples (N, d) and centres (M, d), "
            f"got {tuple(samples.shape)} and {tuple(centres.shape)}"
        )
    distance, nearest = torch.cdist(samples, centres.to(samples)).min(dim=1)  # (N, M) -> (N,), (N,)
    close = distance < threshold
    counts = torch.bincount(nearest[close], minlength=len(centres))
    modes_hit = int((counts >= share * len(samples) / len(centres)).sum())
    return modes_hit, float(close.float().mean())
