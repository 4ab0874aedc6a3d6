"""The assignments of all lessons, as `make assignments` makes them: complete, runnable, and giving nothing away."""

import os
import re
import shutil
import subprocess
import sys
import types
from pathlib import Path

import nbformat
import pytest
import torch

from ganlab import checks
from ganlab.checks.ladder import Ladder
from ganlab_grade.course import assignment_from_json, read_course, to_json
from tests.tools.assignments import graded_lesson as shared
from tools.assignments import build as make_assignments
from tools.lessons.source import read_lesson

# One worker makes the course folder once.
LESSONS = sorted((shared.ROOT / "lessons").glob("[0-9][0-9]_*.py"))
NAMES = [path.stem for path in LESSONS]
POINTS = {"easy": 5, "medium": 10, "hard": 15}


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("term") / "course"
    assert make_assignments.main(["--course", str(folder)]) == 0
    return folder


def _notebook(course: Path, kind: str, lesson: str) -> nbformat.NotebookNode:
    return nbformat.read(course / kind / lesson / f"{lesson}.ipynb", as_version=4)


def test_the_folder_is_complete(course):
    found = read_course(course)
    assert sorted(found) == NAMES
    for lesson, assignment in found.items():
        assert assignment.lesson == lesson
        assert [path.name for path in (course / "release" / lesson).iterdir()] == [f"{lesson}.ipynb"]
        assert (course / "release" / lesson / f"{lesson}.ipynb").read_text() == assignment.release
        assert assignment_from_json(to_json(assignment)) == assignment
        rubric = (course / "rubrics" / f"{lesson}.md").read_text()
        assert all(earned in rubric for question in assignment.questions for _, earned in question.rubric)
        assert len(assignment.questions) >= 2
    assert (course / "gradebook.db").exists()
    assert not [path for path in course.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("path", LESSONS, ids=NAMES)
def test_every_exercise_of_the_lesson_is_there_with_its_points(course, path):
    assignment = read_course(course)[path.stem]
    text = path.read_text()
    levels = re.findall(r"^# \*\*Exercise \d+ \((\w+)\)", text, re.M) or ["easy"]
    assert [exercise.points for exercise in assignment.exercises] == [POINTS[level] for level in levels]
    assert [exercise.name for exercise in assignment.exercises] == re.findall(
        r'^# %% tags=\["exercise"\]\ndef (\w+)', text, re.M
    )
    module = getattr(checks, f"lesson_{path.stem[:2]}")
    ladders = {f"lesson_{path.stem[:2]}.{name}" for name, one in vars(module).items() if isinstance(one, Ladder)}
    assert sorted(exercise.check for exercise in assignment.exercises) == sorted(ladders)
    cells = {cell.id: cell for cell in nbformat.reads(assignment.release, as_version=4).cells}
    for one in (*assignment.exercises, *assignment.questions):
        graded = cells[getattr(one, "check_cell", None) or one.cell].metadata.nbgrader
        assert (graded.grade, graded.points) == (True, one.points)
    assert cells["title"].source.count(f"{assignment.points:g} points") == 1


@pytest.mark.parametrize("lesson", NAMES)
@pytest.mark.parametrize("kind", ["source", "release"])
def test_nbgraders_own_validator_accepts_every_cell(course, kind, lesson):
    from nbgrader.nbgraderformat import MetadataValidator

    notebook = _notebook(course, kind, lesson)
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    for cell in notebook.cells:
        settings = cell.metadata.nbgrader
        assert settings.grade_id == cell.id
        assert settings.schema_version == 3
        roles = (settings.grade, settings.solution, settings.locked, settings.task)
        wanted = (False, False, True, False)
        if cell.id.endswith("-answer"):
            wanted = (False, True, False, False)
        elif cell.id.endswith("-check"):
            wanted = (True, False, True, False)
        elif re.fullmatch(r"question-\d+", cell.id):
            wanted = (True, True, False, False)
        assert roles == wanted, cell.id
        if kind == "release":
            assert cell.metadata.get("editable", True) is bool(settings.solution)
            assert cell.metadata.deletable is False


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(one, id=one.stem, marks=[pytest.mark.thorough] * (one not in (LESSONS[0], LESSONS[-1])))
        for one in LESSONS
    ],
)
def test_solved_it_passes_and_blank_it_runs_on_colab(course, path, tmp_path):
    lesson, assignment = path.stem, read_course(course)[path.stem]
    blank = shared.write_notebook(_notebook(course, "release", lesson), tmp_path / "blank.ipynb")
    full = shared.write_notebook(shared.solved(_notebook(course, "source", lesson)), tmp_path / "solved.ipynb")
    unsolved, solved = shared.run_notebooks(blank, full)
    exercises = len(assignment.exercises)
    assert [tuple(one[1:]) for one in unsolved["results"]] == [("missing", 0.0)] * exercises
    assert [tuple(one[1:]) for one in solved["results"]] == [("passed", 1.0)] * exercises
    assert unsolved["seconds"] < 10
    assert solved["seconds"] < 10


