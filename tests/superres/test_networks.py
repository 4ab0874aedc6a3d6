"""SRResNet, the generator in stages and the discriminator: sizes, parameters, what they start as, what they refuse."""

import json
from dataclasses import asdict, replace
from itertools import pairwise

import pytest
import torch
from torch import nn

from ganlab.resampling import upscale
from ganlab.superres.networks import (
    SMALL,
    Discriminator,
    DiscriminatorConfig,
    MultiStageGenerator,
    SRResNet,
    SRResNetConfig,
)

TINY = SRResNetConfig(width=8, blocks=2, end_kernel=3)
VARIANTS = [
    {},
    {"normalize": False},
    {"upsampling": "direct"},
    {"bicubic_skip": True},
    {"normalize": False, "upsampling": "direct", "bicubic_skip": True},
]


def pictures(n=2, channels=3, height=7, width=5, seed=0):
    return torch.rand(n, channels, height, width, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def size_of(module):
    return sum(p.numel() for p in module.parameters())


def conv(inputs, outputs, kernel=3):
    return inputs * outputs * kernel**2 + outputs


def batch_norm(width):
    return 2 * width


def test_the_papers_generator_has_its_parameters():
    block = conv(64, 64) + batch_norm(64) + 1 + conv(64, 64) + batch_norm(64)  # the 1 is the PReLU's
    expected = conv(3, 64, 9) + 1 + 16 * block + conv(64, 64) + batch_norm(64)
    expected += 2 * (conv(64, 4 * 64) + 1) + conv(64, 3, 9)
    assert expected == 1_549_462
    assert size_of(SRResNet()) == expected
    assert SRResNet().config == SRResNetConfig()


@pytest.mark.parametrize(("scale", "enlargers"), [(2, 1), (4, 2), (8, 3)])
@pytest.mark.parametrize("normalize", [True, False])
def test_other_settings_have_the_parameters_they_say(scale, enlargers, normalize):
    norm = batch_norm(8) if normalize else 0
    trunk = 2 * (2 * conv(8, 8) + 2 * norm + 1) + conv(8, 8) + norm
    shared = conv(1, 8, 5) + 1
    config = replace(TINY, scale=scale, normalize=normalize, channels=1, end_kernel=5)
    in_stages = shared + trunk + enlargers * (conv(8, 32) + 1) + conv(8, 1, 5)
    assert size_of(SRResNet(config)) == in_stages
    assert size_of(SRResNet(replace(config, upsampling="direct"))) == shared + trunk + conv(8, scale**2)
    one_stage = trunk + conv(8, 32) + 1 + conv(8, 1)
    assert size_of(MultiStageGenerator(config)) == shared + enlargers * one_stage


def test_the_small_one_is_small_and_works_at_the_small_size():
    network = SRResNet(SMALL)
    assert size_of(network) < 200_000
    sides = []
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(lambda layer, inputs, output: sides.append(output.shape[2]))
    assert network(pictures(1, 3, 6, 6)).shape == (1, 3, 24, 24)
    assert set(sides) == {6}
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in network.modules())


@pytest.mark.parametrize("settings", VARIANTS)
@pytest.mark.parametrize("scale", [2, 4, 8])
@pytest.mark.parametrize(("height", "width"), [(7, 5), (1, 8), (6, 6)])
def test_any_size_comes_out_enlarged(settings, scale, height, width):
    for channels in (1, 3):
        config = replace(TINY, scale=scale, channels=channels, **settings)
        found = SRResNet(config)(pictures(2, channels, height, width))
        assert found.shape == (2, channels, height * scale, width * scale)
        assert torch.isfinite(found).all()


