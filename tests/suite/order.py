"""In which order tests run, and which of them one worker runs as one piece of work."""

from __future__ import annotations

import random

import pytest

# Places that share a server, a browser or a built page: one worker has them, or both would start their own.
TOGETHER = {
    "tests/browser/": "browser",
    "tests/hub/": "browser",
    "tests/deploy/voila/": "browser",
    "tests/tools/site/": "site",
    "tests/tools/assignments/": "assignments",
}
# Each of these has a kernel of its own and shares nothing: both workers take from them.
APART = ("tests/test_notebooks.py", "tests/test_lessons_offline.py")


def scope(nodeid: str) -> str:
    """The piece of work that a test belongs to: its file, so that what a module's fixtures make is made once.

    By place, not by xdist_group: pytest-xdist 3.8 does not see its own marks under pytest 9.2.
    """
    if nodeid.startswith(APART):
        return nodeid
    shared = (name for start, name in TOGETHER.items() if nodeid.startswith(start))
    return next(shared, nodeid.partition("::")[0])


def turn(nodeid: str) -> int:
    """Long pieces of work first: a worker that begins the last one late leaves the other without any."""
    if nodeid.startswith(tuple(TOGETHER)):
        return 0
    return 1 if nodeid.startswith(APART) else 2


def shuffled(nodeids: list[str], seed: int) -> list[int]:
    """Places of the tests in an order of chance: pieces of work in any order, and in each its tests in any order."""
    chance = random.Random(seed)
    pieces: dict[str, list[int]] = {}
    for at, nodeid in enumerate(nodeids):
        pieces.setdefault(scope(nodeid), []).append(at)
    order = list(pieces.values())
    chance.shuffle(order)
    for piece in order:
        chance.shuffle(piece)
    return [at for piece in order for at in piece]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--shuffle", type=int, metavar="SEED", help="run files, and the tests in each, in an order of chance"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    seed = config.getoption("--shuffle")
    if seed is None:
        items.sort(key=lambda item: turn(item.nodeid))
    else:
        items[:] = [items[at] for at in shuffled([item.nodeid for item in items], seed)]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """Pieces of work by :func:`scope`, in the order of the collection."""
    from xdist.scheduler import LoadScopeScheduling

    class ByScope(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return scope(nodeid)

    # Otherwise xdist begins with the files that have the most tests, and those take the shortest time each.
    config.option.loadscopereorder = False
    return ByScope(config, log)
