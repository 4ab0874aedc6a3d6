"""What happens to a course folder when lessons change, a run is cut short, or somebody edits what is relied on."""

import json
import shutil
import sqlite3
import sys
from pathlib import Path

import nbformat
import pytest

from ganlab_grade.course import read_course
from tests.tools.assignments import graded_lesson as shared
from tools.assignments import build as make_assignments
from tools.assignments import folder, release
from tools.assignments.folder import make_assignment, with_digest
from tools.lessons import BuildError
from tools.lessons.source import read_lesson

LESSON = "09_small"


def make(root, **changes):
    """Write the small lesson and make its assignment."""
    path = shared.write_course(root, **changes)
    return make_assignment(read_lesson(path), root=root, course=root / "course")


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    """The small course: a new gradebook takes a second, a copy of one nothing."""
    root = tmp_path_factory.mktemp("small")
    assert make(root).done == "new"
    return root


@pytest.fixture
def root(made_once, tmp_path):
    """A copy of it."""
    return Path(shutil.copytree(made_once, tmp_path / "root"))


def cells(root, kind="release"):
    notebook = nbformat.read(root / "course" / kind / LESSON / f"{LESSON}.ipynb", as_version=4)
    return {cell.id: cell for cell in notebook.cells}


def test_the_small_lesson_word_for_word(root):
    made, found = make(root), cells(root)
    assert list(found) == [
        "title", "setup", "need", "exercises", "conv-transpose-size-text", "conv-transpose-size-answer",
        "conv-transpose-size-check", "conv-transpose-size-hints", "radius-after-text", "radius-after-answer",
        "radius-after-check", "questions", "question-1-text", "question-1", "question-2-text", "question-2", "submit",
    ]  # fmt: skip
    assert found["need"].source == (
        "# What you need: the exercises and their checks use only this.\nimport math\n\nimport numpy as np\n"
        "import torch\nfrom torch import nn\n\nfrom ganlab import checks\n\n# of the length\nFACTOR, SHIFT = 2, "
        'math.pi\n\n\ndef twice(x):\n    """Two times x."""\n    # see above\n    return FACTOR * x'
    )
    assert found["exercises"].source == "## Exercises\n\nAll numbers are whole."
    assert found["conv-transpose-size-text"].source == (
        "**Exercise 1 (easy).** The length of a transposed convolution's output, not of `twice`, see equation (7).\n\n"
        "> From the lesson:\n>\n> $$a^2+b^2 =c^2.\\tag{7}$$"
    )
    assert found["conv-transpose-size-hints"].source == "*Hint.* Follow one number."
    assert found["question-1-text"].source.startswith("**Question 1 (6 points): Why the detach?**\n\nSay what would")
    assert found["question-1-text"].source.endswith("\\tag{7}$$")
    assert "## no heading (3 points)" in found["question-2-text"].source
    title = found["title"].source
    assert "Two exercises, and two written questions. Together 28.5 points." in title
    assert "github.com/someone/course/blob/trunk/notebooks/09_small.ipynb" not in title.split("\n")[2].split("](")[0]
    badge = "https://colab.research.google.com/github/someone/course/blob/trunk/notebooks/09_small.ipynb"
    assert title.split("\n")[2].endswith(f"({badge})")
    question = made.assignment.questions[0]
    assert question.rubric[0] == (2.0, "says that the generator gets a gradient from the discriminator's loss")
    assert with_digest(made.assignment) == made.assignment
    assert len(made.assignment.digest) == 64


def test_a_published_course_has_a_badge_that_opens_the_assignment(root):
    path = shared.write_course(root)
    with (root / "pyproject.toml").open("a") as file:
        file.write('assignments = "https://github.com/school/autumn/blob/main/release/"\n')
    make_assignment(read_lesson(path), root=root, course=root / "course")
    title = cells(root)["title"].source
    assert "(https://colab.research.google.com/github/school/autumn/blob/main/release/09_small.ipynb)" in title
    assert "Upload notebook" not in title


def test_an_exercise_inserted_before_renames_no_cell_and_the_digest_tells(root):
    first, before = make(root), cells(root)
    second = make(root, exercises=(shared.LENGTH, *shared.EXERCISES))
    after = cells(root)
    assert second.done == "changed"
    assert set(before) < set(after)
    for name in ("conv-transpose-size-answer", "radius-after-check", "question-2"):
        assert before[name] == after[name]
    assert [one.title for one in second.assignment.exercises] == [
        "Exercise 1 (medium)", "Exercise 2 (easy)", "Exercise 3 (hard)"
    ]  # fmt: skip
    assert first.assignment.digest != second.assignment.digest
    assert make(root).assignment == first.assignment, "taken back, it is the same again"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"exercises": (shared.LENGTH, *shared.EXERCISES)}, "new cells, channelwise-parameters-answer, "),
        ({"exercises": (shared.SIZE,)}, "lost cells, radius-after-answer, "),
        ({"written": (shared.GHOSTS, shared.DETACH)}, "'Ghosts' was question-2 and is now question-1"),
    ],
)
def test_once_work_is_handed_in_no_mark_changes_its_cell(root, changes, said):
    course = root / "course"
    shared.hand_in(course, LESSON)
    before, entered = shared.contents(course), shared.marks(course)
    with pytest.raises(BuildError, match=said) as caught:
        make(root, **changes)
    assert "1 submissions are in gradebook.db" in str(caught.value)
    assert shared.contents(course) == before
    assert shared.marks(course) == entered


