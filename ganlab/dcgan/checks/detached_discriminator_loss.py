"""Lesson 02, exercise 3: the discriminator's loss, detached."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, returns, rung, shape, value
from ganlab.checks.rungs import unlike
from ganlab.dcgan.checks.networks import fixed_weights


def _networks(scale: float = 1.0) -> tuple[Any, ...]:
    discriminator = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1), nn.Flatten(0))
    real = torch.linspace(-1, 1, 15).reshape(5, 3)
    z = torch.linspace(-1.5, 1, 14).reshape(7, 2)
    return fixed_weights(discriminator, scale), fixed_weights(nn.Linear(2, 3)), real, z


def _parts(d: Any, g: Any, real: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
    """-log D(x) and -log(1 - D(G(z))), one number a sample."""
    with torch.no_grad():
        return F.softplus(-d(real)), F.softplus(d(g(z)))


def _mistake(combine: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda d, g, real, z: combine(*_parts(d, g, real, z))


def _swapped(d: Any, g: Any, real: Tensor, z: Tensor) -> Tensor:
    with torch.no_grad():
        return F.softplus(d(real)).mean() + F.softplus(-d(g(z))).mean()


def _sigmoid_twice(d: Any, g: Any, real: Tensor, z: Tensor) -> Tensor:
    with torch.no_grad():
        return F.softplus(-d(real).sigmoid()).mean() + F.softplus(d(g(z)).sigmoid()).mean()


def _gradients(f: Attempt) -> tuple[nn.Module, nn.Module]:
    discriminator, generator, real, z = _networks()
    loss = f(discriminator, generator, real, z)
    if loss.requires_grad:
        loss.backward()
    return discriminator, generator


def _has_gradient(module: nn.Module) -> bool:
    return any(p.grad is not None and bool(p.grad.any()) for p in module.parameters())


def _right_loss(d: Any, g: Any, real: Tensor, z: Tensor) -> Tensor:
    return F.softplus(-d(real)).mean() + F.softplus(d(g(z).detach())).mean()


def _same_lesson(f: Attempt) -> bool:
    """Whether every weight of the discriminator gets the gradient that it should."""
    discriminator, _, real, z = _networks()
    torch.autograd.backward(_right_loss(discriminator, _, real, z))
    pairs = zip(_gradients(f)[0].parameters(), discriminator.parameters(), strict=True)
    return all(got.grad is not None and close(got.grad, wanted.grad, rtol=1e-4) for got, wanted in pairs)


def _untouched(f: Attempt) -> bool:
    discriminator, generator = _gradients(f)
    return all(p.requires_grad for module in (discriminator, generator) for p in module.parameters())


detached_discriminator_loss = Ladder(
    "detached_discriminator_loss",
    example=_networks,
    rungs=[
        returns(Tensor),
        shape(()),
        unlike("negative", _mistake(lambda r, k: -r.mean() - k.mean()),
               "this is the value V itself; the discriminator *minimises* its loss"),
        unlike("swapped", _swapped, "the labels are swapped: this rewards calling fakes real"),
        unlike("sigmoid_twice", _sigmoid_twice, "a sigmoid is applied twice; the networks give logits"),
        unlike("sum", _mistake(lambda r, k: r.sum() + k.sum()), "sums grow with the batch: take means"),
        unlike("half", _mistake(lambda r, k: (r.mean() + k.mean()) / 2), "half of the loss: add the two means"),
        unlike("joined", _mistake(lambda r, k: torch.cat([r, k]).mean()),
               "the batches were joined before averaging: each has its own mean, and the means are added"),
        unlike("fake_only", _mistake(lambda r, k: k.mean()), "the real pictures have no part in this loss"),
        unlike("real_only", _mistake(lambda r, k: r.mean()), "the fakes have no part in this loss"),
        rung("discriminator_learns", lambda f: _has_gradient(_gradients(f)[0]),
             "no gradient reaches the discriminator: something cuts the graph in too many places"),
        rung("detach", lambda f: not _has_gradient(_gradients(f)[1]),
             "a gradient reaches the generator, which would be taught to be caught more easily"),
        rung("restores", _untouched, "a network was left frozen: afterwards its weights no longer require gradients"),
        rung("stable", lambda f: bool(torch.isfinite(f(*_networks(scale=200.0)))),
             "for logits of several hundred this is not finite: use a form that never takes the log of 0"),
        value(lambda d, g, real, z: sum(part.mean() for part in _parts(d, g, real, z))),
        rung("gradient", _same_lesson, "the number is right, but the discriminator's gradient is not: it is to learn "
             "from both batches, and part of the loss was computed without a graph"),
    ],
    praise="the discriminator gets its gradient, the generator none",
)  # fmt: skip
