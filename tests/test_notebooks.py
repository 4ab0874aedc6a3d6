"""Every notebook and every solution, run by nbval in the smoke profile without network; and what is committed.

One kernel a lesson runs the learner's notebook and, at each exercise, its solution as well. That the unsolved notebook
alone, and the solved one alone, run to their ends is tried when the lesson has changed; besides, the committed outputs
of each notebook are those of such a run.
"""

import json
import re
from pathlib import Path

import nbformat
import pytest

from tests.notebook_runner import prepared, prepared_both_ways, run_notebook
from tools.assignments.scope import taken
from tools.lessons.markers import parse, top_level_names
from tools.lessons.notebook import leaks, out_of_date
from tools.lessons.outputs import MAX_NOTEBOOK, oversized_images
from tools.lessons.source import project_values, read_lesson

ROOT = Path(__file__).resolve().parent.parent
LESSONS = {path.stem: path for path in sorted((ROOT / "lessons").glob("*.py"))}
each_lesson = pytest.mark.parametrize("name", LESSONS)


def notebook(name: str, folder: str = "notebooks") -> nbformat.NotebookNode:
    return nbformat.read(ROOT / folder / f"{name}.ipynb", as_version=4)


def code_cells(name: str, tag: str | None = None) -> list[nbformat.NotebookNode]:
    cells = [cell for cell in notebook(name).cells if cell.cell_type == "code"]
    return [cell for cell in cells if tag is None or tag in cell.metadata.get("tags", [])]


def run_alone(name: str, folder: Path, *, solved: bool) -> None:
    """The unsolved or the solved notebook in a kernel of its own, from its first to its last cell."""
    blank = ROOT / "notebooks" / f"{name}.ipynb"
    path = ROOT / "solutions" / f"{name}.ipynb" if solved else blank
    passed, cells, report = run_notebook(prepared(path, solved=solved, stored=blank if solved else None), folder)
    assert passed == cells, report


@pytest.mark.notebook
@each_lesson
def test_the_notebook_runs_unsolved_and_each_solution_scores_everything(name, tmp_path):
    paths = [ROOT / folder / f"{name}.ipynb" for folder in ("notebooks", "solutions")]
    passed, cells, report = run_notebook(prepared_both_ways(*paths), tmp_path)
    assert passed == cells, report


def alone(name: str):
    """A lesson whose notebooks run alone when it has changed, and when what runs them has."""
    changed = [f"*/{name}.ipynb", f"lessons/{name}.py", "tests/notebook_runner.py", "tests/in_the_kernel.py"]
    return pytest.param(name, marks=pytest.mark.thorough(when=changed))


@pytest.mark.notebook
@pytest.mark.parametrize("name", [alone(name) for name in LESSONS])
def test_the_unsolved_notebook_runs_and_scores_nothing(name, tmp_path):
    run_alone(name, tmp_path, solved=False)


@pytest.mark.notebook
@pytest.mark.parametrize("name", [alone(name) for name in LESSONS])
def test_the_solved_notebook_runs_and_scores_everything(name, tmp_path):
    run_alone(name, tmp_path, solved=True)


@each_lesson
def test_no_cell_needs_an_exercise_except_its_check(name):
    """Exercises are leaves: with them solved or not, every other cell finds the same names."""
    code = [cell for cell in read_lesson(LESSONS[name]).cells if cell.kind == "code" and "setup" not in cell.tags]
    for at, cell in enumerate(code):
        if "exercise" in cell.tags:
            answers = top_level_names(parse(cell.solved))
            assert [later.line for later in code[at + 2 :] if answers & taken(later.solved)] == [], answers


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
    written = [cell for cell in read_lesson(LESSONS[name]).cells if "exercise" in cell.tags]
    # The first lesson only shows what an exercise is.
    assert len(exercises) == len(checks) == len(written) >= (1 if name == min(LESSONS) else 3)
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
