"""Training: the steps against a plain loop, fit's promises, resuming bitwise, divergence, wrong input."""

import copy
import math
import signal
import threading
from pathlib import Path

import pytest
import torch
from torch import nn

from ganlab import runtime, training
from ganlab.batches import Batches
from ganlab.checkpoint import CheckpointError, save_checkpoint
from ganlab.dcgan import networks as dcgan
from ganlab.history import History
from ganlab.training import GANTask, TrainingConfig, TrainingDiverged, fit

ROOT = Path(__file__).resolve().parent.parent
LAB = runtime.Lab(torch.device("cpu"), "smoke", 0, None)
QUIET = {"lab": LAB, "progress": False, "live": False}
SMALL = dcgan.DCGANConfig(size=16, base_channels=8, latent_dim=8)
IMAGES = torch.rand(50, 3, 16, 16, generator=torch.Generator().manual_seed(1)) * 2 - 1


def make_task(lab=LAB, **settings):
    torch.manual_seed(0)
    config = TrainingConfig(**{"batch_size": 8, **settings})
    return GANTask(dcgan.Generator(SMALL), dcgan.Discriminator(SMALL), config, lab)


def weights(task):
    return [value for module in task.modules.values() for value in module.state_dict().values()]


def same(a, b):
    return all(torch.equal(x, y) for x, y in zip(weights(a), weights(b), strict=True))


def stop_at(step):
    def callback(done, _):
        if done == step:
            raise KeyboardInterrupt

    return callback


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
    training.discriminator_step(task.discriminator, task.optimizer_d, real=IMAGES[:8], fake=fake)
    assert all(torch.equal(before[key], value) for key, value in task.generator.state_dict().items())
    parameters = copy.deepcopy(list(task.discriminator.parameters()))
    gradients = [parameter.grad.clone() for parameter in task.discriminator.parameters()]
    loss = training.generator_step(task.discriminator, task.optimizer_g, fake=fake)
    assert not loss.requires_grad
    for old, gradient, now in zip(parameters, gradients, task.discriminator.parameters(), strict=True):
        assert torch.equal(old, now)
        assert torch.equal(gradient, now.grad)  # frozen during the step...
        assert now.requires_grad  # ...and only then
    assert any(not torch.equal(before[key], value) for key, value in task.generator.state_dict().items())


def test_the_penalty_is_lazy_and_weighed_by_its_interval(monkeypatch):
    seen = []
    real_step = training.discriminator_step

    def spy(*arguments, **keywords):
        seen.append(keywords["r1_weight"])
        return real_step(*arguments, **keywords)

    monkeypatch.setattr(training, "discriminator_step", spy)
    fit(make_task(r1_weight=0.1, r1_every=4), IMAGES, steps=9, **QUIET)
    assert seen == pytest.approx([0.4, 0, 0, 0, 0.4, 0, 0, 0, 0.4])


def test_the_average_follows_the_formula():
    average, model = nn.BatchNorm1d(2), nn.BatchNorm1d(2)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([3.0, 5.0]))
        model.running_mean.fill_(7.0)
    training.update_ema(average, model, 0.75)
    assert average.weight.tolist() == [0.75 + 0.25 * 3, 0.75 + 0.25 * 5]
    assert average.running_mean.tolist() == [7.0, 7.0]


def test_the_same_seed_gives_bitwise_the_same_run_whatever_was_drawn_before():
    first, second, other = make_task(), make_task(), make_task()
    a = fit(first, IMAGES, steps=12, **QUIET)
    torch.manual_seed(77)
    state = torch.get_rng_state()
    b = fit(second, IMAGES, steps=12, **{**QUIET, "preview_every": 1})
    assert torch.equal(state, torch.get_rng_state())  # the caller's random numbers are untouched
    c = fit(other, IMAGES, steps=12, seed=1, **QUIET)
    assert a.values == b.values
    assert same(first, second)
    assert a.values != c.values


