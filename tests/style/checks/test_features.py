"""The maps, and the statistics of maps, that the checks of lesson 04 stand on."""

import numpy as np
import pytest
import torch

from ganlab.layers import adaptive_instance_norm, feature_statistics
from ganlab.style.checks.features import EPS, restyled, statistics, style_map, transfer


@pytest.mark.parametrize(("unbiased", "less"), [(True, 1), (False, 0)])
def test_statistics_are_those_of_numpy_with_the_small_number_added_to_the_variance(unbiased, less):
    maps = style_map(5)
    mean, deviation = statistics(maps, unbiased=unbiased, eps=0.5)
    array = maps.double().numpy()
    np.testing.assert_allclose(mean.numpy(), array.mean((2, 3), keepdims=True), rtol=1e-5)
    wanted = np.sqrt(array.var((2, 3), ddof=less, keepdims=True) + 0.5)
    np.testing.assert_allclose(deviation.numpy(), wanted, rtol=1e-5)
    assert statistics(maps, dims=(0, 2, 3))[0].shape == (1, 3, 1, 1)


def test_by_default_they_are_those_of_the_package():
    maps = 1e-3 * style_map(6)
    torch.testing.assert_close(statistics(maps), feature_statistics(maps, eps=EPS))


def test_channels_differ_in_mean_and_deviation_whatever_the_default_dtype():
    maps = style_map(1, 2, 3, 9, 9)
    assert maps.shape == (2, 3, 9, 9)
    assert maps.dtype == torch.float32
    for values in statistics(maps):
        assert values.flatten().diff().abs().min() > 1e-3


def test_the_transfer_has_the_style_s_statistics_and_walks_along_a_straight_line():
    content, style = style_map(2), style_map(3, height=6)
    torch.testing.assert_close(transfer(content, style), adaptive_instance_norm(content, style), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(statistics(transfer(content, style)), statistics(style), rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(transfer(content, style, 0.0), content)
    half = (transfer(content, style) + content) / 2
    torch.testing.assert_close(transfer(content, style, 0.5), half)
    same = restyled(content, *statistics(content), content, *statistics(content))
    torch.testing.assert_close(same, content, rtol=1e-4, atol=1e-5)
