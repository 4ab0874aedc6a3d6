"""Reading what was handed in as a notebook: other files, other formats, other sizes."""

import json
import resource
import time

import nbformat
import pytest

from ganlab_grade.precheck import prepare, which_lesson
from ganlab_grade.precheck import read as precheck_read
from ganlab_grade.precheck.read import NotANotebook, cells_from_json, cells_to_json, read_cells
from tests.ganlab_grade.small_course import SOLUTIONS, small_assignment, solved_notebook
from tests.ganlab_grade.when import MENDED

SOLVED = nbformat.writes(solved_notebook())


def with_first_code_cell(**changes: object) -> bytes:
    table = json.loads(SOLVED)
    next(cell for cell in table["cells"] if cell["cell_type"] == "code").update(changes)
    return json.dumps(table).encode()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n", "is empty"),
        (b"def f(): pass", "not JSON from line 1"),
        (b"<!DOCTYPE html>\n<title>Log in</title>", "a web page"),
        (b"PK\x03\x04...", "a zip archive"),
        (b"%PDF-1.7", "a PDF"),
        (b"[1, 2]", "other data in JSON"),
        (b'{"a": 1}', "no list of cells"),
        (b'{"cells": 3}', "no list of cells"),
        (b'{"cells": [3]}', "cell 1 is no cell but a int"),
        (b'{"cells": [], "nbformat": 5}', "format 5"),
        (b'{"cells": [{"cell_type": "code", "source": "gr\xfcn"}]}', "not UTF-8"),
        (b'{"cells": ' + b"[" * 100_000, "no program that writes notebooks"),
        (b'{"cells": [' + b"9" * 5_000 + b"]}", "no program that writes notebooks"),
        (SOLVED[: len(SOLVED) // 2].encode(), "ends in the middle"),
        (SOLVED.rstrip()[:-1].encode(), "ends in the middle"),
        (b'{"cells": [' + b",".join([b'{"cell_type": "raw", "source": ""}'] * 2001) + b"]}", "2,001 cells"),
        (with_first_code_cell(source="#" * 1_000_001), "1,000,001 characters"),
    ],
)  # fmt: skip
def test_what_is_no_notebook_goes_to_a_person(data: bytes, reason: str) -> None:
    prepared = prepare(data, small_assignment())
    assert prepared.notebook is None
    assert len(prepared.human) == 1
    assert reason in prepared.human[0]
    assert which_lesson(data, {"09_small_course": small_assignment()}) is None


def test_every_cut_is_noticed() -> None:
    for end in range(0, len(SOLVED.rstrip()), 97):
        with pytest.raises(NotANotebook):
            read_cells(SOLVED[:end].encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings_and_line_ends(encoding: str) -> None:
    text = SOLVED.replace("\\n", "\\r\\n").replace("a circle", "a cir\u0441le 😀")
    prepared = prepare(text.encode(encoding), small_assignment())
    assert prepared.remarks == ()
    assert "cir\u0441le 😀" in prepared.written["question-2"]
    assert not any("\r" in cell.source for cell in prepared.notebook.cells)


def test_half_a_character_can_be_written_to_a_file() -> None:
    prepared = prepare(with_first_code_cell(source="x = '\ud83d'"), small_assignment())
    nbformat.writes(prepared.notebook).encode("utf-8")
    assert any(cell.source == "x = '?'" for cell in prepared.notebook.cells)


def test_format_3_is_upgraded() -> None:
    """A notebook as IPython 2 wrote it: worksheets, `input`, headings, no ids."""
    cells = []
    for cell in solved_notebook().cells:
        old = {"cell_type": cell.cell_type, "metadata": dict(cell.metadata)}
        if cell.cell_type == "code":
            old |= {"input": cell.source.splitlines(True), "outputs": [], "prompt_number": 1, "language": "python"}
        else:
            old["source"] = cell.source
        cells.append(old)
    cells.insert(1, {"cell_type": "heading", "level": 2, "source": "My notes", "metadata": {}})
    data = json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}).encode()
    prepared = prepare(data, small_assignment())
    assert prepared.unanswered == ()
    assert prepared.human == ()
    assert any("without the right id" in line for line in prepared.remarks)
    assert {cell.source for cell in prepared.notebook.cells} == {cell.source for cell in solved_notebook().cells} | {
        "## My notes"
    }


