"""The Context Encoder: sizes, parameter count, what it may and may not touch, and its training task."""

import pytest
import torch

import ganlab
from ganlab.inpainting.masks import block_masks, brush_masks, centre_masks
from ganlab.inpainting.networks import ContextEncoder, ContextEncoderConfig, Discriminator

SMALL = ContextEncoderConfig(size=32, base_channels=4)


@pytest.mark.parametrize("size", [32, 48, 64, 112, 256])
@pytest.mark.parametrize("stem_stride", [1, 2])
def test_any_multiple_of_sixteen(size, stem_stride):
    config = ContextEncoderConfig(size=size, base_channels=2, stem_stride=stem_stride)
    network = ContextEncoder(config)
    pictures, mask = torch.rand(2, 3, size, size) * 2 - 1, centre_masks(2, size)
    filled = network(pictures, mask)
    assert filled.shape == pictures.shape
    linear = network.bottleneck[0]
    assert linear.shape == (8, size // 16, size // 16)
    assert sum(p.numel() for p in linear.parameters()) == 8 * (size // 16) ** 4 + 8 * (size // 16) ** 2


@pytest.mark.parametrize("size", [16, 40, 272, 0])
def test_other_sizes_are_refused(size):
    with pytest.raises(ValueError, match=f"a multiple of 16 from 32 to 256, got {size}"):
        ContextEncoderConfig(size=size)


def test_other_bad_settings_are_refused():
    with pytest.raises(ValueError, match="stem_stride: expected 1 or 2, got 3"):
        ContextEncoderConfig(stem_stride=3)
    with pytest.raises(ValueError, match="base_channels: expected at least 1, got 0"):
        ContextEncoderConfig(base_channels=0)


@pytest.mark.parametrize("options", [{}, {"skips": False}, {"prefill": False}, {"skips": False, "prefill": False}])
@pytest.mark.parametrize("kind", ["centre", "block", "brush", "none", "all"])
def test_known_pixels_are_bit_identical_and_the_hole_is_in_range(options, kind):
    torch.manual_seed(0)
    network = ContextEncoder(ContextEncoderConfig(size=32, base_channels=4, **options)).eval()
    pictures = torch.rand(3, 3, 32, 32) * 2 - 1
    mask = {
        "centre": centre_masks(3, 32),
        "block": block_masks(3, 32),
        "brush": brush_masks(3, 32),
        "none": torch.zeros(3, 1, 32, 32),
        "all": torch.ones(3, 1, 32, 32),
    }[kind]
    filled = network(pictures, mask)
    known = (mask == 0).expand_as(filled)
    assert torch.equal(filled[known], pictures[known])
    assert filled.abs().max() <= 1


@pytest.mark.parametrize("prefill", [True, False])
def test_what_was_in_the_hole_has_no_influence_and_known_pixels_get_no_gradient_from_the_loss(prefill):
    torch.manual_seed(0)
    network = ContextEncoder(ContextEncoderConfig(size=32, base_channels=4, prefill=prefill)).eval()
    pictures, mask = torch.rand(2, 3, 32, 32) * 2 - 1, block_masks(2, 32, torch.Generator().manual_seed(2))
    spoilt = torch.where(mask > 0, torch.full_like(pictures, 0.77), pictures)
    assert torch.equal(network(pictures, mask)[(mask > 0).expand_as(pictures)],
                       network(spoilt, mask)[(mask > 0).expand_as(pictures)])  # fmt: skip
    prediction = network.predict(pictures, mask)
    prediction.retain_grad()
    filled = ganlab.inpainting.masks.composite(pictures, prediction, mask)
    (filled - 1).square().sum().backward()
    assert not prediction.grad[(mask == 0).expand_as(prediction)].any()
    assert prediction.grad[(mask > 0).expand_as(prediction)].any()


def test_without_skips_everything_passes_the_bottleneck():
    torch.manual_seed(0)
    for skips, expected in ((True, True), (False, False)):
        network = ContextEncoder(ContextEncoderConfig(size=32, base_channels=4, skips=skips, prefill=False)).eval()
        network.bottleneck = torch.nn.Identity()
        with torch.no_grad():
            network.decoder[0][0].weight.zero_()  # cut the only way from the bottleneck
            a, b = torch.rand(2, 1, 3, 32, 32) * 2 - 1
            none = torch.zeros(1, 1, 32, 32)
            assert (not torch.equal(network.predict(a, none), network.predict(b, none))) == expected


def test_a_wrong_shape_gets_a_sentence():
    network = ContextEncoder(SMALL)
    with pytest.raises(
        ValueError, match=r"expected pictures \(N, 3, 32, 32\) and a mask \(N, 1, 32, 32\), got \(1, 3, 64"
    ):
        network(torch.zeros(1, 3, 64, 64), torch.zeros(1, 1, 64, 64))
    with pytest.raises(ValueError, match=r"Discriminator: expected pictures \(N, 3, 16, 16\), got \(1, 3, 32, 32\)"):
        Discriminator(16)(torch.zeros(1, 3, 32, 32))
    with pytest.raises(ValueError, match="a multiple of 8, got 20"):
        Discriminator(20)


@pytest.mark.parametrize("size", [16, 24, 32, 40, 128])
def test_discriminators_of_any_size_give_one_logit_a_picture(size):
    assert Discriminator(size, base_channels=2)(torch.rand(2, 3, size, size)).shape == (2,)
