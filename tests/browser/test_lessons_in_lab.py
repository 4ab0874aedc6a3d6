"""Every lesson in JupyterLab, from top to bottom, and its widget moved there with mouse and keyboard."""

import re
from pathlib import Path

import pytest
from browser.lab import CHROMIUM, assert_clean
from browser.lessons import LESSONS, PHONE, ROOT, open_lesson
from browser.playing import WIDGETS

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no browser: install Chromium (expected {CHROMIUM})"),
    # Playwright's own event loop leaves sockets to the garbage collector at the end.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]


@pytest.mark.parametrize("name", LESSONS)
def test_the_lesson_runs_and_its_widget_obeys(lab, name):
    selector, play = WIDGETS[name]
    with open_lesson(lab, name) as lesson:
        lesson.run_all()
        assert lesson.failed() == []
        widget = lesson.page.locator(selector)
        lesson.to_middle(widget)
        play(lesson)
        lesson.shoot(f"lesson-{name[:2]}", widget)
        assert lesson.sticks_out(widget) == []
        lesson.page.set_viewport_size(PHONE)
        lesson.shoot(f"lesson-{name[:2]}-phone", widget)
        assert lesson.sticks_out(widget) == []
        assert_clean(lesson)


@pytest.mark.parametrize("name", LESSONS)
def test_no_widget_of_a_lesson_is_forgotten(name):
    """One widget a lesson is moved above: that is all of them."""
    source = (ROOT / "lessons" / f"{name}.py").read_text(encoding="utf-8")
    shown = re.findall(r"widgets\.show\(|^ipywidgets\.\w+\(|interact\(", source, re.M)
    assert len(shown) == 1
