"""From opening the first lesson in the browser to the first picture that its code has made."""

from __future__ import annotations

import importlib.util
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.machine import table

ROOT = Path(__file__).resolve().parent.parent
FLOOR = 20  # seconds, on two cores
SEEN = """() => [...document.querySelectorAll(".jp-OutputArea-output :is(img, canvas)")].some((node) => {
  const box = node.getBoundingClientRect();
  return box.width > 20 && box.height > 20 && (node.complete ?? true); })"""


def first_picture(*, repetitions: int = 3) -> str:
    """Seconds from the address to the lesson, to its kernel, and to the first picture of *Run All*, as a table.

    Each repetition has a new JupyterLab, a new kernel and an empty browser cache. The copy that is opened has no
    stored outputs, so that a picture is one that was made while the clock ran.
    """
    from tests.browser.lab import CHROMIUM

    if importlib.util.find_spec("playwright") is None or not Path(CHROMIUM).exists():
        return "Not measured: this takes Playwright and Chromium."
    rows = [_open(CHROMIUM) for _ in range(repetitions)]
    names = ["JupyterLab shows the lesson", "its kernel is ready", "the first picture is on screen"]
    found = zip(names, zip(*rows, strict=True), strict=True)
    return (
        table(
            ["seconds after the address was opened", "median", "slowest"],
            [[name, f"{statistics.median(values):.1f}", f"{max(values):.1f}"] for name, values in found],
        )
        + f"\n\nLesson 00, shipped weights; floor: the first picture after at most {FLOOR} s on two cores."
    )


def _open(chromium: str) -> list[float]:
    import nbformat
    from playwright import sync_api

    from tests.browser.lab import WAIT, Page, jupyterlab

    name = "00_start_here.ipynb"
    folder = Path(tempfile.mkdtemp())
    try:
        lesson = nbformat.read(ROOT / "notebooks" / name, as_version=4)
        for cell in lesson.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        nbformat.write(lesson, folder / name)
        with jupyterlab(folder) as (address, token), sync_api.sync_playwright() as play:
            flags = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run"]
            browser = play.chromium.launch(executable_path=chromium, headless=True, args=flags)
            page = Page(browser.new_page(viewport={"width": 1280, "height": 1000}), address, token)
            page.page.route("https://**", lambda route: route.abort())  # the badge, which is on another host
            began = time.perf_counter()
            page.page.goto(f"{address}/doc/tree/{name}?token={token}")
            page.page.locator(".jp-Notebook").first.wait_for(timeout=WAIT)
            shown = time.perf_counter() - began
            page.ready()
            ready = time.perf_counter() - began
            page.page.get_by_role("menuitem", name="Run", exact=True).click()
            page.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            page.page.wait_for_function(SEEN, timeout=WAIT)
            seen = time.perf_counter() - began
            browser.close()
            return [shown, ready, seen]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
