"""A kernel ends under five widgets: each of them says so, and works again once the notebook has been run again."""

import os
import re
import signal
from pathlib import Path

import pytest

from tests.browser import enlarging, studio, style
from tests.browser.lab import CHROMIUM, SCREENSHOTS, WAIT
from tests.browser.studio import drag, kernel

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no browser: install Chromium (expected {CHROMIUM})"),
    # Playwright's own event loop leaves sockets to the garbage collector at the end.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]

EXPLORER = """\
from ganlab.dcgan.networks import DCGANConfig, Generator
explorer = widgets.LatentExplorer(Generator(DCGANConfig(size=32, base_channels=8)).eval())
widgets.show(explorer)"""
SOURCES = [
    "from ganlab import widgets\nplayground = widgets.Playground(seed=0)\nwidgets.show(playground)",
    EXPLORER,
    *(re.sub(r"\bstudio\b", name, module.STUDIO) for name, module in (("hole", studio), ("paint", style), ("large", enlarging))),
]  # fmt: skip
ROOTS = [
    ".ganlab-playground",
    ".ganlab-explorer",
    ".ganlab-studio:not(.ganlab-style, .ganlab-sr)",
    ".ganlab-style",
    ".ganlab-sr",
]
STOPPED = "The kernel has stopped, and this widget with it. Run the notebook again from the top."


def all_say(view, sentence):
    view.wait_for_function(
        """([roots, sentence]) => roots.every((root) => {
             const found = [...document.querySelectorAll(root + " .trouble")];
             return found.length === 1 && found[0].textContent === sentence; })""",
        arg=[ROOTS, sentence],
        timeout=WAIT,
    )


def answer(page):
    """A touch of each widget reaches the kernel."""
    view = page.page
    view.locator(ROOTS[0]).get_by_role("button", name="Step D").click()
    view.locator(ROOTS[1]).get_by_role("button", name="Save", exact=True).click()
    canvas = view.locator(ROOTS[2]).get_by_role("application")
    canvas.scroll_into_view_if_needed()
    drag(view, canvas, (0.3, 0.4), (0.7, 0.4))
    for root, name in ((ROOTS[3], "Strength"), (ROOTS[4], "GAN weight")):
        view.locator(root).get_by_role("slider", name=name).focus()
        view.keyboard.press("ArrowLeft")
    view.wait_for_function(
        "(roots) => roots.every((root) => document.querySelector(root).dataset.asking === 'false')", arg=ROOTS[2:]
    )
    found = "[playground.steps_d, len(explorer.saved), hole.missing > 0, paint.look.alpha, large.gan_weight]"
    assert kernel(page, found) == [1, 1, True, 0.99, 0.99]


def again(page):
    page.command("notebook:run-all-cells")
    all_say(page.page, "")
    answer(page)


@pytest.mark.thorough(when=["ganlab/*/widget/*", "ganlab/widgets/*", "tests/browser/*"])
def test_every_widget_says_that_its_kernel_has_stopped(open_notebook):
    page = open_notebook("stopped.ipynb", *SOURCES, widget=ROOTS[-1])
    view = page.page
    answer(page)

    # it dies, as it does when memory runs out, while one of the widgets is at work
    view.locator(ROOTS[0]).get_by_role("button", name="Play").click()
    os.kill(int(page.ask("import os; print(os.getpid())")), signal.SIGKILL)
    all_say(view, STOPPED)
    view.get_by_role("dialog").get_by_role("button", name="Ok").click()
    play = view.locator(ROOTS[0]).get_by_role("button", name="Play")
    assert play.is_visible(), "no longer playing"
    # whoever goes on all the same is shown the sentence, and the widget does not pretend to work
    play.click()
    assert play.is_visible()
    view.locator(ROOTS[4]).get_by_role("slider", name="GAN weight").focus()
    view.keyboard.press("ArrowLeft")
    view.locator(ROOTS[4]).locator(".trouble").wait_for()
    all_say(view, STOPPED)
    view.screenshot(path=SCREENSHOTS / "kernel-stopped.png")
    again(page)

    # it is restarted on purpose
    view.get_by_role("menuitem", name="Kernel", exact=True).click()
    view.get_by_role("menuitem", name=re.compile(r"^Restart Kernel…")).click()
    view.get_by_role("dialog").get_by_role("button", name="Confirm Kernel Restart").click()
    all_say(view, STOPPED)
    again(page)
