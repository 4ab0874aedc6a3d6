"""Right and wrong answers to the exercise receptive_radius of lesson 05, written as learners write them."""

import math
from functools import reduce

import numpy as np
import torch
import torch.nn.functional as F

from ganlab.superres import checks
from tests.checks.bank import Bank, endless, stub


def radius_loop(kernels):
    field = 1
    for kernel in kernels:
        field += kernel - 1
    return (field - 1) // 2


def radius_measured(kernels):
    """Lets one pixel spread, and looks how far it came."""
    size = 2 * sum(kernels) + 1
    x = torch.zeros(1, 1, size, dtype=torch.float64)
    x[..., size // 2] = 1
    for kernel in kernels:
        x = F.conv1d(x, torch.ones(1, 1, kernel, dtype=torch.float64), padding=kernel // 2)
    return int((x[0, 0] > 0.5).sum()) // 2


def radius_recursive(kernels):
    return 0 if not kernels else (kernels[0] - 1) // 2 + radius_recursive(kernels[1:])


def radius_popped(kernels):
    total = 0
    while kernels:
        total += kernels.pop() // 2
    return total


BANK = Bank(
    checks.receptive_radius,
    right=[
        lambda kernels: sum(k // 2 for k in kernels),
        lambda kernels: sum((k - 1) // 2 for k in kernels),
        lambda kernels: (sum(kernels) - len(kernels)) // 2,
        lambda kernels: int(sum((k - 1) / 2 for k in kernels)),
        lambda kernels: np.sum((np.array(kernels, dtype=int) - 1) // 2),
        lambda kernels: torch.tensor(kernels, dtype=torch.int64).sub(1).div(2, rounding_mode="floor").sum().item(),
        lambda kernels: reduce(lambda total, k: total + k // 2, kernels, 0),
        radius_loop,
        radius_measured,
        radius_recursive,
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda k: print(end=""), "returns_none"),
        (lambda k: sum((n - 1) / 2 for n in k), "wrong_type"),
        (lambda k: [(n - 1) // 2 for n in k], "wrong_type"),
        (lambda k: torch.tensor(k).sum(), "wrong_type"),
        (lambda k: str(sum(n // 2 for n in k)), "wrong_type"),
        (lambda k: bool(k), "wrong_type"),
        (lambda k: math.nan, "wrong_type"),
        (lambda k: (k - 1) // 2, "error"),
        (lambda k: sum(n // 2 for n in range(k)), "error"),
        (radius_popped, "changes_its_input"),
        (lambda k: sum(n // 2 for n in k if not k.sort()), "changes_its_input"),
        (lambda k: 1 + sum(n - 1 for n in k), "field"),
        (lambda k: 2 * sum(n // 2 for n in k), "field"),
        (lambda k: sum(n - 1 for n in k), "field"),
        (lambda k: sum(k), "sum"),
        (lambda k: sum(k) // 2, "sum_halved"),
        (lambda k: (sum(k) - 1) // 2, "sum_halved"),
        (lambda k: math.prod(k), "product"),
        (lambda k: math.prod((n - 1) // 2 for n in k), "product"),
        (lambda k: max(k), "one_layer"),
        (lambda k: max(k) // 2, "one_layer"),
        (lambda k: (k[0] - 1) // 2, "one_layer"),
        (lambda k: k[-1] // 2, "one_layer"),
        (lambda k: len(k), "layers"),
        (lambda k: sum(n // 2 + 1 for n in k), "rounded_up"),
        (lambda k: sum((n + 1) // 2 for n in k), "rounded_up"),
        (lambda k: 1 + sum(n // 2 for n in k), "off_by_one"),
        (lambda k: sum(n // 2 for n in k) - 1, "off_by_one"),
        (lambda k: sum(n // 2 for n in k[1:]), "order"),
        (lambda k: sum(n // 2 for n in k[:-1]), "order"),
        (lambda k: sum(n // 2 for n in sorted(set(k))) + 3, "pointwise"),
        (lambda k: 10 if len(k) > 3 else sum(max(n // 2, 1) for n in k), "pointwise"),
        (lambda k: sum(n // 2 for n in k) if k else k, "no_layers"),
        (lambda k: sum(n // 2 for n in k) or 0 if k else 1, "no_layers"),
        (lambda k: reduce(lambda total, n: total + n // 2, k[1:], k[0] // 2), "no_layers"),
        (lambda k: min(sum(n // 2 for n in k), 12), "wrong_value"),
        (lambda k: -100 if k == [3] else sum(n // 2 for n in k), "wrong_value"),
    ],
)
