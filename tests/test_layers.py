"""Shared blocks against oracles in plain NumPy."""

import numpy as np
import pytest
import torch

from ganlab.inpainting.masks import block_masks, brush_masks, centre_masks
from ganlab.layers import (
    ChannelwiseLinear,
    adaptive_instance_norm,
    evaluating,
    feature_statistics,
    keep_modes,
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
