"""The quality floors of style transfer: the shipped network, and what a lesson's worth of training gives."""

import os
from itertools import pairwise

import pytest
import torch

import ganlab
from ganlab import data
from ganlab.images import fit_square, open_picture, to_tensor
from ganlab.models.adain import Decoder
from ganlab.style_evaluation import evaluate_styles
from ganlab.style_losses import style_loss
from ganlab.style_training import StyleConfig, StyleTask
from ganlab.style_transfer import StyleTransfer, load_style_transfer
from ganlab.styles import STYLES, paint_style
from ganlab.training import fit


@pytest.fixture(scope="module")
def network():
    return load_style_transfer("adain-small").to(memory_format=torch.channels_last)


@pytest.fixture(scope="module")
def paintings():
    return torch.stack([paint_style(name, size=256, seed=9000) for name in STYLES])


def held_out():
    found = data.photos(size=256)
    return found.images[[found.classes["photo"].index(name) for name in ("astronaut", "coffee")]]


def check_floors(network, contents, paintings):
    scores = evaluate_styles(network, contents, paintings)
    print(scores, scores.by_style)
    assert scores.recognised >= 12
    assert scores.accuracy >= 0.6
    assert scores.ssim >= 0.30


def test_the_shipped_network_reaches_its_floors_on_photographs_it_has_never_seen(network, paintings):
    check_floors(network, held_out(), paintings)


def test_and_on_others_that_do_not_come_with_the_course(network, paintings, real_data):
    paths = sorted((real_data / "style" / "content").iterdir())
    assert len(paths) >= 5
    contents = torch.stack([to_tensor(fit_square(open_picture(path), 256)) for path in paths])
    check_floors(network, contents, paintings)


def test_interpolation_is_monotone(network, paintings):
    """The more weight a style has, the nearer the mixture is to it, and the farther from the other."""
    features = ganlab.load_pretrained("style-features")
    content = held_out()[:1]
    for first, second in (("woodcut", "papercut"), ("impasto", "mosaic")):
        a, b = (paintings[[STYLES.index(name)]] for name in (first, second))
        with torch.no_grad():
            mixed = [network.mix(content, [a, b], [1 - w, w]) for w in torch.linspace(0, 1, 7).tolist()]
            found = [features.levels(picture) for picture in mixed]
            to_a = [style_loss(features=f, targets=features.levels(a)).item() for f in found]
            to_b = [style_loss(features=f, targets=features.levels(b)).item() for f in found]
        assert all(x < y for x, y in pairwise(to_a)), (first, to_a)
        assert all(x > y for x, y in pairwise(to_b)), (second, to_b)


@pytest.mark.quality
@pytest.mark.xdist_group("quality")
@pytest.mark.timeout(1800)
@pytest.mark.skipif(
    os.environ.get("GANLAB_PROFILE") not in ("cpu", "gpu"),
    reason="takes minutes: make test PROFILE=cpu",
)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_minutes_of_training_improve_judge_and_similarity_together(network, seed):
    """A new decoder, from nothing, on four styles, with the shipped encoder: as in lesson 04."""
    lab = ganlab.setup(seed=seed)
    names = ["impasto", "mosaic", "seigaiha", "stained glass"]
    pool = torch.stack([paint_style(name, size=256, seed=100 + k) for name in names for k in range(12)])
    found = data.photos(size=256)
    learning = found.images[[k for k, n in enumerate(found.classes["photo"]) if n not in ("astronaut", "coffee")]]
    tests = torch.stack([paint_style(name, size=256, seed=9000) for name in names])
    torch.manual_seed(seed)
    fresh = StyleTransfer(network.encoder, Decoder(network.decoder.config))
    before = evaluate_styles(fresh, held_out(), tests, names)
    config = StyleConfig(batch_size=8, size=64, recolour=0.0, scales=1.0, learning_rate=2e-3, style_weight=10.0)
    task = StyleTask(fresh, pool, config, lab, steps=500, features=ganlab.load_pretrained("style-features"))
    fit(task, learning.repeat(2, 1, 1, 1), steps=500, lab=lab, seed=seed, live=False, progress=False)
    after = evaluate_styles(task.ema, held_out(), tests, names)
    print(f"seed {seed}: before {before}, after {after}")
    assert after.accuracy > before.accuracy + 0.3
    assert after.ssim > before.ssim + 0.1
