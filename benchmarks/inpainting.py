"""Speed of lesson 03's adversarial training step against a plain loop."""

from __future__ import annotations

from dataclasses import replace

import torch

from benchmarks.machine import interleaved, spread, table
from benchmarks.reference import PlainInpainting
from benchmarks.speed import pictures
from ganlab.inpainting.masks import training_masks
from ganlab.inpainting.networks import ContextEncoder, ContextEncoderConfig, Discriminator
from ganlab.inpainting.training import InpaintingConfig, InpaintingTask
from ganlab.runtime import Lab


def make_masks() -> torch.Tensor:
    """The holes that both loops draw from."""
    return training_masks(256, 32, torch.Generator().manual_seed(1))


def make_task(lab: Lab) -> InpaintingTask:
    """The course's way, with the adversary at work from the first step on and no penalty, as in the plain loop."""
    torch.manual_seed(0)
    settings = InpaintingConfig(adversarial_from=0, r1_weight=0)
    return InpaintingTask(ContextEncoder(ContextEncoderConfig()), settings, lab, steps=1, masks=make_masks())


def make_plain(lab: Lab) -> PlainInpainting:
    """The same networks with the same first weights."""
    torch.manual_seed(0)
    network, judge = ContextEncoder(ContextEncoderConfig()).to(lab.device), Discriminator(16).to(lab.device)
    settings = InpaintingConfig()
    return PlainInpainting(network, judge, make_masks(), rates=(settings.learning_rate, settings.learning_rate_d))


def against_plain_loop(lab: Lab, *, repetitions: int = 9) -> str:
    """Pictures per second as ratios to the plain loop, batch 32, 32 x 32 pictures."""
    real = pictures(32, 32, lab.device)
    plain, exact, chosen = make_plain(lab), make_task(replace(lab, amp_dtype=None)), make_task(lab)
    precision = "float32" if lab.amp_dtype is None else str(lab.amp_dtype).removeprefix("torch.")
    tasks = {
        "plain loop, float32": lambda: plain.step(real),
        "ours, float32": lambda: exact.step(real),
        f"ours, {precision} (chosen by setup)": lambda: chosen.step(real),
    }
    found = interleaved(
        tasks, calls=10 if lab.device.type == "cpu" else 100, repetitions=repetitions, device=lab.device
    )
    base = found["plain loop, float32"]
    rows = [
        [name, spread([32 / t for t in times], 0), spread([b / t for b, t in zip(base, times, strict=True)])]
        for name, times in found.items()
    ]
    return table(["inpainting step", "images/s", "ratio to the plain loop"], rows)
