"""The offline data sets, the common form, and real MNIST where it is there."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from ganlab import data
from ganlab.data.photographs import PHOTOGRAPHS, photograph_path


def test_digits_are_scikit_learns():
    found, original = data.digits(), load_digits()
    assert len(found) == 1797
    np.testing.assert_allclose((found.images[:, 0].numpy() + 1) * 8, original.images, atol=1e-6)
    assert found.labels["digit"].tolist() == original.target.tolist()
    assert (float(found.images.min()), float(found.images.max())) == (-1, 1)


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_every_photograph_is_in_the_wheels(name):
    found = data.photos(name)
    assert found.images.shape[:2] == (1, 3 if PHOTOGRAPHS[name].colour else 1)
    assert min(found.images.shape[2:]) >= 200
    assert -1 <= found.images.min() < found.images.max() <= 1
    assert found.licence == PHOTOGRAPHS[name].licence != ""


def test_the_cards_name_every_photograph_with_its_licence():
    cards = (Path(__file__).parent.parent.parent / "datasets" / "README.md").read_text(encoding="utf-8")
    rows = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in cards.splitlines() if "| scikit-" in line]
    stated = {name: (kind == "colour", source, licence) for name, kind, source, licence, _ in rows}
    assert stated == {photo.name: (photo.colour, photo.source, photo.licence) for photo in PHOTOGRAPHS.values()}


def test_scikit_learns_photographers_are_credited():
    notice = (photograph_path("china").parent / "README.txt").read_text(encoding="utf-8")
    for name in ("china", "flower"):
        about = notice[notice.index(f"{name}.jpg") :].split("Image:")[0]
        assert f"flickr.com/photos/{PHOTOGRAPHS[name].source.split(':')[0]}/" in about
        assert "licenses/by/2.0" in about


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


def test_the_common_form_says_what_it_is_and_refuses_what_it_is_not():
    pictures = data.Pictures(torch.zeros(2, 4, 3, 3), labels={"kind": torch.tensor([0, 1])}, name="mine")
    assert repr(pictures) == "mine: 2 4-channel pictures of 3 x 3, float32 in [-1, 1], labels: kind (unknown)"
    with pytest.raises(ValueError, match=r"expected images of shape \(N, C, H, W\), got \(3, 3\)"):
        data.Pictures(torch.zeros(3, 3))
    with pytest.raises(ValueError, match="expected 2 labels of 'kind', got 3"):
        data.Pictures(torch.zeros(2, 1, 3, 3), labels={"kind": torch.zeros(3)})


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
