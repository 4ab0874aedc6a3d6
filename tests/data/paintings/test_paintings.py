"""Procedural paintings: the same for a seed, at every size, and told apart by what an independent eye measures."""

from functools import cache

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.ndimage import gaussian_filter
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ganlab.data.paintings import STYLES, paint_style, styles
from ganlab.data.paintings.easel import Easel

SAME_PALETTE = [
    ("pointillism", "palette knife"), ("knitting", "weave"), ("seigaiha", "batik"),
    ("hatching", "woodcut"), ("halftone", "comic"),
]  # fmt: skip
TRAINING, HELD_OUT = range(4), range(100, 102)  # seeds
CROPS = 6  # of 64 x 64 pixels, from each painting

painted = cache(paint_style)  # no test changes a painting in place


def correlation(a, b):
    return float(torch.corrcoef(torch.stack([a.flatten(), b.flatten()]))[0, 1])


@pytest.mark.parametrize("name", STYLES)
def test_every_style_paints_at_every_size(name):
    for size in (64, 100, 128, 256):
        picture = painted(name, size=size, seed=0)
        assert picture.shape == (3, size, size)
        assert picture.dtype is torch.float32
        assert picture.isfinite().all()
        assert -1 <= picture.min() < -0.1 < 0.1 < picture.max() <= 1  # neither clipped away nor pale


@pytest.mark.parametrize("name", STYLES)
def test_a_seed_means_one_picture(name):
    assert torch.equal(paint_style(name, seed=0), painted(name, size=256, seed=0))
    other = painted(name, size=256, seed=1)
    assert (painted(name, size=256, seed=0) - other).abs().mean() > 0.1
    # The state of anybody else's random numbers changes nothing, and is not changed.
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    assert torch.equal(paint_style(name, size=64, seed=0), painted(name, size=64, seed=0))
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("name", STYLES)
def test_another_size_is_the_same_picture(name):
    large, other = painted(name, size=256, seed=0), painted(name, size=256, seed=1)
    for size, least in ((64, 0.98), (100, 0.90), (128, 0.98)):
        smaller, strange = (F.adaptive_avg_pool2d(whole, size) for whole in (large, other))
        assert correlation(painted(name, size=size, seed=0), smaller) > least
        assert correlation(painted(name, size=size, seed=0), strange) < 0.6


@pytest.mark.parametrize("name", STYLES)
def test_edges_are_smooth(name):
    # Where there is no partial coverage, all steps between neighbours are 0 or large. The steps in between are many.
    grey = painted(name, size=256, seed=0).mean(0)
    steps = torch.cat([grey.diff(dim=0).abs().flatten(), grey.diff(dim=1).abs().flatten()])
    edges = steps[steps > 0.05 * steps.max()]
    assert (edges < 0.6 * steps.max()).float().mean() > 0.5


def test_the_random_numbers_of_a_seed_never_change():
    # Shipped weights were trained on these paintings: another stream of numbers would be other paintings.
    easel = Easel("comic", 64, 0)
    np.testing.assert_allclose(easel.uniform(0, 1, 3), [0.4023043, 0.0464752, 0.0086193], atol=1e-6)
    assert Easel("comic", 64, -3).number(0, 1) != Easel("comic", 64, 3).number(0, 1)
    assert Easel("comic", 64, 0).number(0, 1) != Easel("batik", 64, 0).number(0, 1)


def colours_of(crop):
    """Means and deviations of the channels."""
    return np.concatenate([crop.mean((1, 2)), crop.std((1, 2))])


def texture_of(crop):
    """Gradients by direction at three scales, and the spectrum by wavelength, of the crop's normalised grey."""
    grey = crop.mean(0)
    grey = (grey - grey.mean()) / (grey.std() + 1e-3)
    found = [(grey**3).mean(), np.log((grey**4).mean())]
    for blur in (0, 1, 2):
        down, right = np.gradient(gaussian_filter(grey, blur) if blur else grey)
        strength = np.hypot(down, right)
        directions = np.histogram(np.arctan2(down, right) % np.pi, 8, (0, np.pi), weights=strength)[0]
        found += [*np.sort(directions / strength.size), strength.mean(), strength.std()]
    power = np.abs(np.fft.rfft2(grey)) ** 2
    radius = 64 * np.hypot(np.fft.fftfreq(64)[:, None], np.fft.rfftfreq(64)[None])
    rings = np.histogram(radius, [1, 3, 5, 8, 11, 15, 20, 26, 46], weights=power)[0]
    return np.array([*found, *np.log(rings / power.sum() + 1e-6)])


