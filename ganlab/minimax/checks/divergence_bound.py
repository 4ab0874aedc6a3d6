"""Lesson 01, exercise 2: the bound on the divergence."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, returns, rung, shape, value
from ganlab.checks.rungs import unlike


def _logits() -> tuple[Tensor, Tensor]:
    return torch.tensor([1.5, -0.5, 2.0, 0.3, -1.2]), torch.tensor([-1.0, 0.7, -2.5])


def _bound(real: Tensor, fake: Tensor) -> Tensor:
    return math.log(2) - (F.softplus(-real).mean() + F.softplus(fake).mean()) / 2


def _stable_bound(f: Attempt) -> bool:
    return close(f(torch.tensor([-200.0]), torch.tensor([200.0])), math.log(2) - 200, rtol=1e-4)


_SURE = (torch.tensor([20.0, 25.0]), torch.tensor([-20.0, -30.0]))

divergence_bound = Ladder(
    "divergence_bound",
    example=_logits,
    rungs=[
        returns(Tensor, float),
        shape((), "one number for the two batches together"),
        rung(
            "sum",
            lambda f: close(f(*(torch.cat([t, t]) for t in _logits())), f.result),
            "showing every sample twice changed the answer: an expectation is a mean, not a sum",
        ),
        rung(
            "averaged_together",
            lambda f: close(f(_logits()[0], _logits()[1].repeat(4)), f.result),
            "more fakes of the same kind changed the answer: average each batch on its own, then add the two",
        ),
        unlike(
            "sigmoid_twice",
            lambda r, q: _bound(torch.sigmoid(r), torch.sigmoid(q)),
            "the sigmoid is applied twice: the loss on logits contains it already",
        ),
        unlike("swapped", lambda r, q: _bound(q, r), "real and fake are swapped: large logits mean real"),
        rung(
            "clueless",
            lambda f: close(f(torch.zeros(4), torch.zeros(3)), 0.0),
            "a discriminator whose logits are all 0 proves nothing, its bound must be 0; yours is not",
        ),
        rung(
            "sign",
            lambda f: float(f(*_SURE)) > 0,
            "the better the discriminator tells real from fake, the larger the bound; yours falls",
        ),
        rung(
            "unit",
            lambda f: close(f(*_SURE), math.log(2)),
            "a discriminator that is sure and right proves log 2 in nats (about 0.69); yours proves another number",
        ),
        rung("unstable", _stable_bound, "logits of 200 on the wrong side give inf, nan or a cut-off number"),
        value(_bound),
    ],
    praise="a discriminator's loss is a measurement: so much, at least, do data and fakes differ",
)
