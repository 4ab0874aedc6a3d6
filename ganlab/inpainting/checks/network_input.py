"""Lesson 03, exercise 1: what the network sees."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, returns, rung, shape, value
from ganlab.checks.rungs import keeps_tensors, unlike, unlike_all
from ganlab.inpainting.checks.holes import example_masks, example_values


def _seen_case(channels: int = 1) -> tuple[Any, ...]:
    """Grey by default: then a mask can be joined along any axis, and the learner hears which one is meant."""
    return example_values(1, 3, channels, 4, 5), example_masks()


def _not_joined_elsewhere(f: Attempt) -> bool:
    n, c, h, w = f.arguments[0].shape
    return tuple(f.result.shape) not in [(2 * n, c, h, w), (n, c, 2 * h, w), (n, c, h, 2 * w)]


network_input = Ladder(
    "network_input",
    example=_seen_case,
    rungs=[
        returns(Tensor, hint="one tensor holds the picture and its mask, as channels"),
        rung("no_mask", lambda f: f.result.shape != f.arguments[0].shape,
             "the mask is not among the channels: the network could not tell a hole from a grey area"),
        rung("joined_elsewhere", _not_joined_elsewhere,
             "picture and mask were joined along the batch, the height or the width; the mask is one more channel"),
        shape(lambda pictures, mask: (len(pictures), pictures.shape[1] + 1, *pictures.shape[2:])),
        rung("colours", lambda f: f(*_seen_case(3)).dim() == 4,
             "with three colours it goes wrong; the mask has one channel for them all"),
        rung("repeated_mask", lambda f: f(*_seen_case(3)).shape[1] != 2 * 3,
             "the mask is the same for all colours: one channel of it is enough"),
        keeps_tensors("your function changes `pictures` or `mask` in place: the target of the loss would be gone"),
        unlike("mask_first", lambda p, m: torch.cat([m, p * (1 - m)], 1), "the picture comes first, the mask last"),
        unlike("nothing_erased", lambda p, m: torch.cat([p, m], 1),
               "nothing was erased: the network would see the very pixels that it is to guess"),
        unlike_all("hole_kept", [lambda p, m: torch.cat([p * m, m], 1), lambda p, m: torch.cat([p * m, 1 - m], 1)],
                   "the hole was kept and the surroundings were erased; here 1 means missing"),
        unlike("inverted_mask", lambda p, m: torch.cat([p * (1 - m), 1 - m], 1),
               "the last channel is 1 where a pixel is known; the mask is 1 where it is missing"),
        unlike("first_mask", lambda p, m: torch.cat([p * (1 - m[:1]), m], 1),
               "the first picture's mask was used to erase all of them; each has its own"),
        rung("filled", lambda f: not bool((f.result[:, :-1] * f.arguments[1]).any()),
             "the hole should hold 0, the middle of the range, not black, white or any other colour"),
        rung("each_mask", lambda f: close(f.result[:, -1:], f.arguments[1]),
             "the last channel is not the mask that belongs to each picture"),
        value(lambda p, m: torch.cat([torch.where(m > 0, 0.0, p), m], 1),
              examples=lambda: [_seen_case(3), (example_values(2, 1, 4, 4, 5), torch.zeros(1, 1, 4, 5))]),
    ],
    praise="0 for what is missing, and a channel that says which zeros are holes",
)  # fmt: skip
