"""Training a style transfer: what is trained and what is not, what the losses are, and that a run can be resumed."""

from dataclasses import replace

import pytest
import torch

from ganlab import setup
from ganlab.features.encoder import AdaINConfig, Encoder
from ganlab.layers import adaptive_instance_norm, feature_statistics
from ganlab.style.losses import gram_loss
from ganlab.style.networks import Decoder
from ganlab.style.training import StyleConfig, StyleTask, recolour
from ganlab.style.transfer import StyleTransfer
from ganlab.training import fit

CONFIG = AdaINConfig(widths=(8, 12, 16), depths=(1, 1), level=3)
QUICK = StyleConfig(batch_size=3, size=24, learning_rate=3e-3, gram_weight=0.5, ramp=0.0)


@pytest.fixture(scope="module")
def lab():
    return setup(seed=0, device="cpu", profile="smoke")


def pictures(count, seed, size=32):
    coarse = torch.rand(count, 3, 4, 4, generator=torch.Generator().manual_seed(seed)) * 2 - 1
    return torch.nn.functional.interpolate(coarse, size=(size, size), mode="bilinear")


def make_task(lab, config=QUICK, *, features=None, steps=20):
    torch.manual_seed(0)
    network = StyleTransfer(Encoder(CONFIG), Decoder(CONFIG))
    return StyleTask(network, pictures(5, seed=2, size=40), config, lab, steps=steps, features=features)


def weights(module):
    return torch.cat([weight.detach().flatten().clone() for weight in module.parameters()])


def test_the_decoder_learns_and_the_encoder_stays(lab):
    task = make_task(lab, steps=60)
    encoder, decoder = weights(task.network.encoder), weights(task.network.decoder)
    history = fit(task, pictures(8, seed=1), steps=60, lab=lab, progress=False, live=False)
    assert torch.equal(weights(task.network.encoder), encoder)
    assert not torch.equal(weights(task.network.decoder), decoder)
    for name in ("loss_style", "loss_identity"):
        values = history.values[name]
        assert sum(values[-10:]) < 0.8 * sum(values[:10]), name


def test_with_another_judge_the_encoder_learns_too_and_the_judge_stays(lab):
    torch.manual_seed(1)
    judge = Encoder(CONFIG)
    before = weights(judge)
    task = make_task(lab, StyleConfig(batch_size=3, size=24, learning_rate_encoder=1e-3), features=judge)
    encoder = weights(task.network.encoder)
    fit(task, pictures(8, seed=1), steps=2, lab=lab, progress=False, live=False)
    assert not torch.equal(weights(task.network.encoder), encoder)
    assert torch.equal(weights(task.features), before)
    assert torch.equal(weights(judge), before)


def test_losses_are_those_of_the_definitions(lab):
    """The first step's losses, computed again from the pictures that the step saw."""
    config = StyleConfig(batch_size=2, size=24, recolour=0.0, gram_weight=1.0, clip=1e9)
    task = make_task(replace(lab, amp_dtype=None), config)
    network, real = task.network, pictures(2, seed=1)
    torch.manual_seed(5)
    content = task._cut(real)
    style = torch.cat([task.draw_styles(1), content[-1:]])
    with torch.no_grad():
        levels = network.encoder.levels(style)
        target = adaptive_instance_norm(network.encoder(content), levels[-1])
        painted = network.decoder(target)
        found = network.encoder.levels(painted)
        style_loss = torch.zeros(())
        for mine, theirs in zip([painted, *found], [style, *levels], strict=True):
            for a, b in zip(feature_statistics(mine), feature_statistics(theirs), strict=True):
                style_loss += (a - b).square().mean() / 4
    torch.manual_seed(5)
    losses = task.step(real)
    expected = (found[-1] - target).square().mean() / target.square().mean()
    assert losses["loss_content"].item() == pytest.approx(expected.item(), rel=1e-5)
    assert losses["loss_style"].item() == pytest.approx(style_loss.item(), rel=1e-5)
    assert losses["loss_identity"].item() == pytest.approx((painted[-1] - content[-1]).abs().mean().item(), rel=1e-5)


