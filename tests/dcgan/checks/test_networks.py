"""Networks with fixed weights, which the checks of lesson 02 stand on."""

import torch
from torch import nn

from ganlab.dcgan.checks.networks import fixed_weights


def test_the_weights_are_always_the_same_evenly_spread_and_scaled():
    first, second = (
        nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)),
        nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)),
    )
    assert fixed_weights(first) is first
    fixed_weights(second, scale=2.0)
    for parameter, other in zip(first.parameters(), second.parameters(), strict=True):
        flat = parameter.detach().flatten()
        assert flat[0].item() == torch.tensor(-0.7).item()
        torch.testing.assert_close(flat.diff(), torch.full((len(flat) - 1,), 1.8 / (len(flat) - 1)))
        torch.testing.assert_close(other.detach(), 2 * parameter.detach())
        assert parameter.requires_grad
