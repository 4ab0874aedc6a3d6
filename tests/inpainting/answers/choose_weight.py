"""Right and wrong answers to the exercise choose_weight of lesson 03, written as learners write them."""

import numpy as np
import torch

from ganlab.inpainting import checks
from tests.checks.bank import Bank, stub


def chosen_loop(weights, psnr, distance, allowed_loss):
    best = None
    for weight, quality, far in zip(weights, psnr, distance, strict=True):
        if quality >= max(psnr) - allowed_loss and (best is None or far < best[0]):
            best = far, weight
    return float(best[1])


def chosen_masked(weights, psnr, distance, allowed_loss):
    allowed = psnr >= psnr.max() - allowed_loss
    return weights[allowed][distance[allowed].argmin()].item()


def chosen_sorted(weights, psnr, distance, allowed_loss):
    rows = zip(distance.tolist(), psnr.tolist(), weights.tolist(), strict=True)
    floor = float(psnr.max()) - allowed_loss
    return next(weight for _, quality, weight in sorted(rows) if quality >= floor)


def chosen_numpy(weights, psnr, distance, allowed_loss):
    w, p, d = (np.asarray(column) for column in (weights, psnr, distance))
    return w[np.where(p.max() - p <= allowed_loss, d, np.inf).argmin()]


def chosen_with(floor=lambda p, allowed: p.max() - allowed, pick=lambda w, p, d: w[d.argmin()]):
    def choose(weights, psnr, distance, allowed_loss):
        allowed = psnr >= floor(psnr, allowed_loss)
        return float(pick(weights[allowed], psnr[allowed], distance[allowed]))

    return choose


def chosen_index(weights, psnr, distance, allowed_loss):
    return int(torch.where(psnr >= psnr.max() - allowed_loss, distance, torch.inf).argmin())


def chosen_wrong_lookup(weights, psnr, distance, allowed_loss):
    allowed = psnr >= psnr.max() - allowed_loss
    return weights[distance[allowed].argmin()]


def chosen_until_worse(weights, psnr, distance, allowed_loss):
    """Stops at the first row that is not allowed, as if the rows came in order of falling PSNR."""
    rows = sorted(range(len(weights)), key=lambda row: float(weights[row]))
    start = max(rows, key=lambda row: float(psnr[row]))
    best = start
    for row in range(start, len(weights)):
        if psnr[row] < psnr[start] - allowed_loss:
            break
        best = row if distance[row] < distance[best] else best
    return float(weights[best])


BANK = Bank(
    checks.choose_weight,
    right=[chosen_loop, chosen_masked, chosen_sorted, chosen_numpy, chosen_with()],
    wrong=[
        (stub, "missing"),
        (lambda w, p, d, a: None, "returns_none"),
        (lambda w, p, d, a: (chosen_masked(w, p, d, a), 50.0), "wrong_type"),
        (lambda w, p, d, a: w[p >= p.max() - a], "wrong_shape"),
        (chosen_index, "index"),
        (lambda w, p, d, a: d[p >= p.max() - a].argmin(), "index"),
        (chosen_with(pick=lambda w, p, d: d.min()), "not_in_table"),
        (chosen_with(pick=lambda w, p, d: w.mean()), "not_in_table"),
        (chosen_wrong_lookup, "filtered_index"),
        (lambda w, p, d, a: w[p.argmax()].item(), "best_psnr"),
        (chosen_with(pick=lambda w, p, d: w[d.argmax()]), "largest_distance"),
        (chosen_with(pick=lambda w, p, d: w.max()), "largest_weight"),
        (chosen_with(floor=lambda p, allowed: p[0] - allowed), "first_row"),
        (lambda w, p, d, a: w[d.argmin()], "too_costly"),
        (chosen_with(floor=lambda p, allowed: p.mean() - allowed), "too_costly"),
        (chosen_with(floor=lambda p, allowed: (1 - allowed) * p.max()), "too_costly"),
        (lambda w, p, d, a: w[d.argmax()], "too_costly"),
        (chosen_until_worse, "wrong_value"),
        (lambda w, p, d, a: w[4], "wrong_value"),
    ],
)
