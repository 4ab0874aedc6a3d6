"""The built page in a browser: nothing from outside, no error, readable, usable with keys and on a telephone."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.browser.lab import CHROMIUM, SCREENSHOTS

ROOT = Path(__file__).resolve().parents[3]
LESSON = "lessons/01_minimax_game.html"
# axe takes its time on a long lesson: only the longest look, at every page, has it there.
PAGES = ["index.html", "lessons/00_start_here.html"]
CHANGED = ["tools/site/*", "docs/*", "tests/tools/site/*"]
LONG = [
    pytest.param(
        f"lessons/{path.stem}.html", marks=pytest.mark.thorough(when=[*CHANGED, f"notebooks/{path.stem}.ipynb"])
    )
    for path in sorted((ROOT / "lessons").glob("[0-9]*.py"))[1:]
]
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
WAIT = 60_000
pytestmark = [
    pytest.mark.browser,
    pytest.mark.thorough(when=CHANGED),
    pytest.mark.skipif(not os.access(CHROMIUM, os.X_OK), reason="Chromium is not installed"),
]


@contextmanager
def opened(chromium, address, name, viewport, scheme="light"):
    """A page with all it has loaded; ``errors`` and ``asked`` tell what went wrong and what was asked for."""
    page = chromium.new_page(viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
    page.errors, page.asked = [], []
    page.on("console", lambda message: page.errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    try:
        page.goto(f"{address}/{name}", wait_until="load", timeout=WAIT)
        page.evaluate("window.MathJax?.startup?.promise")
        yield page
    finally:
        page.close()


def violations(page):
    from axe_playwright_python.base import AXE_SCRIPT

    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(
        "axe.run(document, {resultTypes: ['violations'], rules: {'color-contrast': {enabled: true}}})"
        ".then(r => r.violations.map(v => [v.id, v.impact, v.nodes.length, v.nodes[0].html.slice(0, 200), "
        "v.nodes[0].failureSummary]))"
    )
    return [entry for entry in found if entry[1] in ("serious", "critical")]


def photograph(page, name):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(SCREENSHOTS / f"docs-{name}.png"))


def check(chromium, address, name, *, axe=1):
    """Nothing from outside, no error, nothing inaccessible, no scrolling sideways: light at a desk, dark on a telephone.

    ``axe`` is in how many schemes it looks at each width: 0, 1 or 2.
    """
    for viewport, *schemes in ((DESKTOP, "light", "dark"), (PHONE, "dark", "light")):
        with opened(chromium, address, name, viewport, schemes[0]) as page:
            for scheme in schemes[:axe]:
                page.emulate_media(color_scheme=scheme)
                assert violations(page) == [], f"{name}, {viewport['width']} pixels, {scheme}"
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{name} scrolls sideways by {wide} pixels at {viewport['width']}"
            assert [url for url in page.asked if not url.startswith((address, "data:"))] == []
            assert len(page.asked) > 5
            assert page.errors == []
            photograph(page, f"{name.replace('/', '-').removesuffix('.html')}-{viewport['width']}")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_and_keeps_to_itself(chromium, address, name):
    check(chromium, address, name)


@pytest.mark.parametrize("name", LONG)
def test_a_long_lesson_fits_and_keeps_to_itself(chromium, address, name):
    check(chromium, address, name, axe=0)


@pytest.mark.thorough
def test_every_page_is_accessible_and_keeps_to_itself(chromium, address, site):
    names = [path.relative_to(site).as_posix() for path in sorted(site.glob("**/*.html"))]
    for name in names:
        if not name.startswith("_"):
            check(chromium, address, name, axe=2)


def test_formulas_are_typeset_and_figures_stay_on_a_light_card(chromium, address):
    with opened(chromium, address, LESSON, DESKTOP, "dark") as page:
        assert page.locator("mjx-container").count() > 50
        assert page.locator("mjx-merror").count() == 0
        text = page.locator("article").inner_text()
        assert "$$" not in text
        assert r"\mathbb" not in text
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
        card = page.locator("figure.card").first
        assert card.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 255, 255)"
        photograph(page, "lesson-dark")


def test_the_keyboard_reaches_skip_link_search_and_solutions(chromium, address):
    with opened(chromium, address, LESSON, DESKTOP) as page:
        reached = []
        for _ in range(12):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.className + ' ' + document.activeElement.name"))
        assert "skip-to-content" in reached[0]
        assert any("sidebar-search" in name for name in reached)
        solution = page.locator("details.solution").first
        assert solution.get_attribute("open") is None
        solution.locator("summary").focus()
        page.keyboard.press("Enter")
        assert solution.locator("pre").first.is_visible()


def test_search_finds_a_word_of_a_lesson(chromium, address):
    with opened(chromium, address, "search.html?q=Wasserstein", DESKTOP) as page:
        page.locator("#search-results li a").first.wait_for(timeout=WAIT)
        found = page.locator("#search-results li a").evaluate_all("links => links.map(link => link.href)")
        assert any("/lessons/" in link for link in found), found
        assert page.errors == []


@pytest.mark.thorough
def test_the_page_works_from_a_folder_without_a_server(chromium, site, tmp_path):
    moved = shutil.copytree(site, tmp_path / "moved", copy_function=os.link)
    with opened(chromium, moved.as_uri(), LESSON, DESKTOP) as page:
        assert page.errors == []
        assert page.locator("mjx-container").count() > 50
