"""Many people at once in the studio, on this computer: does each get a result, how soon, and what does it need?

``python -m deploy.voila.load --people 20`` starts a studio of its own, lets the visitors come at the same moment,
work in the tabs and send pictures on; it prints a table and fails if anybody got neither a result nor a sentence.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from deploy.voila.visitor import TurnedAwayError, Visitor

ROOT = Path(__file__).resolve().parents[2]
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


async def visit(address: str, number: int) -> tuple[str, float, float]:
    """One visitor: what became of it, seconds to the first picture, seconds in all."""
    visitor = Visitor(address)
    began = time.perf_counter()
    try:
        await visitor.arrive()
        explorer = await visitor.open("generate")
        face = await visitor.ask(explorer, action="random")
        first = time.perf_counter() - began
        assert face["image"].startswith("data:image/png;base64,")
        for origin, tab in WAYS[number % len(WAYS)]:
            pane = await visitor.send(origin, tab)
            shown = await visitor.ask(visitor.panes[pane], action="look")
            assert shown["image"].startswith("data:image/"), shown["message"]
        return "result", first, time.perf_counter() - began
    except TurnedAwayError:
        return "turned away", 0.0, time.perf_counter() - began


async def crowd(address: str, people: int) -> list[tuple[str, float, float] | BaseException]:
    """All of them at once."""
    return await asyncio.gather(*(visit(address, k) for k in range(people)), return_exceptions=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--most", type=int, default=30)
    parser.add_argument("--port", type=int, default=8979)
    parser.add_argument("--cold", action="store_true", help="every visitor's process from nothing")
    chosen = parser.parse_args()
    flags = ["--cold"] if chosen.cold else []
    with served(*flags, "--most", str(chosen.most), port=chosen.port) as (address, process):
        seconds, empty = needs(process)
        print(f"before anybody came: {empty:.0f} MB, {seconds:.1f} s of computing")
        found = asyncio.run(crowd(address, chosen.people))
        after, full = needs(process)
    kinds = [kind[0] if isinstance(kind, tuple) else f"failed: {kind!r}" for kind in found]
    for kind in sorted(set(kinds)):
        print(f"{kinds.count(kind)} x {kind}")
    served_well = sorted(each[1:] for each in found if isinstance(each, tuple) and each[0] == "result")
    if served_well:
        slowest, each = max(whole for _, whole in served_well), (after - seconds) / len(served_well)
        print(f"first picture after {served_well[0][0]:.1f} to {served_well[-1][0]:.1f} s")
        print(f"all done after {slowest:.1f} s, {each:.1f} s of computing each")
        print(f"memory: {full:.0f} MB in all, {(full - empty) / len(served_well):.0f} MB for each")
    if any(kind.startswith("failed") for kind in kinds):
        raise SystemExit("somebody got neither a result nor a sentence")


if __name__ == "__main__":
    main()