def test_robust_gram_loss_is_the_logarithm_of_every_pictures_distance():
    features = [torch.rand(3, 4, 6, 6, generator=torch.Generator().manual_seed(0)) * 5]
    targets = [torch.rand(3, 4, 6, 6, generator=torch.Generator().manual_seed(1))]
    alone = [
        gram_loss(features=[features[0][k : k + 1]], targets=[targets[0][k : k + 1]], relative=True) for k in range(3)
    ]
    expected = torch.stack(alone).log1p().mean()
    found = gram_loss(features=features, targets=targets, relative=True, robust=True)
    torch.testing.assert_close(found, expected)
    assert found < torch.stack(alone).mean()


def test_a_run_continues_bitwise(lab, tmp_path):
    whole = make_task(lab)
    fit(whole, pictures(8, seed=1), steps=6, lab=lab, progress=False, live=False)
    path = tmp_path / "run.safetensors"
    half = make_task(lab)

    def stop(step, history):
        if step == 3:
            raise KeyboardInterrupt

    half_run = fit(
        half, pictures(8, seed=1), steps=6, lab=lab, progress=False, live=False, callback=stop, checkpoint=path
    )
    assert half_run.stopped == "interrupted"
    rest = make_task(lab)
    fit(rest, pictures(8, seed=1), steps=6, lab=lab, progress=False, live=False, resume=path)
    assert torch.equal(weights(whole.network), weights(rest.network))
    assert torch.equal(weights(whole.ema), weights(rest.ema))


def test_styles_are_drawn_from_the_pool_at_several_scales(lab):
    task = make_task(lab, StyleConfig(batch_size=3, size=24, recolour=0.0))
    torch.manual_seed(0)
    drawn = [task.draw_styles(2) for _ in range(8)]
    assert all(found.shape == (2, 3, 24, 24) and found.abs().max() <= 1 for found in drawn)
    assert len({float(found.sum()) for found in drawn}) == 8
    as_bytes = make_task(lab, StyleConfig(batch_size=3, size=24, recolour=0.0))
    as_bytes.styles = ((task.styles + 1) * 127.5).round().to(torch.uint8)
    torch.manual_seed(0)
    torch.testing.assert_close(as_bytes.draw_styles(2), drawn[0], atol=1 / 127, rtol=0)


def test_recolouring_changes_colours_and_not_the_places_of_edges():
    torch.manual_seed(0)
    before = pictures(6, seed=3) * 0.5
    after = recolour(before)
    assert after.shape == before.shape
    assert after.abs().max() <= 1
    assert (after - before).abs().mean() > 0.05
    for a, b in zip(
        before, after, strict=True
    ):  # every new channel is an affine picture of one old one, here unclipped
        if b.abs().max() < 1:
            best = [max(abs(torch.corrcoef(torch.stack([x.flatten(), y.flatten()]))[0, 1]) for x in a) for y in b]
            assert min(best) > 0.999


@pytest.mark.parametrize(
    "settings",
    [{"batch_size": 1}, {"size": 1}, {"style_weight": -1.0}, {"learning_rate": 0.0}, {"scales": 0.5}, {"ramp": 2.0}],
)
def test_bad_settings_are_one_sentence(settings):
    with pytest.raises(ValueError, match="StyleConfig.*expected"):
        StyleConfig(**settings)


def test_bad_input_is_one_sentence(lab):
    network = StyleTransfer(Encoder(CONFIG), Decoder(CONFIG))
    with pytest.raises(ValueError, match="expected another network"):
        StyleTask(network, pictures(2, 0, 40), StyleConfig(size=24, learning_rate_encoder=1e-3), lab, steps=5)
    with pytest.raises(ValueError, match="expected styles"):
        StyleTask(network, pictures(2, 0, 16), StyleConfig(size=24), lab, steps=5)


def test_before_the_first_step_the_preview_is_black_and_afterwards_painted(lab):
    task = make_task(lab)
    assert float(task.sample().max()) == -1
    task.step(pictures(3, seed=1))
    assert task.sample().shape == (2, 3, 24, 24)
