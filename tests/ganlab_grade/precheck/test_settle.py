"""No answer is lost, undone or taken twice, wherever in the notebook it was written."""

import copy

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

from tests.ganlab_grade.precheck.mending import (
    FIRST,
    NAMES,
    SECOND,
    assert_right,
    assert_whole,
    at,
    cell,
    prepared,
    said,
)
from tests.ganlab_grade.small_course import (
    ANSWER_STUB,
    HEADS,
    LADDERS,
    QUESTIONS,
    SOLUTIONS,
    STUBS,
    blank_notebook,
    solved_notebook,
)


def test_a_deleted_answer_counts_as_not_answered_and_is_named() -> None:
    notebook = solved_notebook()
    del notebook.cells[at(notebook, f"{FIRST}-answer")], notebook.cells[at(notebook, "question-1")]
    result = prepared(notebook)
    assert_whole(result)
    said(
        result,
        "Exercise 1 (easy), optimal_discriminator: its answer cell was deleted",
        "Question 1: its cell was deleted",
    )
    assert result.unanswered == (NAMES[0],)
    assert cell(result.notebook, f"{FIRST}-answer").source == STUBS[NAMES[0]]
    assert result.written["question-1"] == ""
    assert_right(result.notebook, NAMES[1:])


def test_a_cleared_answer_counts_as_not_answered() -> None:
    notebook = solved_notebook()
    cell(notebook, f"{FIRST}-answer").source = cell(notebook, "question-2").source = " \n"
    result = prepared(notebook)
    assert result.unanswered == (NAMES[0],)
    assert result.written["question-2"] == ""
    assert cell(result.notebook, "question-2").source == ANSWER_STUB


@pytest.mark.parametrize("order", ["stub first", "stub last"])
def test_of_an_answer_and_a_copy_of_the_stub_the_answer_counts(order: str) -> None:
    notebook = solved_notebook()
    place = at(notebook, f"{FIRST}-answer")
    twin = copy.deepcopy(notebook.cells[place])
    twin.id, twin.source = "twin", STUBS[NAMES[0]]
    notebook.cells.insert(place + (order == "stub last"), twin)
    result = prepared(notebook)
    assert_whole(result)
    assert result.human == ()
    said(result, "there 2 times")
    assert_right(result.notebook)
    cell(notebook, "twin").metadata = {}  # as an editor that is not Jupyter's copies a cell
    assert_right(prepared(notebook).notebook)


def test_of_two_different_answers_the_last_counts_and_a_person_looks() -> None:
    notebook = solved_notebook()
    for name, source in (
        (f"{FIRST}-answer", HEADS[NAMES[0]] + "    return p / q"),
        ("question-1", "Another answer."),
    ):
        twin = copy.deepcopy(cell(notebook, name))
        twin.id, twin.source = f"twin-{name}", source
        notebook.cells.insert(at(notebook, name), twin)
    result = prepared(notebook)
    assert_whole(result)
    assert len(result.human) == 2
    assert "2 different answers" in result.human[0]
    assert_right(result.notebook)
    assert result.written["question-1"] == QUESTIONS[0].answer


def test_an_answer_in_a_check_cell_is_not_lost() -> None:
    notebook = blank_notebook()
    cell(notebook, f"{FIRST}-check").source = f"{SOLUTIONS[NAMES[0]]}\nchecks.{LADDERS[NAMES[0]]}({NAMES[0]})"
    result = prepared(notebook)
    assert_whole(result)
    assert result.unanswered == NAMES[1:]
    assert_right(result.notebook, NAMES[:1])


@pytest.mark.parametrize("stub", ["kept", "deleted"])
@pytest.mark.parametrize("place", ["below", "above", "at the end"])
def test_an_answer_in_an_own_cell_is_not_undone_by_the_stub(place: str, stub: str) -> None:
    notebook = solved_notebook()
    name = f"{SECOND}-answer"
    where = {"below": at(notebook, name) + 1, "above": at(notebook, name), "at the end": len(notebook.cells)}[place]
    # The helper is needed when the answer is defined, so it has to stay before it.
    helper = new_code_cell("def square(x):\n    return x**2", id="helper")
    answer = new_code_cell(
        "def radius_after(steps, eta, radius=1.0, square=square):\n    return radius * (1 + square(eta)) ** (steps / 2)",
        id="own",
    )
    notebook.cells[where:where] = [helper, answer]
    if stub == "kept":
        cell(notebook, name).source = STUBS[NAMES[1]]
    else:
        del notebook.cells[at(notebook, name)]
    result = prepared(notebook)
    assert_whole(result)
    assert result.unanswered == ()
    assert cell(result.notebook, name).source == answer.source
    said(result, "answered in a cell of the student's own" if stub == "kept" else "recognised by what it defines")
    if place != "at the end":  # there the helper comes after the answer's place: see the next test
        assert_right(result.notebook)


