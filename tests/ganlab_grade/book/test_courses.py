"""A gradebook and its course folder: what it learns from it, and what it refuses to open."""

import sqlite3

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell

from ganlab_grade.book import Gradebook
from ganlab_grade.course import Assignment, GradingError, write_whole
from tests.ganlab_grade.book.courses import change, course_folder, marked, rows, source_notebook, stored
from tests.ganlab_grade.small_course import LESSON, blank_notebook, solved_notebook


@pytest.fixture
def course(tmp_path):
    (assignment,) = course_folder(tmp_path)
    return tmp_path, assignment


def test_the_gradebook_learns_the_cells_once_and_leaves_the_release_alone(course, monkeypatch):
    folder, assignment = course
    monkeypatch.setenv("PATH", "/nowhere")  # nbgrader would look for a command, alembic
    write_whole(folder / "release" / LESSON / f"{LESSON}.ipynb", "as handed out")
    Gradebook(folder).sync(assignment)
    known = rows(folder)
    assert {name for name, *_ in known["source"]} == {cell.id for cell in blank_notebook().cells}
    checks = {name: text for name, _, _, text, _ in known["source"] if name.endswith("-check")}
    assert len(checks) == 3
    assert all("BEGIN HIDDEN TESTS" in text for text in checks.values())
    Gradebook(folder).sync(assignment)
    assert rows(folder) == known
    assert (folder / "release" / LESSON / f"{LESSON}.ipynb").read_text(encoding="utf-8") == "as handed out"


def test_a_changed_check_is_learnt_and_a_changed_form_is_refused(course):
    folder, assignment = course
    gradebook = Gradebook(folder)
    gradebook.record(assignment, marked(assignment, "ada", 5.0, 2.5, 0.0), solved_notebook())
    source = source_notebook()
    path = folder / "source" / LESSON / f"{LESSON}.ipynb"
    source.cells[5].source += "\n# another hidden test"
    write_whole(path, nbformat.writes(source))
    Gradebook(folder).sync(assignment)
    assert any(text.endswith("another hidden test") for _, _, _, text, _ in rows(folder)["source"])
    assert stored(folder, "ada")["radius-after-check"] == (2.5, None, 0)
    flags = {"schema_version": 3, "grade": False, "solution": False, "locked": True, "task": False, "grade_id": "new"}
    source.cells.append(new_markdown_cell("New.", id="new", metadata={"nbgrader": flags}))
    write_whole(path, nbformat.writes(source))
    blank = blank_notebook()
    blank.cells.append(source.cells[-1])
    changed = Assignment(LESSON, "", assignment.exercises, assignment.questions, nbformat.writes(blank), "another")
    with pytest.raises(GradingError, match="there are submissions associated with it"):
        Gradebook(folder).sync(changed)
    assert stored(folder, "ada")["radius-after-check"] == (2.5, None, 0)


def test_a_source_that_is_not_the_manifests_is_refused(course):
    folder, assignment = course
    path = folder / "source" / LESSON / f"{LESSON}.ipynb"
    for change_of, says in (
        (lambda cells: cells[5].metadata.nbgrader.update(points=6.0), "the points differ"),
        (lambda cells: cells.pop(0), "cell 'title' is only in one of them"),
        (
            lambda cells: cells[4].update(source="### BEGIN SOLUTION\n1\n### END SOLUTION"),
            "'optimal-discriminator-answer'",
        ),
    ):
        source = source_notebook()
        change_of(source.cells)
        write_whole(path, nbformat.writes(source))
        with pytest.raises(GradingError, match=f"{says}.*run `make assignments`"):
            Gradebook(folder).sync(assignment)
    path.unlink()
    with pytest.raises(GradingError, match="found none; run `make assignments`"):
        Gradebook(folder).sync(assignment)


def test_a_gradebook_of_another_nbgrader_is_refused(course):
    folder, assignment = course
    Gradebook(folder).sync(assignment)
    change(folder, "update alembic_version set version_num = '167914646830'")
    with pytest.raises(GradingError, match="this one is older.*`nbgrader db upgrade`"):
        Gradebook(folder)
    change(folder, "update alembic_version set version_num = 'ffffffffffff'")
    with pytest.raises(GradingError, match="of a newer one.*pip install --upgrade nbgrader"):
        Gradebook(folder)
    change(folder, "drop table alembic_version")
    with pytest.raises(GradingError, match="this one is older"):
        Gradebook(folder)
    (folder / "gradebook.db").write_text("not a database, but long enough to be looked at " * 30, encoding="utf-8")
    with pytest.raises(GradingError, match="opening the gradebook: .*file is not a database"):
        Gradebook(folder)


def test_a_locked_gradebook_is_one_sentence_and_nothing_is_lost(course, caplog):
    folder, assignment = course
    Gradebook(folder).record(assignment, marked(assignment, "ada", 5.0, 2.5, 0.0), solved_notebook())
    impatient = Gradebook(folder, wait=0.1)
    impatient.sync(assignment)
    other = sqlite3.connect(folder / "gradebook.db", isolation_level=None)
    for kind in ("immediate", "exclusive"):
        other.execute(f"begin {kind}")
        with pytest.raises(GradingError, match="another program holds it locked; close it") as error:
            impatient.record(assignment, marked(assignment, "bob"), solved_notebook())
        assert "\n" not in str(error.value)
        other.execute("rollback")
    other.close()
    assert caplog.records == []  # nbgrader would log a traceback, and the terminal would show it
    assert stored(folder, "bob") == {}
    assert stored(folder, "ada")["radius-after-check"] == (2.5, None, 0)
    assert impatient.record(assignment, marked(assignment, "bob"), solved_notebook()) == 30.0


def test_what_is_no_course_is_refused(tmp_path):
    with pytest.raises(GradingError, match="found no such folder; run `make assignments`"):
        Gradebook(tmp_path / "nowhere")
    with pytest.raises(GradingError, match="no folder source/ in it"):
        Gradebook(tmp_path)
    assert list(tmp_path.iterdir()) == []
    course_folder(tmp_path)
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\nc.Autograde.force = yes\n", encoding="utf-8")
    with pytest.raises(GradingError, match="nbgrader_config.py.*NameError: name 'yes'"):
        Gradebook(tmp_path)
