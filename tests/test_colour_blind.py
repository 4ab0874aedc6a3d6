"""The figures' colours, seen by others: three kinds of colour blindness simulated (Machado et al. 2009), and grey paper.

Distances are those of CAM02-UCS, where 1 is about the smallest difference seen between two large patches side by side.
Lines, dots and legends are thin, small and apart: they need about ten times as much.
"""

import base64
import io
import itertools
import json
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it was written before today's numpy
    from colorspacious import cspace_convert, deltaE

from ganlab.plotting import CYCLE, OKABE_ITO

ROOT = Path(__file__).resolve().parent.parent
APART = 10.0
APART_IN_GREY = 5.0  # of 100, in CIELAB's lightness
EYES = {"typical": None, "protanopia": "protanomaly", "deuteranopia": "deuteranomaly", "tritanopia": "tritanomaly"}
# Figures of a lesson in which two colours meet that grey paper does not tell apart, although they are told apart by
# panel, shape or label. May only fall: a new figure gives its lines different styles.
GREY_TWINS = {"01_minimax_game": 3, "03_context_encoder": 2, "05_srgan": 2}


def rgb(colour: str) -> np.ndarray:
    return np.array(mpl.colors.to_rgb(colour))


def seen(colours: np.ndarray, eyes: str) -> np.ndarray:
    """Colours (..., 3) in [0, 1] as these eyes see them; severity 100 is the full deficiency."""
    if EYES[eyes] is None:
        return colours
    space = {"name": "sRGB1+CVD", "cvd_type": EYES[eyes], "severity": 100}
    return np.clip(cspace_convert(colours, space, "sRGB1"), 0, 1)


def distance(a: str, b: str, eyes: str) -> float:
    return float(deltaE(seen(rgb(a), eyes), seen(rgb(b), eyes), input_space="sRGB1"))


def lightness(colours: np.ndarray) -> np.ndarray:
    return cspace_convert(colours, "sRGB1", "CIELab")[..., 0]


def confused(colours: dict[str, str], eyes: str) -> list[tuple[str, str]]:
    """Pairs that these eyes hardly tell apart."""
    return [(a, b) for a, b in itertools.combinations(colours, 2) if distance(colours[a], colours[b], eyes) < APART]


def twins_in_grey(colours: dict[str, str]) -> set[frozenset[str]]:
    light = {name: float(lightness(rgb(colour))) for name, colour in colours.items()}
    return {
        frozenset(p) for p in itertools.combinations(colours, 2) if abs(light[p[0]] - light[p[1]]) < APART_IN_GREY
    }


# --- the palette ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("eyes", EYES)
def test_every_pair_of_the_palette_is_told_apart(eyes):
    assert confused(OKABE_ITO, eyes) == []
    assert set(CYCLE) <= set(OKABE_ITO.values())


@pytest.mark.parametrize(
    ("pair", "eyes"),
    [
        (("#d62728", "#2ca02c"), "deuteranopia"),  # matplotlib's own red and green
        (("#ff0000", "#00aa00"), "deuteranopia"),
        (("#1f77b4", "#9467bd"), "protanopia"),  # its blue and purple
        (("#009E73", "#0a9a8a"), "typical"),
    ],
)
def test_the_same_measure_finds_colours_that_are_confused(pair, eyes):
    named = dict(zip("ab", pair, strict=True))
    assert confused(named, eyes) == [("a", "b")]
    assert eyes == "typical" or confused(named, "typical") == [], "typical eyes see no harm: that is how it happens"


def test_which_colours_of_the_palette_are_one_grey():
    """Whoever draws one of these pairs in one figure gives it a second difference: a line style, a marker, a label."""
    assert twins_in_grey(OKABE_ITO) == {
        frozenset(pair) for pair in [("orange", "sky"), ("green", "vermillion"), ("green", "purple")]
    }
    assert twins_in_grey({"blue": OKABE_ITO["blue"], "vermillion": OKABE_ITO["vermillion"]}) == set(), "real and fake"


# --- the figures as committed -------------------------------------------------------------------------------------
def figures() -> Iterator[tuple[str, int, np.ndarray]]:
    """(lesson, cell, pixels (N, 3)) of every committed figure that is a drawing: cells that show pictures are left out."""
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for index, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
            source = "".join(cell["source"])
            drawn = re.search(
                r"\.(plot|scatter|hist|fill_between|semilogy|bar|Rectangle)\(|plot_history\(|plotting\.(curves|histograms)\("
                r"|\bfigures\.\w+\(",
                source,
            )
            if cell["cell_type"] == "code" and drawn and not re.search(r"imshow|show_images|compare_rows|figures.stamps", source):
                for output in cell["outputs"]:
                    if png := output.get("data", {}).get("image/png"):
                        picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
                        yield path.stem, index, np.asarray(picture).reshape(-1, 3) / 255