@pytest.mark.parametrize("upsampling", ["direct", "stages"])
@pytest.mark.parametrize("scale", [2, 4, 8])
def test_with_the_skip_it_starts_as_bicubic_enlargement_and_without_it_as_noise(upsampling, scale):
    small = pictures(2, 3, 12, 12)
    wanted = upscale(small, scale)
    config = SRResNetConfig(scale=scale, width=32, blocks=3, end_kernel=3, normalize=False, upsampling=upsampling)
    with torch.no_grad():
        off = SRResNet(replace(config, bicubic_skip=True))(small) - wanted
        alone = SRResNet(replace(config, bicubic_skip=False))(small)
    assert 1e-5 < off.square().mean().sqrt() < 2 / 127.5  # less than two grey levels, and not nothing
    assert off.abs().max() < 8 / 127.5
    assert alone.std() > 0.05  # the small beginning is for the skip only
    assert torch.corrcoef(torch.stack([alone.flatten(), wanted.flatten()]))[0, 1].abs() < 0.9


def test_the_skip_is_bicubic_and_the_network_only_what_it_lacks():
    small = pictures(2, 3, 6, 6)
    network = SRResNet(replace(TINY, bicubic_skip=True))
    last = network.tail[-1]
    nn.init.zeros_(last.weight)
    nn.init.constant_(last.bias, 0.25)
    torch.testing.assert_close(network(small), upscale(small, 4) + 0.25)
    assert network(small * 3).abs().max() > 1.5  # nothing clips it


def test_a_trunk_of_zeros_is_skipped():
    network = SRResNet(replace(TINY, normalize=False))
    for parameter in network.trunk.parameters():
        nn.init.zeros_(parameter)
    small = pictures()
    assert torch.equal(network(small), network.tail(network.head(small)))
    assert [layer.residual_scale for layer in network.trunk.body[:2]] == [0.5, 0.5]
    assert [layer.residual_scale for layer in SRResNet(TINY).trunk.body[:2]] == [1.0, 1.0]


