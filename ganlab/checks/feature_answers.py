"""The ladders of lesson 04 on whole feature maps: whitening, exercise 8, and the strength of a style, exercise 9."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab.checks.adain_answers import STRENGTH, transfer
from ganlab.checks.attempt import Attempt, numbers
from ganlab.checks.ladder import Ladder, Rung, returns, rung, shape, value
from ganlab.checks.style_answers import keeps_tensors, near


# --- 8: whitening -----------------------------------------------------------------------------------------------
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
    return torch.atleast_2d(_flat(features).cov())


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
        return vectors @ torch.diag(values**exponent) @ vectors.T

    return power


def _transposed(left: bool, right: bool) -> Callable[[Tensor], Tensor]:
    def mistake(covariance: Tensor) -> Tensor:
        values, vectors = torch.linalg.eigh(covariance)
        return (vectors.T if left else vectors) @ torch.diag(values**-0.5) @ (vectors.T if right else vectors)

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


# --- 9: strength, in feature space --------------------------------------------------------------------------------
def _weight(seed: int, *size: int) -> Tensor:
    return 0.3 * torch.randn(size, generator=torch.Generator().manual_seed(seed), dtype=torch.float32)


def _encode(pictures: Tensor) -> Tensor:
    """A small network that is not linear: mixing pictures is not mixing their features."""
    return F.softplus(3 * F.conv2d(pictures, _weight(16, 4, 3, 3, 3), padding=1))


def _decode(features: Tensor) -> Tensor:
    return torch.tanh(F.conv2d(features, _weight(17, 3, 4, 1, 1)))


def _pictures(*size: int, alpha: float = STRENGTH) -> tuple[Any, ...]:
    random = torch.Generator().manual_seed(11)
    content, style = (torch.rand(2, 3, *shape, generator=random, dtype=torch.float32)
                      for shape in ((5, 6), size or (5, 6)))  # fmt: skip
    content, style = 2 * content - 1, 0.8 * style + 0.2  # a style that is brighter, and of less contrast
    return _encode, _decode, content, style, alpha


def _stylise(encode: Any, decode: Any, content: Tensor, style: Tensor, alpha: float) -> Tensor:
    return decode(transfer(encode(content), encode(style), alpha))


def _mistake(made: Callable[[Tensor, Tensor, Tensor, float], Tensor]) -> Callable[[Attempt], bool]:
    """Whether the result is not what this makes of content and style (pictures), the transfer (features), alpha."""

    def test(f: Attempt) -> bool:
        _, _, content, style, alpha = f.arguments
        return not near(f.result, made(content, style, transfer(_encode(content), _encode(style)), alpha))

    return test


def _from_mixed(content: Tensor, style: Tensor, alpha: float) -> list[Tensor]:
    found, target = _encode(alpha * style + (1 - alpha) * content), _encode(style)
    return [_decode(found), _decode(transfer(found, target)), _decode(transfer(found, target, alpha))]


def _on_pictures(content: Tensor, style: Tensor, alpha: float) -> list[Tensor]:
    strengths = [transfer(content, style, strength) for strength in (alpha, 1.0)]
    return [*strengths, *(_decode(_encode(made)) for made in strengths)]


def _on_features(content: Tensor, style: Tensor, alpha: float) -> list[Tensor]:
    target = _encode(style)
    others = [_encode(content), transfer(_encode(content), target)]
    return [_decode(share * target + (1 - share) * other) for share in (alpha, 1 - alpha) for other in others]


def _features(f: Attempt) -> bool:
    return f.result.shape != _encode(f.arguments[2]).shape


stylise = Ladder(
    "stylise",
    example=_pictures,
    rungs=[
        returns(Tensor),
        rung("not_decoded", _features, "these are features, not yet a picture"),
        shape(lambda encode, decode, content, style, alpha: content.shape),
        keeps_tensors("your function changes one of the pictures in place; they are still to be shown"),
        rung("alpha_ignored", _mistake(lambda c, s, t, a: _decode(t)), "alpha has no effect: this is full strength"),
        rung("content_only", _mistake(lambda c, s, t, a: _decode(_encode(c))), "the style has no effect"),
        rung("style_only", _mistake(lambda c, s, t, a: _decode(_encode(s))), "the content has no effect"),
        rung("alpha_reversed", _mistake(lambda c, s, t, a: _decode((1 - a) * t + a * _encode(c))),
             "alpha the wrong way around: it is the share of the transfer"),
        rung("swapped", lambda f: not near(f.result, _stylise(_encode, _decode, f.arguments[3], f.arguments[2],
                                                              STRENGTH)),
             "the roles are swapped: this is the style's picture in the manner of the content"),
        rung("pixels", _mistake(lambda c, s, t, a: a * _decode(t) + (1 - a) * c),
             "the output was mixed with the content, pixel by pixel: that is a double exposure. Mix features"),
        rung("decoded_twice", _mistake(lambda c, s, t, a: a * _decode(t) + (1 - a) * _decode(_encode(c))),
             "two finished pictures were mixed; mix their features, and decode once"),
        rung("mixed_before", lambda f: not any(near(f.result, made) for made in _from_mixed(*f.arguments[2:])),
             "the two pictures were mixed before encoding: the style's shapes come along"),
        rung("style_features", lambda f: not any(near(f.result, made) for made in _on_features(*f.arguments[2:])),
             "the style's features themselves were mixed in, place by place; AdaIN takes only their statistics"),
        rung("pixels_normalised", lambda f: not any(near(f.result, made) for made in _on_pictures(*f.arguments[2:])),
             "AdaIN was applied to the pictures: their three channels are colours. Apply it to features"),
        rung("alpha_twice", _mistake(lambda c, s, t, a: _decode(a**2 * t + (1 - a**2) * _encode(c))),
             "alpha was applied twice, so that its square counts"),
        rung("alpha_scales", _mistake(lambda c, s, t, a: _decode(a * t)),
             "the features were scaled by alpha; what alpha leaves over belongs to the content's features"),
        rung("alpha_adds", _mistake(lambda c, s, t, a: _decode(a * t + _encode(c))),
             "the two shares should add up to 1"),
        rung("other_size", lambda f: f(*_pictures(7, 4)).shape == f.arguments[2].shape,
             "with a style of another height and width it goes wrong; only its statistics count"),
        value(_stylise, rtol=1e-3, atol=1e-4,
              examples=lambda: [_pictures(7, 4), _pictures(alpha=0.0), _pictures(3, 9, alpha=1.0)]),
    ],
    praise="a straight line in feature space: every point on it decodes to one picture, not to two at once",
)  # fmt: skip
