"""Right and wrong answers to the exercise worth_keeping of lesson 05, written as learners write them."""

import numpy as np
import torch

from ganlab.superres import checks
from tests.checks.bank import Bank, endless, stub


def kept_loop(psnr, distance):
    kept = []
    for i in range(len(psnr)):
        beaten = False
        for j in range(len(psnr)):
            no_worse = psnr[j] >= psnr[i] and distance[j] <= distance[i]
            better = psnr[j] > psnr[i] or distance[j] < distance[i]
            beaten = beaten or (no_worse and better)
        if not beaten:
            kept.append(i)
    return kept


def kept_numpy(psnr, distance):
    p, d = np.array(psnr), np.array(distance)
    no_worse = (p[None] >= p[:, None]) & (d[None] <= d[:, None])
    better = (p[None] > p[:, None]) | (d[None] < d[:, None])
    return list(np.flatnonzero(~(no_worse & better).any(axis=1)))


def kept_torch(psnr, distance):
    p, d = torch.tensor(psnr), torch.tensor(distance)
    no_worse = (p >= p[:, None]) & (d <= d[:, None])
    same = (p == p[:, None]) & (d == d[:, None])
    return (~(no_worse & ~same).any(dim=1)).nonzero().flatten().tolist()


def kept_sorted(psnr, distance):
    """From the best PSNR down: kept is what has a smaller distance than all before."""
    kept, best, last = [], float("inf"), None
    for row in sorted(range(len(psnr)), key=lambda i: (-psnr[i], distance[i])):
        here = psnr[row], distance[row]
        if distance[row] < best or here == last:
            kept.append(row)
            best, last = distance[row], here
    return sorted(kept)


def kept_unless(beaten):
    def keep(psnr, distance):
        rows = list(zip(psnr, distance, strict=True))
        return [i for i, a in enumerate(rows) if not any(beaten(a, b) for b in rows)]

    return keep


def kept_unsorted(psnr, distance):
    return sorted(kept_loop(psnr, distance), key=lambda row: distance[row])


def kept_in_place(psnr, distance):
    kept = kept_loop(psnr, distance)
    psnr.sort()
    return kept


def kept_once(psnr, distance):
    seen, kept = set(), []
    for row in kept_loop(psnr, distance):
        if (psnr[row], distance[row]) not in seen:
            kept.append(row)
        seen.add((psnr[row], distance[row]))
    return kept


BANK = Bank(
    checks.worth_keeping,
    right=[
        kept_loop,
        kept_numpy,
        kept_torch,
        kept_sorted,
        lambda p, d: tuple(kept_loop(p, d)),
        kept_unless(lambda a, b: b != a and b[0] >= a[0] and b[1] <= a[1]),
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda p, d: None, "returns_none"),
        (lambda p, d: len(kept_loop(p, d)), "wrong_type"),
        (lambda p, d: np.array(kept_loop(p, d)), "wrong_type"),
        (lambda p, d: [i in kept_loop(p, d) for i in range(len(p))], "wrong_type"),
        (lambda p, d: [p[i] for i in kept_loop(p, d)], "wrong_type"),
        (lambda p, d: p.nonzero(), "error"),
        (kept_in_place, "changes_its_input"),
        (lambda p, d: [i + 1 for i in kept_loop(p, d)], "from_one"),
        (lambda p, d: 2 * kept_loop(p, d), "twice"),
        (lambda p, d: [*range(len(p))], "everything"),
        (lambda p, d: [p.index(max(p)), d.index(min(d))], "ends_only"),
        (lambda p, d: [i for i in range(len(p)) if p[i] == max(p) or d[i] == min(d)], "ends_only"),
        (kept_unless(lambda a, b: b != a and b[0] >= a[0] and b[1] >= a[1]), "distance_reversed"),
        (kept_unless(lambda a, b: b != a and b[0] <= a[0] and b[1] <= a[1]), "psnr_reversed"),
        (lambda p, d: [i for i in range(len(p)) if i not in kept_loop(p, d)], "the_beaten"),
        (kept_unless(lambda a, b: b[0] > a[0] and b[1] < a[1]), "same_psnr"),
        (kept_unless(lambda a, b: b[0] > a[0] and b[1] <= a[1]), "same_psnr"),
        (kept_unless(lambda a, b: b[0] >= a[0] and b[1] < a[1]), "same_psnr"),
        (kept_once, "twins"),
        (lambda p, d: [i for i in kept_loop(p, d) if [*zip(p, d, strict=True)].count((p[i], d[i])) == 1], "twins"),
        (kept_unsorted, "order"),
        (lambda p, d: kept_loop(p, d)[::-1], "order"),
        (lambda p, d: [i for i in kept_loop(p, d) if d[i] > 0], "wrong_value"),
        (lambda p, d: kept_loop(p, d) if len(p) > 1 else [], "wrong_value"),
    ],
)  # fmt: skip