@pytest.mark.parametrize("path", LESSONS, ids=NAMES)
def test_hidden_tests_stand_on_their_own(course, path):
    """The marking gives them the answer and `lab`; all else they bring along."""
    lab = types.SimpleNamespace(generator=lambda offset=0: torch.Generator().manual_seed(2718 + offset))
    cells = {cell.id: cell.source for cell in shared.solved(_notebook(course, "source", path.stem)).cells}
    for exercise in read_course(course)[path.stem].exercises:
        answers: dict = {}
        exec(cells["need"], answers)
        exec(cells[exercise.answer_cell], answers)
        alone = {"__name__": "hidden", "lab": lab, exercise.name: answers[exercise.name]}
        exec(exercise.hidden, alone)  # the solution passes
        shown, _, hidden = cells[exercise.check_cell].partition("\n")
        assert shown.startswith(f"checks.{exercise.check}(")
        assert hidden.strip() == exercise.hidden, "source/ shows the instructor what is run"


@pytest.mark.parametrize("path", LESSONS, ids=NAMES)
def test_nothing_secret_is_handed_out(course, path):
    text = path.read_text()
    public = (shared.ROOT / "notebooks" / f"{path.stem}.ipynb").read_text().replace('\\"', '"').replace("\\\\", "\\")
    blocks = re.findall(r"### BEGIN [A-Z ]+\n(.*?)### END", text, re.S)
    secret = {line.strip() for block in blocks for line in block.split("\n") if len(line.strip()) >= 12}
    released = [file.read_text() for file in (course / "release" / path.stem).rglob("*") if file.is_file()]
    plain = "\n".join([*released, *(one.replace('\\"', '"').replace("\\\\", "\\") for one in released)])
    assert len(secret) >= 2
    assert [line for line in secret if line in plain and line not in public] == []
    assert "### " not in plain.replace("#### ", "")
    assert "SOLUTION" not in plain
    assert "HIDDEN" not in plain
    assert "assert" not in "\n".join(
        cell.source for cell in _notebook(course, "release", path.stem).cells if cell.cell_type == "code"
    )
    written = (shared.ROOT / "lessons" / f"{path.stem}.md").read_text()
    parts = re.findall(r"### Rubric\n(.*?)\n### A good answer\n(.*?)(?=\n## |\Z)", written, re.S)
    said = [line.strip().replace("\\", "\\\\") for part in parts for half in part for line in half.split("\n")]
    assert len(parts) >= 2
    assert [line for line in said if len(line) > 25 and line in "\n".join(released)] == []


@pytest.mark.parametrize("path", LESSONS, ids=NAMES)
def test_answers_are_the_stubs_of_the_lessons_own_notebook(course, path):
    stubs = {cell.unsolved for cell in read_lesson(path).cells if "exercise" in cell.tags}
    notebook = _notebook(course, "release", path.stem)
    assert {cell.source for cell in notebook.cells if cell.id.endswith("-answer")} == stubs
    assert {cell.source for cell in notebook.cells if re.fullmatch(r"question-\d+", cell.id)} == {
        "*Your answer here.*"
    }
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert not re.search(r"\b(fit|data\.\w+|load_\w+)\(", code), "no training and no data"
    assert len(code) < 6000, "short"


def test_nbgrader_run_by_hand_hands_out_the_same(course, tmp_path):
    lesson = NAMES[0]
    copy = tmp_path / "course"
    shutil.copytree(course, copy)
    release = copy / "release" / lesson / f"{lesson}.ipynb"
    release.unlink()
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = [sys.executable, "-W", "ignore", "-m", "nbgrader", "generate_assignment", lesson, "--force"]
    environment = {**os.environ, "PATH": path, "JUPYTER_CONFIG_DIR": str(tmp_path), "JUPYTER_PLATFORM_DIRS": "1"}
    done = subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert release.read_text() == read_course(course)[lesson].release


def test_made_again_nothing_changes_and_no_mark_is_lost(course, tmp_path, capsys):
    copy = tmp_path / "course"
    shutil.copytree(course, copy)
    lesson = NAMES[0]
    shared.hand_in(copy, lesson)
    before, entered = shared.contents(copy), shared.marks(copy)
    times = {path: path.stat().st_mtime_ns for path in copy.rglob("*.ipynb")}
    assert 1.5 in [value for row in entered["grade"] for value in row]
    assert "well seen" in repr(entered["comment"])
    assert make_assignments.main(["--course", str(copy), "--only", lesson[:2]]) == 0
    assert f"{lesson}: up to date" in capsys.readouterr().out
    assert shared.contents(copy) == before == shared.contents(course)
    assert shared.marks(copy) == entered
    assert {path: path.stat().st_mtime_ns for path in copy.rglob("*.ipynb")} == times
