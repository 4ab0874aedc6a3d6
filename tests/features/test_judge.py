"""The judge of styles: it names paintings that it has never seen, and is not deceived."""

import pytest
import torch

from ganlab import data
from ganlab.data.paintings import STYLES, paint_style
from ganlab.features.judge import StyleJudge, StyleJudgeConfig
from ganlab.style.methods import histogram_match
from ganlab.style.scores import evaluate_styles, judge_styles, style_judge


@pytest.fixture(scope="module")
def paintings():
    """One of each style, of a seed that neither judge nor style transfer was trained on."""
    return torch.stack([paint_style(name, size=256, seed=70_001) for name in STYLES])


def test_the_shipped_judge_names_paintings_it_has_never_seen(paintings):
    assert (judge_styles(paintings) == torch.arange(len(STYLES))).float().mean() >= 0.95
    crops = paintings[:, :, 80:176, 80:176]
    assert (judge_styles(crops) == torch.arange(len(STYLES))).float().mean() >= 0.9


def test_it_is_not_deceived_by_photographs_or_their_colours(paintings):
    """Colour transfer is what a style transfer must be better than: the judge has to see marks."""
    contents = data.photos(size=256).images[:4]
    nothing = evaluate_styles(lambda c, s: c, contents, paintings)
    colours = evaluate_styles(lambda c, s: histogram_match(c, s.expand(len(c), -1, -1, -1)), contents, paintings)
    assert nothing.accuracy == pytest.approx(1 / len(STYLES))  # the same answers whatever was asked for
    assert nothing.ssim == pytest.approx(1)
    assert colours.accuracy < 0.3
    assert 0.5 < colours.ssim < 0.95


def test_another_judge_can_be_asked(paintings):
    torch.manual_seed(0)
    own = StyleJudge(StyleJudgeConfig(width=4)).eval()
    expected = own(paintings[:3]).argmax(dim=1)
    assert torch.equal(judge_styles(paintings[:3], judge=own), expected)
    assert style_judge() is style_judge()
