"""DCGAN: shapes, ranges, parameter counts by hand, initialisation."""

import pytest
import torch
from torch import nn

from ganlab.dcgan.networks import DCGANConfig, Discriminator, Generator, init_weights, parameter_count, sample_latent


@pytest.mark.parametrize("size", [8, 16, 32, 64, 128])
@pytest.mark.parametrize("channels", [1, 3])
def test_shapes_and_range(size, channels):
    config = DCGANConfig(size=size, channels=channels, base_channels=4, latent_dim=10)
    pictures = Generator(config)(sample_latent(2, config))
    assert pictures.shape == (2, channels, size, size)
    assert pictures.abs().max() <= 1
    assert Discriminator(config)(pictures).shape == (2,)


def test_parameter_counts_by_hand():
    c, z = 32, 64  # widths 32, 64, 128 and 4 x 4 kernels = 16 weights; BatchNorm 2 a channel
    generator = 16 * (z * 4 * c + 4 * c * 2 * c + 2 * c * c + c * 3) + 2 * (4 * c + 2 * c + c) + 3
    discriminator = 16 * (3 * c + c * 2 * c + 2 * c * 4 * c + 4 * c) + c + 2 * (2 * c + 4 * c) + 1
    config = DCGANConfig()
    assert parameter_count(Generator(config)) == generator
    assert parameter_count(Discriminator(config)) == discriminator


def test_initialisation_has_the_papers_spread():
    generator = Generator(DCGANConfig(base_channels=64))
    convs = torch.cat([m.weight.detach().flatten() for m in generator.modules() if isinstance(m, nn.ConvTranspose2d)])
    norms = torch.cat([m.weight.detach() for m in generator.modules() if isinstance(m, nn.BatchNorm2d)])
    assert convs.mean().abs() < 1e-3
    assert float(convs.std()) == pytest.approx(0.02, rel=0.02)
    assert float(norms.mean()) == pytest.approx(1, abs=0.01)
    assert float(norms.std()) == pytest.approx(0.02, rel=0.2)


def test_init_weights_zeroes_biases_and_leaves_others_alone():
    conv, linear = nn.Conv2d(2, 3, 1), nn.Linear(2, 2)
    before = linear.weight.clone()
    init_weights(conv)
    init_weights(linear)
    assert not conv.bias.any()
    assert torch.equal(linear.weight, before)


def test_without_batch_norm_there_is_none_and_biases_return():
    config = DCGANConfig(batch_norm=False)
    for network in (Generator(config), Discriminator(config)):
        modules = list(network.modules())
        assert not any(isinstance(m, nn.BatchNorm2d) for m in modules)
        assert all(m.bias is not None for m in modules if isinstance(m, nn.Conv2d | nn.ConvTranspose2d))


@pytest.mark.parametrize(("settings", "message"), [
    ({"size": 48}, "power of two from 8 to 256, got 48"),
    ({"size": 4}, "power of two from 8 to 256, got 4"),
    ({"channels": 0}, "channels: expected at least 1, got 0"),
    ({"latent_dim": -1}, "latent_dim: expected at least 1"),
])  # fmt: skip
def test_bad_settings_are_one_sentence(settings, message):
    with pytest.raises(ValueError, match=message):
        DCGANConfig(**settings)


def test_wrong_inputs_are_named():
    config = DCGANConfig()
    with pytest.raises(ValueError, match=r"expected z of shape \(N, 64\), got \(2, 100\)"):
        Generator(config)(torch.randn(2, 100))
    with pytest.raises(ValueError, match=r"expected pictures of shape \(N, 3, 32, 32\), got \(2, 3, 64, 64\)"):
        Discriminator(config)(torch.randn(2, 3, 64, 64))


def test_sample_latent_is_reproducible():
    config = DCGANConfig()
    draws = [sample_latent(5, config, torch.Generator().manual_seed(1)) for _ in range(2)]
    assert torch.equal(*draws)
    assert draws[0].shape == (5, 64)
