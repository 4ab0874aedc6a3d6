"""SuperResolutionStudio as a learner meets it: JupyterLab, Chromium, a mouse and a keyboard. One notebook for all of it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.browser.enlarging import (
    NO_TOASTS,
    STUDIO,
    TALL,
    assert_shows_the_kernels_pictures,
    canvas_pixels,
    difference,
    kernel_pixels,
    settle,
    until,
)
from tests.browser.lab import CHROMIUM, SCREENSHOTS, WAIT, Page, assert_clean, notebook
from tests.browser.studio import drag, kernel

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no browser: install Chromium (expected {CHROMIUM})"),
    # Playwright's own event loop leaves sockets to the garbage collector at the end.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def opened(lab):
    folder, browser, address, token = lab
    notebook(folder / "enlarging.ipynb", STUDIO)
    page = Page(browser.new_page(viewport=TALL), address, token)
    page.open("enlarging.ipynb")
    page.command("notebook:run-all-cells")
    page.page.locator(".ganlab-sr").wait_for(timeout=WAIT)
    page.page.add_style_tag(content=NO_TOASTS)
    page.ask("first = studio.scene")
    yield page
    page.page.close()


@pytest.fixture
def page(opened):
    """The notebook, with the studio as it was at the start."""
    opened.page.set_viewport_size(TALL)
    opened.ask("studio._change(first)")
    settle(opened.page)
    return opened


def test_the_frame_with_mouse_and_keyboard(page):
    view = page.page
    root = view.locator(".ganlab-sr")
    assert view.locator(".jp-OutputArea-output > img").count() == 0, (
        "the still picture is for readers without a kernel"
    )
    view.screenshot(path=SCREENSHOTS / "super-resolution-studio.png")
    assert root.locator("progress").is_hidden(), "nothing is on its way"
    assert kernel(page, "studio.crop") == [178, 102, 96, 96]
    assert_shows_the_kernels_pictures(page)
    canvas = root.get_by_role("application")
    said = "Frame of 96 by 96 pixels, 178 from the left and 102 from the top of the picture's 451 by 300."
    assert canvas.get_attribute("aria-label") == said
    assert "arrow keys move the frame" in view.locator(f"#{canvas.get_attribute('aria-describedby')}").inner_text()
    before, answers = canvas_pixels(root.locator(".view canvas").first), int(root.get_attribute("data-answers") or 0)

    drag(view, canvas, (0.5, 0.5), (0.4, 0.6), (0.3, 0.7))
    settle(view)
    left, top, wide, tall = kernel(page, "studio.crop")
    assert (left, top) == (pytest.approx(178 - 0.2 * 451, abs=2), pytest.approx(102 + 0.2 * 300, abs=2))
    assert (wide, tall) == (96, 96)
    assert int(root.get_attribute("data-answers")) - answers >= 2, "the pictures changed while the hand was moving"
    assert np.abs(canvas_pixels(root.locator(".view canvas").first) - before).mean() > 5
    assert_shows_the_kernels_pictures(page)
    print("from the hand to the picture, ms:", root.get_attribute("data-last-ms"))

    # a corner: as far as the limit goes, and the opposite one stays
    drag(view, canvas, ((left + 96) / 451, top / 300), (0.9, 0.1), (1.0, 0.0))
    settle(view)
    now = kernel(page, "studio.crop")
    assert [now[0], now[1] + now[3]] == [left, top + 96]
    assert now[2:] == [192, min(192, top + 96)]
    drag(view, canvas, ((now[0] + now[2]) / 451, now[1] / 300), (now[0] / 451, 1.0))
    settle(view)
    assert kernel(page, "studio.crop") == [left, top + 80, 16, 16]
    # beside it: it comes, and stays inside
    drag(view, canvas, (0.95, 0.5), (0.999, 0.5))
    settle(view)
    assert kernel(page, "studio.crop") == [451 - 16, pytest.approx(142, abs=1), 16, 16]

    root.get_by_role("button", name="64", exact=True).click()
    settle(view)
    assert kernel(page, "studio.crop")[2:] == [64, 64]
    assert root.get_by_text("64 × 64 → 256 × 256").is_visible()
    canvas.focus()
    for key in ("Home", "ArrowRight", "ArrowRight", "Shift+ArrowUp", "]", "ArrowDown", "["):
        view.keyboard.press(key)
    settle(view)
    assert kernel(page, "studio.crop") == [pytest.approx(194 + 2, abs=1), pytest.approx(118 - 9, abs=1), 64, 64]
    for _ in range(20):
        view.keyboard.press("Shift+ArrowLeft")
    settle(view)
    assert kernel(page, "studio.crop[0]") == 0
    assert "0 from the left" in canvas.get_attribute("aria-label")
    assert view.locator(".jp-CodeCell").count() == 1, "no key was JupyterLab's"
    assert_shows_the_kernels_pictures(page)
    assert_clean(page)


def lens(canvas, where, zoom, picture):
    """Compare what is under the loupe with the picture's own pixels, magnified around the point."""
    shown = canvas_pixels(canvas)
    height, width = shown.shape[:2]
    x, y = where[0] * width, where[1] * height
    found = []
    for dx in range(-24, 25, 3):
        for dy in range(-24, 25, 3):
            column, row = (
                int((x + (int(x) + dx + 0.5 - x) / zoom) / width * picture.shape[1]),
                int((y + (int(y) + dy + 0.5 - y) / zoom) / height * picture.shape[0]),
            )
            found.append(np.abs(shown[int(y) + dy, int(x) + dx] - picture[row, column]).max() <= 1)
    return np.mean(found)


