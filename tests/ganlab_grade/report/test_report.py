"""The report on a class: its numbers counted by hand, its figures, and the page in a browser."""

import base64
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from ganlab_grade.course import GradingError, Verdict
from ganlab_grade.report import class_report
from ganlab_grade.report.marks import Student
from ganlab_grade.report.numbers import class_numbers
from ganlab_grade.similarity import Pair
from tests.ganlab_grade.marked import ANN, BLANK, BOB, BOTH_MARKED, CYD, PADDING, graded
from tests.ganlab_grade.report.test_feedback import EVIL, Words
from tests.ganlab_grade.small_course import LESSON, small_assignment

SMALL = small_assignment()
DAN = Student("dan", "Dan Elm", "104")
PEOPLE = [DAN, ANN, CYD, BOB]
SLOW = Verdict("optimal_discriminator", 0.0, 5.0, "time", "stopped after 20 seconds", human="slow three times")
OTHER_WORDS = replace(PADDING, message="padding is cut off at both ends, got 13")
RESULTS = [
    graded(ANN, PADDING, remarks=("a check was put back",), seconds=2.0),
    graded(BOB, replace(PADDING, points=5.0), BLANK, remarks=("a check was put back",) * 2, seconds=4.0),
    graded(CYD, OTHER_WORDS, SLOW, seconds=9.0),
]
MANUAL = {("ann", LESSON): BOTH_MARKED}


def numbers():
    return class_numbers(PEOPLE, [SMALL], RESULTS, MANUAL)


def test_a_lesson_is_counted_as_by_hand():
    (lesson,) = numbers().lessons
    assert lesson.shares == pytest.approx((10 / 30, 17.333 / 30, 22.333 / 30))
    assert lesson.totals == (31.833,)  # only Ann's questions are marked
    assert (lesson.handed_in, lesson.waiting, lesson.missing) == (3, 2, ("Dan Elm",))
    assert lesson.seconds == (2.0, 4.0, 9.0)


def test_exercises_come_hardest_first():
    found = numbers().exercises
    assert [one.name for one in found] == ["conv_transpose_size", "optimal_discriminator", "radius_after"]
    hard, optimal, radius = found
    assert hard.share == pytest.approx((7.333 + 5 + 7.333) / 45)
    assert (hard.solved, hard.partly, hard.nothing, hard.blank, hard.marked) == (0, 3, 0, 0, 3)
    assert (radius.solved, radius.blank, radius.nothing) == (2, 1, 0)
    assert (optimal.solved, optimal.blank, optimal.nothing) == (2, 0, 1)


def test_misconceptions_are_rungs_not_blanks_and_not_limits():
    (found,) = numbers().misconceptions
    assert (found.exercise, found.rung, found.words, found.of) == (
        "conv_transpose_size",
        "padding_once",
        "padding once",
        3,
    )
    assert found.students == ("Ann Lee", "Bob Ray", "Cyd Oak")
    assert found.message == "padding is cut off at both ends", "the most frequent wording"


def test_whoever_needs_a_person_is_named_with_the_reason():
    found = numbers()
    assert [(one.student, one.reason) for one in found.looks] == [
        ("Cyd Oak", "optimal_discriminator: slow three times")
    ]
    assert found.open_questions == ((LESSON, "Question 1", 2), (LESSON, "Question 2", 2))
    assert found.remarks == (("a check was put back", 2),)


def test_a_submission_without_marks_and_without_a_reason_is_not_forgotten():
    silent = replace(graded(ANN), verdicts=())
    (look,) = class_numbers([ANN], [SMALL], [silent], MANUAL).looks
    assert look.reason.startswith("no mark for optimal_discriminator, radius_after")
    # There is nothing in it that a person could mark: it is counted among what needs one, and not twice.
    assert class_numbers([ANN], [SMALL], [silent]).open_questions == ()


