"""A student's page: what it says, what it never says, and how it looks in a browser."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ganlab_grade import report
from ganlab_grade.course import GradingError, Verdict
from ganlab_grade.report.feedback import assert_nothing_hidden, feedback_page
from ganlab_grade.report.leaks import WITHHELD
from ganlab_grade.report.marks import Student
from tests.ganlab_grade.marked import ANN, BLANK, BOTH_MARKED, PADDING, graded
from tests.ganlab_grade.small_course import HIDDEN, LESSON, QUESTIONS, SOLUTIONS, small_assignment

SMALL = small_assignment()
SOLVED = list(SOLUTIONS.values())
STYLE = Path(report.__file__).parent / "templates" / "page.css"


class Words(HTMLParser):
    """What a reader sees, and all tags and attributes."""

    def __init__(self, page):
        super().__init__()
        self.text, self.tags, self.attributes, self.skipped = "", [], [], 0
        self.feed(page)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, *one) for one in attributes]
        self.skipped += tag == "style"

    def handle_endtag(self, tag):
        self.skipped -= tag == "style"

    def handle_data(self, data):
        self.text += "" if self.skipped else f" {data}"


def page(*verdicts, marks=BOTH_MARKED, student=ANN, **changes):
    return feedback_page(student, [(SMALL, graded(student, *verdicts, **changes), marks)], solutions=SOLVED)


def test_the_page_says_the_marks_and_the_first_failed_rung():
    text = Words(page(PADDING, BLANK)).text
    assert "Feedback for Ann Lee" in text
    assert "21.83 of 40 points" in text  # 5 + 0 + 7.333 + 3.5 + 6
    assert "Part of the way: padding is cut off at both ends" in text
    assert "Not answered: still the stub: write where it says your code here" in text
    assert "Solved: that is right" in text
    assert "Your marker says: Say where D(G(z)) lies." in text
    assert "person still has" not in text


def test_open_questions_are_said_and_not_counted_as_nothing():
    text = Words(page(marks={"question-1": (3.5, "")})).text
    assert "So far 33.5 of 40 points; 6 are still open." in text
    assert "A person still has to look at this. Not marked yet: Question 2." in text
    assert "A person still has to mark this answer." in text


def test_reasons_and_repairs_are_said():
    text = Words(page(human=("the file was cut off in the middle",), remarks=("2 check cells were put back",))).text
    assert "A person still has to look at this. the file was cut off in the middle" in text
    assert "What was mended in your file 2 check cells were put back" in text


def test_a_persons_mark_replaces_the_checks_complaint():
    text = Words(
        page(PADDING, marks={**BOTH_MARKED, "conv_transpose_size": (15.0, "You found a fault of ours.")})
    ).text
    assert "39.5 of 40 points" in text
    assert "Solved, marked by a person. Your marker says: You found a fault of ours." in text
    assert "padding is cut off" not in text


def test_nothing_handed_in():
    text = Words(feedback_page(ANN, [(SMALL, None, {})])).text
    assert "Nothing was handed in for this lesson" in text
    assert "So far 0 of 40 points; 40 are still open." in text


def test_several_lessons_come_in_order_and_are_linked():
    other = replace(SMALL, lesson="01_first", title="The first")
    html = feedback_page(ANN, [(SMALL, graded(ANN), BOTH_MARKED), (other, None, {})])
    found = Words(html)
    assert re.findall(r'id="lesson-(\w+)"', html) == ["01_first", LESSON]
    assert ("a", "href", "#lesson-01_first") in found.attributes


# --- hostile text -----------------------------------------------------------------------------------------------
EVIL = "<script>alert(1)</script><img src=http://x.org/a.png onerror=alert(2)>\"'><b>`<i>`"


def test_everything_a_student_wrote_is_escaped():
    evil = Verdict("radius_after", 0.0, 10.0, "error", EVIL, human=EVIL)
    html = page(
        evil, student=Student("ann", EVIL), remarks=(EVIL,), human=(EVIL,), written={"question-1": EVIL},
        marks={"question-1": (1.0, EVIL), "question-2": (1.0, "")},
    )  # fmt: skip
    plain_page = Words(page())
    found = Words(html)
    assert found.text.count("<script>alert(1)</script>") >= 7, "shown as text wherever it was written"
    assert set(found.tags) <= {*plain_page.tags, "div", "ul", "li", "code", "blockquote"}
    assert not {"script", "img", "b>", "i"} & set(found.tags)
    names = {name for _, name, _ in found.attributes}
    assert not [name for name in names if name.startswith("on")]
    assert "src" not in names


def test_the_page_asks_nothing_of_another_host():
    html = page(PADDING, BLANK)
    assert not re.search(r"(https?:)?//(?!www\.w3\.org)|url\(|@import|<script|<link|<iframe", html)
    assert ("meta", "content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:") in Words(
        html
    ).attributes


@pytest.mark.parametrize("name", ["שירה לוי", "\u202eevil\u202c", "z\u0335\u0336" * 50, "\ud800half", "\x00\x1b[31m"])
def test_strange_names_stay_in_their_place(name):
    html = page(student=Student("ann", name), written={"question-1": name})
    html.encode("utf-8")  # half a surrogate pair would stop the run at writing
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e]", html)
    assert "<h1>Feedback for <bdi>" in html


def test_a_megabyte_is_bounded():
    big = "x" * 10**6
    evil = Verdict("radius_after", 0.0, 10.0, "error", big)
    html = page(evil, student=Student("ann", big), written={"question-1": big}, remarks=(big,) * 1000)
    assert len(html) < 100_000
    assert "and 970 more of this kind" in html


# --- nothing hidden -----------------------------------------------------------------------------------------------
HIDDEN_LINES = [line for source in HIDDEN.values() for line in source.splitlines() if "assert" in line]


@pytest.mark.parametrize("line", [*HIDDEN_LINES, SOLVED[1].splitlines()[-1].strip(), QUESTIONS[0].answer])
def test_a_message_that_gives_something_away_is_withheld(line):
    leak = Verdict("radius_after", 0.0, 10.0, "hidden_tests", f"your answer failed: {line}", human=f"see {line}")
    html = page(leak, remarks=(f"found {line}",))
    assert Words(html).text.count(WITHHELD) == 3
    assert_nothing_hidden(html, SMALL, solutions=SOLVED)


def test_a_traceback_is_withheld():
    said = (
        'Traceback (most recent call last): File "/x/checks/lesson_01.py", line 12, in reference return p / (p + q)'
    )
    html = page(Verdict("radius_after", 0.0, 10.0, "error", said))
    assert "Traceback" not in html
    assert WITHHELD in html


def test_the_students_own_right_answer_is_no_leak():
    html = page(written={"question-1": QUESTIONS[0].answer})
    assert QUESTIONS[0].answer.split(",")[0] in Words(html).text


def test_a_name_cannot_stop_the_page():
    name = SOLVED[1].splitlines()[-1].strip()  # as anybody can read it in the solved lesson
    assert name in Words(page(student=Student("ann", name))).text


def test_a_marker_may_quote_the_model_answer_but_no_hidden_test():
    marks = {"question-1": (2.0, QUESTIONS[0].answer), "question-2": (1.0, HIDDEN_LINES[0])}
    text = Words(page(marks=marks)).text
    assert QUESTIONS[0].answer in text
    assert HIDDEN_LINES[0] not in text


@pytest.mark.parametrize(
    "text",
    [
        HIDDEN_LINES[0],
        f"<p>{HIDDEN_LINES[1].replace('<', '&lt;')}</p>",
        "before  " + HIDDEN_LINES[0].replace(" ", "\n   ") + " after",
        QUESTIONS[1].answer.replace("'", "&#39;"),
        f"    {SOLVED[2].splitlines()[-1]}",
    ],
)
def test_the_guard_finds_it_however_it_is_set(text):
    with pytest.raises(GradingError, match="report this") as caught:
        assert_nothing_hidden(text, SMALL, solutions=SOLVED)
    assert HIDDEN_LINES[0] not in str(caught.value)


def test_the_guard_knows_what_everybody_was_given():
    # The hidden tests import torch, and so does the notebook that was handed out.
    assert any("import torch" in source for source in HIDDEN.values())
    assert_nothing_hidden("import torch; def radius_after(steps, eta, radius=1.0): x = 1", SMALL, solutions=SOLVED)


def test_the_guard_has_the_last_word():
    told = replace(SMALL, title=f"Title with {HIDDEN_LINES[0]}")
    with pytest.raises(GradingError, match="hidden test of optimal_discriminator"):
        feedback_page(ANN, [(told, graded(ANN), BOTH_MARKED)])


# --- how it looks -----------------------------------------------------------------------------------------------
def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_every_colour_of_text_has_the_contrast_of_wcag_aa(scheme):
    block = re.findall(r":root \{(.*?)\}", STYLE.read_text(), re.S)[scheme]
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block))
    for text in ("text", "soft", "accent", "good", "part", "bad", "person"):
        for ground in ("ground", "card"):
            light, dark = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)


@pytest.mark.browser
def test_on_a_phone_nothing_sticks_out_and_nothing_is_asked_for(tmp_path, chromium):
    long = Verdict("radius_after", 0.0, 10.0, "error", "x" * 300)
    (tmp_path / "page.html").write_text(
        page(long, student=Student("ann", "W" * 100), written={"question-1": "y" * 500}), encoding="utf-8"
    )
    tab = chromium.new_page(viewport={"width": 360, "height": 740}, color_scheme="dark")
    asked, said = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: said.append(message.text))
    tab.goto((tmp_path / "page.html").as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") == 360
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 29)"
    tab.close()
    assert asked == [(tmp_path / "page.html").as_uri()]
    assert said == []
