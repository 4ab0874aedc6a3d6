"""Lesson 01, exercise 7: one-sided label smoothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, returns, rung, shape, value
from ganlab.checks.rungs import gradients, unlike


def _smooth_case() -> dict[str, Any]:
    return {
        "real_logits": torch.tensor([1.5, -0.5, 2.0, 0.3]),
        "fake_logits": torch.tensor([-1.0, 0.7, -2.5]),
        "smooth": 0.2,
    }


def _cross_entropy(logits: Tensor, target: float) -> Tensor:
    return target * F.softplus(-logits).mean() + (1 - target) * F.softplus(logits).mean()


def _targets(real: Callable[[float], float], fake: Callable[[float], float]) -> Callable[..., Tensor]:
    """The loss whose targets for real and fake samples are these functions of ``smooth``."""

    def loss(*, real_logits: Tensor, fake_logits: Tensor, smooth: float = 0.1) -> Tensor:
        return _cross_entropy(real_logits, real(smooth)) + _cross_entropy(fake_logits, fake(smooth))

    return loss


_smoothed = _targets(lambda s: 1 - s, lambda s: 0.0)


def _half_the_entropy(*, real_logits: Tensor, fake_logits: Tensor, smooth: float) -> Tensor:
    return (1 - smooth) * F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()


def _twice(*, real_logits: Tensor, fake_logits: Tensor, smooth: float) -> Tensor:
    return _smoothed(real_logits=real_logits.sigmoid(), fake_logits=fake_logits.sigmoid(), smooth=smooth)


def _same_twice(f: Attempt) -> bool:
    case = _smooth_case()
    doubled = {name: torch.cat([case[name]] * 2) for name in ("real_logits", "fake_logits")}
    return close(f(**doubled, smooth=0.2), f.result)


def _stable(f: Attempt) -> bool:
    case = {"real_logits": torch.tensor([-200.0, 200.0]), "fake_logits": torch.tensor([200.0]), "smooth": 0.1}
    return close(f(**case), _smoothed(**case), rtol=1e-4)


def _default(f: Attempt) -> bool:
    case = _smooth_case()
    del case["smooth"]
    return close(f(**case), _smoothed(**case))


def _slopes(loss: Callable[..., Tensor]) -> list[Tensor]:
    """Its gradients with respect to the real and to the fake logits; 0 where none arrives."""
    case = _smooth_case()
    return gradients(lambda: loss(**case), (), [case["real_logits"], case["fake_logits"]])


smoothed_discriminator_loss = Ladder(
    "smoothed_discriminator_loss",
    example=_smooth_case,
    rungs=[
        returns(Tensor),
        shape((), "the loss of the two batches is one number"),
        rung("sum", _same_twice, "showing every sample twice changed the loss: take means, not sums"),
        unlike("sigmoid_twice", _twice, "the sigmoid is applied twice: the loss on logits contains it already"),
        unlike("ignored", _targets(lambda s: 1.0, lambda s: 0.0), "`smooth` has no effect on the loss"),
        unlike("both_sides", _targets(lambda s: 1 - s, lambda s: s), "the fakes' target stays 0: one side only"),
        unlike("wrong_side", _targets(lambda s: 1.0, lambda s: s), "this smooths the fakes; smooth the real ones"),
        unlike("target", _targets(lambda s: s, lambda s: 0.0), "the target of a real sample is near 1, not near 0"),
        unlike("swapped", _targets(lambda s: 0.0, lambda s: 1 - s), "real and fake samples have exchanged roles"),
        unlike("half", _half_the_entropy, "a target below 1 has a second term in the cross-entropy; it is missing"),
        rung("unstable", _stable, "logits of 200 give inf, nan or a cut-off number: write it with softplus"),
        rung("default", _default, "without `smooth` it should be 0.1"),
        value(_smoothed, examples=lambda: [{**_smooth_case(), "smooth": 0.0}]),
        rung(
            "no_gradient",
            lambda f: any(bool(slope.any()) for slope in _slopes(f)),
            "the number is right, but no gradient reaches the logits: something cuts the graph, and a discriminator "
            "could not learn from this loss",
        ),
        rung(
            "gradient",
            lambda f: close(_slopes(f), _slopes(_smoothed), rtol=1e-4),
            "the number is right, the gradient for the logits is not: part of the loss was computed without a graph",
        ),
    ],
    praise="with this loss the best D is (1 - s) p / (p + q): it can never be surer of anything real than 1 - s",
)
