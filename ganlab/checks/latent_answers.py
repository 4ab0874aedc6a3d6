"""The ladders of lesson 02 on latent space and memorisation: exercises 4 to 6."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab import latent
from ganlab.checks.attempt import Attempt, close
from ganlab.checks.game_steps import unlike
from ganlab.checks.ladder import Ladder, returns, rung, shape, value


# --- 4: slerp -----------------------------------------------------------------------------------------------------
def _rows(seed: int) -> Tensor:
    return torch.randn(4, 6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def _walk_case() -> tuple[Any, ...]:
    return _rows(1), _rows(2), 0.3


def _units(length: float = 1.0) -> tuple[Tensor, Tensor]:
    return length * F.normalize(_rows(1), dim=1), length * F.normalize(_rows(2), dim=1)


def _ends(f: Attempt) -> bool:
    a, b, _ = _walk_case()
    return close(f(a, b, 0.0), a) and close(f(a, b, 1.0), b)


def _keeps_length(f: Attempt) -> bool:
    a, b = _units(3.0)
    return all(close(f(a, b, t).norm(dim=1), torch.full((4,), 3.0)) for t in (0.25, 0.5, 0.8))


def _even(f: Attempt) -> bool:
    a, b = _units()
    stops = [f(a, b, t) for t in (0.0, 0.25, 0.5)]
    turns = [torch.arccos((p * q).sum(1).clamp(-1, 1)) for p, q in ((stops[0], stops[1]), (stops[1], stops[2]))]
    return close(turns[0], turns[1], rtol=1e-4)


def _per_row(f: Attempt) -> bool:
    a, b, t = _walk_case()
    return all(close(f(a[i : i + 1], b[i : i + 1], t)[0], f.result[i]) for i in range(len(a)))


def _parallel(f: Attempt) -> bool:
    a = _rows(3)
    return close(f(a, a.clone(), 0.4), a) and close(f(a, 2 * a, 0.5), 1.5 * a)


slerp = Ladder(
    "slerp",
    example=_walk_case,
    rungs=[
        returns(Tensor),
        shape(lambda a, b, t: a.shape),
        rung("ends", _ends, "t = 0 should give a, and t = 1 should give b"),
        unlike("straight", lambda a, b, t: (1 - t) * a + t * b, "this is the straight line; go around the shell"),
        rung("per_row", _per_row, "each row should be what it would be alone: every pair has an angle of its own"),
        rung("keeps_length", _keeps_length, "between two vectors of length 3 every stop should have length 3"),
        rung("even", _even, "equal steps of t should turn by equal angles"),
        rung("parallel", _parallel, "parallel rows give something else (nan?) than the straight line between them"),
        value(latent.slerp, examples=lambda: [(_rows(4), _rows(5), 0.9)]),
    ],
    praise="around the shell, at an even pace, one angle a pair",
)


# --- 5: the direction of an attribute ------------------------------------------------------------------------------
def _labelled() -> tuple[Any, ...]:
    random = torch.Generator().manual_seed(0)
    z = torch.randn(60, 5, generator=random, dtype=torch.float64) ** 3 + 0.4  # skewed: a median is no mean
    return z.float(), z[:, 0] - 0.5 * z[:, 2] > 1.2  # float32, as a generator gets them


def _normalised(vector: Tensor) -> Tensor:
    return vector / vector.norm()


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


# --- 6: the nearest training picture --------------------------------------------------------------------------------
def _gallery() -> tuple[Any, ...]:
    """A sample and six pictures, each nearest by another idea of nearness; by squared distance it is number 3."""
    difference = torch.zeros(6, 48, dtype=torch.float64)
    difference[0] = 1.0  # the farthest
    difference[1, 16:] = 0.9  # equal in the first channel
    difference[2] = 0.8 * torch.tensor([1.0, -1.0]).repeat(24)  # equal in mean brightness
    difference[3, ::2] = 0.25
    difference[4, 3:48:10] = 0.8  # fewest changes: smallest sum of absolute differences
    difference[5] = 0.22  # smallest largest difference
    sample = torch.full((3, 4, 4), -0.1, dtype=torch.float64)
    return sample, sample + difference.reshape(6, 3, 4, 4)


def _by(distance: Any) -> Any:
    return lambda sample, training: int(distance(training - sample).argmin())


def _in_range(f: Attempt) -> bool:
    return 0 <= f.result < 6


nearest_training_picture = Ladder(
    "nearest_training_picture",
    example=_gallery,
    rungs=[
        returns(int, hint="int(...) turns a tensor with one number into one"),
        rung("in_range", _in_range, "that is no index into the training pictures"),
        unlike("farthest", _by(lambda d: -d.square().flatten(1).sum(1)), "this is the farthest picture"),
        unlike("first_channel", _by(lambda d: d[:, 0].square().flatten(1).sum(1)),
               "only one channel was compared; a picture has three"),
        unlike("brightness", _by(lambda d: d.flatten(1).mean(1).abs()),
               "differences of opposite sign cancel here: square before you add"),
        unlike("absolute", _by(lambda d: d.abs().flatten(1).sum(1)), "absolute differences were added; square them"),
        unlike("largest", _by(lambda d: d.abs().flatten(1).amax(1)),
               "only the largest difference was compared; add up all of them"),
        value(_by(lambda d: d.square().flatten(1).sum(1)),
              examples=lambda: [(torch.zeros(1, 2, 2), torch.arange(20.0).reshape(5, 1, 2, 2) - 7.0)]),
    ],
    praise="remember to ask how near an honest newcomer would be",
)  # fmt: skip