FIGURES = list(figures())


def palette_in(pixels: np.ndarray) -> dict[str, str]:
    """The colours of the palette that fill more than a few pixels (a figure's PNG has 256 colours, hence the margin)."""
    return {
        name: colour
        for name, colour in OKABE_ITO.items()
        if (np.abs(pixels - rgb(colour)).max(axis=1) <= 6 / 255).sum() > 100
    }


def foreign(pixels: np.ndarray) -> float:
    """The share of the figure that is colourful, and neither a palette colour nor one fading into another or into grey."""
    colourful = pixels[np.ptp(pixels, axis=1) > 0.3]
    ends = np.array([rgb(colour) for colour in [*OKABE_ITO.values(), "white", "0.5"]])
    least = np.full(len(colourful), np.inf)
    for a, b in itertools.combinations(ends, 2):
        t = np.clip((colourful - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
        least = np.minimum(least, np.abs(colourful - (a + t[:, None] * (b - a))).max(axis=1))
    return float((least > 0.08).sum() / len(pixels))


def test_there_are_figures_to_look_at():
    assert len(FIGURES) >= 15
    assert {lesson for lesson, _, _ in FIGURES} >= {"01_minimax_game", "02_dcgan", "03_context_encoder", "05_srgan"}
    assert sum(len(set(palette_in(pixels)) - {"black"}) >= 2 for _, _, pixels in FIGURES) >= 8


@pytest.mark.parametrize(
    ("lesson", "cell", "pixels"), FIGURES, ids=[f"{name[:2]}-{cell}" for name, cell, _ in FIGURES]
)
def test_a_committed_figure_is_drawn_in_colours_that_everybody_tells_apart(lesson, cell, pixels):
    assert foreign(pixels) < 0.001, "a colour of nobody's palette"
    used = palette_in(pixels)
    assert {eyes: confused(used, eyes) for eyes in EYES} == {eyes: [] for eyes in EYES}


def test_a_red_and_green_figure_would_be_found():
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 2), dpi=80)
    ax = figure.subplots()
    ax.plot([0, 1], color="#d62728", linewidth=3)
    ax.plot([1, 0], color="#2ca02c", linewidth=3)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    pixels = np.asarray(Image.open(buffer).convert("RGB")).reshape(-1, 3) / 255
    assert foreign(pixels) > 0.005


def test_no_new_figure_relies_on_colours_that_are_one_grey():
    found: dict[str, int] = {}
    for lesson, _, pixels in FIGURES:
        if twins_in_grey(palette_in(pixels)):
            found[lesson] = found.get(lesson, 0) + 1
    assert {lesson: count for lesson, count in found.items() if count > GREY_TWINS.get(lesson, 0)} == {}


# --- colour maps and widgets -----------------------------------------------------------------------------------------
MAPS = sorted(
    {
        name
        for folder, pattern in (("lessons", "*.py"), ("ganlab", "**/*.py"))
        for path in (ROOT / folder).glob(pattern)
        for name in re.findall(r"(?:cmap=|image\.cmap\": )\"(\w+)\"", path.read_text(encoding="utf-8"))
    }
)


@pytest.mark.parametrize("name", MAPS)
def test_a_colour_map_goes_one_way_from_dark_to_light_or_has_two_ends_that_differ(name):
    colours = mpl.colormaps[name](np.linspace(0, 1, 33))[:, :3]
    for eyes in EYES:
        steps = np.diff(lightness(seen(colours, eyes)))
        if name == "RdBu":  # two ways from white: red for one sign and blue for the other
            ends = seen(colours[[3, -4]], eyes)
            assert float(deltaE(ends[0], ends[1], input_space="sRGB1")) > 3 * APART, eyes
        else:
            assert (steps > -0.2).all() or (steps < 0.2).all(), eyes


def test_the_maps_that_are_not_used_would_fail():
    assert {"RdBu", "viridis", "gray"} <= set(MAPS)
    for name in ("jet", "hsv", "RdYlGn"):
        steps = np.diff(lightness(mpl.colormaps[name](np.linspace(0, 1, 33))[:, :3]))
        assert steps.min() < -0.2
        assert steps.max() > 0.2


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("superres/widget/views.js", "METHODS"),
        ("style/widget/pad.js", "CORNERS"),
        ("minimax/widget/page.js", "BLUE"),
    ],
)
def test_the_marks_of_a_widget_are_told_apart(file, name):
    source = (ROOT / "ganlab" / file).read_text(encoding="utf-8")
    line = next(line for line in source.split("\n") if line.startswith(f"const {name} ="))
    colours = re.findall(r"#[0-9A-Fa-f]{6}", line)
    assert len(colours) >= 3
    named = {colour: colour for colour in colours}
    assert {eyes: confused(named, eyes) for eyes in EYES} == {eyes: [] for eyes in EYES}
