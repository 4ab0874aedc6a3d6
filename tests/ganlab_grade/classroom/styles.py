"""The same answer as different students would lay it out in a notebook."""

import ast
from collections.abc import Mapping

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from tests.ganlab_grade.classroom.answers import Answer

STYLES = ("one cell", "helper cell", "two cells", "reformatted", "torn")


def write_answer(notebook: NotebookNode, answer_cell: str, answer: Answer, style: str) -> None:
    """Write an answer into its cell, and into cells of the student's own beside it, where the style has such."""
    place = next(index for index, cell in enumerate(notebook.cells) if cell.id == answer_cell)
    cell = notebook.cells[place]
    whole = _joined(answer.before, answer.source)
    match style:
        case "helper cell" if answer.before:
            cell.source = answer.source
            notebook.cells.insert(place, _own(answer_cell, "helpers", answer.before))
        case "two cells" if answer.before:
            cell.source = answer.before
            notebook.cells.insert(place + 1, _own(answer_cell, "rest", answer.source))
        case "reformatted":
            cell.source = _reformatted(whole)
        case "torn" if (at := _inside(answer.source)) is not None:
            lines = answer.source.splitlines()
            cell.source = _joined(answer.before, "\n".join(lines[:at]))
            notebook.cells.insert(place + 1, _own(answer_cell, "continued", "\n".join(lines[at:])))
        case _:
            cell.source = whole


def _joined(before: str, source: str) -> str:
    return f"{before}\n\n\n{source}" if before else source


def _own(answer_cell: str, what: str, source: str) -> NotebookNode:
    return new_code_cell(source, id=f"{answer_cell}-{what}"[:64])


def _reformatted(source: str) -> str:
    """Other spaces, quotes and brackets, trailing blanks, a remark at the top."""
    lines = ast.unparse(ast.parse(source)).splitlines()
    return "# my answer\n\n" + "".join(f"{line}  \n" for line in lines) + "\n\n"


def _inside(source: str) -> int | None:
    """A line within the function's body that another cell could begin with; None if there is none."""
    function = ast.parse(source).body[0]
    if not isinstance(function, ast.FunctionDef) or len(function.body) < 2:
        return None
    return function.body[1].lineno - 1 if function.body[1].lineno > function.body[0].lineno else None


def as_if_run(notebook: NotebookNode, said: Mapping[str, tuple[str, str]]) -> None:
    """Give every code cell a number and the checks a line of output, as in a notebook that was run."""
    count = 0
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        if cell.id in said:
            name, rung = said[cell.id]
            text = f"✓ {name}: that is right\n" if rung == "passed" else f"✗ {name}: {rung.replace('_', ' ')}\n"
            cell.outputs = [new_output("stream", name="stdout", text=text)]
