"""DCGAN: a generator and a discriminator made of strided convolutions only.

References
----------
Radford, Metz and Chintala, "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
Networks", 2015, section 3 and figure 1. https://arxiv.org/abs/1511.06434
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class DCGANConfig:
    """Settings shared by both networks of a DCGAN.

    Raises
    ------
    ValueError
        If ``size`` is not a power of two from 8 to 256, or a width is not positive.
    """

    size: int = 32  # height and width of a picture in pixels, a power of two
    channels: int = 3  # 3 for colour, 1 for grey
    latent_dim: int = 64  # length of z; the paper uses 100
    base_channels: int = 32  # channels at the highest resolution; doubles at every halving of the resolution
    batch_norm: bool = True  # False only to see what batch normalisation is good for

    def __post_init__(self) -> None:
        if self.size not in (8, 16, 32, 64, 128, 256):
            raise ValueError(f"DCGANConfig.size: expected a power of two from 8 to 256, got {self.size}")
        for name in ("channels", "latent_dim", "base_channels"):
            if getattr(self, name) < 1:
                raise ValueError(f"DCGANConfig.{name}: expected at least 1, got {getattr(self, name)}")

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels at each resolution from size / 2 down to 4: (32, 64, 128) for 32 x 32 pictures."""
        levels = self.size.bit_length() - 3  # 32 = 2**5 has 3 halvings down to 4
        return tuple(self.base_channels * 2**level for level in range(levels))


def init_weights(module: nn.Module) -> None:
    """Initialise one module in the paper's manner; use as ``model.apply(init_weights)``.

    Convolutions from N(0, 0.02); batch normalisation's weight from N(1, 0.02), around *one*: it multiplies the
    normalised signal, and around zero it would multiply every layer's signal by about 0.02.
    """
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)


def init_kaiming(module: nn.Module) -> None:
    """Initialise one module for a network without normalisation; use as ``model.apply(init_kaiming)``.

    Convolutions from N(0, gain / sqrt(inputs)) with the gain of LeakyReLU(0.2), so that a signal keeps its size from
    layer to layer; biases are zero. He et al., "Delving Deep into Rectifiers", 2015, equation 15.
    https://arxiv.org/abs/1502.01852
    """
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.kaiming_normal_(module.weight, 0.2)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class Generator(nn.Module):
    """z -> picture: project to 4 x 4, then double the resolution with transposed convolutions."""

    def __init__(self, config: DCGANConfig) -> None:
        super().__init__()
        self.config = config
        # widest first: (128, 64, 32)
        widths = config.widths[::-1]
        # (N, latent_dim, 1, 1) -> (N, 128, 4, 4): with a 1 x 1 input this is one linear layer
        layers = self._block(config.latent_dim, widths[0], stride=1, padding=0)
        for wide, narrow in pairwise(widths):
            # (N, 2c, s, s) -> (N, c, 2s, 2s)
            layers += self._block(wide, narrow, stride=2, padding=1)
        layers += [nn.ConvTranspose2d(widths[-1], config.channels, 4, stride=2, padding=1), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        self.apply(init_weights)

    def _block(self, inputs: int, outputs: int, stride: int, padding: int) -> list[nn.Module]:
        # Batch normalisation subtracts the mean, so a bias before it would have no effect.
        conv = nn.ConvTranspose2d(inputs, outputs, 4, stride, padding, bias=not self.config.batch_norm)
        norm = [nn.BatchNorm2d(outputs)] if self.config.batch_norm else []
        return [conv, *norm, nn.ReLU()]

    def forward(self, z: Tensor) -> Tensor:
        """Map latent vectors (N, latent_dim), drawn from N(0, 1), to pictures (N, C, S, S) in [-1, 1]."""
        if z.dim() != 2 or z.shape[1] != self.config.latent_dim:
            raise ValueError(f"Generator: expected z of shape (N, {self.config.latent_dim}), got {tuple(z.shape)}")
        return self.layers(z[:, :, None, None])


class Discriminator(nn.Module):
    """Picture -> one logit: halve the resolution with strided convolutions down to 4 x 4, then score."""

    def __init__(self, config: DCGANConfig) -> None:
        super().__init__()
        self.config = config
        # narrowest first: (32, 64, 128)
        widths = config.widths
        # No batch normalisation on the first layer: the paper found that it makes both networks oscillate.
        layers: list[nn.Module] = [nn.Conv2d(config.channels, widths[0], 4, 2, 1), nn.LeakyReLU(0.2)]
        for narrow, wide in pairwise(widths):
            conv = nn.Conv2d(narrow, wide, 4, stride=2, padding=1, bias=not config.batch_norm)
            norm = [nn.BatchNorm2d(wide)] if config.batch_norm else []
            # (N, c, 2s, 2s) -> (N, 2c, s, s)
            layers += [conv, *norm, nn.LeakyReLU(0.2)]
        # (N, 128, 4, 4) -> (N, 1, 1, 1)
        layers.append(nn.Conv2d(widths[-1], 1, 4))
        self.layers = nn.Sequential(*layers)
        self.apply(init_weights)

    def forward(self, pictures: Tensor) -> Tensor:
        """Score pictures (N, C, S, S) in [-1, 1] by logits (N,): positive means "looks real"."""
        expected = (self.config.channels, self.config.size, self.config.size)
        if pictures.dim() != 4 or tuple(pictures.shape[1:]) != expected:
            raise ValueError(
                f"Discriminator: expected pictures of shape (N, {', '.join(map(str, expected))}), "
                f"got {tuple(pictures.shape)}"
            )
        return self.layers(pictures).flatten()


def parameter_count(module: nn.Module) -> int:
    """Number of trainable parameters."""
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)


def sample_latent(count: int, config: DCGANConfig, generator: torch.Generator | None = None) -> Tensor:
    """Draw ``count`` latent vectors from N(0, 1), shape (count, latent_dim), on the CPU."""
    return torch.randn(count, config.latent_dim, generator=generator)
