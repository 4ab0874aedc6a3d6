"""`make new-lesson`: what it writes builds, is marked and passes its tests; what cannot become a lesson is refused."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import ganlab
import ganlab.checks
import tests
from tests.checks import bank
from tools.assignments.written import read_written
from tools.lessons import new_lesson
from tools.lessons.notebook import assemble, leaks
from tools.lessons.source import project_values, read_lesson

ROOT = Path(__file__).resolve().parents[3]
# The number after those of the course, whichever that is.
NUMBER = f"{len(list((ROOT / 'lessons').glob('[0-9][0-9]_*.py'))):02d}"
NAME, TITLE = f"{NUMBER}_wgan_gp", "A critic's story: 1-Lipschitz, and why"
# No room of the course is called so, and one is.
FAMILY, FAMILY_THERE = "criticism", "minimax"
WRITTEN = list(new_lesson.files(NAME, FAMILY))
JOINED = list(new_lesson.files(NAME, FAMILY_THERE, joins=True))
DICTIONARIES = ("ganlab/checks/__init__.py", "ganlab/__init__.py", "tests/test_architecture.py")


def tree(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """The folders that a lesson is written into, with the course's lessons by name."""
    for folder in ("lessons", f"tests/{FAMILY_THERE}/answers", "ganlab/training"):
        (tmp_path / folder).mkdir(parents=True)
    for path in (ROOT / "lessons").glob("*.py"):
        (tmp_path / "lessons" / path.name).touch()
    for name in ("pyproject.toml", f"ganlab/{FAMILY_THERE}/checks/__init__.py", *DICTIONARIES):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def begin(course: Path, family: str = FAMILY, name: str = NAME, title: str = TITLE) -> int:
    return new_lesson.main([name, "--family", family, "--title", title, "--root", str(course)])