def test_pictures_in_a_written_answer_are_kept_and_nothing_else_is() -> None:
    table = json.loads(SOLVED)
    question = next(cell for cell in table["cells"] if cell["id"] == "question-1")
    question["source"] = "![drawn](attachment:a.png)"
    question["attachments"] = {
        "a.png": {"image/png": "iVBORw0KGgo=", "text/html": "<script>"},
        "b.svg": {"image/svg+xml": "<svg onload=alert(1)>"},
        "c.png": {"image/png": "<script>"},
    }
    prepared = prepare(json.dumps(table).encode(), small_assignment())
    (cell,) = (cell for cell in prepared.notebook.cells if cell.id == "question-1")
    assert cell.attachments == {"a.png": {"image/png": "iVBORw0KGgo="}}
    assert prepared.written["question-1"] == "![drawn](attachment:a.png)"


LINES = 3_500_000  # of 28 bytes: with what JSON needs for each more than 100 MB


@pytest.mark.parametrize("shape", ["lines", "picture"])
def test_a_hundred_megabytes_of_outputs(shape: str) -> None:
    if shape == "lines":
        output = {"output_type": "stream", "name": "stdout", "text": ["X"]}
        text = with_first_code_cell(outputs=[output]).replace(
            b'"X"', b",\n".join([b'     "step 12345: loss 0.6931\\n"'] * LINES)
        )
    else:
        output = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "iVBORw0K" * 13_000_000}}
        text = with_first_code_cell(outputs=[output])
    assert len(text) > 100_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    prepared = prepare(text, small_assignment())
    assert prepared.unanswered == ()
    assert prepared.remarks == ()
    assert [cell.source for cell in prepared.notebook.cells] == [cell.source for cell in solved_notebook().cells]
    assert all(not cell.get("outputs") for cell in prepared.notebook.cells)
    # Here next to nothing is needed; the process that parses has its limit, below.
    assert time.process_time() - started < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # KiB


@pytest.mark.slow
@pytest.mark.thorough(when=MENDED)
def test_the_parsing_process_is_limited() -> None:
    """Two hundred times as many objects as bytes: the process ends at its limit, and the marking goes on."""
    assert 1_000_000_000 <= precheck_read.MEMORY < 1_500_000_000
    bomb = with_first_code_cell(outputs=["X"]).replace(b'"X"', b",".join([b"[]"] * 18_000_000))
    prepared = prepare(bomb, small_assignment())
    assert prepared.notebook is None
    assert "more memory or time" in prepared.human[0]


def test_large_and_small_files_are_read_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    here = read_cells(SOLVED.encode())
    monkeypatch.setattr(precheck_read, "SMALL", 10)
    assert read_cells(SOLVED.encode()) == here
    assert [cell.source for cell in here if cell.ids[0].endswith("-answer")] == list(SOLUTIONS.values())
    with pytest.raises(NotANotebook, match="ends in the middle"):
        read_cells(SOLVED[:1000].encode())


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"id": "\ud800", "source": "half of a pair: \ud800"},
        {"metadata": {"nbgrader": {"grade_id": "x", "points": 1e400, "grade": True}, "id": "colab"}},
        {"cell_type": "markdown", "attachments": {"a.png": {"image/png": "aGk="}}},
    ],
)
def test_cells_reach_another_process_as_they_were_read(changes):
    cells = read_cells(with_first_code_cell(**changes))
    assert cells_from_json(cells_to_json(cells).encode().decode()) == cells
