"""Right and wrong answers to the exercise copy_alarm of lesson 02, written as learners write them."""

import numpy as np

from ganlab.dcgan import checks
from tests.checks.bank import Bank, stub


def by_share(samples, newcomers):
    return bool((samples < newcomers.quantile(0.01)).float().mean() > 0.03)


def by_tail(samples, newcomers):
    """The mean of the nearest 2% against that of newcomers."""
    nearest = [np.sort(group.numpy())[: max(1, len(group) // 50)].mean() for group in (samples, newcomers)]
    return bool(nearest[0] < 0.6 * nearest[1])


def by_half_the_median(samples, newcomers):
    return (samples < newcomers.median() / 2).float().mean().item() > 0.01


def by_chance(samples, newcomers):
    """How many standard deviations of chance lie between the two counts below the newcomers' nearest 2%."""
    limit = sorted(newcomers.tolist())[len(newcomers) // 50]
    near = sum(distance < limit for distance in samples.tolist())
    expected = 0.02 * len(samples)
    spread = (expected * (1 + len(samples) / len(newcomers))) ** 0.5
    return near > expected + 3 * spread


def sorts_in_place(samples, newcomers):
    samples.copy_(samples.sort().values)
    return by_share(samples, newcomers)


BANK = Bank(
    checks.copy_alarm,
    right=[by_share, by_tail, by_half_the_median, by_chance],
    wrong=[
        (stub, "missing"),
        (lambda samples, newcomers: None, "returns_none"),
        (lambda samples, newcomers: (samples < newcomers.quantile(0.01)).float().mean(), "wrong_type"),
        (lambda samples, newcomers: False, "all_copies"),
        (lambda samples, newcomers: bool(samples.median() > newcomers.median()), "all_copies"),
        (lambda samples, newcomers: True, "farther"),
        (lambda samples, newcomers: bool((samples.mean() - newcomers.mean()).abs() > 0.5), "farther"),
        (lambda samples, newcomers: bool(samples.min() < newcomers.min()), "honest"),
        (lambda samples, newcomers: bool(samples.mean() < newcomers.mean()), "honest"),
        (lambda samples, newcomers: bool((samples < 5).float().mean() > 0.01), "units"),
        (lambda samples, newcomers: bool(samples.median() < 0.95 * newcomers.median()), "few"),
        (lambda samples, newcomers: bool(samples.mean() < 0.9 * newcomers.mean()), "few"),
        (lambda samples, newcomers: int((samples < newcomers.quantile(0.01)).sum()) > 15, "sizes"),
        (lambda samples, newcomers: bool((samples[166:190] < newcomers.median() / 2).any()), "order"),
        (sorts_in_place, "changes_its_input"),
    ],
)
