"""The figures of losses over a hole: density and losses are drawn as given, minima where they are."""

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_hex

from ganlab.inpainting import figures
from ganlab.plotting import OKABE_ITO

GRID = np.linspace(-1.5, 1.5, 31)
ANSWERS = np.linspace(-1, 1, 21)
LOSSES = {"L2": 3 * (ANSWERS - 0.2) ** 2 + 5, "L1": abs(ANSWERS + 0.5), "adversary": np.cos(ANSWERS)}


def test_one_pixel_and_what_the_losses_think_of_it():
    figure = figures.one_pixel(GRID, np.exp(-(GRID**2)), [-0.7, 0.8], ANSWERS, LOSSES)
    left, right = figure.axes
    assert left.get_xlabel() == "value of the pixel"
    assert left.collections[0].get_paths()[0].vertices[:, 1].max() == pytest.approx(1)
    drawn = {line.get_label(): line for line in right.lines}
    for name, values in LOSSES.items():
        shown = drawn[name].get_ydata()
        assert (shown.min(), shown.max()) == (0, 1)
        assert shown.argmin() == values.argmin()
    dots = [line.get_xdata()[0] for line in right.lines if line.get_marker() == "o"]
    assert np.allclose(dots, [ANSWERS[values.argmin()] for values in LOSSES.values()])
    bands = [line.get_xdata()[0] for line in right.lines if line.get_linewidth() == 6]
    assert bands == [-0.7, 0.8]
    assert [text.get_text() for text in right.get_legend().get_texts()] == list(LOSSES)
    used = [to_hex(drawn[name].get_color()).upper() for name in LOSSES]
    assert len(set(used)) == 3
    assert set(used) <= set(OKABE_ITO.values())
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert pyplot.get_fignums() == []


def test_more_losses_than_colours_are_refused():
    with pytest.raises(ValueError):
        figures.one_pixel(GRID, GRID, [], ANSWERS, {**LOSSES, "another": LOSSES["L2"]})
