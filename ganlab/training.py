"""Training steps, and a loop the learner can see.

The two step functions are the heart of every adversarial lesson; lesson 02 shows them in full. They share one
forward pass of the generator: the discriminator learns from the detached fakes, the generator from the same
fakes scored again by the discriminator that has just been updated.
"""

from __future__ import annotations

import copy
import os
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ganlab.batches import Batches
from ganlab.checkpoint import CheckpointError, load_checkpoint, read_checkpoint, save_checkpoint
from ganlab.history import History, Rescue, TrainingDiverged
from ganlab.live import Monitor
from ganlab.losses import discriminator_loss, generator_loss, r1_penalty
from ganlab.runtime import Lab

__all__ = [
    "GANTask",
    "History",
    "Task",
    "TrainingConfig",
    "TrainingDiverged",
    "discriminator_step",
    "fit",
    "generator_step",
    "update_ema",
]


@dataclass(frozen=True)
class TrainingConfig:
    """Settings of an adversarial training run. The defaults train 32 x 32 faces in minutes on two CPU cores."""

    batch_size: int = 32
    learning_rate_g: float = 5e-4
    learning_rate_d: float = 5e-4
    betas: tuple[float, float] = (0.5, 0.999)  # Adam; DCGAN section 4: beta1 0.9 oscillates
    r1_weight: float = 0.1  # gamma of the R1 penalty; 0 switches it off
    r1_every: int = 8  # compute the penalty every so many steps, and weigh it by as much ("lazy")
    ema_decay: float = 0.998  # of the averaged generator that samples are drawn from
    decay_from: float = 0.5  # from this fraction of the run on the learning rates fall linearly...
    decay_to: float = 0.05  # ...to this fraction of their start

    def __post_init__(self) -> None:
        if self.batch_size < 2:
            raise ValueError(f"batch_size: expected at least 2, for batch normalisation, got {self.batch_size}")
        for name in ("learning_rate_g", "learning_rate_d", "r1_every"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: expected a number above 0, got {getattr(self, name)}")


def discriminator_step(
    discriminator: nn.Module,
    optimizer: Optimizer,
    *,
    real: Tensor,
    fake: Tensor,
    r1_weight: float = 0.0,
    autocast: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> Tensor:
    """Teach the discriminator to tell ``real`` from ``fake`` (N, C, H, W), once; return its loss."""
    with autocast():
        real_logits = discriminator(real)
        fake_logits = discriminator(fake.detach())  # detach: this step must not reach the generator
    loss = discriminator_loss(real_logits=real_logits.float(), fake_logits=fake_logits.float())
    total = loss
    if r1_weight:
        real = real.detach().requires_grad_()
        total = loss + r1_weight * r1_penalty(real_logits=discriminator(real), real=real)
    optimizer.zero_grad()
    total.backward()
    optimizer.step()
    return loss.detach()


def generator_step(
    discriminator: nn.Module,
    optimizer: Optimizer,
    *,
    fake: Tensor,
    autocast: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> Tensor:
    """Teach the generator that drew ``fake`` (N, C, H, W) to fool the discriminator, once; return its loss."""
    discriminator.requires_grad_(False)  # its weights are only passed through: their gradients would be wasted
    with autocast():
        fake_logits = discriminator(fake)  # scored again: the discriminator has changed since its own step
    loss = generator_loss(fake_logits=fake_logits.float())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    discriminator.requires_grad_(True)
    return loss.detach()


class GANTask:
    """What ``fit`` needs to train a GAN: its networks, optimisers, one step, and samples to look at."""

    def __init__(self, generator: nn.Module, discriminator: nn.Module, config: TrainingConfig, lab: Lab) -> None:
        self.config, self.lab = config, lab
        layout = torch.channels_last
        self.generator = generator.to(lab.device, memory_format=layout)  # type: ignore[call-overload]
        self.discriminator = discriminator.to(lab.device, memory_format=layout)  # type: ignore[call-overload]
        self.ema = copy.deepcopy(self.generator).eval().requires_grad_(False)
        self.optimizer_g = torch.optim.Adam(
            self.generator.parameters(), config.learning_rate_g, config.betas, fused=True
        )
        self.optimizer_d = torch.optim.Adam(
            self.discriminator.parameters(), config.learning_rate_d, config.betas, fused=True
        )
        self.modules = {"generator": self.generator, "discriminator": self.discriminator, "ema": self.ema}
        self.optimizers = {"generator": self.optimizer_g, "discriminator": self.optimizer_d}
        self.steps_done = 0
        # The pictures of the live figure and the film strip: always from the same latent vectors.
        self.preview_z = torch.randn(32, self.generator.config.latent_dim, generator=lab.generator(1))

    def step(self, real: Tensor) -> dict[str, Tensor]:
        """One discriminator step and one generator step on ``real`` (N, C, H, W) in [-1, 1]."""
        config = self.config
        if real.dim() == 4:
            real = real.contiguous(memory_format=torch.channels_last)
        z = torch.randn(len(real), self.generator.config.latent_dim, device=real.device)
        with self.lab.autocast():
            fake = self.generator(z)
        if fake.shape != real.shape:
            raise ValueError(
                f"the generator makes pictures of shape {tuple(fake.shape[1:])}, but the data has "
                f"{tuple(real.shape[1:])}; give the model the data's size and channels"
            )
        lazy = config.r1_weight > 0 and self.steps_done % config.r1_every == 0
        loss_d = discriminator_step(
            self.discriminator,
            self.optimizer_d,
            real=real,
            fake=fake,
            r1_weight=config.r1_weight * config.r1_every if lazy else 0.0,
            autocast=self.lab.autocast,
        )
        loss_g = generator_step(self.discriminator, self.optimizer_g, fake=fake, autocast=self.lab.autocast)
        self.steps_done += 1
        update_ema(self.ema, self.generator, min(config.ema_decay, (1 + self.steps_done) / (10 + self.steps_done)))
        return {"loss_d": loss_d, "loss_g": loss_g}

    @torch.no_grad()
    def sample(self, z: Tensor | None = None) -> Tensor:
        """Pictures (n, C, H, W) of the averaged generator, float32; without ``z`` (n, latent_dim) the preview's."""
        z = self.preview_z if z is None else z
        pictures: Tensor = self.ema(z.to(self.lab.device)).float()
        return pictures


@torch.no_grad()
def update_ema(average: nn.Module, model: nn.Module, decay: float) -> None:
    """Move ``average`` towards ``model``: parameters by exponential averaging, buffers by copying."""
    torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - decay)
    for kept, new in zip(average.buffers(), model.buffers(), strict=True):
        kept.copy_(new)


class Task(Protocol):
    """What :func:`fit` trains: anything that has these. :class:`GANTask` is one."""

    modules: dict[str, nn.Module]  # everything a checkpoint must hold
    optimizers: dict[str, Optimizer]
    config: TrainingConfig  # fit reads batch_size, decay_from and decay_to
    steps_done: int  # counted up by step, set by fit when it resumes

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
        What to train, for example a :class:`GANTask`.
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
            history.record(step, {name: float(loss) for name, loss in losses.items()})
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

    def preview() -> None:
        with torch.random.fork_rng(devices=gpus):  # looking at samples must not change the training
            history.frames.append((done, task.sample().detach().float().cpu()))

    with torch.random.fork_rng(devices=gpus):
        torch.manual_seed(seed)
        if resume is not None:
            done = _resume(resume, task, history, run, rng)
        before, whole = done, True
        rescue.keep(done)
        if every:
            preview()
        with Monitor(steps=steps, done=done, progress=progress, live=live) as monitor:
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
                        preview()
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
            monitor.finish(history)
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
