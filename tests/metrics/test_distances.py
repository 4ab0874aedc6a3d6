"""Fréchet distance against the closed form, SciPy's matrix square root and torchmetrics."""

import numpy as np
import pytest
import scipy.linalg
import torch

from ganlab.metrics.distances import frechet_distance, gaussian_moments


def exact_sample(mean, cov, n, seed=0):
    """A sample whose mean and unbiased covariance are exactly the given ones."""
    mean, cov = np.asarray(mean, float), np.asarray(cov, float)
    x = np.random.default_rng(seed).standard_normal((n, len(mean)))
    x -= x.mean(0)
    x = x @ np.linalg.inv(np.linalg.cholesky(np.cov(x.T).reshape(len(mean), -1))).T
    return torch.tensor(x @ np.linalg.cholesky(cov).T + mean)


def test_closed_form_in_one_dimension():
    a, b = exact_sample([1.0], [[4.0]], 50), exact_sample([-2.0], [[0.25]], 70, seed=1)
    assert frechet_distance(a, b) == pytest.approx(3.0**2 + (2.0 - 0.5) ** 2, abs=1e-9)


def test_closed_form_for_commuting_covariances():
    a = exact_sample([0, 0, 0], np.diag([1.0, 4.0, 9.0]), 60)
    b = exact_sample([1, 0, -1], np.diag([4.0, 4.0, 1.0]), 60, seed=2)
    assert frechet_distance(a, b) == pytest.approx(2 + (1 - 2) ** 2 + 0 + (3 - 1) ** 2, abs=1e-9)


def test_agrees_with_scipys_matrix_square_root():
    rng = np.random.default_rng(3)
    a, b = rng.standard_normal((40, 6)) @ rng.standard_normal((6, 6)), rng.standard_normal((50, 6)) + 0.4
    ca, cb = np.cov(a.T), np.cov(b.T)
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(ca + cb - 2 * scipy.linalg.sqrtm(ca @ cb).real)
    assert frechet_distance(torch.tensor(a), torch.tensor(b)) == pytest.approx(expected, rel=1e-8)


def test_agrees_with_torchmetrics():
    from torchmetrics.image.fid import FrechetInceptionDistance

    class Flat(torch.nn.Module):
        num_features = 12

        def forward(self, x):
            return x.flatten(1)

    real, fake = torch.rand(64, 3, 2, 2), torch.rand(80, 3, 2, 2) * 0.7
    metric = FrechetInceptionDistance(feature=Flat(), normalize=True, input_img_size=(3, 2, 2))
    metric.set_dtype(torch.float64)
    metric.update(real.double(), real=True)
    metric.update(fake.double(), real=False)
    assert frechet_distance(real.flatten(1), fake.flatten(1)) == pytest.approx(float(metric.compute()), rel=1e-5)


def test_identical_sets_are_at_zero_and_the_distance_is_symmetric():
    a, b = torch.randn(100, 8), torch.randn(90, 8) * 2
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a), rel=1e-9)


def test_a_singular_covariance_is_no_trouble():
    a = torch.cat([torch.randn(20, 3), torch.zeros(20, 2)], dim=1)
    assert np.isfinite(frechet_distance(a, a + 1))
    assert frechet_distance(a, a + 1) == pytest.approx(5, abs=1e-5)


def test_the_bias_falls_like_one_over_n():
    generator = torch.Generator().manual_seed(0)

    def real_against_real(n):
        draws = [
            frechet_distance(torch.randn(n, 16, generator=generator), torch.randn(n, 16, generator=generator))
            for _ in range(10)
        ]
        return float(np.mean(draws))

    assert real_against_real(200) / real_against_real(800) == pytest.approx(4, rel=0.25)


@pytest.mark.parametrize(("a", "b", "message"), [
    (torch.zeros(5, 3), torch.zeros(5, 4), "features of one length, got 3 and 4"),
    (torch.zeros(1, 3), torch.zeros(5, 3), r"N at least 2, got \(1, 3\)"),
    (torch.full((4, 3), torch.nan), torch.zeros(5, 3), "got NaN or infinity"),
])  # fmt: skip
def test_bad_input_is_one_sentence(a, b, message):
    with pytest.raises(ValueError, match=message):
        frechet_distance(a, b)


def test_moments_are_numpys():
    x = torch.randn(9, 4)
    mean, cov = gaussian_moments(x)
    np.testing.assert_allclose(mean, x.double().numpy().mean(0))
    np.testing.assert_allclose(cov, np.cov(x.double().numpy().T))
