"""Run one notebook through nbval as the course's tests want it: smoke profile, no network, checks that mean it."""

import os
import re
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

# First cell of the copy under test.
GUARD = Path(__file__).with_name("in_the_kernel.py").read_text(encoding="utf-8")


def _tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def _checks(cells: list[NotebookNode]) -> int:
    return sum(cell.cell_type == "code" and "check" in _tags(cell) for cell in cells)


def _exercises(cells: list[NotebookNode]) -> dict[str, list[NotebookNode]]:
    """Each exercise with its checks, by the id of the cell that ends it."""
    code = [cell for cell in cells if cell.cell_type == "code"]
    found = {}
    for at, cell in enumerate(code):
        if "exercise" in _tags(cell):
            whole = [cell, *takewhile(lambda later: "check" in _tags(later), code[at + 1 :])]
            found[whole[-1].id] = whole
    return found


def _between(first: str, cells: list[NotebookNode], **expected: int) -> list[NotebookNode]:
    """The cells between the two that guard them."""
    verdict = ", ".join(f"{name}={count}" for name, count in expected.items())
    return [new_code_cell(first), *cells, new_code_cell(f"_watch.verdict({verdict})")]


def prepared(path: Path, *, solved: bool, stored: Path | None = None) -> NotebookNode:
    """The notebook between the two guarding cells; a solution gets the ``stored`` outputs it must reproduce."""
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if stored is not None:
        known = {cell.id: cell for cell in nbformat.read(stored, as_version=4).cells}
        for cell in code:
            other = known.get(cell.id)
            if other is not None and "nbval-check-output" in _tags(other):
                cell.outputs, cell.execution_count = other.outputs, other.execution_count
                cell.metadata.tags = other.metadata.tags
    checks = _checks(notebook.cells)
    guard = GUARD + f"_watch.solved = {solved}\n"
    notebook.cells = _between(guard, notebook.cells, unsolved=0 if solved else checks, solved=checks if solved else 0)
    return notebook


def prepared_both_ways(unsolved: Path, solution: Path) -> NotebookNode:
    """The unsolved notebook, in which each exercise is also solved once, for one kernel.

    A stub and its check run as they stand. Then the solution and its check, with the hidden tests in it, run from the
    ``solution``; and the kernel goes back to where it was before them, so that all that follows runs as it does for a
    learner who has solved nothing. The outputs that nbval compares are those stored in the unsolved notebook.

    Raises
    ------
    ValueError
        If the two notebooks do not have the same cells, by their ids.
    """
    notebook = nbformat.read(unsolved, as_version=4)
    solved = {cell.id: cell for cell in nbformat.read(solution, as_version=4).cells}
    if [cell.id for cell in notebook.cells] != list(solved):
        raise ValueError(f"{unsolved} and {solution} do not have the same cells: run make lessons")
    cells, exercises = [], _exercises(notebook.cells)
    for cell in notebook.cells:
        cells.append(cell)
        if whole := exercises.get(cell.id):
            begin, end = (new_code_cell(f"_watch.{name}_solution()") for name in ("begin", "end"))
            # The same cells stand above with the same ids, and a notebook has each id once.
            answer = [new_code_cell(solved[part.id].source, metadata=solved[part.id].metadata) for part in whole]
            cells += [begin, *answer, end]
    checks = _checks(notebook.cells)
    notebook.cells = _between(GUARD, cells, unsolved=checks, solved=checks)
    return notebook


def run_notebook(notebook: NotebookNode, folder: Path, *, timeout: int = 400) -> tuple[int, int, str]:
    """Run it through nbval in a fresh kernel; return how many cells passed, how many there are, and the report."""
    folder.mkdir(exist_ok=True)
    nbformat.write(notebook, folder / "lesson.ipynb")
    (folder / "pytest.ini").write_text("[pytest]\n")  # this repository's own settings are for its own tests
    environment = {
        **os.environ,
        "GANLAB_PROFILE": "smoke",
        "PYTHONWARNINGS": "default",
        "NO_COLOR": "1",
        "JUPYTER_PLATFORM_DIRS": "1",
    }
    environment.setdefault("OMP_NUM_THREADS", "1")  # notebooks run side by side, and threads would queue up
    for name in [name for name in environment if name.startswith(("PYTEST_", "COV_", "MPLBACKEND"))]:
        del environment[name]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--tb=short"]
    command += ["--nbval-lax", "--nbval-cell-timeout=120", "-c", "pytest.ini", "lesson.ipynb"]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout, check=False
    )
    report = done.stdout + done.stderr
    passed = re.search(r"(\d+) passed", report)
    cells = sum(cell.cell_type == "code" and bool(cell.source.strip()) for cell in notebook.cells)
    return int(passed[1]) if passed and done.returncode == 0 else 0, cells, report
