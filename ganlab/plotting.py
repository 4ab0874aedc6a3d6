"""Figures of the course: returned, never shown, saved or trained behind anybody's back.

Every function builds a ``matplotlib.figure.Figure`` of its own, outside pyplot, so that a notebook cell that ends
on one shows it once and nothing stays open. Colours are Okabe and Ito's, which colour-blind readers can tell apart.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

import matplotlib as mpl
import numpy as np
import torch
from cycler import cycler
from matplotlib import figure as mpl_figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from torch import Tensor

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

P = ParamSpec("P")

# Okabe and Ito, "Color Universal Design", 2008, https://jfly.uni-koeln.de/color/
OKABE_ITO = {
    "black": "#000000",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "purple": "#CC79A7",
}
CYCLE = [OKABE_ITO[name] for name in ("blue", "vermillion", "green", "orange", "purple", "sky", "black")]
DPI = 90


class Figure(mpl_figure.Figure):
    """A figure that a notebook shows also where nobody has imported pyplot."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        # As pyplot's own figures are shown: with words that reach over the edge, and without empty margins.
        self.savefig(buffer, format="png", bbox_inches="tight")
        return buffer.getvalue()


# The course's look; what is drawn without it keeps the look that a reader has chosen.
STYLE: dict[Any, Any] = {
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
    "axes.prop_cycle": cycler(color=CYCLE),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "0.92",
    "font.size": 11,
    "axes.titlesize": 12,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "image.cmap": "viridis",
}


def use_style() -> None:
    """Make matplotlib's defaults the course's: once, in a lesson's first cells."""
    mpl.rcParams.update(STYLE)


