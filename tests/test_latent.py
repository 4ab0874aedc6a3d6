"""Latent space: slerp against rotations, directions against known ones, neighbours against brute force."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from ganlab import latent
from ganlab.dcgan.networks import DCGANConfig, Generator


def gaussian(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


# --- interpolation ------------------------------------------------------------------------------------------------
def test_lerp_is_the_straight_line():
    a, b = gaussian(3, 5, seed=1), gaussian(3, 5, seed=2)
    assert torch.equal(latent.lerp(a, b, 0.0), a)
    assert torch.equal(latent.lerp(a, b, 1.0), b)
    assert torch.allclose(latent.lerp(a, b, 0.3), torch.lerp(a, b, 0.3))


@pytest.mark.parametrize("t", [0.0, 0.1, 0.5, 0.77, 1.0])
def test_slerp_in_the_plane_is_a_rotation(t):
    """An oracle without slerp's formula: complex numbers turned by t times the angle between them."""
    for start, turn in [(0.3, 1.1), (-2.0, 3.0), (1.0, -2.5), (0.0, 1e-3)]:
        a, b, between = (np.exp(1j * angle) for angle in (start, start + turn, start + t * turn))
        found = latent.slerp(*(torch.tensor([2 * c.real, 2 * c.imag]) for c in (a, b)), t)
        assert found.tolist() == pytest.approx([2 * between.real, 2 * between.imag], abs=1e-9)


def test_slerp_gives_each_row_its_own_angle_and_keeps_it_on_the_shell():
    a, b = (8 * F.normalize(gaussian(6, 64, seed=seed), dim=1) for seed in (3, 4))
    halfway = latent.slerp(a, b, 0.5)
    assert torch.allclose(halfway.norm(dim=1), torch.full((6,), 8.0, dtype=torch.float64))
    for row in range(6):
        assert torch.allclose(halfway[row], latent.slerp(a[row], b[row], 0.5))
    # the straight line leaves the shell: for perpendicular vectors its midpoint has length 8 / sqrt(2)
    assert (latent.lerp(a, b, 0.5).norm(dim=1) < 7.5).all()


def test_slerp_broadcasts_a_tensor_of_times():
    a, b = gaussian(64, seed=5), gaussian(64, seed=6)
    times = torch.linspace(0, 1, 5, dtype=torch.float64)[:, None]
    path = latent.slerp(a, b, times)
    assert path.shape == (5, 64)
    for t, stop in zip(times[:, 0].tolist(), path, strict=True):
        assert torch.allclose(stop, latent.slerp(a, b, t))


def test_slerp_falls_back_to_the_straight_line_where_no_angle_is_defined():
    a = gaussian(4, 8, seed=7)
    assert torch.allclose(latent.slerp(a, a.clone(), 0.4), a)
    assert torch.allclose(latent.slerp(a, 3 * a, 0.5), 2 * a)
    assert torch.allclose(latent.slerp(a, -a, 0.25), 0.5 * a)
    assert torch.isfinite(latent.slerp(torch.zeros_like(a), a, 0.5)).all()
    mixed = latent.slerp(a, torch.cat([a[:2], -a[2:].roll(1, 0)]), 0.5)  # parallel rows beside others
    assert torch.isfinite(mixed).all()
    assert torch.allclose(mixed[:2], a[:2])


def test_slerp_keeps_the_type_and_stays_exact_near_parallel_vectors():
    a = gaussian(2, 16, seed=8, dtype=torch.float32)
    b = a + 1e-4 * gaussian(2, 16, seed=9, dtype=torch.float32)
    found = latent.slerp(a, b, 0.5)
    assert found.dtype == torch.float32
    assert torch.allclose(found, (a + b) / 2, atol=1e-6)


def test_slerp_says_what_does_not_fit():
    with pytest.raises(ValueError, match="one length, got 3 and 4"):
        latent.slerp(torch.zeros(2, 3), torch.zeros(2, 4), 0.5)


