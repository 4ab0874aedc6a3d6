"""The quality floors of style transfer: the shipped network, and what a lesson's worth of training gives."""

import os
from itertools import pairwise
from pathlib import Path

import jupytext
import pytest
import torch

import ganlab
from ganlab import data
from ganlab.data.paintings import STYLES, paint_style
from ganlab.images import fit_square, open_picture, to_tensor
from ganlab.style.losses import style_loss
from ganlab.style.scores import evaluate_styles
from ganlab.style.transfer import load_style_transfer

ROOT = Path(__file__).resolve().parent.parent.parent


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


@pytest.mark.thorough(when=["ganlab/style/*", "ganlab/features/*", "ganlab/weights/*", "ganlab/data/paintings/*"])
def test_the_shipped_network_reaches_its_floors_on_photographs_it_has_never_seen(network, paintings):
    check_floors(network, held_out(), paintings)


@pytest.mark.thorough
def test_and_on_others_that_do_not_come_with_the_course(network, paintings, real_data):
    paths = sorted((real_data / "style" / "content").iterdir())
    assert len(paths) >= 5
    contents = torch.stack([to_tensor(fit_square(open_picture(path), 256)) for path in paths])
    check_floors(network, contents, paintings)


@pytest.mark.thorough(when=["ganlab/style/*", "ganlab/features/*", "ganlab/weights/*", "ganlab/data/paintings/*"])
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
@pytest.mark.timeout(1800)
@pytest.mark.skipif(
    os.environ.get("GANLAB_PROFILE") not in ("cpu", "gpu"),
    reason="takes minutes: make test PROFILE=cpu",
)
@pytest.mark.filterwarnings("default")  # what a library mutters in a learner's notebook is not what is tested here
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_minutes_of_training_improve_judge_and_similarity_together(seed, capsys):
    """Lesson 04's own cells, with a seed of ours, up to the end of its training: a decoder from nothing, four styles."""
    lesson = jupytext.read(ROOT / "lessons" / "04_adain.py")
    names: dict = {}
    for cell in lesson.cells:
        if cell.cell_type != "code":
            continue
        if "setup" in cell.metadata.get("tags", []):  # it would install the course in Colab, which is not Python
            names |= {"lab": ganlab.setup(seed=seed), "ganlab": ganlab}
            continue
        source = cell.source
        exec(compile(source, "lesson 04", "exec"), names)
        if "history = train_decoder(" in source:
            break
    assert names["lab"].seed == seed
    printed = capsys.readouterr().out
    table = [line.split() for line in printed.partition("  step  judge")[2].splitlines()]
    measured = [tuple(map(float, row)) for row in table if len(row) == 3 and row[0].isdigit()]
    with capsys.disabled():
        print(f"\nseed {seed}: step, judge, SSIM {measured}")
    (first, judge_before, ssim_before), (last, judge_after, ssim_after) = measured[0], measured[-1]
    assert (first, last) == (0, names["steps"])
    assert judge_after > judge_before + 0.4
    assert ssim_after > ssim_before + 0.03  # both at once: wallpaper pleases the judge, a photograph pleases SSIM
