"""The pictures and styles that StyleStudio begins with, and its still picture."""

import numpy as np
import torch
from PIL import Image

from ganlab.style.widget.pictures import LARGEST, STYLE_SIDE, own_sample, painted_styles, still, style_samples
from ganlab.widgets.kit.samples import Sample


def test_fourteen_styles_are_painted_once():
    styles = style_samples(None)
    assert [style.name for style in styles] == list(painted_styles())
    assert len(styles) == 14
    assert painted_styles() is painted_styles()


def test_a_picture_of_ones_own_is_made_no_larger_and_a_style_has_the_painted_ones_scale():
    for size, kept, side in (((40, 30), (30, 40), 40), ((1000, 400), (205, LARGEST), STYLE_SIDE)):
        picture = Image.new("RGB", size, "red")
        assert own_sample(picture.copy()).picture.shape[1:] == kept
        assert own_sample(picture.copy()).side == max(kept)
        assert own_sample(picture, style=True).side == side


def test_the_four_styles_are_where_they_are_on_the_pad():
    greys = [torch.full((3, 20, 20), value) for value in (-1.0, -0.5, 0.5, 1.0)]
    sheet = np.asarray(still(greys[0], tuple(Sample(str(k), grey) for k, grey in enumerate(greys)), greys[3]))
    pad = sheet[30:286, 280:536]
    found = [int(pad[y, x, 0]) for y in (100, 240) for x in (100, 240)]
    assert found == [0, 64, 191, 255]
