"""How the shipped Context Encoders were trained: the recipe runs from nothing."""

import pytest

from ganlab.inpainting.recipe import HELD_OUT, PLANS
from tests.tools.recipes import follow


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.parametrize("name", PLANS)
def test_the_recipe_runs_from_nothing(name, tmp_path, monkeypatch):
    card = follow(name, tmp_path, monkeypatch)
    assert card["measured"]["centre_psnr"] > 0
    assert card["config"]["size"] == PLANS[name].model.size
    for photograph in HELD_OUT:
        assert f"{photograph} (" not in card["data"], "what is measured on is not trained on"
