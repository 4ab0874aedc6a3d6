"""Right and wrong answers to the exercise network_input of lesson 03, written as learners write them."""

import numpy as np
import torch
import torch.nn.functional as F

from ganlab.inpainting import checks
from tests.checks.bank import Bank, stub


def input_indexed(pictures, mask):
    erased = pictures.clone()
    erased[mask.expand_as(pictures) == 1] = 0
    return torch.concatenate((erased, mask), dim=-3)


def input_loop(pictures, mask):
    n, c, h, w = pictures.shape
    out = torch.zeros(n, c + 1, h, w)
    for i in range(n):
        for row in range(h):
            for column in range(w):
                out[i, c, row, column] = mask[i, 0, row, column]
                if mask[i, 0, row, column] == 0:
                    out[i, :c, row, column] = pictures[i, :, row, column]
    return out


def input_numpy(pictures, mask):
    erased = np.where(mask.numpy() > 0.5, 0.0, pictures.numpy())
    # In float64: the values count.
    return torch.from_numpy(np.concatenate([erased, mask.numpy()], axis=1))


def input_grey(pictures, mask):
    erased = pictures.clone()
    erased[mask.bool()] = 0
    return torch.cat([erased, mask], dim=1)


def input_in_place(pictures, mask):
    pictures *= 1 - mask
    return torch.cat([pictures, mask], dim=1)


BANK = Bank(
    checks.network_input,
    right=[
        lambda p, m: torch.cat([p * (1 - m), m], dim=1),
        lambda p, m: torch.cat([p.masked_fill(m.bool(), 0), m], dim=1),
        input_indexed,
        input_loop,
        input_numpy,
        lambda p, m: (
            F.pad(torch.where(m > 0, torch.zeros_like(p), p), (0, 0, 0, 0, 0, 1))
            + F.pad(m, (0, 0, 0, 0, p.shape[1], 0))
        ),
    ],
    wrong=[
        (stub, "missing"),
        (lambda p, m: None, "returns_none"),
        (lambda p, m: (p * (1 - m), m), "wrong_type"),
        (lambda p, m: torch.cat([p * (1 - m), m]), "joined_elsewhere"),
        (lambda p, m: torch.cat([p * (1 - m), m], dim=3), "joined_elsewhere"),
        (lambda p, m: p * (1 - m), "no_mask"),
        (lambda p, m: torch.cat([p * (1 - m), m.expand_as(p)]), "joined_elsewhere"),
        (lambda p, m: torch.cat([p * (1 - m), m.expand_as(p)], dim=3), "joined_elsewhere"),
        (lambda p, m: torch.cat([p * (1 - m), m.expand_as(p)], dim=2), "joined_elsewhere"),
        (lambda p, m: torch.cat([p * (1 - m), m.expand_as(p)], dim=1), "repeated_mask"),
        (lambda p, m: torch.stack([p * (1 - m), m.expand_as(p)]), "wrong_shape"),
        (lambda p, m: torch.cat([p, m], 4), "error"),
        (input_grey, "colours"),
        (input_in_place, "changes_its_input"),
        (lambda p, m: torch.cat([p.masked_fill_(m > 0, 0), m], dim=1), "changes_its_input"),
        (lambda p, m: torch.cat([m, p * (1 - m)], dim=1), "mask_first"),
        (lambda p, m: torch.cat([p, m], dim=1), "nothing_erased"),
        (lambda p, m: torch.cat([p * m, m], dim=1), "hole_kept"),
        (lambda p, m: torch.cat([torch.where(m == 1, p, 0), 1 - m], dim=1), "hole_kept"),
        (lambda p, m: torch.cat([p * (1 - m), 1 - m], dim=1), "inverted_mask"),
        (lambda p, m: torch.cat([p * (1 - m[0]), m], dim=1), "first_mask"),
        (lambda p, m: torch.cat([p.masked_fill(m > 0, -1), m], dim=1), "filled"),
        (lambda p, m: torch.cat([p.masked_fill(m > 0, 1), m], dim=1), "filled"),
        (lambda p, m: torch.cat([torch.where(m > 0, p.mean((2, 3), keepdim=True), p), m], dim=1), "filled"),
        (lambda p, m: torch.cat([p * (1 - m), m[:1].expand_as(m)], dim=1), "each_mask"),
        (lambda p, m: torch.cat([p * (1 - m), torch.zeros_like(m)], dim=1), "each_mask"),
        (lambda p, m: torch.cat([(p + 1) / 2 * (1 - m), m], dim=1), "wrong_value"),
    ],
)
