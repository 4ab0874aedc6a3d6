"""What the gradebook leaves is what nbgrader's own commands leave: they are run, with a real kernel, and compared."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from ganlab_grade.book import Gradebook, validate
from ganlab_grade.course import Assignment, Exercise, GradingError, Question, write_whole
from tests.ganlab_grade.book.courses import marked, rows, source_notebook
from tests.ganlab_grade.small_course import blank_notebook, small_assignment, solved_notebook
from tests.ganlab_grade.when import BOOK


def settings(grade_id: str, **changes) -> dict:
    flags = {"schema_version": 3, "grade": False, "solution": False, "locked": True, "task": False}
    return {"nbgrader": {**flags, "grade_id": grade_id, **changes}}


def trivial(answer: str, written: str) -> nbformat.NotebookNode:
    """One exercise, whose check shows the points an answer is worth, and one question."""
    check = "points = answer()\nassert points > 0\npoints"
    return new_notebook(
        metadata={"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
        cells=[
            new_markdown_cell("Give back 4.", id="text", metadata=settings("text")),
            new_code_cell(answer, id="answer", metadata=settings("answer", solution=True, locked=False)),
            new_code_cell(check, id="check", metadata=settings("check", grade=True, points=4.0)),
            new_markdown_cell(
                written, id="why", metadata=settings("why", grade=True, solution=True, locked=False, points=2.0)
            ),
        ],
    )


STUB = "# YOUR CODE HERE\nraise NotImplementedError()"
SUBMISSIONS = {  # student -> (answer, written answer, points)
    "perfect": ("def answer():\n    return 4.0", "Because.", 4.0),
    "partial": ("def answer():\n    return 1.5", "Perhaps.", 1.5),
    "blank": (STUB, "YOUR ANSWER HERE", 0.0),
}


def nbgrader(folder: Path, *arguments: str) -> None:
    """Run nbgrader's own command, as an instructor does."""
    scripts = str(Path(sys.executable).parent)  # where nbgrader looks for alembic
    place = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}", "JUPYTER_PLATFORM_DIRS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder,
        env=place,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.thorough(when=BOOK)
@pytest.mark.slow
def test_the_result_is_what_nbgrader_leaves(tmp_path):
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder in (ours, theirs):
        source = trivial("### BEGIN SOLUTION\ndef answer():\n    return 4.0\n### END SOLUTION", "Because.")
        write_whole(folder / "source/tiny/tiny.ipynb", nbformat.writes(source))
        (folder / "nbgrader_config.py").write_text("c = get_config()\n", encoding="utf-8")
    nbgrader(theirs, "generate_assignment", "tiny")
    release = nbformat.read(theirs / "release/tiny/tiny.ipynb", as_version=4)
    prepared = {}
    for student, (answer, written, _) in SUBMISSIONS.items():
        notebook = nbformat.from_dict(release)
        notebook.cells[1].source, notebook.cells[3].source = answer, written
        prepared[student] = nbformat.reads(nbformat.writes(notebook), as_version=4)
        write_whole(theirs / "submitted" / student / "tiny/tiny.ipynb", nbformat.writes(notebook))
        write_whole(theirs / "submitted" / student / "tiny/timestamp.txt", "2025-03-01 10:00:00.000000 UTC\n")
    nbgrader(theirs, "autograde", "tiny")
    nbgrader(theirs, "export")

    exercise = Exercise("answer", "Exercise 1", "tiny.answer", "answer", "check", 4.0)
    question = Question("why", "Question 1", "why", 2.0, "Why?", ((2.0, "because"),))
    assignment = Assignment("tiny", "Tiny", (exercise,), (question,), nbformat.writes(release), "digest")
    gradebook = Gradebook(ours)
    moment = datetime(2025, 3, 1, 10, tzinfo=UTC)
    for student, (_, _, points) in SUBMISSIONS.items():
        assert (
            gradebook.record(assignment, marked(assignment, student, points), prepared[student], timestamp=moment)
            == points
        )
    gradebook.export(ours / "grades.csv")

    assert rows(ours) == rows(theirs)
    # nbgrader leaves students without a name in the order in which they came.
    mine, real = (sorted((one / "grades.csv").read_text(encoding="utf-8").splitlines()) for one in (ours, theirs))
    assert mine == real
    for step in ("submitted", "autograded"):
        files = {path.relative_to(theirs) for path in (theirs / step).rglob("*") if path.is_file()}
        assert files == {path.relative_to(ours) for path in (ours / step).rglob("*") if path.is_file()}
        if step == "autograded":
            assert [(ours / path).stat().st_mode for path in files] == [
                (theirs / path).stat().st_mode for path in files
            ]
    for student in SUBMISSIONS:
        path = f"autograded/{student}/tiny/tiny.ipynb"
        mine, real = (nbformat.read(folder / path, as_version=4) for folder in (ours, theirs))
        for cell in real.cells:
            cell.metadata.pop("execution", None)  # when the kernel ran it
        assert [(one.id, one.cell_type, one.source, one.metadata) for one in mine.cells] == [
            (one.id, one.cell_type, one.source, one.metadata) for one in real.cells
        ]
        assert mine.metadata.kernelspec == real.metadata.kernelspec


def test_validate_is_nbgraders_own():
    for good in (
        blank_notebook(),
        solved_notebook(),
        source_notebook(),
        nbformat.reads(small_assignment().release, 4),
    ):
        validate(good)
    for damage, says in (
        (lambda cells: cells[4].metadata.nbgrader.pop("grade_id"), "does not have a grade_id"),
        (lambda cells: cells[4].metadata.nbgrader.update(grade_id="a b"), "does not match"),
        (lambda cells: cells[4].metadata.nbgrader.update(schema_version=2), "Outdated schema version: 2"),
        (lambda cells: cells[4].metadata.nbgrader.update(surprise=1), "'surprise' was unexpected"),
        (lambda cells: cells[5].metadata.nbgrader.pop("points"), "does not have points"),
        (lambda cells: cells[-2].metadata.nbgrader.update(solution=False), "not marked as a solution cell"),
        (lambda cells: cells.append(cells[0]), "Duplicate grade id"),
        (
            lambda cells: cells[5].metadata.nbgrader.update(cell_type="markdown"),
            "is code, and its metadata says markdown",
        ),
        (lambda cells: cells[5].update(outputs="none"), "'none' is not of type 'array'"),
    ):
        notebook = blank_notebook()
        damage(notebook.cells)
        with pytest.raises(GradingError, match=says):
            validate(notebook)
