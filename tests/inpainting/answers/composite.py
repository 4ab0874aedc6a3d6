"""Right and wrong answers to the exercise composite of lesson 03, written as learners write them."""

import numpy as np
import torch

from ganlab.inpainting import checks
from tests.checks.bank import Bank, stub


def composite_indexed(pictures, filling, mask):
    out = pictures.clone()
    hole = mask.bool().expand_as(out)
    out[hole] = filling[hole]
    return out


def composite_loop(pictures, filling, mask):
    made = []
    for picture, fill, hole in zip(pictures, filling, mask, strict=True):
        made.append(torch.stack([torch.where(hole[0] == 1, b, a) for a, b in zip(picture, fill, strict=True)]))
    return torch.stack(made)


def composite_index_put(pictures, filling, mask):
    image, row, column = (mask[:, 0] > 0.5).nonzero(as_tuple=True)
    out = torch.empty_like(pictures).copy_(pictures)
    out[image, :, row, column] = filling[image, :, row, column]
    return out


def composite_three_channels(pictures, filling, mask):
    return torch.where(mask.repeat(1, 3, 1, 1) > 0, filling, pictures)


def composite_three_by_three(pictures, filling, mask):
    out = pictures.clone()
    for channel in range(3):
        hole = mask[:, 0] > 0
        out[:, channel][hole] = filling[:, channel][hole]
    return out


def composite_in_place(pictures, filling, mask):
    hole = mask.expand_as(pictures) > 0
    pictures[hole] = filling[hole]
    return pictures


def composite_in_the_filling(pictures, filling, mask):
    known = (mask == 0).expand_as(pictures)
    filling[known] = pictures[known]
    return filling


BANK = Bank(
    checks.composite,
    right=[
        lambda p, g, m: torch.where(m.bool(), g, p),
        composite_indexed,
        composite_loop,
        composite_index_put,
        lambda p, g, m: torch.from_numpy(np.where(m.numpy() == 1, g.numpy(), p.numpy())),
        lambda p, g, m: p.masked_scatter(m.bool(), g[m.bool().expand_as(g)]),
        lambda p, g, m: p.masked_fill(m > 0, 0) + g.masked_fill(m == 0, 0),
        lambda p, g, m: p * (1 - m) + torch.nan_to_num(g) * m,
    ],
    wrong=[
        (stub, "missing"),
        (lambda p, g, m: None, "returns_none"),
        (lambda p, g, m: (p * (1 - m), g * m), "wrong_type"),
        (lambda p, g, m: g[m.bool().expand_as(g)], "wrong_shape"),
        (composite_in_place, "changes_its_input"),
        (composite_in_the_filling, "changes_its_input"),
        (lambda p, g, m: torch.where(m > 0, p, g), "swapped"),
        (lambda p, g, m: p * m + g * (1 - m), "swapped"),
        (lambda p, g, m: g, "filling_only"),
        (lambda p, g, m: p.clone(), "pictures_only"),
        (lambda p, g, m: p + g, "added"),
        (lambda p, g, m: p * (1 - m) + g, "added"),
        (lambda p, g, m: p + m * g, "added"),
        (lambda p, g, m: torch.where(m > 0, g, torch.zeros_like(g)), "one_part"),
        (lambda p, g, m: p * (1 - m), "one_part"),
        (lambda p, g, m: torch.where(m[0] > 0, g, p), "first_mask"),
        (composite_three_channels, "channels"),
        (composite_three_by_three, "channels"),
        (lambda p, g, m: g + (1 - m) * (p - g), "bit_for_bit"),
        (lambda p, g, m: p * (1 - m) + g * m, "not_a_number"),
        (lambda p, g, m: torch.lerp(p, g, m), "not_a_number"),
        (lambda p, g, m: p + m * (g - p), "not_a_number"),
        (lambda p, g, m: torch.where(m > 0, (p + g) / 2, p), "hole"),
        (lambda p, g, m: torch.where(m > 0, g, p.clamp(-0.5, 0.5)), "known"),
    ],
)
