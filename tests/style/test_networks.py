"""The encoder and the decoder of AdaIN, layer by layer, against plain NumPy."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from ganlab.features.encoder import AdaINConfig, Encoder
from ganlab.style.networks import Decoder
from ganlab.style.transfer import StyleTransfer

TINY = AdaINConfig(widths=(4, 6, 8), depths=(2, 1), level=3)


def model(config=TINY, seed=0):
    torch.manual_seed(seed)
    return StyleTransfer(Encoder(config), Decoder(config)).eval().requires_grad_(False)


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


@pytest.mark.parametrize("level", [1, 2, 3])
def test_the_decoder_is_its_layers_in_numpy(level):
    torch.manual_seed(2)
    config = AdaINConfig(widths=(4, 5, 6), depths=(2, 2), level=level)
    decoder, x = Decoder(config), torch.randn(2, (4, 5, 6)[level - 1], 4, 3)
    convs = [layer for layer in decoder.layers if isinstance(layer, nn.Conv2d)]
    doubled = {1: (), 2: (1,), 3: (1, 3)}[level]  # 6 5 | 5 4 | 4 3, with a convolution of equal width in between
    y = x.double().numpy()
    for index, conv in enumerate(convs):
        if index in doubled:
            y = y.repeat(2, axis=2).repeat(2, axis=3)
        y = conv_in_numpy(y, conv)
        y = np.maximum(y, 0) if index + 1 < len(convs) else y
    assert y.shape == (2, 3, 4 * config.stride, 3 * config.stride)
    np.testing.assert_allclose(decoder(x).detach().numpy(), y, atol=1e-5)


def test_the_decoder_for_vgg_has_the_papers_convolutions():
    config = AdaINConfig(widths=(64, 128, 256, 512), depths=(2, 2, 4))
    wires = [(m.in_channels, m.out_channels) for m in Decoder(config).layers if isinstance(m, nn.Conv2d)]
    expected = [(512, 256), *[(256, 256)] * 3, (256, 128), (128, 128), (128, 64), (64, 64), (64, 3)]
    assert wires == expected
    assert sum(isinstance(m, nn.Upsample) for m in Decoder(config).layers) == 3


def test_extra_layers_stand_before_the_mirror_image():
    plain, deeper = (Decoder(AdaINConfig(widths=(4, 6), depths=(2,), level=2, extra=extra)) for extra in (0, 2))
    assert [conv.weight.shape[:2] for conv in convolutions(deeper)[:2]] == [(6, 6), (6, 6)]
    kept = [conv.weight.shape for conv in convolutions(deeper)[2:]]
    assert kept == [conv.weight.shape for conv in convolutions(plain)]
    assert deeper(torch.rand(1, 6, 4, 5)).shape == (1, 3, 8, 10)
    with pytest.raises(ValueError, match=r"AdaINConfig.extra: expected at least 0, got -1"):
        AdaINConfig(extra=-1)


def convolutions(decoder):
    return [layer for layer in decoder.layers if isinstance(layer, torch.nn.Conv2d)]


def test_the_small_pair_fits_into_its_eight_megabytes():
    parameters = [p for m in (Encoder(AdaINConfig()), Decoder(AdaINConfig())) for p in m.parameters()]
    assert 5.5e6 < 4 * sum(p.numel() for p in parameters) < 6.5e6  # bytes


def test_transposed_convolutions_paint_a_checkerboard_and_nearest_upsampling_does_not():
    spread = {}
    for upsampling in ("nearest", "transposed"):
        torch.manual_seed(3)
        decoder = Decoder(replace(TINY, upsampling=upsampling))
        flat = decoder(torch.ones(1, 8, 8, 8))[0, :, 8:-8, 8:-8].detach()  # far from the edges
        assert flat.shape[1:] == (16, 16)
        spread[upsampling] = flat.std(dim=(1, 2)).mean().item()
        if upsampling == "transposed":  # a pattern of the stride's period, not noise
            torch.testing.assert_close(flat[:, 4:], flat[:, :-4], atol=1e-6, rtol=0)
    assert spread["nearest"] < 1e-6
    assert spread["transposed"] > 1e-3
    sizes = [sum(p.numel() for p in Decoder(replace(TINY, upsampling=u)).parameters()) for u in spread]
    assert sizes[0] == sizes[1]


def test_reflection_padding_paints_no_frame_and_zeros_do():
    spread = {}
    for padding in ("reflect", "zeros"):
        flat = model(replace(TINY, padding=padding))(torch.zeros(1, 3, 32, 32), torch.ones(1, 3, 32, 32))
        spread[padding] = flat.std(dim=(2, 3)).mean().item()
    assert spread["reflect"] < 1e-5 < 1e-3 < spread["zeros"]


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


def test_pictures_that_do_not_fit_are_refused_in_a_sentence():
    encoder = Encoder(TINY)
    with pytest.raises(
        ValueError, match=r"Encoder: expected pictures \(N, 3, H, W\) of at least 8 x 8 .* \(1, 1, 8, 8\)"
    ):
        encoder(torch.zeros(1, 1, 8, 8))
    with pytest.raises(ValueError, match=r"at least 8 x 8 pixels, got \(1, 3, 8, 7\)"):
        encoder(torch.zeros(1, 3, 8, 7))
    with pytest.raises(ValueError, match="expected 1 to 3 levels, got 4"):
        encoder.levels(pictures(), 4)
