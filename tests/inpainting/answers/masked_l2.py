"""Right and wrong answers to the exercise masked_l2 of lesson 03, written as learners write them."""

import torch
import torch.nn.functional as F

from ganlab.inpainting import checks
from tests.checks.bank import Bank, stub


def loss_loop(prediction, target, mask):
    total = 0.0
    for p, t, m in zip(prediction, target, mask, strict=True):
        hole = m.bool().expand_as(p)
        if hole.any():
            total = total + F.mse_loss(p[hole], t[hole])
    return torch.as_tensor(total / len(prediction))


def loss_einsum(prediction, target, mask):
    error = (prediction - target) * mask
    missing = prediction.shape[1] * torch.einsum("nchw->n", mask)
    return (torch.einsum("nchw,nchw->n", error, error) / torch.clamp(missing, min=1)).mean()


def loss_expanded(prediction, target, mask):
    weight = mask.expand_as(prediction).flatten(1)
    squares = (prediction.flatten(1) - target.flatten(1)) ** 2
    return torch.mean((weight * squares).sum(1) / (weight.sum(1) + 1e-8))


def loss_safe_where(prediction, target, mask):
    total = (mask * (prediction - target).pow(2)).sum(dim=(1, 2, 3))
    count = mask.sum(dim=(1, 2, 3)) * target.size(1)
    return (total / torch.where(count == 0, torch.ones_like(count), count)).sum() / len(target)


def loss_with(reduce, power=torch.square, invert=False):
    """A loss from the sum of the errors in the hole, the number of missing pixels, and that of channels."""

    def loss(prediction, target, mask):
        mask = 1 - mask if invert else mask
        error = mask * power(prediction - target)
        return reduce(error.sum((1, 2, 3)), mask.sum((1, 2, 3)), prediction.shape[1])

    return loss


def mean_of(total, pixels, channels):
    return (total / (channels * pixels).clamp(min=1)).mean()


def loss_skips(prediction, target, mask):
    losses = [F.mse_loss(p[m.bool().expand_as(p)], t[m.bool().expand_as(p)])
              for p, t, m in zip(prediction, target, mask, strict=True) if m.any()]  # fmt: skip
    return torch.stack(losses).mean() if losses else torch.tensor(0.0)


def loss_hides_nan(prediction, target, mask):
    total, count = (mask * (prediction - target) ** 2).sum((1, 2, 3)), prediction.shape[1] * mask.sum((1, 2, 3))
    return torch.where(count > 0, total / count, torch.zeros_like(total)).mean()


def first_attached(batch):
    """Only the first picture keeps its graph."""
    return torch.cat([batch[:1], batch[1:].detach()])


def red_attached(batch):
    return torch.cat([batch[:, :1], batch[:, 1:].detach()], dim=1)


BANK = Bank(
    checks.masked_l2,
    right=[loss_loop, loss_einsum, loss_expanded, loss_safe_where, loss_with(mean_of)],
    wrong=[
        (stub, "missing"),
        (lambda p, t, m: None, "returns_none"),
        (lambda p, t, m: loss_einsum(p, t, m).item(), "wrong_type"),
        (loss_with(lambda s, n, c: s / (c * n)), "wrong_shape"),
        (lambda p, t, m: F.mse_loss(p, t), "no_mask"),
        (lambda p, t, m: loss_einsum(p, t, 1 - m), "inverted"),
        (loss_with(mean_of, invert=True), "inverted"),
        (lambda p, t, m: F.mse_loss(p * (1 - m), t * (1 - m)), "inverted"),
        (lambda p, t, m: F.mse_loss(p * m, t * m), "all_pixels"),
        (loss_with(lambda s, n, c: (s / n).mean()), "channels"),
        (loss_with(lambda s, n, c: s.sum() / n.sum()), "channels"),
        (loss_with(lambda s, n, c: s.sum()), "sum"),
        (loss_with(lambda s, n, c: s.mean()), "sum"),
        (loss_with(lambda s, n, c: (s / (c * n)).sum()), "sum"),
        (loss_with(lambda s, n, c: s.sum() / (c * n.sum())), "joined"),
        (lambda p, t, m: F.mse_loss(p[m.bool().expand_as(p)], t[m.bool().expand_as(p)]), "joined"),
        (loss_with(lambda s, n, c: (s / (c * n)).sqrt().mean()), "root"),
        (loss_with(lambda s, n, c: mean_of(s, n, c).sqrt()), "root"),
        (loss_with(mean_of, power=torch.abs), "absolute"),
        (lambda p, t, m: F.l1_loss(p[m.bool().expand_as(p)], t[m.bool().expand_as(p)]), "absolute"),
        (lambda p, t, m: 0.5 * loss_einsum(p, t, m), "half"),
        (loss_with(lambda s, n, c: (s / (3 * n).clamp(min=1)).mean()), "three_channels"),
        (lambda p, t, m: loss_einsum(p.detach(), t, m), "detach"),
        (lambda p, t, m: torch.tensor(loss_einsum(p, t, m).item()), "detach"),
        (loss_with(lambda s, n, c: (s / (c * n)).mean()), "empty"),
        (loss_skips, "skipped"),
        (loss_with(lambda s, n, c: (s / (c * n)).nanmean()), "skipped"),
        (loss_hides_nan, "nan_gradient"),
        (loss_with(lambda s, n, c: torch.nan_to_num(s / (c * n)).mean()), "nan_gradient"),
        (lambda p, t, m: loss_einsum(p, t, m) + 0.1, "wrong_value"),
        (lambda p, t, m: loss_einsum(first_attached(p), t, m), "gradient"),
        (lambda p, t, m: loss_einsum(red_attached(p), t, m), "gradient"),
        (lambda p, t, m: (loss_einsum(p, t, m) + loss_einsum(p.detach(), t, m)) / 2, "gradient"),
    ],
)
