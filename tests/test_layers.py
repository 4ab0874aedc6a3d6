"""Shared blocks against oracles in plain NumPy."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from ganlab.inpainting.masks import block_masks, brush_masks, centre_masks
from ganlab.layers import (
    ChannelwiseLinear,
    ResidualBlock,
    SubpixelConv,
    adaptive_instance_norm,
    evaluating,
    feature_statistics,
    icnr_,
    keep_modes,
    pixel_shuffle,
    push_pull,
)


def test_channelwise_linear_is_one_matrix_a_channel():
    torch.manual_seed(0)
    layer, x = ChannelwiseLinear(3, 2, 5), torch.randn(4, 3, 2, 5)
    torch.nn.init.normal_(layer.bias)
    weight, bias = layer.weight.detach().double().numpy(), layer.bias.detach().double().numpy()
    expected = np.empty((4, 3, 2, 5))
    for n in range(4):
        for c in range(3):
            expected[n, c] = (weight[c] @ x[n, c].double().numpy().reshape(-1) + bias[c]).reshape(2, 5)
    np.testing.assert_allclose(layer(x).detach().numpy(), expected, atol=1e-5)


def test_channelwise_linear_has_the_papers_number_of_weights_and_keeps_variance():
    layer = ChannelwiseLinear(8, 6, 6)
    assert sum(p.numel() for p in layer.parameters()) == 8 * 36**2 + 8 * 36
    spread = layer(torch.randn(512, 8, 6, 6)).std().item()
    assert 0.9 < spread < 1.1


def test_channelwise_linear_refuses_another_shape():
    with pytest.raises(ValueError, match=r"expected \(N, 3, 2, 2\), got \(1, 3, 2, 3\)"):
        ChannelwiseLinear(3, 2, 2)(torch.zeros(1, 3, 2, 3))


@pytest.mark.parametrize("size", [16, 32, 48, 27])
def test_push_pull_keeps_known_pixels_and_stays_between_them(size):
    torch.manual_seed(1)
    pictures = torch.rand(3, 3, size, size) * 2 - 1
    mask = torch.zeros(3, 1, size, size)
    mask[:, :, 3:-2, 4:-3] = 1
    filled = push_pull(pictures, mask)
    known = (mask == 0).expand_as(pictures)
    assert torch.equal(filled[known], pictures[known])
    assert torch.isfinite(filled).all()
    # every unknown value is an average of known ones
    for before, after, hole in zip(pictures, filled, mask[:, 0] > 0, strict=True):
        for channel in range(3):
            lowest, highest = before[channel][~hole].min(), before[channel][~hole].max()
            assert lowest - 1e-5 <= after[channel][hole].min() <= after[channel][hole].max() <= highest + 1e-5


def test_push_pull_continues_a_constant_exactly_and_ignores_what_is_in_the_hole():
    mask = brush_masks(4, 32, torch.Generator().manual_seed(3))
    colour = torch.tensor([0.3, -0.5, 0.9]).view(1, 3, 1, 1).expand(4, 3, 32, 32)
    spoilt = torch.where(mask > 0, torch.tensor(7.0), colour)
    torch.testing.assert_close(push_pull(spoilt, mask), colour.contiguous())


def test_push_pull_without_any_known_pixel_gives_grey_and_without_a_hole_the_picture():
    pictures = torch.rand(2, 3, 16, 16)
    assert torch.equal(push_pull(pictures, torch.ones(2, 1, 16, 16)), torch.zeros(2, 3, 16, 16))
    assert torch.equal(push_pull(pictures, torch.zeros(2, 1, 16, 16)), pictures)


def test_push_pull_sends_no_gradient_to_what_was_in_the_hole():
    pictures = torch.rand(2, 3, 32, 32, requires_grad=True)
    mask = torch.cat([centre_masks(1, 32), block_masks(1, 32, torch.Generator().manual_seed(0))])
    push_pull(pictures, mask).sum().backward()
    assert not pictures.grad[(mask > 0).expand_as(pictures)].any()


def adain_in_numpy(content, style, alpha, eps=1e-5):
    out = np.empty_like(content)
    for n in range(len(content)):
        for c in range(content.shape[1]):
            x, s = content[n, c], style[n % len(style), c]
            spread = [np.sqrt((v.var(ddof=1) if v.size > 1 else 0.0) + eps) for v in (x, s)]
            out[n, c] = alpha * (spread[1] * (x - x.mean()) / spread[0] + s.mean()) + (1 - alpha) * x
    return out


@pytest.mark.parametrize("alpha", [0.0, 0.4, 1.0])
@pytest.mark.parametrize(("n", "m", "size"), [(1, 1, 5), (3, 3, 7), (3, 1, 4), (2, 2, 1)])
def test_adain_is_its_formula_in_float64_numpy(alpha, n, m, size):
    random = np.random.default_rng(0)
    content, style = random.normal(2, 3, (n, 4, size, size + 1)), random.normal(-1, 0.5, (m, 4, 6, 3))
    if size == 1:
        content = content[..., :1]
    found = adaptive_instance_norm(torch.from_numpy(content), torch.from_numpy(style), alpha=alpha)
    np.testing.assert_allclose(found.numpy(), adain_in_numpy(content, style, alpha), atol=1e-10)
    single = adaptive_instance_norm(torch.from_numpy(content).float(), torch.from_numpy(style).float(), alpha=alpha)
    np.testing.assert_allclose(single.numpy(), adain_in_numpy(content, style, alpha), atol=1e-4)


def test_adain_gives_the_styles_statistics_and_knows_no_nan():
    content, style = torch.randn(2, 8, 16, 16) * 3 + 1, torch.rand(2, 8, 9, 9)
    for found, wanted in zip(
        feature_statistics(adaptive_instance_norm(content, style)), feature_statistics(style), strict=True
    ):
        torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)
    flat = torch.ones(1, 8, 1, 1, requires_grad=True)
    out = adaptive_instance_norm(flat, torch.ones(1, 8, 1, 1))
    out.sum().backward()
    assert torch.isfinite(out).all()
    assert torch.isfinite(flat.grad).all()


def test_adain_in_half_precision_sums_in_single():
    content, style = torch.randn(1, 4, 128, 128) * 40, torch.randn(1, 4, 128, 128) * 30
    exact = adaptive_instance_norm(content, style)
    half = adaptive_instance_norm(content.bfloat16(), style.bfloat16())
    assert half.dtype == torch.bfloat16
    torch.testing.assert_close(half.float(), exact, atol=1.0, rtol=0.02)
    assert torch.isfinite(adaptive_instance_norm(content.half(), style.half())).all()


def test_adain_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match=r"got \(2, 3, 4, 4\) and \(3, 3, 4, 4\)"):
        adaptive_instance_norm(torch.zeros(2, 3, 4, 4), torch.zeros(3, 3, 4, 4))
    with pytest.raises(ValueError, match=r"expected content \(N, C, H, W\)"):
        adaptive_instance_norm(torch.zeros(2, 3, 4, 4), torch.zeros(2, 4, 4, 4))


def shuffle_in_numpy(x, r):
    n, channels, height, width = x.shape
    y = np.full((n, channels // r**2, r * height, r * width), np.nan)
    for c in range(channels // r**2):
        for a in range(r):
            for b in range(r):
                for i in range(height):
                    for j in range(width):
                        y[:, c, r * i + a, r * j + b] = x[:, c * r**2 + a * r + b, i, j]
    return y


def conv_in_numpy(x, weight, bias):
    weight, bias = weight.detach().double().numpy(), bias.detach().double().numpy()
    size = weight.shape[-1]
    padded = np.pad(x, ((0, 0), (0, 0), (size // 2, size // 2), (size // 2, size // 2)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(2, 3))
    return np.einsum("nchwij,ocij->nohw", windows, weight) + bias[:, None, None]


def nearest_in_numpy(x, r):
    return x.repeat(r, axis=2).repeat(r, axis=3)


def checkerboard(y, r):
    """The share of a map's energy that lies in differences between the pixels of one little square."""
    n, c, height, width = y.shape
    squares = y.reshape(n, c, height // r, r, width // r, r)
    return ((squares - squares.mean((3, 5), keepdims=True)) ** 2).sum() / (y**2).sum()


@pytest.mark.parametrize(
    ("shape", "scale"), [((2, 12, 3, 5), 2), ((1, 18, 4, 1), 3), ((3, 16, 2, 2), 4), ((1, 5, 4, 3), 1)]
)
def test_pixel_shuffle_is_its_formula_and_torchs(shape, scale):
    x = torch.randn(shape, dtype=torch.float64)
    found = pixel_shuffle(x, scale)
    np.testing.assert_array_equal(found.numpy(), shuffle_in_numpy(x.numpy(), scale))
    assert torch.equal(found, F.pixel_shuffle(x, scale))


def test_nothing_is_computed_and_every_gradient_goes_back_to_its_place():
    x = torch.randn(1, 8, 3, 4, requires_grad=True)
    found = pixel_shuffle(x, 2)
    assert found.dtype == x.dtype
    assert torch.equal(found.flatten().sort().values, x.flatten().sort().values)
    (found * found.detach()).sum().backward()
    assert torch.equal(x.grad, x.detach())


@pytest.mark.parametrize(
    ("shape", "scale", "got"),
    [((1, 6, 4, 4), 2, "(1, 6, 4, 4) and 2"), ((4, 4, 4), 2, "(4, 4, 4) and 2"), ((1, 4, 2, 2), 0, "and 0")],
)
def test_what_cannot_be_shuffled_is_refused(shape, scale, got):
    with pytest.raises(ValueError, match=r"expected \(N, C \* scale\*\*2, H, W\) and scale >= 1") as caught:
        pixel_shuffle(torch.zeros(shape), scale)
    assert got in str(caught.value)


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_it_starts_as_nearest_enlargement_of_an_ordinary_convolution(scale, kernel):
    layer = SubpixelConv(3, 2, scale, kernel=kernel).double()
    x = torch.randn(2, 3, 6, 7, dtype=torch.float64)
    found = layer(x).detach().numpy()
    assert found.shape == (2, 2, 6 * scale, 7 * scale)
    ordinary = conv_in_numpy(x.numpy(), layer.conv.weight[:: scale**2], layer.conv.bias[:: scale**2])
    np.testing.assert_allclose(found, nearest_in_numpy(ordinary, scale), atol=1e-12)
    assert not np.allclose(ordinary[:, 0], ordinary[:, 1])  # equal inside a square, not from channel to channel
    assert checkerboard(found, scale) < 1e-24


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_with_independent_filters_it_starts_as_a_checkerboard(scale):
    x = torch.randn(4, 8, 12, 12)
    energy = {}
    for name in ("icnr", "he", "torch"):
        layer = SubpixelConv(8, 6, scale)
        if name == "he":
            nn.init.kaiming_normal_(layer.conv.weight)
        if name == "torch":
            layer.conv.reset_parameters()
        energy[name] = checkerboard(layer(x).detach().double().numpy(), scale)
    # r² independent numbers of variance v: their mean keeps v / r², the rest lies in the differences.
    assert energy["icnr"] < 1e-12
    assert energy["he"] == pytest.approx(1 - 1 / scale**2, abs=0.05)
    assert energy["torch"] == pytest.approx(1 - 1 / scale**2, abs=0.05)


def test_training_may_part_the_filters_of_a_square():
    layer = SubpixelConv(3, 2, 2)
    x, target = torch.randn(2, 3, 5, 5), torch.randn(2, 2, 10, 10)
    F.mse_loss(layer(x), target).backward()
    for four in layer.conv.weight.grad.split(4):
        for first in range(4):
            assert four[first].abs().max() > 0
            assert all((four[first] - four[second]).abs().max() > 1e-3 for second in range(first))


@pytest.mark.parametrize("gain", [1.0, 0.01, 3.0])
def test_icnr_draws_with_hes_deviation_times_the_gain(gain):
    weight = nn.Parameter(torch.full((64 * 4, 32, 3, 3), torch.nan))
    assert icnr_(weight, 2, gain=gain) is weight
    assert weight.requires_grad
    assert weight.grad_fn is None
    drawn = weight.detach()[::4].double()
    assert drawn.std().item() == pytest.approx(gain * np.sqrt(2 / (32 * 9)), rel=0.02)
    assert abs(drawn.mean().item()) < 0.02 * drawn.std().item()
    assert drawn.unique().numel() > 0.99 * drawn.numel()  # float32 seldom draws a number twice


def test_the_layer_passes_on_hes_gain_and_has_no_bias_at_first():
    x = torch.randn(16, 32, 20, 20)
    for gain in (1.0, 0.01):
        layer = SubpixelConv(32, 64, 2, gain=gain)
        inner = layer(x)[..., 2:-2, 2:-2]  # zeros outside the picture weaken its edge
        assert inner.square().mean().sqrt().item() == pytest.approx(gain * 2**0.5, rel=0.05)
        assert not layer.conv.bias.any()


def test_the_layer_shuffles_as_the_function_does():
    layer = SubpixelConv(3, 2, 3)
    nn.init.normal_(layer.conv.weight)
    nn.init.normal_(layer.conv.bias)
    x = torch.randn(2, 3, 4, 5)
    assert torch.equal(layer(x), pixel_shuffle(layer.conv(x), 3))
    assert layer.conv.weight.shape == (18, 3, 3, 3)


@pytest.mark.parametrize(("shape", "scale"), [((6, 3, 3, 3), 2), ((4, 3, 3), 2), ((4, 3, 3, 3), 0)])
def test_weights_that_do_not_fit_are_refused(shape, scale):
    with pytest.raises(
        ValueError, match=rf"icnr_: expected weights \(C \* {scale}\*\*2, C_in, k, k\) and scale >= 1"
    ):
        icnr_(torch.zeros(shape), scale)


def norm_in_numpy(x, norm):
    mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3))
    weight, bias = norm.weight.detach().double().numpy(), norm.bias.detach().double().numpy()
    unit = (x - mean[:, None, None]) / np.sqrt(variance + norm.eps)[:, None, None]
    return unit * weight[:, None, None] + bias[:, None, None]


