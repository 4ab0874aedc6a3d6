"""Lesson 01, exercise 3: the gradient of the generator's loss."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, returns, rung, shape, value
from ganlab.checks.rungs import unlike


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
