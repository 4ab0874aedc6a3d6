"""Crops are placed where there is room, and what is placed is taken."""

import numpy as np
import pytest

from ganlab.superres.widget.scene import Scene, checked_crop, crop_around
from ganlab.widgets.kit.samples import Sample
from tests.superres.widget.small import smooth


def test_crops_are_placed_where_there_is_room():
    assert crop_around(50, 50, 96, 96, 300, 200) == (2, 2, 96, 96)
    assert crop_around(-9, 1e9, 96, 400, 300, 200) == (0, 8, 96, 192)
    assert crop_around(5, 5, 1, 1, 300, 10) == (0, 0, 16, 10)
    rng = np.random.default_rng(0)
    for _ in range(500):
        width, height, wide, tall = (int(n) for n in rng.integers(1, 400, 4))
        crop = crop_around(*(rng.random(2) * 500 - 50), wide, tall, width, height)
        assert checked_crop(crop, width, height) == crop


def test_another_size_keeps_photo_and_middle():
    photo = Sample("cat", smooth(400, 300))
    scene = Scene.around_middle(photo, 0, 0.5)
    assert (scene.picture is photo.picture, scene.crop) == (True, (152, 102, 96, 96))
    small = scene.in_size(256)
    assert (small.picture.size, small.photo is photo, small.gan_weight) == ((256, 192), True, 0.5)
    left, top, wide, tall = small.crop
    assert (left + wide / 2, top + tall / 2) == (pytest.approx(128, abs=1), pytest.approx(96, abs=1))
    assert small.in_size(0).crop == scene.crop
    assert scene.sentence() == "96 x 96 pixels of cat, 152 from the left and 102 from the top"
