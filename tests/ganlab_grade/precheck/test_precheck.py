"""Damaged, mended: a submission is put back into the form that was handed out."""

import copy
from collections.abc import Callable
from dataclasses import replace

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from ganlab_grade.precheck import which_lesson
from tests.ganlab_grade.precheck.mending import (
    FIRST,
    NAMES,
    SECOND,
    THIRD,
    assert_right,
    assert_whole,
    at,
    cell,
    colab,
    lose_both,
    lose_ids,
    lose_metadata,
    prepared,
    said,
)
from tests.ganlab_grade.small_course import (
    LADDERS,
    LESSON,
    QUESTIONS,
    blank_notebook,
    small_assignment,
    solved_notebook,
)


def test_the_unmutated_need_no_repair() -> None:
    blank, solved = prepared(blank_notebook()), prepared(solved_notebook())
    for result in (blank, solved):
        assert (result.remarks, result.human) == ((), ())
        assert_whole(result)
    assert blank.unanswered == NAMES
    assert blank.written == {"question-1": "", "question-2": ""}
    assert blank.notebook == blank_notebook()
    assert solved.unanswered == ()
    assert solved.written == {question.name: question.answer for question in QUESTIONS}
    assert solved.notebook == solved_notebook()
    assert_right(solved.notebook)


def test_outputs_and_kernel_of_the_student_go() -> None:
    notebook = solved_notebook()
    for one in notebook.cells:
        if one.cell_type == "code":
            one.execution_count = 7
            one.outputs = [nbformat.v4.new_output("stream", text="Score: 100")]
    notebook.metadata = {
        "kernelspec": {"name": "evil", "display_name": "x", "language": "R"},
        "widgets": {"state": 1},
    }
    result = prepared(notebook)
    assert_whole(result)
    assert result.remarks == ()
    assert "Score" not in nbformat.writes(result.notebook)


@pytest.mark.parametrize("fill", [blank_notebook, solved_notebook])
@pytest.mark.parametrize(
    ("lose", "remark"),
    [
        (lose_metadata, "nbgrader's data were lost in 17 cells"),
        (lose_ids, "recognised by nbgrader's data"),
        (lose_both, "recognised by the content"),
        (colab, "nbgrader's data were lost in 17 cells"),
    ],
)
def test_lost_metadata_and_ids(fill: Callable[[], NotebookNode], lose: Callable, remark: str) -> None:
    notebook, whole = fill(), prepared(fill())
    lose(notebook)
    result = prepared(notebook)
    assert_whole(result)
    said(result, remark)
    assert result.human == ()
    assert (result.notebook, result.written, result.unanswered) == (whole.notebook, whole.written, whole.unanswered)


def test_edited_texts_without_ids_are_still_recognised() -> None:
    notebook = solved_notebook()
    lose_both(notebook)
    notebook.cells[0].source += "\n\nMy name is Ann."
    result = prepared(notebook)
    assert_whole(result)
    assert result.notebook.cells[1].source.endswith("Ann.")


def test_identical_copies_need_no_person() -> None:
    notebook = solved_notebook()
    for name in (f"{FIRST}-answer", f"{FIRST}-check", "question-1", "setup", "title"):
        twin = copy.deepcopy(cell(notebook, name))
        twin.id = f"twin-{name}"
        notebook.cells.append(twin)
    result = prepared(notebook)
    assert_whole(result)
    assert result.human == ()
    assert len(result.notebook.cells) == len(blank_notebook().cells)
    said(result, "copies of checks")


def test_edited_deleted_and_disguised_checks() -> None:
    notebook = solved_notebook()
    cell(notebook, f"{FIRST}-check").source = "checks.lesson_01.optimal_discriminator(lambda p, q: 1)"
    del notebook.cells[at(notebook, f"{SECOND}-check")]
    third = cell(notebook, f"{THIRD}-check")
    notebook.cells[at(notebook, f"{THIRD}-check")] = new_markdown_cell(
        third.source, id=third.id, metadata=third.metadata
    )
    forged = new_code_cell("print('✓ all right')", id="mine")
    forged.metadata["nbgrader"] = {"grade": True, "grade_id": "mine", "locked": True, "points": 1000, "schema_version": 3, "solution": False, "task": False}  # fmt: skip
    again = new_code_cell(f"# once more\nchecks.{LADDERS[NAMES[2]]}({NAMES[2]})  # please\n", id="again")
    notebook.cells += [forged, again]
    result = prepared(notebook)
    assert_whole(result)
    said(
        result,
        f"check cells were changed ({FIRST}-check and {THIRD}-check)",
        f"deleted ({SECOND}-check)",
        "posing as checks, count for nothing (2 found)",
    )
    assert "again" not in {one.id for one in result.notebook.cells}
    assert not cell(result.notebook, "mine").metadata
    assert_right(result.notebook)


