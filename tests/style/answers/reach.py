"""Right and wrong answers to the exercise reach of lesson 04, written as learners write them."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from ganlab.style import checks
from tests.checks.bank import Bank, endless, stub


def reach_solution(length, kernel, stride):
    counts = [0] * ((length - 1) * stride + kernel)
    for i in range(length):
        for j in range(kernel):
            counts[i * stride + j] += 1
    return counts


def reach_torch(length, kernel, stride):
    return F.conv_transpose1d(torch.ones(1, 1, length), torch.ones(1, 1, kernel), stride=stride)[0, 0]


def reach_module(length, kernel, stride):
    layer = torch.nn.ConvTranspose1d(1, 1, kernel, stride, bias=False)
    torch.nn.init.ones_(layer.weight)
    return layer(torch.ones(1, length)).squeeze(0)


def reach_convolved(length, kernel, stride):
    spread = np.zeros((length - 1) * stride + 1, dtype=int)
    spread[::stride] = 1
    return np.convolve(spread, np.ones(kernel, dtype=int))


def reach_slices(length, kernel, stride):
    out = torch.zeros((length - 1) * stride + kernel, dtype=torch.int64)
    for start in range(0, length * stride, stride):
        out[start : start + kernel] += 1
    return out


def reach_scatter(length, kernel, stride):
    places = (torch.arange(length)[:, None] * stride + torch.arange(kernel)).flatten()
    return tuple(torch.bincount(places, minlength=(length - 1) * stride + kernel).tolist())


def reach_closed(length, kernel, stride):
    places = np.arange((length - 1) * stride + kernel)
    first = np.maximum(np.ceil((places - kernel + 1) / stride), 0)
    last = np.minimum(places // stride, length - 1)
    return np.maximum(last - first + 1, 0)


def reach_gradient(length, kernel, stride):
    # The transposed convolution is the gradient of the convolution.
    x = torch.zeros(1, 1, (length - 1) * stride + kernel, requires_grad=True)
    F.conv1d(x, torch.ones(1, 1, kernel), stride=stride).sum().backward()
    return x.grad.flatten()


def reach_list_of_tensors(length, kernel, stride):
    return list(reach_torch(length, kernel, stride))


def reach_overwritten(length, kernel, stride):
    out = torch.zeros((length - 1) * stride + kernel)
    for i in range(length):
        out[i * stride : i * stride + kernel] = 1
    return out


def reach_indexed(length, kernel, stride):
    out = torch.zeros((length - 1) * stride + kernel)
    places = (torch.arange(length)[:, None] * stride + torch.arange(kernel)).flatten()
    # A place that comes twice is counted once.
    out[places] += 1
    return out


def reach_stamps(stamps, kernel_of=lambda k: k, first=0):
    """Counts of the right length, from these stamps, each this long."""

    def reach(length, kernel, stride):
        out = [0] * ((length - 1) * stride + kernel)
        for i in stamps(length):
            for j in range(first, kernel_of(kernel)):
                if 0 <= i * stride + j < len(out):
                    out[i * stride + j] += 1
        return out

    return reach


def reach_at_most_two(length, kernel, stride):
    return [min(count, 2) for count in reach_solution(length, kernel, stride)]


def reach_at_least_one(length, kernel, stride):
    return [max(count, 1) for count in reach_solution(length, kernel, stride)]


BANK = Bank(
    checks.reach,
    right=[
        reach_solution,
        reach_torch,
        reach_module,
        reach_convolved,
        reach_slices,
        reach_scatter,
        reach_closed,
        reach_gradient,
        reach_list_of_tensors,
        lambda n, k, s: list(reach_module(n, k, s)),
        reach_stamps(range),
        lambda n, k, s: [float(c) for c in reach_solution(n, k, s)],
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda n, k, s: None, "returns_none"),
        (lambda n, k, s: max(reach_solution(n, k, s)), "wrong_type"),
        (lambda n, k, s: dict(enumerate(reach_solution(n, k, s))), "wrong_type"),
        (lambda n, k, s: (count for count in reach_solution(n, k, s)), "wrong_type"),
        (lambda n, k, s: F.conv_transpose1d(torch.ones(1, 1, n), torch.ones(1, 1, k), stride=s), "wrong_shape"),
        (lambda n, k, s: F.conv_transpose1d(torch.ones(n), torch.ones(k), stride=s), "error"),
        (lambda n, k, s: reach_solution(n, k, 1), "stride_ignored"),
        (lambda n, k, s: F.conv1d(torch.ones(1, 1, n), torch.ones(1, 1, k), stride=s)[0, 0], "convolution"),
        (lambda n, k, s: [k] * n, "convolution"),
        (lambda n, k, s: [], "not_numbers"),
        (lambda n, k, s: [f"{c} weights" for c in reach_solution(n, k, s)], "not_numbers"),
        (lambda n, k, s: reach_solution(k, n, s)[:1] * (n + (k - 1) * s), "dilation"),
        (lambda n, k, s: reach_solution(n, s, k), "swapped"),
        (lambda n, k, s: reach_solution(n, k, s)[: n * s], "fence_posts"),
        (lambda n, k, s: reach_solution(n + 1, k, s), "fence_posts"),
        (lambda n, k, s: reach_solution(n, k, s)[:-1], "fence_posts"),
        (lambda n, k, s: reach_solution(n, k, s)[1:-1], "wrong_shape"),
        (reach_overwritten, "touched"),
        (reach_indexed, "touched"),
        (lambda n, k, s: [c > 0 for c in reach_solution(n, k, s)], "touched"),
        (lambda n, k, s: [c - 1 for c in reach_solution(n, k, s)], "from_zero"),
        (reach_stamps(lambda n: range(-9, n + 9)), "borders"),
        (lambda n, k, s: [math.ceil(k / s)] * ((n - 1) * s + k), "uniform"),
        (lambda n, k, s: [k / s] * ((n - 1) * s + k), "uniform"),
        (reach_stamps(range, lambda k: k - 1), "kernel_length"),
        (reach_stamps(range, lambda k: k + 1), "kernel_length"),
        (reach_stamps(range, first=1), "kernel_length"),
        (reach_stamps(lambda n: range(n - 1)), "last_stamp"),
        (reach_at_most_two, "wide_kernel"),
        (reach_at_least_one, "holes"),
        (reach_stamps(lambda n: range(1, n)), "counts"),
        (lambda n, k, s: [i * s for i in range((n - 1) * s + k)], "counts"),
        (lambda n, k, s: reach_solution(*((4, 4, 2) if (n, k, s) == (8, 4, 2) else (n, k, s))), "wrong_value"),
    ],
)  # fmt: skip
