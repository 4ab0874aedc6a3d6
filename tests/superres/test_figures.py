"""The figures of super-resolution: numbers with the colour of their channel, methods at their places in the plane."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from matplotlib import pyplot
from matplotlib.colors import to_hex

from ganlab.plotting import OKABE_ITO
from ganlab.superres import figures


def squares(ax):
    """Number -> (row, column, colour), as drawn."""
    return {
        int(text.get_text()): (round(-patch.get_y() - 1), round(patch.get_x()), to_hex(patch.get_facecolor()).upper())
        for patch, text in zip(ax.patches, ax.texts, strict=True)
    }


@pytest.mark.parametrize(("height", "width"), [(2, 2), (1, 3)])
def test_shuffled_numbers_keep_the_colour_of_their_channel(height, width):
    before = torch.arange(4.0 * height * width).reshape(1, 4, height, width)
    after = F.pixel_shuffle(before, 2)
    figure = figures.shuffle(before, after)
    *channels, shuffled = figure.axes
    assert [ax.get_title() for ax in figure.axes] == ["channel 0", "channel 1", "channel 2", "channel 3", "shuffled"]
    drawn = squares(shuffled)
    for k, ax in enumerate(channels):
        for number, (row, column, colour) in squares(ax).items():
            assert before[0, k, row, column] == number
            assert colour == figures.CHANNELS[k]
            assert drawn[number][2] == colour
    assert all(after[0, 0, row, column] == number for number, (row, column, _) in drawn.items())
    assert len(drawn) == 4 * height * width
    assert len(set(figures.CHANNELS)) == 4
    assert set(figures.CHANNELS) <= set(OKABE_ITO.values())
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert pyplot.get_fignums() == []


def place(psnr, distance):
    return SimpleNamespace(psnr=psnr, distance=distance)


def test_methods_lie_at_their_places_in_the_plane():
    walk = [place(28 - alpha, 0.3 - alpha / 10) for alpha in (0, 0.2, 0.4, 0.6, 1)]
    others = {"nearest": place(25, 0.5), "bicubic": place(26, 0.4)}
    figure = figures.distortion_and_perception([0, 0.2, 0.4, 0.6, 1], walk, others)
    [ax] = figure.axes
    line, *squares_ = ax.lines
    assert np.allclose(line.get_xydata(), [(p.psnr, p.distance) for p in walk])
    assert [tuple(square.get_xydata()[0]) for square in squares_] == [(25, 0.5), (26, 0.4)]
    named = {text.get_text(): text.xy for text in ax.texts}
    assert list(named) == [r"$\alpha=0$", r"$\alpha=1$", "nearest", "bicubic"], "of the mixtures the two ends"
    assert named["bicubic"] == (26, 0.4)
    assert "more faithful to the right" in ax.get_xlabel()
    assert "more believable below" in ax.get_ylabel()
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert pyplot.get_fignums() == []


def test_more_methods_than_colours_are_refused():
    with pytest.raises(ValueError):
        figures.distortion_and_perception([0, 1], [place(1, 1), place(2, 2)], dict.fromkeys("abcde", place(1, 1)))