def test_10_steps_and_10_resumed_are_20_bitwise(tmp_path):
    path = tmp_path / "run.safetensors"
    whole, half, rest = make_task(), make_task(), make_task()
    expected = fit(whole, IMAGES, steps=20, **QUIET)
    stopped = fit(half, IMAGES, steps=20, checkpoint=path, callback=stop_at(10), **QUIET)
    assert (stopped.stopped, stopped.steps[-1]) == ("interrupted", 10)
    with torch.no_grad():  # a newly built task starts from elsewhere
        for value in rest.generator.parameters():
            value.zero_()
    resumed = fit(rest, IMAGES, steps=20, resume=path, **QUIET)
    assert resumed.steps == expected.steps == list(range(1, 21))
    assert resumed.values == expected.values
    assert same(whole, rest)
    assert rest.steps_done == 20
    for name, optimizer in rest.optimizers.items():
        mine, theirs = optimizer.state_dict(), whole.optimizers[name].state_dict()
        assert mine["param_groups"] == theirs["param_groups"]
        for index, state in theirs["state"].items():
            assert all(torch.equal(mine["state"][index][key], value) for key, value in state.items())


def test_a_finished_run_can_be_made_longer_and_a_finished_one_needs_nothing(tmp_path):
    path = tmp_path / "run.safetensors"
    settings = {"decay_from": 1.0}
    whole, part = make_task(**settings), make_task(**settings)
    fit(whole, IMAGES, steps=20, **QUIET)
    fit(part, IMAGES, steps=10, checkpoint=path, checkpoint_every=4, **QUIET)
    longer = make_task(**settings)
    fit(longer, IMAGES, steps=20, resume=path, checkpoint=path, **QUIET)
    assert same(whole, longer)
    again = fit(make_task(**settings), IMAGES, steps=20, resume=path, **QUIET)
    assert again.steps[-1] == 20
    assert repr(again).startswith("History: 20 steps (finished)")


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    path = tmp_path / "run.safetensors"
    fit(make_task(), IMAGES, steps=2, checkpoint=path, **QUIET)
    with pytest.raises(CheckpointError, match=r"had seed=0, this one has 1; give the same"):
        fit(make_task(), IMAGES, steps=4, seed=1, resume=path, **QUIET)
    with pytest.raises(CheckpointError, match=r"had pictures=\[50, 3, 16, 16\], this one has \[40"):
        fit(make_task(), IMAGES[:40], steps=4, resume=path, **QUIET)
    task = make_task()
    save_checkpoint(path, modules=task.modules, optimizers=task.optimizers)
    with pytest.raises(CheckpointError, match="written by fit, this one has no step"):
        fit(task, IMAGES, steps=4, resume=path, **QUIET)


def test_learning_rates_hold_then_fall_to_a_twentieth():
    task, rates = make_task(), []
    fit(task, IMAGES, steps=20, callback=lambda *_: rates.append(task.optimizer_g.param_groups[0]["lr"]), **QUIET)
    assert rates[:11] == [5e-4] * 11
    assert rates[15] == pytest.approx(2.5e-4)
    assert rates[19] == pytest.approx(5e-5)
    fit(task, IMAGES, steps=1, **QUIET)
    assert task.optimizer_g.param_groups[0]["lr"] == 5e-4  # a second run starts at the full rate again


def test_frames_show_the_same_latents_and_can_be_switched_off():
    history = fit(make_task(), IMAGES, steps=6, preview_every=3, **QUIET)
    assert [step for step, _ in history.frames] == [0, 3, 6]
    assert all(picture.shape == (32, 3, 16, 16) and picture.abs().max() <= 1 for _, picture in history.frames)
    assert fit(make_task(), IMAGES, steps=2, preview_every=0, **QUIET).frames == []
    task = make_task()
    assert torch.equal(task.sample(), task.sample(task.preview_z))