def dictionary(path: Path, name: str) -> dict[str, object]:
    """A dictionary, or another literal, that a file writes out."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            return ast.literal_eval(node.value)
    raise AssertionError(f"{path} has no {name}")


@pytest.fixture
def begun(course: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    before = tree(course)
    assert begin(course) == 0
    assert tree(course) - before == set(WRITTEN)
    said = capsys.readouterr().out
    assert all(f"wrote {target}" in said for target in WRITTEN)
    assert all(f"added a line to {target}" in said for target in DICTIONARIES)
    assert f"| {NUMBER} | [{TITLE}](notebooks/{NAME}.ipynb) |" in said
    return course


def test_a_new_lesson_has_every_part_and_nothing_of_the_template_is_left(begun):
    texts = {target: (begun / target).read_text(encoding="utf-8") for target in WRITTEN}
    for target, text in texts.items():
        assert not re.search(r"@[A-Z]+@", text), target
    lesson = texts[f"lessons/{NAME}.py"]
    assert f"# # Lesson {NUMBER} · {TITLE}" in lesson
    parts = re.findall(r"^# ## (.*)$", lesson, re.M)
    assert len(parts) == 11
    in_order = [
        "mathematics",
        "data",
        "by hand",
        "real function",
        "loop",
        "Play",
        "Break it",
        "Exercises",
        "cannot do",
        "Summary",
    ]
    assert [word for word, part in zip(in_order, parts, strict=False) if word not in part] == []
    assert new_lesson.MARK in lesson


def test_a_new_lesson_is_built_and_leaks_nothing(begun):
    lesson = read_lesson(begun / "lessons" / f"{NAME}.py")
    learner, solved = (assemble(lesson, project_values(begun), solutions=solutions) for solutions in (False, True))
    assert leaks(lesson, "\n".join(cell.source for cell in learner.cells)) == []
    assert "fake_logits**2" in "\n".join(cell.source for cell in solved.cells)
    assert [question.points for question in read_written(begun / "lessons" / f"{NAME}.md")] == [4, 4]


def test_the_check_of_a_new_lesson_keeps_what_its_bank_says(begun, monkeypatch):
    # The packages look for their rooms along their paths: one more folder each, for this test.
    monkeypatch.setattr(ganlab, "__path__", [*ganlab.__path__, str(begun / "ganlab")])
    monkeypatch.setattr(tests, "__path__", [*tests.__path__, str(begun / "tests")])
    monkeypatch.setattr(ganlab.checks, "LESSONS", dictionary(begun / "ganlab/checks/__init__.py", "LESSONS"))
    monkeypatch.setattr(bank, "LESSON_SOURCES", begun / "lessons")
    try:
        (exercise,) = bank.read_ladders()[f"lesson_{NUMBER}"]
        answers = bank.read_bank(f"lesson_{NUMBER}", exercise)
        assert answers.check is getattr(getattr(ganlab.checks, f"lesson_{NUMBER}"), exercise)
        assert [answer.__name__ for answer in answers.right if not answers.check.grade(answer).passed] == []
        assert [(answer.__name__, answers.check.grade(answer).rung) for answer, _ in answers.wrong] == [
            (answer.__name__, rung) for answer, rung in answers.wrong
        ]
        assert {rung for _, rung in answers.wrong} >= {rung.name for rung in answers.check.rungs}, "no rung untried"
    finally:
        for module in [name for name in sys.modules if name.startswith((f"ganlab.{FAMILY}", f"tests.{FAMILY}"))]:
            del sys.modules[module]
        vars(ganlab).pop(FAMILY, None)
        vars(tests).pop(FAMILY, None)


def test_a_new_lesson_and_its_room_are_found_in_the_dictionaries(begun):
    lessons = dictionary(begun / "ganlab/checks/__init__.py", "LESSONS")
    assert lessons == ganlab.checks.LESSONS | {f"lesson_{NUMBER}": f"ganlab.{FAMILY}.checks"}
    floors = [dictionary(root / "tests/test_architecture.py", "FLOORS") for root in (ROOT, begun)]
    assert floors[1] == floors[0] | {FAMILY: floors[0][FAMILY_THERE]}
    space: dict = {}
    exec((begun / "ganlab/__init__.py").read_text(encoding="utf-8"), space)
    assert set(space["ROOMS"]) == {*ganlab.ROOMS, FAMILY}


def test_a_new_lesson_is_clean_and_written_as_the_formatter_would(begun):
    code = [target for target in (*WRITTEN, *DICTIONARIES) if target.endswith(".py")]
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", *code], cwd=begun, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "title", "sentence"),
    [
        ("00_again", TITLE, "number 00 is taken by lessons/00_start_here.py; the next one is"),
        ("98_far", TITLE, "numbered without gaps"),
        ("6_wgan", TITLE, "expected a name such as"),
        (f"{NUMBER}_Wgan", TITLE, "expected a name such as"),
        (f"{NUMBER}_wgan.py", TITLE, "expected a name such as"),
        (f"{NUMBER}_../../x", TITLE, "expected a name such as"),
        (f"{NUMBER}_a__b", TITLE, "expected a name such as"),
        (f"{NUMBER}_{'a' * 60}", TITLE, "expected a name such as"),
        (f"{NUMBER}_wgan\n", TITLE, "expected a name such as"),
        ("", TITLE, "expected a name such as"),
        (NAME, "  ", "expected a title"),
        (NAME, "a" * 61, "expected a title"),
        (NAME, 'ends """ the docstring', "expected a title"),
        (NAME, "{{BADGE}}", "expected a title"),
        (NAME, "two\nlines", "expected a title"),
    ],
)
def test_what_cannot_become_a_lesson_is_refused_and_nothing_is_written(course, capsys, name, title, sentence):
    before = tree(course)
    assert begin(course, name=name, title=title) == 1
    said = capsys.readouterr().out
    assert said.startswith("new-lesson: ")
    assert sentence in said
    assert tree(course) == before


