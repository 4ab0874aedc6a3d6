"""How the shipped DCGANs were trained: procedural faces at 32 x 32 and 64 x 64 pixels.

``make weights NAME=dcgan-faces64`` does it again, from nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from ganlab.data.training_sets import training_faces
from ganlab.dcgan.networks import DCGANConfig, Discriminator, Generator
from ganlab.dcgan.scores import evaluate_faces
from ganlab.runtime import Lab
from ganlab.training import GANTask, TrainingConfig, fit


@dataclass(frozen=True)
class Plan:
    """How one resolution is trained."""

    model: DCGANConfig
    training: TrainingConfig
    pictures: int
    steps: int


PLANS = {
    "dcgan-faces32": Plan(
        DCGANConfig(size=32, base_channels=32),
        TrainingConfig(r1_weight=0.1, ema_decay=0.999),
        pictures=30_000,
        steps=20_000,
    ),
    "dcgan-faces64": Plan(
        DCGANConfig(size=64, base_channels=32),
        TrainingConfig(learning_rate_g=4e-4, learning_rate_d=4e-4, r1_weight=1.0, ema_decay=0.999),
        pictures=30_000,
        steps=24_000,
    ),
}


def make_recipe(name: str) -> Callable[[Path, Lab], tuple[dict[str, Tensor], dict[str, Any]]]:
    """The recipe of one entry of ``PLANS``."""

    def train(run: Path, lab: Lab) -> tuple[dict[str, Tensor], dict[str, Any]]:
        plan = PLANS[name]
        size = plan.model.size
        images = training_faces(lab.budget(smoke=256, cpu=plan.pictures, gpu=plan.pictures), size)
        steps = lab.budget(smoke=4, cpu=plan.steps, gpu=plan.steps)
        task = GANTask(Generator(plan.model), Discriminator(plan.model), plan.training, lab)
        checkpoint = run / "checkpoint.safetensors"
        again = checkpoint if checkpoint.exists() else None
        fit(task, images, steps=steps, lab=lab, checkpoint=checkpoint, checkpoint_every=500, resume=again, live=False)
        scores = evaluate_faces(task.ema, size=size, count=lab.budget(smoke=128, cpu=5000, gpu=5000))
        print(scores)
        card = {
            "title": f"DCGAN, procedural faces {size} x {size}",
            "model": "dcgan.networks.Generator with DCGANConfig",
            "config": asdict(plan.model),
            "data": f"{len(images)} procedural faces of {size} x {size}, ganlab.data.faces(seed=1000, 1001...); "
            "no photograph of any person",
            "budget": f"{steps} steps of {plan.training.batch_size} pictures on {lab.device.type}; "
            f"{asdict(plan.training)}",
            "seed": lab.seed,
            "measured": asdict(scores),
            "licence": "MIT, like the code",
        }
        return task.ema.state_dict(), card

    return train


RECIPES = {name: make_recipe(name) for name in PLANS}
