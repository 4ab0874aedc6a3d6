"""The loop around a training step: data, learning rates, checkpoints, what the learner sees, and its interruption.

It knows nothing of GANs: whatever has the members of :class:`Task` can be trained with :func:`fit`.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ganlab.layers import keep_modes
from ganlab.runtime import Lab, as_integer, tame
from ganlab.training.checkpoint import (
    CheckpointError,
    check_writable,
    load_checkpoint,
    read_checkpoint,
    save_checkpoint,
)
from ganlab.training.history import History, Rescue
from ganlab.training.monitor import Interrupts, Monitor

# Settings of an optimiser that are set by the run (the learning rate) or say how it computes, not what.
NOT_COMPARED = {"params", "lr", "initial_lr", "fused", "foreach", "capturable", "differentiable"}


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
    button and the interrupt key both end the run after the current step, with everything usable. A second interrupt
    cuts the step in two; then the end of the run is not saved, which a warning says.

    During the run every module with weights that an optimiser of the task steers is in train mode, whatever mode it
    was in; frozen ones keep theirs. Afterwards all are in the mode they had.

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
        Where to save the run at its end, when it is stopped, and every so many steps (0: not in between). A save
        that fails, say on a full disk, is a warning, and the run goes on.
    resume : path, optional
        A checkpoint to continue from, bitwise as if the run had never stopped. Learning rates may be others; what
        else the optimisers are set to may not. If the run is finished already, a warning says so.
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
        If ``checkpoint`` cannot be written to, or ``resume`` cannot be read or belongs to another run; before any
        training.
    TrainingDiverged
        If a loss or a weight is no longer finite; the networks are then back in an earlier, finite state.
    """
    with Interrupts() as interrupts:
        run = Run(
            task,
            images,
            steps=steps,
            lab=lab,
            seed=seed,
            checkpoint=checkpoint,
            checkpoint_every=checkpoint_every,
            preview_every=preview_every,
            callback=callback,
            interrupts=interrupts,
        )
        with run.apart():
            run.start(resume)
            with Monitor(
                steps=run.steps,
                done=run.done,
                progress=progress,
                live=live,
                interrupts=interrupts,
                sample=run.sample,
            ) as monitor:
                try:
                    while run.done < run.steps and not monitor.stopping:
                        run.advance()
                        monitor.update(run.done, run.history)
                    run.history.stopped = monitor.stopping or "finished"
                except KeyboardInterrupt:
                    run.history.stopped = "interrupted"
                run.finish()
    return run.history


