"""The figures of losses over a hole: drawn from what a lesson has computed, returned, never saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ganlab.plotting import OKABE_ITO, Figure, in_style, panels

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

DATA = OKABE_ITO["blue"]
LOSSES = [OKABE_ITO[name] for name in ("vermillion", "orange", "green")]


@in_style
def one_pixel(
    grid: ArrayLike, density: ArrayLike, centres: ArrayLike, answers: ArrayLike, losses: Mapping[str, ArrayLike]
) -> Figure:
    """One unknown pixel: what may be under the hole, and what several losses think of each answer.

    Parameters
    ----------
    grid, density : array
        Shape (n,): values of the pixel, and how likely they are.
    centres : array
        Shape (modes,): where data are.
    answers : array
        Shape (m,): values that the network may answer.
    losses : mapping of str to array of shape (m,)
        At most three losses of each answer; each is scaled to [0, 1], and its minimum gets a dot.

    Returns
    -------
    Figure
        Two plots side by side.
    """
    figure, [left, right] = panels(1, 2, size=(10, 3.1), width_ratios=(1, 1.6))
    left.fill_between(np.asarray(grid), np.asarray(density), color=DATA, alpha=0.35, linewidth=0)
    left.set(xlim=(-1.3, 1.3), xlabel="value of the pixel", ylabel="density")
    left.set_title("What may be under the hole")
    given = np.asarray(answers)
    for (name, loss), colour in zip(losses.items(), LOSSES[: len(losses)], strict=True):
        values = np.asarray(loss)
        scaled = (values - values.min()) / (values.max() - values.min())
        right.plot(given, scaled, color=colour, label=name)
        right.plot(given[values.argmin()], 0, "o", color=colour, markersize=8, clip_on=False)
    for centre in np.asarray(centres):
        right.axvline(centre, color=DATA, alpha=0.3, linewidth=6)
    right.set(xlabel="the network's answer $g$", ylabel="loss, scaled to 0–1")
    right.set_title("What each loss thinks of an answer (blue: where data are)")
    right.legend(loc="center", bbox_to_anchor=(0.46, 0.6))
    return figure
