"""`make new-lesson`: what it writes builds, is marked and passes its tests; what cannot become a lesson is refused."""

import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import ganlab.checks
from tools.assignments.written import read_written
from tools.lessons import new_lesson
from tools.lessons.notebook import assemble, leaks
from tools.lessons.source import project_values, read_lesson

ROOT = Path(__file__).resolve().parent.parent
# The number after those of the course, whichever that is.
NUMBER = f"{len(list((ROOT / 'lessons').glob('[0-9][0-9]_*.py'))):02d}"
NAME, TITLE = f"{NUMBER}_wgan_gp", "A critic's story: 1-Lipschitz, and why"
WRITTEN = new_lesson.files(NAME)


def tree(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """The folders that a lesson is written into, with the course's lessons by name."""
    for folder in ("lessons/written", "ganlab/checks", "tests/banks"):
        (tmp_path / folder).mkdir(parents=True)
    for path in (ROOT / "lessons").glob("*.py"):
        (tmp_path / "lessons" / path.name).touch()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copy(ROOT / "tests" / "banks" / "__init__.py", tmp_path / "tests" / "banks")
    return tmp_path


@pytest.fixture
def begun(course: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    before = tree(course)
    assert new_lesson.main([NAME, "--title", TITLE, "--root", str(course)]) == 0
    assert tree(course) - before == set(WRITTEN.values())
    said = capsys.readouterr().out
    assert all(f"wrote {target}" in said for target in WRITTEN.values())
    assert f"| {NUMBER} | [{TITLE}](notebooks/{NAME}.ipynb) |" in said
    return course


def test_a_new_lesson_has_every_part_and_nothing_of_the_template_is_left(begun):
    texts = {target: (begun / target).read_text(encoding="utf-8") for target in WRITTEN.values()}
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
    assert [question.points for question in read_written(begun / "lessons" / "written" / f"{NAME}.md")] == [4, 4]


def test_the_check_of_a_new_lesson_keeps_what_its_bank_says(begun, monkeypatch):
    # The package looks for its checks along its path, and so do the banks: one more folder each, for this test.
    import banks

    monkeypatch.setattr(ganlab.checks, "__path__", [*ganlab.checks.__path__, str(begun / "ganlab" / "checks")])
    monkeypatch.setattr(banks, "__path__", [*banks.__path__, str(begun / "tests" / "banks")])
    try:
        bank = importlib.import_module(f"banks.lesson_{NUMBER}").BANK["least_squares_loss"]
        assert [answer.__name__ for answer in bank.right if not bank.check.grade(answer).passed] == []
        assert [(answer.__name__, bank.check.grade(answer).rung) for answer, _ in bank.wrong] == [
            (answer.__name__, rung) for answer, rung in bank.wrong
        ]
        assert {rung for _, rung in bank.wrong} >= {rung.name for rung in bank.check.rungs}, "no rung untried"
    finally:
        for module in (f"banks.lesson_{NUMBER}", f"ganlab.checks.lesson_{NUMBER}"):
            sys.modules.pop(module, None)
        vars(ganlab.checks).pop(f"lesson_{NUMBER}", None)
        vars(banks).pop(f"lesson_{NUMBER}", None)


def test_a_new_lesson_is_clean_and_written_as_the_formatter_would(begun):
    code = [target for target in WRITTEN.values() if target.endswith(".py")]
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
    assert new_lesson.main([name, "--title", title, "--root", str(course)]) == 1
    said = capsys.readouterr().out
    assert said.startswith("new-lesson: ")
    assert sentence in said
    assert tree(course) == before


def test_a_file_in_the_way_is_kept(course, capsys):
    bank = course / WRITTEN["bank.py.in"]
    bank.write_text("mine")
    before = tree(course)
    assert new_lesson.main([NAME, "--title", TITLE, "--root", str(course)]) == 1
    assert f"{WRITTEN['bank.py.in']} already there" in capsys.readouterr().out
    assert tree(course) == before
    assert bank.read_text() == "mine"


def test_no_lesson_of_the_course_is_an_unfinished_one():
    unfinished = [
        path.name for path in (ROOT / "lessons").rglob("*.*") if new_lesson.MARK in path.read_text(encoding="utf-8")
    ]
    assert unfinished == []


@pytest.mark.thorough
def test_the_walk_through_of_contributing_works(tmp_path):
    """In a copy of the course: begin a lesson, build it as a learner will see it, run the tests that will watch it."""
    leave = shutil.ignore_patterns(
        "weights", "__pycache__", "notebooks", "solutions", ".git", ".venv", "docs", "browser", "hub", "ganlab_grade"
    )
    for name in ("lessons", "tests", "tools"):
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

    run("-m", "tools.lessons.new_lesson", NAME, "--title", TITLE)
    assert "executed in profile smoke" in run("-m", "tools.lessons", "--only", NUMBER, "--profile", "smoke")
    said = run(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", f"lesson_{NUMBER} or {NAME}",
        "tests/test_banks.py", "tests/test_hidden_tests.py", "tests/test_save_cells.py",
    )  # fmt: skip
    assert re.search(r"\d+ passed", said)
    assert "failed" not in said
