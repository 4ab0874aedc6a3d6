"""The loop around a training step: data, learning rates, checkpoints, what the learner sees, and its interruption.

It knows nothing of GANs: whatever has the members of :class:`Task` can be trained with :func:`fit`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ganlab.runtime import Lab
from ganlab.training.checkpoint import CheckpointError, load_checkpoint, read_checkpoint, save_checkpoint
from ganlab.training.history import History, Rescue
from ganlab.training.monitor import Monitor


class Schedule(Protocol):
    """The settings that :func:`fit` reads; ``TrainingConfig`` has them."""

    @property
    def batch_size(self) -> int:
        """Pictures a step."""

    @property
    def decay_from(self) -> float:
        """Fraction of the run after which the learning rates fall."""

    @property
    def decay_to(self) -> float:
        """Fraction of themselves to which they fall."""


class Task(Protocol):
    """What :func:`fit` trains: anything that has these. ``ganlab.training.GANTask`` is one."""

    modules: dict[str, nn.Module]  # everything a checkpoint must hold
    optimizers: dict[str, Optimizer]
    steps_done: int  # counted up by step, set by fit when it resumes

    @property
    def config(self) -> Schedule:
        """Settings of the run."""

    def step(self, real: Tensor) -> dict[str, Tensor]:
        """Train on one batch (N, C, H, W) in [-1, 1]; return scalars to record, losses named ``loss_...``."""

    def sample(self) -> Tensor:
        """Pictures (n, C, H, W) in [-1, 1] that show the state of training."""


def fit(
    task: Task,
    images: Tensor,
    *,
    steps: int,
    lab: Lab,
    seed: int = 0,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: int = 0,
    resume: str | os.PathLike[str] | None = None,
    progress: bool = True,
    live: bool = True,
    preview_every: int | None = None,
    callback: Callable[[int, History], None] | None = None,
) -> History:
    """Train ``task`` on ``images``, visibly and interruptibly.

    In a notebook a figure shows losses and samples while they change, beside a progress bar and a stop button; the
    button and the interrupt key both end the run after the current step, with everything usable.

    Parameters
    ----------
    task : Task
        What to train, for example a ``GANTask``.
    images : Tensor
        (N, C, H, W), float32 in [-1, 1] or uint8 in [0, 255].
    steps : int
        Length of the whole run; a resumed run does what is left of it.
    lab : Lab
        From :func:`ganlab.setup`.
    seed : int
        Of the order of the pictures and the latent vectors. The global random state is put back afterwards.
    checkpoint, checkpoint_every : path and int
        Where to save the run at its end, when it is stopped, and every so many steps (0: not in between).
    resume : path, optional
        A checkpoint to continue from, bitwise as if the run had never stopped.
    progress, live : bool
        Show the progress bar; show the live figure and the stop button (in a notebook).
    preview_every : int, optional
        Steps between two pictures in ``history.frames``; a twelfth of the run if not given, none if 0.
    callback : callable, optional
        Called as ``callback(step, history)`` after every step.

    Raises
    ------
    TypeError, ValueError
        If the images or a number are not as described.
    CheckpointError
        If ``resume`` cannot be read or belongs to another run.
    TrainingDiverged
        If a loss or a weight is no longer finite; the networks are then back in an earlier, finite state.
    """
    if steps < 1:
        raise ValueError(f"steps: expected at least 1, got {steps}")
    config, history, done, spent = task.config, History(), 0, 0.0
    batches = Batches(images, config.batch_size, seed=seed, device=lab.device)
    run = {"seed": seed, "batch_size": config.batch_size, "pictures": list(images.shape)}
    gpus = [torch.cuda.current_device()] if lab.device.type == "cuda" else []
    rng = {"torch": torch.default_generator} | {f"cuda{gpu}": torch.cuda.default_generators[gpu] for gpu in gpus}
    rates = _base_rates(task)
    rescue = Rescue(task.modules, task.optimizers)
    pending: list[tuple[int, Mapping[str, Tensor]]] = []
    # Reading a loss waits for the GPU: there, many are read at once.
    patience = 20 if gpus and callback is None else 1
    every = max(1, steps // 12) if preview_every is None else preview_every

    def settle(*, weights: bool = False) -> None:
        """Read the losses of the last steps; stop where one, or a weight, is not finite."""
        for step, losses in pending:
            history.record(step, {name: torch.as_tensor(loss).item() for name, loss in losses.items()})
            if not history.is_finite():
                raise rescue.diverged(step, history, config)
        pending.clear()
        if weights and rescue.broken_module():
            raise rescue.diverged(done, history, config)

    def save() -> None:
        if checkpoint is not None:
            settle(weights=True)
            meta = {**run, "step": done, "steps_done": task.steps_done, "steps": steps}
            meta |= {"history_steps": history.steps, "history_values": history.values}
            save_checkpoint(checkpoint, modules=task.modules, optimizers=task.optimizers, meta=meta, rng=rng)

    def sample() -> Tensor:
        with torch.random.fork_rng(devices=gpus):  # looking at samples must not change the training
            return task.sample().detach().float().cpu()

    with torch.random.fork_rng(devices=gpus):
        torch.manual_seed(seed)
        if resume is not None:
            done = _resume(resume, task, history, run, rng)
        before, whole = done, True
        rescue.keep(done)
        if every:
            history.frames.append((done, sample()))
        with Monitor(steps=steps, done=done, progress=progress, live=live, sample=sample) as monitor:
            try:
                while done < steps and not monitor.stopping:
                    began, whole = time.perf_counter(), False
                    _set_learning_rates(task, rates, done / steps)
                    pending.append((done + 1, task.step(batches[done])))
                    done, whole = done + 1, True
                    if len(pending) >= patience:
                        settle()
                    spent += time.perf_counter() - began
                    history.images_per_second = (done - before) * config.batch_size / spent
                    if every and done % every == 0:
                        history.frames.append((done, sample()))
                    if done % 100 == 0:
                        settle(weights=True)
                        rescue.keep(done)
                    if callback is not None:
                        callback(done, history)
                    if checkpoint_every and done % checkpoint_every == 0:
                        save()
                    monitor.update(done, history)
                history.stopped = monitor.stopping or "finished"
            except KeyboardInterrupt:
                history.stopped = "interrupted"
            settle(weights=True)
            if whole:  # a second interrupt may have cut a step in two: such a state is not worth keeping
                save()
    return history


def _base_rates(task: Task) -> dict[str, list[float]]:
    """Learning rates before any decay, by optimiser; a second run with the same task starts from them again."""
    return {
        name: [group.setdefault("initial_lr", group["lr"]) for group in optimizer.param_groups]
        for name, optimizer in task.optimizers.items()
    }


def _set_learning_rates(task: Task, rates: Mapping[str, list[float]], done: float) -> None:
    """Hold the learning rates up to ``decay_from`` of the run, then let them fall linearly to ``decay_to``."""
    config = task.config
    left = (1 - done) / (1 - config.decay_from) if done > config.decay_from else 1.0
    for name, optimizer in task.optimizers.items():
        for group, rate in zip(optimizer.param_groups, rates[name], strict=True):
            group["lr"], group["initial_lr"] = rate * max(config.decay_to, left), rate


def _resume(
    path: str | os.PathLike[str],
    task: Task,
    history: History,
    run: Mapping[str, Any],
    rng: Mapping[str, torch.Generator],
) -> int:
    """Put task, history and random generators into the state of a checkpoint; return the step it was made at."""
    tensors, header = read_checkpoint(path)
    for name, value in run.items():
        if header["meta"].get(name, value) != value:
            raise CheckpointError(
                f"{os.path.basename(path)}: the run it belongs to had {name}={header['meta'][name]}, this one has "
                f"{value}; give the same, or load_checkpoint to start a new run from its weights"
            )
    if "step" not in header["meta"]:
        raise CheckpointError(f"{os.path.basename(path)}: expected a checkpoint written by fit, this one has no step")
    # A run moved to another kind of device goes on, though not bitwise: that device's generator is not in the file.
    known = {name: generator for name, generator in rng.items() if f"rng/{name}" in tensors}
    meta = load_checkpoint(path, modules=task.modules, optimizers=task.optimizers, rng=known)
    task.steps_done = meta.get("steps_done", meta["step"])
    history.steps, history.values = meta.get("history_steps", []), meta.get("history_values", {})
    return int(meta["step"])


def check_images(images: Tensor, batch_size: int) -> None:
    """Say in one sentence what is wrong with ``images``, if anything is.

    Raises
    ------
    TypeError
        If it is no tensor, or neither float32 nor uint8.
    ValueError
        If there are fewer pictures than a batch takes, or values outside [-1, 1], or values that are not finite.
    """
    if not isinstance(images, Tensor):
        hint = "; pass its .images" if isinstance(getattr(images, "images", None), Tensor) else ""
        raise TypeError(f"images: expected a tensor of shape (N, C, H, W), got {type(images).__name__}{hint}")
    if images.dtype not in (torch.float32, torch.uint8):
        raise TypeError(f"images: expected float32 in [-1, 1] or uint8, got {images.dtype}; use images.float()")
    if images.dim() < 2:
        raise ValueError(f"images: expected shape (N, C, H, W), got {tuple(images.shape)}")
    if len(images) < batch_size:
        raise ValueError(
            f"images: expected at least one batch of {batch_size}, got {len(images)}; "
            "add pictures or lower TrainingConfig.batch_size"
        )
    if images.dtype is torch.uint8:
        return
    low, high = (float(value) for value in torch.aminmax(images))  # one pass; nan comes through
    if not (low > -float("inf") and high < float("inf")):
        raise ValueError("images: expected finite values in [-1, 1], got nan or infinity; look for broken pictures")
    if images.dim() < 4:
        return  # points of a toy distribution have no range
    if low < -1.001 or high > 1.001:
        hint = "images / 127.5 - 1" if low >= 0 and high <= 255 else "2 * (images - low) / (high - low) - 1"
        raise ValueError(f"images: expected values in [-1, 1], got {low:.3g} to {high:.3g}; use {hint}")
    if low >= 0 and high > 0.9:
        raise ValueError(
            f"images: expected values in [-1, 1], got {low:.3g} to {high:.3g}, which looks like [0, 1]; "
            "use images * 2 - 1"
        )


class Batches:
    """Batch number ``step`` of an endless, reproducible stream.

    The order depends on the seed and the epoch alone, so a resumed run needs no more than its step to go on with
    the very pictures that would have come next. Pictures left over at the end of an epoch wait for the next one.
    """

    def __init__(self, images: Tensor, batch_size: int, *, seed: int, device: torch.device) -> None:
        check_images(images, batch_size)
        self.images, self.batch_size, self.seed, self.device = images, batch_size, seed, device
        self._epoch, self._order = -1, torch.empty(0, dtype=torch.long)

    def __getitem__(self, step: int) -> Tensor:
        """Batch ``step``, counted from 0: float32 (batch_size, ...) in [-1, 1] on the device."""
        epoch, index = divmod(step, len(self.images) // self.batch_size)
        if epoch != self._epoch:
            own = torch.Generator().manual_seed(self.seed + 7919 * epoch)
            self._epoch, self._order = epoch, torch.randperm(len(self.images), generator=own)
        chosen = self._order[index * self.batch_size :][: self.batch_size]
        batch = self.images[chosen.to(self.images.device)].to(self.device)
        return batch.float() / 127.5 - 1 if batch.dtype is torch.uint8 else batch
