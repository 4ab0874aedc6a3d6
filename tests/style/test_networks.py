"""The encoder and the decoder of AdaIN, layer by layer, against plain NumPy."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from torch import nn

from ganlab.features.encoder import AdaINConfig, Encoder
from ganlab.style.networks import AutoEncoder, Decoder
from ganlab.style.transfer import StyleTransfer
from tests.features.test_encoder import conv_in_numpy

TINY = AdaINConfig(widths=(4, 6, 8), depths=(2, 1), level=3)


def model(config=TINY, seed=0):
    torch.manual_seed(seed)
    return StyleTransfer(Encoder(config), Decoder(config)).eval().requires_grad_(False)


def pictures(n=1, height=32, width=32, seed=0):
    return torch.rand(n, 3, height, width, generator=torch.Generator().manual_seed(seed)) * 2 - 1


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


CONFIGS = [
    AdaINConfig(widths=(4, 6, 8), depths=(2, 1), level=3),
    AdaINConfig(widths=(4, 6, 8), depths=(2, 1), level=2),  # the encoder's last level is not used
    AdaINConfig(widths=(4, 6, 8), depths=(1, 2), level=1, pooling="max", padding="zeros"),
]


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: f"level {config.level}")
def test_the_autoencoder_decodes_what_it_encodes_and_is_the_transfer_of_no_strength(config):
    pair, x = AutoEncoder(config).eval().requires_grad_(False), pictures(2, 24, 40)
    found = pair(x)
    assert found.shape == x.shape
    levels = Encoder.levels(pair.encoder, x)
    assert torch.equal(found, pair.decoder.layers(levels[config.level - 1]))
    transfer = StyleTransfer(pair.encoder, pair.decoder)
    for style in (x, pictures(1, 17, 9, seed=1)):
        assert torch.equal(transfer(x, style, 0.0), found)
    torch.testing.assert_close(transfer(x, x), found, atol=1e-4, rtol=0)  # its own style changes nothing, either
    assert (transfer(x, pictures(1, 17, 9, seed=1) * 0.2) - found).abs().max() > 1e-2


def test_its_tensors_are_those_of_an_encoder_and_a_decoder():
    pair = AutoEncoder(CONFIGS[0])
    assert {name.split(".")[0] for name in pair.state_dict()} == {"encoder", "decoder"}
    again = AutoEncoder(AdaINConfig(**json.loads(json.dumps(asdict(pair.config)))))  # as a model card keeps it
    again.load_state_dict(pair.state_dict())
    assert again.config == pair.config
    assert torch.equal(again(pictures()), pair(pictures()))
