"""AdaIN style transfer as a whole: the published formula, strength, sizes, tiles, mixtures, regions."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from ganlab.features.encoder import AdaINConfig, Encoder
from ganlab.layers import adaptive_instance_norm, feature_statistics
from ganlab.style.networks import Decoder
from ganlab.style.transfer import Statistics, StyleTransfer, mix_statistics, reflect_to, transfer_statistics

TINY = AdaINConfig(widths=(4, 6, 8), depths=(2, 1), level=3)


def model(config=TINY, seed=0):
    torch.manual_seed(seed)
    return StyleTransfer(Encoder(config), Decoder(config)).eval().requires_grad_(False)


def pictures(n=1, height=32, width=32, seed=0):
    return torch.rand(n, 3, height, width, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def published_adain(content, style):
    """The formula as in the public PyTorch ports: statistics by views, epsilon on the variance."""

    def statistics(f):
        n, c = f.shape[:2]
        return f.view(n, c, -1).mean(2).view(n, c, 1, 1), (f.view(n, c, -1).var(2) + 1e-5).sqrt().view(n, c, 1, 1)

    (mean_s, std_s), (mean_c, std_c) = statistics(style), statistics(content)
    size = content.size()
    return (content - mean_c.expand(size)) / std_c.expand(size) * std_s.expand(size) + mean_s.expand(size)


def test_the_target_is_the_published_one_on_features_of_vggs_shape():
    torch.manual_seed(6)
    content, style = F.relu(torch.randn(2, 512, 32, 32)), F.relu(torch.randn(2, 512, 28, 20) * 2 + 1)
    found = transfer_statistics(content, Statistics(*feature_statistics(style)))
    torch.testing.assert_close(found, published_adain(content, style), atol=1e-5, rtol=1e-5)
    for alpha in (0.0, 0.3, 1.0):
        found = transfer_statistics(content, Statistics(*feature_statistics(style)), alpha=alpha)
        assert torch.equal(found, adaptive_instance_norm(content, style, alpha=alpha))


@pytest.mark.parametrize("level", [2, 3])
def test_alpha_goes_from_the_reconstruction_to_the_full_transfer(level):
    net = model(replace(TINY, level=level))
    content, style = pictures(2), pictures(2, 24, 40, seed=1) * 0.5
    features, wanted = (net.encoder.levels(p)[level - 1] for p in (content, style))
    assert torch.equal(net(content, style, 0.0), net.decoder(features))
    assert torch.equal(net(content, style), net.decoder(adaptive_instance_norm(features, wanted)))
    half = net.decoder(adaptive_instance_norm(features, wanted, alpha=0.5))
    torch.testing.assert_close(net(content, style, 0.5), half)
    assert (net(content, style) - net(content, style, 0.0)).abs().mean() > 1e-3
    known = net.encode_style(style)
    assert torch.equal(net(content, known), net(content, style))
    one = net(content, net.encode_style(style[:1]))  # one style for every content
    torch.testing.assert_close(one[1:], net(content[1:], style[:1]))


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 3), (7, 30), (33, 45), (32, 32)])
def test_pictures_of_any_size_come_back_in_their_size(height, width):
    net, style = model(), pictures(1, 5, 9, seed=2)
    content = pictures(2, height, width)
    found = net(content, style)
    assert found.shape == content.shape
    assert torch.isfinite(found).all()
    # what was continued is the picture's mirror image, and what was cropped is that part
    target = [max(-(-side // 4) * 4, 8) for side in (height, width)]
    mirrored = torch.from_numpy(
        np.pad(
            content.numpy(),
            ((0, 0), (0, 0), (0, target[0] - height), (0, target[1] - width)),
            mode="reflect" if min(height, width) > 1 else "edge",
        )
    )
    assert torch.equal(found, net(mirrored, style)[..., :height, :width])


def test_reflection_goes_on_for_as_long_as_it_must():
    row = torch.arange(3.0).view(1, 1, 1, 3)
    assert reflect_to(row, multiple=5, least=7)[0, 0, 0].tolist() == [0, 1, 2, 1, 0, 1, 2, 1, 0, 1]
    assert reflect_to(row, multiple=3).shape == (1, 1, 3, 3)
    assert torch.equal(reflect_to(row), row)


def test_a_tile_with_the_whole_pictures_statistics_is_a_part_of_the_whole():
    net, content, style = model(), pictures(1, 64, 128), pictures(seed=1)
    whole = net(content, style)
    statistics = Statistics(*feature_statistics(net.encode(content)))
    tile = net(content[..., 32:], style, content_statistics=statistics)
    inside = slice(24, None)  # beyond the reach of the cut edge
    torch.testing.assert_close(tile[..., inside], whole[..., 32:][..., inside], atol=1e-5, rtol=1e-5)
    alone = net(content[..., 32:], style)
    assert (alone[..., inside] - whole[..., 32:][..., inside]).abs().max() > 1e-4


def test_a_mixture_is_the_decoded_mean_of_the_targets():
    net, content = model(), pictures(2)
    styles = [pictures(1, seed=k) * (0.3 * k) for k in (1, 2, 3)]
    features = net.encode(content)
    targets = [adaptive_instance_norm(features, net.encode(style)) for style in styles]
    mean = 0.2 * targets[0] + 0.5 * targets[1] + 0.3 * targets[2]
    torch.testing.assert_close(net.mix(content, styles, [2, 5, 3]), net.decoder(mean), atol=1e-5, rtol=1e-5)
    faint = net.decoder(0.6 * mean + 0.4 * features)
    torch.testing.assert_close(net.mix(content, styles, [0.2, 0.5, 0.3], 0.6), faint, atol=1e-5, rtol=1e-5)
    only = net.mix(content, [net.encode_style(styles[0]), *styles[1:]], torch.tensor([0.0, 1.0, 0.0]))
    torch.testing.assert_close(only, net(content, styles[1]), atol=1e-5, rtol=1e-5)


def test_regions_give_every_place_its_own_style():
    net, content = model(), pictures(1, 63, 64)
    left, right = pictures(seed=1) * 0.2 + 0.5, pictures(seed=2) * 0.2 - 0.5
    regions = torch.zeros(2, 63, 64)
    regions[0, :, :32], regions[1, :, 32:] = 1, 1
    found = net.mix(content, [left, right], regions)
    torch.testing.assert_close(found[..., :16], net(content, left)[..., :16], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(found[..., -16:], net(content, right)[..., -16:], atol=1e-5, rtol=1e-5)
    assert (found - net(content, left)).abs()[..., -16:].max() > 1e-3
    regions[0, :, :33], regions[1, :, :33] = 1, 0  # a border within a place, of which a quarter lies left of it
    cells = torch.zeros(2, 16, 16)
    cells[0, :, :8], cells[1, :, 9:], cells[0, :, 8], cells[1, :, 8] = 1, 1, 0.25, 0.75
    known = mix_statistics([net.encode_style(left), net.encode_style(right)], cells)
    torch.testing.assert_close(net.mix(content, [left, right], regions), net(content, known), atol=1e-5, rtol=1e-5)
    soft = net.mix(content, [left, right], torch.full((2, 63, 64), 0.5))
    torch.testing.assert_close(soft, net.mix(content, [left, right], [1, 1]), atol=1e-5, rtol=1e-5)


def test_the_decoder_learns_through_a_frozen_encoder():
    net = model()
    net.decoder.requires_grad_(True)
    F.mse_loss(net(pictures(), pictures(seed=1)), pictures()).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.decoder.parameters())
    assert all(p.grad is None for p in net.encoder.parameters())


def test_what_does_not_fit_is_refused_in_a_sentence():
    net, content = model(), pictures(2)
    with pytest.raises(ValueError, match=r"encoder's widths \(4, 6, 8\), got one for \(4, 6, 9\)"):
        StyleTransfer(net.encoder, Decoder(replace(TINY, widths=(4, 6, 9))))
    with pytest.raises(ValueError, match=r"\(1 or 2, 8, 1 or 8, 1 or 8\), got \(3, 8, 1, 1\)"):
        net(content, pictures(3))
    known = net.encode_style(content[:1])
    for weights in ([1.0, -0.1], [0.0, 0.0], [1.0, float("nan")]):
        with pytest.raises(ValueError, match="at least 0 that are not all 0"):
            mix_statistics([known, known], weights)
    with pytest.raises(ValueError, match=r"expected 2 weights or maps .* got shape \(3,\)"):
        mix_statistics([known, known], [1, 1, 1])
    with pytest.raises(ValueError, match=r"regions of the content's \(32, 32\) pixels, got \(8, 8\)"):
        net.mix(content, [known, known], torch.ones(2, 8, 8))
