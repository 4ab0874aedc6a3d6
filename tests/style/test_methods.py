"""The methods beside AdaIN: each against what it promises, computed another way."""

import colorsys

import numpy as np
import pytest
import scipy.linalg
import torch

from ganlab.features.encoder import AdaINConfig, Encoder
from ganlab.style.losses import gram_loss
from ganlab.style.methods import gatys, histogram_match, keep_colours, whiten_colour

LUMA = torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)


def pictures(n=1, size=24, seed=0):
    return torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def covariance(features):
    return np.cov(features.double().numpy().reshape(len(features), -1))


def test_histogram_matching_gives_the_styles_sorted_values_in_the_contents_order():
    content, style = pictures(2), pictures(2, seed=1) ** 3 * 0.8
    found = histogram_match(content, style)
    assert found.dtype == torch.float32
    for n in range(2):
        for c in range(3):
            # as many pixels, none twice: the k-th smallest of the content becomes the style's k-th smallest
            expected = torch.empty(24 * 24)
            expected[content[n, c].flatten().argsort()] = style[n, c].flatten().sort().values
            torch.testing.assert_close(found[n, c].flatten(), expected, atol=1e-5, rtol=0)
    one = histogram_match(content, style[:1, :, :7, :11])
    assert one.shape == content.shape
    assert one.amin() >= style[0].amin() - 1e-6
    assert one.amax() <= style[0].amax() + 1e-6
    torch.testing.assert_close(histogram_match(content, content), content, atol=1e-6, rtol=0)


@pytest.fixture(scope="module")
def encoder():
    torch.manual_seed(0)
    net = Encoder(AdaINConfig(widths=(8, 12, 16), depths=(1, 1), level=3))
    return net.normalise_activations(pictures(4)).requires_grad_(False)


def test_gatys_brings_the_style_nearer_and_is_deterministic(encoder):
    content, style = pictures(2) * 0.3, pictures(1, 16, seed=1).sign() * 0.9
    found = gatys(content, style, encoder, steps=30, content_weight=0.1)

    def distance(x):
        targets = encoder.levels(style)
        return gram_loss(features=encoder.levels(x), targets=targets, relative=True).item()

    assert distance(found) < 0.5 * distance(content)
    assert found.shape == content.shape
    assert found.abs().max() <= 1
    assert not found.requires_grad
    assert torch.equal(found, gatys(content, style, encoder, steps=30, content_weight=0.1))
    noise = [gatys(content, style, encoder, steps=3, start="noise", seed=seed) for seed in (1, 1, 2)]
    assert torch.equal(noise[0], noise[1])
    assert not torch.equal(noise[0], noise[2])


def test_gatys_keeps_the_content_where_only_the_content_counts(encoder):
    content, style = pictures() * 0.5, pictures(seed=1)
    same = gatys(content, style, encoder, steps=3, style_weight=0, smoothness=0)
    torch.testing.assert_close(same, content)  # it starts where the loss is 0
    smooth = gatys(content, style, encoder, steps=20, style_weight=0, content_weight=0)
    assert smooth.diff(dim=3).abs().mean() < 0.7 * content.diff(dim=3).abs().mean()
    loose, strict = (gatys(content, style, encoder, steps=20, content_weight=w) for w in (0.0, 1000.0))
    assert (encoder(strict) - encoder(content)).norm() < 0.8 * (encoder(loose) - encoder(content)).norm()


