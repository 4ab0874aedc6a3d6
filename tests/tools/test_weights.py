"""Training shipped weights again: every name has its recipe, and a card that says too little is not written."""

import importlib

import pytest
import torch

from ganlab.pretrained import shipped_names
from tools import weights


def test_every_shipped_name_has_a_recipe_and_no_recipe_is_forgotten():
    assert sorted(weights.RECIPES) == shipped_names()
    for module in set(weights.RECIPES.values()):
        mine = {name for name, where in weights.RECIPES.items() if where == module}
        assert set(importlib.import_module(module).RECIPES) == mine


def test_an_unknown_name_is_refused_with_those_there_are(capsys):
    with pytest.raises(SystemExit):
        weights.main(["dcgan-faces46"])
    assert "dcgan-faces64" in capsys.readouterr().err


def test_an_incomplete_card_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="the card of x lacks title, model"):
        weights.write_shipped("x", {"a": torch.zeros(1)}, {}, tmp_path)
    assert list(tmp_path.iterdir()) == []
