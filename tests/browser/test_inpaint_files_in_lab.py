"""Files into InpaintStudio and out of it, in a real browser."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.browser.lab import CHROMIUM, SCREENSHOTS, WAIT, assert_clean
from tests.browser.studio import STUDIO, drag, kernel, settle, shown, until_shown_changes

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no browser: install Chromium (expected {CHROMIUM})"),
    # Playwright's own event loop leaves sockets to the garbage collector at the end.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]


def some_photo(width=90, height=64):
    """A smooth picture that no sample looks like."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    return Image.fromarray((np.stack([x, y, 1 - x], axis=-1) * 255).astype(np.uint8))


def test_files_in_and_out(open_notebook, tmp_path):
    page = open_notebook("files.ipynb", STUDIO, widget=".ganlab-studio")
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
