"""The pictures and holes that the checks of lesson 03 stand on."""

import torch

from ganlab.inpainting.checks.holes import example_masks, example_values, filled_hole


def test_no_value_is_near_grey_or_out_of_range_and_both_signs_occur():
    values = example_values(3, 4, 3, 8, 8)
    assert values.shape == (4, 3, 8, 8)
    assert 0.1 <= values.abs().min() <= values.abs().max() < 0.9
    assert (values > 0).any()
    assert (values < 0).any()
    torch.testing.assert_close(values, example_values(3, 4, 3, 8, 8), rtol=0, atol=0)
    assert not torch.equal(values, example_values(4, 4, 3, 8, 8))


def test_the_holes_differ_and_none_is_half_a_picture():
    masks = example_masks()
    assert masks.shape == (3, 1, 4, 5)
    assert masks.sum((1, 2, 3)).tolist() == [2, 6, 9]
    assert set(masks.unique().tolist()) == {0, 1}


def test_a_filled_hole_takes_every_pixel_from_one_picture_bit_for_bit():
    pictures, filling = example_values(1, 3, 3, 4, 5), 1e6 * example_values(2, 3, 3, 4, 5)
    made, hole = filled_hole(pictures, filling, example_masks()), example_masks().bool().expand(-1, 3, -1, -1)
    assert torch.equal(made[hole], filling[hole])
    assert torch.equal(made[~hole], pictures[~hole])
