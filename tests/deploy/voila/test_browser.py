"""The studio as a visitor sees it, in a real browser: first picture, from tab to tab, keyboard, phone."""

import re
import time
from pathlib import Path

import pytest

from tests.browser.lab import CHROMIUM, SCREENSHOTS, WAIT

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no browser: install Chromium (expected {CHROMIUM})"),
    # Playwright's own event loop leaves sockets to the garbage collector at the end.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]

KERNEL = r'"kernelId": "([0-9a-f-]{36})"'  # in the page


def leave(page, served):
    """Whoever leaves the page ends its process, and frees its place."""
    kernel = f"{served}/api/kernels/{re.search(KERNEL, page.content())[1]}"
    assert page.request.get(kernel).status == 200
    page.goto("about:blank")
    for _ in range(100):
        if page.request.get(kernel).status == 404:
            break
        page.wait_for_timeout(100)
    assert page.request.get(kernel).status == 404


@pytest.fixture
def visit(served, chromium):
    """``visit(width)`` opens the page; at the end nothing may have gone wrong in it."""
    opened = []
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    def start(width, height=900, scheme="light"):
        page = chromium.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        wrong = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        own = (served, served.replace("http", "ws"), "data:", "blob:")
        page.on("request", lambda asked: None if asked.url.startswith(own) else wrong.append(asked.url))
        opened.append((page, wrong))
        page.goto(served)
        page.locator(".ganlab-explorer .stage img").wait_for(timeout=WAIT)
        return page

    yield start
    for page, wrong in opened:
        leave(page, served)
        page.close()
        assert wrong == [], "errors in the page, or requests to other hosts"


def panel(page, tab):
    return page.locator(f"#ganlab-panel-{tab}")


def pass_on(page, label, to):
    page.locator("[role=tabpanel]:visible .send button", has_text=label).click()
    panel(page, to).locator(".said:not(:empty)").wait_for(timeout=WAIT)
    page.wait_for_function("(id) => document.activeElement.id === id", arg=f"ganlab-panel-{to}", timeout=WAIT)


def fits(page):
    widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1], "nothing sticks out at the side"


def test_a_face_is_drawn_and_restored_on_a_desktop(visit):
    page = visit(1280)
    face = page.locator(".ganlab-explorer .stage img")
    first = face.get_attribute("src")
    page.get_by_role("button", name="Random").click()
    page.wait_for_function(
        "(old) => document.querySelector('.ganlab-explorer .stage img').src !== old", arg=first, timeout=WAIT
    )
    drawn = face.get_attribute("src")
    page.screenshot(path=SCREENSHOTS / "studio-generate.png", full_page=True)
    fits(page)

    pass_on(page, "Restore it", "restore")
    said = panel(page, "restore").locator(".said").inner_text()
    assert said == "From Generate: your picture of 64 × 64 pixels."
    assert not panel(page, "generate").is_visible()
    original = panel(page, "restore").locator(".ganlab-studio .wipe img").first
    original.wait_for(timeout=WAIT)
    same = page.evaluate(
        """async (pair) => { const [a, b] = await Promise.all(pair.map(async (src) => {
             const image = new Image(); image.src = src; await image.decode();
             const paper = new OffscreenCanvas(64, 64).getContext("2d"); paper.drawImage(image, 0, 0, 64, 64);
             return [...paper.getImageData(0, 0, 64, 64).data]; }));
           return a.every((value, k) => value === b[k]); }""",
        [drawn, original.get_attribute("src")],
    )
    assert same, "the face that was drawn is the one that arrived"

    # By the keyboard alone: the tabs are one stop, arrows choose.
    page.get_by_role("tab", name="Restore").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("tab", name="Style").get_attribute("aria-selected") == "true"
    panel(page, "style").locator(".ganlab-style").wait_for(timeout=WAIT)
    page.keyboard.press("Home")
    assert panel(page, "generate").is_visible()


@pytest.mark.thorough
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (360, "light")])
def test_every_tab_at_every_width(visit, width, scheme):
    began = time.perf_counter()
    page = visit(width, scheme=scheme)
    print(f"first picture after {time.perf_counter() - began:.1f} s")
    for tab, label in {"restore": "Restore it", "style": "Give it a style", "enlarge": "Enlarge it"}.items():
        pass_on(page, label, tab)
        page.wait_for_timeout(1500)
        page.screenshot(path=SCREENSHOTS / f"studio-{tab}-{width}-{scheme}.png", full_page=True)
        fits(page)
    page.get_by_role("tab", name="Restore").click()
    panel(page, "restore").get_by_role("button", name="photographs").click()
    panel(page, "restore").locator(".place:visible .ganlab-studio").wait_for(timeout=WAIT)
    page.screenshot(path=SCREENSHOTS / f"studio-photographs-{width}-{scheme}.png", full_page=True)
    fits(page)


@pytest.mark.thorough
def test_a_broken_picture_gets_a_sentence(visit, tmp_path):
    page = visit(1280)
    page.get_by_role("tab", name="Enlarge").click()
    part = panel(page, "enlarge")
    part.locator(".ganlab-studio").wait_for(timeout=WAIT)
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 200)
    part.locator("input[type=file]").first.set_input_files(tmp_path / "broken.png")
    part.locator(".trouble:not(:empty)").first.wait_for(timeout=WAIT)
    assert part.locator(".trouble").first.inner_text().startswith("Sorry, this picture cannot be used: ")
