"""The loop: its promises, resuming bitwise, interruption, and what it answers to wrong input."""

import copy
import importlib
import os
import random
import signal
import threading
import time
import warnings

import numpy as np
import pytest
import torch
from torch import nn

from ganlab import runtime
from ganlab.minimax import networks
from ganlab.training import GANTask, TrainingConfig, fit
from ganlab.training.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from ganlab.training.fit import Batches
from tests.training.tasks import IMAGES, LAB, QUIET, make_task, same, stop_at, weights


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
    enough = (
        r"^run.safetensors: this run has its 20 steps already, and steps=20 asks for no more.*; give steps above 20"
    )
    with pytest.warns(UserWarning, match=enough):
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
    with pytest.warns(
        UserWarning, match="cut step 5 in two, so the run's end is not saved and there is no checkpoint"
    ):
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


@pytest.mark.parametrize(("images", "match"), [
    ([1, 2], "expected a tensor of shape .*, got list"),
    (type("Pictures", (), {"images": IMAGES})(), "got Pictures; pass its .images"),
    (IMAGES.double(), "expected float32 .* or uint8, got torch.float64"),
    (IMAGES[:5], "expected at least one batch of 8, got 5; add pictures or lower"),
    (IMAGES.flatten()[0:50], r"expected shape \(N, C, H, W\), got \(50,\)"),
    (IMAGES * 127.5 + 127.5, r"got .* to 255; use images / 127.5 - 1"),
    (IMAGES * 3, r"got -3 to 3; use 2 \* \(images - low\)"),
    (IMAGES / 2 + 0.5, r"looks like \[0, 1\]; use images \* 2 - 1"),
    (torch.where(IMAGES > 0.99, torch.nan, IMAGES), "got nan or infinity"),
    (IMAGES[:, :, :8, :8], "but the data has"),
    (IMAGES[:, :1], "but the data has"),
    ((IMAGES * 127 + 128).byte().permute(0, 2, 3, 1), r"got \(50, 16, 16, 3\), which looks like \(N, H, W, C\); use images.permute"),
    (IMAGES.permute(0, 2, 3, 1), r"which looks like \(N, H, W, C\); use images.permute\(0, 3, 1, 2\)"),
])  # fmt: skip
def test_wrong_images_are_answered_in_one_sentence(images, match):
    with pytest.raises((TypeError, ValueError), match=match) as caught:
        fit(make_task(), images, steps=2, **QUIET)
    assert "\n" not in str(caught.value)


def test_wrong_numbers_are_answered_in_one_sentence():
    with pytest.raises(ValueError, match="steps: expected at least 1, got 0"):
        fit(make_task(), IMAGES, steps=0, **QUIET)
    with pytest.raises(ValueError, match="batch_size: expected at least 2"):
        TrainingConfig(batch_size=1)
    with pytest.raises(ValueError, match="learning_rate_d: expected a number above 0, got -1"):
        TrainingConfig(learning_rate_d=-1)


def test_every_epoch_shows_every_picture_once_in_a_new_order():
    points = torch.arange(10.0)[:, None]
    batches = Batches(points, 3, seed=0, device=LAB.device)
    epochs = [torch.cat([batches[3 * epoch + index] for index in range(3)]).flatten().tolist() for epoch in range(2)]
    assert all(len(set(epoch)) == 9 for epoch in epochs)
    assert epochs[0] != epochs[1]
    assert torch.equal(Batches(points, 3, seed=0, device=LAB.device)[4], batches[4])


def test_bytes_train_like_the_floats_they_stand_for():
    values = torch.randint(0, 256, (20, 3, 16, 16), dtype=torch.uint8)
    a = fit(make_task(), values, steps=3, **QUIET)
    b = fit(make_task(), values.float() / 127.5 - 1, steps=3, **QUIET)
    assert a.values == b.values


def test_points_train_too():
    config = networks.ToyConfig()
    task = GANTask(networks.Generator(config), networks.Discriminator(config), TrainingConfig(batch_size=8), LAB)
    history = fit(task, torch.randn(40, 2) * 9, steps=3, **QUIET)
    assert history.frames[-1][1].shape == (32, 2)


