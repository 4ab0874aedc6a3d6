"""Right and wrong answers to the exercise best_guess of lesson 03, written as learners write them."""

import numpy as np
import torch

from ganlab.inpainting import checks
from tests.checks.bank import Bank, stub


def guess_sorted(values, probabilities, loss):
    if loss == "l2":
        return torch.dot(values, probabilities).item()
    if loss == "l1":
        ordered, index = torch.sort(values)
        half = torch.searchsorted(probabilities[index].cumsum(0), 0.5)
        return ordered[half].item()
    return values[probabilities.argmax()].item()


def guess_plain(values, probabilities, loss):
    pairs = sorted(zip(values.tolist(), probabilities.tolist(), strict=True))
    if loss == "l2":
        return sum(value * probability for value, probability in pairs)
    if loss == "adversarial":
        return max(pairs, key=lambda pair: pair[1])[0]
    below = 0.0
    for value, probability in pairs:
        below += probability
        if below >= 0.5:
            return value
    return pairs[-1][0]


def guess_numpy(values, probabilities, loss):
    v, p = values.numpy(), probabilities.numpy()
    if loss == "l2":
        return np.average(v, weights=p)
    if loss == "l1":
        order = np.argsort(v)
        return v[order][np.argmax(np.cumsum(p[order]) >= 0.5)]
    return v[p.argmax()]


def guess_tried(values, probabilities, loss):
    # The expected absolute error is piecewise linear with its corners at the values: one of them is best.
    if loss == "l2":
        return (values * probabilities).sum()
    distance = (values[:, None] - values[None]).abs()
    cost = distance @ probabilities if loss == "l1" else -probabilities
    return values[cost.argmin()]


def guess_with(**answers):
    """Right, but for the losses named: there, the answer of this function of values and probabilities."""

    def guess(values, probabilities, loss):
        if loss in answers:
            return answers[loss](values, probabilities)
        return guess_sorted(values, probabilities, loss)

    return guess


def guess_always(function):
    return guess_with(l2=function, l1=function, adversarial=function)


def mean(values, probabilities):
    return float((values * probabilities).sum())


def median(values, probabilities):
    return guess_sorted(values, probabilities, "l1")


def mode(values, probabilities):
    return float(values[probabilities.argmax()])


def middle(values, probabilities):
    return float(values.min() + values.max()) / 2


def first_half(values, probabilities):
    return values[int((probabilities.cumsum(0) < 0.5).sum())]


BANK = Bank(
    checks.best_guess,
    right=[guess_sorted, guess_plain, guess_numpy, guess_tried],
    wrong=[
        (stub, "missing"),
        (lambda v, p, loss: guess_sorted(v, p, loss) if loss == "l1" else None, "returns_none"),
        (lambda v, p, loss: [guess_sorted(v, p, loss)], "wrong_type"),
        (lambda v, p, loss: v * p, "wrong_shape"),
        (lambda v, p, loss: v.mean().item(), "unweighted"),
        (guess_with(l2=middle), "middle"),
        (guess_with(l1=middle), "middle"),
        (guess_with(l2=median), "l2"),
        (guess_with(l2=mode), "l2"),
        (guess_always(mode), "l2"),
        (guess_always(mean), "mean_for_l1"),
        (guess_with(l1=mean), "mean_for_l1"),
        (guess_with(l1=mode), "mode_for_l1"),
        (guess_with(l1=first_half), "unsorted"),
        (guess_with(l1=lambda v, p: first_half(v.sort().values, p)), "misplaced"),
        (guess_with(l1=lambda v, p: v.median()), "unweighted_median"),
        (guess_with(l1=lambda v, p: np.median(v.numpy())), "unweighted_median"),
        (guess_with(l1=lambda v, p: v.sort().values[int((p[v.argsort()].cumsum(0) < 0.5).sum()) - 1]), "l1"),
        (guess_with(adversarial=median), "blurry"),
        (guess_with(adversarial=mean), "blurry"),
        (guess_with(adversarial=lambda v, p: p.max()), "not_the_value"),
        (guess_with(adversarial=lambda v, p: int(p.argmax())), "not_the_value"),
        (guess_with(adversarial=lambda v, p: v[p.argmin()]), "adversarial"),
        (guess_with(adversarial=lambda v, p: v.max()), "wrong_value"),
    ],
)
