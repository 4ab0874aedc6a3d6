"""StyleStudio as a learner meets it: JupyterLab, Chromium, a mouse and a keyboard. One notebook for all of it."""

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.browser.lab import CHROMIUM, SCREENSHOTS, WAIT, Page, assert_clean, notebook
from tests.browser.studio import drag, kernel
from tests.browser.style import STUDIO, kernel_pixels, settle, shows_the_kernels_picture, until

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no browser: install Chromium (expected {CHROMIUM})"),
    # Playwright's own event loop leaves sockets to the garbage collector at the end.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]

SHIPPED = "from ganlab import widgets\nstudio = widgets.StyleStudio()\nwidgets.show(studio)"


@pytest.fixture(scope="module")
def opened(lab):
    folder, browser, address, token = lab
    notebook(folder / "styles.ipynb", STUDIO)
    page = Page(browser.new_page(viewport={"width": 1280, "height": 1000}), address, token)
    page.open("styles.ipynb")
    page.command("notebook:run-all-cells")
    page.page.locator(".ganlab-style").wait_for(timeout=WAIT)
    page.ask("first = studio.look")
    yield page
    page.page.close()


@pytest.fixture
def page(opened):
    """The notebook, with the studio as it was at the start."""
    opened.page.set_viewport_size({"width": 1280, "height": 1000})
    opened.ask("studio._change(first)\nstudio._past.clear()\nstudio._future.clear()\nstudio._show()")
    settle(opened.page)
    return opened


def test_the_dial_and_the_pad(page):
    view = page.page
    root = view.locator(".ganlab-style")
    assert view.locator(".jp-OutputArea-output > img").count() == 0, (
        "the still picture is for readers without a kernel"
    )
    view.screenshot(path=SCREENSHOTS / "style-studio.png")

    dial = root.get_by_label("Strength")
    dial.focus()
    for key in ("ArrowLeft", "ArrowLeft", "ArrowLeft"):
        view.keyboard.press(key)
    settle(view)
    assert kernel(page, "[studio.look.alpha, len(studio._past)]") == [0.97, 1], "keys in a row are one step"
    before = int(root.get_attribute("data-answers"))
    drag(view, dial, (0.9, 0.5), (0.25, 0.5))
    settle(view)
    strength = int(dial.input_value())
    assert 20 <= strength <= 30
    assert kernel(page, "studio.look.alpha") == strength / 100, "the last wish is always answered"
    assert int(root.get_attribute("data-answers")) - before >= 2, "the picture changed while the hand was moving"
    assert shows_the_kernels_picture(page)

    pad = root.get_by_role("slider", name="Mixture of the four styles")
    assert pad.get_attribute("aria-valuetext") == "A 56 %, B 19 %, C 19 %, D 6 %"
    drag(view, pad, (0.25, 0.25), (0.6, 0.7), (1.2, 1.3))
    settle(view)
    assert kernel(page, "studio.look.pad") == [1, 1], "outside of the pad it is the corner itself"
    assert pad.get_attribute("aria-valuetext") == "A 0 %, B 0 %, C 0 %, D 100 %"
    for key, place in (
        ("Home", [0.5, 0.5]),
        ("Shift+ArrowUp", [0.5, 0.4]),
        ("ArrowRight", [0.52, 0.4]),
        ("b", [1, 0]),
    ):
        view.keyboard.press(key)
        settle(view)
        assert kernel(page, "studio.look.pad") == place
    assert shows_the_kernels_picture(page)
    steps = kernel(page, "len(studio._past)")
    view.keyboard.press("Control+z")
    until(view, "pad.ariaValueText !== 'A 0 %, B 100 %, C 0 %, D 0 %'")
    assert kernel(page, "len(studio._past)") == steps - 1
    root.get_by_role("button", name="Undo").click()
    root.get_by_role("button", name="Redo").click()
    settle(view)
    assert kernel(page, "len(studio._past)") == steps - 1
    print("style studio, kernel time of an answer, p50 and p95 in ms:", page.ask(
        "import numpy as np; print(np.percentile(studio.latencies_ms, [50, 95]).round(1))"))  # fmt: skip
    assert_clean(page)


