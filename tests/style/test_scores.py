"""The judge of styles and the similarity of contents, against scikit-image and against pictures whose style is known."""

import pytest
import torch

from ganlab import data
from ganlab.data.paintings import STYLES, paint_style
from ganlab.features.judge import StyleJudgeConfig
from ganlab.metrics.fidelity import luminance_ssim
from ganlab.style.scores import evaluate_styles, style_judge


@pytest.fixture(scope="module")
def paintings():
    """One of each style, of a seed that neither judge nor style transfer was trained on."""
    return torch.stack([paint_style(name, size=256, seed=70_001) for name in STYLES])


def test_wallpaper_pleases_the_judge_and_has_no_content(paintings):
    contents = data.photos(size=256).images[:2]
    scores = evaluate_styles(lambda c, s: s.expand(len(c), -1, -1, -1), contents, paintings[:6], STYLES[:6])
    assert scores.accuracy == 1
    assert scores.recognised == 6
    assert scores.ssim < 0.15
    assert str(scores).startswith("judge 1.00 (6 of 6 styles at 0.6 or more), SSIM 0.")
    assert list(scores.by_style) == list(STYLES[:6])


def test_accuracy_is_counted_style_by_style(paintings):
    """A stub that paints every second style right: half of the accuracy, half of the styles."""
    right = iter([True, False] * 2)
    scores = evaluate_styles(
        lambda c, s: s if next(right) else paintings[20:21], paintings[:1], paintings[:4], STYLES[:4]
    )
    assert scores.by_style == {"impasto": 1, "pointillism": 0, "palette knife": 1, "pastel": 0}
    assert (scores.accuracy, scores.recognised) == (0.5, 2)


def test_bad_input_is_one_sentence(paintings):
    with pytest.raises(ValueError, match="expected one style for every name"):
        evaluate_styles(lambda c, s: c, paintings[:1], paintings[:2], STYLES[:1])
    with pytest.raises(ValueError, match="the unknown .'tattoo'"):
        evaluate_styles(lambda c, s: c, paintings[:1], paintings[:1], ["tattoo"])
    with pytest.raises(ValueError, match="two sets of colour pictures of one shape"):
        luminance_ssim(paintings[:1], paintings[:2])
    with pytest.raises(ValueError, match="at least 16 x 16"):
        style_judge()(torch.zeros(1, 3, 8, 8))
    with pytest.raises(ValueError, match="StyleJudgeConfig.width: expected at least 1"):
        StyleJudgeConfig(width=0)
