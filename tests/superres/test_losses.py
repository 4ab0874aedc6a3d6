"""The losses of super-resolution's training step: what each is, how they are added, and whom they teach."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from ganlab.features.encoder import AdaINConfig, Encoder
from ganlab.resampling import downscale
from ganlab.superres import training
from ganlab.superres.losses import feature_loss, feature_matching
from ganlab.superres.networks import Discriminator, DiscriminatorConfig, MultiStageGenerator
from tests.superres.test_training import BOTH, QUICK, TINY, crops, make_task, weights


@pytest.fixture(autouse=True)
def _upright(monkeypatch):
    """Nothing is turned: a test can say which pictures the step saw."""
    monkeypatch.setattr(training, "turned", lambda pictures: pictures)


def make_encoder():
    torch.manual_seed(3)
    return Encoder(AdaINConfig(widths=(4, 6, 8), depths=(1, 1), level=3))


@pytest.mark.parametrize("pixel", ["l1", "l2"])
@pytest.mark.parametrize("scale", [2, 4, 8])
def test_the_pixel_loss_is_its_definition(pixel, scale):
    task = make_task(replace(QUICK, pixel=pixel, pixel_weight=3.0), model=replace(TINY, scale=scale))
    real = crops(4)
    with torch.no_grad():
        off = (task.network(downscale(real, scale)) - real).double().numpy()
    expected = np.abs(off).mean() if pixel == "l1" else (off**2).mean()
    losses = task.step(real)
    assert set(losses) == {"loss_pixel"}
    assert losses["loss_pixel"].item() == pytest.approx(expected, rel=1e-5)
    assert not losses["loss_pixel"].requires_grad


@pytest.mark.parametrize("pixel", ["l1", "l2"])
def test_every_stage_is_compared_with_the_truth_made_as_small(pixel):
    task = make_task(replace(QUICK, pixel=pixel), network=MultiStageGenerator, model=replace(TINY, scale=8))
    real, means = crops(4), []
    with torch.no_grad():
        found = task.network.stages(downscale(real, 8))
    for picture, smaller in zip(found, (4, 2, 1), strict=True):
        off = (picture - downscale(real, smaller)).double().numpy()
        means.append(np.abs(off).mean() if pixel == "l1" else (off**2).mean())
    assert task.step(real)["loss_pixel"].item() == pytest.approx(np.mean(means), rel=1e-5)
    assert abs(np.mean(means) - means[-1]) > 0.05 * means[-1]  # not the last stage's alone
    assert all(p.grad.any() for p in task.network.pictures.parameters())


def feature_loss_in_numpy(encoder, fake, real, levels):
    parts = []
    for level in levels:
        mine, theirs = (encoder.levels(x)[level - 1].detach().double().numpy() for x in (fake, real))
        parts.append(np.abs(mine - theirs).mean() / np.abs(theirs).mean())
    return np.mean(parts)


@pytest.mark.parametrize("levels", [(1,), (2,), (3,), (1, 2, 3), (3, 1)])
def test_the_feature_loss_is_relative_to_the_size_of_the_features(levels):
    encoder, real = make_encoder(), crops(4)
    fake = (real + 0.3 * torch.randn_like(real)).requires_grad_()
    found = feature_loss(encoder, fake, real, levels=levels)
    assert found.item() == pytest.approx(feature_loss_in_numpy(encoder, fake, real, levels), rel=1e-5)
    assert feature_loss(encoder, real, real, levels=levels).item() == 0
    found.backward()
    assert fake.grad.any()
    last = encoder.convs[max(levels) - 1]
    with torch.no_grad():  # features without units: fifty times as large, and the same loss
        for parameter in last.parameters():
            parameter.mul_(50)
    assert feature_loss(encoder, fake, real, levels=levels).item() == pytest.approx(found.item(), rel=1e-4)


def test_only_the_fake_gets_a_gradient_from_the_feature_loss_and_nothing_is_divided_by_zero():
    encoder = make_encoder().requires_grad_(False)
    fake, real = crops(2).requires_grad_(), crops(2, seed=2).requires_grad_()
    feature_loss(encoder, fake, real).backward()
    assert fake.grad.any()
    assert real.grad is None
    for conv in encoder.convs:
        torch.nn.init.zeros_(conv.weight)
    assert feature_loss(encoder, fake, real).item() == 0


@pytest.mark.parametrize("levels", [(1,), (2, 3)])
def test_the_task_passes_its_levels_and_its_weight_on_and_the_encoder_stays(levels):
    encoder, real = make_encoder(), crops(4)
    before = weights(encoder)
    config = replace(QUICK, feature_weight=2.0, feature_levels=levels, pixel_weight=0.0, clip=1e9)
    task = make_task(config, features=encoder)
    network = copy.deepcopy(task.network)
    expected = feature_loss(encoder, network(downscale(real, 4)), real, levels=levels)
    (2.0 * expected).backward()
    losses = task.step(real)
    assert set(losses) == {"loss_feature"}
    assert losses["loss_feature"].item() == pytest.approx(expected.item(), rel=1e-5)
    for mine, theirs in zip(task.network.parameters(), network.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad, rtol=1e-4, atol=1e-7)
    assert torch.equal(weights(encoder), before)
    assert all(p.grad is None and not p.requires_grad for p in encoder.parameters())
    assert "features" not in task.modules  # a checkpoint need not hold what is never changed


def test_feature_matching_is_relative_too_and_of_every_layer():
    judge = Discriminator(DiscriminatorConfig(size=32, width=2, dense=0)).eval().requires_grad_(False)
    real, fake = crops(3), crops(3, seed=2).requires_grad_()
    theirs, mine = judge.levels(real), judge.levels(fake)
    pairs = [(a.detach().double().numpy(), b.double().numpy()) for a, b in zip(mine, theirs, strict=True)]
    expected = [np.abs(a - b).mean() / np.abs(b).mean() for a, b in pairs]
    assert len(expected) == 8
    found = feature_matching(mine, theirs)
    assert found.item() == pytest.approx(np.mean(expected), rel=1e-5)
    assert feature_matching([50 * x for x in mine], [50 * x for x in theirs]).item() == pytest.approx(found.item())
    found.backward()
    assert fake.grad.any()
    assert feature_matching(theirs, theirs).item() == 0
    nothing = [torch.zeros(1, 2, 3, 3)]
    assert feature_matching(nothing, nothing).item() == 0
    with pytest.raises(ValueError, match=r"zip\(\) argument 2 is shorter"):
        feature_matching(mine, theirs[:7])


def test_matching_alone_trains_the_generator_and_the_discriminator_learns_as_ever():
    config = replace(QUICK, pixel_weight=0.0, matching_weight=1.0, clip=1e9)
    task, adversarial = make_task(config), make_task(replace(BOTH, pixel_weight=0.0))
    network, real = copy.deepcopy(task.network), crops(4)
    losses = task.step(real)
    adversarial.step(real)
    judge = task.discriminator
    feature_matching(judge.levels(network(downscale(real, 4))), [x.detach() for x in judge.levels(real)]).backward()
    for a, b in zip(task.network.parameters(), network.parameters(), strict=True):
        torch.testing.assert_close(a.grad, b.grad, rtol=1e-3, atol=1e-7)
    assert set(losses) == {"loss_d", "loss_adversarial", "loss_matching"}
    for a, b in zip(judge.parameters(), adversarial.discriminator.parameters(), strict=True):
        assert torch.equal(a, b)
    assert all(p.requires_grad for p in judge.parameters())


def test_all_parts_of_the_loss_are_weighed_and_added_and_the_judge_that_counts_is_the_taught_one():
    shares = {"pixel": 0.7, "feature": 0.3, "adversarial": 0.2, "matching": 0.4, "variation": 0.1}
    config = replace(QUICK, clip=1e9, **{f"{name}_weight": share for name, share in shares.items()})
    encoder, real = make_encoder(), crops(4)
    task = make_task(config, features=encoder)
    network = copy.deepcopy(task.network)
    losses = task.step(real)
    fake = network(downscale(real, 4))
    parts = {
        "pixel": (fake - real).abs().mean(),
        "feature": feature_loss(encoder, fake, real),
        "adversarial": F.softplus(-task.discriminator(fake)).mean(),  # its weights after its own step
        "matching": feature_matching(task.discriminator.levels(fake), task.discriminator.levels(real)),
        "variation": fake.diff(dim=2).abs().mean() + fake.diff(dim=3).abs().mean(),
    }
    assert set(losses) == {"loss_d", *(f"loss_{name}" for name in parts)}
    for name, value in parts.items():
        assert losses[f"loss_{name}"].item() == pytest.approx(value.item(), rel=1e-5), name
    sum(share * parts[name] for name, share in shares.items()).backward()
    for mine, theirs in zip(task.network.parameters(), network.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad, rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize("r1_weight", [0.0, 2.0])
@pytest.mark.parametrize("dense", [8, 0])
def test_the_discriminator_is_taught_by_its_own_loss_alone(r1_weight, dense):
    config = replace(BOTH, pixel_weight=0.0, r1_weight=r1_weight, r1_every=3)
    task, real = make_task(config, dense=dense), crops(4)
    judge = copy.deepcopy(task.discriminator)
    with torch.no_grad():
        fake = task.network(downscale(real, 4))
    expected = F.softplus(-judge(real)).mean() + F.softplus(judge(fake)).mean()
    total = expected
    if r1_weight:
        seen = real.clone().requires_grad_()
        (slope,) = torch.autograd.grad(judge(seen).sum(), seen, create_graph=True)
        total = expected + r1_weight * 3 * slope.square().sum(dim=(1, 2, 3)).mean() / 2
    total.backward()
    assert task.step(real)["loss_d"].item() == pytest.approx(expected.item(), rel=1e-5)
    for mine, theirs in zip(task.discriminator.parameters(), judge.parameters(), strict=True):
        assert mine.requires_grad
        torch.testing.assert_close(mine.grad, theirs.grad, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("levels", [(), (0, 2)])
def test_feature_levels_are_counted_from_one(levels):
    with pytest.raises(ValueError, match="counted from 1"):
        replace(QUICK, feature_levels=levels)
    with pytest.raises(ValueError, match="counted from 1"):
        feature_loss(make_encoder(), crops(2), crops(2), levels=levels)


def test_feature_levels_from_json_are_a_tuple_again():
    assert replace(QUICK, feature_levels=[1, 2]) == replace(QUICK, feature_levels=(1, 2))
