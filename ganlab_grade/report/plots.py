"""Figures of the report on a class: returned, with a description in words, in colours that everybody can tell apart.

They are narrow, so that their type stays legible on a phone. Only names of lessons, exercises and rungs stand in
them, nothing that a student wrote.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from matplotlib.ticker import MaxNLocator

from ganlab.plotting import OKABE_ITO, Figure
from ganlab_grade.report.numbers import ExerciseNumbers, LessonNumbers, Misconception

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 5.0  # inches
INK, SOFT, LINE = "#1b1f27", "#505868", "#d5d9e0"
MOST_BARS = 12
MIDDLES = [2.5 + 5 * step for step in range(20)]  # of a histogram's steps, %


@dataclass(frozen=True)
class Plot:
    """A figure and what it shows, in words."""

    figure: Figure
    alt: str

    def source(self) -> str:
        """The figure as the `src` of an HTML image: SVG, the same for the same numbers."""
        import matplotlib as mpl

        out = io.BytesIO()
        with mpl.rc_context({"svg.hashsalt": "ganlab", "svg.fonttype": "path"}):
            self.figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
        return "data:image/svg+xml;base64," + base64.b64encode(out.getvalue()).decode("ascii")


def marks_plot(lessons: Sequence[LessonNumbers]) -> Plot | None:
    """How many submissions have which share of the exercises' points, by lesson; the middle half and the median."""
    shown = [lesson for lesson in lessons if lesson.shares]
    if not shown:
        return None
    figure, ax = _canvas(0.8 * len(shown) + 0.75)
    counts = [_histogram(lesson.shares) for lesson in shown]
    scale = 0.68 / max(max(column) for column in counts)  # one scale for all lessons: they can be compared
    for row, lesson in enumerate(shown):
        heights = [-scale * count for count in counts[row]]
        ax.bar(MIDDLES, heights, width=4.4, bottom=row - 0.12, color=OKABE_ITO["blue"])
        low, middle, high = _quartiles(lesson.shares)
        ax.plot([100 * low, 100 * high], [row, row], color=INK, linewidth=3.5, solid_capstyle="round")
        _diamond(ax, 100 * middle, row)
    _names(ax, [lesson.lesson for lesson in shown])
    ax.set(xlim=(-2, 102), ylim=(len(shown) - 0.7, -0.9), xlabel="% of the exercises' points")
    said = ", ".join(f"{lesson.lesson} {100 * median(lesson.shares):.0f} %" for lesson in shown)
    return Plot(figure, f"Histograms, one a lesson, from 0 to 100 % of the exercises' points. Medians: {said}.")


def hardest_plot(exercises: Sequence[ExerciseNumbers]) -> Plot | None:
    """The exercises with the smallest share of their points, hardest above."""
    shown = [exercise for exercise in exercises if exercise.marked][:MOST_BARS]
    if not shown:
        return None
    figure, ax = _canvas(0.44 * len(shown) + 0.75)
    shares = [100 * exercise.share for exercise in shown]
    ax.barh(range(len(shown)), shares, color=OKABE_ITO["blue"], height=0.62)
    for row, share in enumerate(shares):
        ax.text(share + 1.5, row, f"{share:.0f} %", va="center", color=INK)
    _names(ax, [exercise.name for exercise in shown], [exercise.lesson for exercise in shown])
    ax.set(xlim=(0, 112), ylim=(len(shown) - 0.5, -0.5), xlabel="mean share of the points, %")
    ax.set_xticks(range(0, 101, 25))
    said = ", ".join(f"{exercise.name} {100 * exercise.share:.0f} %" for exercise in shown[:3])
    return Plot(figure, f"Bars: mean share of the points of the {len(shown)} hardest exercises. The hardest: {said}.")


def misconceptions_plot(found: Sequence[Misconception]) -> Plot | None:
    """The rungs at which most students stopped."""
    shown = found[:MOST_BARS]
    if not shown:
        return None
    figure, ax = _canvas(0.52 * len(shown) + 0.75)
    counts = [len(item.students) for item in shown]
    ax.barh(range(len(shown)), counts, color=OKABE_ITO["vermillion"], height=0.62)
    for row, count in enumerate(counts):
        ax.text(count + 0.015 * max(counts), row, str(count), va="center", color=INK)
    _names(
        ax,
        [item.words for item in shown],
        [f"{item.lesson[:2]} {item.exercise}" for item in shown],
    )
    ax.set(xlim=(0, 1.1 * max(counts)), ylim=(len(shown) - 0.5, -0.5), xlabel="students whose answer stopped here")
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    said = ", ".join(f"{item.words} in {item.exercise} {len(item.students)}" for item in shown[:3])
    return Plot(figure, f"Bars: students per misconception, the most frequent {len(shown)}. The first: {said}.")


