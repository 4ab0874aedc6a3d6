"""The encoder in VGG's arrangement, layer by layer, against plain NumPy; its settings."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from ganlab.features.encoder import AdaINConfig, Encoder

TINY = AdaINConfig(widths=(4, 6, 8), depths=(2, 1), level=3)


def pictures(n=1, height=32, width=32, seed=0):
    return torch.rand(n, 3, height, width, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def conv_in_numpy(x, conv, mode="reflect"):
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="reflect" if mode == "reflect" else "constant")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    weight, bias = (p.detach().double().numpy() for p in (conv.weight, conv.bias))
    return np.einsum("nchwij,ocij->nohw", windows, weight) + bias[:, None, None]


def pool_in_numpy(x, how):
    n, c, h, w = x.shape
    cells = x[:, :, : h // 2 * 2, : w // 2 * 2].reshape(n, c, h // 2, 2, w // 2, 2)
    return cells.mean((3, 5)) if how == "average" else cells.max((3, 5))


@pytest.mark.parametrize("padding", ["reflect", "zeros"])
@pytest.mark.parametrize("pooling", ["average", "max"])
def test_the_encoder_is_its_layers_in_numpy(padding, pooling):
    torch.manual_seed(1)
    encoder = Encoder(replace(TINY, padding=padding, pooling=pooling))
    x = pictures(2, 19, 16)  # an odd height: the last row falls out of the pooling
    found = encoder.levels(x)
    assert [tuple(f.shape) for f in found] == [(2, 4, 19, 16), (2, 6, 9, 8), (2, 8, 4, 4)]
    first, second, third, fourth = encoder.convs  # relu1_1, relu1_2, relu2_1, relu3_1
    y = x.double().numpy()
    one = np.maximum(conv_in_numpy(y, first, padding), 0)
    y = pool_in_numpy(np.maximum(conv_in_numpy(one, second, padding), 0), pooling)
    two = np.maximum(conv_in_numpy(y, third, padding), 0)
    three = np.maximum(conv_in_numpy(pool_in_numpy(two, pooling), fourth, padding), 0)
    for mine, wanted in zip(found, (one, two, three), strict=True):
        np.testing.assert_allclose(mine.detach().numpy(), wanted, atol=1e-5)
    assert torch.equal(encoder(x), found[-1])
    assert len(encoder.levels(x, 2)) == 2
    assert torch.equal(encoder.levels(x, 2)[1], found[1])


def test_folding_takes_the_batch_normalisation_out_and_changes_nothing():
    torch.manual_seed(4)
    encoder = Encoder(replace(TINY, batch_norm=True))
    for norm in encoder.norms:
        nn.init.normal_(norm.weight, 1, 0.3)
        nn.init.normal_(norm.bias)
    for seed in range(5):
        encoder(pictures(4, seed=seed))  # moves the running statistics
    plain, x = encoder.eval().folded(), pictures(2, seed=9)
    assert not any(isinstance(m, nn.BatchNorm2d) for m in plain.modules())
    assert plain.config == TINY
    for mine, wanted in zip(plain.levels(x), encoder.levels(x), strict=True):
        torch.testing.assert_close(mine, wanted, atol=1e-5, rtol=1e-5)
    with pytest.raises(ValueError, match=r"call folded\(\)"):
        encoder.normalise_activations(x)


@pytest.mark.parametrize("pooling", ["average", "max"])
def test_normalised_activations_have_mean_one_and_point_the_same_way(pooling):
    torch.manual_seed(5)
    encoder, x = Encoder(replace(TINY, pooling=pooling)), pictures(4)
    before = encoder.levels(x)
    after = encoder.normalise_activations(x).levels(x)
    for old, new in zip(before, after, strict=True):
        mean = old.mean(dim=(0, 2, 3))
        units = mean.clamp(min=0.1 * mean.mean())
        torch.testing.assert_close(new, old / units.view(1, -1, 1, 1), atol=1e-4, rtol=1e-4)
        loud = mean > 0.1 * mean.mean()
        torch.testing.assert_close(new.mean(dim=(0, 2, 3))[loud], torch.ones(int(loud.sum())), atol=1e-4, rtol=0)
        assert loud.any()


def test_settings_come_back_from_json_and_wrong_ones_are_refused():
    assert AdaINConfig(widths=[4, 6, 8], depths=[2, 1], level=3) == TINY
    assert hash(TINY) == hash(replace(TINY))
    assert [replace(TINY, level=k).stride for k in (1, 2, 3)] == [1, 2, 4]
    for wrong, sentence in [
        ({"depths": (2, 2, 2)}, r"depths: expected one number fewer .* got 3 for 3"),
        ({"widths": (4, 0, 8)}, r"widths: expected at least 1, got \(4, 0, 8\)"),
        ({"channels": 0}, "channels: expected at least 1, got 0"),
        ({"level": 4}, "level: expected 1 to 3, got 4"),
        ({"padding": "same"}, "padding: expected reflect or zeros, got 'same'"),
        ({"pooling": "mean"}, "pooling: expected average or max, got 'mean'"),
        ({"upsampling": "bilinear"}, "upsampling: expected nearest or transposed, got 'bilinear'"),
    ]:
        with pytest.raises(ValueError, match=sentence):
            replace(TINY, **wrong)