def test_the_loupe_is_at_the_same_place_in_all_three(page):
    view = page.page
    root = view.locator(".ganlab-sr")
    canvases = [root.locator(".view canvas").nth(k) for k in range(3)]
    plain = [canvas_pixels(canvas) for canvas in canvases]
    pictures = [kernel_pixels(page, f"studio.{role}") for role in ("bicubic", "srresnet", "result")]
    for number, where in ((1, (0.3, 0.6)), (0, (0.72, 0.4)), (2, (0.5, 0.5))):
        box = canvases[number].bounding_box()
        view.mouse.move(box["x"] + where[0] * box["width"], box["y"] + where[1] * box["height"], steps=4)
        until(view, "three.dataset.loupe !== ''")
        settle(view)
        place = [float(n) for n in root.locator(".three").get_attribute("data-loupe").split()]
        assert place == [pytest.approx(n, abs=0.005) for n in where], "where the mouse is"
        for zoom in (3,) if number else (3, 2, 4):
            if number == 0:
                root.get_by_role("button", name=f"{zoom} ×").dispatch_event("click")
                settle(view)
            for canvas, picture in zip(canvases, pictures, strict=True):
                assert lens(canvas, place, zoom, picture) > 0.9, "the picture's own pixels, larger"
        root.get_by_role("button", name="3 ×").dispatch_event("click")
    view.screenshot(path=SCREENSHOTS / "super-resolution-studio-loupe.png")
    # in a corner it stays inside of the picture
    box = canvases[1].bounding_box()
    view.mouse.move(box["x"] + 3, box["y"] + 3)
    until(view, "three.dataset.loupe.startsWith('0.0')")
    settle(view)
    for canvas, before in zip(canvases, plain, strict=True):
        changed = np.abs(canvas_pixels(canvas) - before).max(axis=2) > 8
        assert changed[60:100, 60:100].mean() > 0.2
        assert not changed[170:, :].any()
        assert not changed[:, 170:].any()
    view.mouse.move(5, 5)
    until(view, "three.dataset.loupe === ''")
    settle(view)
    assert all(np.array_equal(canvas_pixels(c), before) for c, before in zip(canvases, plain, strict=True))
    root.locator(".three").focus()
    for key in ("ArrowRight", "Shift+ArrowDown"):
        view.keyboard.press(key)
    until(view, "three.dataset.loupe === '0.5200 0.6000'")
    view.keyboard.press("Escape")
    until(view, "three.dataset.loupe === ''")
    assert_clean(page)


