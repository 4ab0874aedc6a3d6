"""The figures of the DCGAN lesson: drawn from what it has computed, returned, never saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ganlab.plotting import CYCLE, Figure, in_style, panels

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@in_style
def stamps(matrix: ArrayLike, transposed: ArrayLike, counts: Mapping[int, ArrayLike]) -> Figure:
    """A convolution as a matrix, its transpose, and how often each pixel is stamped by kernels of several sizes.

    Parameters
    ----------
    matrix : array
        Shape (outputs, inputs): a convolution along a line.
    transposed : array
        Shape (inputs, outputs): the transposed convolution.
    counts : mapping of int to array of shape (H, W)
        Kernel size -> stamps a pixel, 0 to 4, for a stride of 2.

    Returns
    -------
    Figure
        Pictures side by side, and a scale for the counts.
    """
    widths = (1, 0.52, *[1] * len(counts))
    figure, axes = panels(1, len(widths), size=(11, 3), width_ratios=widths)
    axes[0].imshow(np.asarray(matrix), cmap="Blues", vmin=0)
    axes[0].set(title="$C$: 8 numbers to 4", xlabel="input", ylabel="output")
    axes[1].imshow(np.asarray(transposed), cmap="Oranges", vmin=0)
    axes[1].set(title="$C^T$: 4 to 8", xlabel="input", ylabel="output")
    for ax, (kernel, count) in zip(axes[2:], counts.items(), strict=True):
        picture = ax.imshow(np.asarray(count), cmap="cividis", vmin=0, vmax=4)
        ax.set_title(f"stamps per pixel, $k={kernel}$, $s=2$")
    for ax in axes:
        ax.grid(visible=False)
    figure.colorbar(picture, ax=axes[-1], ticks=range(5))
    return figure


@in_style
def shared_histogram(groups: Mapping[str, ArrayLike], *, bins: int = 40, **words: str) -> Figure:
    """Histograms of several groups with the same bins: bars of equal width, whose heights can be compared.

    Parameters
    ----------
    groups : mapping of str to array
        Name -> values of any shape; at most seven groups.
    bins : int
        Bars between the smallest value of all groups and the largest.
    **words : str
        Around the plot: ``xlabel``, ``ylabel``, ``title``.

    Returns
    -------
    Figure
        8 inches wide.
    """
    values = {name: np.asarray(group).ravel() for name, group in groups.items()}
    edges = np.histogram_bin_edges(np.concatenate(list(values.values())), bins).tolist()
    figure, [ax] = panels(size=(8, 3))
    for (name, group), colour in zip(values.items(), CYCLE[: len(values)], strict=True):
        ax.hist(group, bins=edges, histtype="stepfilled", alpha=0.45, color=colour, label=name)
    ax.set(**words)
    ax.legend()
    return figure