def test_numbers_of_any_integer_type_are_integers_and_others_are_refused(tmp_path):
    path = tmp_path / "run.safetensors"
    numbers = {
        "steps": np.int64(2),
        "seed": np.uint8(3),
        "checkpoint_every": np.int32(1),
        "preview_every": np.int8(1),
    }
    history = fit(make_task(batch_size=np.int64(8)), IMAGES, checkpoint=path, **numbers, **QUIET)
    assert history.steps == [1, 2]
    assert fit(make_task(), IMAGES, steps=3, seed=3, resume=path, **QUIET).steps == [1, 2, 3]
    for name in numbers:
        with pytest.raises(TypeError, match=f"{name}: expected an integer, got 2.0"):
            fit(make_task(), IMAGES, checkpoint=path, **{"steps": 2, **QUIET, name: 2.0})
    with pytest.raises(ValueError, match="checkpoint_every: expected at least 0, got -1"):
        fit(make_task(), IMAGES, steps=2, checkpoint=path, checkpoint_every=-1, **QUIET)
    with pytest.raises(ValueError, match="checkpoint_every: expected a path in checkpoint, too"):
        fit(make_task(), IMAGES, steps=2, checkpoint_every=1, **QUIET)


def never(*_):
    raise AssertionError("a step was taken")


def test_a_path_that_cannot_be_written_is_refused_before_the_first_step(tmp_path):
    task = make_task()
    task.step = never
    (tmp_path / "file").write_text("no folder")
    for path, match in (
        (tmp_path, r"expected the path of a file to write, got a folder; use .*run\.safetensors$"),
        ("", "expected the path of a file to write, got an empty one"),
        (tmp_path / "file" / "x", "could not be written .*; choose a folder"),
        ("a\0b", "could not be written"),
    ):
        with pytest.raises(CheckpointError, match=match) as caught:
            fit(task, IMAGES, steps=2, checkpoint=path, **QUIET)
        assert "\n" not in str(caught.value)
    with pytest.raises(CheckpointError, match="cannot read it"):
        fit(task, IMAGES, steps=2, resume="", **QUIET)
    assert [found.name for found in tmp_path.iterdir()] == ["file"]


def test_a_folder_that_is_closed_to_writing_is_refused_before_the_first_step(tmp_path):
    task = make_task()
    task.step = never
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    if os.access(closed, os.W_OK):
        pytest.skip("this user may write anywhere")
    with pytest.raises(CheckpointError, match="could not be written .*Permission denied"):
        fit(task, IMAGES, steps=2, checkpoint=closed / "x", **QUIET)


def test_a_disk_that_fills_up_meanwhile_costs_the_file_and_nothing_else(tmp_path, monkeypatch):
    path, task = tmp_path / "run.safetensors", make_task()

    def full(*_, **__):
        raise CheckpointError("x: could not be written (No space left on device)")

    with monkeypatch.context() as patched:
        patched.setattr(importlib.import_module("ganlab.training.fit"), "save_checkpoint", full)
        with pytest.warns(UserWarning, match="the run is not saved, though nothing else is lost: x: could not be"):
            history = fit(task, IMAGES, steps=3, checkpoint=path, checkpoint_every=2, **QUIET)
    assert (history.stopped, history.steps) == ("finished", [1, 2, 3])
    assert not path.exists()


def test_other_betas_are_refused_on_resuming_and_another_rate_is_taken(tmp_path):
    path = tmp_path / "run.safetensors"
    fit(make_task(), IMAGES, steps=2, checkpoint=path, **QUIET)
    task = make_task(betas=(0.9, 0.999))
    before = [value.clone() for value in weights(task)]
    with pytest.raises(CheckpointError, match=r"had betas=\[0.5, 0.999\] in the optimiser of generator, this one has "
                       r"\[0.9, 0.999\]; give the same, or load_checkpoint"):  # fmt: skip
        fit(task, IMAGES, steps=4, resume=path, **QUIET)
    assert all(torch.equal(a, b) for a, b in zip(before, weights(task), strict=True))
    slower = make_task(learning_rate_g=1e-5, decay_from=1.0)
    fit(slower, IMAGES, steps=4, resume=path, **QUIET)
    assert slower.optimizer_g.param_groups[0]["lr"] == 1e-5