def test_regions_with_the_mouse_and_with_the_keyboard(page):
    view = page.page
    root = view.locator(".ganlab-style")
    canvas = root.get_by_role("application")
    assert (
        canvas.get_attribute("aria-label") == "The picture, without regions yet: paint where one style holds alone."
    )
    assert "arrow keys move" in view.locator(f"#{canvas.get_attribute('aria-describedby')}").inner_text()
    root.get_by_role("button", name="Paint C").click()
    drag(view, canvas, (0.3, 0.4), (0.7, 0.4))
    settle(view)
    where = "torch.nonzero(studio.regions == {})"
    found = kernel(
        page, f"[{where.format(3)}.amin(0).tolist(), {where.format(3)}.amax(0).tolist(), len(studio._past)]"
    )
    radius = 21
    assert found[0] == [pytest.approx(0.4 * 256 - radius, abs=1.1), pytest.approx(0.3 * 256 - radius, abs=1.1)]
    assert found[1] == [
        pytest.approx(0.4 * 256 + radius - 1, abs=1.1),
        pytest.approx(0.7 * 256 + radius - 1, abs=1.1),
    ]
    assert found[2] == 1, "one stroke, one step"
    assert float(root.get_attribute("data-last-ms")) > 0

    # from the middle, with a smaller brush, in another corner's colour; and a piece of it erased again
    canvas.focus()
    view.keyboard.press("a")
    assert root.get_by_role("button", name="Paint A").get_attribute("aria-pressed") == "true"
    view.mouse.move(5, 5)
    for _ in range(16):
        view.keyboard.press("[")
    for _ in range(3):
        view.keyboard.press("Shift+ArrowDown")
    view.keyboard.down("Space")
    view.keyboard.press("Shift+ArrowRight")
    view.keyboard.up("Space")
    settle(view)
    assert canvas.get_attribute("aria-label") == "The picture, with regions painted for A, C."
    painted = kernel(page, "int((studio.regions == 1).sum())")
    assert painted > 24 * 10
    view.screenshot(path=SCREENSHOTS / "style-studio-regions.png")
    view.keyboard.press("e")
    view.keyboard.press("Enter")
    view.keyboard.press("ArrowLeft")
    view.keyboard.press("Enter")
    settle(view)
    assert 0 < kernel(page, "int((studio.regions == 1).sum())") < painted
    assert shows_the_kernels_picture(page)

    root.get_by_role("button", name="Clear").click()
    until(view, "paper.ariaLabel.includes('without regions')")
    assert kernel(page, "bool(studio.regions.any())") is False
    assert root.get_by_role("button", name="Clear").is_disabled()
    view.keyboard.press("Control+z")
    until(view, "paper.ariaLabel.includes('for A, C')")
    assert page.page.locator(".jp-CodeCell").count() == 1, "no key was JupyterLab's"
    assert_clean(page)


def test_styles_marks_colours_and_comparison(page):
    view = page.page
    root = view.locator(".ganlab-style")
    root.locator(".corner").nth(1).click()
    root.locator(".gallery").get_by_role("button", name="mosaic").click()
    until(view, "corners[1].alt === 'style B: mosaic'")
    assert kernel(page, "[s.name for s in studio.look.styles]") == ["impasto", "mosaic", "woodcut", "stained glass"]
    root.get_by_role("button", name="large").click()
    root.get_by_label("Keep the picture's own colours").check()
    root.get_by_role("button", name="chelsea").click()
    settle(view)
    root.get_by_role("combobox").select_option("512 pixels")
    settle(view)
    until(view, "painted.naturalWidth === 512")
    look = "[studio.look.style_scale, studio.look.keep_colours, studio.look.content.name, studio.look.size]"
    assert kernel(page, look) == [2, True, "chelsea", 512]
    assert root.get_by_alt_text("chelsea in 56% impasto (A), 19% mosaic (B)").count() == 1
    assert shows_the_kernels_picture(page)
    slider = root.get_by_label("Show original")
    slider.fill("50")
    clip = root.locator(".wipe img").nth(1).evaluate("(img) => getComputedStyle(img).clipPath")
    assert clip == "inset(0px 50% 0px 0px)"
    assert root.get_by_text("original", exact=True).is_visible()
    view.screenshot(path=SCREENSHOTS / "style-studio-before-after.png")
    slider.fill("0")
    # a program's hand is seen on the page like a person's
    page.ask("studio.adjust(alpha=0.35, pad=(0, 1), style_scale=0.5, keep_colours=False)")
    root.get_by_alt_text("chelsea in 100% woodcut (C), at 35% strength").wait_for(timeout=WAIT)
    assert root.get_by_label("Strength").input_value() == "35"
    assert root.get_by_role("button", name="fine").get_attribute("aria-pressed") == "true"
    assert not root.get_by_label("Keep the picture's own colours").is_checked()
    assert_clean(page)


