"""Lesson 01, exercise 8: one step of the discriminator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, returns, rung, shape
from ganlab.checks.rungs import unlike
from ganlab.minimax import networks


def _step_case() -> tuple[Any, ...]:
    """Two small networks, always the same; the generator carries gradients that belong to somebody else."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        config = networks.ToyConfig(width=8, depth=1)
        generator, discriminator = networks.Generator(config), networks.Discriminator(config)
        real, z = torch.randn(16, 2) + 2, torch.randn(16, 2)
    for parameter in generator.parameters():
        parameter.grad = torch.ones_like(parameter)
    return generator, discriminator, torch.optim.SGD(discriminator.parameters(), lr=0.1), real, z


def _weights_of(module: torch.nn.Module) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in module.parameters()])


def _expected(real_sign: int, fake_sign: int) -> Callable[..., Tensor]:
    """The loss that wants real logits of the one sign and fake logits of the other; 0 leaves a batch out."""

    def loss(generator: Any, discriminator: Any, optimizer: Any, real: Tensor, z: Tensor) -> Tensor:
        of_real = F.softplus(-real_sign * discriminator(real)).mean() * abs(real_sign)
        of_fake = F.softplus(-fake_sign * discriminator(generator(z))).mean() * abs(fake_sign)
        return of_real + of_fake

    return loss


def _update(generator: Any, discriminator: Any, optimizer: Any, real: Tensor, z: Tensor) -> Tensor:
    loss = _expected(1, -1)(generator, discriminator, optimizer, real, z)
    optimizer.zero_grad()
    torch.autograd.backward(loss)
    optimizer.step()
    return _weights_of(discriminator)


def _generators_gradients(f: Attempt) -> bool:
    return all(w.grad is not None and bool((w.grad == 1).all()) for w in f.arguments[0].parameters())


def _ignores_old_gradients(f: Attempt) -> bool:
    case = _step_case()
    for parameter in case[1].parameters():
        parameter.grad = torch.full_like(parameter, 5.0)
    f(*case)
    return close(_weights_of(case[1]), _weights_of(f.arguments[1]))


def _two_steps(step: Callable[..., Any]) -> Tensor:
    """The discriminator's weights after two steps with an optimiser that remembers the first, at another rate."""
    generator, discriminator, _, real, z = _step_case()
    weights = discriminator.parameters()
    optimizer = torch.optim.SGD(weights, lr=0.03, momentum=0.8, weight_decay=0.2)
    for _ in range(2):
        step(generator, discriminator, optimizer, real, z)
    return _weights_of(discriminator)


update_discriminator = Ladder(
    "update_discriminator",
    example=_step_case,
    rungs=[
        returns(Tensor, float),
        shape((), "return the loss, one number"),
        rung(
            "no_step",
            lambda f: not close(_weights_of(f.arguments[1]), _weights_of(_step_case()[1])),
            "the discriminator is what it was before: gradients alone move nothing",
        ),
        rung(
            "generator_moved",
            lambda f: torch.equal(_weights_of(f.arguments[0]), _weights_of(_step_case()[0])),
            "the generator's weights have changed; this step belongs to the discriminator",
        ),
        rung(
            "detach",
            _generators_gradients,
            "the generator's gradients are not what they were: this loss must not reach it (nor clear what it holds)",
        ),
        rung(
            "frozen",
            lambda f: all(w.requires_grad for module in f.arguments[:2] for w in module.parameters()),
            "some weights no longer require gradients after the step; whoever trains next will wonder why",
        ),
        unlike("swapped", _expected(-1, 1), "real and fake have exchanged their labels"),
        unlike("generators_loss", _expected(0, 1), "this is the generator's loss: it teaches D to call fakes real"),
        unlike("no_real", _expected(0, -1), "the real samples are missing from the loss"),
        rung(
            "loss",
            lambda f: close(f.result, f.apply(_expected(1, -1))),
            "the returned number is not the discriminator's loss on `real` and G(z) before the step",
        ),
        rung("old_gradients", _ignores_old_gradients, "gradients left over from earlier have entered the step"),
        rung(
            "wrong_update",
            lambda f: close(_weights_of(f.arguments[1]), f.apply(_update)),
            "the loss is right, but the weights after the step are not: was it taken once, downhill, on this loss?",
        ),
        rung(
            "other_optimizer",
            lambda f: close(_two_steps(f), _two_steps(_update), rtol=1e-4, atol=1e-5),
            "right for plain gradient descent at a rate of 0.1, but `optimizer` may have another rate, or a memory: "
            "how far a step goes, and where, is its business",
        ),
    ],
    praise="the discriminator has learned, and the generator has noticed nothing",
)
