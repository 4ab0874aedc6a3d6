"""Right and wrong answers to the exercise divergence_bound of lesson 01, written as learners write them."""

import math

import torch
import torch.nn.functional as F

from ganlab.minimax import checks
from tests.checks.bank import Bank, stub


def bound_softplus(real_logits, fake_logits):
    return math.log(2) - 0.5 * (F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean())


def bound_logsigmoid(real_logits, fake_logits):
    return torch.log(torch.tensor(2.0)) + (F.logsigmoid(real_logits).mean() + F.logsigmoid(-fake_logits).mean()) / 2


def bound_cross_entropy(real_logits, fake_logits):
    bce = F.binary_cross_entropy_with_logits
    loss = bce(real_logits, torch.ones_like(real_logits)) + bce(fake_logits, torch.zeros_like(fake_logits))
    return math.log(2) - loss.item() / 2


def bound_logaddexp(real_logits, fake_logits):
    zero = torch.zeros(())
    loss = torch.logaddexp(-real_logits, zero).mean() + torch.logaddexp(fake_logits, zero).mean()
    return (math.log(4) - loss) / 2


def bound_sum(real_logits, fake_logits):
    return math.log(2) - (F.softplus(-real_logits).sum() + F.softplus(fake_logits).sum()) / 2


def bound_together(real_logits, fake_logits):
    return math.log(2) - torch.cat([F.softplus(-real_logits), F.softplus(fake_logits)]).mean()


def bound_naive(real_logits, fake_logits):
    value = torch.log(torch.sigmoid(real_logits)).mean() + torch.log(1 - torch.sigmoid(fake_logits)).mean()
    return math.log(2) + value / 2


def bound_epsilon(real_logits, fake_logits):
    value = torch.log(torch.sigmoid(real_logits) + 1e-8).mean() + torch.log(torch.sigmoid(-fake_logits) + 1e-8).mean()
    return math.log(2) + value / 2


BOUND_WRONG = [
    (stub, "missing"),
    (lambda r, f: bound_softplus(r, f).reshape(1), "wrong_shape"),
    (bound_sum, "sum"),
    (bound_together, "averaged_together"),
    (lambda r, f: bound_softplus(r.sigmoid(), f.sigmoid()), "sigmoid_twice"),
    (lambda r, f: bound_softplus(f, r), "swapped"),
    (lambda r, f: math.log(2) - 2 * (math.log(2) - bound_softplus(r, f)), "clueless"),
    (lambda r, f: math.log(4) - (math.log(2) - bound_softplus(r, f)), "clueless"),
    (lambda r, f: -bound_softplus(r, f), "sign"),
    (lambda r, f: bound_softplus(r, f) / math.log(2), "unit"),
    (lambda r, f: 2 * bound_softplus(r, f), "unit"),
    (bound_naive, "unstable"),
    (bound_epsilon, "unstable"),
]


BANK = Bank(
    checks.divergence_bound,
    [bound_softplus, bound_logsigmoid, bound_cross_entropy, bound_logaddexp],
    BOUND_WRONG,
)
