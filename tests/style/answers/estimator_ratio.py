"""Right and wrong answers to the exercise estimator_ratio of lesson 04, written as learners write them."""

import math

import numpy as np
import torch

from ganlab.style import checks
from tests.checks.bank import Bank, endless, stub


def ratio_measured(places):
    values = torch.linspace(-1, 2, places, dtype=torch.float64)
    return values.std(unbiased=False) / values.std()


def ratio_numpy(places):
    values = np.arange(places) ** 2.0
    return np.std(values) / np.std(values, ddof=1)


BANK = Bank(
    checks.estimator_ratio,
    right=[
        lambda n: math.sqrt((n - 1) / n),
        lambda n: (1 - 1 / n) ** 0.5,
        lambda n: math.sqrt(n - 1) / math.sqrt(n),
        lambda n: torch.tensor((n - 1) / n).sqrt(),
        lambda n: np.float32(np.sqrt(1 - 1 / n)),
        ratio_measured,
        ratio_numpy,
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda n: None, "returns_none"),
        (lambda n: f"{math.sqrt((n - 1) / n):.3f}", "wrong_type"),
        (lambda n: [math.sqrt((m - 1) / m) for m in (4, 64, 4096)], "wrong_type"),
        (lambda n: torch.tensor([(n - 1) / n]).sqrt(), "wrong_shape"),
        (lambda n: math.sqrt(n / (n - 1)), "inverted"),
        (lambda n: (n - 1) / n, "variances"),
        (lambda n: n / (n - 1), "variances_inverted"),
        (lambda n: 1 - math.sqrt((n - 1) / n), "missing_part"),
        (lambda n: 100 * math.sqrt((n - 1) / n), "percent"),
        (lambda n: 100 * (1 - math.sqrt((n - 1) / n)), "percent"),
        (lambda n: math.sqrt((n**2 - 1) / n**2), "side"),
        (lambda n: ((n - 1) / n) ** 0.25, "root_twice"),
        (lambda n: math.sqrt(n - 1 / n), "precedence"),
        (lambda n: n - 1 / n, "precedence"),
        (lambda n: math.sqrt(n / (n + 1)), "one_too_far"),
        (lambda n: math.sqrt((n + 1) / n), "one_too_far"),
        (lambda n: (n - 1) / math.sqrt(n), "half_power"),
        (lambda n: 1 - 1 / (2 * n), "approximation"),
        (lambda n: round(math.sqrt((n - 1) / n), 2), "rounded"),
        (lambda n: math.sqrt((n - 1) // n), "wrong_value"),
        (lambda n: math.sqrt(3 / 4), "wrong_value"),
        (lambda n: round(math.sqrt((n - 1) / n), 4), "wrong_value"),
        (lambda n: torch.randn(n).std(unbiased=False) / torch.randn(n).std(), "wrong_value"),
    ],
)