def test_all_answers_in_one_cell() -> None:
    notebook = blank_notebook()
    everything = "\n\n".join(SOLUTIONS.values())
    cell(notebook, f"{FIRST}-answer").source = everything
    result = prepared(notebook)
    assert_whole(result)
    assert result.unanswered == ()
    said(result, "Exercise 3 (hard), conv_transpose_size: answered in another cell")
    assert_right(result.notebook)
    notebook = blank_notebook()
    notebook.cells.append(new_code_cell(everything, id="mine"))
    result = prepared(notebook)
    assert result.unanswered == ()
    assert_right(result.notebook)


@pytest.mark.parametrize("metadata", ["copied", "lost"])
@pytest.mark.parametrize("line", range(1, 5))
def test_a_split_answer_is_put_together(line: int, metadata: str) -> None:
    """JupyterLab copies the metadata of a cell that is split, other editors do not."""
    source = "scale = 1\n" + SOLUTIONS[NAMES[0]]
    lines = source.splitlines(keepends=True)
    notebook = solved_notebook()
    first = cell(notebook, f"{FIRST}-answer")
    second = copy.deepcopy(first)
    first.source, second.source, second.id = "".join(lines[:line]), "".join(lines[line:]), "second"
    if metadata == "lost":
        second.metadata = {}
    notebook.cells.insert(at(notebook, first.id) + 1, second)
    result = prepared(notebook)
    assert_whole(result)
    assert result.human == ()
    assert result.unanswered == ()
    assert_right(result.notebook)


def test_answers_turned_into_text_and_back() -> None:
    notebook = solved_notebook()
    for name, new in ((f"{FIRST}-answer", new_markdown_cell), ("question-1", new_code_cell)):
        old = cell(notebook, name)
        notebook.cells[at(notebook, name)] = new(old.source, id=name, metadata=old.metadata)
    result = prepared(notebook)
    assert_whole(result)
    said(result, "had been turned into text")
    assert result.notebook == solved_notebook()


@pytest.mark.parametrize("how", ["own cell", "own cell, stub deleted", "in the question's cell"])
def test_a_written_answer_beside_its_cell(how: str) -> None:
    notebook = blank_notebook()
    place = at(notebook, "question-1")
    if how == "in the question's cell":
        notebook.cells[place - 1].source += "\n\nBecause it is flat."
    else:
        notebook.cells.insert(place + 1, new_markdown_cell("Because it is flat.", id="mine"))
    if "deleted" in how:
        del notebook.cells[place]
    result = prepared(notebook)
    assert_whole(result)
    assert result.written == {"question-1": "Because it is flat.", "question-2": ""}
    said(result, "Question 1: answered in a cell")
    assert len(result.notebook.cells) == len(blank_notebook().cells)


def test_a_reworded_question_is_no_answer() -> None:
    notebook = blank_notebook()
    cell(notebook, "question-1-text").source = "**Question 1.** Why does the loss teach a weak generator so little???"
    assert prepared(notebook).written["question-1"] == ""
    notebook = blank_notebook()
    cell(notebook, "question-1").source = f"{QUESTIONS[0].text}\n\n{ANSWER_STUB}"
    assert prepared(notebook).written["question-1"] == ""


CODE = SOLUTIONS[NAMES[1]]
WRAPPED = {
    "merged": "TEXT\n\nCODE",
    "merged, one line": "TEXT\nCODE",
    "fenced": "```python\nCODE\n```",
    "fenced below": "TEXT\n\nMine:\n```py\nCODE\n```\nI hope so.",
    "tildes": "~~~\nCODE\n~~~",
    "two fences": "```\nimport math\n```\n\nand\n\n```\nCODE\n```",
    "no end": "Here:\n```\nCODE",
    "prose": "It took an hour.\n\nimport math\nCODE",
    "indented": "Mine:\n\n" + "\n".join(f"    {line}" for line in CODE.splitlines()),
    "quoted": "\n".join(f"> {line}" for line in CODE.splitlines()),
    "as a name": "So:\n\nradius_after = lambda steps, eta, radius=1.0: radius * (1 + eta**2) ** (steps / 2)",
}


