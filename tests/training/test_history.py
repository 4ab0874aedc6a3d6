"""What a run leaves behind, and what is said and done when it blows up."""

import copy
import math

import pytest
import torch
from torch import nn

from ganlab.training import History, TrainingConfig, TrainingDiverged, fit
from tests.training.tasks import IMAGES, QUIET, make_task


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
