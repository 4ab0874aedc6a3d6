"""Checks of lesson 01, the minimax game: exercises 1 to 4, on formulas; those on steps are in two other files."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.game_steps import (
    optimistic_step,
    radius_after,
    smoothed_discriminator_loss,
    unlike,
)
from ganlab.checks.ladder import Ladder, returns, rung, shape, value
from ganlab.checks.step_answers import update_discriminator

__all__ = [
    "divergence_bound",
    "jensen_shannon",
    "loss_gradient",
    "optimal_discriminator",
    "optimistic_step",
    "radius_after",
    "smoothed_discriminator_loss",
    "update_discriminator",
]


# --- 1: the optimal discriminator -----------------------------------------------------------------------------
def _densities() -> tuple[Tensor, Tensor]:
    return torch.tensor([0.5, 0.1, 0.3, 0.0, 0.2, 2.0]), torch.tensor([0.1, 0.4, 0.3, 0.2, 0.0, 0.5])


def _best(p: Tensor, q: Tensor) -> Tensor:
    total = p.double() + q.double()
    return torch.where(total > 0, p.double() / torch.where(total > 0, total, 1.0), 0.5).to(p.dtype)


def _leaves_densities(f: Attempt) -> bool:
    p, q = _densities()
    f(p, q)
    return torch.equal(p, _densities()[0]) and torch.equal(q, _densities()[1])


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
        rung("changes_its_input", _leaves_densities, "your function changes the tensors it was given"),
        value(_best),
    ],
    praise="the share of real samples among all that land on a point, and a fair coin where none ever lands",
)


# --- 2: the bound on the divergence ---------------------------------------------------------------------------
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


# --- 3: the gradient of the generator's loss ------------------------------------------------------------------
def _gradient_case() -> tuple[Tensor, bool]:
    return torch.tensor([-4.0, -1.0, 0.0, 0.5, 3.0]), True


def _gradient(logits: Tensor, saturating: bool) -> Tensor:
    return -torch.sigmoid(logits if saturating else -logits) / len(logits)


def _by_probability(logits: Tensor, saturating: bool) -> Tensor:
    return -1 / torch.sigmoid(-logits if saturating else logits) / len(logits)


def _without_autograd(f: Attempt) -> bool:
    with torch.inference_mode():
        return isinstance(f(*_gradient_case()), Tensor)


def _both(test: Callable[[Tensor, bool], bool]) -> bool:
    logits = _gradient_case()[0]
    return all(test(logits, saturating) for saturating in (True, False))


loss_gradient = Ladder(
    "loss_gradient",
    example=_gradient_case,
    rungs=[
        returns(Tensor),
        shape(lambda logits, saturating: logits.shape, "one slope for each logit"),
        rung(
            "sign",
            lambda f: _both(lambda logits, kind: bool((f(logits, kind) < 0).all())),
            "raising a fake's logit makes either loss smaller, so every slope is negative; some of yours are not",
        ),
        unlike(
            "by_probability",
            lambda logits, kind: _by_probability(logits, kind),
            "this is the slope with respect to the probability D; the logit comes before the sigmoid (chain rule)",
        ),
        rung(
            "sum",
            lambda f: _both(lambda logits, kind: close(2 * f(logits.repeat(2), kind)[:5], f(logits, kind))),
            "in a mean over twice as many samples each counts half as much; your slopes did not change",
        ),
        rung(
            "swapped",
            lambda f: bool(f(torch.tensor([-9.0]), True).abs() < f(torch.tensor([-9.0]), False).abs()),
            "where the discriminator wins (logit -9) the saturating loss should give the smaller slope; yours gives "
            "the larger one, or the same",
        ),
        rung("autograd", _without_autograd, "this needs autograd; write the derivative yourself"),
        rung(
            "unstable",
            lambda f: _both(
                lambda _, kind: close(
                    f(torch.tensor([-100.0, 100.0]), kind), _gradient(torch.tensor([-100.0, 100.0]), kind)
                )
            ),
            "at logits of -100 and 100 the slope is nan, inf or wrong: exp overflows in float32",
        ),
        value(_gradient, examples=lambda: [(_gradient_case()[0], False)]),
    ],
    praise="one fades where the discriminator wins, the other where the generator does",
)


# --- 4: the Jensen-Shannon divergence by integration ----------------------------------------------------------
def _curves(x: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two bells, by default on a grid that is fine on the left and coarse on the right."""
    x = -7 + 14 * np.linspace(0, 1, 801) ** 2 if x is None else x
    p = np.exp(-((x + 1) ** 2) / 2) / math.sqrt(2 * math.pi)
    return p, np.exp(-((x - 1) ** 2) / 0.72) / (0.6 * math.sqrt(2 * math.pi)), x


def _kl(a: np.ndarray, b: np.ndarray, x: np.ndarray) -> float:
    inside = np.zeros_like(a)
    np.log(a / np.where(b > 0, b, 1.0), out=inside, where=a > 0)
    return float(np.trapezoid(a * inside, x))


def _jsd(p: np.ndarray, q: np.ndarray, x: np.ndarray) -> float:
    return (_kl(p, (p + q) / 2, x) + _kl(q, (p + q) / 2, x)) / 2


def _disjoint(f: Attempt) -> bool:
    x = np.linspace(0, 4, 4001)
    boxes = ((x > 0.5) & (x < 1.5)) * 1.0, ((x > 2) & (x < 3)) * 1.0
    with np.errstate(all="ignore"):  # a careless logarithm warns here, and the sentence below says it better
        return close(f(*boxes, x), math.log(2), atol=2e-3)


def _swapped_curves(f: Attempt) -> bool:
    p, q, x = _curves()
    return close(f(q, p, x), f.result)


jensen_shannon = Ladder(
    "jensen_shannon",
    example=_curves,
    rungs=[
        returns(float),
        shape(()),
        unlike("reverse_mixture", lambda p, q, x: (_kl((p + q) / 2, p, x) + _kl((p + q) / 2, q, x)) / 2,
               "the average density m stands on the wrong side: each density is compared with m"),
        rung("symmetric", _swapped_curves, "exchanging p and q must change nothing; half of the formula is missing"),
        unlike("factor", lambda p, q, x: 2 * _jsd(p, q, x), "twice too large: each of the two terms counts one half"),
        unlike("unit", lambda p, q, x: _jsd(p, q, x) / math.log(2), "this is in bits; nats, please: the natural log"),
        unlike("square_root", lambda p, q, x: math.sqrt(_jsd(p, q, x)), "leave out the square root"),
        rung(
            "spacing",
            lambda f: close(f(*_curves(np.linspace(-7, 7, 3001))), f.result, atol=2e-3),
            "the same densities on another set of points give another answer: the distances between neighbouring "
            "points must enter the sum",
        ),
        rung("disjoint", _disjoint, "two boxes that do not overlap should give log 2 (0 log 0 counts as 0)"),
        value(_jsd),
    ],
    praise="between 0 for equals and log 2 for strangers",
)  # fmt: skip
