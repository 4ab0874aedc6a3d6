"""Whether little squares are flat: what the checks of lesson 05 know a checkerboard by."""

import torch
import torch.nn.functional as F

from ganlab.superres.checks.squares import flat_squares


def test_copies_are_flat_and_a_single_pixel_makes_them_uneven():
    small = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    for scale in (2, 3):
        large = F.interpolate(small, scale_factor=scale, mode="nearest")
        assert flat_squares(large, scale)
        large[1, 2, 3, 4] += 0.01
        assert not flat_squares(large, scale)
    assert flat_squares(small, 1)
    assert not flat_squares(small[:, :, :, :4], 2)
