"""What a training run leaves behind: its losses, its pictures on the way, and a diagnosis when it blew up."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer


@dataclass(repr=False)
class History:
    """The record of a run, as returned by :func:`ganlab.training.fit`.

    Attributes
    ----------
    steps : list of int
        Number of each recorded step, from 1.
    values : dict of str to list of float
        For every quantity that the task reports ("loss_d", "loss_g", ...), its value at each of those steps.
    images_per_second : float
        Training speed, without the time that pictures on the way and the live figure took.
    frames : list of (int, Tensor)
        Step and preview (n, C, H, W): the same latent vectors drawn again and again while the generator learns.
    stopped : str
        "finished", "interrupted" (the notebook's interrupt key, Ctrl-C) or "button" (the stop button).
    """

    steps: list[int] = field(default_factory=list)
    values: dict[str, list[float]] = field(default_factory=dict)
    images_per_second: float = 0.0
    frames: list[tuple[int, Tensor]] = field(default_factory=list)
    stopped: str = "finished"
    _last: frozenset[str] = frozenset()  # names in the last record

    def record(self, step: int, values: Mapping[str, float]) -> None:
        """Append one step; a quantity that is not reported at every step is nan in between."""
        self.steps.append(step)
        for name in values:
            self.values.setdefault(name, [math.nan] * (len(self.steps) - 1))
        for name, known in self.values.items():
            known.append(values.get(name, math.nan))
        self._last = frozenset(values)

    def is_finite(self) -> bool:
        """Whether everything in the last record is a finite number."""
        return all(math.isfinite(values[-1]) for name, values in self.values.items() if name in self._last)

    def __repr__(self) -> str:
        if not self.steps:
            return f"History: no steps ({self.stopped})"
        last = ", ".join(f"{name} {values[-1]:.3g}" for name, values in sorted(self.values.items()))
        return f"History: {self.steps[-1]} steps ({self.stopped}), {self.images_per_second:.0f} images/s, {last}"


class TrainingDiverged(RuntimeError):
    """A loss or a weight is no longer a finite number; the message says which, since when, and what to try.

    Attributes
    ----------
    step : int
        The step at which it was found.
    history : History
        The losses up to there.
    """

    def __init__(self, message: str, step: int, history: History) -> None:
        super().__init__(message)
        self.step, self.history = step, history


class Rescue:
    """Keeps a copy of the last state in which all weights were finite, to go back to after a divergence."""

    def __init__(self, modules: Mapping[str, nn.Module], optimizers: Mapping[str, Optimizer]) -> None:
        self._all: dict[str, Any] = {**modules, **{f"optimizer of {name}": o for name, o in optimizers.items()}}
        self._modules = modules
        self._kept: dict[str, Any] = {}
        self._step = 0

    def broken_module(self) -> str | None:
        """Name of the first module with a weight that is not finite, or None."""
        for name, module in self._modules.items():
            floating = [value for value in module.state_dict().values() if value.is_floating_point()]
            # The sum of absolute values is finite exactly when every value is (short of an overflow, itself a fault).
            if floating and not torch.stack(torch._foreach_norm(floating, 1)).sum().isfinite():
                return name
        return None

    def keep(self, step: int) -> None:
        """Remember the present state, which :meth:`broken_module` found in order."""
        self._kept = {name: _copy(part.state_dict()) for name, part in self._all.items()}
        self._step = step

    def diverged(self, step: int, history: History, settings: Any) -> TrainingDiverged:
        """Go back to the state kept, and describe what happened."""
        broken = self.broken_module()
        bad = [name for name, values in sorted(history.values.items()) if values and not math.isfinite(values[-1])]
        if bad:
            what = " and ".join(f"{name} became {history.values[name][-1]}" for name in bad)
        else:
            what = f"a weight of the {broken} is no longer a finite number"
        if bad and broken:
            what += f", because a weight of the {broken} is no longer a finite number"
        rates = ", ".join(
            f"{name}={value:g}" for name, value in sorted(vars(settings).items()) if name.startswith("learning_rate")
        )
        advice = f"try a tenth of the learning rate ({rates})" if rates else "try a tenth of the learning rate"
        for name, part in self._all.items():
            part.load_state_dict(_copy(self._kept[name]))
        return TrainingDiverged(
            f"{what} at step {step}{_trend(history)}: the steps are too large, so {advice} or a stronger penalty; "
            f"the networks are back in their state of step {self._step}",
            step,
            history,
        )


def _copy(value: Any) -> Any:
    """A deep copy of a state dict, every tensor in its own memory layout."""
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _trend(history: History) -> str:
    """How the losses looked ten steps ago, the hint whether it came slowly or at a stroke."""
    if len(history.steps) < 2:
        return ""
    back = max(0, len(history.steps) - 11)
    then = [f"{name} was {values[back]:.3g}" for name, values in sorted(history.values.items())]
    return f" ({', '.join(then)} at step {history.steps[back]})"
