"""Shared by all tests: where real data may lie, and one seed for everything random."""

from __future__ import annotations

import os
from pathlib import Path

import matplotlib
import pytest
import torch

matplotlib.use("agg")
ROOT = Path(__file__).resolve().parent.parent
# What shares something slow to make, a server or a class that has been marked, goes to one worker. By place, not by
# xdist_group: pytest-xdist 3.8 does not see its own marks under pytest 9.2.
TOGETHER = {
    "tests/browser/": "browser", "tests/studio/": "browser", "tests/hub/": "browser", "tests/docs/": "docs",
    "tests/grading/test_assignment": "assignments", "tests/grading/test_run.py": "marked", "tests/test_wheel": "wheel",
    "tests/test_colab": "wheel", "tests/test_quality": "quality", "tests/test_style_quality": "quality",
    "tests/test_sr_quality": "quality",
}  # fmt: skip


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Which tests the workers get as one piece of work."""
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return next((name for start, name in TOGETHER.items() if nodeid.startswith(start)), nodeid)

    return Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is marked thorough waits for `make test PROFILE=cpu`: a run at every change has to end in minutes."""
    if os.environ.get("GANLAB_PROFILE") in ("cpu", "gpu") or os.environ.get("GANLAB_THOROUGH"):
        return
    for item in items:
        if item.get_closest_marker("thorough"):
            item.add_marker(pytest.mark.skip(reason="thorough: make test PROFILE=cpu, or GANLAB_THOROUGH=1"))


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets named by ``GANLAB_REAL_DATA``; tests that need it skip where there is none."""
    folder = os.environ.get("GANLAB_REAL_DATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("real data sets are not on this machine (set GANLAB_REAL_DATA to their folder)")
    return Path(folder)


@pytest.fixture(scope="session")
def chromium():
    """One headless browser for all tests of a process: Playwright allows no second one beside it."""
    from browser.lab import CHROMIUM
    from playwright import sync_api

    with sync_api.sync_playwright() as play:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run"]
        browser = play.chromium.launch(executable_path=CHROMIUM, headless=True, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def studio_network():
    """A small Context Encoder that nobody has trained: what it paints does not matter to most tests."""
    from ganlab.inpainting.networks import ContextEncoder, ContextEncoderConfig

    torch.manual_seed(0)
    return ContextEncoder(ContextEncoderConfig(size=32, base_channels=8)).eval()


@pytest.fixture
def studio(studio_network):
    """An InpaintStudio with that network."""
    from ganlab import widgets

    return widgets.InpaintStudio(studio_network)
