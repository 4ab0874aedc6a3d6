"""Networks for the exercises of lesson 02."""

from __future__ import annotations

import torch
from torch import nn


def fixed_weights(module: nn.Module, scale: float = 1.0) -> nn.Module:
    """Give a network fixed weights, evenly spread: a check must not depend on luck."""
    for parameter in module.parameters():
        parameter.data = scale * torch.linspace(-0.7, 1.1, parameter.numel()).reshape(parameter.shape)
    return module
