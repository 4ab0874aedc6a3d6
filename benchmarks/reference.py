"""A plain GAN training loop, to compare the course's against.

Structured as PyTorch's official DCGAN tutorial structures it: the discriminator's loss on real and on fake pictures
with a backward pass each, ``BCELoss`` on a sigmoid's output, then the generator. Written for this comparison.
https://docs.pytorch.org/tutorials/beginner/dcgan_faces_tutorial.html
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class PlainLoop:
    """Holds two networks and their optimisers; :meth:`step` trains on one batch."""

    def __init__(
        self, generator: nn.Module, discriminator: nn.Module, *, rate: float, betas: tuple[float, float]
    ) -> None:
        self.generator, self.discriminator = generator, discriminator
        self.optimizer_g = torch.optim.Adam(generator.parameters(), lr=rate, betas=betas)
        self.optimizer_d = torch.optim.Adam(discriminator.parameters(), lr=rate, betas=betas)
        self.criterion = nn.BCELoss()
        self.latent_dim: int = generator.config.latent_dim  # type: ignore[assignment, union-attr]

    def step(self, real: Tensor) -> dict[str, Tensor]:
        """One step of each network on ``real`` (N, C, H, W)."""
        count = real.size(0)
        # Discriminator: maximise log D(x) + log(1 - D(G(z)))
        self.discriminator.zero_grad()
        label = torch.full((count,), 1.0, device=real.device)
        loss_real = self.criterion(torch.sigmoid(self.discriminator(real)).view(-1), label)
        loss_real.backward()
        noise = torch.randn(count, self.latent_dim, device=real.device)
        fake = self.generator(noise)
        label.fill_(0.0)
        loss_fake = self.criterion(torch.sigmoid(self.discriminator(fake.detach())).view(-1), label)
        loss_fake.backward()
        self.optimizer_d.step()
        # Generator: maximise log D(G(z))
        self.generator.zero_grad()
        label.fill_(1.0)
        loss_g = self.criterion(torch.sigmoid(self.discriminator(fake)).view(-1), label)
        loss_g.backward()
        self.optimizer_g.step()
        return {"loss_d": (loss_real + loss_fake).detach(), "loss_g": loss_g.detach()}
