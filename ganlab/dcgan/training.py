"""The training step of 2024: real and fake pictures in pairs, two penalties, no normalisation in the discriminator.

Huang, Gokaslan, Kuleshov and Tompkin, "The GAN is dead; long live the GAN! A Modern GAN Baseline" (R3GAN), 2024,
sections 2 and 3. https://arxiv.org/abs/2501.05441
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.optim import Optimizer

from ganlab.losses import r1_penalty, relativistic_discriminator_loss, relativistic_generator_loss
from ganlab.runtime import Lab
from ganlab.training import GANTask, TrainingConfig
from ganlab.training.steps import laid_out, lazy_weight

# Settings of the recipe for 32 x 32 faces; r1_weight is the weight of both penalties.
PAIRING = TrainingConfig(learning_rate_g=2e-3, learning_rate_d=2e-3, betas=(0.0, 0.99), r1_weight=0.3, r1_every=4)
# Beyond this difference of two logits the pair is decided, and its weight no longer grows.
MOST_DIFFERENCE = 20.0


def pairing_step(
    discriminator: nn.Module,
    optimizer_d: Optimizer,
    optimizer_g: Optimizer,
    *,
    real: Tensor,
    fake: Tensor,
    penalty_weight: float = 0.0,
    autocast: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> tuple[Tensor, Tensor]:
    r"""One step of both players, from one pass through the discriminator.

    A fake's logit f(G(z)) has the derivative s(t) in the discriminator's loss and -s(-t) in the generator's, where t
    is f(G(z)) - f(x) and s the sigmoid. Their ratio is -exp(-t), a number for each pair. Where no picture sees
    another, the gradient that reaches a fake in the discriminator's own backward pass, times that number, is the
    generator's: the second pass is saved. Shen et al., "Training Generative Adversarial Networks in One Stage",
    2021, section 3. https://arxiv.org/abs/2103.00430

    Parameters
    ----------
    discriminator : Module
        Pictures (N, C, H, W) to logits (N,), without batch normalisation.
    optimizer_d, optimizer_g : Optimizer
        Of the discriminator and of the generator that drew ``fake``.
    real : Tensor
        (N, C, H, W) in [-1, 1].
    fake : Tensor
        (N, C, H, W), attached to the generator.
    penalty_weight : float
        Weight of R1 + R2; 0 leaves them out.

    Returns
    -------
    tuple of Tensor
        The losses of the discriminator and of the generator, detached scalars, before the step.
    """
    pictures = torch.cat([real.to(fake.dtype), fake.detach()]).requires_grad_()
    with autocast():
        logits = discriminator(pictures)
    real_logits, fake_logits = logits.float().chunk(2)
    loss_d = relativistic_discriminator_loss(real_logits=real_logits, fake_logits=fake_logits)
    loss_g = relativistic_generator_loss(real_logits=real_logits, fake_logits=fake_logits)
    optimizer_d.zero_grad()
    loss_d.backward()
    assert pictures.grad is not None
    ratio = -torch.exp((real_logits - fake_logits).detach().clamp(max=MOST_DIFFERENCE))
    slope = pictures.grad[len(real) :] * ratio.to(fake.dtype)[:, None, None, None]
    if penalty_weight:
        seen = pictures.detach().requires_grad_()
        with autocast():
            logits = discriminator(seen)
        # Twice the mean over both halves is R1 + R2.
        penalty = 2 * r1_penalty(real_logits=logits, real=seen)
        (penalty_weight * penalty).backward(inputs=list(discriminator.parameters()))
    optimizer_d.step()
    optimizer_g.zero_grad()
    fake.backward(slope)
    optimizer_g.step()
    return loss_d.detach(), loss_g.detach()


class PairingTask(GANTask):
    """What ``fit`` needs to train a GAN by the recipe of 2024; settings as :data:`PAIRING`.

    Raises
    ------
    ValueError
        If the discriminator has batch normalisation: it lets pictures see each other, and then neither the penalties
        nor the shared pass of :func:`pairing_step` are what they are for a single picture.
    """

    def __init__(self, generator: nn.Module, discriminator: nn.Module, config: TrainingConfig, lab: Lab) -> None:
        if any(isinstance(module, _BatchNorm) for module in discriminator.modules()):
            raise ValueError(
                "PairingTask: expected a discriminator without batch normalisation, got one with it; make it with "
                "DCGANConfig(batch_norm=False) and .apply(init_kaiming)"
            )
        super().__init__(generator, discriminator, config, lab)

    def step(self, real: Tensor) -> dict[str, Tensor]:
        """One step of both players on ``real`` (N, C, H, W) in [-1, 1]."""
        config = self.config
        fake = self.draw(real)
        loss_d, loss_g = pairing_step(
            self.discriminator,
            self.optimizer_d,
            self.optimizer_g,
            real=laid_out(real),
            fake=fake,
            penalty_weight=lazy_weight(config.r1_weight, config.r1_every, self.steps_done),
            autocast=self.lab.autocast,
        )
        self.settle()
        return {"loss_d": loss_d, "loss_g": loss_g}
