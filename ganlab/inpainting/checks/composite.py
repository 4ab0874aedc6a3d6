"""Lesson 03, exercise 2: composite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, returns, rung, shape, value
from ganlab.checks.rungs import keeps_tensors, unlike, unlike_all
from ganlab.inpainting.checks.holes import example_masks, example_values, filled_hole


def _composite_case(channels: int = 3) -> tuple[Any, ...]:
    return example_values(3, 3, channels, 4, 5), example_values(4, 3, channels, 4, 5), example_masks()


def _known_survive(spoil: Callable[[Tensor], Tensor]) -> Callable[[Attempt], bool]:
    """Whether every known pixel is what it was, bit for bit, when the filling is spoiled there."""

    def test(f: Attempt) -> bool:
        pictures, filling, mask = _composite_case()
        made = f(pictures, torch.where(mask > 0, filling, spoil(filling)), mask)
        known = (mask == 0).expand_as(pictures)
        return torch.equal(made[known], pictures[known]) and close(made[~known], filling[~known])

    return test


def _not_finite(filling: Tensor) -> Tensor:
    spoiled = filling.clone()
    spoiled[:, :, ::2], spoiled[:, :, 1::2] = torch.nan, torch.inf
    return spoiled


def _other_channels(f: Attempt) -> bool:
    return all(close(f(*_composite_case(c)), filled_hole(*_composite_case(c))) for c in (1, 4))


composite = Ladder(
    "composite",
    example=_composite_case,
    rungs=[
        returns(Tensor),
        shape(lambda pictures, filling, mask: pictures.shape),
        keeps_tensors("your function changes one of its arguments in place; whoever holds it will be surprised"),
        unlike("swapped", lambda p, g, m: filled_hole(g, p, m),
               "this keeps the hole and replaces what was known; 1 in the mask means missing"),
        unlike("filling_only", lambda p, g, m: g, "this is the filling everywhere, also where the pixels are known"),
        unlike("pictures_only", lambda p, g, m: p, "the hole still holds the pictures' own pixels"),
        unlike_all("added", [lambda p, g, m: p + g, lambda p, g, m: p * (1 - m) + g, lambda p, g, m: p + g * m],
                   "somewhere the two pictures are added: every pixel comes from one of them, from one only"),
        unlike_all("one_part", [lambda p, g, m: p * (1 - m), lambda p, g, m: g * m],
                   "one of the two parts is missing: there are zeros where a picture should be"),
        unlike("first_mask", lambda p, g, m: filled_hole(p, g, m[:1]),
               "the first picture's mask was used for all; each has its own"),
        rung("hole", lambda f: close(f.result * f.arguments[2], f.arguments[1] * f.arguments[2]),
             "inside the hole there should be the filling, as it is"),
        rung("known", lambda f: close(f.result * (1 - f.arguments[2]), f.arguments[0] * (1 - f.arguments[2])),
             "outside the hole there should be the pictures, as they are"),
        rung("channels", _other_channels,
             "with 1 or 4 channels it goes wrong; the mask has one channel for them all"),
        rung("bit_for_bit", _known_survive(lambda g: 1e4 * g),
             "known pixels come back slightly changed when the filling is large there: rounding. Choose, do not mix"),
        rung("not_a_number", _known_survive(_not_finite),
             "a NaN or an infinity of the filling leaks into known pixels: 0 times NaN is NaN. Choose, do not mix"),
        value(filled_hole, examples=lambda: [(*_composite_case()[:2], torch.full((3, 1, 4, 5), m))
                                            for m in (0.0, 1.0)]),
    ],
    praise="what is known stays, bit for bit, whatever the network says",
)  # fmt: skip
