"""Lesson 04, exercise 8: whitening."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab.checks.attempt import Attempt, numbers
from ganlab.checks.ladder import Ladder, Rung, returns, rung, shape
from ganlab.checks.rungs import keeps_tensors, near


def _correlated(channels: int = 4, height: int = 5, width: int = 6, seed: int = 12) -> Tensor:
    """One map whose channels share much, far from singular: eigenvalues of the covariance from 0.3 to 4.6."""
    random = torch.Generator().manual_seed(seed)
    mixing = torch.eye(channels).float() + 0.7 * torch.rand(channels, channels, generator=random, dtype=torch.float32)
    flat = mixing @ torch.randn(channels, height * width, generator=random, dtype=torch.float32)
    return (flat + torch.arange(1, channels + 1)[:, None]).reshape(channels, height, width)


def _others() -> list[Tensor]:
    return [_correlated(3, 8, 8, seed=13), _correlated(2, 3, 7, seed=14).double()]


def _flat(features: Any) -> Tensor:
    return torch.from_numpy(numbers(features)).flatten(1)


def _covariance(features: Any) -> Tensor:
    """Unbiased, (C, C), in float64."""
    flat = _flat(features)
    return flat.cov().reshape(len(flat), len(flat))


def _by_matrix(matrix: Callable[[Tensor], Tensor], *, centred: bool = True) -> Callable[[Tensor], Tensor]:
    """The map multiplied by this function of its covariance, with its mean removed or not."""

    def mistake(features: Tensor) -> Tensor:
        flat = _flat(features)
        made = matrix(_covariance(features)) @ (flat - flat.mean(1, keepdim=True) * centred)
        return made.reshape(features.shape)

    return mistake


def _power(exponent: float) -> Callable[[Tensor], Tensor]:
    def power(covariance: Tensor) -> Tensor:
        values, vectors = torch.linalg.eigh(covariance)
        root: Tensor = vectors @ torch.diag(values**exponent) @ vectors.T
        return root

    return power


def _transposed(left: bool, right: bool) -> Callable[[Tensor], Tensor]:
    def mistake(covariance: Tensor) -> Tensor:
        values, vectors = torch.linalg.eigh(covariance)
        scales = torch.diag(values**-0.5)
        matrix: Tensor = (vectors.T if left else vectors) @ scales @ (vectors.T if right else vectors)
        return matrix

    return mistake


def _uncentred(features: Tensor) -> Tensor:
    """Whitened by the second moments, as if the mean were 0."""
    flat = _flat(features)
    moments = flat @ flat.T / flat.shape[1]
    return _by_matrix(lambda covariance: _power(-0.5)(moments))(features)


_whiten = _by_matrix(_power(-0.5))


def _either_kind(got: Tensor, mistake: Tensor) -> bool:
    """Equal to the mistake made with the covariance over HW - 1, or over HW."""
    places = mistake[0].numel()
    return any(near(got, mistake * (places / (places - 1)) ** power) for power in (0, -1.0, -0.5, 0.5, 1.0))


def _not_by(name: str, message: str, *mistakes: Callable[[Tensor], Tensor]) -> Rung:
    return rung(name, lambda f: not any(_either_kind(f.result, mistake(*f.arguments)) for mistake in mistakes),
                message)  # fmt: skip


def _white(f: Attempt) -> bool:
    places, found = f.result[0].numel(), _covariance(f.result)
    return any(near(found * factor, torch.eye(len(found))) for factor in (1, (places - 1) / places))


def _has_root_of(f: Attempt, factor: Callable[[Tensor], Tensor]) -> bool:
    """Whether the result's covariance is the identity, except for what ``factor`` makes of its diagonal."""
    found = _covariance(f.result)
    return near(found / found.diagonal().mean(), torch.diag(factor(found.diagonal() / found.diagonal().mean())))


def _not_in_eigenvectors(f: Attempt) -> bool:
    """Not so that every channel of the (white) result belongs to one eigenvector, whatever its sign and place."""
    _, vectors = torch.linalg.eigh(_covariance(*f.arguments))
    rotation = F.normalize(_flat(f.result) @ _flat(_whiten(*f.arguments)).T, dim=1)
    return not near((rotation @ vectors).abs().amax(dim=1), torch.ones(len(rotation)))


whiten = Ladder(
    "whiten",
    example=lambda: (_correlated(),),
    rungs=[
        returns(Tensor),
        rung("flat", lambda f: f.result.shape != f.arguments[0].flatten(1).shape,
             "the places are still in one row: give them back their height and width"),
        shape(lambda features: features.shape),
        keeps_tensors("your function changes `features` in place; it is still needed"),
        rung("complex", lambda f: not f.result.is_complex(),
             "the numbers are complex: a covariance is symmetric, and there is a decomposition (eigh) for just that"),
        rung("finite", lambda f: bool(torch.isfinite(f.result).all()),
             "there are NaNs or infinities. Is a root taken of every entry of a matrix? It is the eigenvalues that "
             "have roots, and the covariance is one of channels, (C, C)"),
        rung("not_centred", lambda f: near(_flat(f.result).mean(1), torch.zeros(len(f.result))),
             "the channels' means are not 0: remove them before multiplying"),
        _not_by("only_centred", "only the means were removed", _by_matrix(lambda s: torch.eye(len(s)).to(s))),
        _not_by("instance_norm", "every channel was divided by its own deviation, as instance normalisation does: "
                "the channels are as correlated as before", _by_matrix(lambda s: torch.diag(s.diagonal() ** -0.5))),
        _not_by("coloured", "this multiplies by the root of the covariance, which makes it stronger; whitening takes "
                "it away", _by_matrix(_power(0.5)), _by_matrix(_power(1))),
        _not_by("inverse", "this multiplies by the inverse covariance: its root is enough", _by_matrix(_power(-1))),
        _not_by("entry_by_entry", "the power was taken of every entry; the power of a matrix is that of its "
                "eigenvalues", _by_matrix(lambda s: s**-0.5)),
        _not_by("transposed", "the eigenvectors are the *columns* of what eigh returns; somewhere they were taken "
                "for rows", _by_matrix(_transposed(True, False)), _by_matrix(_transposed(False, False)),
                _by_matrix(_transposed(True, True))),
        _not_by("uncentred", "the covariance was computed before the mean was removed", _uncentred),
        rung("scaled", lambda f: _white(f) or not _has_root_of(f, torch.ones_like),
             "the channels are uncorrelated and equally strong, but their variance is not 1: a covariance is a mean "
             "over places"),
        rung("only_decorrelated", lambda f: _white(f) or not _has_root_of(f, lambda diagonal: diagonal),
             "the channels are uncorrelated, but their variances are not 1"),
        rung("covariance", _white, "the covariance of the result's channels is not the identity"),
        rung("pca", _not_in_eigenvectors,
             "white, but turned into the axes of the eigenvectors (PCA): no channel means what it did. Turn back"),
        _not_by("cholesky", "white, but by a triangular matrix (Cholesky): the first channel is kept at the expense "
                "of the last. The symmetric root is asked for",
                _by_matrix(lambda s: torch.linalg.cholesky(s).inverse())),
        rung("rotated", lambda f: _either_kind(f.result, _whiten(*f.arguments)),
             "white, but turned: of all whitening matrices the symmetric one changes the channels least"),
        rung("wrong_value", lambda f: all(_either_kind(f(case), _whiten(case)) for case in _others()),
             "right here, but not for a map with other numbers of channels and places", weight=2),
    ],
    praise="uncorrelated channels of variance 1, each as near as possible to the one it was",
)  # fmt: skip
