"""InpaintStudio as a learner meets it: JupyterLab, Chromium, a mouse and a keyboard, files in and out."""

import base64
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from browser.lab import CHROMIUM, WAIT, Page, jupyterlab, notebook

ROOT = Path(__file__).resolve().parent.parent.parent
SCREENSHOTS = ROOT / "artifacts" / "screenshots"

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no browser: install Chromium (expected {CHROMIUM})"),
    # Playwright's own event loop leaves sockets to the garbage collector at the end.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]

STUDIO = """\
import torch
from ganlab import widgets
from ganlab.models.context_encoder import ContextEncoder, ContextEncoderConfig
torch.manual_seed(0)
network = ContextEncoder(ContextEncoderConfig(size=64, stem_stride=2)).eval()
studio = widgets.InpaintStudio(network)
widgets.show(studio)"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with jupyterlab(folder) as (address, token), sync_api.sync_playwright() as play:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run"]
        browser = play.chromium.launch(executable_path=CHROMIUM, headless=True, args=arguments)
        yield folder, browser, address, token
        browser.close()


@pytest.fixture
def open_notebook(lab):
    folder, browser, address, token = lab
    pages = []

    def start(name, *sources, width=1280, height=1000):
        notebook(folder / name, *sources)
        page = Page(browser.new_page(viewport={"width": width, "height": height}), address, token)
        pages.append(page)
        page.open(name)
        page.command("notebook:run-all-cells")
        try:
            page.page.locator(".ganlab-studio").wait_for(timeout=WAIT)
        except sync_api.TimeoutError:
            pytest.fail(
                f"no widget; the notebook says:\n{page.page.locator('.jp-Notebook').inner_text()}\n{page.errors}"
            )
        return page

    yield start
    for page in pages:
        page.page.close()


def assert_clean(page):
    assert page.foreign == [], "requests to other hosts"
    assert page.errors == [], "errors in the page"


def shown(view):
    return view.locator(".ganlab-studio .wipe img").first.get_attribute("src")


def until_shown_changes(view, old, back=False):
    sign = "===" if back else "!=="
    view.wait_for_function(
        f"(old) => document.querySelector('.ganlab-studio .wipe img').src {sign} old", arg=old, timeout=WAIT
    )


def settle(view):
    """Until the kernel has answered everything."""
    view.wait_for_function("() => document.querySelector('.ganlab-studio').dataset.asking === 'false'", timeout=WAIT)


def drag(view, locator, *spots):
    box = locator.bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in spots]
    view.mouse.move(*places[0])
    view.mouse.down()
    for place in places[1:]:
        view.mouse.move(*place, steps=8)
    view.mouse.up()


def kernel(page, expression):
    return json.loads(page.ask(f"import json\nfrom ganlab import images\nprint(json.dumps({expression}))"))


def some_photo(width=90, height=64):
    """A smooth picture that no sample looks like."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    return Image.fromarray((np.stack([x, y, 1 - x], axis=-1) * 255).astype(np.uint8))


def test_paint_erase_undo_and_compare(open_notebook):
    page = open_notebook("studio.ipynb", STUDIO)
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
    assert kernel(page, "[studio.missing, torch.equal(studio.picture, studio._samples[3])]") == [0, True]
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
    page = open_notebook("keyboard.ipynb", STUDIO)
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


