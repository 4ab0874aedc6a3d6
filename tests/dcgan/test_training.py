"""The step of 2024 against the two losses, their penalties and two passes, each with a graph of its own."""

import copy
from dataclasses import replace

import pytest
import torch

import ganlab
from ganlab import losses
from ganlab.dcgan.networks import DCGANConfig, Discriminator, Generator, init_kaiming
from ganlab.dcgan.training import PAIRING, PairingTask
from ganlab.training import fit

CONFIG = DCGANConfig(size=16, base_channels=8, latent_dim=8)
LAB = replace(ganlab.setup(seed=0), amp_dtype=None)
IMAGES = torch.rand(16, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1


def make_task(**settings) -> PairingTask:
    torch.manual_seed(0)
    generator, discriminator = Generator(CONFIG), Discriminator(replace(CONFIG, batch_norm=False))
    return PairingTask(generator, discriminator.apply(init_kaiming), replace(PAIRING, batch_size=8, **settings), LAB)


def two_passes(task: PairingTask, real: torch.Tensor, weight: float) -> tuple[list, list]:
    """Gradients of both players' own losses, from copies in float64: the oracle."""
    generator, discriminator = (copy.deepcopy(module).double() for module in (task.generator, task.discriminator))
    z = torch.randn(len(real), 8).double()
    real, fake = real.double().requires_grad_(), generator(z)
    loss_g = losses.relativistic_generator_loss(real_logits=discriminator(real), fake_logits=discriminator(fake))
    of_g = torch.autograd.grad(loss_g, list(generator.parameters()))
    fake = fake.detach().requires_grad_()
    real_logits, fake_logits = discriminator(real), discriminator(fake)
    loss_d = losses.relativistic_discriminator_loss(real_logits=real_logits, fake_logits=fake_logits)
    penalties = losses.r1_penalty(real_logits=real_logits, real=real)
    penalties = penalties + losses.r2_penalty(fake_logits=fake_logits, fake=fake)
    return list(of_g), list(torch.autograd.grad(loss_d + weight * penalties, list(discriminator.parameters())))


@pytest.mark.parametrize(("steps_done", "weight"), [(0, 1.2), (1, 0.0)])
def test_one_pass_gives_each_player_the_gradient_of_its_own_loss(steps_done, weight):
    task = make_task()
    task.steps_done = steps_done
    torch.manual_seed(1)
    of_g, of_d = two_passes(task, IMAGES[:8], weight)
    torch.manual_seed(1)
    task.step(IMAGES[:8])
    pairs = [
        *zip(of_g, task.generator.parameters(), strict=True),
        *zip(of_d, task.discriminator.parameters(), strict=True),
    ]
    largest = max(wanted.abs().max() for wanted, _ in pairs)
    for wanted, parameter in pairs:
        torch.testing.assert_close(parameter.grad.double(), wanted, rtol=2e-3, atol=1e-6 * float(largest))


def test_the_penalties_are_lazy_and_change_the_step():
    grads = {}
    for every in (1, 2):
        task = make_task(r1_every=every)
        task.steps_done = 1
        torch.manual_seed(1)
        task.step(IMAGES[:8])
        grads[every] = torch.cat([parameter.grad.flatten() for parameter in task.discriminator.parameters()])
    assert not torch.allclose(grads[1], grads[2]), "of step 1 the penalty is due every step, not every other"


def test_a_discriminator_that_lets_pictures_see_each_other_is_refused():
    with pytest.raises(ValueError, match="without batch normalisation, got one with it; make it with"):
        PairingTask(Generator(CONFIG), Discriminator(CONFIG), PAIRING, LAB)


def test_pictures_of_another_size_are_refused():
    with pytest.raises(ValueError, match="give the model the data's size and channels"):
        make_task().step(torch.zeros(8, 3, 32, 32))


def test_a_decided_pair_does_not_overflow():
    task = make_task()
    with torch.no_grad():
        task.discriminator.layers[-1].weight.mul_(1e4)
    task.steps_done = 1
    task.step(IMAGES[:8])
    assert all(parameter.isfinite().all() for parameter in task.generator.parameters())


def test_fit_trains_it_and_a_resumed_run_is_the_same_run(tmp_path):
    quiet = {"lab": LAB, "live": False, "progress": False}
    whole = make_task()
    fit(whole, IMAGES, steps=6, **quiet)
    half, path = make_task(), tmp_path / "run.safetensors"
    fit(half, IMAGES, steps=6, checkpoint=path, checkpoint_every=3, callback=stop_after(3), **quiet)
    again = make_task()
    fit(again, IMAGES, steps=6, resume=path, **quiet)
    for wanted, found in zip(whole.ema.parameters(), again.ema.parameters(), strict=True):
        assert torch.equal(wanted, found)


def stop_after(steps: int):
    def callback(done: int, history: object) -> None:
        if done == steps:
            raise KeyboardInterrupt

    return callback


def test_the_kaiming_start_keeps_the_size_of_a_signal():
    torch.manual_seed(0)
    layer = torch.nn.Conv2d(64, 8192, 3).apply(init_kaiming)
    signal = torch.nn.functional.leaky_relu(torch.randn(4, 64, 5, 5), 0.2)
    signal = signal / signal.square().mean().sqrt()
    out = torch.nn.functional.leaky_relu(layer(signal), 0.2).detach()
    assert 0.95 < float(out.square().mean()) < 1.05
    assert float(layer.bias.detach().abs().max()) == 0
