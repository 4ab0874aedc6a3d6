"""Filling without learning, against closed forms."""

import numpy as np
import pytest
import torch

from ganlab import data
from ganlab.inpainting.baselines import biharmonic_fill, mean_fill, nearest_neighbour_fill
from ganlab.inpainting.masks import block_masks, centre_masks


def test_mean_fill_is_the_mean_of_what_is_known():
    pictures, mask = torch.rand(3, 3, 16, 16), block_masks(3, 16, torch.Generator().manual_seed(1))
    filled = mean_fill(pictures, mask)
    for before, after, hole in zip(pictures, filled, mask[:, 0] > 0, strict=True):
        for channel in range(3):
            assert after[channel][hole].unique().numel() == 1
            assert after[channel][hole][0].item() == pytest.approx(
                before[channel][~hole].double().mean().item(), abs=1e-6
            )
            assert torch.equal(after[channel][~hole], before[channel][~hole])


def test_biharmonic_continues_a_slope():
    slope = torch.linspace(-0.8, 0.8, 16).expand(1, 3, 16, 16).contiguous()
    mask = centre_masks(1, 16)
    spoilt = torch.where(mask > 0, torch.tensor(1.0), slope)
    torch.testing.assert_close(biharmonic_fill(spoilt, mask), slope, atol=1e-3, rtol=0)


def test_the_nearest_neighbour_is_found_by_its_known_pixels_alone():
    bank = data.faces(50, size=32, seed=4).images
    mask = block_masks(5, 32, torch.Generator().manual_seed(2))
    truth = bank[[7, 3, 22, 41, 0]]
    spoilt = torch.where(mask > 0, torch.tensor(0.123), truth)
    assert torch.equal(nearest_neighbour_fill(spoilt, mask, bank=bank), truth)
    others = torch.cat([bank[:3], bank[4:]])
    filled = nearest_neighbour_fill(spoilt[1:2], mask[1:2], bank=others)
    errors = [(((other - truth[1]) * (1 - mask[1])) ** 2).sum().item() for other in others]
    best = others[int(np.argmin(errors))]
    assert torch.equal(filled[0], torch.where(mask[1] > 0, best, truth[1]))
    with pytest.raises(ValueError, match=r"bank: expected pictures \(3, 32, 32\), got \(3, 16, 16\)"):
        nearest_neighbour_fill(truth, mask, bank=torch.zeros(2, 3, 16, 16))