def handed_in_plot(lessons: Sequence[LessonNumbers]) -> Plot | None:
    """Per lesson: marked to the end, waiting for a person, not handed in."""
    if not any(lesson.handed_in or lesson.missing for lesson in lessons):
        return None
    figure, ax = _canvas(0.44 * len(lessons) + 1.15)
    parts = [
        ("marked", [lesson.handed_in - lesson.waiting for lesson in lessons], OKABE_ITO["blue"], ""),
        ("waiting for a person", [lesson.waiting for lesson in lessons], OKABE_ITO["orange"], "///"),
        ("nothing handed in", [len(lesson.missing) for lesson in lessons], "#ffffff", ""),
    ]
    left = [0] * len(lessons)
    for label, counts, colour, hatch in parts:
        ax.barh(
            range(len(lessons)), counts, left=left, height=0.62, color=colour, hatch=hatch, edgecolor=INK,
            linewidth=0.6, label=label,
        )  # fmt: skip
        left = [before + count for before, count in zip(left, counts, strict=True)]
    _names(ax, [lesson.lesson for lesson in lessons])
    ax.set(ylim=(len(lessons) - 0.5, -0.5), xlabel="students", xlim=(0, max(left) * 1.02))
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    figure.legend(loc="outside upper left", ncols=3, frameon=False, fontsize=10, handlelength=1.2, columnspacing=1)
    said = "; ".join(f"{label}: {', '.join(map(str, counts))}" for label, counts, _, _ in parts)
    return Plot(figure, f"Stacked bars, one a lesson ({', '.join(lesson.lesson for lesson in lessons)}). {said}.")


def time_plot(lessons: Sequence[LessonNumbers]) -> Plot | None:
    """Seconds it took to mark one submission: the range, and the median."""
    shown = [lesson for lesson in lessons if lesson.seconds and max(lesson.seconds) > 0]
    if not shown:
        return None
    figure, ax = _canvas(0.44 * len(shown) + 0.75)
    for row, lesson in enumerate(shown):
        ax.plot([lesson.seconds[0], lesson.seconds[-1]], [row, row], color=OKABE_ITO["sky"], linewidth=6)
        _diamond(ax, median(lesson.seconds), row)
    _names(ax, [lesson.lesson for lesson in shown])
    ax.set(ylim=(len(shown) - 0.5, -0.5), xlabel="seconds a submission")
    ax.set_xlim(left=0)
    said = ", ".join(f"{lesson.lesson} {median(lesson.seconds):.0f} s" for lesson in shown)
    return Plot(figure, f"Ranges of the time it took to mark one submission. Medians: {said}.")


def _canvas(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, height), facecolor="white", layout="constrained")
    ax = figure.subplots()
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.spines["bottom"].set_color(LINE)
    ax.tick_params(axis="both", length=0, colors=SOFT, labelsize=11)
    ax.xaxis.label.set(color=SOFT, size=11)
    ax.grid(axis="x", color=LINE, linewidth=0.7)
    ax.set_axisbelow(True)
    return figure, ax


def _names(ax: Axes, names: Sequence[str], below: Sequence[str] = ()) -> None:
    """Names at the rows' left, a second smaller line below each."""
    # Names are names, whatever dollars they hold.
    ax.set_yticks(range(len(names)), [""] * len(names))
    for row, name in enumerate(names):
        shift = 0.16 if below else 0.0
        common: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "ha": "right", "parse_math": False}
        ax.text(-0.02, row - shift, name, va="center", color=INK, fontsize=11, **common)
        if below:
            ax.text(-0.02, row + 0.24, below[row], va="center", color=SOFT, fontsize=9, **common)


def _diamond(ax: Axes, x: float, row: int) -> None:
    ax.plot([x], [row], "D", color=OKABE_ITO["orange"], markeredgecolor=INK, markersize=8, clip_on=False, zorder=3)


def _histogram(shares: Sequence[float]) -> list[int]:
    """Submissions in steps of 5 %; the last step holds those with everything, too."""
    counts = [0] * len(MIDDLES)
    for share in shares:
        counts[min(max(int(20 * share), 0), 19)] += 1
    return counts


def _quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    if len(values) == 1:
        return values[0], values[0], values[0]
    low, middle, high = quantiles(values, n=4, method="inclusive")
    return low, middle, high
