"""Lesson 04, exercise 9: strength, in feature space."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab.checks.attempt import Attempt
from ganlab.checks.ladder import Ladder, returns, rung, shape, value
from ganlab.checks.rungs import keeps_tensors, near
from ganlab.style.checks.features import STRENGTH, transfer


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
    # A style that is brighter, and of less contrast.
    content, style = 2 * content - 1, 0.8 * style + 0.2
    return _encode, _decode, content, style, alpha


def _stylise(encode: Any, decode: Any, content: Tensor, style: Tensor, alpha: float) -> Tensor:
    picture: Tensor = decode(transfer(encode(content), encode(style), alpha))
    return picture


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
    return tuple(f.result.shape) != tuple(_encode(f.arguments[2]).shape)


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
