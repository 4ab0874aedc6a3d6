"""The figures of super-resolution: numbers that move, and the plane of distortion and perception.

Drawn from what a lesson has computed, returned, never saved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from matplotlib.patches import Rectangle
from torch import Tensor

from ganlab.plotting import OKABE_ITO, Figure, in_style, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CHANNELS = [OKABE_ITO[name] for name in ("blue", "orange", "green", "vermillion")]
WALK = OKABE_ITO["blue"]
OTHERS = [OKABE_ITO[name] for name in ("green", "vermillion", "orange", "purple")]


class Point(Protocol):
    """A method's place in the plane: both are measured, as by ``evaluate_enlarger``."""

    @property
    def psnr(self) -> float: ...

    @property
    def distance(self) -> float: ...


def _squares(ax: Axes, numbers: Tensor, per_channel: int) -> None:
    height, width = numbers.shape
    for (i, j), value in np.ndenumerate(numbers.numpy()):
        colour = CHANNELS[int(value) // per_channel]
        ax.add_patch(Rectangle((j, -i - 1), 1, 1, facecolor=colour, edgecolor="white", linewidth=2))
        ax.text(j + 0.5, -i - 0.5, f"{value:.0f}", ha="center", va="center", color="white", weight="bold")
    ax.set(xlim=(0, width), ylim=(-height, 0), aspect="equal")
    ax.axis("off")


@in_style
def shuffle(before: Tensor, after: Tensor) -> Figure:
    """Numbers before and after a pixel shuffle, in the colour of the channel they come from.

    Parameters
    ----------
    before : Tensor
        Shape (1, 4, h, w): the numbers 0, 1, 2, ... in order.
    after : Tensor
        Shape (1, 1, 2 h, 2 w): the same numbers.

    Returns
    -------
    Figure
        A grid of squares a channel, and the shuffled grid.
    """
    figure, axes = panels(1, 5, size=(9, 2.2), width_ratios=[1, 1, 1, 1, 2])
    names = [*(f"channel {k}" for k in range(4)), "shuffled"]
    for ax, numbers, name in zip(axes, [*before[0], after[0, 0]], names, strict=True):
        _squares(ax, numbers, before[0, 0].numel())
        ax.set_title(name)
    return figure


def _name(ax: Axes, name: str, point: Point, beside: tuple[int, int], colour: str) -> None:
    ax.annotate(name, (point.psnr, point.distance), xytext=beside, textcoords="offset points", color=colour)


@in_style
def distortion_and_perception(alphas: Sequence[float], walk: Sequence[Point], others: Mapping[str, Point]) -> Figure:
    """The plane of PSNR and a distance over patches: a walk from one network to another, and other methods beside it.

    Parameters
    ----------
    alphas : sequence of float
        How much of the second network is in each mixture, in [0, 1].
    walk : sequence
        The place of each mixture: ``psnr`` in dB, ``distance`` of its patches from those of real pictures.
    others : mapping of str
        The places of other methods; at most four.

    Returns
    -------
    Figure
        One plot; of the mixtures the two ends have words.
    """
    figure, [ax] = panels(size=(8, 4))
    ax.plot([p.psnr for p in walk], [p.distance for p in walk], "o-", color=WALK)
    for at, offset in ((0, (-6, 10)), (-1, (-44, -4))):
        _name(ax, rf"$\alpha={alphas[at]:g}$", walk[at], offset, WALK)
    for (name, p), colour in zip(others.items(), OTHERS[: len(others)], strict=True):
        ax.plot(p.psnr, p.distance, "s", color=colour, markersize=9)
        _name(ax, name, p, (8, -4), colour)
    ax.margins(0.08)
    ax.set(
        xlabel="PSNR of the luma in dB: more faithful to the right",
        ylabel="distance of patches:\nmore believable below",
        title=r"From SRResNet ($\alpha=0$) to SRGAN ($\alpha=1$)",
    )
    return figure
