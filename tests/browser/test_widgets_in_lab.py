"""The widgets as a learner meets them: JupyterLab, Chromium, a mouse; what was done is read back in the kernel."""

import json
import re
from pathlib import Path

import pytest

from tests.browser.lab import CHROMIUM, SCREENSHOTS, WAIT, assert_clean

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no browser: install Chromium (expected {CHROMIUM})"),
    # Playwright's own event loop leaves sockets to the garbage collector at the end.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]

PLAYGROUND = "from ganlab import widgets\nplayground = widgets.Playground(seed=0)\nwidgets.show(playground)"
EXPLORER = """\
import ganlab
from ganlab import widgets
explorer = widgets.LatentExplorer(ganlab.load_pretrained("dcgan-faces64"))
widgets.show(explorer)"""


def drag(page, locator, fractions, y=0.5):
    box = locator.bounding_box()
    spots = [(box["x"] + f * box["width"], box["y"] + y * box["height"]) for f in fractions]
    page.mouse.move(*spots[0])
    page.mouse.down()
    for spot in spots[1:]:
        page.mouse.move(*spot, steps=6)
    page.mouse.up()


def test_the_playground_plays_steps_and_takes_a_drawing(open_notebook):
    page = open_notebook("playground.ipynb", PLAYGROUND, widget=".ganlab-playground")
    view = page.page
    root = view.locator(".ganlab-playground")
    root.wait_for(timeout=WAIT)
    assert view.locator(".jp-OutputArea-output img").count() == 0, "the still picture is for readers without a kernel"

    view.get_by_role("button", name="Step D").click()
    view.get_by_role("button", name="Step G").click()
    view.wait_for_function("() => +document.querySelector('.ganlab-playground').dataset.stepsG === 1", timeout=WAIT)
    assert page.ask("print(playground.steps_d, playground.steps_g)") == "1 1"

    view.get_by_role("button", name="Play").click()
    view.wait_for_function("() => +document.querySelector('.ganlab-playground').dataset.redraws > 40", timeout=WAIT)
    first, rate = view.evaluate(
        """async () => { const root = document.querySelector('.ganlab-playground');
           const before = +root.dataset.redraws, began = performance.now(); await new Promise(r => setTimeout(r, 2000));
           const now = +root.dataset.redraws; return [now, 1000 * (now - before) / (performance.now() - began)]; }"""
    )
    print(f"playground: {rate:.1f} redraws a second")
    assert first > 40
    view.screenshot(path=SCREENSHOTS / "playground.png")
    view.get_by_role("button", name="Pause").click()
    assert int(page.ask("print(playground.steps_g)")) > 100

    view.get_by_role("button", name="Draw").click()
    drag(view, root.locator("canvas").first, (0.2, 0.8), y=0.25)
    view.wait_for_function(
        "() => document.querySelector('.ganlab-playground select').value === 'drawn'", timeout=WAIT
    )
    points = json.loads(page.ask("import json; print(json.dumps([playground.target, playground.points.tolist()]))"))
    assert points[0] == "drawn"
    assert len(points[1]) >= 5
    # drawn at a quarter of the height from the left fifth to the right: y is 1.5, x runs from -1.8 to 1.8
    assert all(y == pytest.approx(1.5, abs=0.1) for _, y in points[1])
    assert points[1][0][0] == pytest.approx(-1.8, abs=0.1)
    assert points[1][-1][0] == pytest.approx(1.8, abs=0.1)

    view.get_by_label("the generator's loss").select_option("minimax")
    rate_slider = view.get_by_label("learning rate")
    rate_slider.focus()
    view.keyboard.press("ArrowRight")
    view.get_by_text("learning rate: 0.002").wait_for(timeout=WAIT)
    view.wait_for_timeout(500)
    assert page.ask("print(playground.loss, playground.learning_rate)") == "minimax 0.002"
    view.get_by_role("button", name="Reset").click()
    view.wait_for_function("() => +document.querySelector('.ganlab-playground').dataset.stepsG === 0", timeout=WAIT)
    view.screenshot(path=SCREENSHOTS / "playground-drawn.png")
    assert_clean(page)


