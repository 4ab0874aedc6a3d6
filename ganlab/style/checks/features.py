"""Feature maps and their statistics, for the exercises of lesson 04."""

from __future__ import annotations

import torch
from torch import Tensor

# The default of feature_statistics.
EPS = 1e-5
# Of a style that is mixed with its content: neither 0, 1 nor one half.
STRENGTH = 0.3


def statistics(
    features: Tensor, *, dims: tuple[int, ...] = (2, 3), unbiased: bool = True, eps: float = EPS
) -> tuple[Tensor, Tensor]:
    """Mean and deviation over these axes, which stay with length 1; by default those of ``feature_statistics``."""
    variance = features.var(dims, unbiased=unbiased, keepdim=True)
    return features.mean(dims, keepdim=True), (variance + eps).sqrt()


def style_map(seed: int, n: int = 2, channels: int = 3, height: int = 4, width: int = 5) -> Tensor:
    """Maps whose channels differ in mean and deviation, float32 even where another dtype is the default."""
    random = torch.Generator().manual_seed(seed)
    mean, deviation = torch.rand(2, n, channels, 1, 1, generator=random, dtype=torch.float32)
    noise = torch.randn(n, channels, height, width, generator=random, dtype=torch.float32)
    maps: Tensor = 0.5 + 2 * mean + (1.4 + deviation) * noise
    return maps


def restyled(c: Tensor, mc: Tensor, sc: Tensor, s: Tensor, ms: Tensor, ss: Tensor) -> Tensor:
    """Equation 8: of the content and the style, with the mean and the deviation that follow each."""
    return ss * (c - mc) / sc + ms


def transfer(content: Tensor, style: Tensor, alpha: float = 1.0) -> Tensor:
    """Equations 8 and 14 of the paper."""
    return alpha * restyled(content, *statistics(content), style, *statistics(style)) + (1 - alpha) * content
