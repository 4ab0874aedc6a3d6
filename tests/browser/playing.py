"""A hand in each lesson's widget, first with the mouse, then with the keyboard; the kernel says what arrived."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser import enlarging, studio, style
from tests.browser.lab import WAIT
from tests.browser.lessons import Lesson
from tests.browser.studio import drag, kernel

PLAYGROUND, EXPLORER, STUDIO = ".ganlab-playground", ".ganlab-explorer", ".ganlab-studio"
FACE = ".widget-hbox:has(img[alt='your face'])"  # lesson 00 has sliders of ipywidgets' own
# The lesson shows a widget without a name for it.
FIND = "from ipywidgets.widgets.widget import _instances\nit = next(w for w in _instances.values() if type(w).__name__ == '{}')"


def sliders(lesson: Lesson) -> None:
    view, root = lesson.page, lesson.page.locator(FACE)

    def painted() -> bool:
        """The face on the page is the kernel's present one."""
        return root.locator("img").get_attribute("src") in lesson.ask("print(canvas.value)")

    handle = root.locator(".widget-slider", has=view.get_by_text("smile", exact=True)).get_by_role("slider")
    assert kernel(lesson, "sliders['smile'].value") == pytest.approx(0.9)
    before = root.locator("img").get_attribute("src")
    box = handle.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    view.mouse.move(*middle)
    view.mouse.down()
    view.mouse.move(middle[0] - 120, middle[1], steps=6)
    view.mouse.up()
    lesson.until(lambda: kernel(lesson, "sliders['smile'].value") < 0 and painted())
    smile = kernel(lesson, "sliders['smile'].value")
    assert float(handle.get_attribute("aria-valuenow")) == pytest.approx(smile, abs=0.051)
    assert root.locator("img").get_attribute("src") != before
    handle.focus()
    view.keyboard.press("PageUp")  # Notebook 7 keeps the arrow keys for its cells
    lesson.until(lambda: smile < kernel(lesson, "sliders['smile'].value") < smile + 0.6 and painted())


def playground(lesson: Lesson) -> None:
    view, root = lesson.page, lesson.page.locator(PLAYGROUND)
    lesson.ask(FIND.format("Playground"))
    root.get_by_role("button", name="Step D").click()
    root.get_by_role("button", name="Step G").click()
    lesson.until(lambda: kernel(lesson, "[it.steps_d, it.steps_g]") == [1, 1])
    root.get_by_role("button", name="Draw").click()
    drag(view, root.locator("canvas").first, (0.2, 0.25), (0.8, 0.25))
    lesson.until(lambda: kernel(lesson, "it.target") == "drawn")
    assert all(y == pytest.approx(1.5, abs=0.15) for _, y in kernel(lesson, "it.points.tolist()")), (
        "where the hand was"
    )

    root.get_by_label("learning rate").focus()
    view.keyboard.press("ArrowRight")
    lesson.until(lambda: kernel(lesson, "it.learning_rate") == 0.002)
    steps = kernel(lesson, "it.steps_g")
    root.get_by_role("button", name="Play").focus()
    view.keyboard.press("Enter")
    lesson.until(lambda: kernel(lesson, "it.steps_g") > steps + 20)
    view.keyboard.press("Space")
    assert root.get_by_role("button", name="Play").is_visible(), "it says Pause while it plays"


def explorer(lesson: Lesson) -> None:
    view, root = lesson.page, lesson.page.locator(EXPLORER)
    lesson.ask(FIND.format("LatentExplorer"))
    picture, slider = root.get_by_alt_text("the generated picture"), root.get_by_label("principal 1")
    before = picture.get_attribute("src")
    drag(view, slider, (0.5, 0.5), (0.6, 0.5), (0.9, 0.5))
    lesson.until(lambda: kernel(lesson, "it._amounts['principal 1']") == float(slider.input_value()))
    assert float(slider.input_value()) > 2.5
    assert picture.get_attribute("src") != before
    slider.focus()
    view.keyboard.press("ArrowLeft")
    amount = float(slider.input_value())
    lesson.until(lambda: kernel(lesson, "it._amounts['principal 1']") == amount)
    root.get_by_role("button", name="Save", exact=True).focus()
    view.keyboard.press("Enter")
    root.locator(".strip button.face").wait_for(timeout=WAIT)
    assert kernel(lesson, "len(it.saved)") == 1
    root.get_by_role("button", name="Random").focus()
    view.keyboard.press("Enter")
    lesson.until(lambda: kernel(lesson, "bool((it.z - it.saved[0]).norm() > 0.1)"))


