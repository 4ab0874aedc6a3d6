"""The floor of the toy GAN, at the full laptop budget: ``make test PROFILE=cpu``."""

import os

import pytest
import torch

from ganlab.data.toy import mode_coverage, ring, ring_centres
from ganlab.minimax import networks
from ganlab.training import discriminator_step, generator_step

pytestmark = [
    pytest.mark.quality,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(
        os.environ.get("GANLAB_PROFILE") not in ("cpu", "gpu"),
        reason="takes a quarter of an hour: make test PROFILE=cpu",
    ),
]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_minute_finds_all_eight_gaussians(seed):
    torch.manual_seed(seed)
    config = networks.ToyConfig()
    generator, discriminator = networks.Generator(config), networks.Discriminator(config)
    adam_g = torch.optim.Adam(generator.parameters(), 1e-3, (0.5, 0.999))
    adam_d = torch.optim.Adam(discriminator.parameters(), 1e-3, (0.5, 0.999))
    for _ in range(3000):
        fake = generator(torch.randn(256, config.latent_dim))
        discriminator_step(discriminator, adam_d, real=ring(256), fake=fake)
        generator_step(discriminator, adam_g, fake=fake)
    with torch.no_grad():
        modes, quality = mode_coverage(generator(torch.randn(2000, config.latent_dim)), ring_centres())
    assert modes == 8
    assert quality > 0.6
