"""Lesson 02, exercise 6: the nearest training picture."""

from __future__ import annotations

from typing import Any

import torch

from ganlab.checks.attempt import Attempt
from ganlab.checks.ladder import Ladder, returns, rung, value
from ganlab.checks.rungs import unlike


def _gallery() -> tuple[Any, ...]:
    """A sample and six pictures, each nearest by another idea of nearness; by squared distance it is number 3."""
    difference = torch.zeros(6, 48, dtype=torch.float64)
    # The farthest.
    difference[0] = 1.0
    # Equal in the first channel.
    difference[1, 16:] = 0.9
    # Equal in mean brightness.
    difference[2] = 0.8 * torch.tensor([1.0, -1.0]).repeat(24)
    difference[3, ::2] = 0.25
    # Fewest changes: smallest sum of absolute differences.
    difference[4, 3:48:10] = 0.8
    # Smallest largest difference.
    difference[5] = 0.22
    sample = torch.full((3, 4, 4), -0.1, dtype=torch.float64)
    return sample, sample + difference.reshape(6, 3, 4, 4)


def _by(distance: Any) -> Any:
    return lambda sample, training: int(distance(training - sample).argmin())


def _in_range(f: Attempt) -> bool:
    return bool(0 <= f.result < 6)


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
