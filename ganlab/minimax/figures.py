"""The figures of the minimax game: who is connected to whom, densities, orbits, points in the plane.

Each function draws what a lesson has computed, in the same three colours: ``REAL`` for data, ``FAKE`` for what a
generator makes, ``JUDGE`` for what a discriminator says. Nothing that a reader should see is computed here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from ganlab.plotting import OKABE_ITO, Figure, in_style, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

REAL, FAKE, JUDGE = (OKABE_ITO[name] for name in ("blue", "vermillion", "green"))
ORBITS = [OKABE_ITO[name] for name in ("vermillion", "orange", "green", "blue")]
# A generator's place in the diagram, the discriminator's, and so on: (x, y, colour of the box).
BOXES = {
    "noise  $z$": (0.4, 0.6, "0.93"),
    "generator  $G$": (2.6, 0.6, FAKE),
    "fake  $G(z)$": (4.9, 0.6, "0.93"),
    "real data  $x$": (4.9, 2.1, "0.93"),
    "discriminator  $D$": (7.3, 1.35, JUDGE),
}
ARROWS = [
    ((1.05, 0.6), (1.72, 0.6)),
    ((3.5, 0.6), (4.2, 0.6)),
    ((5.6, 0.65), (6.55, 1.05)),
    ((5.75, 2.05), (6.55, 1.65)),
    ((8.3, 1.35), (9.1, 1.35)),
]


@in_style
def game() -> Figure:
    """A diagram of the two networks: solid arrows for samples, a dashed one for the gradient on its way back."""
    figure, [ax] = panels(size=(9, 2.9))
    box = {"boxstyle": "round,pad=0.5", "alpha": 0.35, "edgecolor": "0.3"}
    for label, (x, y, colour) in BOXES.items():
        ax.text(x, y, label, ha="center", va="center", fontsize=12, bbox={**box, "facecolor": colour})
    for start, end in ARROWS:
        ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": "0.25", "linewidth": 1.5})
    ax.text(9.15, 1.35, "probability\nof “real”", va="center", fontsize=11)
    back = {"arrowstyle": "-|>", "linewidth": 1.8, "linestyle": "--", "connectionstyle": "arc3,rad=-0.28"}
    ax.annotate("", (2.7, 0.25), (7.3, 0.95), arrowprops={**back, "color": FAKE})
    words = "gradient: how each sample should move to look more real"
    ax.text(5.4, -0.52, words, color=FAKE, ha="center", fontsize=11)
    ax.set(xlim=(-0.3, 10.2), ylim=(-0.75, 2.6))
    ax.axis("off")
    return figure


@in_style
def densities(line: Tensor, p: Tensor, q: Tensor, d_star: Tensor) -> Figure:
    """Two densities, and below them the best discriminator between them.

    Parameters
    ----------
    line : Tensor
        Shape (n,): increasing points.
    p, q : Tensor
        Shape (n,): the densities of data and of fakes there, at least 0.
    d_star : Tensor
        Shape (n,): ``p / (p + q)``, in [0, 1].

    Returns
    -------
    Figure
        Two plots, one above the other.
    """
    figure, [top, bottom] = panels(2, 1, size=(8, 4.6), sharex=True, height_ratios=(1.2, 1))
    top.fill_between(line, p, color=REAL, alpha=0.3, label="data $p$")
    top.fill_between(line, q, color=FAKE, alpha=0.3, label="generator $q$")
    top.set(ylabel="density", title="Two densities, and the best discriminator between them")
    top.legend()
    bottom.plot(line, d_star, color=JUDGE, label="$D^*=p/(p+q)$")
    bottom.axhline(0.5, color="0.6", linewidth=1, linestyle=":")
    bottom.set(xlabel="$x$", ylabel="$D^*(x)$", ylim=(-0.05, 1.05))
    bottom.legend()
    return figure


@in_style
def trained_against_formula(line: Tensor, d_star: Tensor, d_trained: Tensor, mass: Tensor) -> Figure:
    """A trained discriminator over the best one, and below them how far apart they are.

    Parameters
    ----------
    line : Tensor
        Shape (n,): increasing points.
    d_star, d_trained : Tensor
        Shape (n,): what the formula and the network say there, in [0, 1].
    mass : Tensor
        Shape (n,): how often a training sample falls there, at least 0; drawn to the height of the largest error.

    Returns
    -------
    Figure
        Two plots, one above the other.
    """
    error = (d_trained - d_star).abs()
    highest = float(error.max())
    figure, [top, bottom] = panels(2, 1, size=(8, 4.6), sharex=True, height_ratios=(1.5, 1))
    top.plot(line, d_star, color="0.35", linewidth=4, alpha=0.4, label="$p/(p+q)$, the formula")
    top.plot(line, d_trained, color=JUDGE, label="trained on samples")
    top.set(ylabel="$D(x)$", ylim=(-0.05, 1.05), title="A trained discriminator against equation (2)")
    top.legend(loc="upper right")
    bottom.plot(line, error, color=JUDGE, label="error $|D-D^*|$")
    scaled = mass / mass.max() * highest
    bottom.fill_between(line, scaled, color="0.5", alpha=0.25, label="where samples fall (scaled)")
    bottom.set(xlabel="$x$", ylabel="error", ylim=(0, 1.6 * highest))
    bottom.legend(loc="upper center", ncols=2)
    return figure


@in_style
def saturation(shifts: ArrayLike, divergence: ArrayLike) -> Figure:
    """The Jensen-Shannon divergence of two bells over their distance, and its slope.

    Parameters
    ----------
    shifts, divergence : array
        Shape (n,): distances, increasing, and the divergence in nats at each.

    Returns
    -------
    Figure
        Two plots side by side.
    """
    far, jsd = np.asarray(shifts), np.asarray(divergence)
    figure, [left, right] = panels(1, 2, size=(9, 3.2))
    left.plot(far, jsd, color=JUDGE)
    left.axhline(math.log(2), color="0.5", linestyle=":", label=r"$\log 2$")
    left.set(ylabel="JSD", title="The divergence saturates ...")
    left.legend()
    right.plot(far, np.gradient(jsd, far, edge_order=2), color=FAKE)
    right.set(ylabel="slope of the JSD", title="... and its slope dies away")
    for ax in (left, right):
        ax.set_xlabel("distance between two bells (std 0.7)")
    return figure


@in_style
def generator_losses(chance: Tensor, losses: Mapping[str, Tensor], gradients: Mapping[str, Tensor]) -> Figure:
    """Losses of one generated sample over the discriminator's belief in it, and what reaches the generator.

    Parameters
    ----------
    chance : Tensor
        Shape (n,): D(G(z)), in (0, 1).
    losses, gradients : mapping of str to Tensor of shape (n,)
        A loss each and the size of its gradient with respect to the logit: the saturating one first.

    Returns
    -------
    Figure
        Two plots side by side.
    """
    figure, [left, right] = panels(1, 2, size=(9.5, 3.8))
    for ax, values in ((left, losses), (right, gradients)):
        for (name, curve), colour in zip(values.items(), (FAKE, REAL), strict=True):
            ax.plot(chance, curve, color=colour, label=name)
    left.set(xlabel="$D(G(z))$", ylabel="loss of one sample", title="The losses")
    right.set(xlabel="$D(G(z))$", ylabel="size of the gradient w.r.t. the logit", ylim=(-0.05, 1.3))
    right.set_title("What reaches the generator")
    arrow = {"arrowstyle": "->"}
    right.annotate("D wins: generators\nare soon here", (0.01, 0.02), (0.02, 0.46), arrowprops=arrow, fontsize=10)
    right.annotate("G wins", (0.99, 0.02), (0.8, 0.48), arrowprops=arrow, fontsize=10)
    for ax in (left, right):
        ax.legend(loc="upper center", fontsize=9)
    return figure


@in_style
def training_on_a_line(frames: Sequence[tuple[int, Tensor, Tensor]], line: Tensor, p: Tensor) -> Figure:
    """Moments of a training in one dimension: fakes against the data, and below them the discriminator's curve.

    Parameters
    ----------
    frames : sequence of (step, samples, curve)
        Samples of shape (m,), and the discriminator's answers in [0, 1] on ``line``, shape (n,).
    line, p : Tensor
        Shape (n,): increasing points, and the density of the data there.

    Returns
    -------
    Figure
        Two plots a moment, one above the other; a column each.
    """
    count = len(frames)
    figure, axes = panels(2, count, size=(2.05 * count, 3.8), sharex=True, sharey="row")
    bins = np.linspace(-4, 4, 61).tolist()
    for (step, samples, curve), top, bottom in zip(frames, axes[:count], axes[count:], strict=True):
        top.hist(samples.numpy(), bins=bins, density=True, color=FAKE, alpha=0.6, label="fakes")
        top.plot(line, p, color=REAL, label="data")
        top.set(title=f"step {step}", xlim=(-4, 4), ylim=(0, 1.0))
        bottom.plot(line, curve, color=JUDGE)
        bottom.axhline(0.5, color="0.6", linestyle=":", linewidth=1)
        bottom.set(xlabel="$x$", ylim=(-0.05, 1.05))
    axes[0].set_ylabel("density")
    axes[0].legend(fontsize=8, loc="upper right")
    axes[count].set_ylabel("$D(x)$")
    return figure


@in_style
def spiral(orbits: Mapping[str, ArrayLike], factors: Mapping[str, float], *, title: str = "") -> Figure:
    """Ways to play the bilinear game: where the players go, and how far from the solution they are.

    Parameters
    ----------
    orbits : mapping of str to array of shape (steps + 1, 2)
        The players' places, one way a name; at most four.
    factors : mapping of str to float
        By what each way should multiply the distance in a step: dotted lines.
    title : str
        Above the places.

    Returns
    -------
    Figure
        Two plots side by side.
    """
    figure, [left, right] = panels(1, 2, size=(9.5, 4.2))
    for (name, places), colour in zip(orbits.items(), ORBITS[: len(orbits)], strict=True):
        points = np.asarray(places)
        radius = np.hypot(*points.T)
        expected = radius[0] * factors[name] ** np.arange(len(radius))
        left.plot(*points.T, marker=".", markersize=4, linewidth=1, color=colour, label=name)
        right.semilogy(radius, color=colour, label=name)
        right.semilogy(expected, color="0.3", linestyle=":", linewidth=1)
    # The solution.
    left.plot(0, 0, marker="*", markersize=14, color="black")
    left.set(xlabel="$x$ (generator)", ylabel="$y$ (discriminator)", aspect="equal", title=title)
    right.set(xlabel="step", ylabel="distance from the solution", title="dotted: the factors derived above")
    right.legend(fontsize=9, loc="lower left")
    return figure


@in_style
def clouds(data: Tensor, fakes: Tensor) -> Figure:
    """Points of the data and of an untrained generator in one plane: shape (n, 2) and (m, 2)."""
    figure, [ax] = panels(size=(4, 4))
    ax.scatter(data[:, 0], data[:, 1], s=4, color=REAL, label="data: 8 Gaussians")
    ax.scatter(fakes[:, 0], fakes[:, 1], s=4, color=FAKE, label="untrained generator")
    ax.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal", xlim=(-2.6, 2.6), ylim=(-2.6, 2.6))
    ax.legend(loc="center", bbox_to_anchor=(0.5, 0.64), fontsize=9)
    return figure


def _on_ring(ax: Axes, samples: Tensor, centres: Tensor) -> None:
    ax.scatter(centres[:, 0], centres[:, 1], s=60, facecolors="none", edgecolors=REAL)
    ax.scatter(samples[:1000, 0], samples[:1000, 1], s=2, color=FAKE)


@in_style
def training_in_the_plane(frames: Sequence[tuple[int, Tensor]], centres: Tensor) -> Figure:
    """Moments of a training in the plane: the generator's points, and circles where the data lie.

    Parameters
    ----------
    frames : sequence of (step, samples)
        Samples of shape (m, 2), of which the first thousand are drawn.
    centres : Tensor
        Shape (modes, 2).

    Returns
    -------
    Figure
        A plot a moment, side by side.
    """
    figure, axes = panels(1, len(frames), size=(2 * len(frames), 2.4), sharex=True, sharey=True)
    for ax, (step, samples) in zip(axes, frames, strict=True):
        _on_ring(ax, samples, centres)
        ax.set(title=f"step {step}", xlim=(-2.7, 2.7), ylim=(-2.7, 2.7), aspect="equal", xlabel="$x_1$")
    axes[0].set_ylabel("$x_2$")
    return figure


@in_style
def warped_grid(straight: Tensor, warped: Tensor, plane: Tensor, field: Tensor) -> Figure:
    """A grid of noise, and where the generator takes it, over what the discriminator says of each place.

    Parameters
    ----------
    straight, warped : Tensor
        Shape (k, k, 2): points of the grid before and after the generator; every second line is drawn.
    plane : Tensor
        Shape (m,): increasing coordinates, the same along both axes.
    field : Tensor
        Shape (m, m): D at ``(plane[i], plane[j])``, in [0, 1].

    Returns
    -------
    Figure
        Two plots side by side, and a scale for D.
    """
    figure, [left, right] = panels(1, 2, size=(9.6, 4.3))
    at = plane.numpy()
    picture = right.pcolormesh(at, at, field.T.numpy(), cmap="Greys_r", vmin=0, vmax=1, shading="auto")
    for ax, lines in ((left, straight), (right, warped)):
        for i in range(0, len(lines), 2):
            ax.plot(*lines[i].T, color=FAKE, linewidth=0.7)
            ax.plot(*lines[:, i].T, color=REAL, linewidth=0.7)
        ax.set(aspect="equal")
    left.set(xlabel="$z_1$", ylabel="$z_2$", title="a grid of noise")
    right.set(xlabel="$x_1$", ylabel="$x_2$", xlim=(-3, 3), ylim=(-3, 3))
    right.set_title("the same grid, after the generator")
    figure.colorbar(picture, ax=right, label="$D(x)$")
    return figure


@in_style
def runs(
    trained: Mapping[str, tuple[Sequence[tuple[int, Tensor]], Sequence[Mapping[str, Any]]]], centres: Tensor
) -> Figure:
    """Trainings side by side: the points at their ends, and below them modes and loss over the steps.

    Parameters
    ----------
    trained : mapping of str to (frames, trace)
        Frames as in ``training_in_the_plane``; of a trace's rows ``step``, ``modes`` and ``loss_d`` are drawn.
    centres : Tensor
        Shape (modes, 2).

    Returns
    -------
    Figure
        Two plots a training, one above the other; a dotted line is a loss of log 4.
    """
    count = len(trained)
    figure, axes = panels(2, count, size=(2.5 * count, 4.6), height_ratios=(1.5, 1))
    for (name, (frames, trace)), top, bottom in zip(trained.items(), axes[:count], axes[count:], strict=True):
        _on_ring(top, frames[-1][1], centres)
        top.set(xlim=(-3, 3), ylim=(-3, 3), aspect="equal", xticks=[], yticks=[])
        top.set_title(name, fontsize=9.5)
        steps = [row["step"] for row in trace]
        bottom.plot(steps, [row["modes"] for row in trace], color=FAKE, label=f"modes (of {len(centres)})")
        bottom.plot(steps, [row["loss_d"] for row in trace], color=JUDGE, label="loss_d")
        bottom.axhline(math.log(4), color="0.5", linestyle=":", linewidth=1)
        bottom.set(ylim=(-0.3, len(centres) + 0.5), xlabel="step")
    axes[count].legend(fontsize=8)
    return figure
