"""The gradebook holds exactly the verdicts, keeps what a person decided, and runs nothing."""

import csv
import logging
import os
import shutil
import sqlite3
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook as Database
from nbgrader.preprocessors import Execute
from sqlalchemy import event
from sqlalchemy.engine import Engine
from traitlets.config import Application

from ganlab_grade.book import Gradebook
from tests.ganlab_grade.book.courses import change, course_folder, marked, stored
from tests.ganlab_grade.small_course import LESSON, blank_notebook, solved_notebook
from tests.ganlab_grade.when import BOOK

CHECKS = ("optimal-discriminator-check", "radius-after-check", "conv-transpose-size-check")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    (assignment,) = course_folder(folder)
    Gradebook(folder).sync(assignment)
    return folder, assignment


@pytest.fixture
def course(template, tmp_path):
    """A course folder of one's own, its assignment, its gradebook."""
    folder = tmp_path / "course"
    shutil.copytree(template[0], folder)
    return folder, template[1], Gradebook(folder)


def table(path: Path) -> dict[str, dict[str, str]]:
    """A written grades.csv by student; every row has every column."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert all(None not in row and None not in row.values() for row in rows)
    return {row["student_id"]: row for row in rows}


@pytest.mark.parametrize(
    "points",
    [(5.0, 10.0, 15.0), (0.0, 0.0, 0.0), (3.333, 0.1, 14.999), (5.0, 0.0, 7.5), (0.1 + 0.2, 10 / 3, 1e-9)],
)
def test_the_gradebook_holds_exactly_the_verdicts(course, points):
    folder, assignment, gradebook = course
    graded = marked(assignment, "ada", *points)
    assert gradebook.record(assignment, graded, solved_notebook()) == graded.points
    held = stored(folder, "ada")
    assert {name: held[name] for name in CHECKS} == {
        name: (got, None, 0) for name, got in zip(CHECKS, points, strict=True)
    }
    assert held["question-1"] == held["question-2"] == (None, None, 1)  # answered: a person has to read them


def test_the_marked_notebook_says_what_was_found(course):
    folder, assignment, gradebook = course
    hostile = "value \x1b[31m<b>red</b>\n\ud800" + "x" * 5000
    gradebook.record(assignment, marked(assignment, "ada", 5.0, 2.5, 0.0, message=hostile), solved_notebook())
    path = folder / "autograded/ada" / LESSON / f"{LESSON}.ipynb"
    cells = {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}
    full, partial, none = (cells[name].outputs for name in CHECKS)
    assert [one.output_type for one in full] == ["stream"]
    assert [one.get("name") or one.data["text/plain"] for one in partial] == ["stdout", "2.5"]
    assert none[1].data["text/plain"] == "0.0"
    assert none[0].text.startswith("0 of 15 points. value [31m<b>red</b> xxx")
    assert len(none[0].text) <= 501
    assert "BEGIN HIDDEN TESTS" in cells["radius-after-check"].source  # nbgrader's form, for the instructor alone
    assert "HIDDEN" not in (folder / "submitted/ada" / LESSON / f"{LESSON}.ipynb").read_text(encoding="utf-8")


def test_no_code_of_a_submission_runs_and_the_process_stays_as_it_was(course, tmp_path, monkeypatch):
    _, assignment, gradebook = course
    notebook = solved_notebook()
    for place in range(0, len(notebook.cells) + 1, 4):
        notebook.cells.insert(place, new_code_cell(id=f"own-{place}"))
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code):
        cell.source = f"open({str(tmp_path / f'ran-{number}')!r}, 'w')"
    assert len(code) > len(CHECKS) * 2

    def started(*args, **kwargs):
        raise AssertionError("a process was started")

    for owner, name in ((subprocess, "Popen"), (os, "fork"), (os, "posix_spawn"), (os, "chdir")):
        monkeypatch.setattr(owner, name, started)
    monkeypatch.setattr(Execute, "preprocess", started)
    monkeypatch.setenv("NBGRADER_EXECUTION", "mine")
    monkeypatch.setattr(sys, "argv", ["ganlab-grade"])

    def surroundings():
        root = logging.getLogger()
        return (os.getcwd(), dict(os.environ), list(sys.argv), list(sys.path), root.level, list(root.handlers))

    before = surroundings()
    assert gradebook.record(assignment, marked(assignment, "eve", 0.0, 0.0, 0.0), notebook) == 0.0
    assert not list(tmp_path.glob("ran-*"))
    assert surroundings() == before
    assert not Application.initialized()


@pytest.mark.parametrize(
    "steps",
    [
        ["nbgrader.preprocessors.Execute", "nbgrader.preprocessors.SaveAutoGrades"],
        ["nbconvert.preprocessors.ExecutePreprocessor", "nbgrader.preprocessors.SaveAutoGrades"],
        ["nbgrader.preprocessors.SaveAutoGrades"],
    ],
)
def test_the_courses_settings_can_neither_execute_nor_give_marks_away(course, tmp_path, steps):
    folder, assignment, _ = course
    with (folder / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write(f"c.Autograde.autograde_preprocessors = {steps}\nc.ExecutePreprocessor.enabled = True\n")
    notebook = solved_notebook()
    notebook.cells.insert(0, new_code_cell(f"open({str(tmp_path / 'ran')!r}, 'w')", id="own"))
    Gradebook(folder).record(assignment, marked(assignment, "eve", 0.0, 2.0, 0.0), notebook)
    assert [stored(folder, "eve")[name][0] for name in CHECKS] == [0.0, 2.0, 0.0]
    assert not (tmp_path / "ran").exists()


def test_what_a_person_decided_survives_being_marked_again(course):
    folder, assignment, gradebook = course
    gradebook.record(assignment, marked(assignment, "ada", 5.0, 2.5, 0.0), solved_notebook())
    assert gradebook.manual(assignment, "ada") == {"question-1": (None, ""), "question-2": (None, "")}
    with Database(f"sqlite:///{folder / 'gradebook.db'}") as database:  # as the formgrader writes
        grade = database.find_grade("question-1", LESSON, LESSON, "ada")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 3.5, 0.25, False
        database.find_comment("question-1", LESSON, LESSON, "ada").manual_comment = "Say <why>, too."
        database.find_comment("radius-after-answer", LESSON, LESSON, "ada").manual_comment = "Neat."
        database.db.commit()
    decided = {"question-1": (3.75, "Say <why>, too."), "question-2": (None, "")}
    assert gradebook.manual(assignment, "ada") == decided
    assert gradebook.record(assignment, marked(assignment, "ada"), solved_notebook()) == 30.0
    assert gradebook.manual(assignment, "ada") == decided
    assert stored(folder, "ada")["question-1"] == (None, 3.5, 1)  # nbgrader: have another look, the answer may be new
    assert stored(folder, "ada")["radius-after-check"] == (10.0, None, 0)
    with Database(f"sqlite:///{folder / 'gradebook.db'}") as database:
        assert database.find_comment("radius-after-answer", LESSON, LESSON, "ada").comment == "Neat."


def test_a_blank_answer_is_closed_with_nothing(course):
    _, assignment, gradebook = course
    gradebook.record(assignment, marked(assignment, "bob", 0.0, 0.0, 0.0), blank_notebook())
    assert gradebook.manual(assignment, "bob") == dict.fromkeys(("question-1", "question-2"), (0.0, "No response."))
    assert gradebook.manual(assignment, "nobody") == dict.fromkeys(("question-1", "question-2"), (None, ""))
    gradebook.record(assignment, marked(assignment, "bob", 0.0, 0.0, 0.0), solved_notebook())
    assert gradebook.manual(assignment, "bob")["question-1"] == (None, "")


def test_lateness_is_nbgraders_and_leaves_the_points_alone(course):
    folder, assignment, _ = course
    with (folder / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write("c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    change(folder, "update assignment set duedate = '2025-01-10 12:00:00.000000'")
    gradebook = Gradebook(folder)
    late = datetime.fromisoformat("2025-01-10T13:00:01+01:00")
    for student, moment in (("late", late), ("early", datetime(2025, 1, 10, 12, 0, 0))):
        assert gradebook.record(assignment, marked(assignment, student), solved_notebook(), timestamp=moment) == 30.0
    gradebook.export(folder / "grades.csv")
    rows = table(folder / "grades.csv")
    assert (rows["late"]["raw_score"], rows["late"]["score"]) == ("30.0", "0.0")
    assert (rows["early"]["raw_score"], rows["early"]["score"]) == ("30.0", "30.0")
    assert rows["late"]["timestamp"] == "2025-01-10 12:00:01"
    gradebook.record(assignment, marked(assignment, "late"), solved_notebook())  # no time given: the known one stays
    assert "12:00:01" in (folder / "submitted/late" / LESSON / "timestamp.txt").read_text(encoding="utf-8")


def test_names_that_are_patterns_or_formulas_stay_themselves(course):
    folder, assignment, gradebook = course
    students = ["*", "a[bc]", "ab", "=1+1", 'Zoë, O\'Hara "Z"', "{x}"]
    for place, student in enumerate(students):
        gradebook.record(assignment, marked(assignment, student, float(place), 0.0, 0.0), blank_notebook())
    for place, student in enumerate(students):
        assert stored(folder, student)[CHECKS[0]][0] == float(place), student
    gradebook.set_names({"ab": ("@SUM(A1)", "Lee,\r\nAnn", "a@b.org", "77"), "new": ("", "Only", "", "")})
    gradebook.set_names({"ab": ("", "", "", "78")})
    gradebook.export(folder / "out/grades.csv")
    rows = table(folder / "out/grades.csv")
    assert sorted(rows) == sorted([*students[:3], "'=1+1", *students[4:], "new"])
    assert (rows["ab"]["first_name"], rows["ab"]["last_name"], rows["ab"]["raw_score"]) == (
        "'@SUM(A1)",
        "Lee, Ann",
        "2.0",
    )
    assert (rows["new"]["last_name"], rows["new"]["score"], rows["new"]["max_score"]) == ("Only", "0.0", "40.0")
    with Database(f"sqlite:///{folder / 'gradebook.db'}") as database:
        assert database.find_student("ab").lms_user_id == "78"
    assert [path.name for path in (folder / "out").iterdir()] == ["grades.csv"]


def work(gradebook, assignment, student) -> tuple[int, int]:
    """What one record() asks of the database: statements, and hundreds of steps of its machine."""
    counts = [0, 0]

    def statement(*args):
        counts[0] += 1

    def step():
        counts[1] += 1

    def connected(connection, record):
        connection.set_progress_handler(step, 100)

    event.listen(Engine, "before_cursor_execute", statement)
    event.listen(Engine, "connect", connected)
    try:
        gradebook.record(assignment, marked(assignment, student), solved_notebook())
    finally:
        event.remove(Engine, "before_cursor_execute", statement)
        event.remove(Engine, "connect", connected)
    return counts[0], counts[1]


@pytest.mark.thorough(when=BOOK)
def test_a_submission_costs_the_same_in_a_large_class(course):
    folder, assignment, gradebook = course
    for student in ("a", "b"):
        gradebook.record(assignment, marked(assignment, student), solved_notebook())
    small = work(gradebook, assignment, "in a small class")
    with Database(f"sqlite:///{folder / 'gradebook.db'}") as database, database.db.no_autoflush:
        for number in range(60):
            database.update_or_create_student(f"s{number}")
            database.update_or_create_submission(LESSON, f"s{number}")
    large = work(gradebook, assignment, "in a large class")
    assert large[0] == small[0]
    # nbgrader's joins walk the grades of a cell: a few hundred steps a student, of which SQLite does some ten million
    # a second. A query that loads a class's rows costs thousands each.
    assert large[1] - small[1] <= 60 * 4, (small, large)


@pytest.mark.thorough(when=BOOK)
def test_many_records_leave_nothing_behind(course):
    folder, assignment, gradebook = course
    handles, loggers = [], []
    for number in range(12):
        gradebook.record(assignment, marked(assignment, f"s{number % 3}"), solved_notebook())
        handles.append(len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0)
        loggers.append(len(logging.root.manager.loggerDict))
    assert handles[-1] == handles[2]
    assert loggers[-1] == loggers[2]
    database = sqlite3.connect(folder / "gradebook.db")
    assert database.execute("select count(*) from grade").fetchone() == (15,)
    database.close()
