"""A class marked by one command: every submission comes to a mark or a named reason, and a second run finds its way."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from ganlab_grade.cli import DONE, FAILED, NEED_A_PERSON, main
from ganlab_grade.course import GradingError, grade_from_json, read_course
from ganlab_grade.intake import find_submissions
from ganlab_grade.intake.scan import Place
from ganlab_grade.precheck.read import cells_from_json, read_cells
from ganlab_grade.run import Run, Task, course_seed, name_lessons, run_tasks
from tests.ganlab_grade.book.courses import course_folder, stored
from tests.ganlab_grade.marked import ANN, graded
from tests.ganlab_grade.small_course import (
    HIDDEN,
    LESSON,
    SOLUTIONS,
    blank_notebook,
    small_assignment,
    solved_notebook,
)
from tests.ganlab_grade.when import RUN

PATIENT = ["--jobs", "2", "--seconds", "120"]


def hand_in(folder: Path, student: str, notebook, name: str = f"{LESSON}.ipynb") -> Path:
    path = folder / student / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notebook if isinstance(notebook, str) else nbformat.writes(notebook), encoding="utf-8")
    return path


def with_answer(cell: str, source: str):
    notebook = solved_notebook()
    next(one for one in notebook.cells if one.id == cell).source = source
    return notebook


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    """A small class, marked once: (folder, exit status)."""
    root = tmp_path_factory.mktemp("class")
    course_folder(root / "course")
    submissions = root / "submissions"
    hand_in(submissions, "ada", solved_notebook(), "my homework.ipynb")  # its content says which lesson it is
    hand_in(submissions, "bob", blank_notebook())
    hand_in(submissions, "cem", with_answer("radius-after-answer", "import os\nos._exit(0)"))
    hand_in(submissions, "dee", "{ this is no notebook")
    hand_in(submissions, "eve", '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "other.ipynb")
    hand_in(submissions, "=cmd|' /C calc'!A0", "{ nor is this")
    return root, grade(root)


def grade(root: Path, *more: str) -> int:
    options = ["--course", str(root / "course"), "--out", str(root / "grades"), *PATIENT, *more]
    return main([str(root / "submissions"), *options])


def result(root: Path, student: str):
    return grade_from_json((root / "grades" / "results" / student / f"{LESSON}.json").read_text(encoding="utf-8"))


@pytest.mark.slow
def test_every_submission_has_its_mark_or_its_reason(marked):
    root, status = marked
    assert status == NEED_A_PERSON
    assert [one.points for one in result(root, "ada").verdicts] == [5, 10, 15]
    assert (result(root, "ada").points, result(root, "ada").human) == (30, ())
    assert (result(root, "bob").points, result(root, "bob").human) == (0, ())
    assert [one.rung for one in result(root, "cem").verdicts] == ["passed", "died", "passed"]
    assert result(root, "cem").points == 20
    assert result(root, "cem").human
    assert (result(root, "dee").points, len(result(root, "dee").human)) == (0, 1)
    assert "eve" in (root / "grades" / "problems.txt").read_text()


@pytest.mark.slow
def test_the_gradebook_holds_the_same_marks(marked):
    root, _ = marked
    for student in ("ada", "bob", "cem"):
        scores = stored(root / "course", student)
        verdicts = result(root, student).verdicts
        assert [scores[f"{one.exercise.replace('_', '-')}-check"][0] for one in verdicts] == [
            one.points for one in verdicts
        ]


@pytest.mark.slow
def test_the_tables_say_the_same_and_no_cell_is_a_formula(marked):
    root, _ = marked
    files = sorted((root / "grades").rglob("*.csv"))
    assert {path.name for path in files} == {"grades.csv", "canvas.csv", "similar.csv", f"{LESSON}.csv"}
    for path in files:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            assert not [cell for row in csv.reader(stream) for cell in row if cell[:1] in ("=", "@", "+")]
    with (root / "grades" / "grades.csv").open(newline="") as stream:
        scores = {row["student_id"]: float(row["raw_score"] or 0) for row in csv.DictReader(stream)}
    assert (scores["ada"], scores["bob"], scores["cem"]) == (30, 0, 20)


@pytest.mark.slow
def test_nothing_hidden_is_in_what_students_get(marked):
    root, _ = marked
    pages = sorted((root / "grades" / "feedback").glob("*.html"))
    assert len(pages) == 6
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for source in (*HIDDEN.values(), *SOLUTIONS.values()):
            body = [line.strip() for line in source.splitlines()[2 if source.startswith("def") else 0 :]]
            assert not [line for line in body if len(line) > 12 and line in text]
        assert "Traceback" not in text


@pytest.mark.slow
def test_a_second_run_marks_nothing_that_has_not_changed(marked, capsys):
    root, _ = marked
    before = {path: path.read_bytes() for path in (root / "grades" / "results").rglob("*.json")}
    grade(root)
    assert "0 marked, 5 kept" in capsys.readouterr().out
    assert before == {path: path.read_bytes() for path in (root / "grades" / "results").rglob("*.json")}


@pytest.mark.slow
@pytest.mark.thorough(when=RUN)
def test_a_second_run_marks_what_has_changed(marked, capsys):
    root, _ = marked
    before = {path: path.read_bytes() for path in (root / "grades" / "results").rglob("*.json")}
    hand_in(root / "submissions", "bob", solved_notebook())
    grade(root)
    assert "1 marked, 4 kept" in capsys.readouterr().out
    assert result(root, "bob").points == 30
    assert stored(root / "course", "bob")["radius-after-check"][0] == 10
    hand_in(root / "submissions", "bob", blank_notebook())
    grade(root)
    after = {path: path.read_bytes() for path in (root / "grades" / "results").rglob("*.json")}
    same = [json.loads(before[path])["verdicts"] == json.loads(after[path])["verdicts"] for path in before]
    assert all(same), "the same files, the same marks"


def test_what_is_missing_is_said_in_a_sentence(tmp_path, capsys):
    assert main([str(tmp_path), "--course", str(tmp_path / "none")]) == FAILED
    assert "make assignments" in capsys.readouterr().err
    course_folder(tmp_path / "course")
    assert (
        main([str(tmp_path / "none"), "--course", str(tmp_path / "course"), "--out", str(tmp_path / "out")]) == FAILED
    )
    assert str(tmp_path / "none") in capsys.readouterr().err
    assert main([str(tmp_path), "--course", str(tmp_path / "course"), "--only", "77"]) == FAILED
    assert "77" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert main([str(tmp_path / "empty"), "--course", str(tmp_path / "course"), "--out", str(tmp_path / "out")]) in (
        DONE,
        NEED_A_PERSON,
    )


def test_a_file_without_a_telling_name_is_read_once_and_parsed_once(tmp_path, monkeypatch):
    """Its cells are handed on to the marking, which gets the digest, and no bytes to parse a second time."""
    read: list[Place] = []
    place_read = Place.read
    monkeypatch.setattr(Place, "read", lambda place, *more: read.append(place) or place_read(place, *more))
    course_folder(tmp_path / "course")
    path = hand_in(tmp_path / "submissions", "ada", solved_notebook(), "my homework.ipynb")
    hand_in(tmp_path / "submissions", "bob", solved_notebook())
    assignments = read_course(tmp_path / "course")
    found = find_submissions(tmp_path / "submissions", list(assignments)).submissions
    named, problems = name_lessons(found, assignments, tmp_path / "out")
    assert (problems, [one.student for one in named]) == ([], ["ada", "bob"])
    run = Run(tmp_path / "course", assignments, tmp_path / "out", sandbox=None, limits=None, patience=None)
    (nameless, cells), (told, data) = (run._job(submission) for submission in named)
    assert cells_from_json(cells.read_text(encoding="utf-8")) == read_cells(path.read_bytes())
    assert data == path.read_bytes()
    assert nameless.digest == told.digest
    assert sorted(place.path.parent.name for place in read) == ["ada", "bob"]


def test_what_an_earlier_run_found_in_a_file_is_not_believed_of_another(tmp_path):
    course_folder(tmp_path / "course")
    assignments = read_course(tmp_path / "course")
    for text, known in ((nbformat.writes(solved_notebook()), 1), ("{ this is no notebook", 0)):
        hand_in(tmp_path / "submissions", "ada", text, "my homework.ipynb")
        found = find_submissions(tmp_path / "submissions", list(assignments)).submissions
        named, problems = name_lessons(found, assignments, tmp_path / "out")
        assert (len(named), len(problems)) == (known, 1 - known)


def test_the_seed_is_made_once(tmp_path):
    assert course_seed(tmp_path) == course_seed(tmp_path)


def good(path: str) -> None:
    Path(path).write_text("done")


def bad(path: str) -> None:
    os._exit(7)


def endless(path: str) -> None:
    time.sleep(1000)


def test_a_task_that_dies_or_never_ends_stops_no_other(tmp_path):
    functions = [good, bad, endless, good, bad]
    seconds = {endless: 3.0}
    tasks = [Task(str(n), one, (str(tmp_path / str(n)),), seconds.get(one, 100.0)) for n, one in enumerate(functions)]
    found = dict(run_tasks(tasks, jobs=2))
    assert found == {0: "", 1: "ended with exit code 7", 2: "took too long", 3: "", 4: "ended with exit code 7"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "3"]


@pytest.mark.slow
@pytest.mark.thorough(when=RUN)
def test_a_run_that_is_killed_goes_on_where_it_stopped(tmp_path, capsys):
    course_folder(tmp_path / "course")
    for number in range(4):
        hand_in(tmp_path / "submissions", f"s{number}", solved_notebook())
    command = [sys.executable, "-m", "ganlab_grade.cli", "submissions", "--jobs", "1"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    results = tmp_path / "grades" / "results"
    until = time.monotonic() + 120
    while not list(results.rglob("*.json")) and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = len(list(results.rglob("*.json")))
    assert 1 <= kept < 4
    assert grade(tmp_path) == DONE
    said = capsys.readouterr().out
    assert f"{4 - kept} marked, {kept} kept" in said
    assert [stored(tmp_path / "course", f"s{n}")["radius-after-check"][0] for n in range(4)] == [10] * 4


def test_names_and_archives_of_all_sorts_keep_nobody_from_marks_and_feedback(tmp_path, capsys, monkeypatch):
    """G1, G3, G4: no Unicode, escape characters, damage that zipfile does not know, a table that cannot be made."""
    course_folder(tmp_path / "course")
    submissions = tmp_path / "submissions"
    hand_in(submissions, "ada", solved_notebook())
    hand_in(submissions, os.fsdecode(b"caf\xe9"), solved_notebook(), os.fsdecode(b"\xff\x1b[31m.ipynb"))
    hand_in(submissions, "eve\u202e\x1b[2Jeve", "{ no notebook", os.fsdecode(b"\xff\x1b[31m.ipynb"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr(f"{LESSON}.ipynb", nbformat.writes(solved_notebook()))
    data = bytearray(packed.getvalue())
    # Inside the compressed data, behind the header of the entry and the properties of LZMA.
    data[100:140] = b"\xff" * 40
    (submissions / "bob.zip").write_bytes(data)

    def refuse(*arguments, **keywords):
        raise GradingError("expected students that can be told apart")

    monkeypatch.setattr("ganlab_grade.report.outputs.canvas_csv", refuse)
    assert grade(tmp_path) == NEED_A_PERSON
    out = tmp_path / "grades"
    people = {one.student: one.display for one in find_submissions(submissions, [LESSON]).submissions}
    assert {path.stem for path in (out / "feedback").iterdir()} == people.keys()
    with (out / "grades.csv").open(encoding="utf-8") as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert sorted(scores.values())[-2:] == [scores["ada"]] * 2, "and as many for who has a name that is no Unicode"
    assert scores["ada"] > 0
    said = capsys.readouterr().out + (out / "problems.txt").read_text(encoding="utf-8")
    assert "canvas.csv is not written: expected students that can be told apart" in said
    assert "the file cannot be read" in (out / "report.html").read_text(encoding="utf-8"), "of bob"
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e\ud800-\udfff]", said)
    pages = "".join(path.read_text(encoding="utf-8") for path in [*out.glob("feedback/*.html"), out / "report.html"])
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", pages)


@pytest.mark.parametrize(
    "error", [ValueError("odd\n\x1b[2J\ud800"), OSError(28, "No space"), RecursionError(), KeyError("cells")]
)
def test_one_notebook_that_the_gradebook_cannot_take_stops_no_other(error, tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise error

    monkeypatch.setattr(nbformat, "read", refuse)
    run = Run.__new__(Run)
    run.gradebook = SimpleNamespace(record=refuse)
    job = SimpleNamespace(
        result=tmp_path / "a.json", digest="d", assignment=small_assignment(), notebook=tmp_path / "a.ipynb"
    )
    found = run._recorded(job, graded(ANN))
    (said,) = found.human
    assert said.startswith(f"not in the gradebook: {type(error).__name__}")
    said.encode()
    assert said.isprintable()
