"""Pictures to choose from, and pictures as text."""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image

from ganlab.images import to_pil, to_tensor
from ganlab.widgets.kit.samples import Sample, png, png_url, usable, which, within
from tests.superres.widget.small import smooth
from tests.widgets.asking import pixels


def test_two_samples_are_the_same_only_if_they_are_one():
    samples = [Sample("cat", smooth(9, 9)), Sample("cat", smooth(9, 9))]
    assert samples[0] != samples[1]
    assert [which(samples, sample) for sample in (*samples, Sample("cat", smooth(9, 9)))] == [0, 1, None]


@pytest.mark.parametrize("convert", [lambda picture: picture, to_tensor], ids=["PIL", "tensor"])
def test_a_picture_is_resized_in_its_own_proportions(convert):
    picture = smooth(60, 40)
    sample = Sample("cat", convert(picture))
    assert sample.resized(60) is sample.picture
    small = sample.resized(30)
    small = small if isinstance(small, Image.Image) else to_pil(small)
    assert small.size == (30, 20)
    expected = picture.resize((30, 20), Image.Resampling.BICUBIC)
    assert np.abs(np.asarray(small).astype(int) - np.asarray(expected)).max() <= 2
    thumbnail = Image.open(io.BytesIO(base64.b64decode(sample.thumbnail(16).partition(",")[2])))
    assert (thumbnail.format, thumbnail.size) == ("JPEG", (16, 16))
    assert sample.thumbnail(16, "PNG").startswith("data:image/png;base64,")


def test_however_thin_a_picture_is_a_pixel_of_it_is_left():
    assert within(smooth(3000, 1), 100).size == (100, 1)
    assert within(smooth(30, 20), 90).size == (90, 60)


def test_a_png_is_exact():
    picture = smooth(33, 21)
    assert pixels(png_url(picture)) == picture.tobytes()
    assert pixels(png_url(to_tensor(picture))) == picture.tobytes()
    assert Image.open(io.BytesIO(png(picture))).format == "PNG"


def test_a_programs_tensor_is_copied_and_checked():
    given = torch.zeros(3, 4, 4, dtype=torch.float64, requires_grad=True)
    taken = usable(given, "expected a cat")
    assert (taken.dtype, taken.requires_grad, taken.shape) == (torch.float32, False, (3, 4, 4))
    for wrong in (2.0, float("nan"), float("-inf")):
        with pytest.raises(ValueError, match=r"^expected a cat with values in \[-1, 1\], got others"):
            usable(torch.full((3, 4, 4), wrong), "expected a cat")
