"""The README's four pictures: small, described, and what the code makes of the shipped weights, not what it once made."""

import re
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from tools.publish import pictures as make_pictures

ROOT = Path(__file__).resolve().parents[3]
PICTURES = sorted(make_pictures.FOLDER.glob("*.webp"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHOWN = dict(re.findall(r'<img src="(docs/pictures/[^"]+)"[^>]*alt="([^"]+)"', README))


def test_the_folder_holds_the_four_that_the_code_makes_and_the_readme_shows():
    assert {path.stem for path in PICTURES} == set(make_pictures.PICTURES)
    assert set(SHOWN) == {path.relative_to(ROOT).as_posix() for path in PICTURES}
    assert len(SHOWN) == 4


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_a_picture_is_small_and_described(path):
    assert path.stat().st_size <= 150_000
    with Image.open(path) as picture:
        assert 600 <= picture.width <= 800
        assert len(picture.convert("RGB").getcolors(2**24)) > 1000, "nothing is drawn on it"
    assert len(SHOWN[path.relative_to(ROOT).as_posix()].split()) >= 10, "alternative text says what is to be seen"


# The three networks for faces and for enlarging take a second together; the style network takes as long alone.
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.thorough if name == "painted" else ()) for name in make_pictures.PICTURES],
)
def test_a_picture_is_what_the_code_makes(name):
    made = make_pictures.PICTURES[name]()
    assert make_pictures.difference(name, made) <= make_pictures.TOLERANCE
    # The same measure sees that a picture is another one: the panels in another order, at their own brightness.
    assert make_pictures.difference(name, ImageOps.mirror(made)) > 2 * make_pictures.TOLERANCE


def test_a_missing_picture_and_one_of_another_size_are_not_the_codes(tmp_path, monkeypatch):
    monkeypatch.setattr(make_pictures, "FOLDER", tmp_path)
    made = Image.new("RGB", (8, 4), "red")
    assert make_pictures.difference("walk", made) == float("inf")
    Image.new("RGB", (4, 4), "red").save(tmp_path / "walk.webp", lossless=True)
    assert make_pictures.difference("walk", made) == float("inf")
    made.save(tmp_path / "walk.webp", lossless=True)
    assert make_pictures.difference("walk", made) == 0


def test_the_command_checks_and_writes(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(make_pictures, "FOLDER", tmp_path)
    monkeypatch.setattr(make_pictures, "PICTURES", {"plain": lambda: Image.new("RGB", (32, 32), (90, 120, 40))})
    assert make_pictures.main(["--check"]) == 1
    assert not (tmp_path / "plain.webp").exists()
    assert make_pictures.main([]) == 0
    assert make_pictures.main(["--check"]) == 0
    assert "docs/pictures/plain.webp" in capsys.readouterr().out