def test_a_file_in_the_way_is_kept(course, capsys):
    (target,) = (target for target in JOINED if "answers" in target)
    (course / target).write_text("mine")
    before = {path: (course / path).read_text(encoding="utf-8") for path in tree(course)}
    assert begin(course, FAMILY_THERE) == 1
    assert f"{target} already there" in capsys.readouterr().out
    assert {path: (course / path).read_text(encoding="utf-8") for path in tree(course)} == before


@pytest.mark.parametrize(
    ("family", "sentence"),
    [
        ("training", "ganlab/training is there and is no family"),
        ("Critic", "expected a family such as critic"),
        ("critic_two", "expected a family such as critic"),
        ("../critic", "expected a family such as critic"),
        ("class", "expected a family such as critic"),
        ("", "expected a family such as critic"),
    ],
)
def test_what_cannot_become_a_family_is_refused_and_nothing_is_written(course, capsys, family, sentence):
    before = tree(course)
    assert begin(course, family) == 1
    assert sentence in capsys.readouterr().out
    assert tree(course) == before


@pytest.mark.parametrize("target", DICTIONARIES)
def test_a_dictionary_without_a_place_for_the_line_is_said_and_nothing_is_written(course, capsys, target):
    (course / target).write_text('"""Rewritten."""\n')
    before = tree(course)
    assert begin(course) == 1
    assert f"{target} has no place for one more line" in capsys.readouterr().out
    assert tree(course) == before


def test_a_lesson_of_a_family_that_is_there_joins_it(course):
    before = {path: (course / path).read_text(encoding="utf-8") for path in tree(course)}
    assert begin(course, FAMILY_THERE) == 0
    after = {path: (course / path).read_text(encoding="utf-8") for path in tree(course)}
    assert set(after) - set(before) == set(JOINED)
    assert {path for path in before if after[path] != before[path]} == {"ganlab/checks/__init__.py"}
    lessons = dictionary(course / "ganlab/checks/__init__.py", "LESSONS")
    assert lessons == ganlab.checks.LESSONS | {f"lesson_{NUMBER}": f"ganlab.{FAMILY_THERE}.checks.lesson_{NUMBER}"}
    (bank,) = (after[target] for target in JOINED if "answers" in target)
    assert f"from ganlab.{FAMILY_THERE}.checks import lesson_{NUMBER} as checks" in bank


def test_no_lesson_of_the_course_is_an_unfinished_one():
    paths = [*(ROOT / "lessons").glob("*.*"), *(ROOT / "ganlab").glob("*/__init__.py")]
    unfinished = [str(path) for path in paths if new_lesson.MARK in path.read_text(encoding="utf-8")]
    assert unfinished == []


@pytest.mark.thorough
def test_the_walk_through_of_contributing_works(tmp_path):
    """In a copy of the course: begin a lesson, build it as a learner will see it, run the tests that will watch it."""
    leave = shutil.ignore_patterns(
        "weights", "__pycache__", "notebooks", "solutions", ".git", ".venv", "docs", "browser", "hub", "ganlab_grade"
    )
    for name in ("lessons", "tests", "tools", *(["ganlab_grade"] if (ROOT / "ganlab_grade").exists() else [])):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=leave)
    shutil.copytree(ROOT / "ganlab", tmp_path / "ganlab", ignore=shutil.ignore_patterns("weights", "__pycache__"))
    (tmp_path / "ganlab" / "weights").symlink_to(ROOT / "ganlab" / "weights")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "OMP_NUM_THREADS": "1", "GANLAB_PROFILE": "smoke"}

    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    run("-m", "tools.lessons.new_lesson", NAME, "--family", FAMILY, "--title", TITLE)
    assert "executed in profile smoke" in run("-m", "tools.lessons", "--only", NUMBER, "--profile", "smoke")
    said = run(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k",
        f"(lesson_{NUMBER} or {NAME} or room or family or dictionar) and not root", "tests/checks", "tests/test_save_cells.py",
        "tests/test_architecture.py",
    )  # fmt: skip
    assert re.search(r"\d+ passed", said)
    assert "failed" not in said
