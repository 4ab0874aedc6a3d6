"""Smaller and larger pictures against Pillow and against Keys's kernel written out in float64 NumPy."""

import numpy as np
import pytest
import torch
from PIL import Image

from ganlab.images import to_pil, to_tensor
from ganlab.resampling import crop_to_multiple, downscale, to_8_bit, upscale

SIZES = [(24, 36), (12, 60), (48, 12)]


def pictures(n=2, channels=3, height=24, width=36, seed=0):
    return torch.rand(n, channels, height, width, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def levels(x):
    """[-1, 1] -> 0 to 255, float64."""
    return (x.double().numpy() + 1) * 127.5


def keys(t):
    t = np.abs(t)
    near, far = 1.5 * t**3 - 2.5 * t**2 + 1, -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2  # a = -1/2
    return np.where(t <= 1, near, np.where(t < 2, far, 0.0))


def weights_in_numpy(before, after):
    """(after, before): row i holds what new pixel i takes of every old one; stretched when there are fewer."""
    ratio = before / after
    centre = (np.arange(after)[:, None] + 0.5) * ratio - 0.5
    weights = keys((np.arange(before)[None] - centre) / max(ratio, 1.0))
    return weights / weights.sum(axis=1, keepdims=True)


def keys_in_numpy(x, height, width):
    rows, columns = weights_in_numpy(x.shape[2], height), weights_in_numpy(x.shape[3], width)
    return np.einsum("yh,nchw,xw->ncyx", rows, x, columns)


def pillow(x, height, width):
    """Every channel on its own, in Pillow's 32-bit float mode: neither clipped nor rounded."""
    resized = [
        np.asarray(Image.fromarray(channel.astype(np.float32)).resize((width, height), Image.Resampling.BICUBIC))
        for channel in x.reshape(-1, *x.shape[2:])
    ]
    return np.stack(resized).reshape(*x.shape[:2], height, width)


@pytest.mark.parametrize("oracle", [pillow, keys_in_numpy])
@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("size", SIZES)
def test_downscale_is_the_antialiased_bicubic_rounded_to_8_bits(oracle, scale, size):
    x = pictures(height=size[0], width=size[1])
    found = levels(downscale(x, scale))
    expected = oracle(levels(x), size[0] // scale, size[1] // scale).clip(0, 255)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, np.round(found), atol=1e-4)  # one of 256 values...
    assert np.abs(found - expected).max() <= 0.5 + 1e-3  # ...and of those the nearest


@pytest.mark.parametrize("oracle", [pillow, keys_in_numpy])
@pytest.mark.parametrize("scale", [1, 2, 3, 4, 8])
def test_upscale_is_bicubic_neither_clipped_nor_rounded(oracle, scale):
    x = pictures(height=9, width=14)
    found = levels(upscale(x, scale))
    np.testing.assert_allclose(found, oracle(levels(x), 9 * scale, 14 * scale), atol=2e-3)
    if scale > 1:
        assert found.min() < 0
        assert found.max() > 255
        assert np.abs(found - np.round(found)).mean() > 0.1


def test_pytorchs_other_bicubic_is_another_picture():
    """Without ``antialias`` PyTorch's a is -0.75: nearly the same picture, and other decibels."""
    x = pictures(height=12, width=12)
    other = torch.nn.functional.interpolate(x, scale_factor=4, mode="bicubic", align_corners=False)
    assert (upscale(x, 4) - other).abs().max() > 0.02


def test_downscale_takes_the_stripes_out_that_would_alias():
    stripes = torch.ones(1, 1, 32, 32)
    stripes[..., 1::2] = -1
    assert downscale(stripes, 4)[..., 2:-2].abs().max() <= 1 / 127.5
    assert stripes[..., ::4, ::4].min() == 1  # taking every fourth pixel would have given white


@pytest.mark.parametrize("level", [0, 1, 100, 254, 255])
def test_a_constant_stays_what_it_is(level):
    flat = torch.full((1, 3, 16, 24), level / 127.5 - 1)
    assert np.array_equal(np.round(levels(downscale(flat, 4))), np.full((1, 3, 4, 6), level))
    np.testing.assert_allclose(levels(upscale(flat, 4)), level, atol=1e-3)


def test_values_are_8_bit_and_rounding_twice_is_rounding_once():
    x = torch.linspace(-1.5, 1.5, 5001).view(1, 1, 1, -1)
    found = to_8_bit(x)
    expected = np.clip(np.floor(levels(x) + 0.5), 0, 255)  # halves are not among the 5001
    np.testing.assert_allclose(levels(found), expected, atol=1e-4)
    assert len(np.unique(np.round(levels(found)))) == 256
    assert found.min() == -1
    assert found.max() == 1
    assert torch.equal(to_8_bit(found), found)
    small = downscale(pictures(), 4)
    assert torch.equal(to_8_bit(small), small)


def test_eight_bits_are_those_of_a_file():
    pixels = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    x = to_tensor(Image.fromarray(pixels[0, 0].numpy()))[None]
    assert torch.equal(to_8_bit(x), x)
    noisy = x + torch.rand(x.shape) * 0.9 / 255 - 0.45 / 255
    assert torch.equal(to_8_bit(noisy), to_tensor(to_pil(noisy))[None])


@pytest.mark.parametrize("scale", [1, 2, 3, 4, 8])
def test_crop_to_multiple_cuts_as_little_as_possible_from_bottom_and_right(scale):
    x = torch.arange(17 * 22).view(1, 1, 17, 22)
    cut = crop_to_multiple(x, scale)
    height, width = cut.shape[2:]
    assert (height % scale, width % scale) == (0, 0)
    assert 17 - height < scale
    assert 22 - width < scale
    assert torch.equal(cut, x[:, :, :height, :width])
    assert crop_to_multiple(x[0, 0], scale).shape == (height, width)
    if scale > 1:
        downscale(cut.float() / 400, scale)


def test_gradients_pass_through_the_enlargement():
    x = pictures(1, 1, 5, 6).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda y: upscale(y, 2), (x,))


@pytest.mark.parametrize(("shape", "scale"), [((1, 3, 15, 16), 4), ((1, 3, 16, 15), 4), ((3, 16, 16), 4)])
def test_what_cannot_be_made_smaller_is_refused_with_the_cure(shape, scale):
    with pytest.raises(ValueError, match=rf"H and W multiples of {scale}, got .*; .* crop_to_multiple") as caught:
        downscale(torch.zeros(shape), scale)
    assert str(shape) in str(caught.value)
