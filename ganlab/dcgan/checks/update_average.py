"""Lesson 02, exercise 7: the moving average."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, returns, rung
from ganlab.dcgan.checks.networks import fixed_weights


def _pair() -> tuple[Any, ...]:
    average, model = (nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)) for _ in range(2))
    fixed_weights(average)
    fixed_weights(model, scale=-1.5)
    statistics = dict(model[1].named_buffers())
    statistics["running_mean"] += 3.0
    statistics["running_var"] *= 0.25
    statistics["num_batches_tracked"] += 41
    return average, model, 0.75


def _mixed(weight: float) -> Callable[[Attempt], bool]:
    """Whether the parameters are ``weight`` times the average's and the rest the model's."""

    def test(f: Attempt) -> bool:
        before, model, _ = _pair()
        after = f(*_pair())
        pairs = zip(before.parameters(), model.parameters(), after.parameters(), strict=True)
        return all(close(new.detach(), (weight * a + (1 - weight) * m).detach()) for a, m, new in pairs)

    return test


def _buffers(f: Attempt) -> bool:
    average, model, decay = _pair()
    f(average, model, decay)
    return all(torch.equal(a, m) for a, m in zip(average.buffers(), model.buffers(), strict=True))


def _model_kept(f: Attempt) -> bool:
    average, model, decay = _pair()
    f(average, model, decay)
    untouched = _pair()[1].state_dict()
    return all(torch.equal(kept, untouched[key]) for key, kept in model.state_dict().items())


def _same_tensors(f: Attempt) -> bool:
    average, model, decay = _pair()
    before = [id(parameter) for parameter in average.parameters()]
    f(average, model, decay)
    leaves = all(p.is_leaf and p.grad_fn is None for p in average.parameters())
    return leaves and before == [id(parameter) for parameter in average.parameters()]


update_average = Ladder(
    "update_average",
    example=_pair,
    rungs=[
        returns(nn.Module, hint="change `average` in place and return it"),
        rung("in_place", lambda f: f.result is f.arguments[0], "what comes back should be `average` itself"),
        rung("model_changed", _model_kept, "the trained network was changed; only the average may move"),
        rung("unmoved", lambda f: not _mixed(1.0)(f), "the average's parameters did not move"),
        rung("swapped", lambda f: not _mixed(0.25)(f), "decay is what the average keeps of itself"),
        rung("copied", lambda f: not _mixed(0.0)(f), "the parameters were copied, not averaged"),
        rung("parameters", _mixed(0.75), "the parameters are not the weighted average that the text describes"),
        rung("buffers", _buffers, "the buffers (running statistics, step counter) should be copied from the model"),
        rung("graph", _same_tensors, "the average's parameters should stay the same tensors, outside any graph"),
    ],
    praise="a generator that averages over its own recent past",
)  # fmt: skip
