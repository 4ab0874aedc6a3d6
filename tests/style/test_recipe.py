"""How the shipped style transfer was trained: colours have a way through it from the start, and the recipe runs."""

import pytest
import torch
import torch.nn.functional as F

from ganlab.features.encoder import Encoder
from ganlab.style.networks import Decoder
from ganlab.style.recipe import MODEL, lay_colour_lanes
from tests.tools.recipes import follow


def test_with_lanes_an_untrained_network_gives_back_colours_in_blocks():
    torch.manual_seed(0)
    encoder, decoder = Encoder(MODEL).eval(), Decoder(MODEL).eval()
    colours = F.interpolate(torch.rand(2, 3, 4, 4) * 1.6 - 0.8, scale_factor=16)
    with torch.no_grad():
        without = decoder(encoder(colours))
        lay_colour_lanes(encoder, decoder)
        given = decoder(encoder(colours))
    correlation = torch.corrcoef(torch.stack([given.flatten(), colours.flatten()]))[0, 1]
    before = torch.corrcoef(torch.stack([without.flatten(), colours.flatten()]))[0, 1]
    assert correlation > 0.8 > before


@pytest.mark.thorough
@pytest.mark.slow
def test_the_recipe_runs_from_nothing(tmp_path, monkeypatch):
    card = follow("adain-small", tmp_path, monkeypatch)
    assert 0 <= card["measured"]["judge_accuracy"] <= 1