def test_gatys_reports_every_step_and_leaves_everything_as_it_was():
    torch.manual_seed(1)
    net = Encoder(AdaINConfig(widths=(4, 6), depths=(1,), level=2, batch_norm=True))  # not frozen, and training
    before = {key: value.clone() for key, value in net.state_dict().items()}
    content, style, heard = pictures(), pictures(seed=1), []
    untouched = content.clone()
    with torch.no_grad():  # as a caller who only wants pictures
        found = gatys(
            content, style, net, steps=5, callback=lambda *news: heard.append((news[0], news[1].clone(), news[2]))
        )
    assert net.training
    assert [step for step, _, _ in heard] == [1, 2, 3, 4, 5]
    assert torch.equal(heard[-1][1], found)
    assert heard[0][2]["content"] == pytest.approx(0, abs=1e-10)
    assert set(heard[0][2]) == {"content", "style", "smoothness"}
    assert heard[-1][2]["style"] < heard[0][2]["style"]
    a, b = (net.eval().levels(p) for p in (content, style))
    mean = sum(gram_loss(features=[f], targets=[s], relative=True).item() for f, s in zip(a, b, strict=True)) / 2
    assert heard[0][2]["style"] == pytest.approx(mean, rel=1e-5)
    assert all(p.grad is None and p.requires_grad for p in net.parameters())
    assert all(torch.equal(before[key], value) for key, value in net.state_dict().items())
    assert torch.equal(content, untouched)


def stop(step, picture, losses):
    raise KeyboardInterrupt


def test_gatys_leaves_the_encoder_as_it_was_when_interrupted():
    net = Encoder(AdaINConfig(widths=(4,), depths=(), level=1)).train()
    with pytest.raises(KeyboardInterrupt):
        gatys(pictures(), pictures(), net, steps=2, callback=stop)
    assert net.training


def test_whitening_and_colouring_gives_the_styles_mean_and_covariance():
    torch.manual_seed(2)
    mixing = torch.randn(6, 6)
    content = torch.einsum("ij,njhw->nihw", mixing, torch.randn(2, 6, 9, 8)) * 5 + 1
    style = torch.randn(2, 6, 7, 11).exp()
    found = whiten_colour(content, style)
    assert found.dtype == torch.float32
    for mine, wanted, before in zip(found, style, content, strict=True):
        np.testing.assert_allclose(covariance(mine), covariance(wanted), atol=1e-4 * covariance(wanted).max())
        torch.testing.assert_close(mine.mean((1, 2)), wanted.mean((1, 2)), atol=1e-4, rtol=1e-4)
        # the formula itself, with SciPy's matrix roots
        root = scipy.linalg.sqrtm(covariance(wanted)).real
        inverse = np.linalg.inv(scipy.linalg.sqrtm(covariance(before)).real)
        flat = before.double().numpy().reshape(6, -1)
        expected = (
            root @ inverse @ (flat - flat.mean(1, keepdims=True)) + wanted.double().numpy().mean((1, 2))[:, None]
        )
        np.testing.assert_allclose(mine.numpy().reshape(6, -1), expected, atol=1e-4)
    double = whiten_colour(content.double(), style.double())
    np.testing.assert_allclose(covariance(double[0]), covariance(style[0]), rtol=1e-8, atol=1e-10)
    torch.testing.assert_close(whiten_colour(content, content), content, atol=1e-4, rtol=1e-4)


def test_whitening_and_colouring_is_a_straight_line_in_alpha():
    content, style = torch.randn(2, 4, 5, 5), torch.randn(1, 4, 6, 6) * 2
    full = whiten_colour(content, style)
    assert torch.equal(whiten_colour(content, style, 0.0), content)
    torch.testing.assert_close(whiten_colour(content, style, 0.3), 0.3 * full + 0.7 * content)
    torch.testing.assert_close(full[1:], whiten_colour(content[1:], style))


def test_channels_dead_in_both_do_no_harm():
    torch.manual_seed(3)
    content, style = torch.rand(1, 6, 8, 8), torch.rand(1, 6, 9, 9) * 3
    content[:, [1, 4]], style[:, [1, 4]] = 0, 0
    found = whiten_colour(content, style)
    np.testing.assert_allclose(covariance(found[0]), covariance(style[0]), atol=1e-6)
    assert found[:, [1, 4]].abs().max() < 1e-6


