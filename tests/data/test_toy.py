"""Toy targets: their statistics against closed forms, their counting against hand-made cases."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
import torch

from ganlab.data import toy


def test_mixture_density_agrees_with_scipy_and_integrates_to_one() -> None:
    mixture = toy.Mixture(means=(-2.0, 1.0), stds=(0.5, 1.5), weights=(0.3, 0.7))
    x = np.linspace(-15, 15, 6001)
    oracle = 0.3 * scipy.stats.norm.pdf(x, -2, 0.5) + 0.7 * scipy.stats.norm.pdf(x, 1, 1.5)
    ours = mixture.density(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(ours, oracle, rtol=1e-6, atol=1e-15)
    assert np.trapezoid(ours, x) == pytest.approx(1.0, abs=1e-6)


def test_mixture_density_keeps_shape_and_dtype() -> None:
    mixture = toy.Mixture((0.0,), (1.0,), (1.0,))
    assert mixture.density(torch.zeros(3, 4)).shape == (3, 4)
    assert mixture.density(torch.zeros(2)).dtype == torch.float32
    assert mixture.density(torch.zeros(2, dtype=torch.float64)).dtype == torch.float64


def test_mixture_samples_follow_its_distribution_function() -> None:
    mixture = toy.Mixture((-2.0, 1.0), (0.5, 1.5), (0.3, 0.7))
    samples = mixture.sample(20_000, generator=torch.Generator().manual_seed(1)).numpy()

    def cdf(x: np.ndarray) -> np.ndarray:
        return 0.3 * scipy.stats.norm.cdf(x, -2, 0.5) + 0.7 * scipy.stats.norm.cdf(x, 1, 1.5)

    assert scipy.stats.kstest(samples, cdf).statistic < 0.015
    wrong = scipy.stats.kstest(samples, lambda x: scipy.stats.norm.cdf(x, 0.1, 1.9)).statistic
    assert wrong > 0.05  # the test can tell


@pytest.mark.parametrize(
    ("means", "stds", "weights", "complaint"),
    [
        ((0.0,), (1.0, 1.0), (1.0,), "as many means"),
        ((), (), (), "at least one"),
        ((0.0,), (0.0,), (1.0,), "positive standard deviations"),
        ((0.0, 1.0), (1.0, 1.0), (0.5, 0.6), "sum to 1"),
        ((0.0, 1.0), (1.0, 1.0), (-0.5, 1.5), "sum to 1"),
    ],
)
def test_mixture_refuses_what_is_no_mixture(means, stds, weights, complaint) -> None:
    with pytest.raises(ValueError, match=complaint):
        toy.Mixture(means, stds, weights)


def test_centres_lie_where_geometry_puts_them() -> None:
    ring = toy.ring_centres(8, 2.0)
    angles = np.exp(2j * np.pi * np.arange(8) / 8) * 2
    np.testing.assert_allclose(ring.numpy(), np.stack([angles.real, angles.imag], 1), atol=1e-6)
    lattice = toy.grid_centres(5, 2.0)
    assert lattice.shape == (25, 2)
    assert {tuple(row) for row in lattice.tolist()} == {(a - 2.0, b - 2.0) for a in range(5) for b in range(5)}


def test_ring_has_the_requested_spread_around_every_centre() -> None:
    samples = toy.ring(40_000, std=0.1, generator=torch.Generator().manual_seed(0))
    distance, nearest = torch.cdist(samples, toy.ring_centres()).min(1)
    # A 2-D Gaussian's squared distance from its centre averages 2 std^2.
    assert float(distance.square().mean()) == pytest.approx(2 * 0.1**2, rel=0.03)
    counts = torch.bincount(nearest, minlength=8)
    assert scipy.stats.chisquare(counts.numpy()).pvalue > 1e-3


@pytest.mark.parametrize("name", sorted(toy.DISTRIBUTIONS))
def test_every_named_target_is_a_reproducible_cloud_inside_the_frame(name: str) -> None:
    sampler = toy.DISTRIBUTIONS[name]
    first = sampler(3000, generator=torch.Generator().manual_seed(3))
    again = sampler(3000, generator=torch.Generator().manual_seed(3))
    other = sampler(3000, generator=torch.Generator().manual_seed(4))
    assert first.shape == (3000, 2)
    assert first.dtype == torch.float32
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert float(first.abs().max()) < 2.5
    assert sampler(0).shape == (0, 2)
    assert sampler(5).shape == (5, 2)  # without a generator too
    # Centred and of comparable size, so that one learning rate serves all targets.
    assert float(first.mean(0).abs().max()) < 0.5
    assert 0.5 < float(first.std()) < 1.6


def test_spiral_follows_its_formula_and_is_even_along_the_arm() -> None:
    points = toy.spiral(20_000, std=0.0, generator=torch.Generator().manual_seed(0))
    radius = points.norm(dim=1)
    angle = 2 * np.pi * 1.5 * (radius - 0.3) / 1.9
    torch.testing.assert_close(points, torch.stack([radius * angle.cos(), radius * angle.sin()], 1))
    # Arc length from the inner end, d(length) = sqrt(1 + (r dangle/dr)^2) dr: nearly uniform, checked by bins.
    r = np.linspace(0.3, 2.2, 2001)
    length = np.concatenate([[0], np.cumsum(np.sqrt(1 + (r[1:] * 3 * np.pi / 1.9) ** 2) * np.diff(r))])
    share = np.histogram(np.interp(radius.numpy(), r, length), bins=10)[0] / 20_000
    assert share.min() > 0.08
    assert share.max() < 0.12


def test_two_moons_without_noise_are_two_half_circles() -> None:
    points = toy.two_moons(2000, std=0.0, generator=torch.Generator().manual_seed(0))
    upper = (points - torch.tensor([-0.65, -0.325])).norm(dim=1)
    lower = (points - torch.tensor([0.65, 0.325])).norm(dim=1)
    on_upper, on_lower = (upper - 1.3).abs() < 1e-5, (lower - 1.3).abs() < 1e-5
    assert bool((on_upper | on_lower).all())
    assert float(on_upper.float().mean()) == pytest.approx(0.5, abs=0.05)


def test_from_points_repeats_or_blurs_the_points() -> None:
    drawn = torch.tensor([[0.0, 1.0], [1.0, -1.0]], dtype=torch.float64)
    exact = toy.from_points(drawn, 100, std=0.0)
    assert exact.dtype == torch.float32
    assert {tuple(row) for row in exact.tolist()} == {(0.0, 1.0), (1.0, -1.0)}
    assert toy.from_points(drawn[:1], 20_000, std=0.3).std(0).tolist() == pytest.approx([0.3, 0.3], rel=0.05)
    for bad in (torch.zeros(3), torch.zeros(0, 2), torch.zeros(4, 3)):
        with pytest.raises(ValueError, match=r"expected points of shape \(M, 2\)"):
            toy.from_points(bad, 5)


def test_mode_coverage_counts_by_hand() -> None:
    centres = torch.tensor([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    # 60 exactly on the first, 5 near the second (below its sixth of 40: not reached), 55 nowhere.
    samples = torch.cat([torch.zeros(60, 2), torch.tensor([[1.05, 0.0]]).repeat(5, 1), torch.full((55, 2), 9.0)])
    modes, fraction = toy.mode_coverage(samples, centres)
    assert (modes, fraction) == (1, pytest.approx(65 / 120))
    assert toy.mode_coverage(samples, centres, share=0.1)[0] == 2
    assert toy.mode_coverage(samples, centres, threshold=0.01)[1] == pytest.approx(0.5)


def test_mode_coverage_tells_a_perfect_sampler_from_a_collapsed_one() -> None:
    centres = toy.ring_centres()
    modes, fraction = toy.mode_coverage(toy.ring(4000), centres)
    assert modes == 8
    # Within three standard deviations of a 2-D Gaussian: 1 - exp(-9/2).
    assert fraction == pytest.approx(1 - np.exp(-4.5), abs=0.01)
    assert toy.mode_coverage(centres[:1].repeat(100, 1), centres) == (1, 1.0)
    assert toy.mode_coverage(torch.full((10, 2), 50.0), centres) == (0, 0.0)


@pytest.mark.parametrize("samples", [torch.zeros(5), torch.zeros(0, 2), torch.zeros(5, 3)])
def test_mode_coverage_refuses_other_shapes(samples) -> None:
    with pytest.raises(ValueError, match="expected samples"):
        toy.mode_coverage(samples, toy.ring_centres())