@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("residual_scale", [1.0, 0.5, 0.1, 0.0])
def test_the_residual_block_is_its_layers_in_numpy(normalize, residual_scale):
    block = ResidualBlock(4, normalize=normalize, residual_scale=residual_scale).double()
    for parameter in block.parameters():
        nn.init.normal_(parameter, 0.3, 0.2)
    x = torch.randn(3, 4, 6, 5, dtype=torch.float64)
    convs = [layer for layer in block.modules() if isinstance(layer, nn.Conv2d)]
    norms = [layer for layer in block.modules() if isinstance(layer, nn.BatchNorm2d)]
    (slope,) = (layer.weight.item() for layer in block.modules() if isinstance(layer, nn.PReLU))
    assert (len(convs), len(norms)) == (2, 2 * normalize)
    y = conv_in_numpy(x.numpy(), convs[0].weight, convs[0].bias)
    y = norm_in_numpy(y, norms[0]) if normalize else y
    y = np.where(y > 0, y, slope * y)
    y = conv_in_numpy(y, convs[1].weight, convs[1].bias)
    y = norm_in_numpy(y, norms[1]) if normalize else y
    np.testing.assert_allclose(block(x).detach().numpy(), x.numpy() + residual_scale * y, atol=1e-10)
    assert np.abs(y).mean() > 0.01  # the correction was there to be seen


@pytest.mark.parametrize("normalize", [True, False])
def test_only_without_normalisation_a_block_knows_how_strong_its_input_is(normalize):
    torch.manual_seed(0)
    block = ResidualBlock(4, normalize=normalize)
    for layer in block.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.zeros_(layer.bias)
    x = torch.randn(4, 4, 8, 8)
    ratio = (block(10 * x) - 10 * x).std() / (block(x) - x).std()
    assert ratio.item() == pytest.approx(1.0 if normalize else 10.0, rel=0.01)


def test_evaluating_leaves_every_module_in_the_mode_it_had():
    network = torch.nn.Sequential(torch.nn.BatchNorm1d(2).eval(), torch.nn.Dropout(), torch.nn.Linear(2, 2).eval())
    other = torch.nn.Dropout()
    before = [module.training for module in network.modules()]
    seen = []

    def look_and_fail():
        with evaluating(network, other):
            seen.extend(module.training for module in [*network.modules(), other])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        look_and_fail()
    assert seen == [False] * 5
    assert [module.training for module in network.modules()] == before == [True, False, True, False]
    assert other.training
    with keep_modes(network):
        network.train()
    assert [module.training for module in network.modules()] == before
