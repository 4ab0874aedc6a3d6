"""How the feature networks were trained: what a classifier is asked, and the recipes run from nothing."""

import pytest
import torch

from ganlab.data.faces import sample_attributes
from ganlab.features.faces import HEADS
from ganlab.features.recipe import IGNORED, cut, labels_of
from tests.tools.recipes import follow


def test_what_a_face_does_not_show_is_not_asked_for():
    attributes = sample_attributes(500, seed=4)
    labels = labels_of(attributes)
    assert set(labels) == set(HEADS)
    bald = (attributes["style"] == 0) & ~attributes["beard"].bool()
    assert bald.any()
    assert torch.equal(labels["hair"] == IGNORED, bald)
    assert not labels["shade"][labels["glasses"] == 0].any(), "without glasses none are dark"
    for name, classes in HEADS.items():
        asked = labels[name][labels[name] != IGNORED]
        assert asked.dtype == torch.int64
        assert 0 <= int(asked.min()) <= int(asked.max()) < classes


def test_squares_come_from_the_paintings_that_are_named():
    pool = torch.arange(2 * 4, dtype=torch.uint8).view(2, 4, 1, 1, 1).expand(2, 4, 3, 256, 256)
    squares, labels = cut(pool, 40, 48, range(1, 3))
    assert squares.shape == (40, 3, 48, 48)
    found = ((squares[:, 0, 0, 0] + 1) * 127.5).round().long()
    assert torch.equal(found // 4, labels)
    assert set((found % 4).tolist()) == {1, 2}


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.parametrize("name", ["face-features", "style-features", "style-judge"])
def test_the_recipe_runs_from_nothing(name, tmp_path, monkeypatch):
    assert follow(name, tmp_path, monkeypatch)["measured"]
