"""How much of the suite's time each of its rooms takes, as a table at the end, and whether that is within its share.

A budget of the suite, not a test of speed: it is there so that the next ten lessons find room. ``shares.toml`` has the
numbers. A machine that does a fixed piece of work more slowly than the one on which they were set gets as much more: the
work is done again and again while the tests run, so that a machine which others use as well counts as the slower one it is.
"""

from __future__ import annotations

import os
import re
import statistics
import time
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

SHARES = Path(__file__).with_name("shares.toml")
CORES = 2
# Seconds between two measurements of the machine's pace.
BETWEEN = 10.0
# Whose cases are named for a lesson: 02_dcgan, or lesson_02.slerp.
OF_LESSONS = re.compile(r"tests/(test_notebooks|checks/.*|browser/test_lessons_in_lab)\.py")
LESSON = re.compile(r"lesson_(\d\d)|\b(\d\d)_[a-z]")


def room(nodeid: str, families: Mapping[str, str]) -> str:
    """The room that a test belongs to: a lesson, or a folder in ``tests/``; what lies in none is "house".

    Parameters
    ----------
    nodeid : str
        As pytest names a test: path, two colons, name, case in brackets.
    families : mapping
        Folder of the tests of a family -> the lesson it belongs to.
    """
    path, _, name = nodeid.partition("::")
    case = LESSON.search(name.partition("[")[2])
    if case and OF_LESSONS.fullmatch(path):
        return f"lesson {case[1] or case[2]}"
    folder = path.split("/")[1] if path.count("/") > 1 else "house"
    return f"lesson {families[folder]}" if folder in families else folder


def families() -> dict[str, str]:
    """The families of the course, each with the number of the lesson whose exercises it has."""
    from ganlab import checks

    places = {lesson: place.split(".")[1] for lesson, place in checks.LESSONS.items()}
    return {family: lesson.removeprefix("lesson_") for lesson, family in places.items() if family != "checks"}


def pace() -> float:
    """Seconds that this machine takes just now for a fixed piece of work, about a twentieth on the fastest seen."""
    import torch
    import torch.nn.functional as F

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        weight, images = torch.full((32, 32, 3, 3), 0.01, requires_grad=True), torch.ones(8, 32, 32, 32)
        began = time.perf_counter()
        for _ in range(10):
            F.conv2d(F.conv2d(images, weight, padding=1).relu(), weight, padding=1).mean().backward()
        return time.perf_counter() - began
    finally:
        torch.set_num_threads(threads)


@dataclass
class Account:
    """What the rooms have taken, against what ``settings`` (the contents of ``shares.toml``) gives them.

    ``families`` are as in :func:`room`.
    ``slower`` is how many times longer than the reference this machine takes for the same; at least 1.
    """

    settings: Mapping[str, Any]
    families: Mapping[str, str]
    slower: float = 1.0
    taken: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    thorough: float = 0.0

    def add(self, nodeid: str, seconds: float, *, thorough: bool = False) -> None:
        """Count the setup, the call or the teardown of a test."""
        if thorough:
            self.thorough += seconds / CORES
        else:
            self.taken[room(nodeid, self.families)] += seconds / CORES

    def share(self, name: str) -> float:
        """What a room may take on this machine, in seconds of two cores."""
        rooms = self.settings["rooms"]
        plain = self.settings["lesson"] if name.startswith("lesson ") else rooms.get(name, self.settings["other"])
        return plain * self.slower

    def exceeded(self) -> list[str]:
        """A sentence for each room that has taken more than its share."""
        return [
            f"{name} took {seconds:.0f} s of two cores, its share is {self.share(name):.0f} s: make it lighter, mark what "
            f"repeats other tests as thorough, or give it more in tests/suite/{SHARES.name}"
            for name, seconds in sorted(self.taken.items())
            if seconds > self.share(name)
        ]

    def table(self) -> list[str]:
        """One line a room, and the sum."""
        lines = [
            f"{name:<14}{seconds:8.1f} of {self.share(name):5.0f}{'   more than its share' * (seconds > self.share(name))}"
            for name, seconds in sorted(self.taken.items())
        ]
        lines.append(f"{'together':<14}{sum(self.taken.values()):8.1f}")
        return lines + ([f"{'thorough':<14}{self.thorough:8.1f} besides"] if self.thorough else [])


class _Bookkeeper:
    """Hears of every test, also of those that workers run."""

    def __init__(self) -> None:
        self.account = Account(tomllib.loads(SHARES.read_text(encoding="utf-8")), families())
        # Once without counting: what torch sets up at the first call is no work.
        self.paces = [(pace(), pace())[1]]
        self.asked = time.monotonic()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.account.add(report.nodeid, report.duration, thorough="thorough" in dict(report.user_properties))
        if time.monotonic() - self.asked > BETWEEN:
            self.paces.append(pace())
            self.asked = time.monotonic()

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self.account.slower = max(1.0, statistics.median(self.paces) / self.account.settings["pace"])
        if self.account.exceeded() and os.environ.get("CI") == "true" and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.account.taken:
            return
        terminalreporter.section("test time by room, in seconds of two cores, and its share")
        for line in self.account.table():
            terminalreporter.write_line(line)
        if self.account.slower > 1:
            terminalreporter.write_line(
                f"(this machine was {self.account.slower:.1f} times slower than that of the shares)"
            )
        for sentence in self.account.exceeded():
            terminalreporter.write_line(sentence, red=True)


def pytest_configure(config: pytest.Config) -> None:
    # Whoever runs a single test wants to see that test. `make test` has workers, and CI has shares to keep.
    whole = getattr(config.option, "numprocesses", None) or os.environ.get("CI") == "true"
    if whole and not hasattr(config, "workerinput") and not config.option.collectonly:
        config.pluginmanager.register(_Bookkeeper(), "ganlab-shares")
