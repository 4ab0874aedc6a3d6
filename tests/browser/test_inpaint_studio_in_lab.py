"""InpaintStudio as a learner meets it: JupyterLab, Chromium, a mouse and a keyboard."""

import re
from pathlib import Path

import pytest

from tests.browser.lab import CHROMIUM, SCREENSHOTS, WAIT, assert_clean
from tests.browser.studio import STUDIO, drag, kernel, settle, shown, until_shown_changes

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no browser: install Chromium (expected {CHROMIUM})"),
    # Playwright's own event loop leaves sockets to the garbage collector at the end.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]

GLASSES = "from ganlab import widgets\nstudio = widgets.InpaintStudio()\nwidgets.show(studio)"


def test_paint_erase_undo_and_compare(open_notebook):
    page = open_notebook("studio.ipynb", STUDIO, widget=".ganlab-studio")
    view = page.page
    root = view.locator(".ganlab-studio")
    assert view.locator(".jp-OutputArea-output > img").count() == 0, (
        "the still picture is for readers without a kernel"
    )
    canvas = root.get_by_role("application")
    assert canvas.get_attribute("aria-label") == "The picture, without a hole yet: paint over what should vanish."
    description = view.locator(f"#{canvas.get_attribute('aria-describedby')}").inner_text()
    assert "arrow keys move the brush" in description
    untouched = shown(view)

    # with the mouse: every pixel under the brush, and only those, is missing in the kernel
    drag(view, canvas, (0.3, 0.4), (0.7, 0.4))
    until_shown_changes(view, untouched)
    settle(view)
    painted = shown(view)
    found = kernel(
        page,
        "[studio.missing, *(torch.nonzero(studio.mask).amin(0).tolist() + torch.nonzero(studio.mask).amax(0).tolist())]",
    )
    top, left, bottom, right = found[1:]
    assert (top, bottom) == (pytest.approx(0.4 * 64 - 5, abs=1.1), pytest.approx(0.4 * 64 + 4, abs=1.1))
    assert (left, right) == (pytest.approx(0.3 * 64 - 5, abs=1.1), pytest.approx(0.7 * 64 + 4, abs=1.1))
    percent = round(100 * found[0])
    assert canvas.get_attribute("aria-label") == f"The picture with a hole: {percent} % is missing."
    assert root.get_by_alt_text(f"The filled picture: {percent} % of it comes from the network.").count() == 1
    assert kernel(page, "bool((studio.result == studio.picture)[:, ~studio.mask].all())")
    assert int(root.get_attribute("data-answers")) > 3, "it was filled while the hand was painting"
    waits = []
    for row in (0.55, 0.6, 0.65, 0.7, 0.75):
        drag(view, canvas, (0.3, row), (0.6, row))
        settle(view)
        waits.append(float(root.get_attribute("data-last-ms")))
        assert float(root.get_attribute("data-last-ms")) > 0
    print("studio, from mouse-up to the picture in ms:", sorted(waits))
    print("studio, kernel time of an answer, p50 and p95 in ms:", page.ask(
        "import numpy as np; print(np.percentile(studio.latencies_ms, [50, 95]).round(1))"))  # fmt: skip
    view.screenshot(path=SCREENSHOTS / "inpaint-studio.png")

    # back, forward, erase
    for _ in waits:
        root.get_by_role("button", name="Undo").click()
    until_shown_changes(view, painted, back=True)
    assert kernel(page, "[len(studio._past), len(studio._future)]") == [1, 5]
    canvas.focus()
    view.keyboard.press("Control+z")
    until_shown_changes(view, untouched, back=True)
    view.keyboard.press("Control+y")
    until_shown_changes(view, painted, back=True)
    root.get_by_role("button", name="Clear").click()  # it has nothing more to do, and must not take the keys with it
    until_shown_changes(view, untouched, back=True)
    view.keyboard.press("Control+z")
    until_shown_changes(view, painted, back=True)
    root.get_by_role("button", name="Erase").click()
    drag(view, canvas, (0.5, 0.3), (0.8, 0.45))
    settle(view)
    assert 0 < kernel(page, "studio.missing") < found[0]
    assert not kernel(page, "bool(studio.mask[26, 40])")

    # before and after
    slider = root.get_by_label("Show original")
    slider.fill("50")
    assert (
        root.locator(".wipe img").nth(1).evaluate("(img) => getComputedStyle(img).clipPath")
        == "inset(0px 50% 0px 0px)"
    )
    assert root.get_by_text("original", exact=True).is_visible()
    view.screenshot(path=SCREENSHOTS / "inpaint-studio-before-after.png")
    slider.fill("0")
    assert not root.get_by_text("original", exact=True).is_visible()

    # another sample; undo brings the painted one back
    root.get_by_role("button", name="sample 4").click()
    view.wait_for_function(
        "() => document.querySelectorAll('.ganlab-studio .sample')[3].ariaPressed === 'true'", timeout=WAIT
    )
    assert kernel(page, "[studio.missing, torch.equal(studio.picture, studio._samples[3].picture)]") == [0, True]
    assert root.get_by_role("button", name="Clear").is_disabled()
    root.get_by_role("button", name="Undo").click()
    view.wait_for_function(
        "() => document.querySelectorAll('.ganlab-studio .sample')[0].ariaPressed === 'true'", timeout=WAIT
    )
    root.get_by_role("button", name="Clear").click()
    until_shown_changes(view, untouched, back=True)

    # a program's hand is seen on the page like a person's
    page.ask("studio.choose(2)\nstudio.paint(torch.eye(64))")
    root.get_by_alt_text("The filled picture: 2 % of it comes from the network.").wait_for(timeout=WAIT)
    assert root.get_by_role("button", name="sample 3").get_attribute("aria-pressed") == "true"
    assert_clean(page)


