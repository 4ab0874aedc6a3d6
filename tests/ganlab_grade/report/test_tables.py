"""Tables for Canvas and Moodle, read back as the platforms' own importers read them."""

import csv
import io
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab_grade.course import GradingError
from ganlab_grade.report.marks import Student, total
from ganlab_grade.report.tables import canvas_csv, moodle_csv
from ganlab_grade.text import plain
from tests.ganlab_grade.marked import ANN, BOB, BOTH_MARKED, CYD, PADDING, graded
from tests.ganlab_grade.small_course import LESSON, small_assignment

SMALL = small_assignment()
KEY = ("ann", LESSON)


def rows(text):
    return list(csv.reader(io.StringIO(text)))


def canvas_import(text):
    """What canvas-lms's gradebook_importer.rb finds: {student's number or login: {assignment: mark}}, points."""
    header, *body = rows(text)
    assert "Student" in header[0]
    assert "ID" in header[1]
    assert re.search(r"SIS\s+User\s+ID", header[2])
    assert re.search(r"SIS\s+Login\s+ID", header[3])
    assert "Section" in header[4]
    sums = re.compile("Current Score|Current Points|Current Grade|Final Score|Final Points|Final Grade|Override")
    columns = [at for at, name in enumerate(header) if at > 4 and not sums.search(name)]
    possible, marks = {}, {}
    for row in body:
        if "Points Possible" in row[0]:
            possible = {header[at]: float(row[at]) for at in columns}
        else:
            marks[row[1] or row[3] or row[0]] = {header[at]: row[at].strip() for at in columns}
    return marks, possible


def moodle_import(text, maximum):
    """What mod/assign/feedback/offline takes over: {participant's number: mark}, {number: comments}."""
    header, *body = rows(text)
    at = {name: header.index(name) for name in ("Identifier", "Grade", "Last modified (grade)", "Feedback comments")}
    marks, comments = {}, {}
    for row in body:
        if not row[at["Identifier"]].startswith("Participant "):
            continue
        number = int(row[at["Identifier"]][len("Participant ") :])
        grade = row[at["Grade"]]
        if grade and 0 <= float(grade) <= maximum:
            marks[number] = float(grade)
        if row[at["Feedback comments"]]:
            comments[number] = row[at["Feedback comments"]]
    return marks, comments


def test_canvas_reads_the_marks():
    results = [graded(ANN), graded(BOB, PADDING)]
    manual = {KEY: BOTH_MARKED, ("bob", LESSON): BOTH_MARKED}
    marks, possible = canvas_import(canvas_csv([BOB, CYD, ANN], [SMALL], results, manual))
    assert possible == {"A small course": 40.0}
    assert marks == {
        "101": {"A small course": "39.5"},
        "102": {"A small course": "31.83"},  # 7.333 + 15 + 9.5, to the hundredth
        "103": {"A small course": ""},
    }


def test_moodle_reads_the_marks_and_the_comments():
    results = [graded(ANN), graded(BOB, PADDING)]
    manual = {KEY: BOTH_MARKED, ("bob", LESSON): BOTH_MARKED}
    text = moodle_csv(SMALL, [BOB, CYD, ANN], results, manual)
    marks, comments = moodle_import(text, SMALL.points)
    assert marks == {101: 39.5, 102: 31.83}
    assert "Exercise 3 (hard): 7.33 of 15. padding is cut off at both ends" in comments[102]
    assert "Say where D(G(z)) lies." in comments[101]
    assert 103 not in comments
    status = {row[1]: row[3] for row in rows(text)}
    assert status["Cyd Oak"] == "Nothing handed in"
    assert rows(text)[1][2] == "ann@example.org"


@pytest.mark.parametrize(
    "manual",
    [
        {},
        {KEY: {}},
        {KEY: {"question-1": (4.0, "")}},
        {KEY: {**BOTH_MARKED, "question-2": (None, "to be talked about")}},
    ],
)
def test_an_open_question_leaves_the_mark_empty_and_says_so(manual):
    marks, _ = canvas_import(canvas_csv([ANN], [SMALL], [graded(ANN)], manual))
    assert marks["101"]["A small course"] == ""
    text = moodle_csv(SMALL, [ANN], [graded(ANN)], manual)
    assert moodle_import(text, 40) == ({}, {})
    assert "Waiting for a person" in rows(text)[1][3]
    assert "question-2" in rows(text)[1][3]


def test_an_exercise_that_was_not_examined_leaves_the_mark_empty():
    cut = replace(graded(ANN), verdicts=graded(ANN).verdicts[:2], human=("the file is not a notebook",))
    text = moodle_csv(SMALL, [ANN], [cut], {KEY: BOTH_MARKED})
    assert moodle_import(text, 40)[0] == {}
    assert rows(text)[1][3] == "Waiting for a person: conv_transpose_size; the file is not a notebook"


def test_a_mark_of_nothing_is_a_mark():
    nothing = {KEY: {"question-1": (0.0, ""), "question-2": (0.0, "")}}
    zero = [replace(one, points=0.0, rung="missing") for one in graded(ANN).verdicts]
    text = canvas_csv([ANN], [SMALL], [graded(ANN, *zero)], nothing)
    assert canvas_import(text)[0]["101"]["A small course"] == "0"


def test_a_persons_mark_of_an_exercise_is_the_last_word():
    doubtful = replace(PADDING, human="it ran out of time three times")
    result = graded(ANN, doubtful, human=("a strange file",))
    before = total(SMALL, result, BOTH_MARKED)
    assert before.points == 31.833
    assert before.look == ("a strange file", "conv_transpose_size: it ran out of time three times")
    after = total(SMALL, result, {**BOTH_MARKED, "conv_transpose_size": (12.0, "")})
    assert (after.points, after.look) == (36.5, ())