@pytest.mark.parametrize(("scale", "sides"), [(2, [10]), (4, [10, 20]), (8, [10, 20, 40])])
@pytest.mark.parametrize("normalize", [True, False])
def test_stages_double_the_size_and_the_last_is_the_result(scale, sides, normalize):
    network = MultiStageGenerator(replace(TINY, scale=scale, normalize=normalize)).eval()
    small = pictures(2, 3, 5, 7)
    found = network.stages(small)
    assert [tuple(x.shape) for x in found] == [(2, 3, side, side // 5 * 7) for side in sides]
    assert torch.equal(network(small), found[-1])
    single = SRResNet(replace(TINY, scale=scale)).eval()
    (only,) = single.stages(small)
    assert torch.equal(only, single(small))


def test_every_stage_starts_as_the_bicubic_enlargement_of_the_one_before():
    network, small = MultiStageGenerator(replace(TINY, scale=8, normalize=False)), pictures(2, 3, 8, 8)
    before = small
    for found in network.stages(small):
        assert 1e-4 < (found - upscale(before, 2)).abs().max() < 8 / 127.5
        before = found
    for last in network.pictures:
        nn.init.zeros_(last.weight)
    before = small
    for found in network.stages(small):
        before = upscale(before, 2)
        assert torch.equal(found, before)


def test_a_stages_picture_is_made_by_the_stages_up_to_it_and_the_weights_are_their_own():
    network, small = MultiStageGenerator(replace(TINY, scale=8, normalize=False)), pictures()
    parts = list(zip(network.trunks, network.enlargers, network.pictures, strict=True))
    for stage in range(3):
        network.zero_grad()
        network.stages(small)[stage].square().mean().backward()
        for index, part in enumerate(parts):
            for module in part[:2]:
                reached = [p.grad is not None and bool(p.grad.any()) for p in module.parameters()]
                assert all(reached) if index <= stage else not any(reached)
        assert network.head[0].weight.grad.any()


def gradient_never_reaches(network):
    """Biases before a batch normalisation: it takes the mean away, and them with it."""
    layers = [layer for layer in network.modules() if not list(layer.children())]
    return {id(a.bias) for a, b in pairwise(layers) if isinstance(a, nn.Conv2d) and isinstance(b, nn.BatchNorm2d)}


@pytest.mark.parametrize("settings", VARIANTS)
@pytest.mark.parametrize("kind", [SRResNet, MultiStageGenerator])
def test_gradients_reach_every_parameter_of_a_generator(settings, kind):
    network = kind(replace(TINY, **settings))
    found = network(pictures())
    (found * torch.randn_like(found)).mean().backward()
    useless = gradient_never_reaches(network)
    assert bool(useless) == network.config.normalize
    assert all(p.grad.abs().max() > 1e-7 for p in network.parameters() if id(p) not in useless)


def test_the_papers_discriminator_has_its_layers_and_parameters():
    network = Discriminator()
    convs = [layer for layer in network.body if isinstance(layer, nn.Conv2d)]
    widths = [64, 64, 128, 128, 256, 256, 512, 512]
    assert [layer.out_channels for layer in convs] == widths
    assert [layer.stride for layer in convs] == [(1, 1), (2, 2)] * 4
    assert all(layer.kernel_size == (3, 3) for layer in convs)
    kinds = [type(layer).__name__ for layer in network.body]
    assert (
        kinds == ["Conv2d", "LeakyReLU"] + ["Conv2d", "BatchNorm2d", "LeakyReLU"] * 7
    )  # the first: no normalisation
    assert all(layer.negative_slope == 0.2 for layer in network.modules() if isinstance(layer, nn.LeakyReLU))
    expected = sum(conv(a, b) for a, b in pairwise([3, *widths]))
    expected += sum(batch_norm(width) for width in widths[1:])
    expected += 512 * 6 * 6 * 1024 + 1024 + 1024 + 1
    assert size_of(network) == expected


@pytest.mark.parametrize("size", [16, 32, 48, 96])
@pytest.mark.parametrize("normalize", [True, False])
def test_a_discriminator_gives_one_logit_a_picture(size, normalize):
    config = DiscriminatorConfig(size=size, width=2, dense=8, channels=1, normalize=normalize)
    network, crops = Discriminator(config), pictures(5, 1, size, size)
    sides = [size // 2 ** ((index + 1) // 2) for index in range(8)]
    found = network.levels(crops)
    assert [tuple(x.shape) for x in found] == [(5, 2 * 2 ** (k // 2), side, side) for k, side in enumerate(sides)]
    assert torch.equal(found[-1], network.body(crops))
    logits = network(crops)
    assert logits.shape == (5,)
    assert any(isinstance(layer, nn.BatchNorm2d) for layer in network.modules()) == normalize
    nn.init.constant_([layer for layer in network.judge if isinstance(layer, nn.Linear)][-1].bias, 1000.0)
    assert network(crops).min() > 900  # logits, not probabilities
    assert network.eval()(crops[:1]).shape == (1,)


@pytest.mark.parametrize("size", [32, 96])
def test_without_dense_layers_every_place_of_the_last_map_judges_for_itself(size):
    network = Discriminator(DiscriminatorConfig(size=size, width=4, dense=0, normalize=False)).eval()
    places, crop = size // 16, pictures(2, 3, size, size)
    logits = network(crop)
    assert logits.shape == (2, places**2)
    assert size_of(network.judge) == 32 + 1
    features = network.body(crop).detach().double()
    weight, bias = (p.detach().double().flatten() for p in network.judge.parameters())
    expected = torch.einsum("nchw,c->nhw", features, weight).flatten(1) + bias
    torch.testing.assert_close(logits.double(), expected, atol=1e-5, rtol=1e-4)
    if size == 96:  # 1 + 2 (1 + 1 + 2 + 2 + 4 + 4 + 8 + 8) = 61 pixels wide is what a place sees
        crop[:, :, 48, 48] += 0.5
        moved = (network(crop) != logits)[0].view(6, 6)
        assert moved.nonzero().tolist() == [[row, column] for row in (2, 3, 4) for column in (2, 3, 4)]


@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("dense", [0, 16])
def test_gradients_reach_every_parameter_of_a_discriminator(normalize, dense):
    network = Discriminator(DiscriminatorConfig(size=32, width=4, dense=dense, normalize=normalize))
    crops = pictures(6, 3, 32, 32).requires_grad_()
    logits = network(crops)
    (logits * torch.randn_like(logits)).sum().backward()
    useless = gradient_never_reaches(network)
    assert len(useless) == (7 if normalize else 0)
    assert all(p.grad.abs().max() > 1e-7 for p in network.parameters() if id(p) not in useless)
    assert crops.grad.flatten(1).any(dim=1).all()


@pytest.mark.parametrize(
    ("network", "shape", "sentence"),
    [
        (SRResNet, (1, 1, 8, 8), r"SRResNet: expected pictures \(N, 3, H, W\), got \(1, 1, 8, 8\)"),
        (SRResNet, (3, 8, 8), r"SRResNet: expected pictures \(N, 3, H, W\), got \(3, 8, 8\)"),
        (MultiStageGenerator, (1, 4, 8, 8), r"MultiStageGenerator: expected .* got \(1, 4, 8, 8\)"),
    ],
)
def test_pictures_that_do_not_fit_a_generator_get_a_sentence(network, shape, sentence):
    with pytest.raises(ValueError, match=sentence):
        network(TINY)(torch.zeros(shape))


@pytest.mark.parametrize("shape", [(1, 3, 32, 16), (1, 3, 48, 48), (1, 1, 32, 32), (3, 32, 32)])
def test_pictures_that_do_not_fit_a_discriminator_get_a_sentence(shape):
    network = Discriminator(DiscriminatorConfig(size=32, width=2, dense=4))
    for use in (network, network.levels):
        with pytest.raises(ValueError, match=r"expected pictures \(N, 3, 32, 32\), got") as caught:
            use(torch.zeros(shape))
        assert str(shape) in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "settings", "sentence"),
    [
        *[(SRResNetConfig, {"scale": s}, f"SRResNetConfig.scale: expected 2, 4 or 8, got {s}") for s in (1, 3, 16)],
        (SRResNetConfig, {"width": 0}, "SRResNetConfig.width: expected at least 1, got 0"),
        (SRResNetConfig, {"blocks": 0}, "SRResNetConfig.blocks: expected at least 1, got 0"),
        (SRResNetConfig, {"channels": -1}, "SRResNetConfig.channels: expected at least 1, got -1"),
        (SRResNetConfig, {"end_kernel": 8}, "SRResNetConfig.end_kernel: expected an odd number, got 8"),
        (SRResNetConfig, {"end_kernel": -1}, "SRResNetConfig.end_kernel: expected an odd number, got -1"),
        (SRResNetConfig, {"upsampling": "deconv"}, "upsampling: expected 'stages' or 'direct', got 'deconv'"),
        (DiscriminatorConfig, {"size": 0}, "DiscriminatorConfig.size: expected at least 1, got 0"),
        (DiscriminatorConfig, {"width": 0}, "DiscriminatorConfig.width: expected at least 1, got 0"),
        (DiscriminatorConfig, {"dense": -1}, "DiscriminatorConfig.dense: expected at least 0, got -1"),
        (DiscriminatorConfig, {"channels": 0}, "DiscriminatorConfig.channels: expected at least 1, got 0"),
        (DiscriminatorConfig, {"size": 88}, "DiscriminatorConfig.size: expected a multiple of 16, got 88"),
    ],
)
def test_bad_settings_get_a_sentence(kind, settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        kind(**settings)


@pytest.mark.parametrize(
    "config", [SRResNetConfig(), SMALL, replace(TINY, scale=8, channels=1), DiscriminatorConfig(size=32, dense=7)]
)
def test_settings_come_back_from_json(config):
    again = type(config)(**json.loads(json.dumps(asdict(config))))
    assert again == config
    assert hash(again) == hash(config)
