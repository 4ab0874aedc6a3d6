"""Masks: shapes, shares, determinism, and the promise that known pixels are not touched."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganlab.inpainting import masks as m

MAKERS = {
    "centre": lambda n, size, g: m.centre_masks(n, size),
    "block": m.block_masks,
    "brush": m.brush_masks,
    "training": m.training_masks,
}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("size", [32, 48, 64])
def test_masks_are_binary_seeded_and_leave_something_to_see(kind, size):
    made = MAKERS[kind](60, size, seeded())
    assert made.shape == (60, 1, size, size)
    assert set(made.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(made, MAKERS[kind](60, size, seeded()))
    share = made.mean(dim=(1, 2, 3))
    assert 0.03 < share.min() <= share.max() < 0.45


def test_random_masks_differ_from_picture_to_picture_and_from_seed_to_seed():
    for kind in ("block", "brush", "training"):
        made = MAKERS[kind](8, 32, seeded())
        assert len({tuple(one.flatten().tolist()) for one in made}) > 6
        assert not torch.equal(made, MAKERS[kind](8, 32, seeded(1)))


def test_centre_is_a_quarter_of_the_picture_in_its_middle():
    mask = m.centre_masks(1, 32)[0, 0]
    assert mask.sum() == 16 * 16
    assert mask[8:24, 8:24].all()


def test_blocks_are_filled_rectangles_with_the_sides_they_promise():
    for mask in m.block_masks(200, 32, seeded(4))[:, 0]:
        rows, columns = mask.any(dim=1).sum().item(), mask.any(dim=0).sum().item()
        assert 8 <= rows <= 18
        assert 8 <= columns <= 18
        assert mask.sum() == rows * columns


@pytest.mark.parametrize("kind", MAKERS)
def test_known_pixels_are_bit_identical_whatever_the_filling_holds(kind):
    pictures = torch.rand(6, 3, 32, 32) * 2 - 1
    mask = MAKERS[kind](6, 32, seeded(2))
    for poison in (float("nan"), float("inf"), 1e30):
        made = m.composite(pictures, torch.full_like(pictures, poison), mask)
        known = (mask == 0).expand_as(made)
        assert torch.equal(made[known], pictures[known])
        assert not torch.equal(made[~known], pictures[~known])


def test_no_gradient_flows_through_known_pixels():
    filling = torch.rand(2, 3, 32, 32, requires_grad=True)
    mask = m.brush_masks(2, 32, seeded(3))
    (m.composite(torch.zeros(2, 3, 32, 32), filling, mask) * 3).sum().backward()
    assert torch.equal(filling.grad, 3 * mask.expand_as(filling))


def test_check_mask_takes_what_people_have_and_refuses_the_rest():
    pictures = torch.zeros(3, 3, 8, 6)
    for shape in [(8, 6), (1, 8, 6), (1, 1, 8, 6), (3, 1, 8, 6)]:
        made = m.check_mask(torch.ones(shape, dtype=torch.bool), pictures)
        assert made.shape == (3, 1, 8, 6)
        assert made.dtype == torch.float32
    with pytest.raises(ValueError, match=r"mask: expected shape \(3, 1, 8, 6\), got \(6, 8\)"):
        m.check_mask(torch.ones(6, 8), pictures)
    with pytest.raises(ValueError, match=r"expected shape \(3, 1, 8, 6\), got \(3, 3, 8, 6\)"):
        m.check_mask(torch.ones(3, 3, 8, 6), pictures)
    with pytest.raises(ValueError, match=r"only 0 \(known\) and 1 \(missing\)"):
        m.check_mask(torch.full((8, 6), 0.5), pictures)


@given(st.integers(0, 24), st.integers(0, 24), st.integers(1, 12), st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_the_window_holds_the_whole_hole(top, left, height, width):
    mask = torch.zeros(1, 1, 32, 32)
    mask[:, :, top : top + height, left : left + width] = 1
    window = m.hole_windows(mask, mask, 16)
    assert window.shape == (1, 1, 16, 16)
    assert window.sum() == mask.sum()


def test_windows_are_cut_where_the_hole_is_and_carry_gradients():
    pictures = torch.arange(2 * 16 * 16.0).reshape(2, 1, 16, 16).requires_grad_()
    mask = torch.zeros(2, 1, 16, 16)
    mask[0, :, 0:4, 0:4] = 1
    mask[1, :, 6:10, 12:16] = 1
    windows = m.hole_windows(pictures, mask, 8)
    assert torch.equal(windows[0, 0], pictures[0, 0, :8, :8])
    assert torch.equal(windows[1, 0], pictures[1, 0, 4:12, 8:16])
    windows.sum().backward()
    assert pictures.grad.sum() == 2 * 64
    nothing = m.hole_windows(pictures, torch.zeros_like(mask), 8)
    assert torch.equal(nothing[0, 0], pictures[0, 0, 4:12, 4:12])


def test_a_window_larger_than_the_picture_is_refused():
    with pytest.raises(ValueError, match="expected a size of at most 16, got 17"):
        m.hole_windows(torch.zeros(1, 3, 16, 16), torch.zeros(1, 1, 16, 16), 17)


def test_hole_patches_are_the_pieces_inside_the_hole_and_no_others():
    pictures = torch.arange(2 * 3 * 12 * 8.0).reshape(2, 3, 12, 8)
    mask = torch.zeros(2, 1, 12, 8)
    mask[0, :, 4:8, 0:8] = 1  # two whole pieces of 4 x 4
    mask[1, :, 0:5, 0:5] = 1  # one whole one, and margins of others
    found = m.hole_patches(pictures, mask, size=4)
    expected = [pictures[0, :, 4:8, 0:4], pictures[0, :, 4:8, 4:8], pictures[1, :, 0:4, 0:4]]
    assert torch.equal(found, torch.stack([piece.flatten() for piece in expected]))
    with pytest.raises(ValueError, match="a size of at most 8, got .* and 9"):
        m.hole_patches(pictures, mask, size=9)