def test_once_work_is_handed_in_words_may_change_and_new_points_are_said(root):
    course = root / "course"
    shared.hand_in(course, LESSON)
    entered = shared.marks(course)
    harder = shared.RADIUS.replace("(hard)", "(medium)").replace("Use no loop", "No loop is needed")
    made = make(root, exercises=(shared.SIZE, harder))
    assert made.remarks == (
        "radius-after-check is worth 10 points now, and was worth 15 when work was handed in: mark it again",
    )
    assert shared.marks(course) == entered
    assert make(root, exercises=(shared.SIZE, harder)).remarks == ()


def test_before_anything_is_handed_in_everything_may_change(root):
    make(root, exercises=(shared.LENGTH,), written=(shared.GHOSTS, shared.DETACH))
    assert [one.title for one in read_course(root / "course")[LESSON].questions] == ["Ghosts", "Why the detach?"]
    with sqlite3.connect(root / "course" / "gradebook.db") as database:
        names = {row[0] for row in database.execute("SELECT name FROM base_cell")}
    assert "channelwise-parameters-check" in names
    assert "radius-after-check" not in names


@pytest.mark.parametrize("writes", range(5))
def test_a_run_cut_short_while_writing_is_simply_repeated(root, made_once, monkeypatch, writes):
    """Five files are written: settings, source, release, rubric, manifest."""
    for path in (root / "course").iterdir():
        shutil.rmtree(path) if path.is_dir() else path.name == "gradebook.db" or path.unlink()
    done = []
    write = folder.write_whole

    def stop(path, text):
        if len(done) == writes:
            raise KeyboardInterrupt
        done.append(path)
        write(path, text)

    with monkeypatch.context() as patch:
        patch.setattr(folder, "write_whole", stop)
        with pytest.raises(KeyboardInterrupt):
            make(root)
    assert not (root / "course" / "manifest").exists(), "what is not complete is not marked by"
    assert all(path.stat().st_size > 100 for path in done)
    make(root)
    assert shared.contents(root / "course") == shared.contents(made_once / "course")


@pytest.mark.parametrize("handed_in", [False, True])
def test_a_run_cut_short_inside_nbgrader_leaves_the_course_usable(root, monkeypatch, handed_in):
    from nbgrader.api import Gradebook

    course = root / "course"
    if handed_in:
        shared.hand_in(course, LESSON)
    before, entered = shared.contents(course), shared.marks(course)

    def stop(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(Gradebook, "update_or_create_solution_cell", stop)
    with pytest.raises(KeyboardInterrupt):
        make(root, written=(shared.DETACH.replace("Say what", "Tell what"), shared.GHOSTS))
    monkeypatch.undo()
    assert shared.contents(course) == before
    assert shared.marks(course) == entered
    assert make(root).assignment == read_course(course)[LESSON]
    assert shared.marks(course) == entered


def test_a_new_gradebook_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    from nbgrader import api

    def stop():
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(api, "get_alembic_version", stop)
        with pytest.raises(KeyboardInterrupt):
            release.open_gradebook(tmp_path / "course")
    assert list((tmp_path / "course").iterdir()) == []
    monkeypatch.setenv("PATH", "/nowhere")  # the environment need not be active
    make(tmp_path)
    with sqlite3.connect(tmp_path / "course" / "gradebook.db") as database:
        assert len(database.execute("SELECT version_num FROM alembic_version").fetchall()) == 1


def test_settings_are_the_instructors_but_for_what_is_relied_on(root):
    config = root / "course" / "nbgrader_config.py"
    mine = config.read_text() + 'c.CourseDirectory.course_id = "gan-2027"\nc.Exchange.root = "/srv/exchange"\n'
    config.write_text(mine)
    assert make(root).done == "up to date"
    assert config.read_text() == mine
    config.write_text(mine + 'c.ClearSolutions.text_stub = "?"\n')
    with pytest.raises(BuildError, match=r"expected c.ClearSolutions.text_stub = '\*Your answer here.\*', got '\?'"):
        make(root)
    config.write_text(mine.replace("c.ClearHiddenTests.begin", "# "))
    with pytest.raises(BuildError, match=r"c.ClearHiddenTests.begin_test_delimeter = .*, got None"):
        make(root)
    config.write_text("c = get_config()\n1 / 0\n")
    with pytest.raises(BuildError, match="these settings stop with ZeroDivisionError"):
        make(root)


def test_a_manifest_that_was_damaged_is_named(root):
    path = root / "course" / "manifest" / f"{LESSON}.json"
    path.write_text(json.dumps({"lesson": LESSON}))
    with pytest.raises(BuildError, match=r"09_small.json:1: this file cannot be read .* Delete it and try again"):
        make(root)


def test_the_command_line(root, capsys, monkeypatch):
    run = ["--root", str(root), "--course", str(root / "course")]
    assert make_assignments.main([*run, "--only", "77"]) == 1
    assert "no lesson in lessons/ is called 77" in capsys.readouterr().out
    assert make_assignments.main([*run, "--only", "09"]) == 0
    said = capsys.readouterr().out
    assert said == "09_small: up to date; 2 exercises (20 points), 2 written questions (8.5 points)\n"
    (root / "lessons" / "09_small.py").rename(root / "lessons" / "10_other.py")
    assert make_assignments.main(run) == 1
    said = capsys.readouterr().out
    assert "lessons/10_other.md:1: there is no such file; an assignment needs at least 2" in said
    assert "09_small has no lesson any more; its assignment is kept" in said
    monkeypatch.setitem(sys.modules, "nbgrader", None)
    assert make_assignments.main(run) == 1
    assert "install it: pip install 'ganlab[instructor]'" in capsys.readouterr().out
