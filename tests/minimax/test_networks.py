"""The toy pair: shapes, refusals, an independent forward pass, and that it learns the ring."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ganlab.data import toy
from ganlab.losses import discriminator_loss, generator_loss
from ganlab.minimax import networks


def forward_by_hand(module: torch.nn.Module, x: np.ndarray, slope: float) -> np.ndarray:
    """The same network in float64 NumPy."""
    parameters = [value.detach().double().numpy() for value in module.parameters()]
    pairs = list(zip(parameters[::2], parameters[1::2], strict=True))
    for i, (weight, bias) in enumerate(pairs):
        x = x @ weight.T + bias
        if i < len(pairs) - 1:
            x = np.where(x > 0, x, slope * x)
    return x


@pytest.mark.parametrize(
    "config", [networks.ToyConfig(), networks.ToyConfig(latent_dim=3, data_dim=1, width=16, depth=3)]
)
def test_forward_passes_agree_with_numpy(config: networks.ToyConfig) -> None:
    generator, discriminator = networks.Generator(config), networks.Discriminator(config)
    z = networks.sample_latent(7, config, torch.Generator().manual_seed(0))
    fake = generator(z)
    logits = discriminator(fake)
    assert z.shape == (7, config.latent_dim)
    assert fake.shape == (7, config.data_dim)
    assert logits.shape == (7,)
    np.testing.assert_allclose(fake.detach(), forward_by_hand(generator, z.double().numpy(), 0.0), atol=1e-5)
    expected = forward_by_hand(discriminator, fake.detach().double().numpy(), 0.2)[:, 0]
    np.testing.assert_allclose(logits.detach(), expected, atol=1e-5)
    assert sum(isinstance(part, torch.nn.Linear) for part in generator.modules()) == config.depth + 1


def test_a_batch_of_one_stays_a_batch() -> None:
    assert networks.Discriminator()(torch.zeros(1, 2)).shape == (1,)


def test_the_latent_is_standard_normal_and_reproducible() -> None:
    config = networks.ToyConfig()
    z = networks.sample_latent(20_000, config, torch.Generator().manual_seed(5))
    assert torch.equal(z, networks.sample_latent(20_000, config, torch.Generator().manual_seed(5)))
    assert float(z.mean()) == pytest.approx(0, abs=0.02)
    assert float(z.std()) == pytest.approx(1, abs=0.02)


def test_wrong_shapes_and_settings_are_answered_in_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"Generator: expected z of shape \(N, 2\), got \(4, 3\)"):
        networks.Generator()(torch.zeros(4, 3))
    with pytest.raises(ValueError, match=r"Discriminator: expected samples of shape \(N, 2\), got \(4,\)"):
        networks.Discriminator()(torch.zeros(4))
    with pytest.raises(ValueError, match=r"ToyConfig.width: expected an integer of at least 1, got 0"):
        networks.ToyConfig(width=0)
    with pytest.raises(ValueError, match=r"ToyConfig.depth: expected an integer"):
        networks.ToyConfig(depth=1.5)  # type: ignore[arg-type]


def train_on_ring(steps: int, seed: int) -> networks.Generator:
    torch.manual_seed(seed)
    generator, discriminator = networks.Generator(), networks.Discriminator()
    adam_g = torch.optim.Adam(generator.parameters(), 1e-3, betas=(0.5, 0.999))
    adam_d = torch.optim.Adam(discriminator.parameters(), 1e-3, betas=(0.5, 0.999))
    for _ in range(steps):
        fake = generator(torch.randn(256, 2))
        loss_d = discriminator_loss(
            real_logits=discriminator(toy.ring(256)), fake_logits=discriminator(fake.detach())
        )
        adam_d.zero_grad()
        loss_d.backward()
        adam_d.step()
        loss_g = generator_loss(fake_logits=discriminator(fake))
        adam_g.zero_grad()
        loss_g.backward()
        adam_g.step()
    return generator


def test_training_moves_the_samples_onto_the_ring() -> None:
    untrained, trained = networks.Generator(), train_on_ring(400, seed=0)
    with torch.no_grad():
        before, after = untrained(torch.randn(2000, 2)), trained(torch.randn(2000, 2))
    assert abs(float(before.norm(dim=1).mean()) - 2) > 1  # two-sided: an untrained generator is nowhere near
    assert abs(float(after.norm(dim=1).mean()) - 2) < 0.4


@pytest.mark.thorough
@pytest.mark.quality
def test_eight_of_eight_gaussians_within_the_minute() -> None:
    for seed in range(3):
        generator = train_on_ring(3000, seed)
        with torch.no_grad():
            samples = generator(torch.randn(4000, 2))
        modes, fraction = toy.mode_coverage(samples, toy.ring_centres())
        assert modes == 8, f"seed {seed}: {modes} of 8 modes"
        assert fraction > 0.7
