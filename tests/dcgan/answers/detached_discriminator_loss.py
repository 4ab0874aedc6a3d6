"""Right and wrong answers to the exercise detached_discriminator_loss of lesson 02, written as learners write them."""

import torch
import torch.nn.functional as F

from ganlab.dcgan import checks
from tests.checks.bank import Bank, stub


def loss_bce(d, g, real, z):
    real_logits, fake_logits = d(real), d(g(z).detach())
    ones, zeros = torch.ones_like(real_logits), torch.zeros_like(fake_logits)
    bce = F.binary_cross_entropy_with_logits
    return bce(real_logits, ones) + bce(fake_logits, zeros)


def loss_no_grad(d, g, real, z):
    with torch.no_grad():
        fake = g(z)
    return -(F.logsigmoid(d(real)).mean() + F.logsigmoid(-d(fake)).mean())


def loss_one_pass(d, g, real, z):
    logits = d(torch.cat([real, g(z).detach()]))
    return F.softplus(-logits[: len(real)]).mean() + F.softplus(logits[len(real) :]).mean()


def loss_with(real_term, fake_term, combine=lambda r, k: r.mean() + k.mean()):
    return lambda d, g, real, z: combine(real_term(d(real)), fake_term(d(g(z).detach())))


def sp(x):
    return F.softplus(x)


def loss_all_frozen(d, g, real, z):
    with torch.no_grad():
        return loss_bce(d, g, real, z)


def loss_freezes(d, g, real, z):
    for parameter in g.parameters():
        parameter.requires_grad_(False)
    return F.softplus(-d(real)).mean() + F.softplus(d(g(z))).mean()


def loss_real_learns(d, g, real, z):
    with torch.no_grad():
        fake_logits = d(g(z))
    return sp(-d(real)).mean() + sp(fake_logits).mean()


def loss_fake_learns(d, g, real, z):
    return sp(-d(real).detach()).mean() + sp(d(g(z).detach())).mean()


def loss_first_pictures(d, g, real, z):
    real_logits = torch.cat([d(real[:1]), d(real[1:]).detach()])
    return sp(-real_logits).mean() + sp(d(g(z).detach())).mean()


def loss_naive(d, g, real, z):
    return -torch.log(torch.sigmoid(d(real))).mean() - torch.log(1 - torch.sigmoid(d(g(z).detach()))).mean()


BANK = Bank(
    checks.detached_discriminator_loss,
    right=[loss_bce, loss_no_grad, loss_one_pass],
    wrong=[
        (stub, "missing"),
        (lambda d, g, real, z: loss_bce(d, g, real, z).item(), "wrong_type"),
        (loss_with(lambda x: sp(-x), sp, lambda r, k: torch.stack([r.mean(), k.mean()])), "wrong_shape"),
        (lambda d, g, real, z: -loss_bce(d, g, real, z), "negative"),
        (loss_with(sp, lambda x: sp(-x)), "swapped"),
        (loss_with(lambda x: sp(-x.sigmoid()), lambda x: sp(x.sigmoid())), "sigmoid_twice"),
        (loss_with(lambda x: sp(-x), sp, lambda r, k: r.sum() + k.sum()), "sum"),
        (lambda d, g, real, z: loss_bce(d, g, real, z) / 2, "half"),
        (loss_with(lambda x: sp(-x), sp, lambda r, k: torch.cat([r, k]).mean()), "joined"),
        (loss_with(lambda x: sp(-x), sp, lambda r, k: k.mean()), "fake_only"),
        (loss_with(lambda x: sp(-x), sp, lambda r, k: r.mean()), "real_only"),
        (loss_all_frozen, "discriminator_learns"),
        (lambda d, g, real, z: sp(-d(real)).mean() + sp(d(g(z))).mean(), "detach"),
        (loss_freezes, "restores"),
        (loss_naive, "stable"),
        (lambda d, g, real, z: loss_bce(d, g, real, z) + 0.1, "wrong_value"),
        (loss_real_learns, "gradient"),
        (loss_fake_learns, "gradient"),
        (loss_first_pictures, "gradient"),
    ],
)
