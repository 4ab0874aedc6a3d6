"""The steps against a plain loop, the lazy penalty, and the averaged network."""

import copy
from pathlib import Path

import pytest
import torch
from torch import nn

from ganlab.training import fit, steps
from ganlab.training.fit import Batches
from tests.training.tasks import IMAGES, LAB, QUIET, make_task

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("together", [True, False])
def test_first_20_steps_give_the_losses_of_the_plain_loop(monkeypatch, together):
    monkeypatch.syspath_prepend(str(ROOT))
    from benchmarks.reference import PlainLoop
    from benchmarks.speed import follow

    task = make_task(r1_weight=0.0, learning_rate_g=2e-4, learning_rate_d=2e-4)
    plain = PlainLoop(copy.deepcopy(task.generator), copy.deepcopy(task.discriminator), rate=2e-4, betas=(0.5, 0.999))
    batches = Batches(IMAGES, 8, seed=0, device=LAB.device)
    for step in range(20):
        if together and step:
            follow(task, plain)  # every step from the same weights: nothing but this step's rounding is left
        torch.manual_seed(step)
        ours = task.step(batches[step])
        torch.manual_seed(step)
        theirs = plain.step(batches[step])
        for name, loss in theirs.items():
            assert float(ours[name]) == pytest.approx(float(loss), rel=1e-5 if together else 1e-3), (step, name)


def test_the_discriminator_step_leaves_the_generator_alone_and_the_reverse():
    task = make_task()
    z = torch.randn(8, 8)
    fake = task.generator(z)
    before = copy.deepcopy(task.generator.state_dict())
    steps.discriminator_step(task.discriminator, task.optimizer_d, real=IMAGES[:8], fake=fake)
    assert all(torch.equal(before[key], value) for key, value in task.generator.state_dict().items())
    parameters = copy.deepcopy(list(task.discriminator.parameters()))
    gradients = [parameter.grad.clone() for parameter in task.discriminator.parameters()]
    loss = steps.generator_step(task.discriminator, task.optimizer_g, fake=fake)
    assert not loss.requires_grad
    for old, gradient, now in zip(parameters, gradients, task.discriminator.parameters(), strict=True):
        assert torch.equal(old, now)
        assert torch.equal(gradient, now.grad)  # frozen during the step...
        assert now.requires_grad  # ...and only then
    assert any(not torch.equal(before[key], value) for key, value in task.generator.state_dict().items())


def test_the_penalty_is_lazy_and_weighed_by_its_interval(monkeypatch):
    seen = []
    real_step = steps.discriminator_step

    def spy(*arguments, **keywords):
        seen.append(keywords["r1_weight"])
        return real_step(*arguments, **keywords)

    monkeypatch.setattr(steps, "discriminator_step", spy)
    fit(make_task(r1_weight=0.1, r1_every=4), IMAGES, steps=9, **QUIET)
    assert seen == pytest.approx([0.4, 0, 0, 0, 0.4, 0, 0, 0, 0.4])


def test_the_average_follows_the_formula():
    average, model = nn.BatchNorm1d(2), nn.BatchNorm1d(2)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([3.0, 5.0]))
        model.running_mean.fill_(7.0)
    steps.update_ema(average, model, 0.75)
    assert average.weight.tolist() == [0.75 + 0.25 * 3, 0.75 + 0.25 * 5]
    assert average.running_mean.tolist() == [7.0, 7.0]