def test_the_divider_and_the_dial(page):
    view = page.page
    root = view.locator(".ganlab-sr")
    slider = root.get_by_role("slider", name="Before and after")
    pane, third = root.locator(".compare canvas"), root.locator(".view canvas").nth(2)

    def sides(share):
        shown = canvas_pixels(pane)
        cut = round(share * shown.shape[1])
        full = [np.asarray(Image.fromarray(kernel_pixels(page, f"studio.{role}")).resize(shown.shape[1::-1], Image.Resampling.BILINEAR)) for role in ("bicubic", "result")]  # fmt: skip
        for part, mine, other in ((slice(0, cut - 2), *full), (slice(cut + 2, None), *full[::-1])):
            if shown[:, part].size:
                near, far = (np.abs(shown[:, part] - picture[:, part]).mean() for picture in (mine, other))
                assert near < 2
                assert far > 2 * near

    assert slider.get_attribute("aria-valuenow") == "50"
    sides(0.5)
    drag(view, slider, (0.5, 0.3), (0.6, 0.3), (0.8, 0.5))
    settle(view)
    assert slider.get_attribute("aria-valuetext") == "bicubic on the left 80 %"
    sides(0.8)
    assert root.locator(".compare").get_by_text("SRGAN").is_hidden(), "no label where there is no room"
    for key, value in (("ArrowLeft", 78), ("PageDown", 68), ("Home", 0), ("End", 100), ("Shift+ArrowLeft", 90)):
        view.keyboard.press(key)
        settle(view)
        assert slider.get_attribute("aria-valuenow") == str(value)
    drag(view, slider, (0.5, 0.5), (0.35, 0.5))

    dial = root.get_by_role("slider", name="GAN weight")
    before = canvas_pixels(third)
    drag(view, dial, (0.98, 0.5), (0.7, 0.5), (0.4, 0.5))
    settle(view)
    weight = int(dial.input_value())
    assert 36 <= weight <= 44
    assert kernel(page, "studio.gan_weight") == weight / 100, "the last wish is always answered"
    assert np.abs(canvas_pixels(third) - before).mean() > 1
    assert root.locator(".compare").get_by_text(f"GAN weight 0.{weight}").is_visible()
    sides(0.35)
    assert_shows_the_kernels_pictures(page)
    view.screenshot(path=SCREENSHOTS / "super-resolution-studio-dial.png")
    dial.focus()
    view.keyboard.press("Home")
    settle(view)
    assert np.array_equal(canvas_pixels(third), canvas_pixels(root.locator(".view canvas").nth(1)))
    assert np.array_equal(kernel_pixels(page), kernel_pixels(page, "studio.srresnet"))
    # a program's hand is seen on the page like a person's
    page.ask("studio.choose(1)\nstudio.gan_weight = 0.75\nstudio.crop = (300, 150, 120, 80)")
    root.get_by_role("application", name="Frame of 120 by 80 pixels, 300 from the left").wait_for(timeout=WAIT)
    settle(view)
    assert dial.input_value() == "75"
    assert root.get_by_role("button", name="china").get_attribute("aria-pressed") == "true"
    box = third.bounding_box()
    assert box["width"] / box["height"] == pytest.approx(1.5, abs=0.02), "in the crop's proportions"
    assert_shows_the_kernels_pictures(page)
    print("kernel time of an answer, p50 and p95 in ms:", page.ask(
        "import numpy as np; print(np.percentile(studio.latencies_ms, [50, 95]).round(1))"))  # fmt: skip
    assert_clean(page)


def test_narrow_and_dark_and_a_kernel_that_hangs(page):
    view = page.page
    root = view.locator(".ganlab-sr")
    for width, name in ((760, "narrow"), (420, "phone")):
        view.set_viewport_size({"width": width, "height": 1250})
        view.wait_for_timeout(300)
        root.scroll_into_view_if_needed()
        view.screenshot(path=SCREENSHOTS / f"super-resolution-studio-{name}.png")
        inside = root.evaluate("(root) => [root.scrollWidth, root.clientWidth]")
        assert inside[0] <= inside[1], f"nothing sticks out at {width} pixels"
    canvas = root.get_by_role("application")
    canvas.scroll_into_view_if_needed()
    drag(view, canvas, (0.5, 0.5), (0.3, 0.5))
    settle(view)
    assert kernel(page, "studio.crop[0]") == pytest.approx(178 - 0.2 * 451, abs=3), "at every width"
    view.set_viewport_size(TALL)
    view.evaluate("() => window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
    until(view, "document.body.dataset.jpThemeLight === 'false'")
    view.wait_for_timeout(500)
    view.screenshot(path=SCREENSHOTS / "super-resolution-studio-dark.png")
    assert root.locator("canvas").evaluate_all("(all) => Math.min(...all.map((canvas) => canvas.width))") > 300
    assert difference(canvas_pixels(root.locator(".view canvas").nth(2)), kernel_pixels(page)) < 2, "still drawn"
    view.evaluate("() => window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Light'})")
    assert_clean(page)
    page.stop_kernel()
    try:
        root.get_by_role("slider", name="GAN weight").focus()
        view.keyboard.press("ArrowLeft")
        view.keyboard.press("ArrowLeft")
        root.get_by_text("The kernel does not answer.").wait_for(timeout=WAIT)
    finally:
        page.revive()
    settle(view)
    assert kernel(page, "studio.gan_weight") == 0.98, "it goes on where it was"
    assert root.locator(".trouble").inner_text() == ""
