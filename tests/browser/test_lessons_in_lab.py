"""Every lesson's widget in JupyterLab, moved with mouse and keyboard; the first lesson there from top to bottom."""

import re
from pathlib import Path

import pytest

from tests.browser.lab import CHROMIUM, assert_clean
from tests.browser.lessons import LESSONS, PHONE, ROOT, SHOWN, open_lesson, widget_cells
from tests.browser.playing import WIDGETS
from tools.lessons.source import read_lesson

WHOLE = LESSONS[0]
pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no browser: install Chromium (expected {CHROMIUM})"),
    # Playwright's own event loop leaves sockets to the garbage collector at the end.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]


def plays(lab, name: str, *, alone: bool) -> None:
    """The cells run, the widget obeys, and on a desktop and a telephone nothing sticks out."""
    selector, play = WIDGETS[name]
    with open_lesson(lab, name, alone=alone) as lesson:
        lesson.run_all()
        assert lesson.failed() == []
        widget = lesson.page.locator(selector)
        lesson.to_middle(widget)
        play(lesson)
        lesson.shoot(f"lesson-{name[:2]}{'-widget' * alone}", widget)
        assert lesson.sticks_out(widget) == []
        lesson.page.set_viewport_size(PHONE)
        lesson.shoot(f"lesson-{name[:2]}{'-widget' * alone}-phone", widget)
        assert lesson.sticks_out(widget) == []
        assert_clean(lesson)


@pytest.mark.parametrize("name", [name for name in LESSONS if name != WHOLE])
def test_the_widget_of_a_lesson_obeys(lab, name):
    """Its cell, and those above it that it needs; nbval runs the others."""
    plays(lab, name, alone=True)


def whole(name: str):
    """One whole lesson every time; the others when they have changed, or what opens them."""
    when = [f"*/{name}.py", f"*/{name}.ipynb", "tests/browser/lessons.py", "tests/browser/lab.py"]
    return pytest.param(name, marks=() if name == WHOLE else pytest.mark.thorough(when=when))


@pytest.mark.parametrize("name", [whole(name) for name in LESSONS])
def test_the_lesson_runs_and_its_widget_obeys(lab, name):
    plays(lab, name, alone=False)


@pytest.mark.parametrize("name", LESSONS)
def test_the_widget_of_a_lesson_needs_no_training(name):
    """One widget a lesson is moved above: that is all of them. And its cells are few, or its test would be a lesson's."""
    lesson = read_lesson(ROOT / "lessons" / f"{name}.py")
    kept = widget_cells(lesson)
    cells = [cell for cell in lesson.cells if cell.id in kept]
    assert "setup" in cells[0].tags
    assert SHOWN.search(cells[-1].unsolved)
    assert not re.search(r"\bfit\(|\.backward\(|\.step\(", "".join(cell.unsolved for cell in cells))
