"""Right and wrong answers to the exercise jensen_shannon of lesson 01, written as learners write them."""

import math

import numpy as np
import torch
from scipy.special import rel_entr

from ganlab.minimax import checks
from tests.checks.bank import Bank, stub


def jsd_rel_entr(p, q, x):
    m = (p + q) / 2
    return np.trapezoid(rel_entr(p, m) + rel_entr(q, m), x) / 2


def jsd_masked(p, q, x):
    total = 0.0
    for a in (p, q):
        inside = np.zeros_like(x)
        some = a > 0
        inside[some] = a[some] * np.log(2 * a[some] / (p + q)[some])
        total += 0.5 * np.trapezoid(inside, x)
    return float(total)


def jsd_entropies(p, q, x):
    def entropy(a):
        return -np.trapezoid(a * np.log(np.where(a > 0, a, 1)), x)

    return entropy((p + q) / 2) - (entropy(p) + entropy(q)) / 2


def jsd_sum_by_hand(p, q, x):
    inside = rel_entr(p, (p + q) / 2) + rel_entr(q, (p + q) / 2)
    return float(((inside[1:] + inside[:-1]) / 2 * np.diff(x)).sum() / 2)


def jsd_one_width(p, q, x):
    m = (p + q) / 2
    return float((rel_entr(p, m) + rel_entr(q, m)).sum() * (x[1] - x[0]) / 2)


def jsd_no_mask(p, q, x):
    m = (p + q) / 2
    return float(np.trapezoid(p * np.log(p / m) + q * np.log(q / m), x) / 2)


JSD_WRONG = [
    (stub, "missing"),
    (lambda p, q, x: torch.tensor(jsd_masked(p, q, x)), "wrong_type"),
    (lambda p, q, x: rel_entr(p, (p + q) / 2), "wrong_type"),
    (lambda p, q, x: np.trapezoid(rel_entr((p + q) / 2, p) + rel_entr((p + q) / 2, q), x) / 2, "reverse_mixture"),
    (lambda p, q, x: np.trapezoid(rel_entr(p, q), x), "symmetric"),
    (lambda p, q, x: np.trapezoid(rel_entr(p, (p + q) / 2), x), "symmetric"),
    (lambda p, q, x: 2 * jsd_masked(p, q, x), "factor"),
    (lambda p, q, x: jsd_masked(p, q, x) / math.log(2), "unit"),
    (lambda p, q, x: jsd_masked(p, q, x) ** 0.5, "square_root"),
    (jsd_one_width, "spacing"),
    (lambda p, q, x: float(np.mean(rel_entr(p, (p + q) / 2) + rel_entr(q, (p + q) / 2)) * np.ptp(x) / 2), "spacing"),
    (lambda p, q, x: float(np.sum(rel_entr(p, (p + q) / 2) + rel_entr(q, (p + q) / 2)) / 2), "spacing"),
    (jsd_no_mask, "disjoint"),
    (lambda p, q, x: 0.5 * (jsd_masked(p, q, x) + min(math.log(2), jsd_masked(p, q, x) * 1.01)), "wrong_value"),
]


BANK = Bank(checks.jensen_shannon, [jsd_rel_entr, jsd_masked, jsd_entropies, jsd_sum_by_hand], JSD_WRONG)