def test_a_run_that_blows_up_stops_at_once_and_goes_back(tmp_path):
    task = make_task(learning_rate_d=1e30)
    before = copy.deepcopy(task.modules["generator"].state_dict())
    with pytest.raises(TrainingDiverged, match=r"learning_rate_d=1e\+30.*back in their state of step 0") as caught:
        fit(task, IMAGES, steps=50, checkpoint=tmp_path / "x", **QUIET)
    assert caught.value.step <= 2
    assert caught.value.history.steps[-1] == caught.value.step
    assert all(torch.equal(before[key], value) for key, value in task.modules["generator"].state_dict().items())
    assert not (tmp_path / "x").exists()  # nothing broken is ever saved
    task.optimizer_d.param_groups[0]["initial_lr"] = 1e-4
    assert fit(task, IMAGES, steps=2, **QUIET).stopped == "finished"


def test_a_loss_or_a_weight_that_is_no_number_is_named():
    class Late:
        """Counts; at a given step reports nan, or breaks a weight."""

        def __init__(self, kind):
            self.kind, self.steps_done, self.config = kind, 0, TrainingConfig(batch_size=2)
            self.net = nn.Linear(1, 1)
            self.modules, self.optimizers = {"net": self.net}, {}

        def step(self, real):
            self.steps_done += 1
            late = self.steps_done >= 150
            self.net.weight.data.fill_(math.inf if late and self.kind == "weight" else self.steps_done)
            bad = late and self.kind == "loss"
            return {"loss_a": torch.tensor(math.nan if bad else 1.0), "loss_b": torch.tensor(2.0)}

        def sample(self):
            return torch.zeros(1, 2)

    task = Late("loss")
    then = r"^loss_a became nan at step 150 \(loss_a was 1, loss_b was 2 at step 140\)"
    with pytest.raises(TrainingDiverged, match=then):
        fit(task, torch.zeros(4, 2), steps=300, **QUIET)
    assert task.net.weight.item() == 100  # the last state kept
    with pytest.raises(TrainingDiverged, match=r"^a weight of the net is no longer a finite number at step 200"):
        fit(Late("weight"), torch.zeros(4, 2), steps=300, **QUIET)
    assert repr(History()) == "History: no steps (finished)"


def test_values_reported_now_and_then_are_nan_in_between():
    history = History()
    history.record(1, {"loss": 1.0})
    history.record(2, {"loss": 2.0, "extra": 5.0})
    history.record(3, {"loss": 3.0})
    assert history.is_finite()
    assert history.values["loss"] == [1.0, 2.0, 3.0]
    assert [math.isnan(value) for value in history.values["extra"]] == [True, False, True]


@pytest.fixture
def interruptible():
    """Ctrl-C as in a terminal: a test run that was started in the background has it ignored from the start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_waits_for_the_step_to_end_and_a_second_does_not(monkeypatch, tmp_path):
    task = make_task()
    step = task.step

    def interrupted_step(real, times=1):
        if task.steps_done == 4:
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)
        return step(real)

    task.step = interrupted_step
    history = fit(task, IMAGES, steps=20, checkpoint=tmp_path / "a", **QUIET)
    assert (history.stopped, history.steps[-1], task.steps_done) == ("interrupted", 5, 5)
    assert (tmp_path / "a").exists()
    task.steps_done = 0
    task.step = lambda real: interrupted_step(real, times=2)
    history = fit(task, IMAGES, steps=20, checkpoint=tmp_path / "b", **QUIET)
    assert (history.stopped, history.steps[-1]) == ("interrupted", 4)
    assert not (tmp_path / "b").exists()  # half a step is not worth keeping
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_fit_works_outside_the_main_thread():
    found = []
    thread = threading.Thread(target=lambda: found.append(fit(make_task(), IMAGES, steps=2, **QUIET)))
    thread.start()
    thread.join()
    assert found[0].stopped == "finished"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_resuming_on_a_gpu_is_bitwise(tmp_path):
    lab = runtime.setup(device="cuda")
    quiet = {**QUIET, "lab": lab}
    whole, half, rest = (make_task(lab) for _ in range(3))
    expected = fit(whole, IMAGES, steps=50, **quiet)
    fit(half, IMAGES, steps=50, checkpoint=tmp_path / "x", callback=stop_at(25), **quiet)
    resumed = fit(rest, IMAGES, steps=50, resume=tmp_path / "x", **quiet)
    assert resumed.values == expected.values
    assert same(whole, rest)
