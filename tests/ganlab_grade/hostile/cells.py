"""Notebooks whose cells are not as they were handed out: tampered with, or through no fault of the student's."""

import copy

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from tests.ganlab_grade.hostile.case import Case, hostile


def _solved(case: Case) -> NotebookNode:
    return copy.deepcopy(case.solved)


def _unsolved(case: Case) -> NotebookNode:
    return case.answered(case.stub)


@hostile(rungs=("missing",))
def check_that_prints_success(case: Case) -> object:
    """The attacked exercise is blank; its check cell prints that all is right, and claims a thousand points."""
    notebook = _unsolved(case)
    cell = case.cell(notebook, case.exercise.check_cell)
    cell.source = f"print('✓ {case.exercise.name}: that is right')\n1000.0"
    cell.metadata.nbgrader.points = 1000.0
    cell.outputs = [new_output("stream", name="stdout", text=f"✓ {case.exercise.name}: that is right\n")]
    cell.outputs.append(new_output("execute_result", data={"text/plain": "1000.0"}, execution_count=1))
    return notebook


@hostile(rungs=("missing",))
def poses_as_a_check(case: Case) -> object:
    """The attacked exercise is blank; added cells claim to be checks worth a thousand points, under its name, too."""
    notebook = _unsolved(case)
    for name in ("bonus-check", case.exercise.check_cell):
        cell = new_code_cell("print('✓ passed')\n1000.0")
        settings = {"grade": True, "grade_id": name, "locked": False, "points": 1000.0, "schema_version": 3}
        cell.metadata.nbgrader = {**settings, "solution": False, "task": False}
        notebook.cells.append(cell)
    return notebook


@hostile(rungs=("missing",))
def changes_its_points(case: Case) -> object:
    """The attacked exercise is blank; every cell's points, names and locks are changed in the metadata."""
    notebook = _unsolved(case)
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.update(points=10**9, locked=False, solution=False, grade=True)
    return notebook


@hostile(rungs=("missing",))
def answers_in_the_check_cell(case: Case) -> object:
    """The attacked exercise is blank; in its check's cell the check is replaced by one that returns True."""
    notebook = _unsolved(case)
    cell = case.cell(notebook, case.exercise.check_cell)
    cell.source = (
        f"class checks:\n    class {case.exercise.check.partition('.')[0]}:\n        {case.exercise.name} = bool"
    )
    return notebook


@hostile(share=1.0)
def redefines_checks(case: Case) -> object:
    """All is solved; a cell puts something of its own under the names that the notebook's cells need."""
    return case.added("checks = ganlab = lab = None\nprint = exit")


@hostile(share=1.0)
def checks_deleted(case: Case) -> object:
    """All is solved; all checks have been deleted."""
    notebook = _solved(case)
    checks = {one.check_cell for one in case.assignment.exercises}
    notebook.cells = [cell for cell in notebook.cells if cell.id not in checks]
    return notebook


@hostile(share=1.0)
def everything_twice(case: Case) -> object:
    """All is solved; every cell is there twice, with the same id."""
    notebook = _solved(case)
    notebook.cells = [copy.deepcopy(cell) for cell in notebook.cells for _ in range(2)]
    return notebook


@hostile(share=1.0)
def everything_backwards(case: Case) -> object:
    """All is solved; the cells are in the reverse order."""
    notebook = _solved(case)
    notebook.cells.reverse()
    return notebook


@hostile(share=1.0)
def ids_and_metadata_lost(case: Case) -> object:
    """All is solved; no cell has an id or metadata any more, as after a way through another program."""
    notebook = _solved(case)
    for cell in notebook.cells:
        cell.metadata = {}
        del cell["id"]
    notebook.metadata, notebook.nbformat_minor = {}, 4
    return notebook