def test_painting_with_the_keyboard(open_notebook):
    page = open_notebook("keyboard.ipynb", STUDIO, widget=".ganlab-studio")
    view = page.page
    root = view.locator(".ganlab-studio")
    canvas = root.get_by_role("application")
    canvas.focus()
    for _ in range(3):
        view.keyboard.press("[")
    for _ in range(8):
        view.keyboard.press("ArrowUp")
    view.keyboard.down("Space")
    view.keyboard.press("Shift+ArrowRight")
    view.keyboard.press("ArrowRight")
    view.keyboard.up("Space")
    view.keyboard.press("ArrowRight")  # moves without painting
    settle(view)
    # from (32, 24) seven pixels to the right with radius 2
    rows = kernel(page, "[torch.nonzero(studio.mask).amin(0).tolist(), torch.nonzero(studio.mask).amax(0).tolist()]")
    assert rows == [[22, 30], [25, 40]]
    assert kernel(page, "len(studio._past)") == 1, "one stroke, one step"
    view.keyboard.press("e")
    assert root.get_by_role("button", name="Erase").get_attribute("aria-pressed") == "true"
    view.screenshot(path=SCREENSHOTS / "inpaint-studio-keyboard.png")
    view.keyboard.press("Enter")
    view.keyboard.press("Shift+ArrowLeft")
    view.keyboard.press("Shift+ArrowLeft")
    view.keyboard.press("Enter")
    settle(view)
    assert kernel(page, "[studio.missing, len(studio._past)]") == [0, 2]
    assert page.page.locator(".jp-CodeCell").count() == 1, "no key was JupyterLab's"
    assert_clean(page)


@pytest.mark.thorough(when=["ganlab/inpainting/*", "ganlab/weights/context*", "ganlab/widgets/*", "tests/browser/*"])
def test_glasses_painted_over_are_gone(open_notebook):
    """The shipped network, a face with glasses, and two strokes of a mouse."""
    page = open_notebook("glasses.ipynb", GLASSES, widget=".ganlab-studio")
    view = page.page
    root = view.locator(".ganlab-studio")
    root.get_by_role("button", name="sample 3").click()
    view.wait_for_function(
        "() => document.querySelectorAll('.ganlab-studio .sample')[2].ariaPressed === 'true'", timeout=WAIT
    )
    canvas = root.get_by_role("application")
    for height in (0.46, 0.57):
        drag(view, canvas, (0.18, height), (0.82, height))
        settle(view)
    view.screenshot(path=SCREENSHOTS / "inpaint-studio-glasses.png")
    seen = "[int(predict_attributes(x[None])['glasses']) for x in (studio.picture, studio.result)]"
    page.ask("from ganlab.features.faces import predict_attributes")
    assert kernel(page, seen) == [1, 0]
    assert kernel(page, "bool((studio.result == studio.picture)[:, ~studio.mask].all())")
    assert_clean(page)


@pytest.mark.thorough  # the studios of lessons 04 and 05 are tried every time
def test_a_kernel_that_hangs_is_said_to_hang(open_notebook):
    page = open_notebook("hanging-studio.ipynb", STUDIO, widget=".ganlab-studio")
    page.stop_kernel()
    try:
        drag(page.page, page.page.get_by_role("application"), (0.3, 0.5), (0.6, 0.5))
        page.page.get_by_role("alert").filter(has_text=re.compile("kernel does not answer")).wait_for(timeout=WAIT)
    finally:
        page.revive()
