"""How the shipped DCGANs were trained: the recipe runs from nothing."""

import pytest

from tests.tools.recipes import follow


@pytest.mark.slow
@pytest.mark.parametrize("name", ["dcgan-faces32", pytest.param("dcgan-faces64", marks=pytest.mark.thorough)])
def test_the_recipe_runs_from_nothing(name, tmp_path, monkeypatch):
    assert follow(name, tmp_path, monkeypatch)["measured"]["face_distance"] > 0
    assert (tmp_path / "runs" / "smoke" / name / "checkpoint.safetensors").exists(), "from which it would go on"
