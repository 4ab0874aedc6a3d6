"""How the shipped Context Encoders were trained: procedural faces at 64 x 64, photographs at 128 x 128.

``make weights NAME=context-encoder-faces64`` does it again, from nothing. The photographs, and how to add a folder of
your own, are in :mod:`ganlab.data.training_sets`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganlab.data.faces import faces
from ganlab.data.photographs import photograph_path
from ganlab.data.training_sets import colour_photographs, mirrored_crops, training_faces
from ganlab.features.faces import face_features
from ganlab.images import open_picture
from ganlab.inpainting.baselines import biharmonic_fill
from ganlab.inpainting.damage import corrupt
from ganlab.inpainting.masks import block_masks, centre_masks, training_masks
from ganlab.inpainting.networks import ContextEncoder, ContextEncoderConfig
from ganlab.inpainting.training import InpaintingConfig, InpaintingTask
from ganlab.metrics.distances import frechet_distance
from ganlab.metrics.fidelity import hole_psnr, hole_ssim
from ganlab.runtime import Lab
from ganlab.training import fit


@dataclass(frozen=True)
class Plan:
    """How one set of weights is trained."""

    model: ContextEncoderConfig
    training: InpaintingConfig
    pictures: int
    steps: int
    title: str
    refinement: InpaintingConfig | None = None  # a second run that goes on from the first one's average
    refinement_steps: int = 0


PLANS = {
    "context-encoder-faces64": Plan(
        ContextEncoderConfig(size=64, stem_stride=2),
        # l1: where four faces in ten wear glasses, the median of what may be there has none, the mean has ghosts
        InpaintingConfig(reconstruction="l1", adversarial_weight=0.01, adversarial_from=0.7, ema_decay=0.999),
        pictures=40_000,
        steps=30_000,
        title="Context Encoder, procedural faces 64 x 64",
        # Half of the holes are now the centre, the hardest of all, and the adversary weighs less: nearer the truth.
        refinement=InpaintingConfig(
            reconstruction="l1", adversarial_weight=0.003, adversarial_from=0.8, decay_from=0.2, ema_decay=0.999,
        ),
        refinement_steps=9000,
    ),
    "context-encoder-photos128": Plan(
        ContextEncoderConfig(size=128, stem_stride=2),
        InpaintingConfig(
            batch_size=16, reconstruction="l1", learning_rate=1e-3, adversarial_weight=0.005, adversarial_from=0.7,
            judge="both", restore_share=0.25, ema_decay=0.999,
        ),
        pictures=8000,
        steps=14_000,
        title="Context Encoder, photographs 128 x 128",
        # The adversary at full weight leaves a fine grid in large holes; a fifth of it sharpens without.
        refinement=InpaintingConfig(
            batch_size=16, reconstruction="l1", learning_rate=7e-4, adversarial_weight=0.001, adversarial_from=0.5,
            restore_share=0.25, decay_from=0.3, ema_decay=0.999,
        ),
        refinement_steps=3000,
    ),
}  # fmt: skip


# Never trained on: lesson 03 fills holes in them.
HELD_OUT = ("astronaut", "coffee")


@torch.no_grad()
def measure(network: ContextEncoder, truth: Tensor, lab: Lab, *, restores: bool) -> dict[str, float]:
    """Hole PSNR and SSIM for squares and blocks, beside the biharmonic surface's; restorations if it learned them."""
    network, size, few = network.cpu(), truth.shape[2], lab.budget(smoke=2, cpu=100, gpu=100)
    kinds = {"centre": centre_masks(len(truth), size), "block": block_masks(len(truth), size, lab.generator(5))}
    found: dict[str, float] = {"pictures": len(truth)}
    for name, masks in kinds.items():
        filled = torch.cat([network(*pair) for pair in zip(truth.split(32), masks.split(32), strict=True)])
        found[f"{name}_psnr"] = round(hole_psnr(filled, truth, masks), 2)
        found[f"{name}_ssim"] = round(hole_ssim(filled, truth, masks), 3)
        surface = biharmonic_fill(truth[:few], masks[:few])
        found[f"{name}_psnr_biharmonic_first_{few}"] = round(hole_psnr(surface, truth[:few], masks[:few]), 2)
        if size == 64:
            distance = frechet_distance(face_features(truth), face_features(filled))
            found[f"{name}_face_distance"] = round(distance, 1)
    everything = torch.ones(len(truth), 1, size, size)
    for kind in ("noise", "blur", "jpeg") if restores else ():
        damaged = corrupt(truth, kind, seed=1).pictures
        restored = torch.cat([network.predict(part, 0 * everything[: len(part)]) for part in damaged.split(32)])
        before, after = (hole_psnr(x.clamp(-1, 1), truth, everything) for x in (damaged, restored))
        found[f"{kind}_psnr_damaged"], found[f"{kind}_psnr_restored"] = round(before, 2), round(after, 2)
    return found


