"""The easel that all painters share: noise, cells, dabs, tones."""

import numpy as np
import pytest

from ganlab.data.paintings.easel import PALETTES, Easel, mix, zigzag


def test_noise_is_normal_and_has_no_preferred_direction():
    fields = [Easel("noise", 128, seed).noise(16) for seed in range(12)]
    assert np.mean([field.mean() for field in fields]) == pytest.approx(0, abs=0.08)
    assert np.mean([field.std() for field in fields]) == pytest.approx(1, abs=0.08)
    down, right = (np.mean([np.abs(np.gradient(field, axis=axis)).mean() for field in fields]) for axis in (0, 1))
    slant = np.mean([np.abs(field[1:, 1:] - field[:-1, :-1]).mean() for field in fields])
    assert down / right == pytest.approx(1, abs=0.08)
    assert slant / np.sqrt(2) / right == pytest.approx(1, abs=0.08)  # a lattice would show here


def test_cells_are_those_of_the_nearest_seed():
    easel = Easel("cells", 64, 3)
    number, edge, sx, sy = easel.cells(6, 0.8)
    distance = (easel.x[..., None] - sx) ** 2 + (easel.y[..., None] - sy) ** 2  # to every seed, by brute force
    assert (distance.argmin(-1) == number).mean() > 0.999
    between = number[:, 1:] != number[:, :-1]  # where neighbours differ, an edge is less than a pixel away
    assert np.minimum(edge[:, 1:], edge[:, :-1])[between].max() <= easel.pixel
    assert edge.min() >= -1e-6


def test_dabs_are_clipped_at_the_border():
    easel = Easel("dabs", 32, 0)
    canvas = easel.flat(np.zeros(3, np.float32))
    x, y = np.array([0.0, 0.5, 1.0, 3.0]), np.array([0.0, 0.5, 1.0, -2.0])

    def disc(part, dx, dy):
        return easel.cover(np.hypot(dx, dy) - 0.2), np.ones((len(dx), 3), np.float32)

    easel.dab(canvas, x, y, 0.25, disc)
    expected = np.max([easel.cover(np.hypot(easel.x - a, easel.y - b) - 0.2) for a, b in zip(x, y, strict=True)], 0)
    np.testing.assert_allclose(canvas[0], expected, atol=1e-5)


def test_tones_and_mixtures():
    np.testing.assert_allclose(zigzag(np.array([0.0, 0.5, 1.0, 1.5, 2.0, -0.5])), [0, 0.5, 1, 0.5, 0, 0.5])
    ramp = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 1]], np.float32)
    np.testing.assert_allclose(
        mix(ramp, np.array([-1.0, 0.25, 0.75, 2.0])), [[0, 0, 0], [0.5, 0, 0], [1, 0.5, 0.5], [1, 1, 1]]
    )
    assert all(len(colour) == 6 for palette in PALETTES.values() for colour in palette)
