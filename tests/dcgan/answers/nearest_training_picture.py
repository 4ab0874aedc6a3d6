"""Right and wrong answers to the exercise nearest_training_picture of lesson 02, written as learners write them."""

import torch

from ganlab.dcgan import checks
from tests.checks.bank import Bank, stub


def nearest_loop(sample, training):
    distances = [float(((picture - sample) ** 2).sum()) for picture in training]
    return distances.index(min(distances))


def nearest_cdist(sample, training):
    return torch.cdist(sample.reshape(1, -1), training.flatten(1)).argmin().item()


def nearest_expanded(sample, training):
    flat, point = training.flatten(1), sample.flatten()
    return int((flat.square().sum(1) - 2 * flat @ point).topk(1, largest=False).indices)


BANK = Bank(
    checks.nearest_training_picture,
    right=[nearest_loop, nearest_cdist, nearest_expanded],
    wrong=[
        (stub, "missing"),
        (lambda s, t: (t - s).square().flatten(1).sum(1).min().item(), "wrong_type"),
        (lambda s, t: int((t - s).square().argmin()), "in_range"),
        (lambda s, t: int((t - s).square().flatten(1).sum(1).argmax()), "farthest"),
        (lambda s, t: int((t - s)[:, 0].square().flatten(1).sum(1).argmin()), "first_channel"),
        (lambda s, t: int((t - s).flatten(1).mean(1).abs().argmin()), "brightness"),
        (lambda s, t: int((t - s).abs().flatten(1).sum(1).argmin()), "absolute"),
        (lambda s, t: int((t - s).abs().flatten(1).amax(1).argmin()), "largest"),
        (lambda s, t: 3, "wrong_value"),
    ],
)
