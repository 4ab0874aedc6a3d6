"""Shared by all tests: where real data may lie, and one seed for everything random."""

from __future__ import annotations

import os
from pathlib import Path

import matplotlib
import pytest
import torch

matplotlib.use("agg")
pytest_plugins = ["tests.suite.order", "tests.suite.shares", "tests.suite.thorough"]


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
    from playwright import sync_api

    from tests.browser.lab import CHROMIUM

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