def follow(task: InpaintingTask, images: Tensor, steps: int, lab: Lab, checkpoint: Path) -> None:
    """Train, or go on from a checkpoint where there is one."""
    again = checkpoint if checkpoint.exists() else None
    fit(task, images, steps=steps, lab=lab, checkpoint=checkpoint, checkpoint_every=500, resume=again, live=False)


def make_recipe(name: str) -> Callable[[Path, Lab], tuple[dict[str, Tensor], dict[str, Any]]]:
    """The recipe of one entry of ``PLANS``."""

    def train(run: Path, lab: Lab) -> tuple[dict[str, Tensor], dict[str, Any]]:
        plan = PLANS[name]
        size = plan.model.size
        count = lab.budget(smoke=64, cpu=plan.pictures, gpu=plan.pictures)
        held_out = lab.budget(smoke=4, cpu=512, gpu=512) // (1 if size == 64 else 2)
        if size == 64:
            images = training_faces(count, size)
            truth = faces(held_out, size=size, seed=900_001).images
            said = f"{count} procedural faces of 64 x 64, ganlab.data.faces(seed=1000, 1001...); no photograph"
            said += f"; measured on {held_out} others"
        else:
            pictures, said = colour_photographs(HELD_OUT)
            images = mirrored_crops(pictures, count, size, seed=1)
            unseen = [open_picture(photograph_path(name)) for name in HELD_OUT]
            truth = mirrored_crops(unseen, held_out, size, seed=2).float() / 127.5 - 1
            said = f"{count} random crops of {said}; measured on {held_out} crops of {' and '.join(HELD_OUT)}"
        steps = lab.budget(smoke=4, cpu=plan.steps, gpu=plan.steps)
        task = InpaintingTask(ContextEncoder(plan.model), plan.training, lab, steps=steps)
        follow(task, images, steps, lab, run / "checkpoint.safetensors")
        budget = f"{steps} steps of {plan.training.batch_size} pictures on {lab.device.type}; {asdict(plan.training)}"
        if plan.refinement is not None:
            more = lab.budget(smoke=4, cpu=plan.refinement_steps, gpu=plan.refinement_steps)
            pool = training_masks(lab.budget(smoke=50, cpu=4000, gpu=4000), size, lab.generator(4))
            masks = torch.cat([pool, centre_masks(len(pool) * 2 // 3, size)])
            network = copy.deepcopy(task.ema).requires_grad_(True).train()
            task = InpaintingTask(network, plan.refinement, lab, steps=more, masks=masks)
            follow(task, images, more, lab, run / "refinement.safetensors")
            budget += f"; then {more} steps with more centred holes; {asdict(plan.refinement)}"
        card = {
            "title": plan.title,
            "model": "inpainting.networks.ContextEncoder with ContextEncoderConfig",
            "config": asdict(plan.model),
            "data": said,
            "budget": budget,
            "seed": lab.seed,
            "measured": measure(task.ema, truth, lab, restores=plan.training.restore_share > 0),
            "licence": "MIT, like the code" if size == 64 else "MIT for the weights; for teaching and research",
        }
        return task.ema.state_dict(), card

    return train


RECIPES = {name: make_recipe(name) for name in PLANS}
