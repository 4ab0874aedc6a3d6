"""What may not enter the gradebook is refused before anything of it is written."""

from dataclasses import replace

import pytest
from nbformat.v4 import new_code_cell
from nbgrader.converters import Autograde

from ganlab_grade.book import Gradebook
from ganlab_grade.book.engine import MarkOnly, course_directory
from ganlab_grade.course import GradingError
from tests.ganlab_grade.book.courses import course_folder, marked, stored
from tests.ganlab_grade.small_course import LESSON, solved_notebook


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    (assignment,) = course_folder(folder)
    gradebook = Gradebook(folder)
    gradebook.record(assignment, marked(assignment, "ada"), solved_notebook())
    return folder, assignment, gradebook


@pytest.mark.parametrize("points", [-1.0, float("nan"), float("inf"), 10.5])
def test_marks_that_nbgrader_would_take_for_full_ones(course, points):
    folder, assignment, gradebook = course
    with pytest.raises(GradingError, match="expected from 0 to 10 points for radius_after, and got"):
        gradebook.record(assignment, marked(assignment, "bob", 5.0, points, 0.0), solved_notebook())
    assert not (folder / "submitted/bob").exists()
    assert stored(folder, "bob") == {}


def test_verdicts_of_something_else(course):
    folder, assignment, gradebook = course
    whole = marked(assignment, "bob")
    for graded in (
        replace(whole, verdicts=whole.verdicts[:2]),
        replace(whole, verdicts=(*whole.verdicts, whole.verdicts[0])),
        replace(whole, verdicts=(*whole.verdicts[:2], replace(whole.verdicts[2], exercise="slerp"))),
        replace(whole, verdicts=()),
        replace(whole, lesson="another"),
    ):
        with pytest.raises(GradingError, match=f"expected one verdict for each of .* of {LESSON}, and got"):
            gradebook.record(assignment, graded, solved_notebook())
    first = replace(whole.verdicts[0], max_points=6.0)
    with pytest.raises(GradingError, match="and got 5 of 6"):
        gradebook.record(assignment, replace(whole, verdicts=(first, *whole.verdicts[1:])), solved_notebook())
    assert stored(folder, "bob") == {}


def test_a_notebook_that_was_not_prepared(course):
    folder, assignment, gradebook = course
    for damage, cell in (
        (lambda cells: cells.pop(5), "optimal-discriminator-check"),
        (lambda cells: cells.append(cells[5]), "optimal-discriminator-check"),
        (lambda cells: cells[5].update(cell_type="markdown"), "optimal-discriminator-check"),
        (
            lambda cells: cells.append(
                new_code_cell("1", metadata={"nbgrader": {"grade_id": "mine", "grade": True}})
            ),
            "mine",
        ),
        (lambda cells: cells.append(new_code_cell("1", metadata={"nbgrader": {}})), ""),
        (lambda cells: cells.append(new_code_cell("1", metadata={"nbgrader": ["grade_id"]})), ""),
        (lambda cells: cells[5].metadata.nbgrader.update(solution=True), "optimal-discriminator-check"),
    ):
        notebook = solved_notebook()
        damage(notebook.cells)
        with pytest.raises(GradingError, match=f"cell '{cell}' is missing, double, of another kind or foreign"):
            gradebook.record(assignment, marked(assignment, "bob"), notebook)
    assert stored(folder, "bob") == {}


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../ada", "a/b", "a\\b", " ada", "ada\n", "a\x00b", "a\u202eb", "a\ud800", "x" * 129]
)
def test_names_that_are_no_folder(course, name):
    folder, assignment, gradebook = course
    before = sorted(folder.rglob("*"))
    with pytest.raises(GradingError, match="expected a student's name that can be a folder"):
        gradebook.record(assignment, marked(assignment, name), solved_notebook())
    with pytest.raises(GradingError, match="expected a student's name that can be a folder"):
        gradebook.set_names({name: ("a", "b", "c", "d")})
    assert sorted(folder.rglob("*")) == before


def test_locked_text_is_put_back_and_an_own_cell_may_stay(course):
    folder, assignment, gradebook = course
    notebook = solved_notebook()
    notebook.cells[5].source = "checks.lesson_01 = None  # \ud800"
    notebook.cells.insert(3, new_code_cell("mine = 1", id="own"))
    assert gradebook.record(assignment, marked(assignment, "zoe", 1.0, 2.0, 3.0), notebook) == 6.0
    text = (folder / "autograded/zoe" / LESSON / f"{LESSON}.ipynb").read_text(encoding="utf-8")
    assert "lesson_01 = None" not in text
    assert "mine = 1" in text


def test_a_marking_cut_short_leaves_no_marked_notebook(course, monkeypatch):
    folder, assignment, gradebook = course
    marked_notebook = folder / "autograded/ada" / LESSON / f"{LESSON}.ipynb"
    assert marked_notebook.exists()

    def full(*args):
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(MarkOnly, "set_permissions", full)
        with pytest.raises(GradingError, match=f"recording {LESSON} of 'ada': .* OSError: No space left on device"):
            gradebook.record(assignment, marked(assignment, "ada"), solved_notebook())
    assert not marked_notebook.parent.exists()
    assert gradebook.record(assignment, marked(assignment, "ada"), solved_notebook()) == 30.0
    assert marked_notebook.exists()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("c.CourseDirectory.student_id_exclude = 'eve,kim'", "leaves 'kim' out of the marking"),
        ("c.SaveAutoGrades.enabled = False", "and it holds .* look at the preprocessors in nbgrader_config.py"),
    ],
)
def test_settings_that_keep_a_mark_out(tmp_path, line, says):
    (assignment,) = course_folder(tmp_path)
    with (tmp_path / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(GradingError, match=says):
        Gradebook(tmp_path).record(assignment, marked(assignment, "kim"), solved_notebook())


def test_nbgraders_own_autograde_does_not_start_where_the_course_says_so(tmp_path):
    (assignment,) = course_folder(tmp_path)
    with (tmp_path / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write('c.Autograde.exporter_class = "ganlab_grade.book.engine.OnlyInTheSandbox"\n')
    gradebook = Gradebook(tmp_path)
    assert gradebook.record(assignment, marked(assignment, "kim"), solved_notebook()) == 30.0
    before = (tmp_path / "autograded/kim" / LESSON / f"{LESSON}.ipynb").read_text(encoding="utf-8")
    course = course_directory(tmp_path, gradebook.config, 1.0)
    course.assignment_id = LESSON
    with pytest.raises(GradingError, match="start `ganlab-grade`"):
        Autograde(coursedir=course, config=gradebook.config, force=True).start()
    assert (tmp_path / "autograded/kim" / LESSON / f"{LESSON}.ipynb").read_text(encoding="utf-8") == before
