"""Right and wrong answers to the exercise optimal_discriminator of lesson 01, written as learners write them."""

import torch

from ganlab.minimax import checks
from tests.checks.bank import Bank, stub


def returns_nothing(*args, **kwargs):
    sum(args, kwargs.get("eta", 0)) if False else None


def best_where(p, q):
    total = p + q
    return torch.where(total > 0, p / total, 0.5 * torch.ones_like(p))


def best_nan_to_num(p, q):
    return torch.nan_to_num(p / (p + q), nan=0.5)


def best_by_logits(p, q):
    answer = torch.sigmoid(torch.log(p) - torch.log(q))
    answer[(p == 0) & (q == 0)] = 0.5
    return answer


def best_in_a_loop(p, q):
    return torch.tensor([0.5 if a + b == 0 else a / (a + b) for a, b in zip(p.tolist(), q.tolist(), strict=True)])


BEST_WRONG = [
    (stub, "missing"),
    (returns_nothing, "returns_none"),
    (lambda p, q: best_where(p, q).numpy(), "wrong_type"),
    (lambda p, q: best_where(p, q).mean(), "wrong_shape"),
    (lambda p, q: p / q, "probability"),
    (lambda p, q: p - q, "probability"),
    (lambda p, q: p / (p.sum() + q.sum()), "pointwise"),
    (lambda p, q: q / (p + q), "swapped"),
    (lambda p, q: (p > q).float(), "half"),
    (lambda p, q: torch.sigmoid(p / q), "half"),
    (lambda p, q: torch.sigmoid(best_where(p, q)), "half"),
    (lambda p, q: torch.sigmoid(p - q), "scale"),
    (lambda p, q: p / (p + q), "both_zero"),
    (lambda p, q: p / (p + q + 1e-12), "both_zero"),
    (lambda p, q: (p + 1e-12) / (p + q + 2e-12), "tails"),
    (lambda p, q: torch.nan_to_num(p.div_(p + q), nan=0.5), "changes_its_input"),
]


BANK = Bank(checks.optimal_discriminator, [best_where, best_nan_to_num, best_by_logits, best_in_a_loop], BEST_WRONG)
