"""Quality a minute: how near to real faces each loop has come after equal CPU seconds, one process each, on one core.

The two others were written for this comparison, from the settings that their sources publish; at 32 x 32 pixels each
has one level less than at 64.

- ``tutorial``: PyTorch's official DCGAN tutorial. https://docs.pytorch.org/tutorials/beginner/dcgan_faces_tutorial.html
- ``collection``: the DCGAN of the best-known collection of GANs in PyTorch, with nearest neighbours, dropout, and 16
  to 128 channels in the discriminator. https://github.com/eriklindernoren/PyTorch-GAN
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import torch
from torch import Tensor, nn

import ganlab
from benchmarks.machine import table
from benchmarks.reference import PlainLoop
from ganlab import data
from ganlab.dcgan.networks import DCGANConfig, Discriminator, Generator, init_kaiming, init_weights
from ganlab.dcgan.scores import evaluate_faces
from ganlab.dcgan.training import PAIRING, PairingTask
from ganlab.training import GANTask, TrainingConfig, fit

ROOT = Path(__file__).resolve().parent.parent
SIZE = 32
NAMES = {
    "pairing": "ours, the recipe of 2024 (lesson 02)",
    "dcgan": "ours, the recipe of 2015",
    "collection": "the collection's DCGAN",
    "tutorial": "the tutorial's DCGAN",
}


class Upsampling(nn.Module):
    """The collection's generator: a dense layer, then twice nearest neighbours and a convolution."""

    config = SimpleNamespace(latent_dim=100)

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(100, 128 * (SIZE // 4) ** 2)
        self.layers = nn.Sequential(
            nn.BatchNorm2d(128),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(128, 128, 3, padding=1),
            # Written there as the second argument, which is eps.
            nn.BatchNorm2d(128, 0.8),
            nn.LeakyReLU(0.2),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(128, 64, 3, padding=1),
            nn.BatchNorm2d(64, 0.8),
            nn.LeakyReLU(0.2),
            nn.Conv2d(64, 3, 3, padding=1),
            nn.Tanh(),
        )

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(self.dense(z).view(-1, 128, SIZE // 4, SIZE // 4))


def small_discriminator() -> nn.Sequential:
    """The collection's discriminator: 16 to 128 channels, each with dropout."""
    layers: list[nn.Module] = []
    for inputs, outputs in ((3, 16), (16, 32), (32, 64), (64, 128)):
        layers += [nn.Conv2d(inputs, outputs, 3, stride=2, padding=1), nn.LeakyReLU(0.2), nn.Dropout2d(0.25)]
        layers += [nn.BatchNorm2d(outputs, 0.8)] if inputs > 3 else []
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(128 * (SIZE // 16) ** 2, 1), nn.Flatten(0))


def peers(name: str) -> tuple[nn.Module, nn.Module, int]:
    """Generator, discriminator and batch size of a loop that is not ours."""
    if name == "collection":
        return Upsampling().apply(init_weights), small_discriminator().apply(init_weights), 64
    config = DCGANConfig(size=SIZE, latent_dim=100, base_channels=64)
    return Generator(config), Discriminator(config), 128


def trainer(name: str, images: Tensor) -> Callable[[int], nn.Module]:
    """What trains for so many steps and gives the generator, each time from nothing."""
    lab = ganlab.setup(seed=0)

    def ours(steps: int) -> nn.Module:
        torch.manual_seed(lab.seed)
        config = DCGANConfig(size=SIZE)
        if name == "pairing":
            judge = Discriminator(replace(config, batch_norm=False)).apply(init_kaiming)
            task: GANTask = PairingTask(Generator(config), judge, PAIRING, lab)
        else:
            task = GANTask(Generator(config), Discriminator(config), TrainingConfig(), lab)
        fit(task, images, steps=steps, lab=lab, live=False, progress=False)
        return task.ema

    def theirs(steps: int) -> nn.Module:
        torch.manual_seed(lab.seed)
        generator, discriminator, batch = peers(name)
        loop = PlainLoop(generator, discriminator, rate=2e-4, betas=(0.5, 0.999))
        for _ in range(steps):
            loop.step(images[torch.randint(len(images), (batch,))])
        return generator

    return ours if name in ("pairing", "dcgan") else theirs


def measure(
    name: str, seconds: float, *, pictures: int = 20_000, count: int = 5000, trial: int = 40
) -> dict[str, float]:
    """Train for about so many CPU seconds in this process, after ``trial`` steps that tell how many those are."""
    images = data.faces(pictures, size=SIZE, seed=1).images
    train = trainer(name, images)
    train(1)
    began = time.process_time()
    train(trial)
    steps = max(1, round(seconds * trial / (time.process_time() - began)))
    began = time.process_time()
    generator = train(steps)
    taken = time.process_time() - began
    scores = evaluate_faces(generator, size=SIZE, count=count)
    found = {"steps": steps, "seconds": taken, "floor": scores.floor}
    return found | {"distance": scores.face_distance, "modes": scores.modes}


def quality_a_minute(*, seconds: float = 205.0) -> str:
    """A table: face distance and kinds of face after equal CPU seconds."""
    rows, floor = [], 0.0
    for name, title in NAMES.items():
        command = [sys.executable, "-m", "benchmarks.quality", name, "--seconds", str(seconds)]
        alone = {**os.environ, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, cwd=ROOT, env=alone, check=True, stdout=subprocess.PIPE, text=True)
        found = json.loads(done.stdout.splitlines()[-1])
        floor = found["floor"]
        rows.append([title, *(f"{found[key]:.0f}" for key in ("steps", "seconds", "distance", "modes"))])
    heading = ["faces of 32 x 32, seed 0", "steps", "CPU seconds", "face distance", "modes of 360"]
    return table(heading, rows) + f"\n\nReal faces against other real faces: {floor:.1f}. Small is near."


def main() -> None:
    """Measure one loop and print what was found as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--seconds", type=float, default=205.0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print(json.dumps(measure(options.name, options.seconds)))


if __name__ == "__main__":
    main()