def test_the_explorer_follows_the_hand(open_notebook):
    page = open_notebook("explorer.ipynb", EXPLORER, widget=".ganlab-explorer")
    view = page.page
    root = view.locator(".ganlab-explorer")
    root.wait_for(timeout=WAIT)
    picture = root.get_by_alt_text("the generated picture")
    shown = picture.get_attribute("src")

    slider = view.get_by_label("principal 1")
    drag(view, slider, (0.5, 0.6, 0.75, 0.9))
    view.wait_for_function(
        "(old) => document.querySelector('.ganlab-explorer img').src !== old", arg=shown, timeout=WAIT
    )
    view.wait_for_timeout(500)
    assert float(page.ask("print(explorer._amounts['principal 1'])")) == pytest.approx(
        float(slider.input_value()), abs=0.05
    )
    assert float(slider.input_value()) > 2.5

    root.get_by_role("button", name="Undo").click()
    view.wait_for_function(
        "(old) => document.querySelector('.ganlab-explorer img').src === old", arg=shown, timeout=WAIT
    )
    root.get_by_role("button", name="Save", exact=True).click()
    root.get_by_role("button", name="Random").click()
    root.get_by_role("button", name="Save", exact=True).click()
    faces = root.locator(".strip button.face")
    faces.nth(1).wait_for(timeout=WAIT)
    faces.nth(0).click()
    faces.nth(1).click()
    walk = view.get_by_label("walk between the two chosen pictures")
    walk.focus()
    for _ in range(3):
        view.keyboard.press("PageUp")
    view.wait_for_timeout(500)
    distances = page.ask(
        "a, b, z = *explorer.saved, explorer.z\nprint(len(explorer.saved), bool((z - a).norm() < (z - b).norm()), "
        "bool((z - a).norm() > 0.1), round(float(z.norm()), 2))"
    )
    assert distances == "2 True True 8.0"
    view.screenshot(path=SCREENSHOTS / "explorer.png")
    print("explorer, kernel time of an answer, p95 in ms:", page.ask(
        "import numpy as np; print(round(float(np.percentile(explorer.latencies_ms, 95)), 1))"))  # fmt: skip
    view.set_viewport_size({"width": 420, "height": 900})
    view.wait_for_timeout(400)
    view.screenshot(path=SCREENSHOTS / "explorer-phone.png")
    assert_clean(page)


VIEWS = """\
from ganlab import widgets
from ganlab.dcgan.networks import DCGANConfig, Generator
explorer = widgets.LatentExplorer(Generator(DCGANConfig(size=32, base_channels=8)).eval())
playground = widgets.Playground(seed=0)
widgets.show(explorer)
widgets.show(playground)"""


def test_a_second_view_and_a_reloaded_page_work_like_the_first(open_notebook):
    page = open_notebook(
        "views.ipynb", VIEWS, "widgets.show(explorer)\nwidgets.show(playground)", widget=".ganlab-playground >> nth=1"
    )
    view = page.page
    explorers, playgrounds = view.locator(".ganlab-explorer"), view.locator(".ganlab-playground")

    def settled(root):
        view.wait_for_function(
            "(root) => [...document.querySelectorAll(root)].every((node) => node.dataset.asking === 'false')",
            arg=root,
            timeout=WAIT,
        )
        assert [text for text in view.locator(f"{root} .trouble").all_inner_texts() if text] == []

    # the same wish from both views, again and again: each is answered, and both show what there is
    for index in (0, 1, 0, 1):
        explorers.nth(index).get_by_role("button", name="Random").click()
        settled(".ganlab-explorer")
    assert page.ask("print(len(explorer._past))") == "4"
    explorers.nth(1).get_by_role("button", name="Save", exact=True).click()
    explorers.nth(0).locator(".strip button.face").wait_for(timeout=WAIT)
    shown = explorers.get_by_alt_text("the generated picture")
    assert shown.nth(0).get_attribute("src") == shown.nth(1).get_attribute("src")

    # one view plays while the other one steps: no question is lost among the others
    playgrounds.nth(0).get_by_role("button", name="Play").click()
    for _ in range(5):
        playgrounds.nth(1).get_by_role("button", name="Step D").click()
        view.wait_for_timeout(150)
    playgrounds.nth(0).get_by_role("button", name="Pause").click()
    settled(".ganlab-playground")
    steps_d, steps_g = (int(n) for n in page.ask("print(playground.steps_d, playground.steps_g)").split())
    assert steps_d - steps_g == 5
    assert steps_g > 0

    # the page is loaded again, and its kernel goes on
    view.screenshot(path=SCREENSHOTS / "two-views.png")
    page.command("docmanager:save")
    view.reload()
    view.locator(".jp-Notebook").first.wait_for(timeout=WAIT)
    page.ready()
    explorers.nth(1).wait_for(timeout=WAIT)
    assert explorers.nth(0).locator(".strip button.face").count() == 1, "what was saved is still there"
    for index in (0, 1):
        explorers.nth(index).get_by_role("button", name="Random").click()
        settled(".ganlab-explorer")
        playgrounds.nth(index).get_by_role("button", name="Step G").click()
        settled(".ganlab-playground")
    assert page.ask("print(len(explorer._past), playground.steps_g)") == f"6 {steps_g + 2}"
    assert_clean(page)


@pytest.mark.thorough  # the studios of lessons 04 and 05 are tried every time
def test_a_kernel_that_hangs_is_said_to_hang(open_notebook):
    page = open_notebook("hanging.ipynb", PLAYGROUND, widget=".ganlab-playground")
    view = page.page
    view.locator(".ganlab-playground").wait_for(timeout=WAIT)
    page.stop_kernel()
    try:
        view.get_by_role("button", name="Step D").click()
        message = view.get_by_role("alert").filter(has_text=re.compile("kernel does not answer"))
        message.wait_for(timeout=WAIT)
        view.screenshot(path=SCREENSHOTS / "playground-dead-kernel.png")
    finally:
        page.revive()