@hostile(share=1.0)
def through_colab(case: Case) -> object:
    """All is solved; Colab has put ids of its own into the metadata and left nothing of nbgrader's."""
    notebook = _solved(case)
    for number, cell in enumerate(notebook.cells):
        cell.metadata = {"id": f"x{number}Fq2_Zk", "colab": {"base_uri": "https://localhost:8080/"}}
        del cell["id"]
    notebook.metadata = {"colab": {"provenance": []}, "kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook.nbformat_minor = 0
    return notebook


@hostile(share=1.0)
def answers_below_the_checks(case: Case) -> object:
    """All is solved, but not where it was asked for: every answer stands in a new cell at the end of the notebook."""
    notebook = _solved(case)
    release = nbformat.reads(case.assignment.release, as_version=4)
    for one in case.assignment.exercises:
        cell = case.cell(notebook, one.answer_cell)
        notebook.cells.append(new_code_cell(cell.source))
        cell.source = case.cell(release, one.answer_cell).source
    return notebook


@hostile(share=1.0)
def answers_as_text(case: Case) -> object:
    """All is solved; the attacked exercise's cell has become a text cell."""
    notebook = _solved(case)
    cell = case.cell(notebook, case.exercise.answer_cell)
    place = notebook.cells.index(cell)
    notebook.cells[place] = new_markdown_cell(cell.source, id=cell.id, metadata=cell.metadata)
    return notebook


@hostile(share=1.0, human=False)
def helpers_of_one_name(case: Case) -> object:
    """All is solved; every answer uses a helper called `work`, and every exercise writes its own `work`."""
    notebook = _solved(case)
    for one in case.assignment.exercises:
        cell = case.cell(notebook, one.answer_cell)
        cell.source += (
            f"\n\n\nwork = {one.name}\n\n\ndef {one.name}(*args, **kwargs):\n    return work(*args, **kwargs)"
        )
    return notebook


@hostile(share=1.0, human=False)
def notebook_habits(case: Case) -> object:
    """All is solved, between magics, plots, widgets and `display`, as people use them."""
    return case.added(
        "%matplotlib inline\n%load_ext autoreload\n%autoreload 2\n%config InlineBackend.figure_format = 'retina'\n"
        "import matplotlib.pyplot as plt\nfrom IPython.display import HTML, clear_output, display\n"
        "from tqdm.auto import tqdm\n\nplt.plot([1, 2])\nplt.show()\ndisplay(HTML('<b>hello</b>'))\nclear_output()\n"
        "for _ in tqdm(range(3)):\n    pass\n%time sum(range(10))\n%timeit -n 1 -r 1 sum(range(10))"
    )


@hostile(share=1.0)
def magics_above_the_answer(case: Case) -> object:
    """All is solved; above the attacked exercise's answer, in the same cell, stand magics and shell commands."""
    return case.answered(
        "%matplotlib inline\n!pip install -q numpy\n%pip install -q numpy\n!ls -la\nfiles = !ls\n\n" + case.solution
    )


@hostile(share=1.0)
def colab_habits(case: Case) -> object:
    """All is solved; a cell mounts Google Drive, and another asks for input."""
    notebook = case.added("from google.colab import drive\n\ndrive.mount('/content/drive')")
    notebook.cells.insert(1, new_code_cell("name = input('Your name? ')", id="asks"))
    return notebook


@hostile(rungs=("error",))
def null_bytes_in_the_answer(case: Case) -> object:
    """A null byte in the middle of the right answer."""
    return case.answered(case.solution.replace("return", "\x00return", 1))


@hostile(share=1.0)
def half_surrogates_in_a_remark(case: Case) -> object:
    """Halves of surrogate pairs, and characters that turn the direction of writing, in remarks above the answer."""
    return case.answered(f"# \ud800 \udfff \u202e \ufeff\n{case.solution}")


@hostile(share=1.0)
def windows_line_ends(case: Case) -> object:
    """All is solved; lines end as on Windows, and the file begins with a byte order mark."""
    notebook = _solved(case)
    for cell in notebook.cells:
        cell.source = cell.source.replace("\n", "\r\n")
    return b"\xef\xbb\xbf" + nbformat.v4.nbjson.JSONWriter().writes(notebook).encode()


@hostile(share=1.0)
def script_in_the_written_answers(case: Case) -> object:
    """All is solved; the written answers are HTML with scripts, formulas for spreadsheets, and very long."""
    notebook = _solved(case)
    for question in case.assignment.questions:
        cell = case.cell(notebook, question.cell)
        cell.source = (
            '=HYPERLINK("http://x")\n<script>alert(1)</script><img src=x onerror=alert(1)>' + "&lt;" * 50_000
        )
    return notebook


@hostile(share=1.0)
def old_format(case: Case) -> object:
    """All is solved; the file is in notebook format 3, of 2012."""
    notebook = nbformat.convert(_solved(case), 3)
    return nbformat.v3.writes_json(notebook).encode()


@hostile(share=1.0)
def a_hundred_megabytes_of_outputs(case: Case) -> object:
    """All is solved; the outputs that were saved with it have 100 MB."""
    notebook = _solved(case)
    cell = case.cell(notebook, case.exercise.check_cell)
    cell.outputs = [new_output("stream", name="stdout", text="x" * 10**6) for _ in range(100)]
    return notebook
