"""A lesson of ``notebooks/`` as a learner runs it in JupyterLab: opened, run from the menu, looked at in two widths."""

from __future__ import annotations

import inspect
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.lab import SCREENSHOTS, WAIT, Page

ROOT = Path(__file__).resolve().parent.parent.parent
LESSONS = [path.stem for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
DESKTOP, PHONE = {"width": 1280, "height": 1000}, {"width": 390, "height": 844}
LESSON_WAIT = 450_000  # milliseconds for all cells of a lesson

CELLS = "window.jupyterapp.shell.currentWidget.content.widgets.filter((c) => c.model.type === 'code' && c.model.sharedModel.getSource().trim())"
ERRORS = f"""() => {CELLS}.flatMap((c) => c.model.outputs.toJSON())
  .filter((o) => o.output_type === "error").map((o) => o.ename + ": " + o.evalue)"""


class Lesson(Page):
    """One lesson open in JupyterLab."""

    def prepare(self) -> None:
        """Wait longer than Playwright does."""
        self.page.set_default_timeout(3 * WAIT)

    def menu(self, *names: str) -> None:
        """Choose from the menu bar, with the mouse."""
        self.page.get_by_role("menuitem", name=names[0], exact=True).click()
        self.page.get_by_role("menuitem", name=names[1], exact=True).click()

    def run_all(self) -> None:
        """Clear what was stored in the file and run every cell; returns after the last one, or after one that failed."""
        self.menu("Edit", "Clear Outputs of All Cells")
        self.page.wait_for_function(f"() => {CELLS}.every((c) => c.model.executionCount === null)")
        self.menu("Run", "Run All Cells")
        done = f"{CELLS}.every((c) => c.model.executionCount !== null)"
        self.page.wait_for_function(f"() => {done} || ({ERRORS})().length > 0", timeout=LESSON_WAIT, polling=250)

    def failed(self) -> list[str]:
        """Errors among the outputs of the cells."""
        return self.page.evaluate(ERRORS)

    def until(self, condition: Callable[[], bool]) -> None:
        """Ask again and again, for as long as the page and the kernel are still on their way."""
        for _ in range(WAIT // 200):
            if condition():
                return
            self.page.wait_for_timeout(200)
        raise AssertionError(f"it did not come to that: {inspect.getsource(condition).strip()}")

    def to_middle(self, locator) -> None:
        """Scroll it to the middle of the window, where the hand reaches it."""
        for _ in range(3):  # cells that come into sight for the first time turn out taller than was thought
            locator.evaluate("(node) => node.scrollIntoView({ block: 'center' })")
            self.page.wait_for_timeout(200)

    def shoot(self, name: str, locator) -> None:
        """A picture of the window with the locator in its middle."""
        self.to_middle(locator)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")

    def sticks_out(self, locator) -> list[str]:
        """What reaches beyond the right edge of the locator's own box, or of the window."""
        return locator.evaluate(
            """(root) => { const edge = Math.min(root.getBoundingClientRect().right, innerWidth) + 1;
               const found = root.scrollWidth > root.clientWidth + 1 ? ["scrolls"] : [];
               for (const node of root.querySelectorAll("*")) {
                 const box = node.getBoundingClientRect();
                 if (box.width && box.right > edge && !node.closest(".wipe")) found.push(node.tagName + "." + node.className);
               } return found; }"""
        )


def put(name: str, folder: Path) -> Path:
    """Copy a lesson, and the picture below its title, into the folder that is served."""
    shutil.copytree(ROOT / "notebooks" / "images", folder / "images", dirs_exist_ok=True)
    return Path(shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", folder))


@contextmanager
def open_lesson(lab, name: str, place: str = "doc/tree") -> Iterator[Lesson]:
    """A copy of the lesson in the browser; its kernel ends with it."""
    folder, browser, address, token = lab
    put(name, folder)
    lesson = Lesson(browser.new_page(viewport=DESKTOP), address, token)
    lesson.prepare()
    try:
        lesson.open(f"{name}.ipynb", place)
        yield lesson
    finally:
        lesson.page.evaluate("() => window.jupyterapp?.shell.currentWidget?.sessionContext.shutdown()")
        lesson.page.close()
