"""The photographs that SuperResolutionStudio begins with, and pictures as the page shows them."""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image

from ganlab.images import PictureError, to_tensor
from ganlab.superres.widget.pictures import given_photo, sample_photos, shown_url, still
from ganlab.superres.widget.scene import Scene
from tests.superres.widget.small import smooth


def test_every_sample_says_whether_it_was_trained_on():
    assert all(sample.remark and sample.picture.mode == "RGB" for sample in sample_photos())


def test_a_programs_picture_is_taken_as_it_is_or_refused():
    picture = smooth(30, 20)
    assert given_photo(to_tensor(picture)).picture.tobytes() == picture.tobytes()
    assert given_photo(picture.convert("L")).picture.mode == "RGB"
    for wrong in (None, torch.zeros(3, 0, 4), Image.new("RGB", (0, 5))):
        with pytest.raises(PictureError, match="expected a "):
            given_photo(wrong)


def test_a_small_picture_is_shown_exactly_and_a_large_one_smaller():
    for size, form, shown in (
        ((512, 20), "PNG", (512, 20)),
        ((600, 300), "JPEG", (600, 300)),
        ((2048, 100), "JPEG", (1024, 50)),
    ):
        picture = Image.open(io.BytesIO(base64.b64decode(shown_url(smooth(*size)).partition(",")[2])))
        assert (picture.format, picture.size) == (form, shown)


def test_the_crop_is_framed_and_the_picture_stays_as_it_is():
    scene = Scene.around_middle(given_photo(Image.new("RGB", (256, 256), "grey")), 0, 1.0)
    sheet = np.asarray(still(scene, [("bicubic", Image.new("RGB", (64, 64), "red"))]))
    panel = sheet[30:286, 12:268]
    left, top, wide, _ = scene.crop
    assert (panel[top, left : left + wide] == 255).all(), "the frame"
    assert (np.asarray(scene.picture) == 128).all()
