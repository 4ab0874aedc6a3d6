"""Procedural faces: reproducible, varied, labelled truthfully, and the pictures the feature network was trained on."""

import hashlib

import pytest
import torch

from ganlab import data
from ganlab.data.face_parts import BACKGROUND
from ganlab.data.faces import ATTRIBUTES, RANGES, attribute_labels, paint_faces, sample_attributes


def test_shape_range_and_type():
    pictures = data.faces(3, size=48)
    assert pictures.images.shape == (3, 3, 48, 48)
    assert pictures.images.dtype is torch.float32
    assert pictures.images.min() >= -1
    assert pictures.images.max() <= 1
    assert "3 colour pictures of 48 x 48" in repr(pictures)


def test_a_seed_means_the_same_faces_for_ever():
    # Shipped weights were trained, and floors measured, on these very faces: hair, styles and backgrounds of seed 0.
    attributes = sample_attributes(1000, seed=0)
    text = "".join(str(int(v)) for name in ("hair", "style", "bg", "hat") for v in attributes[name])
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "86b7f720dc50c88a"
    assert torch.equal(paint_faces(sample_attributes(9, 4)), paint_faces(sample_attributes(9, 4)))
    assert not torch.equal(sample_attributes(9, 4)["skin"], sample_attributes(9, 5)["skin"])


def test_a_batch_is_painted_like_its_members():
    attributes = sample_attributes(20, seed=3)
    whole = paint_faces(attributes)
    one = paint_faces({name: values[13:14] for name, values in attributes.items()})
    torch.testing.assert_close(one[0], whole[13], rtol=0, atol=1e-6)


def test_attributes_have_the_stated_ranges_and_frequencies():
    attributes = sample_attributes(20_000, seed=1)
    for name, (low, high) in RANGES.items():
        assert low <= attributes[name].min() <= attributes[name].max() <= high, name
    for name, probability in {"glasses": 0.4, "beard": 0.22, "hat": 0.15}.items():
        assert float(attributes[name].float().mean()) == pytest.approx(probability, abs=0.015)
    shares = torch.bincount(attributes["style"], minlength=5) / 20_000
    torch.testing.assert_close(shares, torch.tensor([0.12, 0.26, 0.26, 0.16, 0.20]), rtol=0, atol=0.015)


def test_labels_are_classes_with_names():
    pictures = data.faces(500, seed=2)
    assert set(pictures.labels) == set(pictures.classes) == set(ATTRIBUTES)
    for name, values in pictures.labels.items():
        assert values.dtype is torch.int64
        assert 0 <= values.min() <= values.max() < len(ATTRIBUTES[name])
    labels = pictures.labels
    assert not (labels["shade"] & ~labels["glasses"] & 1).any()  # dark glasses are glasses
    assert not (labels["open"] & (1 - labels["smile"])).any()  # an open mouth is a smile


def test_the_background_is_the_labelled_one():
    pictures = data.faces(60, size=32, seed=9)
    corner = (pictures.images[:, :, 1, 1] + 1) / 2
    named = torch.tensor(list(BACKGROUND.values())) / 255
    nearest = torch.cdist(corner / corner.norm(dim=1, keepdim=True), named / named.norm(dim=1, keepdim=True)).argmin(
        1
    )
    assert torch.equal(nearest, pictures.labels["bg"])


def test_larger_faces_are_the_same_faces():
    attributes = sample_attributes(6, seed=8)
    large = torch.nn.functional.avg_pool2d(paint_faces(attributes, 128), 4)
    assert (large - paint_faces(attributes, 32)).abs().mean() < 0.02


@pytest.mark.parametrize(("call", "message"), [
    (lambda: data.faces(0), "faces: n: expected at least 1, got 0"),
    (lambda: data.faces(1, size=4), "at least 8 pixels, got 4"),
    (lambda: sample_attributes(2, moustache=1), "unknown attribute 'moustache'; a face has beard, bg"),
])  # fmt: skip
def test_bad_input_is_one_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_exact_labels_are_what_was_asked_for():
    labels = attribute_labels(sample_attributes(4, glasses=1, shade=0, hair=torch.tensor([0, 1, 2, 3])))
    assert labels["glasses"].tolist() == [1] * 4
    assert labels["hair"].tolist() == [0, 1, 2, 3]