# --- directions ----------------------------------------------------------------------------------------------------
def test_principal_directions_are_those_of_the_first_layers_covariance():
    """An oracle without the singular value decomposition: sample, take the covariance of the responses, pull back."""
    torch.manual_seed(0)
    generator = Generator(DCGANConfig(latent_dim=6, base_channels=8, size=16)).eval()
    found = latent.principal_directions(generator, 6)
    assert found.shape == (6, 6)
    assert torch.allclose(found @ found.T, torch.eye(6), atol=1e-5)
    first = generator.layers[0]
    with torch.no_grad():
        responses = first(found[:, :, None, None]).flatten(1).norm(dim=1)
        others = first(F.normalize(gaussian(500, 6, seed=1, dtype=torch.float32), dim=1)[:, :, None, None])
    assert (responses.diff() < 0).all()  # strongest first
    assert responses[0] >= others.flatten(1).norm(dim=1).max() - 1e-6  # and none is stronger
    assert responses[-1] <= others.flatten(1).norm(dim=1).min() + 1e-6
    assert torch.allclose(latent.principal_directions(generator, 2), found[:2])


def test_principal_directions_of_a_linear_first_layer():
    layer = nn.Linear(3, 5, bias=False)
    layer.weight.data = torch.zeros(5, 3)
    layer.weight.data[4, 1], layer.weight.data[0, 2], layer.weight.data[2, 0] = 3.0, -2.0, 1.0
    found = latent.principal_directions(nn.Sequential(layer, nn.ReLU()), 3)
    assert found.abs().tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]


def test_principal_directions_says_what_does_not_fit():
    with pytest.raises(ValueError, match="begins with a linear"):
        latent.principal_directions(nn.ReLU())
    for count in (0, 4):
        with pytest.raises(ValueError, match=rf"count: expected at (least 1|most 3), got {count}"):
            latent.principal_directions(nn.Linear(3, 5), count)


def test_attribute_direction_recovers_the_normal_of_the_plane():
    z, normal = gaussian(40_000, 16, seed=1), F.normalize(gaussian(16, seed=2), dim=0)
    for threshold in (-0.8, 0.0, 1.2):
        found = latent.attribute_direction(z, z @ normal > threshold)
        assert float(found.norm()) == pytest.approx(1.0)
        assert float(found @ normal) > 0.99
        assert torch.allclose(latent.attribute_direction(z, z @ normal <= threshold), -found)


def test_attribute_direction_takes_labels_of_any_number_type():
    z = torch.tensor([[0.0, 1.0], [0.0, 3.0], [4.0, 2.0]])
    for has in ([True, True, False], [1, 1, 0], [1.0, 1.0, 0.0]):
        assert latent.attribute_direction(z, torch.tensor(has)).tolist() == [-1.0, 0.0]


@pytest.mark.parametrize(
    ("z", "has", "message"),
    [
        (torch.zeros(3), torch.zeros(3), r"expected z \(N, d\)"),
        (torch.zeros(3, 2), torch.zeros(4), r"got \(3, 2\) and \(4,\)"),
        (torch.zeros(3, 2), torch.zeros(3), "got 0 of 3"),
        (torch.zeros(3, 2), torch.ones(3), "got 3 of 3"),
    ],
)
def test_attribute_direction_says_what_does_not_fit(z, has, message):
    with pytest.raises(ValueError, match=message):
        latent.attribute_direction(z, has)


# --- neighbours ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("batch_size", [1, 3, 256])
def test_nearest_neighbours_against_brute_force(batch_size):
    pictures, reference = gaussian(7, 3, 4, 4, seed=1), gaussian(20, 3, 4, 4, seed=2)
    distances, indices = latent.nearest_neighbours(pictures, reference, 3, batch_size=batch_size)
    brute = np.array([[math.dist(p, r) for r in reference.flatten(1).tolist()] for p in pictures.flatten(1).tolist()])
    assert np.array_equal(indices.numpy(), brute.argsort(axis=1)[:, :3])
    assert np.allclose(distances.numpy(), np.sort(brute, axis=1)[:, :3])


def test_a_copy_is_found_at_distance_nought():
    """In float32, on as many pixels as the lesson uses: there |a|^2 - 2ab + |b|^2 alone would not give 0."""
    reference = gaussian(200, 3, 32, 32, seed=3, dtype=torch.float32).clamp(-1, 1)
    distances, indices = latent.nearest_neighbours(reference[40:70], reference)
    assert indices[:, 0].tolist() == list(range(40, 70))
    assert not bool(distances.any())


def test_nearest_neighbours_says_what_does_not_fit():
    with pytest.raises(ValueError, match="things of one shape"):
        latent.nearest_neighbours(torch.zeros(2, 3), torch.zeros(2, 4))
    for k in (0, 3):
        with pytest.raises(ValueError, match=rf"k: expected at (least 1|most 2), got {k}"):
            latent.nearest_neighbours(torch.zeros(5, 3), torch.zeros(2, 3), k)
