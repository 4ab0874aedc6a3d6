"""``ganlab.generate``: pictures in one line."""

import numpy as np
import pytest
import torch

import ganlab


@pytest.mark.parametrize(("model", "size"), [("dcgan-faces32", 32), ("dcgan-faces64", 64)])
def test_pictures_come_out(model, size):
    pictures = ganlab.generate(3, model=model, seed=1)
    assert [picture.size for picture in pictures] == [(size, size)] * 3
    assert all(picture.mode == "RGB" for picture in pictures)
    assert len({picture.tobytes() for picture in pictures}) == 3


def test_the_same_seed_gives_the_same_pictures_however_many():
    few, many = ganlab.generate(3, seed=5), ganlab.generate(20, seed=5)
    for a, b in zip(few, many, strict=False):
        assert np.array_equal(a, b)
    assert not np.array_equal(few[0], ganlab.generate(1, seed=6)[0])


@pytest.mark.parametrize("three", [np.int64(3), np.uint8(3), np.array(3), torch.tensor(3)])
def test_a_whole_number_of_any_library_is_one(three):
    for found, wanted in zip(ganlab.generate(three, seed=three), ganlab.generate(3, seed=3), strict=True):
        assert np.array_equal(found, wanted)


@pytest.mark.parametrize("bad", [1.0, "3", None, True, 2**64, -(2**63) - 1])
def test_a_bad_seed_is_one_sentence(bad):
    with pytest.raises((TypeError, ValueError), match="generate: seed: expected an integer"):
        ganlab.generate(1, seed=bad)


@pytest.mark.parametrize("bad", [0, -1, 2.0, "3", True, None, np.float32(2), np.bool_(True), torch.tensor(True)])
def test_bad_counts_are_one_sentence(bad):
    with pytest.raises((TypeError, ValueError), match="generate: n: expected (an integer|at least 1), got"):
        ganlab.generate(bad)


def test_an_unknown_model_is_named():
    with pytest.raises(ValueError, match="no weights called 'faces'"):
        ganlab.generate(1, model="faces")
