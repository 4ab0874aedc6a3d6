"""Lesson 05, exercise 4: PSNR, by the convention."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, Rung, rung
from ganlab.checks.rungs import keeps_tensors, one_number, unlike_all

Maps = Callable[[Tensor], Tensor]
Measure = Callable[..., Any]
LUMA = (65.481, 128.553, 24.966)
# 0.299 R + 0.587 G + 0.114 B, from 0 to 255.
FULL_RANGE = tuple(weight / 219 * 255 for weight in LUMA)
SHAVE = 2


def _compared(height: int = 11, width: int = 14, n: int = 3, shave: int = SHAVE, seed: int = 60) -> tuple[Any, ...]:
    """Errors that differ by picture, colour and place; some values that no file holds, and none near a tie."""
    random = torch.Generator().manual_seed(seed)
    truth, between, error = (torch.rand(n, 3, height, width, generator=random, dtype=torch.float32) for _ in range(3))
    truth = (truth * 255).round()
    strength = torch.tensor([9.0, 3.0, 21.0])[:, None, None] * torch.tensor([1.0, 3.0, 0.3])[:n, None, None, None]
    strength = strength * torch.linspace(0.5, 1.5, width) * torch.linspace(1.3, 0.7, height)[:, None]
    pictures = (truth + (error - 0.5) * strength).round() + 0.8 * (between - 0.5)
    pictures[:, :, 0], pictures[:, :, -1], pictures[..., 0], pictures[..., -1] = 0, 9, 255, 90
    return (pictures / 127.5 - 1).float(), truth / 127.5 - 1, shave


def _levels(pictures: Tensor) -> Tensor:
    """From [-1, 1] to 0 ... 255, neither rounded nor clipped."""
    return (pictures.double() + 1) * 127.5


def _rounded(pictures: Tensor) -> Tensor:
    return _levels(pictures).round()


def _clipped(pictures: Tensor) -> Tensor:
    return _levels(pictures).clamp(0, 255)


def _eight_bits(pictures: Tensor) -> Tensor:
    return _rounded(pictures).clamp(0, 255)


def _luma(*weights: float) -> Maps:
    """Y with these weights for colours between 0 and 1; a constant beside them would make no difference."""
    column = torch.tensor(weights or LUMA, dtype=torch.float64)[:, None, None]
    return lambda levels: (column * levels / 255).sum(1, keepdim=True)


def _colours(levels: Tensor) -> Tensor:
    return levels


def _only(colour: int) -> Maps:
    return lambda levels: levels[:, colour : colour + 1]


def _all_around(maps: Tensor, shave: int) -> Tensor:
    return maps[..., shave : maps.shape[2] - shave, shave : maps.shape[3] - shave]


def _each(errors: Tensor) -> Tensor:
    """Of squared differences (N, K, H, W) the decibels of every picture."""
    return 10 * torch.log10(255**2 / errors.mean((1, 2, 3)))


def _mean(errors: Tensor) -> Tensor:
    return _each(errors).mean()


def _below(peak: float, mean: Maps = _mean) -> Maps:
    """The mean with another peak than 255."""
    return lambda errors: mean(errors) + 20 * torch.log10(torch.tensor(peak / 255, dtype=torch.float64))


def _psnr(
    colour: Maps | None = None,
    eight: Maps = _eight_bits,
    inner: Callable[[Tensor, int], Tensor] = _all_around,
    distance: Maps = torch.square,
    answer: Callable[[Tensor], Any] = _mean,
) -> Measure:
    """The measurement, or the measurement with another one of its steps."""
    shown = colour or _luma()
    return lambda a, b, shave: answer(distance(inner(shown(eight(a)) - shown(eight(b)), shave)))


def _roundings(colour: Maps, answer: Maps = _mean) -> Iterator[Measure]:
    """This mistake alone, or together with one in the rounding."""
    for eight in (_eight_bits, _rounded, _clipped, _levels):
        yield _psnr(colour, eight, answer=answer)


def _answers(*answers: Callable[[Tensor], Any]) -> Iterator[Measure]:
    return (_psnr(answer=answer) for answer in answers)


def _within(*areas: Callable[[Tensor, int], Tensor]) -> Iterator[Measure]:
    return (_psnr(inner=area) for area in areas)


def _same(got: Any, expected: Any) -> bool:
    """To a few thousandths of a decibel: float32 is as good, the mistakes are farther away."""
    return close(got, expected, rtol=0, atol=3e-3)


def _unless(name: str, message: str, *mistakes: Measure) -> Rung:
    return unlike_all(name, mistakes, message, _same)


def _by_colour(errors: Tensor) -> Tensor:
    """A PSNR for each colour, then the mean of the three."""
    return (10 * torch.log10(255**2 / errors.mean((2, 3)))).mean()


def _weighted_errors(errors: Tensor) -> Tensor:
    return _mean(_luma(*(weight / 219 * 255 for weight in LUMA))(errors))


def _right_at(*cases: tuple[Any, ...]) -> Callable[[Attempt], bool]:
    return lambda f: all(_same(f(*case), _psnr()(*case)) for case in cases)


RANGES = [measure for colour in (_luma(), _luma(*FULL_RANGE), _colours) for peak in (127.5, 1.0)
          for measure in _roundings(colour, _below(peak))]  # fmt: skip

psnr_y = Ladder(
    "psnr_y",
    example=_compared,
    rungs=[
        *one_number("one number for all pictures, in decibels", "the mean over the pictures is one number"),
        keeps_tensors("your function changes `pictures` or `truth` in place; a measurement must not"),
        _unless("no_decibels", "this is an error, not a ratio in decibels: the logarithm is missing",
                *_answers(torch.mean, lambda e: e.mean().sqrt(), lambda e: e.mean((1, 2, 3)).sqrt().mean())),
        _unless("upside_down", "upside down: the peak's square is divided by the error, so that more is better",
                *_answers(lambda e: -_mean(e))),
        _unless("logarithm", "the ratio is right, but decibels are ten times its logarithm to base 10",
                *_answers(*[lambda e, k=k: k * _mean(e) for k in (0.1, 2.0, 2.302585, 0.2302585, 3.321928)])),
        _unless("peak_squared", "either the peak is not squared, or the error is squared twice: 255² stands above a "
                "mean of squares", *_answers(lambda e: (10 * torch.log10(255 / e.mean((1, 2, 3)))).mean(),
                                             lambda e: (20 * torch.log10(255 / e.mean((1, 2, 3)))).mean())),
        _unless("range", "range and peak do not belong together: 255 is the peak of pictures whose colours run from "
                "0 to 255, and the formula of Y wants its R, G and B between 0 and 1", *RANGES),
        _unless("full_range", "1.3 decibels too few: this Y runs from 0 to 255, or the peak is 219. The convention "
                "is a Y from 16 to 235, and 255 all the same", *_roundings(_luma(*FULL_RANGE)),
                *_roundings(_luma(), _below(219))),
        _unless("peak", "another peak than 255", *_answers(*map(_below, (235, 256, 220, 254, 100)))),
        _unless("colours", "all three colours were compared; the convention compares Y alone", *_roundings(_colours),
                *_roundings(_colours, _by_colour), *_roundings(_colours, _weighted_errors)),
        _unless("grey_mean", "the three colours count alike in your Y: green weighs twice what red does",
                *_roundings(lambda v: v.mean(1, keepdim=True)),
                *_roundings(lambda v: v.mean(1, keepdim=True) * 219 / 255)),
        _unless("one_colour", "only one of the colours was compared",
                *[measure for k in range(3) for measure in _roundings(_only(k))]),
        _unless("bgr", "red and blue are exchanged", *_roundings(_luma(*LUMA[::-1]))),
        _unless("absolute", "absolute differences were averaged; PSNR is about squares",
                _psnr(distance=torch.abs), _psnr(distance=torch.abs, answer=lambda e: _mean(e.mean((1, 2, 3))
                                                                           .square().reshape(-1, 1, 1, 1)))),
        _unless("no_shave", "nothing was cut off: at the borders a network sees only half of what it needs, and the "
                "literature does not count them", *_within(lambda m, s: m)),
        _unless("two_sides", "not every side was cut: `shave` pixels go at the top, at the bottom, on the left and "
                "on the right", *_within(lambda m, s: m[..., s:, s:], lambda m, s: m[..., :-s, :-s],
                                      lambda m, s: m[..., s:-s, :], lambda m, s: m[..., s:-s])),
        _unless("shave_width", "another number of pixels was cut off: `shave` at every side",
                *_within(lambda m, s: _all_around(m, s // 2), lambda m, s: _all_around(m, 2 * s),
                         lambda m, s: _all_around(m, s + 1), lambda m, s: m[..., s : -s - 1, s : -s - 1])),
        _unless("pooled", "the errors of all pictures were averaged before the logarithm: then the worst picture "
                "outweighs all others. Average decibels", *_answers(lambda e: _mean(e.mean(0, keepdim=True)))),
        _unless("sum", "the decibels of the pictures were added: average them",
                *_answers(lambda e: _each(e).sum())),
        _unless("one_picture", "one picture was measured, or the best, the worst or the middle one: average over all",
                *_answers(lambda e: _each(e)[0], lambda e: _each(e)[-1], lambda e: _each(e).max(),
                          lambda e: _each(e).min(), lambda e: _each(e).median())),
        _unless("not_8_bit", "neither clipped nor rounded: what is compared are the pictures that a file can hold",
                _psnr(eight=_levels)),
        _unless("not_rounded", "not rounded: a file can only hold whole numbers from 0 to 255",
                _psnr(eight=_clipped)),
        _unless("not_clipped", "not clipped: nothing is whiter than white, and a network's number there says nothing",
                _psnr(eight=_rounded)),
        _unless("cut_off", "the decimals were cut off instead of rounded",
                _psnr(eight=lambda x: _clipped(x).floor()), _psnr(eight=lambda x: _levels(x).floor())),
        _unless("luma_rounded", "Y itself was rounded, too; only the pictures are of 8 bits",
                _psnr(lambda v: (16 + _luma()(v)).round())),
        rung("decibels", _right_at(_compared()),
             "the number is not the PSNR of Y: compute it for one picture and print what comes out of every step"),
        rung("shave_zero", _right_at(_compared(shave=0)),
             "with `shave` 0 it goes wrong: [0:-0] is an empty slice"),
        rung("wrong_value", _right_at(_compared(8, 9, 1, 1), _compared(9, 8, 2, 3), _compared(12, 6, 3, 0, seed=61)),
             "right for these pictures, but not for other sizes, batches and borders", weight=2),
    ],
    praise="comparable now: on RGB, or with the border, the same pictures have another number",
)  # fmt: skip
