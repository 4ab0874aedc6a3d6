"""What is marked thorough: left out of a plain run, unless what it tests has changed.

``@pytest.mark.thorough`` waits for ``make test PROFILE=cpu`` or ``GANLAB_THOROUGH=1``: a run at every change has to end in
minutes. ``@pytest.mark.thorough(when=["docs/*"])`` also runs where a file that matches one of the patterns (as in
``fnmatch``: a star matches slashes, too) has changed: see :func:`changed_files`.
"""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

import pytest

REASON = "thorough: make test PROFILE=cpu, or GANLAB_THOROUGH=1; pytest --thorough-list names them"


def changed_files(root: Path) -> frozenset[str]:
    """Files that the working tree has otherwise than the commit it is compared with, and files that git does not know.

    That commit is ``GANLAB_SINCE``, or where this branch has left the remote's default branch, or, if it has not left
    it or there is none, the commit before the last one. Where git has no history to ask, nothing counts as changed.
    """

    def git(*words: str) -> list[str]:
        done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)
        return done.stdout.split("\0" if "-z" in words else None) if done.returncode == 0 else []

    head = git("rev-parse", "HEAD")
    left = git("merge-base", "HEAD", "refs/remotes/origin/HEAD")
    since = os.environ.get("GANLAB_SINCE") or (left[0] if left and left != head else "HEAD~1")
    differ = git("diff", "--name-only", "-z", since, "--")
    return frozenset(filter(None, [*differ, *git("ls-files", "--others", "--exclude-standard", "-z")]))


def because(patterns: Iterable[str], changed: Iterable[str]) -> str:
    """The first changed file that one of the patterns matches, or ""."""
    patterns = list(patterns)
    return next((path for path in sorted(changed) if any(fnmatch(path, pattern) for pattern in patterns)), "")


def everything() -> bool:
    """Whether this run leaves nothing out."""
    return os.environ.get("GANLAB_PROFILE") in ("cpu", "gpu") or bool(os.environ.get("GANLAB_THOROUGH"))


def left_out(nodeids: Iterable[str]) -> str:
    """A line on what was left out, by place."""
    places = Counter("/".join(nodeid.split("::")[0].split("/")[1:2]) for nodeid in nodeids)
    named = ", ".join(f"{place} {count}" for place, count in sorted(places.items()))
    return f"{sum(places.values())} thorough tests left out ({named}); `pytest --thorough-list` says what brings them back"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--thorough-list", action="store_true", help="name the thorough tests and when they run; run none"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    # The list is made where the tests are collected, and workers have nowhere to write it.
    if config.option.thorough_list:
        config.option.collectonly, config.option.numprocesses = True, 0


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Teller(), "ganlab-thorough")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    marked = [(item, mark) for item in items if (mark := item.get_closest_marker("thorough"))]
    if config.option.thorough_list:
        config.pluginmanager.get_plugin("ganlab-thorough").listed = [
            (item.nodeid, mark.kwargs.get("when", ())) for item, mark in marked
        ]
        items.clear()
        return
    changed = changed_files(config.rootpath) if marked and not everything() else frozenset()
    for item, mark in marked:
        if everything():
            item.user_properties.append(("thorough", "everything"))
        elif path := because(mark.kwargs.get("when", ()), changed):
            item.user_properties.append(("thorough", path))
        else:
            item.add_marker(pytest.mark.skip(reason=REASON))


class _Teller:
    """Says at the end what a run has left out, and what it has not left out and why."""

    def __init__(self) -> None:
        self.listed: list[tuple[str, tuple[str, ...]]] | None = None
        self.skipped: set[str] = set()
        self.ran: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and isinstance(report.longrepr, tuple) and REASON in report.longrepr[2]:
            self.skipped.add(report.nodeid)
        if path := dict(report.user_properties).get("thorough"):
            self.ran[report.nodeid] = path

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.listed is not None and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            session.exitstatus = pytest.ExitCode.OK

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.listed is not None:
            tests = Counter((nodeid.partition("[")[0], tuple(when)) for nodeid, when in self.listed)
            for (name, when), count in sorted(tests.items()):
                patterns = f", or when one of these changes: {' '.join(when)}" if when else ""
                many = f" ({count} cases)" if count > 1 else ""
                terminalreporter.write_line(f"{name}{many}: with PROFILE=cpu{patterns}")
        if self.skipped:
            terminalreporter.write_line(left_out(self.skipped))
        if why := sorted(set(self.ran.values()) - {"everything"}):
            count = sum(path != "everything" for path in self.ran.values())
            terminalreporter.write_line(f"{count} thorough tests ran because of {', '.join(why[:5])}")
