"""Lesson 05, exercise 9: the broken tiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, returns, rung, shape, value
from ganlab.checks.rungs import keeps_tensors

SCALE = 3
_random = torch.Generator().manual_seed(59)
# A blur that sees two pixels far and is no mirror image of itself, and a pattern of its own in each little square.
_KERNEL = torch.rand(1, 1, 5, 5, generator=_random, dtype=torch.float32)
_SQUARE = torch.rand(SCALE, SCALE, generator=_random, dtype=torch.float32)


def enlarge(small: Tensor) -> Tensor:
    """(N, C, h, w) -> (N, C, 3 h, 3 w), seeing two small pixels far; beyond the edge it takes zeros."""
    n, channels, height, width = small.shape
    seen = F.conv2d(small.reshape(-1, 1, height, width), _KERNEL, padding=2).reshape(n, channels, height, width)
    large = seen.repeat_interleave(SCALE, 2).repeat_interleave(SCALE, 3)
    return large * _SQUARE.repeat(height, width)


class _Limited:
    """``enlarge`` for pieces of at most so many pixels a side; of a larger one it makes nothing that is a number."""

    def __init__(self, most: int = 1000) -> None:
        self.most = most

    def __call__(self, small: Tensor) -> Tensor:
        large = enlarge(small)
        return large if max(small.shape[2:]) <= self.most else torch.full_like(large, torch.nan)


def _case(height: int = 12, width: int = 16, tile: int = 4, margin: int = 2) -> tuple[Any, ...]:
    random = torch.Generator().manual_seed(60)
    small = torch.rand(2, 3, height, width, generator=random, dtype=torch.float32)
    return _Limited(), small, tile, margin, SCALE


def _whole(enlarger: Callable[[Tensor], Tensor], small: Tensor, *_: Any) -> Tensor:
    return enlarger(small)


def _small_pieces(f: Attempt) -> bool:
    _, *rest = _case(20, 24)
    # A tile with a margin on both sides.
    made = f(_Limited(4 + 2 * 2), *rest)
    return not bool(torch.isnan(made).any())


def _inner(attempt: Attempt, case: tuple[Any, ...], part: tuple[slice, slice]) -> bool:
    """Whether a part of the large picture is that of the whole one."""
    got, want = attempt(*case), _whole(*case)
    return got.shape == want.shape and close(got[(..., *part)], want[(..., *part)], rtol=1e-4, atol=1e-5)


def _first_tile(f: Attempt) -> bool:
    # What its right and lower edge needs to see is another rung's question.
    return _inner(f, _case(), (slice(0, 2 * SCALE), slice(0, 2 * SCALE)))


def _middles(f: Attempt) -> bool:
    """The middle of the second tile: right there even without a margin, if what is cut off has the right size."""
    case = _case(30, 30, 10, 2)
    middle = slice(13 * SCALE, 17 * SCALE)
    return _inner(f, case, (middle, middle))


def _edges(f: Attempt) -> bool:
    case = _case(30, 30, 10, 2)
    second = slice(10 * SCALE, 20 * SCALE)
    return _inner(f, case, (second, second))


mend_tiles = Ladder(
    "mend_tiles",
    example=_case,
    rungs=[
        returns(Tensor, hint="return the large picture"),
        shape(lambda enlarger, small, tile, margin, scale: (*small.shape[:2], *(scale * n for n in small.shape[2:])),
              "the large picture is scale times as high and wide as the small one"),
        keeps_tensors("your function changes `small` in place"),
        rung("whole_picture", _small_pieces,
             "the enlarger was shown a piece that is larger than a tile with its two margins: the memory has to be "
             "that of a tile"),
        rung("first_tile", _first_tile,
             "the first tile, at the top left, is wrong already: above and left of it there is no margin to cut off"),
        rung("cut_too_little", _middles,
             "the middle of a tile is at the wrong place: a margin of small pixels is wider in large ones"),
        rung("seams", _edges,
             "the middle of each tile is right and its edge is not: a seam. What did the network need to see there?"),
        rung("odd_sizes", lambda f: _inner(f, _case(11, 14), (slice(None), slice(None))),
             "when the side is no multiple of the tile, the last tile is smaller; that one is wrong"),
        rung("no_margin", lambda f: f(*_case(8, 8, 4, 0)).shape == (2, 3, 24, 24),
             "with a margin of 0 something is left out: [0:-0] is empty"),
        value(_whole, "some tiles are not what the whole picture would have given", rtol=1e-4, atol=1e-5,
              examples=lambda: [_case(9, 17, 5, 2), _case(3, 4, 8, 2), _case(16, 12, 4, 3), _case(7, 7, 1, 2)]),
    ],
    praise="no seam: tile by tile the same as the whole picture at once",
)  # fmt: skip
