"""Lesson 05, exercise 3: small pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, Rung, returns, rung, shape
from ganlab.checks.rungs import keeps_tensors
from ganlab.resampling import downscale

Resize = Callable[[Tensor, int], Tensor]
# From one of the 256 values in [-1, 1] to the next.
LEVEL = 1 / 127.5


def _pictures(scale: int = 4, n: int = 2, channels: int = 3, height: int = 4, width: int = 6, seed: int = 104) -> Any:
    """Black and white, and noise on the left, of 8 bits: reduced, they leave [-1, 1], and no value is near a tie."""
    random = torch.Generator().manual_seed(seed)
    blocks = torch.rand(n, channels, height, width, generator=random, dtype=torch.float32).round()
    large = blocks.repeat_interleave(scale, 2).repeat_interleave(scale, 3)
    noise = torch.rand(large.shape, generator=random, dtype=torch.float32) / 2
    noise[..., width * scale // 2 :] = 0
    return (255 * large + 255 * (1 - 2 * large) * noise).round() / 127.5 - 1, scale


def _resized(scale: int, pictures: Tensor, **options: Any) -> Tensor:
    height, width = pictures.shape[2] // scale, pictures.shape[3] // scale
    return F.interpolate(pictures, size=(height, width), **options)


def _exact(pictures: Tensor, scale: int) -> Tensor:
    """Neither clipped nor rounded."""
    return _resized(scale, pictures, mode="bicubic", antialias=True, align_corners=False)


def _worst(got: Tensor, made: Tensor) -> float:
    """The largest difference in grey levels of what can be shown of both."""
    return float((got.detach().double().clamp(-1, 1) - made.double().clamp(-1, 1)).abs().max()) / LEVEL


def _not_by(name: str, message: str, *mistakes: Resize, within: float = 1.01) -> Rung:
    """A rung that recognises pictures made in one of these ways, rounded or not."""

    def test(f: Attempt) -> bool:
        return not any(_worst(f.result, mistake(*f.arguments)) < within for mistake in mistakes)

    return rung(name, test, message)


def _not_exactly(name: str, message: str, *mistakes: Callable[[Tensor], Tensor]) -> Rung:
    """A rung that recognises what one of these makes of the levels, 0 to 255, neither clipped nor rounded."""

    def test(f: Attempt) -> bool:
        levels = (f.apply(_exact).double() + 1) / LEVEL
        return not any(close(f.result, mistake(levels), rtol=1e-3, atol=1e-3) for mistake in mistakes)

    return rung(name, test, message)


def _on_grid(pictures: Tensor) -> bool:
    levels = (pictures.double() + 1) / LEVEL
    return bool(((levels - levels.round()).abs() < 0.02).all())


def _bicubic(align_corners: bool, antialias: bool) -> Resize:
    return lambda x, r: _resized(r, x, mode="bicubic", align_corners=align_corners, antialias=antialias)


def _shape_at(scale: int) -> Callable[[Attempt], bool]:
    return lambda f: f(*_pictures(scale)).shape == downscale(*_pictures(scale)).shape


def _others() -> list[Any]:
    return [_pictures(2, 1, 1, 5, 3, seed=133), _pictures(3, 1, 3, 4, 5, seed=218), _pictures(1, 1, 3, 4, 2)]


make_small = Ladder(
    "make_small",
    example=_pictures,
    rungs=[
        returns(Tensor),
        rung("enlarged", lambda f: f.result.shape[-1] <= f.arguments[0].shape[-1],
             "the pictures have become larger: `scale` says how many times smaller"),
        shape(lambda x, scale: (*x.shape[:2], x.shape[2] // scale, x.shape[3] // scale)),
        keeps_tensors("your function changes `pictures` in place: the truth to compare with would be gone"),
        _not_by("every_nth", "one pixel in every square of r by r was kept, and the others were thrown away: "
                "whatever is finer than the new grid turns into false patterns",
                *[lambda x, r, k=k: x[..., k % r :: r, k % r :: r] for k in range(4)]),
        _not_by("averaged", "this is the mean of every square of r by r pixels; bicubic reduction weighs pixels by a "
                "curve that reaches further", lambda x, r: F.avg_pool2d(x, r)),
        _not_by("bilinear", "this is bilinear; bicubic is the convention",
                lambda x, r: _resized(r, x, mode="bilinear"),
                lambda x, r: _resized(r, x, mode="bilinear", antialias=True)),
        _not_by("not_antialiased", "bicubic, but without antialiasing: it looks at 4 by 4 pixels, however far apart "
                "the new ones lie, and skips the rest", _bicubic(False, False)),
        _not_by("corners", "the corner pixels were put onto each other (align_corners): then the pictures no longer "
                "cover the same area", _bicubic(True, False), _bicubic(True, True)),
        rung("rounded_to_whole", lambda f: not bool(torch.isin(f.result, torch.tensor([-1.0, 0.0, 1.0])).all()),
             "only black, white and perhaps grey are left: there are 256 values in [-1, 1]. Round on the scale "
             "from 0 to 255"),
        _not_exactly("range", "these lie in [0, 1] or [0, 255]; go back to [-1, 1] at the end",
                     *[lambda v, s=s: v.round().clamp(0, 255) / s for s in (255, 1)],
                     *[lambda v, s=s: v.clamp(0, 255) / s for s in (255, 1)]),
        _not_exactly("clipped_at_0", "everything darker than the middle grey was cut off: the range begins at -1",
                     lambda v: (v.round() / 127.5 - 1).clamp(0, 1), lambda v: (v / 127.5 - 1).clamp(0, 1),
                     lambda v: v.clamp(127.5, 255).round() / 127.5 - 1),
        _not_exactly("wrapped", "what was brighter than white has become black, and the other way around: eight bits "
                     "begin again behind 255. Clip before you convert",
                     lambda v: v.round() % 256 / 127.5 - 1, lambda v: v.floor() % 256 / 127.5 - 1,
                     lambda v: v.trunc() % 256 / 127.5 - 1),
        _not_exactly("zero_level", "rounded, but so that 0 is among the values. It is not: 127.5 is no whole number. "
                     "Move to 0 ... 255 before you round",
                     *[lambda v, s=s: ((v / 127.5 - 1) * s).round() / s for s in (127, 127.5, 128)],
                     *[lambda v, s=s: ((v / 127.5 - 1).clamp(-1, 1) * s).round() / s for s in (127, 127.5, 128)],
                     *[lambda v, s=s: (((v / 127.5 - 1) * s).round() / s).clamp(-1, 1) for s in (127, 127.5, 128)]),
        rung("not_clipped", lambda f: bool((f.result.abs() <= 1 + 1e-4).all()),
             "some values lie outside of [-1, 1] (or are no numbers): beside an edge, bicubic curves swing past "
             "black and white, and no file can hold that"),
        rung("reduction", lambda f: _worst(f.result, f.apply(_exact)) < 3,
             "these are not the antialiased bicubic pictures, whatever they were rounded to"),
        _not_exactly("not_rounded", "not rounded to 8 bits: a file would have lost what lies between its 256 values, "
                     "and a network trained without that loss would rely on it",
                     lambda v: v.clamp(0, 255) / 127.5 - 1),
        _not_exactly("cut_off", "the decimals were cut off, which makes the picture darker by half a grey level: "
                     "round to the nearest", lambda v: v.clamp(0, 255).floor() / 127.5 - 1),
        _not_exactly("rounded_up", "always rounded up, which makes the picture brighter: round to the nearest",
                     lambda v: v.clamp(0, 255).ceil() / 127.5 - 1),
        rung("other_levels", lambda f: _on_grid(f.result),
             "rounded, but not to the 256 values of a file: they are k / 127.5 - 1 with k = 0, 1, ..., 255"),
        rung("nearly", lambda f: _worst(f.result, f.apply(downscale)) < 0.1,
             "some values are off by a grey level or two: is something rounded twice? (Pillow and 8-bit tensors "
             "round between rows and columns, too.) Resize floats, then round once"),
        rung("scale_ignored", lambda f: all(_shape_at(scale)(f) for scale in (2, 3)),
             "right for a scale of 4, but for 2 or 3 the size is wrong"),
        rung("wrong_value", lambda f: all(_worst(f(*case), downscale(*case)) < 0.1 for case in _others()),
             "right for these pictures, but not for other scales and numbers of channels", weight=2),
    ],
    praise="what everybody compares on: a network that has learned to undo it has learned this, and no other blur",
)  # fmt: skip
