"""Lesson 01, exercise 1: the optimal discriminator."""

from __future__ import annotations

import torch
from torch import Tensor

from ganlab.checks.attempt import close
from ganlab.checks.ladder import Ladder, returns, rung, shape, value
from ganlab.checks.rungs import keeps_tensors


def _densities() -> tuple[Tensor, Tensor]:
    return torch.tensor([0.5, 0.1, 0.3, 0.0, 0.2, 2.0]), torch.tensor([0.1, 0.4, 0.3, 0.2, 0.0, 0.5])


def _best(p: Tensor, q: Tensor) -> Tensor:
    total = p.double() + q.double()
    return torch.where(total > 0, p.double() / torch.where(total > 0, total, 1.0), 0.5).to(p.dtype)


optimal_discriminator = Ladder(
    "optimal_discriminator",
    example=_densities,
    rungs=[
        returns(Tensor),
        shape(lambda p, q: p.shape, "one probability for each point"),
        rung(
            "probability",
            lambda f: bool(((f.result >= 0) & (f.result <= 1)).all()),
            "a probability lies between 0 and 1; some of yours do not, so what you compute is another quantity",
        ),
        rung(
            "pointwise",
            lambda f: close(f(*(t[:2] for t in _densities())), f.result[:2]),
            "the answer at one point changed when the other points were left out; each point decides for itself",
        ),
        rung(
            "swapped",
            lambda f: f(torch.tensor([0.9]), torch.tensor([0.1])).item() > 0.5,
            "where real data are denser than fakes, D must lean towards real; yours leans towards fake",
        ),
        rung(
            "half",
            lambda f: close(f(torch.tensor([0.2, 3.0]), torch.tensor([0.2, 3.0])), [0.5, 0.5]),
            "where both densities are equal nobody can tell, so D is 1/2; yours is not",
        ),
        rung(
            "scale",
            lambda f: close(f(*(100 * t for t in _densities())), f.result),
            "multiplying both densities by 100 must change nothing: only their ratio counts",
        ),
        rung(
            "both_zero",
            lambda f: close(f(torch.tensor([0.0, 0.5]), torch.tensor([0.0, 0.5])), [0.5, 0.5]),
            "where both densities are 0 the answer should be 1/2 (is it nan, or 0?)",
        ),
        rung(
            "tails",
            lambda f: close(f(torch.tensor([1e-20, 3e-20]), torch.tensor([3e-20, 1e-20])), [0.25, 0.75]),
            "far out, where both densities are tiny but positive, the ratio still decides; a small constant added to "
            "them drowns it",
        ),
        keeps_tensors("your function changes the tensors it was given"),
        value(_best),
    ],
    praise="the share of real samples among all that land on a point, and a fair coin where none ever lands",
)
