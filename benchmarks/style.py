"""Time of a stylised picture: AdaIN against the methods before it, in one run."""

from __future__ import annotations

from collections.abc import Callable

import torch

import ganlab
from benchmarks.machine import interleaved, spread, table
from ganlab import data
from ganlab.data.paintings import paint_style
from ganlab.features.encoder import Encoder
from ganlab.runtime import Lab
from ganlab.style.methods import gatys, whiten_colour
from ganlab.style.transfer import load_style_transfer

STEPS = 60  # of the optimisation, as in lesson 04


def methods(lab: Lab, size: int = 256) -> dict[str, Callable[[], object]]:
    """What to time: name -> one picture."""
    network = load_style_transfer(device=lab.device).to(memory_format=torch.channels_last)
    features = ganlab.load_pretrained("style-features", device=lab.device)
    assert isinstance(features, Encoder)
    content = data.photos(size=size).images[:1].to(lab.device)
    style = paint_style("mosaic", size=size)[None].to(lab.device)
    known = network.encode_style(style)

    def mixed(function: Callable[[], object]) -> Callable[[], object]:
        def run() -> object:
            with lab.autocast():
                return function()

        return run

    precision = "float32" if lab.amp_dtype is None else str(lab.amp_dtype).removeprefix("torch.")
    return {
        "AdaIN, float32": torch.no_grad()(lambda: network(content, style)),
        f"AdaIN, {precision} (chosen by setup)": torch.no_grad()(mixed(lambda: network(content, style))),
        f"AdaIN, {precision}, the style known": torch.no_grad()(mixed(lambda: network(content, known))),
        "WCT, float64 eigenvalues": torch.no_grad()(
            lambda: network.decoder(whiten_colour(network.encode(content), network.encode(style)))
        ),
        f"Gatys, {STEPS} steps, {precision}": mixed(lambda: gatys(content, style, features, steps=STEPS)),
    }


def against_optimisation(lab: Lab, *, repetitions: int = 3) -> str:
    """Milliseconds a picture of 256 x 256, and ratios to AdaIN in the same precision as the optimisation."""
    tasks = methods(lab)
    found = interleaved(tasks, calls=1, repetitions=repetitions, device=lab.device)
    base = found[list(tasks)[1]]
    rows = [
        [name, spread([1000 * t for t in times], 0), spread([t / b for b, t in zip(base, times, strict=True)])]
        for name, times in found.items()
    ]
    return table(["a picture of 256 x 256", "ms", "ratio to AdaIN"], rows)
