"""Figures of the course: returned, never shown, saved or trained behind anybody's back.

Every function builds a ``matplotlib.figure.Figure`` of its own, outside pyplot, so that a notebook cell that ends
on one shows it once and nothing stays open. Colours are Okabe and Ito's, which colour-blind readers can tell apart.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from matplotlib import figure as mpl_figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from torch import Tensor

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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
        self.savefig(buffer, format="png")
        return buffer.getvalue()


def use_style() -> None:
    """Make matplotlib's defaults the course's: once, in a lesson's first cells."""
    import matplotlib as mpl
    from cycler import cycler

    mpl.rcParams.update(
        {
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
    )


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
