"""What hands make: glass held in dark lead, cloth that repeats itself, tiles that are flat."""

import pytest
import torch

from ganlab.data.paintings import paint_style


def grey(name, seed, size=256):
    return (paint_style(name, size=size, seed=seed).mean(dim=0) + 1) / 2


def repeats(picture):
    """How far the correlation of a picture with itself, moved down or across by up to 48 pixels, rises again."""
    centred, rises = picture - picture.mean(), []
    for moved in (centred, centred.T):
        lowest = 1.0
        for shift in range(1, 49):
            found = float((moved[shift:] * moved[:-shift]).mean() / centred.var())
            lowest = min(lowest, found)
            rises.append(found - lowest)
    return max(rises)


@pytest.mark.parametrize("name", ["weave", "knitting", "seigaiha"])
@pytest.mark.parametrize("seed", [0, 1])
def test_what_is_made_row_by_row_repeats_itself_and_shards_do_not(name, seed):
    assert repeats(grey(name, seed)) > 0.1 > repeats(grey("cubism", seed))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_glass_is_held_in_lead(seed):
    def lead(name):
        return float((grey(name, seed) < 0.2).float().mean())

    assert lead("stained glass") > 0.15 > lead("mosaic") or lead("stained glass") > 2 * lead("mosaic")


@pytest.mark.parametrize("seed", [0, 1])
def test_colours_of_marbling_lie_beside_each_other_unmixed(seed):
    pixels = paint_style("marbling", size=256, seed=seed).flatten(1).T
    near = torch.cdist(pixels[::37], pixels[::41]) < 0.05
    other = paint_style("cubism", size=256, seed=seed).flatten(1).T
    assert near.float().mean() > 1.5 * (torch.cdist(other[::37], other[::41]) < 0.05).float().mean()
