"""A still picture of the playground, for pages without a kernel."""

from __future__ import annotations

import io
from typing import Any

import torch
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from PIL import Image

from ganlab.plotting import OKABE_ITO

MOMENTS = (0, 100, 1500)


@torch.no_grad()
def _draw(game: Any, ax: Any, title: str) -> None:
    axis = torch.linspace(-3, 3, 80)
    rows, columns = torch.meshgrid(axis, axis, indexing="ij")
    points = torch.stack([columns.flatten(), rows.flatten()], dim=1)
    belief = torch.sigmoid(game.discriminator(points)).reshape(80, 80)
    colours = LinearSegmentedColormap.from_list("belief", ["#f2b48c", "#ffffff", "#8fc3e6"])
    ax.imshow(belief.numpy(), extent=(-3, 3, -3, 3), origin="lower", cmap=colours, vmin=0, vmax=1)
    ax.scatter(*game.real(400).numpy().T, s=4, color=OKABE_ITO["blue"], label="real")
    fake = game.generator(game.shown_z)
    ax.scatter(*fake.numpy().T, s=4, color=OKABE_ITO["vermillion"], label="generated")
    ax.set(title=title, xticks=[], yticks=[], xlim=(-3, 3), ylim=(-3, 3))


def three_moments(game: Any) -> Image.Image:
    """A ``Playground`` at three moments, played anew from its seed by a copy."""
    copy = type(game)(seed=game.seed)
    copy.points, copy.target = game.points, game.target
    figure = Figure(figsize=(9.6, 3.5), dpi=80, facecolor="white", layout="constrained")
    done = 0
    for ax, moment in zip(figure.subplots(1, len(MOMENTS)), MOMENTS, strict=True):
        copy.train(moment - done)
        done = moment
        _draw(copy, ax, f"after {moment} rounds" if moment else "at the start")
    figure.axes[0].legend(loc="lower left", fontsize=8, framealpha=0.9)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    buffer.seek(0)
    return Image.open(buffer).convert("RGB")
