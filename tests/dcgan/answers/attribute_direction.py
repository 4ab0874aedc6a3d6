"""Right and wrong answers to the exercise attribute_direction of lesson 02, written as learners write them."""

import torch
import torch.nn.functional as F

from ganlab.dcgan import checks
from tests.checks.bank import Bank, stub


def unit(vector):
    return vector / vector.norm()


def direction_weighted(z, has):
    weights = torch.where(has, 1.0 / has.sum(), -1.0 / (~has).sum()).to(z.dtype)
    return F.normalize(weights @ z, dim=0)


def direction_loop(z, has):
    groups = {True: [], False: []}
    for row, label in zip(z, has.tolist(), strict=True):
        groups[label].append(row)
    return unit(torch.stack(groups[True]).mean(0) - torch.stack(groups[False]).mean(0))


BANK = Bank(
    checks.attribute_direction,
    right=[
        direction_weighted,
        direction_loop,
        # Parallel to the difference of the two means.
        lambda z, has: unit(z[has].mean(0) - z.mean(0)),
        lambda z, has: unit(has.float() @ z / has.sum() - (~has).float() @ z / (~has).sum()),
    ],
    wrong=[
        (stub, "missing"),
        (lambda z, has: direction_loop(z, has).tolist(), "wrong_type"),
        (lambda z, has: unit(has.double() @ z / has.sum() - (~has).double() @ z / (~has).sum()), "error"),
        (lambda z, has: z[has] - z[~has].mean(0), "wrong_shape"),
        (lambda z, has: z[has].mean(0) - z[~has].mean(0), "unit_length"),
        (lambda z, has: unit(z[~has].mean(0) - z[has].mean(0)), "reversed"),
        (lambda z, has: unit(z[has].mean(0)), "with_only"),
        (lambda z, has: unit(z[has].sum(0) - z[~has].sum(0)), "sums"),
        (lambda z, has: unit(z[has].median(0).values - z[~has].median(0).values), "median"),
        (lambda z, has: unit(F.normalize(z, dim=1)[has].mean(0) - F.normalize(z, dim=1)[~has].mean(0)), "rows_first"),
        (lambda z, has: unit(z[0] - z[1]), "wrong_value"),
    ],
)
