"""The runner of notebooks finds what it is there to find: each kind of fault, in a notebook made for it."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tests.notebook_runner import prepared, prepared_both_ways, run_notebook

# The unsolved and the solved notebook alone are thorough; so is what is said of running them.
when_the_runner_changes = pytest.mark.thorough(when=["tests/notebook_runner.py", "tests/in_the_kernel.py"])
IMPORTS = "import torch\nfrom ganlab import checks"
STUB = "def to_pixels(images):\n    raise NotImplementedError('your code here: replace this line')"
ANSWER = "def to_pixels(images):\n    return ((images.clamp(-1, 1) + 1) * 127.5).round().byte()"
CHECK = "checks.lesson_00.to_pixels(to_pixels)"


def written(path: Path, cells: list[nbformat.NotebookNode]) -> Path:
    made = new_notebook(cells=cells)
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, path)
    return path


def sure(source: str, text: str) -> nbformat.NotebookNode:
    """A cell that must say ``text``."""
    said = new_output("execute_result", data={"text/plain": text}, execution_count=1)
    return new_code_cell(source, metadata={"tags": ["nbval-check-output"]}, execution_count=1, outputs=[said])


def tiny(tmp_path: Path, *sources: str) -> Path:
    """A notebook whose first cell must say 2, and further cells."""
    return written(tmp_path / "tiny.ipynb", [sure("1 + 1", "2"), *map(new_code_cell, sources)])


def lesson(tmp_path: Path, *cells: str | nbformat.NotebookNode | tuple[str, str]) -> nbformat.NotebookNode:
    """A small lesson prepared both ways: a pair is an exercise, its stub and its solution, with the check below it.

    A solution may end in hidden tests, after a line of dashes: they stand in its check.
    """
    unsolved, solved = [], []
    for cell in cells:
        if isinstance(cell, tuple):
            answer, _, hidden = cell[1].partition("\n---\n")
            for tag, sources in (("exercise", (cell[0], answer)), ("check", (CHECK, f"{CHECK}\n{hidden}"))):
                unsolved.append(new_code_cell(sources[0], metadata={"tags": [tag]}))
                solved.append(new_code_cell(sources[1], metadata={"tags": [tag]}, id=unsolved[-1].id))
        else:
            unsolved.append(new_code_cell(cell) if isinstance(cell, str) else cell)
            solved.append(unsolved[-1])
    return prepared_both_ways(
        written(tmp_path / "lesson.ipynb", unsolved), written(tmp_path / "solution.ipynb", solved)
    )


@pytest.mark.notebook
def test_after_a_solution_the_kernel_is_where_the_learner_is(tmp_path):
    notebook = lesson(
        tmp_path,
        f"{IMPORTS}\nkept = 1\ntorch.manual_seed(3)\nwanted = torch.Generator().manual_seed(3)",
        (
            STUB,
            f"kept, helper = 2, 3\n{ANSWER}\n---\ntorch.rand(5)\n_hidden = to_pixels(torch.ones(1))\nassert _hidden == 255",
        ),
        "assert torch.rand(()) == torch.rand((), generator=wanted)",
        sure("kept, 'helper' in globals(), '_hidden' in globals()", "(1, False, False)"),
        "try:\n    to_pixels(None)\nexcept NotImplementedError:\n    pass",
    )
    passed, cells, report = run_notebook(notebook, tmp_path / "run")
    assert (passed, cells) == (12, 12), report


@pytest.mark.notebook
def test_every_fault_of_a_lesson_is_named(tmp_path):
    """One kernel for all faults, for it takes its time to start."""
    notebook = lesson(
        tmp_path,
        f"{IMPORTS}\nimport socket\nmade = {{'weights': [torch.zeros(2)]}}",
        # Solved above the exercise already, with a solution that scores nothing.
        (ANSWER, STUB),
        # It takes from the lesson, and it asks somebody.
        (STUB, f"{ANSWER}\nmade['weights'][0].data.add_(1)\ntry:\n    socket.create_connection(('192.0.2.1', 80), 1)\n"
               "except OSError:\n    pass\nhelper = 3"),
        # The check of the stub is caught, and not heard.
        (STUB, f"{ANSWER}\n---\nassert to_pixels(torch.ones(1)) == 254, 'hidden'"),
        "helper + 1",
        sure("1 + 2", "4"),
        (STUB, ANSWER),
    )  # fmt: skip
    for cell in notebook.cells[-6:]:
        # The last exercise's check never runs.
        cell.source = cell.source.replace(CHECK, "to_pixels")
    passed, _, report = run_notebook(notebook, tmp_path / "run")
    assert passed == 0
    assert "4 failed" in report, "the hidden test, the cell that needs a solution, the output, and the verdict"
    for words in (
        "to_pixels unsolved: ['passed', 1.0]",
        "to_pixels with their solutions: ['missing', 0.0]",
        "3 checks ran unsolved, expected 4",
        "3 checks ran with their solutions, expected 4",
        "a solution has changed 'made'",
        "tried: socket.getaddrinfo 192.0.2.1",
        "hidden",
        "name 'helper' is not defined",
    ):
        assert words in report, words


def test_notebooks_of_different_cells_are_refused(tmp_path):
    with pytest.raises(ValueError, match="do not have the same cells: run make lessons"):
        prepared_both_ways(tiny(tmp_path), written(tmp_path / "other.ipynb", [new_code_cell("1 + 1")]))


SECRETLY = "try:\n    {}\nexcept OSError:\n    pass"


@pytest.mark.notebook
def test_the_runner_switches_the_network_off_and_tells_what_was_tried_in_secret(tmp_path):
    path = tiny(
        tmp_path,
        "import urllib.request\nurllib.request.urlopen('http://example.com')",
        "import socket, subprocess\n" + SECRETLY.format("socket.create_connection(('192.0.2.1', 80), 1)"),
        SECRETLY.format("socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.2', 53))"),
        SECRETLY.format("subprocess.run(['curl', 'example.org'])"),
        "server = socket.create_server(('127.0.0.1', 0))\nsocket.create_connection(server.getsockname()).close()",
        "1 / 0",
    )
    passed, cells, report = run_notebook(prepared(path, solved=False), tmp_path / "run")
    assert (passed, cells) == (0, 9)
    assert "3 failed, 6 passed" in report, "the download, the division, the verdict"
    for words in (
        "switched off",
        "getaddrinfo example.com",
        "getaddrinfo 192.0.2.1",
        "sendto 192.0.2.2",
        "'curl'",
        "ZeroDivis",
    ):
        assert words in report, words


@when_the_runner_changes
@pytest.mark.notebook
@pytest.mark.parametrize("solved", [False, True])
def test_the_runner_marks_the_checks(tmp_path, solved):
    right = "lambda images: ((images.clamp(-1, 1) + 1) * 127.5).round().byte()"
    path = tiny(tmp_path, f"from ganlab import checks\nchecks.lesson_00.to_pixels({right})")
    passed, cells, report = run_notebook(prepared(path, solved=solved), tmp_path / "run")
    assert cells == 4
    assert passed == (4 if solved else 0), report


@when_the_runner_changes
@pytest.mark.notebook
def test_the_runner_compares_tagged_outputs_also_of_a_solution(tmp_path):
    stored = tiny(tmp_path)
    other = nbformat.read(stored, as_version=4)
    other.cells[0].source, other.cells[0].outputs, other.cells[0].metadata = "1 + 2", [], {}
    other.cells[0].execution_count = None
    nbformat.write(other, tmp_path / "solution.ipynb")
    copy = prepared(tmp_path / "solution.ipynb", solved=True, stored=stored)
    passed, _, report = run_notebook(copy, tmp_path / "run")
    assert passed == 0
    assert "1 failed" in report