def test_fewer_places_than_channels_give_what_can_be_given():
    torch.manual_seed(4)
    content, style = torch.randn(1, 12, 2, 3).double(), torch.randn(1, 12, 9, 9).double()
    found = whiten_colour(content, style)
    values, vectors = np.linalg.eigh(covariance(content[0]))
    there = vectors[:, values > 1e-8 * values.max()]
    assert there.shape[1] == 5  # six places span five directions
    root = scipy.linalg.sqrtm(covariance(style[0])).real
    np.testing.assert_allclose(covariance(found[0]), root @ there @ there.T @ root, atol=1e-9)
    assert np.linalg.eigvalsh(covariance(style[0]) - covariance(found[0])).min() > -1e-9  # never more than the style
    one = whiten_colour(torch.randn(1, 3, 1, 1), torch.randn(1, 3, 1, 1) + 5)
    assert torch.isfinite(one).all()
    flat = whiten_colour(torch.ones(1, 3, 4, 4), style[:, :3].float())
    torch.testing.assert_close(flat, style[:, :3].float().mean((2, 3), keepdim=True).expand(1, 3, 4, 4))


def test_keep_colours_takes_brightness_from_one_and_colours_from_the_other():
    stylised, content = pictures(2) * 0.3, pictures(2, seed=1) * 0.3
    found = keep_colours(stylised, content)
    torch.testing.assert_close((found * LUMA).sum(1), (stylised * LUMA).sum(1))
    for n, y, x in [(0, 3, 4), (1, 20, 7), (0, 11, 23)]:  # the standard library's YIQ
        here, colour = ([float(v) / 2 + 0.5 for v in p[n, :, y, x]] for p in (found, content))
        assert colorsys.rgb_to_yiq(*here)[1:] == pytest.approx(colorsys.rgb_to_yiq(*colour)[1:], abs=5e-3)
    torch.testing.assert_close(keep_colours(stylised, stylised), stylised)


def test_keep_colours_stays_in_range_by_paling_not_by_clipping():
    stylised, content = pictures(2).sign() * 0.95, pictures(2, seed=1)
    found = keep_colours(stylised, content)
    assert found.abs().max() <= 1
    torch.testing.assert_close((found * LUMA).sum(1), (stylised * LUMA).sum(1), atol=1e-5, rtol=0)
    chroma, wanted = (p - (p * LUMA).sum(1, keepdim=True) for p in (found, content))
    share = (chroma * wanted).sum(1, keepdim=True) / wanted.square().sum(1, keepdim=True)
    torch.testing.assert_close(chroma, share * wanted, atol=1e-5, rtol=0)  # the same hue, paler
    assert share.min() >= -1e-6
    assert share.max() <= 1 + 1e-5
    paled = share < 1 - 1e-4
    assert paled.any()
    touches = found.abs().amax(1, keepdim=True)
    torch.testing.assert_close(
        touches[paled], torch.ones(int(paled.sum())), atol=1e-4, rtol=0
    )  # no paler than it must
    bright = keep_colours(torch.full((1, 3, 2, 2), 1.7), content[:1, :, :2, :2])
    torch.testing.assert_close(bright, torch.ones(1, 3, 2, 2))  # what a decoder left unclipped


def test_what_does_not_fit_is_refused():
    content, encoder = pictures(2), Encoder(AdaINConfig(widths=(4,), depths=(), level=1))
    for method in (histogram_match, whiten_colour, keep_colours, lambda a, b: gatys(a, b, encoder)):
        with pytest.raises(ValueError, match=r"got \(2, 3, 24, 24\) and \(3, 3, 24, 24\)"):
            method(content, pictures(3))
    with pytest.raises(ValueError, match="at least 1 step and a start from content or noise, got 0 and 'content'"):
        gatys(content, content, encoder, steps=0)
    with pytest.raises(ValueError, match="got 5 and 'grey'"):
        gatys(content, content, encoder, steps=5, start="grey")
    with pytest.raises(ValueError, match=r"two colour pictures of one size .* \(1, 3, 16, 16\)"):
        keep_colours(content, pictures(1, 16))
