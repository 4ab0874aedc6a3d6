"""Time the live widgets take to answer, without the browser's share."""

from __future__ import annotations

import importlib.util
import statistics
import time
from collections.abc import Callable

from benchmarks.machine import table


def _cases() -> dict[str, Callable[[], object]]:
    """What to time: name -> one answer of a widget."""
    return {}


def latencies(*, answers: int = 50) -> str:
    """Median and 95th percentile of a widget's answer, in milliseconds."""
    if importlib.util.find_spec("ganlab.widgets") is None:
        return "There are no widgets yet."
    rows = []
    for name, answer in _cases().items():
        answer()
        times = []
        for _ in range(answers):
            began = time.perf_counter()
            answer()
            times.append(1000 * (time.perf_counter() - began))
        rows.append([name, f"{statistics.median(times):.1f}", f"{statistics.quantiles(times, n=20)[-1]:.1f}"])
    return table(["answer", "median, ms", "95th percentile, ms"], rows)