def test_the_page_says_it_all():
    pairs = [Pair("ann", "bob", LESSON, 0.934, ("radius_after",))]
    html = class_report(PEOPLE, [SMALL], RESULTS, MANUAL, pairs, problems=["stray.ipynb: whose is it?"])
    text = Words(html.replace("<wbr>", "")).text.replace(" ,", ",")
    for part in (
        "3 / 4 notebooks handed in",
        "58 % median",
        "padding is cut off at both ends conv_transpose_size 09_small_course padding once 3 of 3 Ann Lee, Bob Ray, Cyd Oak",
        "Cyd Oak 09_small_course optimal_discriminator: slow three times",
        "stray.ipynb: whose is it?",
        "A hint, never a mark",
        "93 % Ann Lee Bob Ray 09_small_course radius_after",
        "1 Dan Elm",
        "a check was put back 2",
    ):
        assert part in text, part


def test_every_figure_is_described_and_whole():
    html = class_report(PEOPLE, [SMALL], RESULTS, MANUAL)
    images = {value for tag, name, value in Words(html).attributes if (tag, name) == ("img", "alt")}
    assert len(images) == 5
    assert any("Medians: 09_small_course 58 %" in alt for alt in images)
    assert any("padding once in conv_transpose_size 3" in alt for alt in images)
    sources = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', html)
    assert len(sources) == 5
    for source in sources:
        root = ET.fromstring(base64.b64decode(source))
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert not re.search(rb"<script|<image|<foreignObject|href=\"http", base64.b64decode(source))


def test_the_same_results_give_the_same_page():
    assert class_report(PEOPLE, [SMALL], RESULTS, MANUAL) == class_report(
        PEOPLE[::-1], [SMALL], RESULTS[::-1], MANUAL
    )


def test_the_page_holds_no_markup_of_a_student():
    evil = Student("ann", EVIL)
    results = [
        graded(evil, Verdict("radius_after", 0.0, 10.0, "error", EVIL, human=EVIL), remarks=(EVIL,), human=(EVIL,))
    ]
    html = class_report([evil], [SMALL], results, {}, [Pair("ann", "ann", LESSON, 1.0, ("x",))], problems=[EVIL])
    found = Words(html)
    assert found.text.count("<script>alert(1)</script>") >= 6
    assert not {"script", "b>", "i"} & set(found.tags)
    assert found.tags.count("b") == 5, "the five numbers at the top"
    assert not [name for _, name, _ in found.attributes if name.startswith("on")]
    assert all(value.startswith("data:image/svg+xml;base64,") for _, name, value in found.attributes if name == "src")


def test_an_empty_class_has_a_report():
    text = Words(class_report([], [], [])).text
    assert "0 students" in text
    assert "Nothing: every notebook is marked" in text
    text = Words(class_report([ANN], [SMALL], [])).text
    assert "0 / 1 notebooks handed in" in text


def test_a_long_list_is_folded_and_whole():
    crowd = [Student(f"s{at:03}", f"Name {at:03}") for at in range(60)]
    results = [graded(one, human=(f"reason {one.id}",)) for one in crowd]
    html = class_report(crowd, [SMALL], results)
    assert "48 more" in html
    assert all(f"reason s{at:03}" in html for at in range(60))


def test_a_result_of_nobody_is_refused():
    with pytest.raises(GradingError, match="bob, who is not among the 1 students"):
        class_report([ANN], [SMALL], [graded(BOB)])


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_in_a_browser_nothing_sticks_out_and_all_figures_are_drawn(tmp_path, width, chromium):
    crowd = [Student(f"s{at}", "W" * 100) for at in range(20)]
    shout = Verdict("radius_after", 0.0, 10.0, "error", "x" * 300)
    path = tmp_path / "report.html"
    path.write_text(class_report(crowd, [SMALL], [graded(one, shout, PADDING) for one in crowd]), encoding="utf-8")
    tab = chromium.new_page(viewport={"width": width, "height": 800})
    said = []
    tab.on("console", lambda message: said.append(message.text))
    tab.goto(path.as_uri())
    for summary in tab.locator("summary").all():
        summary.click()
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    assert tab.evaluate("[...document.images].every(one => one.naturalWidth > 0)")
    tab.close()
    assert said == []