class Run:
    """One run of :func:`fit`, its parts in the order in which they come.

    :meth:`apart` around everything; :meth:`start`, which may :meth:`resume`; :meth:`advance` step by step, with
    :meth:`settle`, :meth:`preview` and :meth:`save` now and then; :meth:`finish`.

    Attributes
    ----------
    done, steps : int
        Steps taken, with those before a checkpoint that was resumed, and steps to take.
    whole : bool
        Whether the state is that between two steps, and not one from the middle of a step.
    history : History
        What :func:`fit` returns.
    """

    def __init__(
        self,
        task: Task,
        images: Tensor,
        *,
        steps: int,
        lab: Lab,
        seed: int,
        checkpoint: str | os.PathLike[str] | None,
        checkpoint_every: int,
        preview_every: int | None,
        callback: Callable[[int, History], None] | None,
        interrupts: Interrupts,
    ) -> None:
        self.task, self.config, self.callback, self.interrupts = task, task.config, callback, interrupts
        self.steps, self.seed = as_integer("steps", steps, least=1), as_integer("seed", seed)
        self.checkpoint, self.save_every = checkpoint, as_integer("checkpoint_every", checkpoint_every, least=0)
        usual = max(1, self.steps // 12)
        self.preview_every = usual if preview_every is None else as_integer("preview_every", preview_every, least=0)
        if checkpoint is not None:
            check_writable(checkpoint)
        elif self.save_every:
            raise ValueError("checkpoint_every: expected a path in checkpoint, too, to save the run to, got None")
        batch_size = as_integer("batch_size", self.config.batch_size, least=1)
        self.batches = Batches(images, batch_size, seed=self.seed, device=lab.device)
        # What a checkpoint and the run that resumes it must agree in.
        self.identity = {"seed": self.seed, "batch_size": batch_size, "pictures": list(images.shape)}
        self.gpus = [torch.cuda.current_device()] if lab.device.type == "cuda" else []
        self.rng = {"torch": torch.default_generator}
        self.rng |= {f"cuda{gpu}": torch.cuda.default_generators[gpu] for gpu in self.gpus}
        # Reading a loss waits for the GPU: there, many are read at once.
        self.patience = 20 if self.gpus and callback is None else 1
        self.pending: list[tuple[int, Mapping[str, Tensor]]] = []
        self.rates, self.taught = _base_rates(task), _taught(task)
        self.rescue = Rescue(task.modules, task.optimizers)
        self.history = History()
        self.done, self.began_at, self.spent, self.whole = 0, 0, 0.0, True
        # The step that the file holds, once this run has written it.
        self.saved: int | None = None

    @contextmanager
    def apart(self) -> Iterator[None]:
        """The run has random numbers of its own, and switches modes; afterwards both are as they were found."""
        with torch.random.fork_rng(devices=self.gpus), keep_modes(*self.task.modules.values()):
            yield

    def start(self, resume: str | os.PathLike[str] | None) -> None:
        """Seed, or take up a checkpoint; keep the state to go back to, and its picture."""
        torch.manual_seed(self.seed)
        if resume is not None:
            self.resume(resume)
            if self.done >= self.steps:
                warnings.warn(
                    f"{os.path.basename(resume)}: this run has its {self.done} steps already, and steps={self.steps} "
                    f"asks for no more, so nothing is trained; give steps above {self.done} to go on",
                    stacklevel=3,
                )
        self.began_at = self.done
        self.rescue.keep(self.done)
        self.preview(due=self.preview_every > 0)

    def resume(self, path: str | os.PathLike[str]) -> None:
        """Put task, history and random generators into the state of a checkpoint; all is checked before.

        Raises
        ------
        CheckpointError
            If the file cannot be read, was not written by :func:`fit`, or belongs to another run.
        """
        where = os.path.basename(path)
        tensors, header = read_checkpoint(path)
        meta = header["meta"]
        again = "give the same, or load_checkpoint to start a new run from its weights"
        for name, value in self.identity.items():
            if meta.get(name, value) != value:
                raise CheckpointError(
                    f"{where}: the run it belongs to had {name}={tame(meta[name])}, this one has {value}; {again}"
                )
        if "step" not in meta:
            raise CheckpointError(f"{where}: expected a checkpoint written by fit, this one has no step")
        if not _is_record(meta):
            raise CheckpointError(f"{where}: its step or its history is not as fit writes them; start anew")
        for name, optimizer in self.task.optimizers.items():
            saved = header["optimizers"].get(name, {"groups": []})["groups"]
            for then, now in zip(saved, optimizer.param_groups, strict=False):
                for key in sorted((then.keys() & now.keys()) - NOT_COMPARED):
                    wanted = list(now[key]) if isinstance(now[key], tuple) else now[key]
                    if then[key] != wanted:
                        raise CheckpointError(
                            f"{where}: the run it belongs to had {key}={tame(then[key])} in the optimiser of {name}, "
                            f"this one has {wanted}; {again}"
                        )
        # On another kind of device the run goes on, though not bitwise: that one's generator is not in the file.
        known = {name: generator for name, generator in self.rng.items() if f"rng/{name}" in tensors}
        load_checkpoint(path, modules=self.task.modules, optimizers=self.task.optimizers, rng=known)
        self.done, self.task.steps_done = meta["step"], meta.get("steps_done", meta["step"])
        self.history.steps, self.history.values = meta.get("history_steps", []), meta.get("history_values", {})

    def advance(self) -> None:
        """One step, and what is due after it."""
        began = time.perf_counter()
        _set_learning_rates(self.task, self.rates, self.done / self.steps)
        # At every step: whoever looked at a network meanwhile may have left it in eval mode.
        for module in self.taught:
            if not module.training:
                module.training = True
        batch = self.batches[self.done]
        self.whole = False
        with self.interrupts.cutting():
            losses = self.task.step(batch)
        self.done, self.whole = self.done + 1, True
        self.pending.append((self.done, losses))
        if len(self.pending) >= self.patience:
            self.settle()
        self.spent += time.perf_counter() - began
        self.history.images_per_second = (self.done - self.began_at) * self.batches.batch_size / self.spent
        self.preview(due=self.preview_every > 0 and self.done % self.preview_every == 0)
        if self.done % 100 == 0:
            self.settle(weights=True)
            self.rescue.keep(self.done)
        if self.callback is not None:
            with self.interrupts.cutting():
                self.callback(self.done, self.history)
        if self.save_every and self.done % self.save_every == 0:
            self.save()

    def settle(self, *, weights: bool = False) -> None:
        """Read the losses of the last steps; stop where one, or a weight, is not finite."""
        for step, losses in self.pending:
            self.history.record(step, {name: torch.as_tensor(loss).item() for name, loss in losses.items()})
            if not self.history.is_finite():
                raise self.rescue.diverged(step, self.history, self.config)
        self.pending.clear()
        if weights and self.rescue.broken_module():
            raise self.rescue.diverged(self.done, self.history, self.config)

    def sample(self) -> Tensor:
        """Pictures of the present state, on the CPU; looking at them must not change the training."""
        with torch.random.fork_rng(devices=self.gpus):
            return self.task.sample().detach().float().cpu()

    def preview(self, *, due: bool) -> None:
        """Put a picture of the present state into the history, if one is due."""
        if due:
            self.history.frames.append((self.done, self.sample()))

    def save(self) -> None:
        """Write the whole state, if a path was given; what cannot be written must not cost what was learnt."""
        if self.checkpoint is None:
            return
        self.settle(weights=True)
        task, history = self.task, self.history
        meta = {**self.identity, "step": self.done, "steps_done": task.steps_done, "steps": self.steps}
        meta |= {"history_steps": history.steps, "history_values": history.values}
        try:
            save_checkpoint(
                self.checkpoint, modules=task.modules, optimizers=task.optimizers, meta=meta, rng=self.rng
            )
        except CheckpointError as error:
            warnings.warn(f"the run is not saved, though nothing else is lost: {error}", stacklevel=4)
        else:
            self.saved = self.done

    def finish(self) -> None:
        """Save the last state, or say that it is not saved."""
        self.settle(weights=True)
        if self.whole:
            self.save()
        elif self.checkpoint is not None:
            # Such a state is not worth keeping: nobody could continue from it.
            name = os.path.basename(self.checkpoint)
            there = "there is no checkpoint of this run" if self.saved is None else f"{name} holds step {self.saved}"
            warnings.warn(
                f"the second interrupt cut step {self.done + 1} in two, so the run's end is not saved and {there}; "
                "after a single interrupt the step is finished, and saved",
                stacklevel=3,
            )


def _is_record(meta: Mapping[str, Any]) -> bool:
    """Whether step and history of a checkpoint have the types and lengths that :meth:`Run.save` gives them."""
    steps, values = meta.get("history_steps", []), meta.get("history_values", {})
    counts = [meta["step"], meta.get("steps_done", meta["step"])]
    return (
        all(type(count) is int and count >= 0 for count in counts)
        and isinstance(steps, list)
        and all(type(step) is int for step in steps)
        and isinstance(values, dict)
        and all(isinstance(known, list) and len(known) == len(steps) for known in values.values())
        and all(isinstance(value, int | float) for known in values.values() for value in known)
    )


def _taught(task: Task) -> list[nn.Module]:
    """The modules that are in train mode during a run: those with weights that an optimiser steers.

    What has weights and none of them steered keeps its mode: averages, judges, a pretrained encoder. What has none,
    such as dropout, does as the module that it is in.
    """
    steered = {
        id(weight)
        for optimizer in task.optimizers.values()
        for group in optimizer.param_groups
        for weight in group["params"]
    }
    found: list[nn.Module] = []

    def walk(module: nn.Module, *, outermost: bool = False) -> None:
        weights = {id(weight) for weight in module.parameters()}
        if steered.isdisjoint(weights) and (weights or outermost):
            return
        found.append(module)
        for child in module.children():
            walk(child)

    for module in task.modules.values():
        walk(module, outermost=True)
    return found


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
    if images.dim() == 4 and images.shape[3] in (1, 3, 4) and min(images.shape[1:3]) > 4:
        raise ValueError(
            f"images: expected shape (N, C, H, W), got {tuple(images.shape)}, which looks like (N, H, W, C); "
            "use images.permute(0, 3, 1, 2)"
        )
    if len(images) < batch_size:
        raise ValueError(
            f"images: expected at least one batch of {batch_size}, got {len(images)}; "
            "add pictures or lower TrainingConfig.batch_size"
        )
    if images.dtype is torch.uint8:
        return
    # One pass; nan comes through.
    low, high = (float(value) for value in torch.aminmax(images))
    if not (low > -float("inf") and high < float("inf")):
        raise ValueError("images: expected finite values in [-1, 1], got nan or infinity; look for broken pictures")
    if images.dim() < 4:
        # Points of a toy distribution have no range.
        return
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
