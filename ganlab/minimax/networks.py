"""Two small fully connected networks for data that fits on a sheet of paper: numbers and points of the plane."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class ToyConfig:
    """Settings of the toy pair. The defaults learn a ring of eight Gaussians in seconds on one CPU core."""

    latent_dim: int = 2  # of z; two, so that the generator's warping of the z plane can be drawn
    data_dim: int = 2  # of a sample; 1 for numbers, 2 for points
    width: int = 128  # units of each hidden layer, in both networks
    depth: int = 2  # hidden layers of each network

    def __post_init__(self) -> None:
        for name in ("latent_dim", "data_dim", "width", "depth"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"ToyConfig.{name}: expected an integer of at least 1, got {value!r}")


def _multilayer(inputs: int, outputs: int, config: ToyConfig, slope: float) -> nn.Sequential:
    """Linear layers with leaky rectifiers between them (slope 0 is ReLU)."""
    layers: list[nn.Module] = []
    for layer in range(config.depth):
        layers += [nn.Linear(inputs if layer == 0 else config.width, config.width), nn.LeakyReLU(slope)]
    return nn.Sequential(*layers, nn.Linear(config.width, outputs))


class Generator(nn.Module):
    """Turns z (N, latent_dim) into samples (N, data_dim). No output activation: points may lie anywhere."""

    def __init__(self, config: ToyConfig | None = None) -> None:
        super().__init__()
        self.config = config or ToyConfig()
        self.layers = _multilayer(self.config.latent_dim, self.config.data_dim, self.config, slope=0.0)

    def forward(self, z: Tensor) -> Tensor:
        """Map z (N, latent_dim), standard normal, to samples (N, data_dim)."""
        _require_width("Generator", "z", z, self.config.latent_dim)
        return self.layers(z)


class Discriminator(nn.Module):
    """Scores samples (N, data_dim) by logits (N,): positive means "looks real"."""

    def __init__(self, config: ToyConfig | None = None) -> None:
        super().__init__()
        self.config = config or ToyConfig()
        # A leaky rectifier keeps a gradient on both sides: the generator lives on what reaches it through here.
        self.layers = _multilayer(self.config.data_dim, 1, self.config, slope=0.2)

    def forward(self, samples: Tensor) -> Tensor:
        """Map samples (N, data_dim) to logits (N,)."""
        _require_width("Discriminator", "samples", samples, self.config.data_dim)
        return self.layers(samples).squeeze(1)  # (N, 1) -> (N,)


def sample_latent(count: int, config: ToyConfig, generator: torch.Generator | None = None) -> Tensor:
    """Draw ``count`` latent vectors from N(0, 1), shape (count, latent_dim), on the CPU."""
    return torch.randn(count, config.latent_dim, generator=generator)


def _require_width(who: str, what: str, value: Tensor, width: int) -> None:
    if value.dim() != 2 or value.shape[1] != width:
        raise ValueError(f"{who}: expected {what} of shape (N, {width}), got {tuple(value.shape)}")
