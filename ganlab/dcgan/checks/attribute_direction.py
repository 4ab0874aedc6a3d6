"""Lesson 02, exercise 5: the direction of an attribute."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab import latent
from ganlab.checks.attempt import close
from ganlab.checks.ladder import Ladder, returns, rung, shape, value
from ganlab.checks.rungs import unlike


def _labelled() -> tuple[Any, ...]:
    random = torch.Generator().manual_seed(0)
    # Skewed: a median is no mean.
    z = torch.randn(60, 5, generator=random, dtype=torch.float64) ** 3 + 0.4
    # In float32, as a generator gets them.
    return z.float(), z[:, 0] - 0.5 * z[:, 2] > 1.2


def _normalised(vector: Tensor) -> Tensor:
    unit: Tensor = vector / vector.norm()
    return unit


def _rows_first(z: Tensor, has: Tensor) -> Tensor:
    z = F.normalize(z, dim=1)
    return _normalised(z[has].mean(0) - z[~has].mean(0))


attribute_direction = Ladder(
    "attribute_direction",
    example=_labelled,
    rungs=[
        returns(Tensor),
        shape(lambda z, has: (z.shape[1],)),
        rung("unit_length", lambda f: close(f.result.norm(), 1.0), "the direction should have length 1"),
        unlike("reversed", lambda z, has: -latent.attribute_direction(z, has),
               "it points from *with* to *without*: turn it round"),
        unlike("with_only", lambda z, has: _normalised(z[has].mean(0)),
               "the mean of those with the attribute also holds what all faces share; compare with the others"),
        unlike("sums", lambda z, has: _normalised(z[has].sum(0) - z[~has].sum(0)),
               "the two groups differ in size: compare means, not sums"),
        unlike("median", lambda z, has: _normalised(z[has].median(0).values - z[~has].median(0).values),
               "equation (10) speaks of means, not of medians"),
        unlike("rows_first", _rows_first, "normalise the difference of the means, not every latent vector before"),
        value(latent.attribute_direction),
    ],
    praise="for Gaussian z this is the normal of the plane that separates the two groups",
)  # fmt: skip
