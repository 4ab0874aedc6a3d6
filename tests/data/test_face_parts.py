"""The parts of a face: distances, one attribute at a time."""

import pytest
import torch

from ganlab.data.face_parts import box, ellipse
from ganlab.data.faces import RANGES, paint_faces, sample_attributes


@pytest.mark.parametrize("name", ["glasses", "hat", "beard", "smile", "tilt", "blush", "eyer", "light"])
def test_every_attribute_changes_the_picture_and_only_itself(name):
    low, high = RANGES.get(name, (0, 1))
    off = sample_attributes(8, seed=6, **{name: low, "style": 1})
    on = sample_attributes(8, seed=6, **{name: high, "style": 1})
    assert [key for key in off if not torch.equal(off[key], on[key])] == [name]
    assert ((paint_faces(off) - paint_faces(on)).abs().amax((1, 2, 3)) > 0.01).all()


def test_signed_distances_are_distances():
    angles = torch.linspace(0, 6.28, 50)
    for radius in (0.5, 1.0, 1.4):
        found = ellipse(radius * angles.cos(), radius * angles.sin(), 1.0, 1.0)
        torch.testing.assert_close(found, torch.full_like(found, radius - 1), rtol=0, atol=1e-4)
    points = torch.tensor([[2.0, 0.0], [0.0, 0.0], [4.0, 5.0]])
    found = box(points[:, 0], points[:, 1], 1.0, 1.0, 0.0)
    torch.testing.assert_close(found, torch.tensor([1.0, -1.0, 5.0]), rtol=0, atol=1e-5)
