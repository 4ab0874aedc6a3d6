"""Right and wrong answers to the exercise mend_tiles of lesson 05, written as learners write them."""

import torch
import torch.nn.functional as F

from ganlab.superres import checks
from tests.checks.bank import Bank, endless, stub


def tiles_with(cut=lambda at, start, scale: scale * (at - start), shown=None, last=None):
    """Tile by tile; ``cut`` says how many large pixels are cut off above and to the left."""

    def tiles(enlarge, small, tile, margin, scale):
        height, width = small.shape[2:]
        border = margin if shown is None else shown
        large = torch.zeros(*small.shape[:2], scale * height, scale * width)
        for top in range(0, height, tile):
            for left in range(0, width, tile):
                first, before = max(0, top - border), max(0, left - border)
                piece = enlarge(small[..., first : top + tile + border, before : left + tile + border])
                piece = piece[..., cut(top, first, scale) :, cut(left, before, scale) :]
                rows, columns = min(tile, height - top), min(tile, width - left)
                if last is not None:
                    rows, columns = last(rows, tile), last(columns, tile)
                piece = piece[..., : scale * rows, : scale * columns]
                large[..., scale * top : scale * (top + rows), scale * left : scale * (left + columns)] = piece
        return large

    return tiles


tiles_solution = tiles_with()


def tiles_by_rows(enlarge, small, tile, margin, scale):
    """Joined instead of filled in."""
    height, width = small.shape[2:]
    rows = []
    for top in range(0, height, tile):
        row = []
        for left in range(0, width, tile):
            above, before = min(margin, top), min(margin, left)
            piece = enlarge(small[..., top - above : top + tile + margin, left - before : left + tile + margin])
            bottom, right = scale * (above + tile), scale * (before + tile)
            row.append(piece[..., scale * above : bottom, scale * before : right])
        rows.append(torch.cat(row, dim=3))
    return torch.cat(rows, dim=2)


def tiles_from_zeros(enlarge, small, tile, margin, scale):
    """Every tile placed in a large picture of zeros, and these added."""
    height, width = small.shape[2:]
    total = 0
    for top in range(0, height, tile):
        for left in range(0, width, tile):
            a, b = max(0, top - margin), min(height, top + tile + margin)
            c, d = max(0, left - margin), min(width, left + tile + margin)
            whole = F.pad(
                enlarge(small[:, :, a:b, c:d]),
                (scale * c, scale * (width - d), scale * a, scale * (height - b)),
            )
            mask = torch.zeros(scale * height, scale * width)
            mask[scale * top : scale * (top + tile), scale * left : scale * (left + tile)] = 1
            total = total + mask * whole
    return total


def tiles_broken(enlarge, small, tile, margin, scale):
    """As the lesson shows it."""
    height, width = small.shape[2:]
    large = torch.zeros(*small.shape[:2], scale * height, scale * width)
    for top in range(0, height, tile):
        for left in range(0, width, tile):
            rows = slice(max(0, top - margin), top + tile + margin)
            columns = slice(max(0, left - margin), left + tile + margin)
            piece = enlarge(small[..., rows, columns])[..., margin:, margin:]
            piece = piece[..., : scale * tile, : scale * tile]
            bottom, right = scale * (top + tile), scale * (left + tile)
            large[..., scale * top : bottom, scale * left : right] = piece
    return large


def tiles_zero_margin_lost(enlarge, small, tile, margin, scale):
    if margin == 0:
        return enlarge(small)[..., :0, :0]
    return tiles_solution(enlarge, small, tile, margin, scale)


def tiles_in_place(enlarge, small, tile, margin, scale):
    return tiles_solution(enlarge, small.mul_(0.5), tile, margin, scale)


def tiles_last_one_grey(enlarge, small, tile, margin, scale):
    height, width = (side - side % tile for side in small.shape[2:])
    large = tiles_solution(enlarge, small, tile, margin, scale)
    large[..., scale * height :, :] = 0
    large[..., scale * width :] = 0
    return large


def tiles_of_other_margin(margin_of):
    return lambda e, s, tile, margin, scale: tiles_solution(e, s, tile, margin_of(margin), scale)


BANK = Bank(
    checks.mend_tiles,
    right=[
        tiles_solution,
        tiles_by_rows,
        tiles_from_zeros,
        lambda enlarge, small, tile, margin, scale: tiles_by_rows(enlarge, small.clone(), tile, margin, scale).double(),
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda *a: None, "returns_none"),
        (lambda *a: [tiles_solution(*a)], "wrong_type"),
        (lambda *a: tiles_solution(*a).numpy(), "wrong_type"),
        (lambda e, s, tile, margin, scale: s, "wrong_shape"),
        (lambda e, s, tile, margin, scale: e(F.pad(s, (margin,) * 4)), "wrong_shape"),
        (lambda e, s, tile, margin, scale: e(s, tile), "error"),
        (tiles_in_place, "changes_its_input"),
        (lambda e, s, tile, margin, scale: e(s), "whole_picture"),
        (tiles_of_other_margin(lambda margin: 3 * margin), "whole_picture"),
        (tiles_broken, "first_tile"),
        (tiles_with(cut=lambda at, start, scale: scale * 2), "first_tile"),
        (tiles_with(cut=lambda at, start, scale: at - start), "cut_too_little"),
        (tiles_with(shown=0), "seams"),
        (tiles_of_other_margin(lambda margin: margin // 2), "seams"),
        (tiles_last_one_grey, "odd_sizes"),
        (tiles_zero_margin_lost, "no_margin"),
        (tiles_of_other_margin(lambda margin: min(margin, 2) if margin < 3 else 1), "wrong_value"),
    ],
)  # fmt: skip