HOSTILE_NAMES = [
    "=1+1",
    "\ud800=1",
    "+49 170",
    "-2",
    "@SUM(A1)",
    " =1",
    "\t=1",
    "\r\n=1",
    "＝1",
    "\x00=1",
    "\u202e=1",
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_no_cell_is_a_formula(name):
    student = Student("ann", name, name, email=name, section=name)
    manual = {KEY: {**BOTH_MARKED, "question-1": (1.0, name)}}
    for text in (
        canvas_csv([student], [SMALL], [graded(ANN)], manual),
        moodle_csv(SMALL, [student], [graded(ANN)], manual),
    ):
        (*cells,) = rows(text)[-1]
        starts = {cell.lstrip()[:1] for cell in cells if cell != "-"}
        assert not starts & set("=+-@＝＋－＠"), cells


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_the_name_the_row_stays_a_row(name, comment):
    student = Student("ann", name, "101")
    manual = {KEY: {**BOTH_MARKED, "question-1": (1.0, comment)}}
    canvas = rows(canvas_csv([student], [SMALL], [graded(ANN)], manual))
    assert [len(row) for row in canvas] == [6, 6, 6]
    shown = plain(name) or "ann"
    assert canvas[2][0] in (shown, f"'{shown}")
    moodle = rows(moodle_csv(SMALL, [student], [graded(ANN)], manual))
    assert [len(row) for row in moodle] == [10, 10]
    moodle_csv(SMALL, [student], [graded(ANN)], manual).encode("utf-8")


@pytest.mark.parametrize("name", ['O"Neil, "Zoë"', "李小龙", "محمد العربي", "Nguyễn Thị Ánh", "नेहा", "👩‍🔬 Ada"])
def test_unicode_names_are_kept(name):
    student = replace(ANN, display=name)
    assert rows(canvas_csv([student], [SMALL], []))[2][0] == name
    assert rows(moodle_csv(SMALL, [student], []))[1][1] == name


def test_a_name_of_a_megabyte_is_bounded():
    assert len(canvas_csv([replace(ANN, display="x" * 10**6)], [SMALL], [])) < 1000


def test_the_comments_are_html_and_hold_no_markup_of_a_student():
    manual = {KEY: {**BOTH_MARKED, "question-1": (1.0, "<b>a < b</b>")}}
    evil = replace(PADDING, message="got <script>alert(1)</script> & more")
    comments = moodle_import(moodle_csv(SMALL, [ANN], [graded(ANN, evil)], manual), 40)[1][101]
    assert set(re.findall("<[^>]*>", comments)) == {"<br>"}
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in comments


def test_the_comments_give_no_hidden_test_away():
    leak = replace(PADDING, rung="hidden_tests", message="assert conv_transpose_size(7, 5, 3, 2) == 19")
    text = moodle_csv(SMALL, [ANN], [graded(ANN, leak)], {KEY: BOTH_MARKED})
    assert "conv_transpose_size(7" not in text


def test_the_order_of_the_input_does_not_matter():
    results = [graded(ANN), graded(BOB)]
    other = replace(SMALL, lesson="01_other", title="Other")
    one = canvas_csv([ANN, BOB], [SMALL, other], results)
    assert one == canvas_csv([BOB, ANN], [other, SMALL], results[::-1])
    assert rows(one)[0][5:] == ["Other", "A small course"]


def test_logins_go_to_their_own_column_and_headers_can_be_canvas_own():
    text = canvas_csv([replace(ANN, platform_id="alee")], [SMALL], [], headers={LESSON: "Small (777)"})
    assert rows(text)[2][:5] == ["Ann Lee", "", "", "alee", ""]
    assert rows(text)[0][5] == "Small (777)"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: canvas_csv([ANN], [SMALL], [graded(BOB)]), "bob, who is not among the 1 students"),
        (lambda: canvas_csv([ANN], [SMALL], [graded(ANN), graded(ANN)]), "two of ann"),
        (lambda: canvas_csv([ANN], [SMALL], [replace(graded(ANN), lesson="99_else")]), "99_else"),
        (lambda: canvas_csv([ANN, replace(BOB, platform_id="101")], [SMALL], []), "platform id '101'"),
        (lambda: canvas_csv([Student("a", "Wei"), Student("b", "Wei")], [SMALL], []), "name 'Wei'"),
        (lambda: canvas_csv([ANN], [replace(SMALL, title="Final Score of GANs")], []), "'Final Score' for itself"),
        (lambda: canvas_csv([ANN], [SMALL, replace(SMALL, lesson="01")], []), "different column header"),
        (lambda: canvas_csv([ANN], [SMALL], [graded(ANN)], {KEY: {"question-9": (1.0, "")}}), "one of question-9"),
        (lambda: canvas_csv([ANN], [SMALL], [graded(ANN)], {KEY: {"question-1": (float("nan"), "")}}), "got nan"),
    ],
)
def test_what_does_not_fit_is_said_in_a_sentence(call, words):
    with pytest.raises(GradingError, match=re.escape(words)):
        call()


def test_moodle_does_not_mind_equal_names():
    text = moodle_csv(SMALL, [Student("a", "Wei", "1"), Student("b", "Wei", "2")], [])
    assert [row[0] for row in rows(text)[1:]] == ["Participant 1", "Participant 2"]
