"""How the shipped super-resolution networks were trained: what is held out stays out, and the recipe runs."""

import pytest

from ganlab.data.photographs import HELD_OUT
from ganlab.superres.recipe import photographs
from tests.data.test_training_sets import folder_of_pictures
from tests.tools.recipes import follow


def test_every_fifth_picture_of_bsd100_is_held_out(tmp_path, monkeypatch):
    monkeypatch.setenv("GANLAB_PHOTOS", str(folder_of_pictures(tmp_path / "bsd100", 7)))
    training, held_out, said = photographs()
    monkeypatch.delenv("GANLAB_PHOTOS")
    bundled, mine, without = photographs()
    assert len(training) - len(bundled) == 5
    assert {name.partition(" ")[0]: len(pictures) for name, pictures in held_out.items()} == {
        "bundled": 3,
        "BSD100,": 2,
    }
    assert list(mine) == [f"bundled ({', '.join(HELD_OUT)})"]
    assert said.startswith(f"{without}; 5 photographs of BSD100 (Martin")
    assert not any(f"{name} (" in without for name in HELD_OUT)


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.parametrize("name", ["srresnet-x4", "srgan-x4"])
def test_the_recipe_runs_from_nothing(name, tmp_path, monkeypatch):
    card = follow(name, tmp_path, monkeypatch)
    assert any(key.endswith("psnr_y network") for key in card["measured"])
