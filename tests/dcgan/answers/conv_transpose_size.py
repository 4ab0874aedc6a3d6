"""Right and wrong answers to the exercise conv_transpose_size of lesson 02, written as learners write them."""

import math

import torch
import torch.nn.functional as F

from ganlab.dcgan import checks
from tests.checks.bank import Bank, stub


def size_by_pytorch(size, kernel, stride, padding):
    return F.conv_transpose1d(
        torch.zeros(1, 1, size), torch.zeros(1, 1, kernel), stride=stride, padding=padding
    ).shape[-1]


def size_by_stamping(size, kernel, stride, padding):
    last_stamp_begins = (size - 1) * stride
    return last_stamp_begins + kernel - padding - padding


BANK = Bank(
    checks.conv_transpose_size,
    right=[lambda h, k, s, p: s * (h - 1) + k - 2 * p, size_by_pytorch, size_by_stamping],
    wrong=[
        (stub, "missing"),
        (lambda h, k, s, p: None, "returns_none"),
        (lambda h, k, s, p: (h - 1) * s / 1 - 2 * p + k, "wrong_type"),
        (lambda h, k, s, p: math.floor((h + 2 * p - k) / s) + 1, "convolution"),
        (lambda h, k, s, p: h * s, "doubles"),
        (lambda h, k, s, p: h * s - 2 * p + k, "fence_posts"),
        (lambda h, k, s, p: (h - 1) * s - p + k, "padding_once"),
        (lambda h, k, s, p: (h - 1) * s + 2 * p + k, "padding_sign"),
        (lambda h, k, s, p: (h - 1) * s - 2 * p + k - 1, "wrong_value"),
        (lambda h, k, s, p: 12, "wrong_value"),
    ],
)
