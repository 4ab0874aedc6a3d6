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
