"""Right and wrong answers to the exercise blend of lesson 05, written as learners write them."""

import copy
import math
from collections import OrderedDict

import numpy as np
import torch

from ganlab.superres import checks
from tests.checks.bank import Bank, endless, stub


def blend_solution(first, second, share):
    blended = {}
    for name, tensor in first.items():
        if tensor.is_floating_point():
            blended[name] = (1 - share) * tensor + share * second[name]
        else:
            blended[name] = tensor.clone()
    return blended


def blend_lerp(first, second, share):
    return OrderedDict(
        (name, torch.lerp(tensor, second[name], share) if torch.is_floating_point(tensor) else tensor.clone())
        for name, tensor in first.items()
    )


def blend_copied(first, second, share):
    blended = copy.deepcopy(first)
    for name in blended:
        if blended[name].is_floating_point():
            blended[name] += share * (second[name] - blended[name])
    return blended


def blend_in_place_of_a_copy(first, second, share):
    blended = {name: tensor.detach().clone() for name, tensor in first.items()}
    for name, tensor in blended.items():
        if tensor.dtype in (torch.float16, torch.float32, torch.float64):
            tensor.mul_(1 - share).add_(second[name], alpha=share)
    return blended


def blend_numpy(first, second, share):
    blended = {}
    for name, tensor in first.items():
        a, b = tensor.numpy(), second[name].numpy()
        mixed = (1 - share) * a + share * b if np.issubdtype(a.dtype, np.floating) else a.copy()
        blended[name] = torch.from_numpy(np.asarray(mixed))
    return blended


def blend_double(first, second, share):
    return {name: torch.lerp(tensor.double(), second[name].double(), share).to(tensor.dtype)
            if tensor.is_floating_point() else torch.clone(tensor) for name, tensor in first.items()}  # fmt: skip


def blend_stacked(first, second, share):
    weights = torch.tensor([1 - share, share])
    return {name: torch.einsum("s...,s->...", torch.stack([tensor, second[name]]), weights.to(tensor.dtype))
            if tensor.dtype.is_floating_point else tensor.clone() for name, tensor in first.items()}  # fmt: skip


def blend_floats(mix, others=lambda tensor, other, share: tensor.clone()):
    """Floating-point tensors by the first function, all others by the second."""

    def blend(first, second, share):
        return {name: (mix if tensor.is_floating_point() else others)(tensor, second[name], share)
                for name, tensor in first.items()}  # fmt: skip

    return blend


def line(a, b, share):
    return (1 - share) * a + share * b


def blend_if(condition):
    """Only the names for which this holds are blended, the others copied from the first."""

    def blend(first, second, share):
        return {name: line(tensor, second[name], share) if condition(name, tensor) else tensor.clone()
                for name, tensor in first.items()}  # fmt: skip

    return blend


def blend_only(condition):
    """Only the names for which this holds are there at all."""
    return lambda first, second, share: {
        name: tensor for name, tensor in blend_solution(first, second, share).items() if condition(name, tensor)
    }


def blend_in_place(first, second, share):
    for name, tensor in first.items():
        if tensor.is_floating_point():
            tensor.mul_(1 - share).add_(share * second[name])
    return first


def blend_shallow(first, second, share):
    blended = first.copy()
    for name in blended:
        if blended[name].is_floating_point():
            blended[name] *= 1 - share
            blended[name] += share * second[name]
    return blended


def blend_assigned(first, second, share):
    for name in first:
        if first[name].is_floating_point():
            first[name] = line(first[name], second[name], share)
    return first


def blend_alias(first, second, share):
    blended = dict(first)
    for name, tensor in first.items():
        if tensor.is_floating_point():
            blended[name] = line(tensor, second[name], share)
    return blended


def blend_shortcut(first, second, share):
    if share == 0:
        return first
    return second if share == 1 else blend_solution(first, second, share)


def blend_zipped(first, second, share):
    pairs = zip(first, first.values(), second.values(), strict=True)
    return {name: line(a, b, share) if a.is_floating_point() else a.clone() for name, a, b in pairs}


def blend_sorted_by_first(first, second, share):
    values = list(second.values())
    return {name: line(tensor, values[i], share) if tensor.is_floating_point() else tensor.clone()
            for i, (name, tensor) in enumerate(first.items())}  # fmt: skip


def blend_clamped(first, second, share):
    return blend_solution(first, second, min(share, 0.5))


