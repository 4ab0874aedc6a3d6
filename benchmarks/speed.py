"""Speed of the training step against the plain loop, and as batch and resolution grow."""

from __future__ import annotations

import statistics
from dataclasses import replace
from functools import partial

import torch

from benchmarks.machine import interleaved, spread, table
from benchmarks.reference import PlainLoop
from ganlab.dcgan.networks import DCGANConfig, Discriminator, Generator
from ganlab.runtime import Lab
from ganlab.training import GANTask, TrainingConfig

RATE, BETAS = 2e-4, (0.5, 0.999)


def make_task(lab: Lab, *, size: int = 32, batch_size: int = 32, r1_weight: float = 0.0) -> GANTask:
    """The networks of lesson 02 and the course's way to train them."""
    torch.manual_seed(0)
    config = DCGANConfig(size=size)
    settings = TrainingConfig(
        batch_size=batch_size, learning_rate_g=RATE, learning_rate_d=RATE, betas=BETAS, r1_weight=r1_weight
    )
    return GANTask(Generator(config), Discriminator(config), settings, lab)


def make_plain(lab: Lab) -> PlainLoop:
    """The same networks, with the same weights, in the plain loop."""
    torch.manual_seed(0)
    config = DCGANConfig()
    return PlainLoop(Generator(config).to(lab.device), Discriminator(config).to(lab.device), rate=RATE, betas=BETAS)


def pictures(batch_size: int, size: int, device: torch.device) -> torch.Tensor:
    """Smooth random pictures: the speed does not depend on what they show."""
    coarse = torch.rand(batch_size, 3, 4, 4, generator=torch.Generator().manual_seed(1)) * 2 - 1
    return torch.nn.functional.interpolate(coarse, size=(size, size), mode="bilinear").to(device)


def follow(task: GANTask, plain: PlainLoop) -> None:
    """Give ``task`` the weights and the optimisers' state of ``plain``."""
    pairs = (
        (task.generator, plain.generator, task.optimizer_g, plain.optimizer_g),
        (task.discriminator, plain.discriminator, task.optimizer_d, plain.optimizer_d),
    )
    for ours, theirs, our_optimizer, their_optimizer in pairs:
        ours.load_state_dict(theirs.state_dict())
        for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
            for name, value in their_optimizer.state[other].items():
                our_optimizer.state[mine][name].copy_(value)  # copies values, keeps the memory layout


def _differences(lab: Lab, other: PlainLoop | GANTask, *, together: bool, steps: int) -> float:
    plain, real, worst = make_plain(lab), pictures(32, 32, lab.device), 0.0
    for step in range(steps):
        if together and step and isinstance(other, GANTask):
            follow(other, plain)
        torch.manual_seed(step)
        theirs = plain.step(real)
        torch.manual_seed(step)
        found = other.step(real)
        worst = max(worst, *(abs(float(found[key] / theirs[key]) - 1) for key in theirs))
    return worst


def same_losses(lab: Lab, steps: int = 20) -> str:
    """How far the losses of the first steps are from the plain loop's, in float32."""
    exact = replace(lab, amp_dtype=None)
    control = make_plain(lab)
    control.generator.to(memory_format=torch.channels_last)
    control.discriminator.to(memory_format=torch.channels_last)
    stepwise = _differences(lab, make_task(exact), together=True, steps=steps)
    free = _differences(lab, make_task(exact), together=False, steps=steps)
    layout = _differences(lab, control, together=False, steps=steps)
    return (
        f"Losses of the first {steps} steps in float32, largest relative difference from the plain loop: "
        f"{stepwise:.1e} with every step taken from the same weights; {free:.1e} running freely, as rounding grows "
        f"from step to step (two plain loops that differ in memory layout alone: {layout:.1e})."
    )


def against_plain_loop(lab: Lab, *, repetitions: int = 9) -> str:
    """Images per second as ratios to the plain loop, batch 32, 32 x 32 pictures, two networks of lesson 02."""
    real = pictures(32, 32, lab.device)
    plain = make_plain(lab)
    exact, chosen = make_task(replace(lab, amp_dtype=None)), make_task(lab)
    default = make_task(lab, r1_weight=0.5)
    precision = "float32" if lab.amp_dtype is None else str(lab.amp_dtype).removeprefix("torch.")
    tasks = {
        "plain loop, float32": lambda: plain.step(real),
        "ours, float32": lambda: exact.step(real),
        f"ours, {precision} (chosen by setup)": lambda: chosen.step(real),
        f"ours, {precision}, with lazy R1 (the lessons' default)": lambda: default.step(real),
    }
    calls = 20 if lab.device.type == "cpu" else 200
    found = interleaved(tasks, calls=calls, repetitions=repetitions, device=lab.device)
    base = found["plain loop, float32"]
    rows = [
        [name, spread([32 / t for t in times], 0), spread([b / t for b, t in zip(base, times, strict=True)])]
        for name, times in found.items()
    ]
    return table(["training step", "images/s", "ratio to the plain loop"], rows)


def growth(lab: Lab, *, repetitions: int = 3) -> str:
    """Milliseconds an image as batch and resolution grow, with the lessons' default step."""
    batches = (8, 32, 64, 128, 256)
    rows = []
    for size in (32, 64):
        row = [f"{size} x {size}"]
        for batch in batches:
            task = make_task(lab, size=size, batch_size=batch, r1_weight=0.5)
            calls = max(1, (256 if lab.device.type == "cpu" else 8192) // batch)
            step = partial(task.step, pictures(batch, size, lab.device))
            found = interleaved({"step": step}, calls=calls, repetitions=repetitions, device=lab.device)
            row.append(f"{1000 * statistics.median(found['step']) / batch:.2f}")
        rows.append(row)
    return table(["picture", *(f"batch {batch}" for batch in batches)], rows)
