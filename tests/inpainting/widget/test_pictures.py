"""The pictures that InpaintStudio begins with, and its still picture."""

import numpy as np
import torch

from ganlab.inpainting.widget.pictures import STRIPES, samples, three_columns


def test_a_small_network_begins_with_faces_and_a_larger_one_with_photographs():
    faces, photos = (samples(None, network_size=size, resolution=32) for size in (64, 128))
    assert len(faces) == 8
    assert all(sample.picture.shape == (3, 32, 32) for sample in (*faces, *photos))
    assert not torch.equal(faces[0].picture, photos[0].picture)


def test_the_hole_is_a_striped_veil_and_nothing_else_is_touched():
    picture = torch.zeros(3, 192, 192)
    mask = torch.zeros(192, 192, dtype=torch.bool)
    mask[50:100, 40:140] = True
    sheet = np.asarray(three_columns([(picture, mask, picture)]))
    original, hole = (sheet[30:222, left : left + 192] for left in (12, 216))
    assert (hole[~mask.numpy()] == original[~mask.numpy()]).all()
    inside = hole[60:90, 50:130]
    # both colours of the stripes, over grey
    for colour in STRIPES:
        assert (np.abs(inside - (0.65 * colour + 0.35 * 128)).max(axis=-1) <= 1).any()
    assert (hole[50, 40:140] == 255).all(), "a white rim"
