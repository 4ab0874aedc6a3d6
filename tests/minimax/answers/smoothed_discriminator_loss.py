"""Right and wrong answers to the exercise smoothed_discriminator_loss of lesson 01, written as learners write them."""

import torch
import torch.nn.functional as F

from ganlab.minimax import checks
from tests.checks.bank import Bank, stub


def smoothed_softplus(*, real_logits, fake_logits, smooth=0.1):
    real = (1 - smooth) * F.softplus(-real_logits) + smooth * F.softplus(real_logits)
    return real.mean() + F.softplus(fake_logits).mean()


def smoothed_bce(*, real_logits, fake_logits, smooth=0.1):
    bce = F.binary_cross_entropy_with_logits
    return bce(real_logits, torch.full_like(real_logits, 1 - smooth)) + bce(
        fake_logits, torch.zeros_like(fake_logits)
    )


def smoothed_linear(*, real_logits, fake_logits, smooth=0.1):
    # softplus(f) = softplus(-f) + f
    return (F.softplus(-real_logits) + smooth * real_logits).mean() - F.logsigmoid(-fake_logits).mean()


def smoothed(real_target, fake_target=lambda s: 0.0, reduction="mean"):
    def loss(*, real_logits, fake_logits, smooth=0.1):
        return sum(
            F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target(smooth)), reduction=reduction)
            for logits, target in ((real_logits, real_target), (fake_logits, fake_target))
        )

    return loss


def smoothed_after_sigmoid(*, real_logits, fake_logits, smooth=0.1):
    return smoothed_bce(real_logits=real_logits.sigmoid(), fake_logits=fake_logits.sigmoid(), smooth=smooth)


def smoothed_half(*, real_logits, fake_logits, smooth=0.1):
    return (1 - smooth) * F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()


def smoothed_naive(*, real_logits, fake_logits, smooth=0.1):
    d_real, d_fake = real_logits.sigmoid(), fake_logits.sigmoid()
    real = -(1 - smooth) * torch.log(d_real) - smooth * torch.log(1 - d_real)
    return real.mean() - torch.log(1 - d_fake).mean()


def smoothed_no_grad(**case):
    with torch.no_grad():
        return smoothed_softplus(**case)


def smoothed_real_only(*, real_logits, fake_logits, smooth=0.1):
    return smoothed_softplus(real_logits=real_logits, fake_logits=fake_logits.detach(), smooth=smooth)


def smoothed_fixed(*, real_logits, fake_logits, smooth=0.2):
    return smoothed_softplus(real_logits=real_logits, fake_logits=fake_logits, smooth=smooth)


SMOOTHED_WRONG = [
    (stub, "missing"),
    (lambda **case: smoothed_softplus(**case).item(), "wrong_type"),
    (smoothed(lambda s: 1 - s, reduction="none"), "error"),
    (smoothed(lambda s: 1 - s, reduction="sum"), "sum"),
    (smoothed_after_sigmoid, "sigmoid_twice"),
    (smoothed(lambda s: 1.0), "ignored"),
    (smoothed(lambda s: 1 - s, lambda s: s), "both_sides"),
    (smoothed(lambda s: 1.0, lambda s: s), "wrong_side"),
    (smoothed(lambda s: s), "target"),
    (smoothed(lambda s: 0.0, lambda s: 1 - s), "swapped"),
    (smoothed_half, "half"),
    (smoothed_naive, "unstable"),
    (smoothed_fixed, "default"),
    (smoothed(lambda s: 1 - s / 2), "default"),
    (smoothed_no_grad, "no_gradient"),
    (smoothed_real_only, "gradient"),
]


BANK = Bank(checks.smoothed_discriminator_loss, [smoothed_softplus, smoothed_bce, smoothed_linear], SMOOTHED_WRONG)
