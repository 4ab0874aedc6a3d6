"""Plain training loops, to compare the course's against.

The first is structured as PyTorch's official DCGAN tutorial structures it: the discriminator's loss on real and on
fake pictures with a backward pass each, ``BCELoss`` on a sigmoid's output, then the generator. Both were written for
this comparison.
https://docs.pytorch.org/tutorials/beginner/dcgan_faces_tutorial.html
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganlab.inpainting.masks import hole_windows


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


class PlainInpainting:
    """A Context Encoder and its local discriminator in a plain loop: the masked error, then ``BCELoss`` as above."""

    def __init__(self, network: nn.Module, judge: nn.Module, masks: Tensor, *, rates: tuple[float, float]) -> None:
        self.network, self.judge, self.masks = network, judge, masks
        self.optimizer = torch.optim.Adam(network.parameters(), lr=rates[0], betas=(0.5, 0.99))
        self.optimizer_d = torch.optim.Adam(judge.parameters(), lr=rates[1], betas=(0.5, 0.99))
        self.criterion = nn.BCELoss()

    def step(self, real: Tensor) -> dict[str, Tensor]:
        """One step of each network on ``real`` (N, C, H, W), with masks drawn from those given."""
        mask = self.masks[torch.randint(len(self.masks), (len(real),))].to(real.device)
        prediction = self.network.predict(real, mask)  # type: ignore[operator]
        filled = real * (1 - mask) + prediction * mask
        shown_real, shown_fake = (hole_windows(x * mask, mask, real.shape[2] // 2) for x in (real, filled))
        self.judge.zero_grad()
        ones = torch.ones(len(real), device=real.device)
        loss_real = self.criterion(torch.sigmoid(self.judge(shown_real)), ones)
        loss_real.backward()
        loss_fake = self.criterion(torch.sigmoid(self.judge(shown_fake.detach())), 0 * ones)
        loss_fake.backward()
        self.optimizer_d.step()
        self.network.zero_grad()
        missing = 3 * mask.sum(dim=(1, 2, 3))
        loss_rec = ((mask * (prediction - real) ** 2).sum(dim=(1, 2, 3)) / missing).mean()
        loss_adv = self.criterion(torch.sigmoid(self.judge(shown_fake)), ones)
        (loss_rec + 0.01 * loss_adv).backward()
        self.optimizer.step()
        return {"loss_rec": loss_rec.detach(), "loss_d_local": (loss_real + loss_fake).detach()}
