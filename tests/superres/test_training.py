"""Training super-resolution: that it learns, that the losses are their definitions, who teaches whom, and resuming."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from ganlab.resampling import downscale, to_8_bit, upscale
from ganlab.runtime import Lab
from ganlab.superres import training
from ganlab.superres.networks import Discriminator, DiscriminatorConfig, MultiStageGenerator, SRResNet, SRResNetConfig
from ganlab.superres.training import SuperResolutionConfig, SuperResolutionTask, turned
from ganlab.training import fit

LAB = Lab(torch.device("cpu"), "smoke", 0, None)
QUIET = {"lab": LAB, "progress": False, "live": False}
TINY = SRResNetConfig(width=8, blocks=1, end_kernel=3, normalize=False, upsampling="direct", bicubic_skip=True)
QUICK = SuperResolutionConfig(batch_size=4)
BOTH = replace(QUICK, adversarial_weight=0.1)


def crops(count=8, size=32, seed=1):
    """Hard edges and stripes, which bicubic enlargement blurs."""
    random = torch.Generator().manual_seed(seed)
    coarse = torch.rand(count, 3, 7, 7, generator=random) * 1.6 - 0.8
    return to_8_bit(F.interpolate(coarse, size=(size, size), mode="nearest"))


def make_task(config=QUICK, *, network=SRResNet, model=TINY, steps=20, features=None, dense=8):
    torch.manual_seed(0)
    generator = network(model)
    judge = Discriminator(DiscriminatorConfig(size=32, width=2, dense=dense))
    return SuperResolutionTask(generator, config, LAB, steps=steps, discriminator=judge, features=features)


def weights(module):
    return torch.cat([value.detach().flatten().clone() for value in module.state_dict().values()])


@pytest.fixture
def upright(monkeypatch):
    """Nothing is turned: a test can say which pictures the step saw."""
    monkeypatch.setattr(training, "turned", lambda pictures: pictures)


def test_turned_gives_exactly_the_eight_symmetries_and_all_equally_often():
    board = np.arange(9.0).reshape(3, 3)
    eight = {np.rot90(b, k).tobytes(): 0 for b in (board, board.T) for k in range(4)}
    assert len(eight) == 8
    batch = torch.from_numpy(board) + torch.tensor([0.0, 10, 20, 30], dtype=torch.float64).view(2, 2, 1, 1)
    for _ in range(800):
        found = turned(batch)
        assert found.shape == (2, 2, 3, 3)
        first = found[0, 0].numpy().copy()
        eight[first.tobytes()] += 1  # another arrangement would be a KeyError
        assert torch.equal(found - batch[:, :, :1, :1], (found[:1, :1] - batch[:1, :1, :1, :1]).expand(2, 2, 3, 3))
    assert min(eight.values()) > 65
    assert max(eight.values()) < 140


@pytest.mark.parametrize("pixel", ["l1", "l2"])
@pytest.mark.parametrize(
    ("network", "model"),
    [(SRResNet, TINY), (MultiStageGenerator, TINY), (SRResNet, replace(TINY, bicubic_skip=False))],
)
def test_sixty_steps_lower_the_loss(pixel, network, model):
    config = SuperResolutionConfig(batch_size=8, pixel=pixel, learning_rate=4e-3)
    task = make_task(config, network=network, model=model, steps=60)
    before, images = weights(task.network), crops(32)
    history = fit(task, images, steps=60, **QUIET)
    assert set(history.values) == {"loss_pixel"}
    losses = history.values["loss_pixel"]
    assert sum(losses[-8:]) < 0.95 * sum(losses[:8])  # eight steps show every crop twice: nothing here is luck
    assert not torch.equal(weights(task.network), before)
    assert not torch.equal(weights(task.ema), before)
    assert not torch.equal(weights(task.ema), weights(task.network))
    assert not any(p.requires_grad for p in task.ema.parameters())


def test_the_penalty_comes_every_so_many_steps_and_as_much_heavier(monkeypatch):
    seen, original = [], training.parts.discriminator_step

    def spy(*arguments, **settings):
        seen.append(settings["r1_weight"])
        return original(*arguments, **settings)

    monkeypatch.setattr(training.parts, "discriminator_step", spy)
    fit(make_task(replace(BOTH, r1_weight=0.5, r1_every=3)), crops(), steps=7, **QUIET)
    assert seen == [1.5, 0, 0, 1.5, 0, 0, 1.5]


def test_the_generator_hears_of_the_discriminator_from_the_appointed_step_on():
    runs = {"alone": [], "late": [], "both": []}
    for states, config in zip(
        runs.values(), (QUICK, replace(BOTH, matching_weight=0.1, adversarial_from=0.5), BOTH), strict=True
    ):
        task = make_task(config, steps=8)
        judge = weights(task.discriminator) if task.discriminator else None
        fit(task, crops(), steps=8, callback=lambda step, _: states.append(weights(task.network)), **QUIET)  # noqa: B023
        if judge is not None:
            assert not torch.equal(weights(task.discriminator), judge)
    equal = [torch.equal(a, b) for a, b in zip(runs["alone"], runs["late"], strict=True)]
    assert equal == [True] * 4 + [False] * 4
    assert not torch.equal(runs["alone"][0], runs["both"][0])


def test_without_its_weight_a_discriminator_is_not_used():
    task = make_task(QUICK)
    assert task.discriminator is None
    assert set(task.modules) == {"network", "ema"}
    both = make_task(BOTH)
    assert set(both.modules) == {"network", "ema", "discriminator"}
    rates = {name: adam.param_groups[0]["lr"] for name, adam in both.optimizers.items()}
    assert rates == {"network": BOTH.learning_rate, "discriminator": BOTH.learning_rate_d}


@pytest.mark.parametrize("degradation", ["noise", "camera"])
def test_an_interrupted_run_goes_on_bitwise(degradation, tmp_path):
    model = replace(TINY, normalize=True)  # with running statistics to be kept
    config = replace(BOTH, adversarial_from=0.3, r1_weight=0.1, r1_every=2, degradation=degradation)

    def stop(step, history):
        if step == 5:
            raise KeyboardInterrupt

    whole, half, rest = (make_task(config, model=model, steps=8) for _ in range(3))
    path = tmp_path / "half.safetensors"
    first = fit(whole, crops(), steps=8, **QUIET)
    assert fit(half, crops(), steps=8, checkpoint=path, callback=stop, **QUIET).stopped == "interrupted"
    second = fit(rest, crops(), steps=8, resume=path, **QUIET)
    assert second.values == first.values
    assert not torch.equal(weights(half.network), weights(whole.network))
    for name, module in whole.modules.items():
        assert torch.equal(weights(module), weights(rest.modules[name])), name


def test_a_step_cannot_move_the_weights_further_than_the_clip_allows(upright):
    norms = []
    for clip in (1e9, 0.01):
        task = make_task(replace(QUICK, clip=clip, pixel_weight=100.0))
        task.step(crops(4))
        norms.append(torch.cat([p.grad.flatten() for p in task.network.parameters()]).norm().item())
    assert norms[1] == pytest.approx(0.01, rel=1e-3)
    assert norms[0] > 1


def test_the_small_pictures_are_degraded_as_the_settings_say():
    flat = torch.full((4, 3, 32, 32), 0.0)
    spread = {}
    for degradation in ("bicubic", "noise"):
        task = make_task(replace(QUICK, degradation=degradation))
        task.step(flat)
        spread[degradation] = task.baseline().std().item() * 127.5
    assert spread["bicubic"] < 0.01
    assert 1 < spread["noise"] < 8


@pytest.mark.parametrize("scale", [2, 4])
def test_samples_and_the_baseline_before_and_after_the_first_step(scale, upright):
    task = make_task(replace(QUICK, batch_size=14), model=replace(TINY, scale=scale))
    before = task.sample()
    assert before.shape == (1, 3, 4 * scale, 4 * scale)
    assert not before.any()  # grey
    with pytest.raises(ValueError, match="baseline: there is nothing to enlarge before the first step"):
        task.baseline()
    real = crops(14) * 1.25  # up to white and black, where bicubic overshoots
    task.step(real)
    task.step(crops(14, seed=2))
    small = downscale(real, scale)[:12]  # of the first batch, and no more than fit into a figure
    for found, enlarged in ((task.sample(), task.ema(small)), (task.baseline(), upscale(small, scale))):
        torch.testing.assert_close(found, enlarged.clamp(-1, 1), rtol=0, atol=1e-5)
        assert enlarged.abs().max() > 1.001
    assert not torch.allclose(task.sample(), task.baseline(), atol=1e-4)
    assert not task.sample().requires_grad


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"pixel": "l3"}, "SuperResolutionConfig.pixel: expected 'l1' or 'l2', got 'l3'"),
        ({"degradation": "fog"}, "degradation: expected one of bicubic, blur, noise, jpeg, camera, got 'fog'"),
        *[
            ({f"{name}_weight": -0.5}, f"SuperResolutionConfig.{name}_weight: expected at least 0, got -0.5")
            for name in ("pixel", "feature", "adversarial", "matching", "variation", "r1")
        ],
        ({"pixel_weight": float("nan")}, "pixel_weight: expected at least 0, got nan"),
        ({"batch_size": 1}, "batch_size: expected at least 2, got 1"),
        ({"r1_every": 0}, "r1_every: expected at least 1, got 0"),
        ({"pixel_weight": 0.0}, "expected a loss with a weight above 0 in the first step, got none"),
        ({"pixel_weight": 0, "adversarial_weight": 0.1, "adversarial_from": 0.5}, "above 0 in the first step"),
        ({"pixel_weight": 0, "matching_weight": 0.1, "adversarial_from": 0.5}, "above 0 in the first step"),
    ],
)
def test_bad_settings_get_a_sentence(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        SuperResolutionConfig(**settings)


def test_a_weight_without_its_network_is_refused():
    needs = {"adversarial_weight": "discriminator", "matching_weight": "discriminator", "feature_weight": "features"}
    for weight, name in needs.items():
        with pytest.raises(ValueError, match=f"a weight above 0 for which `{name}` is needed"):
            SuperResolutionTask(SRResNet(TINY), SuperResolutionConfig(**{weight: 0.1}), LAB, steps=4)
    SuperResolutionTask(SRResNet(TINY), QUICK, LAB, steps=4)
