"""What brushes leave: washes that only darken, paper that shows through chalk, threads over a bare ground."""

import pytest
import torch

from ganlab.data.paintings import paint_style


def painted(name, seed):
    return (paint_style(name, size=128, seed=seed) + 1) / 2


def commonest(picture):
    """Share of the most frequent of 512 colours."""
    codes = (picture * 7.999).long()
    return torch.bincount((codes[0] * 64 + codes[1] * 8 + codes[2]).flatten(), minlength=512).max() / codes[0].numel()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_wash_takes_light_away_and_never_adds_any(seed):
    paper = torch.tensor([0.985, 0.975, 0.95])[:, None, None]
    # The grain of the paper is a twentieth at most; averaging to 128 pixels lowers that.
    assert ((painted("watercolour", seed) - paper) <= 0.05).all()
    assert ((painted("drip", seed) - paper) > 0.05).sum() + ((painted("pastel", seed) - paper) < -0.5).sum() > 0


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_thrown_paint_leaves_its_ground_bare_and_a_knife_covers_it(seed):
    assert commonest(painted("drip", seed)) > 1.5 * commonest(painted("palette knife", seed))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_chalk_leaves_the_grain_of_its_black_paper(seed):
    def grain(name):
        grey = painted(name, seed).mean(dim=0)
        return (grey[1:, 1:] + grey[:-1, :-1] - grey[1:, :-1] - grey[:-1, 1:]).abs().mean() / grey.std()

    assert grain("pastel") > 2 * grain("watercolour")
