"""A lesson of ``notebooks/`` as a learner runs it in JupyterLab: opened, run from the menu, looked at in two widths."""

from __future__ import annotations

import inspect
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat

from tests.browser.lab import SCREENSHOTS, WAIT, Page
from tools.assignments.scope import taken
from tools.lessons.markers import parse, top_level_names
from tools.lessons.source import Lesson as SourceLesson
from tools.lessons.source import read_lesson

ROOT = Path(__file__).resolve().parent.parent.parent
LESSONS = [path.stem for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
DESKTOP, PHONE = {"width": 1280, "height": 1000}, {"width": 390, "height": 844}
LESSON_WAIT = 450_000  # milliseconds for all cells of a lesson
# What shows a widget: the course's own, or ipywidgets' in the first lesson.
SHOWN = re.compile(r"widgets\.show\(|^ipywidgets\.\w+\(|interact\(", re.M)

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


def widget_cells(lesson: SourceLesson) -> list[str]:
    """Ids of the cell that shows the lesson's widget, and of the cells above it that make what it needs, by their names.

    What a cell needs by name is not all that the lesson does above it: a network may have been trained in between. To
    see whether a widget obeys it does not matter, and the cells that this leaves train nothing.

    Raises
    ------
    ValueError
        If the lesson does not show one widget: then this module looks at the wrong one, or at one of several.
    """
    code = [cell for cell in lesson.cells if cell.kind == "code"]
    shown = [at for at, cell in enumerate(code) if SHOWN.search(cell.unsolved)]
    if len(shown) != 1:
        raise ValueError(f"expected one cell of {lesson.name} that shows a widget, got {len(shown)}")
    needed, kept = taken(code[shown[0]].unsolved), [code[shown[0]].id]
    for cell in reversed(code[: shown[0]]):
        # The setup cell speaks to IPython, and Python cannot read it; the check of an exercise makes nothing.
        if "setup" in cell.tags:
            kept.append(cell.id)
        elif "check" not in cell.tags and top_level_names(parse(cell.unsolved)) & needed:
            needed |= taken(cell.unsolved)
            kept.append(cell.id)
    return kept[::-1]


def put(name: str, folder: Path, *, alone: bool = False) -> Path:
    """Copy a lesson, and the picture below its title, into the folder that is served.

    ``alone`` leaves only the cells of its widget.
    """
    shutil.copytree(ROOT / "notebooks" / "images", folder / "images", dirs_exist_ok=True)
    path = Path(shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", folder))
    if alone:
        notebook, kept = nbformat.read(path, as_version=4), widget_cells(read_lesson(ROOT / "lessons" / f"{name}.py"))
        notebook.cells = [cell for cell in notebook.cells if cell.id in kept]
        nbformat.write(notebook, path)
    return path


@contextmanager
def open_lesson(lab, name: str, place: str = "doc/tree", *, alone: bool = False) -> Iterator[Lesson]:
    """A copy of the lesson, or of the cells of its widget ``alone``, in the browser; its kernel ends with it."""
    folder, browser, address, token = lab
    put(name, folder, alone=alone)
    lesson = Lesson(browser.new_page(viewport=DESKTOP), address, token)
    lesson.prepare()
    try:
        lesson.open(f"{name}.ipynb", place)
        yield lesson
    finally:
        lesson.page.evaluate("() => window.jupyterapp?.shell.currentWidget?.sessionContext.shutdown()")
        lesson.page.close()