def in_style(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """A function that draws in the course's style and leaves matplotlib's defaults as they are."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with mpl.rc_context(STYLE):
            return draw(*args, **kwargs)

    return drawn


def panels(
    rows: int = 1, columns: int = 1, *, size: tuple[float, float], **arrangement: Any
) -> tuple[Figure, list[Axes]]:
    """A figure of ``size`` inches and its axes, row by row; ``arrangement`` as in ``Figure.subplots``."""
    figure = Figure(figsize=size, dpi=DPI, facecolor="white", layout="constrained")
    return figure, list(figure.subplots(rows, columns, squeeze=False, **arrangement).flat)


def to_display(image: Tensor) -> Any:
    """One picture (C, H, W) in [-1, 1] as an array matplotlib shows: (H, W, 3) or (H, W) in [0, 1]."""
    image = ((image.detach().float().cpu() + 1) / 2).clamp(0, 1)
    return (image[0] if image.shape[0] == 1 else image.permute(1, 2, 0)).numpy()


def _draw(ax: Axes, image: Tensor) -> None:
    # Small pictures are shown as the pixels they are; smoothing would show detail that is not there.
    ax.imshow(to_display(image), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    ax.set_xticks([])
    ax.set_yticks([])
    ax.grid(visible=False)
    for spine in ax.spines.values():
        spine.set_visible(False)


def _tight() -> ConstrainedLayoutEngine:
    return ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.02, wspace=0, hspace=0)


def _check(images: Tensor) -> Tensor:
    if not isinstance(images, Tensor) or images.dim() not in (3, 4):
        got = tuple(images.shape) if isinstance(images, Tensor) else type(images).__name__
        raise ValueError(f"expected pictures as a tensor (N, C, H, W) in [-1, 1], got {got}")
    images = images[None] if images.dim() == 3 else images
    if len(images) < 1 or images.shape[1] not in (1, 3):
        raise ValueError(f"expected at least one picture of 1 or 3 channels, got shape {tuple(images.shape)}")
    return images


def show_images(
    images: Tensor,
    *,
    columns: int = 8,
    titles: Sequence[str] | None = None,
    title: str | None = None,
    scale: float = 1.0,
) -> Figure:
    """Pictures in a grid.

    Parameters
    ----------
    images : Tensor
        Shape (N, C, H, W) or (C, H, W), in [-1, 1].
    columns : int
        Pictures per row.
    titles : sequence of str, optional
        One caption a picture.
    title : str, optional
        Above all of them.
    scale : float
        1 makes a full row as wide as a notebook's text.

    Raises
    ------
    ValueError
        If the shape does not fit or there are not as many captions as pictures.
    """
    images = _check(images)
    if titles is not None and len(titles) != len(images):
        raise ValueError(f"expected {len(images)} captions, one a picture, got {len(titles)}")
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    side = 9.0 * scale / max(columns, 4)
    ratio = images.shape[2] / images.shape[3]
    height = rows * (side * ratio + (0.3 if titles else 0.06)) + (0.45 if title else 0.0)
    figure = Figure(figsize=(side * columns, height), dpi=DPI, facecolor="white", layout=_tight())
    axes = figure.subplots(rows, columns, squeeze=False).flatten()
    for index, ax in enumerate(axes):
        if index < len(images):
            _draw(ax, images[index])
            if titles is not None:
                ax.set_title(titles[index], fontsize=9)
        else:
            ax.axis("off")
    if title:
        figure.suptitle(title, fontsize=12)
    return figure


def compare_rows(rows: Mapping[str, Tensor], *, title: str | None = None) -> Figure:
    """Rows of pictures of equal number, each with its name at the left: ``{"real": ..., "generated": ...}``."""
    stacked = {name: _check(images) for name, images in rows.items()}
    columns = max(len(images) for images in stacked.values())
    side = 9.0 / max(columns, 4)
    height = sum(side * images.shape[2] / images.shape[3] + 0.06 for images in stacked.values())
    figure = Figure(
        figsize=(side * columns + 1.2, height + (0.45 if title else 0)),
        dpi=DPI,
        facecolor="white",
        layout=_tight(),
    )
    axes = figure.subplots(len(stacked), columns, squeeze=False)
    for row, (name, images) in zip(axes, stacked.items(), strict=True):
        for index, ax in enumerate(row):
            if index < len(images):
                _draw(ax, images[index])
            else:
                ax.axis("off")
        row[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=11, labelpad=8)
    if title:
        figure.suptitle(title, fontsize=12)
    return figure


def film_strip(frames: Sequence[tuple[int, Tensor]], *, title: str | None = None, count: int = 10) -> Figure:
    """The same latent vectors at several steps of training: one row a step, (step, pictures (n, C, H, W))."""
    if not frames:
        raise ValueError("expected at least one frame (step, pictures), got none")
    return compare_rows({f"step {step}": images[:count] for step, images in frames}, title=title)


def _smooth(values: Sequence[float], window: int) -> list[float]:
    series = torch.tensor(values, dtype=torch.float64)
    weights = torch.ones(1, 1, window, dtype=torch.float64) / window
    padded = torch.nn.functional.pad(series[None, None], (window // 2, window - 1 - window // 2), mode="replicate")
    smoothed: list[float] = torch.nn.functional.conv1d(padded, weights)[0, 0].tolist()
    return smoothed


def plot_history(history: Any, *, title: str | None = None) -> Figure:
    """Curves of a training run's values over its steps: thin as measured, thick as a moving average."""
    figure = Figure(figsize=(8, 3.2), dpi=DPI, facecolor="white", layout="constrained")
    ax = figure.subplots()
    for (name, values), colour in zip(history.values.items(), CYCLE, strict=False):
        window = max(1, len(values) // 50)
        if window > 1:
            ax.plot(history.steps, values, color=colour, alpha=0.2, linewidth=0.8)
        ax.plot(history.steps, _smooth(values, window) if values else values, color=colour, label=name)
    ax.set(xlabel="step", ylabel="value", title=title or "")
    ax.grid(color="0.92")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False)
    return figure


def _colours(names: Sequence[str] | None, count: int) -> list[str]:
    chosen = CYCLE if names is None else [OKABE_ITO[name] for name in names]
    if len(chosen) < count:
        raise ValueError(f"expected a colour for each of {count} groups, got {len(chosen)}")
    return chosen[:count]


@in_style
def curves(
    series: Mapping[str, ArrayLike],
    *,
    steps: ArrayLike | None = None,
    level: tuple[str, float] | None = None,
    colours: Sequence[str] | None = None,
    marker: str = "",
    xlabel: str = "step",
    ylabel: str = "",
    title: str = "",
    ylim: tuple[float | None, float | None] = (None, None),
) -> Figure:
    """Values that were measured step by step, a line a name, in one plot.

    Parameters
    ----------
    series : mapping of str to array of shape (steps,)
        What each line shows, under the name that the legend gives it.
    steps : array of shape (steps,), optional
        Where the values were measured; counted from 0 if left out.
    level : (str, float), optional
        A value to compare with, under its name: a dotted line across the plot.
    colours : sequence of str, optional
        Names in ``OKABE_ITO``, one a line.
    marker : str
        Drawn at each value, as matplotlib names it: ``"o"`` where the values are few.
    xlabel, ylabel, title : str
        The words around the plot.
    ylim : (float or None, float or None)
        Where the vertical axis begins and ends; None leaves it to matplotlib.

    Returns
    -------
    Figure
        One plot, 8 inches wide.

    Raises
    ------
    ValueError
        If there are fewer colours than lines, or more or fewer values than steps.
    """
    rows = (len(series) + (level is not None) + 1) // 2
    figure, [ax] = panels(size=(8, 2.8 + 0.25 * rows))
    for (name, values), colour in zip(series.items(), _colours(colours, len(series)), strict=True):
        measured = np.asarray(values)
        at = np.arange(len(measured)) if steps is None else np.asarray(steps)
        if len(at) != len(measured):
            raise ValueError(f"expected a value for each of {len(at)} steps, got {len(measured)} of {name!r}")
        ax.plot(at, measured, color=colour, marker=marker, label=name)
    if level is not None:
        ax.axhline(level[1], color="0.4", linewidth=1, linestyle=":", label=level[0])
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title, ylim=ylim)
    # Below the plot, where no line can run behind the words.
    figure.legend(loc="outside lower center", ncols=2, fontsize=9)
    return figure


@in_style
def histograms(
    groups: Mapping[str, ArrayLike],
    *,
    bins: int = 40,
    density: bool = False,
    xlabel: str = "",
    ylabel: str = "",
    title: str = "",
    xlim: tuple[float | None, float | None] = (None, None),
) -> Figure:
    """How often which value occurs, a transparent histogram a group, one upon the other.

    Parameters
    ----------
    groups : mapping of str to array of shape (n,)
        The values of each group, under the name that the legend gives it; at most seven groups.
    bins : int
        Bars a group, from its smallest value to its largest.
    density : bool
        Whether the bars of a group add up to an area of 1 and not to its number of values.
    xlabel, ylabel, title, xlim
        As of :func:`curves`, the limits of the horizontal axis.

    Returns
    -------
    Figure
        As wide as that of :func:`curves`; more groups than colours are a ValueError.
    """
    figure, [ax] = panels(size=(8, 2.8))
    for (name, values), colour in zip(groups.items(), _colours(None, len(groups)), strict=True):
        flat = np.asarray(values).ravel()
        ax.hist(flat, bins=bins, density=density, histtype="stepfilled", alpha=0.45, color=colour, label=name)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title, xlim=xlim)
    ax.legend()
    return figure