def test_files_in_and_out(page, tmp_path):
    view = page.page
    root = view.locator(".ganlab-style")
    y, x = np.mgrid[0:1:200j, 0:1:300j]
    own = Image.fromarray((np.stack([x, y, 1 - x], axis=-1) * 255).astype(np.uint8))
    turned = Image.Exif()
    turned[0x0112] = 6
    own.save(tmp_path / "own.jpg", exif=turned, quality=95)
    root.get_by_label("picture of your own").set_input_files(tmp_path / "own.jpg")
    until(view, "painted.naturalHeight === 256 && painted.naturalWidth === 171")
    canvas = root.get_by_role("application").bounding_box()
    assert canvas["width"] / canvas["height"] == pytest.approx(171 / 256, abs=0.01), "shown in its own proportions"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (900, 800, 3), np.uint8)).save(tmp_path / "noise.png")
    assert (tmp_path / "noise.png").stat().st_size > 2**20, "more than one piece"
    root.get_by_label("style D of your own").set_input_files(tmp_path / "noise.png")
    until(view, "corners[3].alt === 'style D: your picture'")

    # dropped on a corner it is that corner's style
    transfer = view.evaluate_handle(
        """async (text) => { const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
           const transfer = new DataTransfer(); transfer.items.add(new File([bytes], "own.jpg", {type: "image/jpeg"})); return transfer; }""",
        base64.b64encode((tmp_path / "own.jpg").read_bytes()).decode("ascii"),
    )
    root.locator(".corner").nth(2).dispatch_event("dragover", {"dataTransfer": transfer})
    root.locator(".corner").nth(2).dispatch_event("drop", {"dataTransfer": transfer})
    until(view, "corners[2].alt === 'style C: your picture'")
    settle(view)
    assert kernel(page, "[s.name for s in studio.look.styles]") == ["impasto", "marbling", *["your picture"] * 2]
    assert (
        root.evaluate("(root) => root.querySelectorAll('.dropping').length + root.classList.contains('dropping')")
        == 0
    )

    # a file that is none: one sentence, and nothing is lost
    steps = kernel(page, "len(studio._past)")
    (tmp_path / "broken.png").write_bytes((tmp_path / "own.jpg").read_bytes()[:300])
    for label in ("picture of your own", "style A of your own"):
        root.get_by_label(label).set_input_files(tmp_path / "broken.png")
        until(view, "trouble.textContent.length > 0")
        settle(view)
        assert re.fullmatch(r"Sorry, this picture cannot be used: [^.]*\.", root.locator(".trouble").inner_text())
    view.screenshot(path=SCREENSHOTS / "style-studio-refused.png")
    assert kernel(page, "len(studio._past)") == steps

    # what is downloaded is what the kernel has
    drag(view, root.get_by_role("slider", name="Mixture"), (0.3, 0.3), (0.5, 0.9))
    settle(view)
    assert root.locator(".trouble").inner_text() == "", "the refusal is over"
    with view.expect_download() as downloading:
        root.get_by_role("button", name="Download").click()
    assert downloading.value.suggested_filename == "stylised.png"
    downloaded = np.asarray(Image.open(io.BytesIO(Path(downloading.value.path()).read_bytes())))
    assert np.array_equal(downloaded, kernel_pixels(page))
    assert_clean(page)


def test_narrow_and_dark_and_a_kernel_that_hangs(page):
    view = page.page
    root = view.locator(".ganlab-style")
    for width, name in ((700, "narrow"), (420, "phone")):
        view.set_viewport_size({"width": width, "height": 1250})
        view.wait_for_timeout(300)
        root.scroll_into_view_if_needed()
        view.screenshot(path=SCREENSHOTS / f"style-studio-{name}.png")
        inside = root.evaluate("(root) => [root.scrollWidth, root.clientWidth]")
        assert inside[0] <= inside[1], f"nothing sticks out at {width} pixels"
    canvas = root.get_by_role("application")
    canvas.scroll_into_view_if_needed()
    root.get_by_role("button", name="Paint B").click()
    drag(view, canvas, (0.3, 0.8), (0.6, 0.8))
    settle(view)
    assert kernel(page, "bool((studio.regions[205, 80:150] == 2).all())"), (
        "the brush paints where the finger is, at every width"
    )
    view.set_viewport_size({"width": 1280, "height": 1000})
    view.evaluate("() => window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
    until(view, "document.body.dataset.jpThemeLight === 'false'")
    view.wait_for_timeout(500)
    view.screenshot(path=SCREENSHOTS / "style-studio-dark.png")
    for drawn in ("canvas.paper", ".pad canvas"):
        blank = root.locator(drawn).evaluate(
            """(canvas) => { const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
               let blank = 0; for (let k = 3; k < data.length; k += 4) blank += data[k] === 0; return blank / (data.length / 4); }"""
        )
        assert blank < 0.01, f"{drawn} is still drawn"
    assert root.locator("canvas.paper").evaluate("(canvas) => canvas.width") > 300
    view.evaluate("() => window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Light'})")
    assert_clean(page)
    page.stop_kernel()
    try:
        root.get_by_label("Strength").focus()
        view.keyboard.press("ArrowLeft")
        view.keyboard.press("ArrowLeft")
        root.get_by_text("The kernel does not answer.").wait_for(timeout=WAIT)
    finally:
        page.revive()
    settle(view)
    assert kernel(page, "studio.look.alpha") == 0.98, "it goes on where it was"


@pytest.mark.thorough(when=["ganlab/style/*", "ganlab/weights/adain*", "ganlab/widgets/*", "tests/browser/*"])
def test_the_shipped_network(open_notebook):
    page = open_notebook("shipped-styles.ipynb", SHIPPED, widget=".ganlab-style")
    view = page.page
    drag(view, view.get_by_role("slider", name="Mixture"), (0.25, 0.25), (0.05, 0.05))
    view.get_by_role("button", name="Paint C").click()
    drag(view, view.get_by_role("application"), (0.65, 0.2), (0.75, 0.5), (0.7, 0.7))
    settle(view)
    view.screenshot(path=SCREENSHOTS / "style-studio-shipped.png")
    assert shows_the_kernels_picture(page)
    assert_clean(page)
