"""Time the live widgets take to answer, without the browser's share."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from benchmarks.machine import table


def _cases() -> dict[str, Callable[[], object]]:
    """What to time: name -> one answer of a widget."""
    import json
    from itertools import count

    import ganlab
    from ganlab import widgets

    number = count(1)
    explorer = widgets.LatentExplorer(ganlab.load_pretrained("dcgan-faces64"))
    playground = widgets.Playground(seed=0)

    def drag() -> None:
        i = next(number)
        wish = {"id": i, "action": "set", "name": "principal 1", "amount": (i % 100) / 20 - 2.5}
        explorer.request = json.dumps(wish)

    def play() -> None:
        playground.request = json.dumps({"id": next(number), "action": "train", "rounds": 4})

    return {"LatentExplorer, one picture of 64 x 64": drag, "Playground, four rounds and a redraw": play}


def latencies(*, answers: int = 50) -> str:
    """Median and 95th percentile of a widget's answer, in milliseconds."""
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
