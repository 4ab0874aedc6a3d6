"""One training step of a GAN, its settings, and what every task is built from: optimisers, layout, averages.

The two step functions are the heart of every adversarial lesson; lesson 02 shows them in full. They share one
forward pass of the generator: the discriminator learns from the detached fakes, the generator from the same
fakes scored again by the discriminator that has just been updated.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from ganlab.losses import discriminator_loss, generator_loss, r1_penalty
from ganlab.runtime import Lab, as_integer

N = TypeVar("N", bound=nn.Module)


@dataclass(frozen=True)
class TrainingConfig:
    """Settings of an adversarial training run. The defaults train 32 x 32 faces in minutes on two CPU cores."""

    batch_size: int = 32
    learning_rate_g: float = 5e-4
    learning_rate_d: float = 5e-4
    betas: tuple[float, float] = (0.5, 0.999)  # Adam; DCGAN section 4: beta1 0.9 oscillates
    r1_weight: float = 0.5  # gamma of the R1 penalty; 0 switches it off
    r1_every: int = 8  # compute the penalty every so many steps, and weigh it by as much ("lazy")
    ema_decay: float = 0.999  # of the averaged generator that samples are drawn from
    decay_from: float = 0.5  # from this fraction of the run on the learning rates fall linearly...
    decay_to: float = 0.05  # ...to this fraction of their start

    def __post_init__(self) -> None:
        if as_integer("batch_size", self.batch_size) < 2:
            raise ValueError(f"batch_size: expected at least 2, for batch normalisation, got {self.batch_size}")
        for name in ("learning_rate_g", "learning_rate_d", "r1_every"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: expected a number above 0, got {getattr(self, name)}")


def discriminator_step(
    discriminator: nn.Module,
    optimizer: Optimizer,
    *,
    real: Tensor,
    fake: Tensor,
    r1_weight: float = 0.0,
    autocast: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> Tensor:
    """Teach the discriminator to tell ``real`` from ``fake`` (N, C, H, W), once; return its loss."""
    # A generator step that was interrupted leaves it frozen.
    discriminator.requires_grad_(True)
    with autocast():
        real_logits = discriminator(real)
        # Detach: this step must not reach the generator.
        fake_logits = discriminator(fake.detach())
    loss = discriminator_loss(real_logits=real_logits.float(), fake_logits=fake_logits.float())
    total = loss
    if r1_weight:
        real = real.detach().requires_grad_()
        total = loss + r1_weight * r1_penalty(real_logits=discriminator(real), real=real)
    optimizer.zero_grad()
    total.backward()
    optimizer.step()
    return loss.detach()


def generator_step(
    discriminator: nn.Module,
    optimizer: Optimizer,
    *,
    fake: Tensor,
    autocast: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> Tensor:
    """Teach the generator that drew ``fake`` (N, C, H, W) to fool the discriminator, once; return its loss."""
    # Its weights are only passed through: their gradients would be wasted.
    discriminator.requires_grad_(False)
    with autocast():
        # Scored again: the discriminator has changed since its own step.
        fake_logits = discriminator(fake)
    loss = generator_loss(fake_logits=fake_logits.float())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    discriminator.requires_grad_(True)
    return loss.detach()


def placed(network: N, lab: Lab) -> N:
    """The network itself on the lab's device, its weights laid out as the convolutions there read them."""
    moved: N = network.to(lab.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return moved


def laid_out(pictures: Tensor) -> Tensor:
    """Pictures (N, C, H, W) in the layout of :func:`placed`; points (N, 2) as they are."""
    return pictures.contiguous(memory_format=torch.channels_last) if pictures.dim() == 4 else pictures


def adam(network: nn.Module, rate: float, betas: tuple[float, float]) -> Adam:
    """The optimiser of every task. Fused: one pass over weights, gradients and both moments."""
    return Adam(network.parameters(), rate, betas, fused=True)


def averaged(network: N) -> N:
    """A frozen copy in eval mode, to be moved by :func:`update_ema` after every step."""
    return copy.deepcopy(network).eval().requires_grad_(False)


def ema_decay(most: float, steps_done: int) -> float:
    """Decay of the average after so many steps: it grows to ``most``, so that the start is soon forgotten.

    As in TensorFlow's ``ExponentialMovingAverage`` with ``num_updates``: (1 + n) / (10 + n).
    """
    return min(most, (1 + steps_done) / (10 + steps_done))


def lazy_weight(weight: float, every: int, steps_done: int) -> float:
    """Weight of a penalty that is computed every so many steps only, and then weighs as much more.

    Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", 2020, section 3.1, "lazy regularization".
    https://arxiv.org/abs/1912.04958
    """
    return weight * every if weight > 0 and steps_done % every == 0 else 0.0


@contextmanager
def passed_through(network: nn.Module) -> Iterator[None]:
    """Gradients flow through the network, to what it was given, and not into its weights."""
    network.requires_grad_(False)
    try:
        yield
    finally:
        network.requires_grad_(True)


class GANTask:
    """What ``fit`` needs to train a GAN: its networks, optimisers, one step, and samples to look at."""

    def __init__(self, generator: nn.Module, discriminator: nn.Module, config: TrainingConfig, lab: Lab) -> None:
        self.config, self.lab = config, lab
        self.generator, self.discriminator = placed(generator, lab), placed(discriminator, lab)
        self.ema = averaged(self.generator)
        self.optimizer_g = adam(self.generator, config.learning_rate_g, config.betas)
        self.optimizer_d = adam(self.discriminator, config.learning_rate_d, config.betas)
        self.modules = {"generator": self.generator, "discriminator": self.discriminator, "ema": self.ema}
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            "generator": self.optimizer_g,
            "discriminator": self.optimizer_d,
        }
        self.steps_done = 0
        self.latent_dim: int = cast(Any, generator).config.latent_dim
        # The pictures of the live figure and the film strip: always from the same latent vectors.
        self.preview_z = torch.randn(32, self.latent_dim, generator=lab.generator(1))

    def step(self, real: Tensor) -> dict[str, Tensor]:
        """One discriminator step and one generator step on ``real`` (N, C, H, W) in [-1, 1]."""
        config = self.config
        real, fake = laid_out(real), self.draw(real)
        loss_d = discriminator_step(
            self.discriminator,
            self.optimizer_d,
            real=real,
            fake=fake,
            r1_weight=lazy_weight(config.r1_weight, config.r1_every, self.steps_done),
            autocast=self.lab.autocast,
        )
        loss_g = generator_step(self.discriminator, self.optimizer_g, fake=fake, autocast=self.lab.autocast)
        self.settle()
        return {"loss_d": loss_d, "loss_g": loss_g}

    def draw(self, real: Tensor) -> Tensor:
        """As many generated pictures as there are real ones (N, C, H, W), attached to the generator."""
        z = torch.randn(len(real), self.latent_dim, device=real.device)
        with self.lab.autocast():
            fake: Tensor = self.generator(z)
        if fake.shape != real.shape:
            raise ValueError(
                f"the generator makes pictures of shape {tuple(fake.shape[1:])}, but the data has "
                f"{tuple(real.shape[1:])}; give the model the data's size and channels"
            )
        return fake

    def settle(self) -> None:
        """Count the step that was taken, and move the averaged generator."""
        self.steps_done += 1
        update_ema(self.ema, self.generator, ema_decay(self.config.ema_decay, self.steps_done))

    @torch.no_grad()
    def sample(self, z: Tensor | None = None) -> Tensor:
        """Pictures (n, C, H, W) of the averaged generator, float32; without ``z`` (n, latent_dim) the preview's."""
        z = self.preview_z if z is None else z
        pictures: Tensor = self.ema(z.to(self.lab.device)).float()
        return pictures


@torch.no_grad()
def update_ema(average: nn.Module, model: nn.Module, decay: float) -> None:
    """Move ``average`` towards ``model``: parameters by exponential averaging, buffers by copying."""
    torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - decay)
    for kept, new in zip(average.buffers(), model.buffers(), strict=True):
        kept.copy_(new)
