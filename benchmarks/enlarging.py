"""Super-resolution: its training step against a plain loop, and how fast pictures are enlarged as they grow."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

import ganlab
from benchmarks.machine import interleaved, spread, table
from benchmarks.speed import pictures
from ganlab.pretrained import shipped_names
from ganlab.resampling import downscale
from ganlab.runtime import Lab
from ganlab.superres.networks import SMALL, SRResNet, SRResNetConfig
from ganlab.superres.tiles import enlarge_in_tiles
from ganlab.superres.training import SuperResolutionConfig, SuperResolutionTask

BATCH, CROP = 16, 96
# What `srresnet-x4` is: its speed does not depend on what its weights have learned.
SHIPPED = SRResNetConfig(width=64, blocks=10, end_kernel=3, normalize=False, upsampling="direct", bicubic_skip=True)
SIDES = (128, 256, 512)


class PlainSuperResolution:
    """A generator in a plain loop: the mean absolute error and Adam, without averages, clipping or turned crops."""

    def __init__(self, network: SRResNet, *, rate: float, betas: tuple[float, float]) -> None:
        self.network = network
        self.optimizer = torch.optim.Adam(network.parameters(), lr=rate, betas=betas)

    def step(self, real: Tensor) -> dict[str, Tensor]:
        """One step on large crops (N, C, S, S)."""
        small = downscale(real, self.network.config.scale)
        self.optimizer.zero_grad()
        loss = F.l1_loss(self.network(small), real)
        loss.backward()
        self.optimizer.step()
        return {"loss_pixel": loss.detach()}


def make_task(lab: Lab, config: SRResNetConfig = SMALL) -> SuperResolutionTask:
    """The course's way, towards the pixels alone."""
    torch.manual_seed(0)
    return SuperResolutionTask(SRResNet(config), SuperResolutionConfig(batch_size=BATCH), lab, steps=1)


def make_plain(lab: Lab, config: SRResNetConfig = SMALL) -> PlainSuperResolution:
    """The same network with the same first weights."""
    torch.manual_seed(0)
    settings = SuperResolutionConfig()
    return PlainSuperResolution(SRResNet(config).to(lab.device), rate=settings.learning_rate, betas=settings.betas)


def against_plain_loop(lab: Lab, *, repetitions: int = 9) -> str:
    """Crops per second as ratios to the plain loop, batch 16, 96 x 96 pixels, lesson 05's network for a CPU."""
    real = pictures(BATCH, CROP, lab.device)
    plain, exact, chosen = make_plain(lab), make_task(replace(lab, amp_dtype=None)), make_task(lab)
    precision = "float32" if lab.amp_dtype is None else str(lab.amp_dtype).removeprefix("torch.")
    tasks = {
        "plain loop, float32": lambda: plain.step(real),
        "ours, float32": lambda: exact.step(real),
        f"ours, {precision} (chosen by setup)": lambda: chosen.step(real),
    }
    found = interleaved(
        tasks, calls=5 if lab.device.type == "cpu" else 100, repetitions=repetitions, device=lab.device
    )
    base = found["plain loop, float32"]
    rows = [
        [name, spread([BATCH / t for t in times], 0), spread([b / t for b, t in zip(base, times, strict=True)])]
        for name, times in found.items()
    ]
    return table(["super-resolution step", "crops/s", "ratio to the plain loop"], rows)


def shipped_network(device: torch.device) -> SRResNet:
    """``srresnet-x4``, or a network of its size that has learned nothing where it is not shipped."""
    if "srresnet-x4" in shipped_names():
        network = ganlab.load_pretrained("srresnet-x4", device=device)
        assert isinstance(network, SRResNet)
    else:
        torch.manual_seed(0)
        network = SRResNet(SHIPPED).to(device).eval()
    return network.to(memory_format=torch.channels_last)


def exponent(times: Mapping[int, float]) -> float:
    """The b of seconds = a pixels^b, fitted to sides and seconds: 1 if time grows as the picture does."""
    slope, _ = np.polyfit([2 * math.log(side) for side in times], [math.log(t) for t in times.values()], 1)
    return float(slope)


def growth(lab: Lab, *, sides: tuple[int, ...] = SIDES, repetitions: int = 3) -> str:
    """Seconds and megapixels a second as pictures grow, by one processor or card, in float32."""
    network = shipped_network(lab.device)
    tasks = {str(side): partial(enlarge_in_tiles, network, pictures(1, side, lab.device)) for side in sides}
    found = interleaved(tasks, calls=1, repetitions=repetitions, device=lab.device)
    scale, rows = network.config.scale, []
    for side in sides:
        times, megapixels = found[str(side)], (scale * side) ** 2 / 1e6
        rows.append([f"{side} -> {scale * side}", spread(times), spread([megapixels / t for t in times])])
    b = exponent({side: statistics.median(found[str(side)]) for side in sides})
    return (
        table(["side of a picture", "seconds", "megapixels of the result a second"], rows)
        + f"\n\nTime grows with the number of pixels to the power of {b:.2f}."
    )
