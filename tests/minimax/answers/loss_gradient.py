"""Right and wrong answers to the exercise loss_gradient of lesson 01, written as learners write them."""

import torch
import torch.nn.functional as F

from ganlab.minimax import checks
from tests.checks.bank import Bank, stub


def slope_formula(fake_logits, saturating):
    d = torch.sigmoid(fake_logits)
    return -(d if saturating else 1 - d) / fake_logits.numel()


def slope_branches(fake_logits, saturating):
    n = fake_logits.shape[0]
    if saturating:
        return -1 / (1 + torch.exp(-fake_logits)) / n
    return -1 / (1 + torch.exp(fake_logits)) / n


def slope_tanh(fake_logits, saturating):
    sign = 1 if saturating else -1
    return -(1 + torch.tanh(sign * fake_logits / 2)) / (2 * len(fake_logits))


def slope_by_autograd(fake_logits, saturating):
    logits = fake_logits.clone().requires_grad_()
    loss = -F.softplus(logits).mean() if saturating else F.softplus(-logits).mean()
    return torch.autograd.grad(loss, logits)[0]


def slope_by_probability(fake_logits, saturating):
    d = torch.sigmoid(fake_logits)
    return -1 / (1 - d) / len(d) if saturating else -1 / d / len(d)


def slope_overflowing(fake_logits, saturating):
    e = torch.exp(fake_logits if saturating else -fake_logits)
    return -e / (1 + e) / len(fake_logits)


SLOPE_WRONG = [
    (stub, "missing"),
    (lambda f, s: slope_formula(f, s).tolist(), "wrong_type"),
    (lambda f, s: slope_formula(f, s).sum(), "wrong_shape"),
    (lambda f, s: -slope_formula(f, s), "sign"),
    (slope_by_probability, "by_probability"),
    (lambda f, s: slope_formula(f, s) * len(f), "sum"),
    (lambda f, s: slope_formula(f, not s), "swapped"),
    (lambda f, s: slope_formula(f, False), "swapped"),
    (slope_by_autograd, "autograd"),
    (slope_overflowing, "unstable"),
    (lambda f, s: slope_formula(f, s) * (1 if s else torch.sigmoid(f) + 1), "wrong_value"),
]


BANK = Bank(checks.loss_gradient, [slope_formula, slope_branches, slope_tanh], SLOPE_WRONG)
