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


def test_what_every_task_is_built_from():
    network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8)).train()
    placed = steps.placed(network, LAB)
    assert placed is network
    assert network[0].weight.is_contiguous(memory_format=torch.channels_last)
    assert steps.laid_out(IMAGES).is_contiguous(memory_format=torch.channels_last)
    points = torch.zeros(3, 2)
    assert steps.laid_out(points) is points
    average = steps.averaged(network)
    assert not any(module.training for module in average.modules())
    assert not any(weight.requires_grad for weight in average.parameters())
    assert network.training
    assert all(weight.requires_grad for weight in network.parameters())
    (group,) = steps.adam(network, 0.1, (0.5, 0.9)).param_groups
    assert (group["lr"], group["betas"], group["fused"], len(group["params"])) == (0.1, (0.5, 0.9), True, 4)


def test_the_average_forgets_the_start_soon_and_later_keeps_its_decay():
    assert [steps.ema_decay(0.999, done) for done in (0, 8)] == [0.1, 0.5]
    assert steps.ema_decay(0.999, 8989) < 0.999
    assert steps.ema_decay(0.999, 10**6) == 0.999


def test_a_lazy_penalty_weighs_as_much_on_average():
    assert sum(steps.lazy_weight(0.5, 4, done) for done in range(8)) == 8 * 0.5
    assert [steps.lazy_weight(weight, 4, 0) for weight in (0.0, -1.0)] == [0.0, 0.0]


def test_gradients_pass_through_and_weights_learn_again_whatever_happens():
    network, x = nn.Linear(2, 1), torch.ones(1, 2, requires_grad=True)

    def interrupted():
        with steps.passed_through(network):
            network(x).sum().backward()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert torch.equal(x.grad, network.weight.detach())
    assert network.weight.grad is None
    assert network.weight.requires_grad