@pytest.fixture(scope="module")
def crops():
    """(colours, texture, style) of random crops of the training seeds, and of the held-out seeds."""
    random = np.random.default_rng(0)
    sets = []
    for seeds in (TRAINING, HELD_OUT):
        rows = []
        for label, name in enumerate(STYLES):
            for seed in seeds:
                picture = painted(name, size=256, seed=seed).numpy()
                for y, x in random.integers(0, 256 - 64, (CROPS, 2)):
                    crop = picture[:, y : y + 64, x : x + 64]
                    rows.append((colours_of(crop), texture_of(crop), label))
        sets.append(tuple(np.array(column) for column in zip(*rows, strict=True)))
    return sets


def accuracy(crops, look, names=STYLES):
    """How often the style of a held-out crop is recognised from what ``look`` takes of it."""
    (train, train_style), (held, held_style) = ((look(*found[:2]), found[2]) for found in crops)
    wanted = [STYLES.index(name) for name in names]
    seen, asked = np.isin(train_style, wanted), np.isin(held_style, wanted)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=400)).fit(train[seen], train_style[seen])
    return model.score(held[asked], held_style[asked])


def colour_only(colours, texture):
    return colours


def texture_only(colours, texture):
    return texture


def everything(colours, texture):
    return np.hstack([colours, texture])


def test_a_crop_tells_the_style(crops):
    both, colour, texture = (accuracy(crops, look) for look in (everything, colour_only, texture_only))
    assert both >= 0.93
    assert colour < 0.75  # palettes repeat,
    assert texture < both  # and textures are alike here and there


def test_colour_does_not_tell_styles_of_one_palette_apart(crops):
    colour = {pair: accuracy(crops, colour_only, pair) for pair in SAME_PALETTE}
    both = {pair: accuracy(crops, everything, pair) for pair in SAME_PALETTE}
    assert min(both.values()) >= 0.9
    assert all(colour[pair] < both[pair] for pair in SAME_PALETTE)
    assert sum(value < 0.85 for value in colour.values()) >= 3


def test_shared_palettes_are_shared():
    for names in (("pointillism", "palette knife"), ("seigaiha", "batik")):
        means = [torch.stack([painted(n, size=256, seed=s).mean((1, 2)) for s in TRAINING]).mean(0) for n in names]
        assert (means[0] - means[1]).abs().max() < 0.2


def test_the_set_is_labelled():
    pictures = styles(2, size=64, seed=0)
    assert len(pictures) == 2 * len(STYLES) == 2 * len(set(STYLES))
    assert len(STYLES) >= 16
    assert pictures.images.shape[1:] == (3, 64, 64)
    assert pictures.classes == {"style": STYLES}
    assert pictures.labels["style"].tolist() == [k for k in range(len(STYLES)) for _ in range(2)]
    assert torch.equal(pictures.images[3], painted(STYLES[1], size=64, seed=1))
    assert repr(pictures).startswith(f"procedural styles: {2 * len(STYLES)} colour pictures of 64 x 64")
    assert pictures.licence.startswith("MIT")
    assert pictures.source == "ganlab.data.paintings"


@pytest.mark.parametrize(("call", "message"), [
    (lambda: paint_style("mozaic"), "there is no style 'mozaic'; did you mean 'mosaic'\\? There are: impasto, "),
    (lambda: paint_style("Halftone"), "did you mean 'halftone'"),
    (lambda: paint_style("qqq"), "there is no style 'qqq'; There are: impasto, pointillism"),
    (lambda: paint_style(3), "there is no style 3; There are"),
    (lambda: paint_style("comic", size=8), "paint_style: size: expected at least 16 pixels, got 8"),
    (lambda: styles(0), "styles: n_each: expected at least 1, got 0"),
    (lambda: styles(1, size=3), "paint_style: size: expected at least 16 pixels, got 3"),
])  # fmt: skip
def test_bad_input_is_one_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()
