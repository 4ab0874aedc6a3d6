"""Every notebook and every solution, run by nbval in the smoke profile without network; and what is committed."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from notebook_runner import prepared, run_notebook

from tools.lessons.notebook import leaks, out_of_date
from tools.lessons.outputs import MAX_NOTEBOOK, oversized_images
from tools.lessons.source import project_values, read_lesson

ROOT = Path(__file__).resolve().parent.parent
LESSONS = {path.stem: path for path in sorted((ROOT / "lessons").glob("*.py"))}
FEWEST_EXERCISES = {"00": 1, "01": 5, "02": 5, "03": 6, "04": 6}
each_lesson = pytest.mark.parametrize("name", LESSONS)


def notebook(name: str, folder: str = "notebooks") -> nbformat.NotebookNode:
    return nbformat.read(ROOT / folder / f"{name}.ipynb", as_version=4)


def code_cells(name: str, tag: str | None = None) -> list[nbformat.NotebookNode]:
    cells = [cell for cell in notebook(name).cells if cell.cell_type == "code"]
    return [cell for cell in cells if tag is None or tag in cell.metadata.get("tags", [])]


@pytest.mark.notebook
@each_lesson
def test_the_unsolved_notebook_runs_and_scores_nothing(name, tmp_path):
    passed, cells, report = run_notebook(prepared(ROOT / "notebooks" / f"{name}.ipynb", solved=False), tmp_path)
    assert passed == cells, report


@pytest.mark.notebook
@each_lesson
def test_the_solved_notebook_runs_and_scores_everything(name, tmp_path):
    solution = ROOT / "solutions" / f"{name}.ipynb"
    copy = prepared(solution, solved=True, stored=ROOT / "notebooks" / f"{name}.ipynb")
    passed, cells, report = run_notebook(copy, tmp_path)
    assert passed == cells, report


@each_lesson
def test_the_committed_notebooks_are_up_to_date(name):
    assert out_of_date(read_lesson(LESSONS[name]), project_values(ROOT), ROOT) == []


@pytest.mark.parametrize("folder", ["notebooks", "solutions"])
def test_every_notebook_has_a_lesson(folder):
    assert {path.stem for path in (ROOT / folder).glob("*.ipynb")} == set(LESSONS)


@each_lesson
def test_nothing_hidden_reaches_the_learner(name):
    text = (ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")
    assert leaks(read_lesson(LESSONS[name]), text) == []
    assert not re.search(r"(BEGIN|END) (SOLUTION|HIDDEN)", text)


@each_lesson
def test_the_committed_notebook_is_fit_to_be_kept(name):
    path = ROOT / "notebooks" / f"{name}.ipynb"
    assert path.stat().st_size <= MAX_NOTEBOOK
    made = notebook(name)
    nbformat.validate(made)
    assert set(made.metadata) == {"kernelspec", "language_info", "ganlab"}, "no widget state among others"
    outputs = [output for cell in code_cells(name) for output in cell.outputs]
    assert "vnd.jupyter.widget" not in json.dumps(outputs)
    assert [output for output in outputs if output.output_type == "error"] == []
    assert [output for output in outputs if output.get("name") == "stderr"] == []
    assert oversized_images(outputs) == []
    ran = [cell.execution_count for cell in code_cells(name) if cell.source.strip()]
    assert ran == list(range(1, len(ran) + 1)), "run once, from top to bottom"


@each_lesson
def test_a_lesson_shows_pictures_and_widgets_without_a_kernel(name):
    kinds = [mime for cell in code_cells(name) for output in cell.outputs for mime in output.get("data", {})]
    assert kinds.count("image/png") + kinds.count("image/jpeg") >= 3
    for cell in code_cells(name):
        if re.search(r"\bwidgets\.show\(", cell.source):
            shown = [mime for output in cell.outputs for mime in output.get("data", {})]
            assert {"image/png", "image/jpeg"} & set(shown), f"no static picture below {cell.source!r}"


@each_lesson
@pytest.mark.parametrize("folder", ["notebooks", "solutions"])
def test_a_lesson_opens_in_colab_from_this_project(name, folder):
    values = project_values(ROOT)
    slug = values["REPOSITORY"].removeprefix("https://github.com/")
    place = f"colab.research.google.com/github/{slug}/blob/{values['BRANCH']}/{folder}/{name}.ipynb"
    first, *others = notebook(name, folder).cells
    assert first.source.startswith("# "), "a title"
    assert place in first.source
    setup = [cell for cell in others if "setup" in cell.metadata.get("tags", [])]
    assert f"git+{values['REPOSITORY']}@{values['BRANCH']}" in setup[0].source
    assert len([line for line in setup[0].source.split("\n") if line.strip()]) <= 10
    assert "{{" not in "".join(cell.source for cell in setup)


@each_lesson
def test_a_lesson_shows_no_picture_from_elsewhere(name):
    markdown = "\n".join(cell.source for cell in notebook(name).cells if cell.cell_type == "markdown")
    pictures = re.findall(r"!\[[^]]*\]\((https?://[^)]*)\)|<img[^>]*src=[\"'](https?://[^\"']*)", markdown)
    assert pictures == []
    near = [ROOT / "notebooks" / found for found in re.findall(r"!\[[^]]*\]\((?!attachment:)([^):]*)\)", markdown)]
    assert near
    assert [path for path in near if not path.is_file()] == []


@each_lesson
def test_every_exercise_waits_for_the_learner(name):
    exercises, checks = code_cells(name, "exercise"), code_cells(name, "check")
    assert len(exercises) == len(checks) >= FEWEST_EXERCISES.get(name[:2], 3)
    for cell in checks:
        said = "".join(output.get("text", "") for output in cell.outputs)
        assert re.search(r"^✗ .*not yet written", said, re.M), f"{cell.source!r} said {said!r}"


@each_lesson
def test_every_check_of_the_lesson_is_used_in_it(name):
    from ganlab import checks
    from ganlab.checks.ladder import Ladder

    module = getattr(checks, f"lesson_{name[:2]}")
    ladders = {key for key, value in vars(module).items() if isinstance(value, Ladder)}
    used = {
        key for cell in code_cells(name, "check") for key in re.findall(r"checks\.lesson_\d+\.(\w+)", cell.source)
    }
    assert used == ladders


def tiny(tmp_path: Path, *sources: str) -> Path:
    """A notebook whose first cell must say 2, and further cells."""
    said = nbformat.v4.new_output("execute_result", data={"text/plain": "2"}, execution_count=1)
    first = nbformat.v4.new_code_cell(
        "1 + 1", metadata={"tags": ["nbval-check-output"]}, execution_count=1, outputs=[said]
    )
    made = nbformat.v4.new_notebook(cells=[first, *(nbformat.v4.new_code_cell(source) for source in sources)])
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, tmp_path / "tiny.ipynb")
    return tmp_path / "tiny.ipynb"


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


@pytest.mark.notebook
@pytest.mark.parametrize("solved", [False, True])
def test_the_runner_marks_the_checks(tmp_path, solved):
    right = "lambda images: ((images.clamp(-1, 1) + 1) * 127.5).round().byte()"
    path = tiny(tmp_path, f"from ganlab import checks\nchecks.lesson_00.to_pixels({right})")
    passed, cells, report = run_notebook(prepared(path, solved=solved), tmp_path / "run")
    assert cells == 4
    assert passed == (4 if solved else 0), report


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