def test_files_in_and_out(open_notebook, tmp_path):
    page = open_notebook("files.ipynb", STUDIO)
    view = page.page
    root = view.locator(".ganlab-studio")
    canvas = root.get_by_role("application")
    first = shown(view)

    turned = Image.Exif()
    turned[0x0112] = 6
    some_photo().save(tmp_path / "own.jpg", exif=turned, quality=95)
    root.locator("input[type=file]").set_input_files(tmp_path / "own.jpg")
    until_shown_changes(view, first)
    expected = f"images.to_tensor(images.fit_square(images.open_picture({str(tmp_path / 'own.jpg')!r}), 64))"
    assert kernel(page, f"[torch.equal(studio.picture, {expected}), studio.missing]") == [True, 0]

    # a file that is none: one sentence, and nothing is lost
    drag(view, canvas, (0.3, 0.3), (0.6, 0.7))
    settle(view)
    kept, missing = shown(view), kernel(page, "studio.missing")
    (tmp_path / "broken.png").write_bytes((tmp_path / "own.jpg").read_bytes()[:300])
    root.locator("input[type=file]").set_input_files(tmp_path / "broken.png")
    alert = root.locator(".trouble")
    view.wait_for_function(
        "() => document.querySelector('.ganlab-studio .trouble').textContent.length > 0", timeout=WAIT
    )
    sentence = alert.inner_text()
    assert sentence.startswith("Sorry, this picture cannot be used: ")
    assert sentence.count(". ") == 0
    assert "\n" not in sentence
    view.screenshot(path=SCREENSHOTS / "inpaint-studio-refused.png")
    assert (shown(view), kernel(page, "studio.missing")) == (kept, missing)

    # a large one, in pieces, by drag and drop
    noise = np.random.default_rng(0).integers(0, 256, (1000, 900, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "large.png")
    assert (tmp_path / "large.png").stat().st_size > 2 * 2**20, "more than two pieces"
    transfer = view.evaluate_handle(
        """async (text) => { const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
           const transfer = new DataTransfer(); transfer.items.add(new File([bytes], "large.png", {type: "image/png"})); return transfer; }""",
        base64.b64encode((tmp_path / "large.png").read_bytes()).decode("ascii"),
    )
    root.dispatch_event("drop", {"dataTransfer": transfer})
    until_shown_changes(view, kept)
    assert alert.inner_text() == "", "the refusal is over"
    assert kernel(page, f"torch.equal(studio.picture, {expected.replace('own.jpg', 'large.png')})")

    # what is downloaded is what the kernel has
    root.get_by_role("button", name="sample 2").click()
    view.wait_for_function(
        "() => document.querySelectorAll('.ganlab-studio .sample')[1].ariaPressed === 'true'", timeout=WAIT
    )
    drag(view, canvas, (0.2, 0.5), (0.8, 0.6))
    settle(view)
    with view.expect_download() as downloading:
        root.get_by_role("button", name="Download").click()
    assert downloading.value.suggested_filename == "inpainted.png"
    downloaded = np.asarray(Image.open(io.BytesIO(Path(downloading.value.path()).read_bytes())))
    pixels = kernel(page, "((studio.result + 1) * 127.5).round().clamp(0, 255).int().permute(1, 2, 0).tolist()")
    assert np.array_equal(downloaded, np.array(pixels))

    view.set_viewport_size({"width": 420, "height": 1100})
    view.wait_for_timeout(400)
    root.scroll_into_view_if_needed()
    view.screenshot(path=SCREENSHOTS / "inpaint-studio-phone.png")
    narrow = root.evaluate("(root) => [root.scrollWidth, root.clientWidth]")
    assert narrow[0] <= narrow[1], "nothing sticks out on a phone"
    drag(view, canvas, (0.3, 0.8), (0.6, 0.8))
    settle(view)
    assert kernel(page, "bool(studio.mask[51, 20:38].all())"), "the brush paints where the finger is, at every width"
    assert_clean(page)


def test_glasses_painted_over_are_gone(open_notebook):
    """The shipped network, a face with glasses, and two strokes of a mouse."""
    page = open_notebook(
        "glasses.ipynb", "from ganlab import widgets\nstudio = widgets.InpaintStudio()\nwidgets.show(studio)"
    )
    view = page.page
    root = view.locator(".ganlab-studio")
    root.get_by_role("button", name="sample 3").click()
    view.wait_for_function(
        "() => document.querySelectorAll('.ganlab-studio .sample')[2].ariaPressed === 'true'", timeout=WAIT
    )
    canvas = root.get_by_role("application")
    for height in (0.49, 0.58):
        drag(view, canvas, (0.18, height), (0.82, height))
        settle(view)
    view.screenshot(path=SCREENSHOTS / "inpaint-studio-glasses.png")
    seen = "[int(predict_attributes(x[None])['glasses']) for x in (studio.picture, studio.result)]"
    page.ask("from ganlab.features import predict_attributes")
    assert kernel(page, seen) == [1, 0]
    assert kernel(page, "bool((studio.result == studio.picture)[:, ~studio.mask].all())")
    assert_clean(page)


def test_a_kernel_that_hangs_is_said_to_hang(open_notebook):
    page = open_notebook("hanging-studio.ipynb", STUDIO)
    page.stop_kernel()
    try:
        drag(page.page, page.page.get_by_role("application"), (0.3, 0.5), (0.6, 0.5))
        page.page.get_by_role("alert").filter(has_text=re.compile("kernel does not answer")).wait_for(timeout=WAIT)
    finally:
        page.revive()
