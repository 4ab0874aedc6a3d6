"""The shipped face features, what they see, and the measures built on them."""

import pytest
import torch

from ganlab import data
from ganlab.data.faces import paint_faces, sample_attributes
from ganlab.features.faces import MODE_COUNT, count_modes, face_features, mode_index, predict_attributes
from ganlab.metrics.distances import frechet_distance


@pytest.fixture(scope="module")
def faces():
    return data.faces(1000, size=32, seed=77).images


def test_features_are_float64_and_reproducible(faces):
    found = face_features(faces[:10])
    assert found.shape == (10, 64)
    assert found.dtype is torch.float64
    torch.testing.assert_close(found, face_features(faces[:10], batch_size=3), rtol=1e-4, atol=1e-4)


def test_attributes_are_recognised_on_held_out_faces():
    attributes = sample_attributes(1000, seed=4242)
    said = predict_attributes(paint_faces(attributes, size=32))
    for name in ("glasses", "bg", "style", "hat"):
        accuracy = (said[name] == attributes[name].long()).float().mean()
        assert accuracy > 0.93, name


def test_larger_pictures_are_averaged_down():
    attributes = sample_attributes(20, seed=5)
    large, small = paint_faces(attributes, size=64), paint_faces(attributes, size=32)
    shrunk = torch.nn.functional.avg_pool2d(large, 2)
    torch.testing.assert_close(face_features(large), face_features(shrunk))
    # Not the same pictures, but the same faces: near each other as faces go.
    near = (face_features(large) - face_features(small)).norm(dim=1).mean()
    far = (face_features(large) - face_features(small).roll(1, 0)).norm(dim=1).mean()
    assert near < far / 2


def test_the_distance_grows_with_damage(faces):
    real = face_features(faces[:500])
    distances = [
        frechet_distance(real, face_features((faces[500:] + strength * torch.randn(500, 3, 32, 32)).clamp(-1, 1)))
        for strength in (0.0, 0.2, 0.5)
    ]
    assert distances == sorted(distances)
    assert distances[2] > 4 * distances[0]


def test_dropped_modes_are_seen(faces):
    assert count_modes(faces) > 250
    assert count_modes(faces[:1].expand(50, -1, -1, -1)) == 1
    real = face_features(faces[:500])
    repeated = face_features(faces[500:508].repeat(62, 1, 1, 1))
    assert frechet_distance(real, repeated) > 2 * frechet_distance(real, face_features(faces[500:]))


def test_mode_index_numbers_all_combinations_once():
    grid = torch.cartesian_prod(*(torch.arange(n) for n in (6, 5, 6, 2)))
    index = mode_index(dict(zip(("hair", "style", "bg", "glasses"), grid.T, strict=True)))
    assert torch.equal(index.sort().values, torch.arange(MODE_COUNT))


@pytest.mark.parametrize("shape", [(2, 1, 32, 32), (2, 3, 32, 48), (3, 32, 32), (2, 3, 48, 48)])
def test_wrong_shapes_are_one_sentence(shape):
    with pytest.raises(ValueError, match="expected"):
        face_features(torch.zeros(shape))