# As text, under every name; as code under the answer's own, where somebody may have pasted it.
KEPT = ("answer", "text", "neither", "both deleted")
WAYS = [(how, kind, kept) for how in WRAPPED for kind in ("markdown", "raw") for kept in KEPT]
WAYS += [(how, "code", "answer") for how in ("merged", "merged, one line", "fenced", "tildes", "two fences")]


@pytest.mark.parametrize(("how", "kind", "kept"), WAYS)
def test_an_answer_in_a_text_is_found(how: str, kind: str, kept: str) -> None:
    """The answer and the question's text have become one cell, under the name of one of them, or of none."""
    notebook = solved_notebook()
    place = at(notebook, f"{SECOND}-answer")
    text, answer = notebook.cells[place - 1], notebook.cells[place]
    source = WRAPPED[how].replace("TEXT", text.source).replace("CODE", CODE)
    new = {"markdown": new_markdown_cell, "raw": new_raw_cell, "code": new_code_cell}[kind]
    if kept == "answer":
        notebook.cells[place] = new(source, id=answer.id, metadata=answer.metadata)
    elif kept == "text":
        notebook.cells[place - 1 : place + 1] = [new(source, id=text.id, metadata=text.metadata)]
    else:
        answer.source = STUBS[NAMES[1]]
        deleted = slice(place - 1, place + 1) if kept == "both deleted" else slice(place, place)
        notebook.cells[deleted] = [new(source, id="mine")]
    result = prepared(notebook)
    assert_whole(result)
    assert result.unanswered == ()
    assert_right(result.notebook)


def test_prose_in_the_place_of_an_answer_goes_to_a_person() -> None:
    notebook = solved_notebook()
    place = at(notebook, f"{SECOND}-answer")
    old = notebook.cells[place]
    notebook.cells[place] = new_markdown_cell(
        "It spirals outwards, since 1 + eta**2 > 1.", id=old.id, metadata=old.metadata
    )
    result = prepared(notebook)
    assert_whole(result)
    assert ["Exercise 2" in one and "please look" in one for one in result.human] == [True]


def test_a_draft_in_a_text_does_not_replace_an_answer() -> None:
    notebook = solved_notebook()
    notebook.cells.append(new_markdown_cell(f"My first try:\n```python\n{CODE.replace('2)', '3)')}\n```", id="draft"))
    result = prepared(notebook)
    assert (result.remarks, result.human) == ((), ())
    assert_right(result.notebook)


def test_answers_in_each_others_cells() -> None:
    notebook = solved_notebook()
    first, second = (cell(notebook, f"{name}-answer") for name in (FIRST, SECOND))
    first.source, second.source = second.source, first.source
    result = prepared(notebook)
    assert_whole(result)
    said(result, "Exercise 1 (easy), optimal_discriminator: answered in another cell")
    for name in (FIRST, SECOND):
        # Each check finds its answer above itself.
        above = result.notebook.cells[: at(result.notebook, f"{name}-check")]
        assert any(f"def {name.replace('-', '_')}(" in one.source for one in above)
    assert_right(result.notebook)


def test_an_answer_in_a_later_cell_is_brought_to_its_check() -> None:
    notebook = blank_notebook()
    cell(notebook, "conv-transpose-size-answer").source = "\n\n".join(SOLUTIONS.values())
    result = prepared(notebook)
    assert_whole(result)
    assert result.unanswered == ()
    assert "def optimal_discriminator(" in cell(result.notebook, f"{FIRST}-answer").source
    assert_right(result.notebook)


def test_an_answer_below_something_else_in_its_place() -> None:
    notebook = solved_notebook()
    place = at(notebook, f"{SECOND}-answer")
    notebook.cells.append(new_code_cell(notebook.cells[place].source, id="below"))
    notebook.cells[place].source = "# see the end\ntried = 3"
    result = prepared(notebook)
    assert_whole(result)
    assert "def radius_after(" in cell(result.notebook, f"{SECOND}-answer").source
    assert_right(result.notebook)
