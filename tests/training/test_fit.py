"""The loop: its promises, resuming bitwise, interruption, and what it answers to wrong input."""

import signal
import threading

import pytest
import torch

from ganlab import runtime
from ganlab.minimax import networks
from ganlab.training import GANTask, TrainingConfig, fit
from ganlab.training.checkpoint import CheckpointError, save_checkpoint
from ganlab.training.fit import Batches
from tests.training.tasks import IMAGES, LAB, QUIET, make_task, same, stop_at


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
