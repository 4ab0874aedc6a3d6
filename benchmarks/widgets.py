"""Time the live widgets take to answer, without the browser's share."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch

from benchmarks.machine import table
from ganlab.widgets.kit.values import mask_to_text


def _cases() -> dict[str, Callable[[], object]]:
    """What to time: name -> one answer of a widget."""
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

    small = widgets.InpaintStudio(ganlab.load_pretrained("context-encoder-faces64"))
    large = widgets.InpaintStudio(ganlab.load_pretrained("context-encoder-photos128"), resolution=256)
    style, style_large = widgets.StyleStudio(), widgets.StyleStudio(size=512)

    return {
        "LatentExplorer, one picture of 64 x 64": drag,
        "Playground, four rounds and a redraw": play,
        "InpaintStudio, a stroke on 64 x 64": lambda: stroke(small, next(number)),
        "InpaintStudio, a stroke on 256 x 256": lambda: stroke(large, next(number)),
        "StyleStudio, the pad moves at 256 x 256": lambda: point(style, next(number)),
        "StyleStudio, the pad moves at 512 x 512": lambda: point(style_large, next(number)),
    }


def stroke(studio: Any, number: int) -> None:
    """A horizontal stroke of a sixteenth of the picture's side, a little lower each time, and its filling."""
    side = studio.resolution
    mask = torch.zeros(side, side, dtype=torch.bool)
    top = side // 4 + number % (side // 4)
    mask[top : top + side // 16, side // 8 : -side // 8] = True
    studio.request = json.dumps({"id": number, "action": "mask", "bits": mask_to_text(mask)})


def point(studio: Any, number: int) -> None:
    """The point of the pad a little further to the right each time, and the picture painted in that mixture."""
    wish = {"id": number, "action": "adjust", "pad": [number % 50 / 50, 0.3], "gesture": "drag"}
    studio.request = json.dumps(wish)


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
