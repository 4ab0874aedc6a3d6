"""Many people at once in the studio, on this computer: does each get a result, how soon, and what does it need?

``python -m deploy.voila.load --people 20`` starts a studio of its own, lets the visitors come at the same moment,
work in the tabs, send pictures on and upload a photograph of 48 megapixels into two studios. It prints a table, and
fails if anybody got neither a result nor a sentence, or if all took more memory than ``--within`` says.

With ``--over 60`` they come one after the other within a minute, and draw a face: how long does the page take?
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from PIL import Image
from tornado.httpclient import AsyncHTTPClient

from deploy.voila.visitor import TurnedAwayError, Visitor

ROOT = Path(__file__).resolve().parents[2]
SIDES = (8000, 6000)  # pixels of a photograph: what the largest sensors of phones make
# What each visitor does after the first face: all tabs and all kinds of ways are in it.
WAYS = (
    (("generate", "restore"), ("restore-faces", "style")),
    (("generate", "style"), ("style", "enlarge")),
    (("generate", "enlarge"), ("enlarge", "restore")),
    (("generate", "style"), ("style", "restore")),
)


@contextlib.contextmanager
def served(*arguments: str, port: int) -> Iterator[tuple[str, psutil.Process]]:
    """A studio of its own: its address and its process."""
    command = [sys.executable, "-m", "deploy.voila", "--no-browser", "--port", str(port), *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ})
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if found := re.search(r"http://\S+", line):
                yield found[0], psutil.Process(process.pid)
                break
        else:
            raise RuntimeError("the studio did not start")
    finally:
        process.terminate()
        process.wait(60)


def needs(process: psutil.Process) -> tuple[float, float]:
    """Seconds of computing and megabytes of memory (shared pages counted once) of a process and all below it."""
    seconds = memory = 0.0
    for each in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = each.cpu_times()
            seconds += times.user + times.system
            memory += each.memory_full_info().pss / 1e6
    return seconds, memory


def photographs() -> list[bytes]:
    """The same number of pixels, three times: noise, which makes a large file; soft colours; and stored in steps."""
    rng, (width, height) = np.random.default_rng(0), SIDES
    noise = Image.fromarray(np.tile(rng.integers(0, 256, (height // 12, width, 3), dtype=np.uint8), (12, 1, 1)))
    soft = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)).resize(SIDES, Image.Resampling.BICUBIC)
    made = []
    for picture, settings in ((noise, {"quality": 60}), (soft, {"quality": 90}), (soft, {"progressive": True})):
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", **settings)
        made.append(buffer.getvalue())
    return made


class Watch:
    """The memory of a process and all below it, looked at again and again; ``most`` is the largest sum, megabytes."""

    def __init__(self, process: psutil.Process) -> None:
        self.most = 0.0
        self._process, self._done = process, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(0.5):
            self.most = max(self.most, needs(self._process)[1])


@dataclass
class Stay:
    """What became of a visitor; seconds until the page's first words, the page, the first picture and the end."""

    kind: str
    begun: float = 0.0
    page: float = 0.0
    first: float = 0.0
    whole: float = 0.0


async def visit(address: str, number: int, photograph: bytes, come_after: float | None) -> Stay:
    """One visitor. Who comes at a time of one's own only draws a face."""
    await asyncio.sleep(come_after or 0.0)
    visitor = Visitor(address)
    began = time.perf_counter()
    try:
        await visitor.arrive()
        explorer = await visitor.open("generate")
        face = await visitor.ask(explorer, action="random")
        first = time.perf_counter() - began
        assert face["image"].startswith("data:image/png;base64,")
        if come_after is None:
            for origin, tab in WAYS[number % len(WAYS)]:
                pane = await visitor.send(origin, tab)
                shown = await visitor.ask(visitor.panes[pane], action="look")
                assert shown["image"].startswith("data:image/"), shown["message"]
            for pane in ("enlarge", "style"):
                await visitor.open(pane)
                answer = await visitor.upload(pane, photograph)
                assert not answer["message"], answer["message"]
        return Stay("result", visitor.begun_after, visitor.page_after, first, time.perf_counter() - began)
    except TurnedAwayError:
        return Stay("turned away")


async def crowd(address: str, people: int, over: float, files: list[bytes]) -> list[Stay | BaseException]:
    """All of them at once, or one after the other within ``over`` seconds."""
    AsyncHTTPClient(max_clients=people + 1)  # of this loop: none of them waits for another one here
    times = [over * k / people if over else None for k in range(people)]
    visits = (visit(address, k, files[k % len(files)], times[k]) for k in range(people))
    return await asyncio.gather(*visits, return_exceptions=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--most", type=int, default=30)
    parser.add_argument("--port", type=int, default=8979)
    parser.add_argument("--cold", action="store_true", help="every visitor's process from nothing")
    parser.add_argument("--over", type=float, default=0.0, help="seconds within which they come (0: all at once)")
    parser.add_argument("--within", type=float, default=8.0, help="gigabytes that all may take (default 8)")
    chosen = parser.parse_args()
    flags = ["--cold"] if chosen.cold else []
    files = photographs()
    with served(*flags, "--most", str(chosen.most), port=chosen.port) as (address, process):
        seconds, empty = needs(process)
        print(f"before anybody came: {empty:.0f} MB, {seconds:.1f} s of computing")
        with Watch(process) as watch:
            found = asyncio.run(crowd(address, chosen.people, chosen.over, files))
        after, full = needs(process)
    kinds = [stay.kind if isinstance(stay, Stay) else f"failed: {stay!r}" for stay in found]
    for kind in sorted(set(kinds)):
        print(f"{kinds.count(kind)} x {kind}")
    if well := [stay for stay in found if isinstance(stay, Stay) and stay.kind == "result"]:
        for name, what in (("begun", "first words of the page"), ("page", "whole page")):
            waits = [getattr(stay, name) for stay in well]
            print(f"{what} after {np.median(waits):.2f} s (median), {np.percentile(waits, 95):.2f} s (95 of 100)")
        firsts = sorted(stay.first for stay in well)
        print(f"first picture after {firsts[0]:.1f} to {firsts[-1]:.1f} s")
        each, memory = (after - seconds) / len(well), (full - empty) / len(well)
        print(f"all done after {max(stay.whole for stay in well):.1f} s, {each:.1f} s of computing each")
        print(f"memory: at most {watch.most:.0f} MB in all; {full:.0f} MB at the end, {memory:.0f} MB for each")
    if any(kind.startswith("failed") for kind in kinds):
        raise SystemExit("somebody got neither a result nor a sentence")
    if watch.most > chosen.within * 1000:
        raise SystemExit(f"expected at most {chosen.within:g} GB of memory in all, got {watch.most / 1000:.1f}")


if __name__ == "__main__":
    main()
