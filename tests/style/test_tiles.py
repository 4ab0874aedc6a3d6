"""Stylising in tiles: what the whole picture would give, without its memory; and why naive tiles do not."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from ganlab.features.encoder import AdaINConfig, Encoder
from ganlab.layers import feature_statistics
from ganlab.style import tiles
from ganlab.style.networks import Decoder
from ganlab.style.tiles import decoder_margin, encoder_margin, statistics_in_tiles, stylise_in_tiles
from ganlab.style.transfer import Statistics, StyleTransfer, mix_statistics, reflect_to

TINY = AdaINConfig(widths=(4, 6, 8), depths=(2, 1), level=3)
CONFIGS = {
    "tiny": TINY,
    "the course's": AdaINConfig(widths=(4, 4, 5, 6)),
    "VGG's depths": AdaINConfig(widths=(4, 4, 5, 6), depths=(2, 2, 4), pooling="max"),
    "the shipped one's": AdaINConfig(widths=(4, 4, 5), depths=(2, 2), level=3, extra=3),
    "level 3 of 4": AdaINConfig(widths=(4, 4, 5, 6), level=3),
    "level 2": replace(TINY, level=2),
    "level 1": replace(TINY, level=1),
    "one level": AdaINConfig(widths=(5,), depths=(), level=1),
    "deep": replace(TINY, depths=(1, 5)),
    "zeros": replace(TINY, padding="zeros"),
    "transposed": replace(TINY, upsampling="transposed"),
}


def model(config=TINY, seed=0):
    """In float64, where rounding cannot be mistaken for a margin that is too small, nor the other way round."""
    torch.manual_seed(seed)
    return StyleTransfer(Encoder(config), Decoder(config)).eval().requires_grad_(False).double()


def pictures(n=1, height=32, width=32, seed=0):
    return torch.rand(n, 3, height, width, generator=torch.Generator().manual_seed(seed)).double() * 2 - 1


def scene(height, width):
    """Dark and flat on the left, bright and busy on the right."""
    busy = pictures(1, height, width, seed=5) * 0.4
    ramp = torch.linspace(-0.6, 0.6, width, dtype=torch.float64)
    return ramp + busy * (ramp > 0)


@pytest.mark.parametrize("name", CONFIGS)
def test_a_tiled_picture_is_the_whole_one(name):
    net = model(CONFIGS[name])
    content, style = pictures(2, 101, 83), pictures(2, 40, 37, seed=1) * 0.4 + 0.3
    for alpha in (1.0, 0.4):
        whole = net(content, style, alpha)
        for tile in (16, 33, 100, 512):
            found = stylise_in_tiles(net, content, style, alpha, tile=tile)
            assert found.shape == whole.shape
            torch.testing.assert_close(found, whole, atol=1e-11, rtol=0)


@given(st.integers(1, 70), st.integers(1, 70), st.integers(4, 40), st.sampled_from(["tiny", "level 1", "deep"]))
@settings(max_examples=40, deadline=None)
def test_whatever_the_sizes_of_picture_and_tile(height, width, tile, name):
    net, style = model(CONFIGS[name]), pictures(1, 9, 12, seed=1)
    content = pictures(1, height, width)
    found = stylise_in_tiles(net, content, style, tile=tile)
    torch.testing.assert_close(found, net(content, style), atol=1e-11, rtol=0)


def test_a_megapixel_in_single_precision():
    net, content, style = model().float(), scene(1024, 1024).float(), pictures(1, 64, 64, seed=1).float() * 0.4
    whole = net(content, style)
    spread = (whole.max() - whole.min()).item()
    for tile in (512, 300):
        difference = (stylise_in_tiles(net, content, style, tile=tile) - whole).abs().max().item()
        assert difference < min(1, spread) / 255 / 50


def seam(picture, column):
    """Step between the columns at a cut, above what it is elsewhere nearby, in units of the latter."""
    steps = picture.diff(dim=-1).mean(dim=(0, 1, 2))
    near = torch.cat([steps[column - 9 : column - 3], steps[column + 3 : column + 9]])
    return ((steps[column - 1] - near.mean()).abs() / near.std()).item()


def test_tiles_with_statistics_of_their_own_show_a_seam():
    net, content, style = model(), scene(64, 128), pictures(1, 64, 64, seed=1) * 0.4
    whole = net(content, style)
    naive = torch.cat([net(half, style) for half in content.chunk(2, dim=-1)], dim=-1)
    found = stylise_in_tiles(net, content, style, tile=64)
    assert (naive - whole).abs().max() > 0.2
    assert seam(naive, 64) > 4 * seam(whole, 64)
    assert seam(found, 64) == pytest.approx(seam(whole, 64), abs=1e-6)


def test_local_statistics_show_even_where_tiles_overlap():
    net, content, style = model(), scene(64, 256), pictures(1, 64, 64, seed=1)
    whole, reach = net(content, style), 4 * (encoder_margin(net) + decoder_margin(net))
    left, right = content[..., : 128 + reach], content[..., 128 - reach :]
    known = Statistics(*feature_statistics(net.encode(content)))
    wrong = []
    for statistics in (None, known):
        parts = [net(part, style, content_statistics=statistics) for part in (left, right)]
        joined = torch.cat([parts[0][..., :128], parts[1][..., reach:]], dim=-1)
        wrong.append((joined - whole).abs().max())
    assert wrong[0] > 10 * 2 / 255  # ten grey levels
    assert wrong[1] < 1e-11


def test_tiles_that_only_touch_show_a_seam_even_with_the_pictures_statistics():
    net, content, style = model(), scene(64, 128), pictures(1, 64, 64, seed=1) * 0.4
    known = Statistics(*feature_statistics(net.encode(content)))
    parts = [net(half, style, content_statistics=known) for half in content.chunk(2, dim=-1)]
    wrong = (torch.cat(parts, dim=-1) - net(content, style)).abs().amax(dim=(0, 1, 2))
    assert wrong[60:68].max() > 1e-3
    assert wrong[:40].max() < 1e-11


@pytest.mark.parametrize("name", CONFIGS)
def test_the_margins_are_what_a_cut_spoils_and_no_more(name):
    net = model(CONFIGS[name])
    stride, level = net.stride, net.level
    content = pictures(1, 40 * stride, 3 * stride)
    cut = 20 * stride
    features = net.encoder.levels(content, level)[-1]
    pieces = (
        net.encoder.levels(content[..., cut:, :], level)[-1],
        net.encoder.levels(content[..., :cut, :], level)[-1],
    )
    below = (pieces[0] - features[..., 20:, :]).abs().amax(dim=(0, 1, 3)) > 1e-12
    above = (pieces[1] - features[..., :20, :]).abs().amax(dim=(0, 1, 3)).flip(0) > 1e-12
    spoilt = max(int(side.nonzero().max()) + 1 for side in (below, above))
    assert encoder_margin(net) == spoilt
    noise = torch.randn(1, features.shape[1], 40, 3, dtype=torch.float64)
    whole = net.decoder(noise)
    below = (net.decoder(noise[..., 20:, :]) - whole[..., cut:, :]).abs().amax(dim=(0, 1, 3)) > 1e-12
    above = (net.decoder(noise[..., :20, :]) - whole[..., :cut, :]).abs().amax(dim=(0, 1, 3)).flip(0) > 1e-12
    spoilt = max(int(side.nonzero().max()) + 1 for side in (below, above))
    assert decoder_margin(net) == -(-spoilt // stride)


def test_the_default_margins_are_those_of_the_docstring():
    net = model(CONFIGS["the course's"])
    assert (encoder_margin(net), decoder_margin(net), net.stride) == (4, 4, 8)


@pytest.mark.parametrize("margin", ["encoder_margin", "decoder_margin"])
def test_one_place_less_would_show(margin, monkeypatch):
    enough = getattr(tiles, margin)
    monkeypatch.setattr(tiles, margin, lambda network: enough(network) - 1)
    net, content, style = model(), pictures(1, 96, 96), pictures(seed=1)
    found = stylise_in_tiles(net, content, style, tile=48)
    assert (found - net(content, style)).abs().max() > 1e-6


@pytest.mark.parametrize("name", ["the course's", "tiny", "level 1"])
@pytest.mark.parametrize("keep", [0, 10**6])
def test_features_kept_and_features_computed_again_give_the_same(name, keep, monkeypatch):
    net, content, style = model(CONFIGS[name]), pictures(1, 101, 83), pictures(1, 40, 37, seed=1)
    monkeypatch.setattr(tiles, "_KEEP", keep)
    seen = []
    monkeypatch.setattr(net, "encode", lambda part: seen.append(part.shape) or StyleTransfer.encode(net, part))
    found = stylise_in_tiles(net, content, net.encode_style(style), tile=32)
    torch.testing.assert_close(found, net(content, style), atol=1e-11, rtol=0)
    assert len(seen) == 1 + 12 * (1 if keep else 2) + 2  # one style, 4 x 3 tiles once or twice, and both of the whole


@pytest.mark.parametrize("keep", [0, 10**6])
def test_no_network_ever_sees_more_than_a_tile_and_its_margins(keep, monkeypatch):
    net, content, style = model(), pictures(1, 200, 136), pictures(1, 120, 120, seed=1)
    monkeypatch.setattr(tiles, "_KEEP", keep)
    pixels, places = [], []
    net.encoder.convs[0].register_forward_hook(lambda _, seen, __: pixels.append(max(seen[0].shape[2:])))
    net.decoder.register_forward_hook(lambda _, seen, __: places.append(max(seen[0].shape[2:])))
    stylise_in_tiles(net, content, style, tile=32)
    around = 2 * 4 * (encoder_margin(net) + (0 if keep else decoder_margin(net)))
    assert max(pixels) <= 32 + around
    assert max(places) <= 8 + 2 * decoder_margin(net)


@pytest.mark.parametrize("size", [(1, 1), (30, 41), (64, 64)])
def test_statistics_of_tiles_are_those_of_the_whole(size):
    net, content = model(), pictures(2, *size)
    for tile in (4, 13, 64):
        for found, wanted in zip(
            statistics_in_tiles(net, content, tile=tile), net.encode_style(content), strict=True
        ):
            assert found.shape == (2, 8, 1, 1)
            torch.testing.assert_close(found, wanted, atol=1e-12, rtol=1e-12)


def test_statistics_survive_where_the_textbooks_formula_does_not(monkeypatch):
    """Channels of mean 3000 and deviation 0.01: the squares agree in eleven digits."""
    net = model().float()
    features = 3000 + 0.01 * torch.randn(1, 8, 16, 24)
    monkeypatch.setattr(net, "encode", lambda part: features[..., : part.shape[2] // 4, : part.shape[3] // 4])
    boxes = [tiles._Box(0, 16, k, k + 1) for k in range(24)]
    monkeypatch.setattr(tiles, "_encode", lambda network, whole, box: box.of(features))
    found = tiles._first_pass(net, pictures(1, 64, 96).float(), boxes, None)
    exact = features.double().numpy()
    wanted = np.sqrt(exact.var(axis=(2, 3), ddof=1) + 1e-5)
    np.testing.assert_allclose(found.std[..., 0, 0], wanted, rtol=1e-6)
    np.testing.assert_allclose(found.mean[..., 0, 0], exact.mean(axis=(2, 3)), rtol=1e-7)
    assert found.std.dtype == torch.float32
    squares = (features.square().mean(dim=(2, 3)) - features.mean(dim=(2, 3)).square()).clamp(min=0)
    assert (squares.sqrt().numpy() / wanted - 1).max() > 0.5


def test_mixtures_and_painted_regions_go_through_tiles():
    net, content = model(), pictures(1, 63, 70)
    styles = [pictures(seed=1) * 0.2 + 0.5, pictures(seed=2) * 0.2 - 0.5]
    known = [net.encode_style(style) for style in styles]
    even = mix_statistics(known, [1, 3])
    torch.testing.assert_close(
        stylise_in_tiles(net, content, even, 0.7, tile=24), net.mix(content, styles, [1, 3], 0.7), atol=1e-6, rtol=0
    )
    left = torch.linspace(1, 0, 70).expand(63, 70)
    regions = torch.stack([left, 1 - left])
    places = F.avg_pool2d(reflect_to(regions[None], multiple=4), 4)[0]
    maps = mix_statistics(known, places)
    found = stylise_in_tiles(net, content, maps, tile=24)
    torch.testing.assert_close(found, net.mix(content, styles, regions), atol=1e-6, rtol=0)
    assert (found - net(content, styles[0])).abs().max() > 1e-2


def test_no_gradient_is_kept():
    net = model()
    net.requires_grad_(True)
    assert not stylise_in_tiles(net, pictures(), pictures(seed=1)).requires_grad


def test_what_does_not_fit_is_refused_in_a_sentence():
    net, content = model(), pictures(1, 40, 40)
    known = net.encode_style(content)
    for tile in (3, 0, -512, 64.0):
        with pytest.raises(ValueError, match=f"stylise_in_tiles: expected a tile of at least 4 pixels.*got {tile}"):
            stylise_in_tiles(net, content, known, tile=tile)
    with pytest.raises(ValueError, match=r"expected pictures \(N, C, H, W\), got shape \(3, 40, 40\)"):
        stylise_in_tiles(net, content[0], known)
    with pytest.raises(ValueError, match=r"expected pictures \(N, C, H, W\), got shape \(1, 3, 0, 40\)"):
        stylise_in_tiles(net, content[:, :, :0], known)
    maps = Statistics(*(part.expand(1, 8, 9, 10) for part in known))
    with pytest.raises(ValueError, match=r"for one place or 10 x 10, got shape \(1, 8, 9, 10\)"):
        stylise_in_tiles(net, content, maps)
    with pytest.raises(ValueError, match=r"\(1 or 1, 8, 1 or 10, 1 or 10\), got \(3, 8, 1, 1\)"):
        stylise_in_tiles(net, content, pictures(3))
