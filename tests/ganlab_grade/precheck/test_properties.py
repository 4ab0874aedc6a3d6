"""Whatever a student does to a notebook, what comes out is whole; and what they answered is still answered."""

import copy
from collections.abc import Callable
from itertools import count

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from ganlab_grade.precheck import prepare
from tests.ganlab_grade.precheck.mending import NAMES, assert_right, assert_whole, cell, prepared
from tests.ganlab_grade.small_course import SOLUTIONS, STUBS, blank_notebook, small_assignment, solved_notebook
from tests.ganlab_grade.when import MENDED

Change = Callable[[NotebookNode, int, int], None]
OWN = ["y = 1", "def helper(x):\n    return x", "# notes", "", "%pip install x", "checks.lesson_01.radius_after(radius_after)", *STUBS.values()]  # fmt: skip
_new = count()
# A hundred examples of each property, in five parts, of which the first is tried at every change.
PARTS = [0, *(pytest.param(part, marks=pytest.mark.thorough(when=MENDED)) for part in range(1, 5))]


def duplicate(notebook: NotebookNode, index: int, to: int) -> None:
    twin = copy.deepcopy(notebook.cells[index])
    twin.id = f"twin-{next(_new)}"
    notebook.cells.insert(to, twin)


def move(notebook: NotebookNode, index: int, to: int) -> None:
    notebook.cells.insert(to, notebook.cells.pop(index))


def strip_metadata(notebook: NotebookNode, index: int, to: int) -> None:
    for one in notebook.cells[min(index, to) : max(index, to) + 1]:
        one.metadata = {}


def strip_ids(notebook: NotebookNode, index: int, to: int) -> None:
    for one in notebook.cells[min(index, to) : max(index, to) + 1]:
        one.id = f"lost-{next(_new)}"


def edit_locked(notebook: NotebookNode, index: int, to: int) -> None:
    one = notebook.cells[index]
    if one.metadata.get("nbgrader", {}).get("locked"):
        one.source = ["", f"{one.source}\nx = {to}", f"{one.source}  \n\n", "print('100 points')"][to % 4]


def delete_locked(notebook: NotebookNode, index: int, to: int) -> None:
    if notebook.cells[index].metadata.get("nbgrader", {}).get("locked"):
        del notebook.cells[index]


def insert_own(notebook: NotebookNode, index: int, to: int) -> None:
    notebook.cells.insert(index, new_code_cell(OWN[to % len(OWN)], id=f"own-{next(_new)}"))


def forge(notebook: NotebookNode, index: int, to: int) -> None:
    notebook.cells[index].metadata.setdefault("nbgrader", {}).update(points=1000, grade=True, locked=bool(to % 2))


def delete(notebook: NotebookNode, index: int, to: int) -> None:
    del notebook.cells[index]


def retype(notebook: NotebookNode, index: int, to: int) -> None:
    old = notebook.cells[index]
    new = new_markdown_cell if old.cell_type == "code" else new_code_cell
    notebook.cells[index] = new(old.source, id=old.id, metadata=old.metadata)


def swap_names(notebook: NotebookNode, index: int, to: int) -> None:
    one, other = notebook.cells[index], notebook.cells[min(to, len(notebook.cells) - 1)]
    one.id, other.id = other.id, one.id
    one.metadata, other.metadata = other.metadata, one.metadata


def rewrite(notebook: NotebookNode, index: int, to: int) -> None:
    one = notebook.cells[index]
    one.source = [*OWN, *SOLUTIONS.values(), "\n\n".join(SOLUTIONS.values()), one.source[: len(one.source) // 2]][
        to % 14
    ]


HARMLESS: list[Change] = [duplicate, move, strip_metadata, strip_ids, edit_locked, delete_locked]
ANYTHING: list[Change] = [*HARMLESS, insert_own, forge, delete, retype, swap_names, rewrite]


def changes(kinds: list[Change]) -> st.SearchStrategy[list[tuple[Change, int, int]]]:
    return st.lists(st.tuples(st.sampled_from(kinds), st.integers(0, 30), st.integers(0, 30)), max_size=12)


def changed(notebook: NotebookNode, steps: list[tuple[Change, int, int]]) -> NotebookNode:
    for change, index, to in steps:
        if notebook.cells:
            change(notebook, index % len(notebook.cells), to % (len(notebook.cells) + 1))
    return notebook


@pytest.mark.parametrize("part", PARTS)
@settings(deadline=None, max_examples=20)
@given(solved=st.booleans(), steps=changes(ANYTHING))
def test_every_mended_notebook_is_whole(part: int, solved: bool, steps: list[tuple[Change, int, int]]) -> None:
    result = prepared(changed(solved_notebook() if solved else blank_notebook(), steps))
    if result.notebook is None:
        assert len(result.human) == 1
        return
    assert_whole(result)
    # Mended once, it needs no mending. (But what was a changed question is then a text below the question.)
    if any("locked cells were changed" in line for line in result.remarks):
        return
    again = prepared(result.notebook)
    assert again.remarks == again.human == ()
    assert [one.source for one in again.notebook.cells] == [one.source for one in result.notebook.cells]
    assert (again.written, again.unanswered) == (result.written, result.unanswered)


@pytest.mark.parametrize("part", PARTS)
@settings(deadline=None, max_examples=20)
@given(steps=changes(HARMLESS))
def test_answers_survive(part: int, steps: list[tuple[Change, int, int]]) -> None:
    """Cells are copied, moved, stripped of ids and metadata, locked ones edited and deleted: all answers still count."""
    notebook = changed(solved_notebook(), steps)
    result = prepared(notebook)
    assert_whole(result)
    assert result.unanswered == ()
    assert result.human == ()
    for name, source in SOLUTIONS.items():
        assert cell(result.notebook, f"{name.replace('_', '-')}-answer").source == source
    assert_right(result.notebook)


@pytest.mark.parametrize("part", PARTS)
@settings(deadline=None, max_examples=20)
@given(
    answered=st.sets(st.sampled_from(NAMES)),
    steps=changes([duplicate, strip_metadata, strip_ids, edit_locked, delete_locked]),
)
def test_what_was_not_answered_is_not(part: int, answered: set[str], steps: list[tuple[Change, int, int]]) -> None:
    notebook = blank_notebook()
    for name in answered:
        cell(notebook, f"{name.replace('_', '-')}-answer").source = SOLUTIONS[name]
    result = prepared(changed(notebook, steps))
    assert set(result.unanswered) == set(NAMES) - answered
    # What was handed out is no answer, wherever it is copied to. (What was added to a text may be one.)
    assert not set(result.written.values()) & {one.source for one in blank_notebook().cells}
    assert_right(result.notebook, tuple(answered))


@pytest.mark.parametrize("part", PARTS)
@settings(deadline=None, max_examples=20)
@given(
    noise=st.binary(max_size=200) | st.text(max_size=100).map(str.encode),
    place=st.integers(0, 4000),
    length=st.integers(0, 60),
)
def test_damaged_bytes_never_raise(part: int, noise: bytes, place: int, length: int) -> None:
    data = nbformat.writes(solved_notebook()).encode()
    place %= len(data)
    for broken in (noise, data[:place] + noise + data[place + length :]):
        result = prepare(broken, small_assignment())
        assert result.notebook is not None or len(result.human) == 1
        if result.notebook is not None:
            assert_whole(result)
