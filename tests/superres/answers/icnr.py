"""Right and wrong answers to the exercise icnr of lesson 05, written as learners write them."""

import math

import numpy as np
import torch

from ganlab import layers
from ganlab.superres import checks
from tests.checks.bank import Bank, endless, stub


def icnr_solution(weight, scale):
    return weight[:: scale**2].repeat_interleave(scale**2, dim=0)


def icnr_loop(weight, scale):
    new = weight.clone()
    for index in range(len(weight)):
        new[index] = weight[index // scale**2 * scale**2]
    return new


def icnr_indexed(weight, scale):
    return weight[torch.arange(len(weight)) // scale**2 * scale**2]


def icnr_expanded(weight, scale):
    groups = weight.unflatten(0, (-1, scale**2))
    return groups[:, :1].expand_as(groups).flatten(0, 1)


def icnr_list(weight, scale):
    return torch.stack([weight[i - i % scale**2] for i in range(weight.shape[0])])


def icnr_numpy(weight, scale):
    return torch.from_numpy(np.repeat(weight.numpy()[:: scale**2], scale**2, axis=0))


def icnr_matrix(weight, scale):
    chosen = torch.eye(len(weight))[:: scale**2].repeat_interleave(scale**2, 0)
    return (chosen @ weight.flatten(1)).view_as(weight)


def icnr_of_a_well_known_library(weight, scale):
    # Written for another order of the axes, and right all the same.
    one = weight[:: scale**2].transpose(0, 1).contiguous()
    inputs, outputs, *kernel = one.shape
    copies = one.view(inputs, outputs, -1).repeat(1, 1, scale**2)
    return copies.view(inputs, -1, *kernel).transpose(0, 1)


def icnr_in_place(weight, scale):
    for index in range(len(weight)):
        weight[index] = weight[index // scale**2 * scale**2]
    return weight


def icnr_from(choose):
    """Groups of copies of what this makes of a group (C, r², C_in, k, k)."""
    return lambda w, r: choose(w.unflatten(0, (-1, r * r))).repeat_interleave(r * r, 0)


def icnr_drawn(weight, scale):
    new = torch.empty_like(weight)
    return layers.icnr_(new, scale)


def icnr_cut_short(weight, scale):
    """Only every second filter is a copy."""
    new = weight.clone()
    new[1 :: scale**2] = weight[:: scale**2]
    return new


def icnr_only_two(weight, scale):
    return weight[::4].repeat_interleave(4, 0)[: len(weight)] if len(weight) % 4 == 0 else weight


BANK = Bank(
    checks.icnr,
    right=[
        icnr_solution,
        icnr_loop,
        icnr_indexed,
        icnr_expanded,
        icnr_list,
        icnr_numpy,
        icnr_matrix,
        icnr_of_a_well_known_library,
        icnr_from(lambda g: g[:, 0]),
        lambda w, r: torch.nn.Parameter(icnr_solution(w, r)),
        lambda w, r: icnr_in_place(w.clone(), r),
        lambda w, r: icnr_solution(w.double(), r),
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda w, r: None, "returns_none"),
        (lambda w, r: icnr_solution(w, r).numpy(), "wrong_type"),
        (lambda w, r: torch.nn.Conv2d(2, 12, 3), "wrong_type"),
        (lambda w, r: w[:: r * r], "not_repeated"),
        (lambda w, r: w[: len(w) // r**2], "not_repeated"),
        (lambda w, r: w[:: r * r][:, None].expand(-1, r * r, -1, -1, -1), "still_in_groups"),
        (lambda w, r: w.repeat_interleave(r * r, 0), "wrong_shape"),
        (lambda w, r: w[:: r * r].repeat_interleave(r * r, 1), "wrong_shape"),
        (lambda w, r: w[::r].repeat_interleave(r * r, 0), "wrong_shape"),
        (lambda w, r: w[:: r * r].expand_as(w), "error"),
        (icnr_in_place, "changes_its_input"),
        (lambda w, r: w.copy_(icnr_solution(w, r)), "changes_its_input"),
        (lambda w, r: layers.icnr_(w, r), "changes_its_input"),
        (lambda w, r: w[:1].expand_as(w), "all_equal"),
        (lambda w, r: w.mean(0, keepdim=True).expand_as(w), "all_equal"),
        (lambda w, r: torch.zeros_like(w), "all_equal"),
        (lambda w, r: w.clone(), "unchanged"),
        (lambda w, r: w, "unchanged"),
        (lambda w, r: w[:: r * r].repeat(r * r, 1, 1, 1), "order"),
        (lambda w, r: torch.cat([w[:: r * r]] * r**2), "order"),
        (lambda w, r: w[: len(w) // r**2].repeat(r * r, 1, 1, 1), "order"),
        (lambda w, r: w[: len(w) // r**2].repeat_interleave(r * r, 0), "first_filters"),
        (lambda w, r: w[::r].repeat_interleave(r, 0), "scale_not_squared"),
        (icnr_from(lambda g: g.mean(1)), "mean"),
        (icnr_from(lambda g: g.sum(1)), "sum"),
        (icnr_from(lambda g: g[:, -1]), "last"),
        (icnr_cut_short, "checkerboard"),
        (lambda w, r: w.flip(0), "checkerboard"),
        (lambda w, r: torch.randn_like(w), "checkerboard"),
        (lambda w, r: icnr_solution(w, r) + 1e-2 * torch.randn(w.shape), "checkerboard"),
        (lambda w, r: icnr_solution(w, r) * math.nan, "checkerboard"),
        (lambda w, r: icnr_solution(w, r).roll(1, 0), "checkerboard"),
        (lambda w, r: icnr_solution(w, r) / r**2, "scaled"),
        (lambda w, r: icnr_solution(w, r) / r, "scaled"),
        (lambda w, r: -icnr_solution(w, r), "scaled"),
        (icnr_drawn, "new_filters"),
        (lambda w, r: icnr_solution(w, r).flip(2, 3), "new_filters"),
        (icnr_from(lambda g: g.median(1).values), "new_filters"),
        (icnr_from(lambda g: g[:, 1]), "wrong_value"),
        (lambda w, r: icnr_solution(w.flip(0), r), "wrong_value"),
        (icnr_only_two, "wrong_value"),
    ],
)