@pytest.mark.parametrize("meta", [
    {"step": "2"}, {"step": -1}, {"step": True}, {"step": 2, "steps_done": None}, {"step": 2, "history_steps": 3},
    {"step": 2, "history_steps": [1, 2], "history_values": {"loss": [1.0]}}, {"step": 2, "history_values": []},
    {"step": 2, "history_steps": [1], "history_values": {"loss": ["x"]}},
])  # fmt: skip
def test_a_record_that_fit_did_not_write_is_refused(tmp_path, meta):
    task = make_task()
    save_checkpoint(tmp_path / "x", modules=task.modules, optimizers=task.optimizers, meta=meta)
    with pytest.raises(CheckpointError, match="x: its step or its history is not as fit writes them"):
        fit(task, IMAGES, steps=4, resume=tmp_path / "x", **QUIET)


def modes(task):
    return {name: [part.training for part in module.modules()] for name, module in task.modules.items()}


def test_whoever_looked_at_a_network_trains_it_all_the_same():
    untouched, looked, meanwhile = make_task(), make_task(), make_task()
    looked.generator.eval()
    looked.discriminator.eval()
    expected = fit(untouched, IMAGES, steps=4, **QUIET)
    before = modes(looked)
    assert fit(looked, IMAGES, steps=4, **QUIET).values == expected.values
    assert same(looked, untouched)
    # And all are left in the mode that they were found in.
    assert modes(looked) == before
    assert modes(untouched)["generator"][0]
    history = fit(meanwhile, IMAGES, steps=4, callback=lambda *_: meanwhile.generator.eval(), **QUIET)
    assert history.values == expected.values


def test_what_is_frozen_keeps_its_mode_during_a_run():
    seen = []

    class Partly:
        """A frozen encoder in a network whose head learns, dropout beside the head, and an average."""

        def __init__(self):
            encoder = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)).eval().requires_grad_(False)
            self.network = nn.Sequential(encoder, nn.Dropout(0.5), nn.Linear(2, 2)).eval()
            self.modules = {"network": self.network, "ema": copy.deepcopy(self.network).requires_grad_(False)}
            self.optimizers = {"head": torch.optim.SGD(self.network[2].parameters(), 0.1)}
            self.steps_done, self.config = 0, TrainingConfig(batch_size=2)

        def step(self, real):
            self.steps_done += 1
            seen.append(modes(self))
            return {"loss": self.network(real).mean().detach()}

        def sample(self):
            return torch.zeros(1, 2)

    fit(Partly(), torch.zeros(4, 2), steps=1, **QUIET)
    # The whole, its frozen encoder with two parts, dropout, head.
    assert seen == [{"network": [True, False, False, False, True, True], "ema": [False] * 6}]