def test_points_cannot_be_raised() -> None:
    notebook = blank_notebook()
    cell(notebook, f"{FIRST}-check").metadata["nbgrader"]["points"] = 1000
    cell(notebook, f"{FIRST}-answer").metadata["nbgrader"]["grade"] = True
    result = prepared(notebook)
    assert_whole(result)
    said(result, f"nbgrader's data were changed in {FIRST}-answer and {FIRST}-check")


def test_an_edited_setup_still_provides_what_the_student_imported() -> None:
    notebook = solved_notebook()
    cell(notebook, "setup").source = "%pip install einops\nimport math as mathematics"
    result = prepared(notebook)
    assert_whole(result)
    said(result, "locked cells were changed (setup)")
    assert (
        result.notebook.cells[at(result.notebook, "setup") + 1].source
        == "%pip install einops\nimport math as mathematics"
    )


def test_another_order_is_put_back() -> None:
    notebook = solved_notebook()
    notebook.cells.reverse()
    result = prepared(notebook)
    assert_whole(result)
    said(result, "another order")
    assert result.notebook == solved_notebook()


def test_own_cells_stay_where_they_are() -> None:
    notebook = solved_notebook()
    notebook.cells.insert(0, new_markdown_cell("Ann's work", id="first"))
    notebook.cells.insert(at(notebook, f"{SECOND}-answer"), new_code_cell("!ls\nhelper = 1", id="helper"))
    notebook.cells.append(nbformat.v4.new_raw_cell("bye", id="last"))
    result = prepared(notebook)
    assert_whole(result)
    assert result.remarks == ()
    assert [one.id for one in result.notebook.cells] == [one.id for one in notebook.cells]
    assert [one.source for one in result.notebook.cells] == [one.source for one in notebook.cells]


def test_another_lessons_notebook() -> None:
    other = nbformat.v4.new_notebook(
        cells=[
            new_markdown_cell("# DCGAN"),
            new_code_cell("def slerp(a, b, t):\n    return a"),
            new_code_cell("checks.lesson_04.slerp(slerp)"),
        ]
    )
    result = prepared(other)
    assert result.notebook is None
    assert result.human == (
        f"this is not the notebook of {LESSON}: none of its exercises is in it; it looks like lesson 04's",
    )
    assert prepared(nbformat.v4.new_notebook()).notebook is None


def other_assignment():
    """The same course's other lesson: questions and setup have the same ids, exercises and texts have not."""
    mine = small_assignment()
    text = mine.release
    for old, new in (
        *((name, f"other_{name}") for name in NAMES),
        *((name.replace("_", "-"), f"other-{name.replace('_', '-')}") for name in NAMES),
    ):
        text = text.replace(old, new)
    exercises = tuple(
        replace(one, name=f"other_{one.name}", check=one.check.replace(".", ".other_"), answer_cell=f"other-{one.answer_cell}", check_cell=f"other-{one.check_cell}")
        for one in mine.exercises
    )  # fmt: skip
    return replace(mine, lesson="10_other", exercises=exercises, release=text.replace("A small course", "Another"))


@pytest.mark.parametrize("lose", [lambda notebook: None, lose_metadata, lose_ids, lose_both, colab])
def test_which_lesson(lose: Callable) -> None:
    course = {LESSON: small_assignment(), "10_other": other_assignment()}
    mine, other = solved_notebook(), nbformat.reads(other_assignment().release, 4)
    for lesson, notebook in ((LESSON, mine), ("10_other", other)):
        lose(notebook)
        assert which_lesson(nbformat.writes(notebook).encode(), course) == lesson
    plain = nbformat.v4.new_notebook(cells=[new_code_cell("import torch"), new_code_cell("x = 1")])
    assert which_lesson(nbformat.writes(plain).encode(), course) is None
    assert which_lesson(nbformat.writes(mine).encode(), {}) is None
