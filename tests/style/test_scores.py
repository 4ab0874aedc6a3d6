"""The judge of styles and the similarity of contents, against scikit-image and against pictures whose style is known."""

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from ganlab import data
from ganlab.data.paintings import STYLES, paint_style
from ganlab.features.judge import StyleJudge, StyleJudgeConfig
from ganlab.metrics.fidelity import luminance_ssim
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


def test_ssim_is_scikit_images_on_the_brightness():
    random = torch.Generator().manual_seed(0)
    a = torch.rand(2, 3, 24, 20, generator=random) * 2 - 1
    b = (a + 0.4 * torch.rand(2, 3, 24, 20, generator=random)).clamp(-1, 1)
    grey = [np.einsum("c,nchw->nhw", [0.299, 0.587, 0.114], (x.double().numpy() + 1) / 2) for x in (a, b)]
    expected = np.mean([structural_similarity(x, y, data_range=1.0) for x, y in zip(*grey, strict=True)])
    assert luminance_ssim(a, b) == pytest.approx(expected, abs=1e-5)
    assert luminance_ssim(a * 3, a.clamp(-1 / 3, 1 / 3) * 3) == pytest.approx(1)  # clipped before they are compared


def test_another_judge_can_be_asked(paintings):
    torch.manual_seed(0)
    own = StyleJudge(StyleJudgeConfig(width=4)).eval()
    expected = own(paintings[:3]).argmax(dim=1)
    assert torch.equal(judge_styles(paintings[:3], judge=own), expected)
    assert style_judge() is style_judge()


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
