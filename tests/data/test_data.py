"""The offline data sets, the common form, and real MNIST where it is there."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from ganlab import data
from ganlab.data.photographs import PHOTOGRAPHS


def test_digits_are_scikit_learns():
    found, original = data.digits(), load_digits()
    assert len(found) == 1797
    np.testing.assert_allclose((found.images[:, 0].numpy() + 1) * 8, original.images, atol=1e-6)
    assert found.labels["digit"].tolist() == original.target.tolist()
    assert (float(found.images.min()), float(found.images.max())) == (-1, 1)


def test_all_colour_photographs_at_once():
    found = data.photos(size=64)
    assert found.images.shape == (sum(photo.colour for photo in PHOTOGRAPHS.values()), 3, 64, 64)
    assert "china: CC BY 2.0" in found.licence


def test_unknown_names_are_answered_with_what_there_is():
    with pytest.raises(ValueError, match="no photograph 'chelsae'; did you mean 'chelsea'"):
        data.photos("chelsae")
    with pytest.raises(ValueError, match="There are: faces, digits, photos, folder, mnist"):
        data.load("imagenet")
    assert len(data.load("faces", 3, size=16)) == 3
    assert "celeba" in data.names()


def test_real_mnist(real_data):
    found = data.mnist(train=False, root=real_data / "mnist")
    assert found.images.shape == (10_000, 1, 28, 28)
    assert (float(found.images.min()), float(found.images.max())) == (-1, 1)
    # the test set's published counts of the digits 0 to 9
    assert found.labels["digit"].bincount().tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_real_pictures_from_a_folder(real_data):
    streets = data.folder(real_data / "paris", size=32, limit=10)
    assert streets.images.shape == (10, 3, 32, 32)
    assert streets.images.std() > 0.2
