"""What shipped weights are trained on: bytes, the same for the same seed, with a sentence for the model card."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from ganlab.data import training_sets
from ganlab.data.faces import faces


def folder_of_pictures(folder: Path, count: int) -> Path:
    """A folder of so many pictures of 24 x 32 pixels, each of its own colour."""
    folder.mkdir()
    for number in range(count):
        Image.new("RGB", (32, 24), (10 * number, 90, 120)).save(folder / f"{number}.png")
    return folder


def test_bytes_are_rounded_and_clipped():
    given = training_sets.to_bytes(torch.tensor([-2.0, -1.0, -0.004, 0.004, 1.0, 9.0]))
    assert given.dtype == torch.uint8
    assert given.tolist() == [0, 0, 127, 128, 255, 255]


def test_faces_are_those_of_the_data_set_in_pieces(monkeypatch):
    monkeypatch.setattr(training_sets, "PIECE", 4)
    found = training_sets.training_faces(6, 16)
    assert torch.equal(found[:4], training_sets.to_bytes(faces(4, size=16, seed=1000).images))
    assert torch.equal(found[4:], training_sets.to_bytes(faces(2, size=16, seed=1001).images))


def test_paintings_are_kept_in_their_file(tmp_path, monkeypatch):
    monkeypatch.setattr(training_sets, "STYLES", tuple(training_sets.STYLES)[:2])
    pool = training_sets.style_paintings(1, 7, tmp_path / "pool.pt")
    assert pool.shape == (2, 1, 3, 256, 256)
    monkeypatch.setattr(training_sets, "paint_style", lambda *_, **__: pytest.fail("it is there already"))
    assert torch.equal(training_sets.style_paintings(1, 7, tmp_path / "pool.pt"), pool)


def test_the_card_names_every_photograph_and_folder(tmp_path, monkeypatch):
    folders = [folder_of_pictures(tmp_path / name, 2) for name in ("paris", "holidays")]
    monkeypatch.setenv("GANLAB_PHOTOS", f"{folders[0]}:{folders[1]}")
    pictures, said = training_sets.colour_photographs(("coffee",))
    assert said.startswith("the colour photographs inside scikit-image and scikit-learn: astronaut (public domain), ")
    assert "coffee" not in said
    assert "camera" not in said, "grey"
    assert said.endswith(
        "; 2 photographs of Paris street views (Pathak et al. 2016's test set; research); 2 photographs of holidays"
    )
    monkeypatch.setenv("GANLAB_PHOTOS", "")
    assert len(pictures) == len(training_sets.colour_photographs(("coffee",))[0]) + 4


def test_crops_are_the_same_for_the_same_seed_and_each_picture_has_its_turn():
    pictures = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    first, again, other = (training_sets.mirrored_crops(pictures, 4, 16, seed) for seed in (1, 1, 2))
    assert first.shape == (4, 3, 16, 16)
    assert torch.equal(first, again)
    assert first[:, 0, 0, 0].tolist() == [255, 0, 255, 0]
    gradient = Image.linear_gradient("L").convert("RGB")
    one, two = (training_sets.mirrored_crops([gradient], 3, 16, seed) for seed in (1, 2))
    assert not torch.equal(one, two)
    assert torch.equal(other, first), "of one colour, whatever is cut"