BANK = Bank(
    checks.blend,
    right=[
        blend_solution,
        blend_lerp,
        blend_copied,
        blend_in_place_of_a_copy,
        blend_numpy,
        blend_double,
        blend_stacked,
        blend_floats(line),
        blend_floats(lambda a, b, s: a + s * (b - a)),
        blend_floats(lambda a, b, s: line(a.double(), b.double(), s)),
        blend_if(lambda name, tensor: tensor.dtype.is_floating_point),
        lambda first, second, share: blend_solution(dict(sorted(first.items())), second, share),
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda a, b, s: None, "returns_none"),
        (lambda a, b, s: list(blend_solution(a, b, s).values()), "wrong_type"),
        (lambda a, b, s: blend_solution(a, b, s).items(), "wrong_type"),
        (lambda a, b, s: torch.cat([tensor.flatten() for tensor in blend_solution(a, b, s).values()]), "wrong_type"),
        (lambda a, b, s: (1 - s) * a + s * b, "error"),
        (lambda a, b, s: {name: torch.lerp(a[name], b[name], s) for name in a}, "error"),
        (blend_only(lambda name, tensor: "weight" in name), "only_weights"),
        (blend_only(lambda name, tensor: "norm" not in name), "only_parameters"),
        (blend_only(lambda name, tensor: tensor.is_floating_point()), "only_floats"),
        (blend_only(lambda name, tensor: "bias" not in name), "names"),
        (lambda a, b, s: {f"module.{name}": tensor for name, tensor in blend_solution(a, b, s).items()}, "names"),
        (lambda a, b, s: {}, "names"),
        (lambda a, b, s: {**blend_solution(a, b, s), "share": torch.tensor(s)}, "names"),
        (lambda a, b, s: {name: tensor.numpy() for name, tensor in blend_solution(a, b, s).items()}, "tensors"),
        (lambda a, b, s: {name: tensor.tolist() for name, tensor in blend_solution(a, b, s).items()}, "tensors"),
        (lambda a, b, s: {name: tensor.flatten() for name, tensor in blend_solution(a, b, s).items()}, "wrong_shape"),
        (lambda a, b, s: {name: tensor.mean() for name, tensor in blend_solution(a, b, s).items() if tensor.is_floating_point()}
         | {"norm.num_batches_tracked": a["norm.num_batches_tracked"].clone()}, "wrong_shape"),
        (blend_in_place, "changes_its_input"),
        (blend_shallow, "changes_its_input"),
        (blend_assigned, "changes_its_input"),
        (lambda a, b, s: [b.update(blend_solution(a, b, s)), b][1], "changes_its_input"),
        (lambda a, b, s: {name: a.pop(name) for name in list(a)}, "changes_its_input"),
        (lambda a, b, s: a, "first_only"),
        (lambda a, b, s: {name: tensor.clone() for name, tensor in a.items()}, "first_only"),
        (lambda a, b, s: blend_solution(a, b, round(s)), "first_only"),
        (lambda a, b, s: {name: tensor.clone() for name, tensor in b.items()}, "second_only"),
        (lambda a, b, s: {**a, **b}, "second_only"),
        (lambda a, b, s: blend_solution(a, b, 1 - s), "reversed"),
        (lambda a, b, s: blend_solution(b, a, s), "reversed"),
        (blend_floats(lambda a, b, s: torch.lerp(b, a, s)), "reversed"),
        (lambda a, b, s: blend_solution(a, b, 0.5), "always_half"),
        (blend_floats(lambda a, b, s: (a + b) / 2), "always_half"),
        (blend_floats(lambda a, b, s: a + b), "added"),
        (blend_floats(lambda a, b, s: a + s * b), "added"),
        (blend_floats(lambda a, b, s: s * a + s * b), "added"),
        (blend_floats(lambda a, b, s: (1 - s) * a), "added"),
        (blend_floats(lambda a, b, s: (1 - s) * a + b), "added"),
        (blend_floats(lambda a, b, s: a + s * (a - b)), "away"),
        (blend_floats(lambda a, b, s: (1 - s) * a - s * b), "away"),
        (blend_if(lambda name, tensor: "weight" in name), "left_out"),
        (blend_if(lambda name, tensor: "weight" in name or "bias" in name), "left_out"),
        (blend_if(lambda name, tensor: tensor.dim() > 1), "left_out"),
        (blend_if(lambda name, tensor: "norm" not in name), "left_out"),
        (blend_floats(lambda a, b, s: a.abs() ** (1 - s) * b.abs() ** s), "numbers"),
        (blend_floats(lambda a, b, s: (1 - s**2) * a + s**2 * b), "numbers"),
        (blend_floats(lambda a, b, s: torch.where(torch.rand(a.shape) < s, b, a)), "left_out"),
        (blend_floats(lambda a, b, s: torch.maximum(a, b)), "left_out"),
        (blend_floats(lambda a, b, s: line(a, b, s) * math.nan), "numbers"),
        (blend_floats(lambda a, b, s: line(a, b, s).half().float()), "numbers"),
        (blend_floats(line, line), "integer_type"),
        (lambda a, b, s: {name: line(tensor, b[name], s) for name, tensor in a.items()}, "integer_type"),
        (lambda a, b, s: {name: tensor.float() for name, tensor in blend_solution(a, b, s).items()}, "integer_type"),
        (blend_floats(line, lambda tensor, other, s: other.clone()), "integers_of_second"),
        (blend_floats(line, lambda tensor, other, s: line(tensor, other, s).to(tensor.dtype)), "integers_blended"),
        (blend_floats(line, lambda tensor, other, s: torch.zeros_like(tensor)), "integers_blended"),
        (blend_floats(line, lambda tensor, other, s: tensor + other), "integers_blended"),
        (blend_zipped, "by_name"),
        (blend_sorted_by_first, "by_name"),
        (blend_alias, "shares_memory"),
        (blend_floats(line, lambda tensor, other, s: tensor), "shares_memory"),
        (blend_shortcut, "shares_memory"),
        (blend_floats(line, lambda tensor, other, s: tensor.detach()), "shares_memory"),
        (blend_if(lambda name, tensor: tensor.dtype != torch.int64), "other_types"),
        (blend_if(lambda name, tensor: "num_batches" not in name), "other_types"),
        (blend_if(lambda name, tensor: tensor.dtype == torch.float32), "other_types"),
        (blend_clamped, "wrong_value"),
    ],
)  # fmt: skip
