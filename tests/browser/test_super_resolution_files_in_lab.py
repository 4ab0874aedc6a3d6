"""Files into SuperResolutionStudio and out of it, whole pictures in the background, and the shipped networks."""

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganlab.pretrained import pretrained_names
from tests.browser.enlarging import (
    NO_TOASTS,
    STUDIO,
    TALL,
    assert_shows_the_kernels_pictures,
    kernel_pixels,
    settle,
    until,
)
from tests.browser.lab import CHROMIUM, SCREENSHOTS, WAIT, assert_clean
from tests.browser.studio import drag, kernel

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no browser: install Chromium (expected {CHROMIUM})"),
    # Playwright's own event loop leaves sockets to the garbage collector at the end.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]


SHIPPED = "from ganlab import widgets\nstudio = widgets.SuperResolutionStudio()\nwidgets.show(studio)"


@pytest.fixture
def page(open_notebook):
    page = open_notebook("enlarging-files.ipynb", STUDIO, widget=".ganlab-sr", **TALL)
    page.page.add_style_tag(content=NO_TOASTS)
    page.ask("first = studio.scene")
    settle(page.page)
    return page


def test_files_in_and_out(page, tmp_path):
    view = page.page
    root = view.locator(".ganlab-sr")
    y, x = np.mgrid[0:1:200j, 0:1:300j]
    own = Image.fromarray((np.stack([x, y, 1 - x], axis=-1) * 255).astype(np.uint8))
    turned = Image.Exif()
    turned[0x0112] = 6
    own.save(tmp_path / "own.jpg", exif=turned, quality=95)
    picker = root.get_by_label("picture of your own")
    picker.set_input_files(tmp_path / "own.jpg")
    root.get_by_role("application", name="picture's 200 by 300").wait_for(timeout=WAIT)
    settle(view)
    assert np.array_equal(
        kernel_pixels(page, "studio.picture"),
        kernel_pixels(page, f"images.open_picture({str(tmp_path / 'own.jpg')!r})"),
    )
    canvas = root.get_by_role("application").bounding_box()
    assert canvas["width"] / canvas["height"] == pytest.approx(2 / 3, abs=0.01), "shown in its own proportions"
    assert_shows_the_kernels_pictures(page)

    # a file that is none: one sentence, and nothing is lost
    (tmp_path / "broken.png").write_bytes((tmp_path / "own.jpg").read_bytes()[:300])
    picker.set_input_files(tmp_path / "broken.png")
    until(view, "trouble.textContent.length > 0")
    settle(view)
    assert re.fullmatch(r"Sorry, this picture cannot be used: [^.]*\.", root.locator(".trouble").inner_text())
    view.screenshot(path=SCREENSHOTS / "super-resolution-studio-refused.png")
    assert kernel(page, "studio.picture.size") == [200, 300]

    # a large one, in pieces, by drag and drop: shown smaller, kept as it is, too large to be enlarged as a whole
    noise = np.random.default_rng(0).integers(0, 256, (160, 250, 3), np.uint8)
    Image.fromarray(noise).resize((2500, 1700)).save(tmp_path / "large.png")
    assert (tmp_path / "large.png").stat().st_size > 2 * 2**20, "more than two pieces"
    transfer = view.evaluate_handle(
        """async (text) => { const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
           const transfer = new DataTransfer(); transfer.items.add(new File([bytes], "large.png", {type: "image/png"})); return transfer; }""",
        base64.b64encode((tmp_path / "large.png").read_bytes()).decode("ascii"),
    )
    root.dispatch_event("drop", {"dataTransfer": transfer})
    root.get_by_role("application", name="picture's 2500 by 1700").wait_for(timeout=WAIT)
    settle(view)
    assert root.locator(".trouble").inner_text() == "", "the refusal is over"
    drag(view, root.get_by_role("application"), (0.2, 0.3), (0.7, 0.4))
    settle(view)
    assert kernel(page, "studio.crop") == [
        pytest.approx(0.7 * 2500 - 48, abs=8),
        pytest.approx(0.4 * 1700 - 48, abs=8),
        96,
        96,
    ]
    view.screenshot(path=SCREENSHOTS / "super-resolution-studio-large.png")
    root.get_by_role("button", name="Download whole picture").click()
    until(view, "trouble.textContent.includes('at most 4 million pixels can be enlarged')")
    root.get_by_role("combobox").select_option("at most 256 pixels")
    root.get_by_role("application", name="picture's 256 by 174").wait_for(timeout=WAIT)
    settle(view)

    # what is downloaded is what the kernel has
    with view.expect_download() as downloading:
        root.get_by_role("button", name="Download part").click()
    assert downloading.value.suggested_filename == "enlarged-part.png"
    assert np.array_equal(
        np.asarray(Image.open(io.BytesIO(Path(downloading.value.path()).read_bytes()))), kernel_pixels(page)
    )
    assert_clean(page)