def inpainting(lesson: Lesson) -> None:
    view, root = lesson.page, lesson.page.locator(STUDIO)
    canvas, before = root.get_by_role("application"), studio.shown(lesson.page)
    drag(view, canvas, (0.3, 0.4), (0.7, 0.4))
    studio.until_shown_changes(view, before)
    studio.settle(view)
    row, column = int(0.4 * 64), int(0.5 * 64)
    assert kernel(lesson, f"bool(studio.mask[{row}, {column}])")
    missing = kernel(lesson, "studio.missing")
    assert kernel(lesson, "bool((studio.result == studio.picture)[:, ~studio.mask].all())")
    canvas.focus()
    for _ in range(3):
        view.keyboard.press("Shift+ArrowDown")
    view.keyboard.down("Space")
    view.keyboard.press("Shift+ArrowRight")
    view.keyboard.up("Space")
    studio.settle(view)
    assert kernel(lesson, "studio.missing") > missing
    view.keyboard.press("Control+z")
    lesson.until(lambda: kernel(lesson, "studio.missing") == missing)


def styling(lesson: Lesson) -> None:
    view, root = lesson.page, lesson.page.locator(STUDIO)
    dial, pad = root.get_by_label("Strength"), root.get_by_role("slider", name="Mixture of the four styles")
    drag(view, dial, (0.9, 0.5), (0.25, 0.5))
    style.settle(view)
    assert 20 <= int(dial.input_value()) <= 30
    assert kernel(lesson, "studio.look.alpha") == int(dial.input_value()) / 100
    pad.scroll_into_view_if_needed()
    drag(view, pad, (0.25, 0.25), (0.6, 0.7), (1.2, 1.3))
    style.settle(view)
    assert kernel(lesson, "studio.look.pad") == [1, 1]
    root.get_by_role("button", name="Paint C").click()
    drag(view, root.get_by_role("application"), (0.3, 0.4), (0.7, 0.4))
    style.settle(view)
    assert kernel(lesson, "int((studio.regions == 3).sum())") > 0
    pad.focus()
    view.keyboard.press("Home")
    view.keyboard.press("Shift+ArrowUp")
    style.settle(view)
    assert kernel(lesson, "studio.look.pad") == [0.5, 0.4]
    dial.focus()
    view.keyboard.press("End")
    style.settle(view)
    assert kernel(lesson, "studio.look.alpha") == 1
    assert style.shows_the_kernels_picture(lesson)


def enlarging_parts(lesson: Lesson) -> None:
    view, root = lesson.page, lesson.page.locator(STUDIO)
    canvas, dial = root.get_by_role("application"), root.get_by_role("slider", name="GAN weight")
    enlarging.settle(view)
    left, top, *_ = kernel(lesson, "studio.crop")
    drag(view, canvas, (0.5, 0.5), (0.4, 0.6), (0.3, 0.7))
    enlarging.settle(view)
    now = kernel(lesson, "studio.crop")
    assert now[0] < left - 20
    assert now[1] > top + 20
    canvas.focus()
    view.keyboard.press("ArrowRight")
    enlarging.settle(view)
    assert kernel(lesson, "studio.crop[:2]") == [now[0] + 1, now[1]]
    dial.scroll_into_view_if_needed()
    drag(view, dial, (0.98, 0.5), (0.4, 0.5))
    enlarging.settle(view)
    weight = int(dial.input_value())
    assert kernel(lesson, "studio.gan_weight") == weight / 100
    assert 36 <= weight <= 44
    dial.focus()
    view.keyboard.press("ArrowRight")
    enlarging.settle(view)
    assert kernel(lesson, "studio.gan_weight") == (weight + 1) / 100
    enlarging.assert_shows_the_kernels_pictures(lesson)


# lesson: where its widget is, and how one plays with it
WIDGETS: dict[str, tuple[str, Callable[[Lesson], None]]] = {
    "00_start_here": (FACE, sliders),
    "01_minimax_game": (PLAYGROUND, playground),
    "02_dcgan": (EXPLORER, explorer),
    "03_context_encoder": (STUDIO, inpainting),
    "04_adain": (STUDIO, styling),
    "05_srgan": (STUDIO, enlarging_parts),
}
