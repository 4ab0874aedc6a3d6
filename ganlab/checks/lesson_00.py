"""Checks of lesson 00, start here."""

from __future__ import annotations

import torch
from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, returns, rung, shape, value


def _reference(images: Tensor) -> Tensor:
    return ((images.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)


def _example() -> tuple[Tensor]:
    """Two small pictures whose channels differ, at every whole pixel value: rounding is never a close call."""
    levels = (torch.arange(0, 384.0) * 5 % 256).reshape(2, 3, 8, 8)
    return (levels / 127.5 - 1,)


def _ends(attempt: Attempt) -> bool | str:
    black, white = (int(attempt(torch.full((1, 3, 2, 2), end)).flatten()[0]) for end in (-1.0, 1.0))
    if (black, white) == (0, 255):
        return True
    return f"black is -1 and must become 0, white is 1 and must become 255; yours become {black} and {white}"


def _clamped(attempt: Attempt) -> bool:
    outside = torch.tensor([-3.0, -1.004, -1.5, 1.004, 1.5, 3.0]).reshape(1, 1, 2, 3)
    return close(attempt(outside), [[[[0, 0, 0], [255, 255, 255]]]])


def _rounded(attempt: Attempt) -> bool:
    # 99.9 and 100.1 are both nearest to 100; cutting the decimals off sends the first to 99.
    near = (torch.tensor([99.9, 100.1, 7.9, 200.6]) / 127.5 - 1).reshape(1, 1, 2, 2)
    return not close(attempt(near), [[[[99, 100], [7, 200]]]])


def _middle(attempt: Attempt) -> bool | str:
    got = int(attempt(torch.zeros(1, 3, 2, 2)).flatten()[0])
    return (
        got in (127, 128) or f"0 lies in the middle of [-1, 1] and is a medium grey, 128 or so; yours becomes {got}"
    )


to_pixels = Ladder(
    "to_pixels",
    example=_example,
    rungs=[
        returns(Tensor),
        shape(lambda images: images.shape, "every number becomes one pixel value, so nothing is moved or dropped"),
        rung(
            "dtype",
            lambda f: f.result.dtype == torch.uint8,
            "pixel values are whole numbers from 0 to 255, stored as torch.uint8; yours have another dtype",
        ),
        rung("ends", _ends, "black and white do not come out as 0 and 255"),
        rung("middle", _middle, "the middle of [-1, 1] does not come out as a medium grey"),
        rung(
            "clamp",
            _clamped,
            "a number a little outside [-1, 1] wraps around to the other end (white turns black): "
            "uint8 has no 256, so something must hold the numbers in range first",
        ),
        rung(
            "rounding",
            _rounded,
            "99.9 became 99: converting to uint8 cuts the decimals off instead of going to the nearest whole number",
        ),
        rung(
            "changes_its_input",
            lambda f: not f.changed,
            "your function changes the picture it was given; compute a new tensor (beware of names ending in _)",
        ),
        value(_reference),
    ],
    praise="black is 0, white is 255, nothing wraps around, and the tensor you were given is left alone",
)
