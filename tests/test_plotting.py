"""Figures: returned, drawn without complaint, the right pixels, and colours that everybody can tell apart."""

import io
from itertools import combinations
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pytest
import torch
from matplotlib import pyplot
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

from ganlab import plotting

PICTURES = torch.rand(5, 3, 8, 8) * 2 - 1


def pixels(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return np.asarray(Image.open(buffer).convert("RGB"))


FIGURES = {
    "show_images": (lambda: plotting.show_images(PICTURES, columns=3, title="five", titles=list("abcde")), 6),
    "one picture": (lambda: plotting.show_images(PICTURES[0]), 1),
    "grey": (lambda: plotting.show_images(PICTURES[:, :1]), 5),
    "compare_rows": (lambda: plotting.compare_rows({"real": PICTURES, "fake": PICTURES[:3]}, title="t"), 10),
    "film_strip": (lambda: plotting.film_strip([(0, PICTURES), (100, PICTURES)], count=4), 8),
    "plot_history": (
        lambda: plotting.plot_history(
            SimpleNamespace(steps=list(range(1, 201)), values={"loss_d": [1.0] * 200, "loss_g": [0.5] * 200})
        ),
        1,
    ),
    "curves": (lambda: plotting.curves({"a": [3.0, 2.0], "b": [1.0, 2.0]}, level=("half", 0.5), title="t"), 1),
    "histograms": (lambda: plotting.histograms({"a": torch.randn(99), "b": torch.randn(9, 1)}), 1),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_returned_drawn_and_leave_nothing_open(name):
    make, axes = FIGURES[name]
    figure = make()
    assert len(figure.axes) == axes
    assert len(np.unique(pixels(figure).reshape(-1, 3), axis=0)) > 3
    assert pyplot.get_fignums() == []


def test_a_red_picture_is_red():
    red = torch.tensor([1.0, -1.0, -1.0]).view(1, 3, 1, 1).expand(1, 3, 8, 8)
    shown = pixels(plotting.show_images(red))
    centre = shown[shown.shape[0] // 2, shown.shape[1] // 2]
    assert centre.tolist() == [255, 0, 0]


def test_a_notebook_can_show_figures_without_pyplot():
    assert plotting.show_images(PICTURES)._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize(("call", "message"), [
    (lambda: plotting.show_images("x"), "as a tensor .* got str"),
    (lambda: plotting.show_images(torch.zeros(3, 3)), r"got \(3, 3\)"),
    (lambda: plotting.show_images(PICTURES, titles=["a"]), "expected 5 captions, one a picture, got 1"),
    (lambda: plotting.film_strip([]), "expected at least one frame"),
    (lambda: plotting.show_images(PICTURES[:0]), r"at least one picture of 1 or 3 channels, got shape \(0, 3, 8, 8\)"),
    (lambda: plotting.compare_rows({"two": PICTURES[:, :2]}), r"of 1 or 3 channels, got shape \(5, 2, 8, 8\)"),
])  # fmt: skip
def test_bad_input_is_one_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_style_sets_the_colours_and_can_be_undone():
    with mpl.rc_context():
        plotting.use_style()
        assert mpl.rcParams["axes.prop_cycle"].by_key()["color"] == plotting.CYCLE
        assert not mpl.rcParams["axes.spines.top"]


# Machado, Oliveira and Fernandes 2009, full severity, for linear RGB.
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


@pytest.mark.parametrize("kind", BLINDNESS)
def test_the_palette_serves_colour_blind_readers(kind):
    def seen(colour):
        rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        mixed = np.clip(np.array(BLINDNESS[kind]) @ linear, 0, 1)
        return rgb2lab(np.where(mixed <= 0.0031308, mixed * 12.92, 1.055 * mixed ** (1 / 2.4) - 0.055))

    # the three that the lessons use side by side: real, generated, discriminator
    three = [plotting.OKABE_ITO[name] for name in ("blue", "vermillion", "green")]
    for a, b in combinations(three, 2):
        assert deltaE_ciede2000(seen(a), seen(b)) > 11, (a, b)


def legend(figure):
    [found] = figure.legends or [figure.axes[0].get_legend()]
    return [text.get_text() for text in found.get_texts()]


def test_curves_are_drawn_as_given():
    series = {"loss": [3.0, 2.0, 1.5], "other": torch.tensor([1.0, 0.5, 0.25])}
    figure = plotting.curves(
        series, steps=[10, 20, 30], level=("chance", 0.7), colours=("green", "orange"), marker="o", ylim=(0, None)
    )
    [ax] = figure.axes
    first, second, level = ax.lines
    assert first.get_xydata().tolist() == [[10, 3], [20, 2], [30, 1.5]]
    assert second.get_ydata().tolist() == [1, 0.5, 0.25]
    assert (first.get_color(), second.get_color()) == (plotting.OKABE_ITO["green"], plotting.OKABE_ITO["orange"])
    assert first.get_marker() == "o"
    assert level.get_ydata()[0] == 0.7
    assert ax.get_ylim()[0] == 0
    assert (ax.get_xlabel(), legend(figure)) == ("step", ["loss", "other", "chance"])
    assert plotting.curves({"loss": [5.0, 4.0]}).axes[0].lines[0].get_xdata().tolist() == [0, 1]


def test_curves_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="expected a value for each of 3 steps, got 2 of 'b'"):
        plotting.curves({"a": [1, 2, 3], "b": [1, 2]}, steps=[1, 2, 3])
    with pytest.raises(ValueError, match="expected a colour for each of 2 groups, got 1"):
        plotting.curves({"a": [1], "b": [1]}, colours=["blue"])


def test_histograms_count_every_value():
    groups = {"few": torch.zeros(5, 1) + torch.arange(5.0)[:, None], "many": np.linspace(0, 1, 50)}
    figure = plotting.histograms(groups, bins=10, xlabel="distance", ylabel="pictures", title="t", xlim=(0, 5))
    [ax] = figure.axes
    tops = [patch.get_path().vertices[:, 1].max() for patch in ax.patches]
    assert tops == [1, 5], "values in the fullest bar"
    assert legend(figure) == ["few", "many"]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title(), ax.get_xlim()) == ("distance", "pictures", "t", (0, 5))
    dense = plotting.histograms({"many": groups["many"]}, bins=10, density=True).axes[0].patches[0]
    assert dense.get_path().vertices[:, 1].max() == pytest.approx(1)
    with pytest.raises(ValueError, match="expected a colour for each of 8 groups"):
        plotting.histograms({name: [1.0] for name in "abcdefgh"})


def test_the_style_is_that_of_the_figure_and_not_of_what_comes_after(monkeypatch):
    monkeypatch.setitem(mpl.rcParams, "axes.spines.top", True)
    monkeypatch.setitem(mpl.rcParams, "legend.frameon", True)
    figure = plotting.curves({"a": [1.0, 2.0]})
    [ax] = figure.axes
    assert not ax.spines["top"].get_visible()
    assert not figure.legends[0].get_frame_on()
    assert mpl.rcParams["axes.spines.top"]
    assert mpl.rcParams["legend.frameon"]


def test_panels_are_counted_row_by_row():
    figure, axes = plotting.panels(2, 3, size=(6, 4), sharex=True)
    assert axes == figure.axes
    assert len(axes) == 6
    assert axes[1].get_subplotspec().colspan.start == 1
    assert tuple(figure.get_size_inches()) == (6, 4)
