"""How the shipped super-resolution networks were trained: ``srresnet-x4`` and, fine-tuned from it, ``srgan-x4``.

``make weights NAME=srgan-x4`` does it again, from nothing. They learn from the photographs of
:mod:`ganlab.data.training_sets`; of a folder called bsd100 every fifth picture is held out and measured on.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import torch
from PIL import Image
from torch import Tensor, nn

from ganlab.data.photographs import (
    HELD_OUT,
    PHOTOGRAPHS,
    cut_crops,
    held_out_photographs,
    training_photographs,
)
from ganlab.data.training_sets import licences, named_folders
from ganlab.features.encoder import Encoder
from ganlab.images import to_tensor
from ganlab.pretrained import load_pretrained
from ganlab.resampling import upscale
from ganlab.runtime import Lab
from ganlab.superres.networks import Discriminator, DiscriminatorConfig, SRResNet, SRResNetConfig
from ganlab.superres.scores import evaluate_enlarger
from ganlab.superres.training import SuperResolutionConfig, SuperResolutionTask
from ganlab.training import fit
from ganlab.training.history import History

Report = Callable[[int, History], None]
CONFIG = SRResNetConfig(width=64, blocks=10, end_kernel=3, normalize=False, upsampling="direct", bicubic_skip=True)
ADVERSARIAL = SuperResolutionConfig(
    batch_size=8, learning_rate=2e-4, learning_rate_d=4e-4, pixel_weight=0.2, feature_weight=0.5,
    adversarial_weight=0.05, ema_decay=0.995, decay_from=0.6, decay_to=0.1,
)  # fmt: skip


def photographs() -> tuple[list[Image.Image], dict[str, list[Tensor]], str]:
    """Pictures to train on, those held out as tensors (1, 3, H, W) by set, and a sentence for the card."""
    training = training_photographs()
    said = f"the {licences(photo for photo in PHOTOGRAPHS.values() if photo.name not in HELD_OUT)}"
    held_out = {f"bundled ({', '.join(HELD_OUT)})": list(held_out_photographs().values())}
    for name, found, source in named_folders():
        if name == "bsd100":
            held_out["BSD100, every fifth by name"] = [to_tensor(picture)[None] for picture in found[::5]]
            found = [picture for index, picture in enumerate(found) if index % 5]
        training += found
        said += f"; {len(found)} photographs of {source}"
    return training, held_out, said


@torch.no_grad()
def measure(network: nn.Module, held_out: dict[str, list[Tensor]], lab: Lab) -> dict[str, float]:
    """PSNR, SSIM and perceptual distance, of the network and of bicubic enlargement."""
    scale, found = CONFIG.scale, {}
    side = lab.budget(smoke=96, cpu=100_000, gpu=100_000)
    enlargers: dict[str, Callable[[Tensor], Tensor]] = {
        "network": copy.deepcopy(network).cpu().eval(),
        "bicubic": lambda small: upscale(small, scale),
    }
    for name, pictures in held_out.items():
        for what, enlarge in enlargers.items():
            scores = evaluate_enlarger(enlarge, [picture[..., :side, :side] for picture in pictures], scale=scale)
            found[f"{name}: psnr_y {what}"] = round(scores.psnr, 2)
            found[f"{name}: ssim_y {what}"] = round(scores.ssim, 4)
            found[f"{name}: perceptual distance {what}"] = round(scores.distance, 4)
    return found


def follow(task: SuperResolutionTask, crops: Tensor, steps: int, lab: Lab, checkpoint: Path, report: Report) -> None:
    """Train, or go on from a checkpoint where there is one."""
    fit(
        task, crops, steps=steps, lab=lab, live=False, preview_every=0, callback=report,
        checkpoint=checkpoint, checkpoint_every=500, resume=checkpoint if checkpoint.exists() else None,
    )  # fmt: skip


def srresnet(run: Path, lab: Lab) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Towards the pixels."""
    training, held_out, said = photographs()
    count, steps = lab.budget(smoke=64, cpu=12_000, gpu=12_000), lab.budget(smoke=4, cpu=15_000, gpu=15_000)
    crops = cut_crops(training, count, 128, seed=1)
    config = SuperResolutionConfig(batch_size=10, learning_rate=6e-4, decay_from=0.35, decay_to=0.02)
    task = SuperResolutionTask(SRResNet(CONFIG), config, lab, steps=steps)

    def report(step: int, history: History) -> None:
        if step % 2000 == 0:
            print(step, measure(task.ema, held_out, lab), flush=True)

    follow(task, crops, steps, lab, run / "checkpoint.safetensors", report)
    card = {
        "title": "SRResNet, four times larger, for photographs",
        "model": "superres.networks.SRResNet with SRResNetConfig",
        "config": asdict(CONFIG),
        "data": f"{count} random crops of 128 x 128 pixels from {said}",
        "budget": f"{steps} steps of {config.batch_size} crops on {lab.device.type}; {asdict(config)}",
        "seed": lab.seed,
        "measured": measure(task.ema, held_out, lab),
        "licence": "MIT for the weights; for teaching and research",
    }
    return task.ema.state_dict(), card


def srgan(run: Path, lab: Lab) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Towards what looks real: goes on from the shipped ``srresnet-x4``, so that their weights can be mixed."""
    training, held_out, said = photographs()
    count, steps = lab.budget(smoke=16, cpu=12_000, gpu=12_000), lab.budget(smoke=4, cpu=1100, gpu=1100)
    crops = cut_crops(training, count, 96, seed=3)
    network = cast(SRResNet, load_pretrained("srresnet-x4")).requires_grad_(True).train()
    before = {
        f"before: {name}": value for name, value in measure(network, held_out, lab).items() if "network" in name
    }
    judge = DiscriminatorConfig(size=96, width=32, dense=0)
    # Not the network that measures the distance.
    encoder = load_pretrained("adain-small").encoder
    assert isinstance(encoder, Encoder)
    task = SuperResolutionTask(
        network, ADVERSARIAL, lab, steps=steps, discriminator=Discriminator(judge), features=encoder
    )

    def report(step: int, history: History) -> None:
        if step % 500 == 0:
            print(step, measure(task.ema, held_out, lab), flush=True)

    follow(task, crops, steps, lab, run / "checkpoint.safetensors", report)
    card = {
        "title": "SRGAN, four times larger, for photographs: srresnet-x4, fine-tuned against a discriminator",
        "model": "superres.networks.SRResNet with SRResNetConfig",
        "config": asdict(network.config),
        "data": f"starts from srresnet-x4; {count} random crops of 96 x 96 pixels from {said}",
        "budget": f"{steps} steps of {ADVERSARIAL.batch_size} crops on {lab.device.type}; {asdict(ADVERSARIAL)}; "
        f"discriminator {asdict(judge)}; features of adain-small",
        "seed": lab.seed,
        "measured": measure(task.ema, held_out, lab)
        | {f"before: {k}": v for k, v in before.items() if "network" in k},
        "licence": "MIT for the weights; for teaching and research",
    }
    return task.ema.state_dict(), card


RECIPES = {"srresnet-x4": srresnet, "srgan-x4": srgan}