PLACES = [
    ("task", "step"), ("task", "sample"), ("fit", "save_checkpoint"), ("fit", "read_checkpoint"),
    ("fit", "load_checkpoint"), ("history.Rescue", "keep"), ("history.Rescue", "broken_module"),
    ("history.History", "record"), ("monitor.Monitor", "update"), ("monitor.Monitor", "__exit__"),
    ("checkpoint", "_replace"), ("fit.Batches", "__getitem__"), ("callback", ""),
]  # fmt: skip


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("times", [1, 2, 5])
@pytest.mark.parametrize(("owner", "name"), PLACES)
def test_interrupts_at_any_place_leave_a_whole_state_saved_or_said_not_to_be(
    tmp_path, monkeypatch, after_step, owner, name, times
):
    """So many interrupts before and after the third call of each part of a run."""
    begun, path = tmp_path / "begun.safetensors", tmp_path / "run.safetensors"
    fit(make_task(), IMAGES, steps=6, checkpoint=begun, callback=stop_at(1), **QUIET)
    task, calls = make_task(), 0

    def noisy(function):
        def call(*arguments, **keywords):
            nonlocal calls
            calls += 1
            again = times if calls in (1, 3) else 0
            for _ in range(again):
                signal.raise_signal(signal.SIGINT)
            found = function(*arguments, **keywords)
            for _ in range(again):
                signal.raise_signal(signal.SIGINT)
            return found

        return call

    callback = None
    if owner == "callback":
        callback = noisy(lambda *_: None)
    elif owner == "task":
        setattr(task, name, noisy(getattr(task, name)))
    else:
        module, _, kind = owner.partition(".")
        place = importlib.import_module(f"ganlab.training.{module}")
        place = getattr(place, kind) if kind else place
        monkeypatch.setattr(place, name, noisy(getattr(place, name)))
    ended = run_out(task, path, resume=begun, callback=callback, preview_every=1, checkpoint_every=2)
    assert calls
    monkeypatch.undo()
    check_end(path, *ended, after_step)


@pytest.fixture(scope="module")
def after_step():
    """What a run of six steps that nobody disturbs has in its networks and its random generator after each."""
    task = make_task()
    states = [[value.clone() for value in weights(task)]]
    fit(task, IMAGES, steps=6, callback=lambda *_: states.append([value.clone() for value in weights(task)]), **QUIET)
    return states


def run_out(task, path, **settings):
    """A run with interrupts on their way: no exception leaves it; its history, and what it warned of."""
    before = signal.getsignal(signal.SIGINT)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        history = fit(task, IMAGES, steps=6, checkpoint=path, **{**QUIET, **settings})
    assert signal.getsignal(signal.SIGINT) is before
    return history, [str(warning.message) for warning in said]


def check_end(path, history, said, after_step):
    """The file has the last whole state, or a warning has told."""
    last = history.steps[-1] if history.steps else 0
    assert history.stopped == "interrupted" or last == 6
    if said:
        assert [f"cut step {last + 1} in two" in text for text in said] == [True]
        return
    saved = make_task()
    meta = load_checkpoint(path, modules=saved.modules, optimizers=saved.optimizers)
    assert meta["step"] == meta["steps_done"] == last
    assert meta["history_values"] == history.values
    assert all(torch.equal(a, b) for a, b in zip(weights(saved), after_step[last], strict=True))
    if last == 2:
        # Its random numbers, too, are those of this step: the run can go on.
        fit(saved, IMAGES, steps=6, resume=path, **QUIET)
        assert all(torch.equal(a, b) for a, b in zip(weights(saved), after_step[6], strict=True))


@pytest.mark.thorough
def test_two_hundred_double_interrupts_at_random_moments(tmp_path, after_step):
    moments, ends, late = random.Random(0), [], []
    before = signal.signal(signal.SIGINT, lambda *_: late.append(1))
    try:
        began = time.perf_counter()
        fit(make_task(), IMAGES, steps=6, checkpoint=tmp_path / "first", checkpoint_every=2, **QUIET)
        length = time.perf_counter() - began
        for number in range(200):
            task = make_task()
            first = moments.uniform(0, length)
            again = first + moments.choice([0.0005, 0.005, 0.1]) * moments.random()
            timers = [threading.Timer(delay, os.kill, (os.getpid(), signal.SIGINT)) for delay in (first, again)]
            sample, asked = task.sample, []

            # The first sample is drawn before the first step, with the handler in its place.
            def sample_first(sample=sample, asked=asked, timers=timers):
                for timer in timers if not asked else []:
                    timer.start()
                asked.append(1)
                return sample()

            task.sample = sample_first
            history, said = run_out(task, tmp_path / f"{number}.x", checkpoint_every=2)
            for timer in timers:
                timer.join()
            check_end(tmp_path / f"{number}.x", history, said, after_step)
            ends.append(history.stopped)
    finally:
        signal.signal(signal.SIGINT, before)
    # Most of them did fall into the run.
    assert ends.count("interrupted") > 50