def test_the_whole_picture_is_enlarged_while_everything_goes_on(page):
    view = page.page
    root = view.locator(".ganlab-sr")
    # a network of many seconds: tiles of 64 pixels, and a rest before each; and a file of many pieces
    page.ask(
        "import time\nfrom ganlab.superres import enlarge as e\nfrom ganlab.superres.widget import whole\nquick, whole.PIECE = e.enlarge_picture, 200_000\n"
        "def slow(network, picture, *, progress, should_stop):\n"
        "    return quick(network, picture, tile=64, progress=progress, should_stop=lambda: time.sleep(0.12) or should_stop())\n"
        "e.enlarge_picture = slow"
    )
    start, stop = (
        root.get_by_role("button", name="Download whole picture"),
        root.get_by_role("button", name="Stop"),
    )
    start.click()
    until(view, "progress.value > 0.1")
    assert start.is_disabled()
    view.screenshot(path=SCREENSHOTS / "super-resolution-studio-whole.png")
    stop.click()
    root.get_by_text("Stopped; nothing was downloaded.").wait_for(timeout=WAIT)
    assert stop.is_hidden()

    with view.expect_download(timeout=WAIT) as downloading:
        start.click()
        until(view, "progress.value > 0.05")
        root.get_by_role("button", name="coffee").click()  # everything else goes on
        root.get_by_role("application", name="picture's 600 by 400").wait_for(timeout=WAIT)
        until(view, "0 < progress.value && progress.value < 1")
        root.get_by_role("slider", name="GAN weight").focus()
        view.keyboard.press("Home")
        until(view, "root.querySelector('output').textContent === '0.00'")
    assert downloading.value.suggested_filename == "enlarged.png"
    file = Path(downloading.value.path()).read_bytes()
    assert len(file) > 400_000, "more than two pieces"
    expected = "quick(networks[1], first.picture, tile=64).tobytes()"  # of the picture and the dial as they were
    found = f"images.open_picture({str(downloading.value.path())!r})"
    assert kernel(page, f"[{found}.size, {found}.tobytes() == {expected}]") == [[1804, 1200], True]
    with view.expect_download() as downloading:
        root.get_by_role("link", name="save it again").click()
    assert Path(downloading.value.path()).read_bytes() == file
    settle(view)
    assert_shows_the_kernels_pictures(page)
    page.ask("e.enlarge_picture = quick")
    assert_clean(page)


@pytest.mark.skipif(
    not {"srresnet-x4", "srgan-x4"} <= set(pretrained_names()), reason="srresnet-x4 and srgan-x4 are not shipped yet"
)
@pytest.mark.thorough(when=["ganlab/superres/*", "ganlab/weights/sr*", "ganlab/widgets/*", "tests/browser/*"])
def test_the_shipped_networks(open_notebook):
    page = open_notebook("shipped-enlarging.ipynb", SHIPPED, widget=".ganlab-sr", **TALL)
    view = page.page
    view.add_style_tag(content=NO_TOASTS)
    settle(view)
    root = view.locator(".ganlab-sr")
    root.get_by_role("button", name="china").click()
    settle(view)
    drag(view, root.get_by_role("application"), (0.5, 0.5), (0.4, 0.5), (0.33, 0.42))
    settle(view)
    box = root.locator(".view canvas").nth(1).bounding_box()
    view.mouse.move(box["x"] + 0.55 * box["width"], box["y"] + 0.55 * box["height"])
    view.wait_for_timeout(300)
    view.screenshot(path=SCREENSHOTS / "super-resolution-studio-shipped.png")
    view.mouse.move(5, 5)
    settle(view)
    assert_shows_the_kernels_pictures(page)
    assert_clean(page)
    print("shipped, kernel time of an answer, ms:", page.ask("print([round(ms) for ms in studio.latencies_ms])"))
