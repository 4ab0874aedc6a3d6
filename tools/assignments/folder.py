"""The course folder: settings, source, release, manifest and rubric of each lesson, written whole or not at all."""

import hashlib
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ganlab_grade.course import (
    MANIFESTS,
    Assignment,
    Exercise,
    assignment_from_json,
    to_json,
    write_whole,
)
from tools.assignments.guards import check_marks, check_release
from tools.assignments.notebook import ANSWER_HERE, compose
from tools.assignments.parts import read_parts
from tools.assignments.release import generate
from tools.assignments.written import read_written
from tools.lessons import BuildError
from tools.lessons.markers import STUB
from tools.lessons.notebook import dumps
from tools.lessons.source import Lesson, project_values

CONFIG = "nbgrader_config.py"
# What handing out and marking rely on, whoever runs nbgrader in the course folder.
RELIED_ON: dict[tuple[str, str], Any] = {
    ("ClearSolutions", "code_stub"): {"python": STUB},
    ("ClearSolutions", "text_stub"): ANSWER_HERE,
    ("ClearSolutions", "begin_solution_delimeter"): "### BEGIN SOLUTION",
    ("ClearSolutions", "end_solution_delimeter"): "### END SOLUTION",
    ("ClearHiddenTests", "begin_test_delimeter"): "### BEGIN HIDDEN TESTS",
    ("ClearHiddenTests", "end_test_delimeter"): "### END HIDDEN TESTS",
}
SETTINGS = '''\
"""nbgrader's settings for this course: made once by `make assignments`, yours to add to."""

from pathlib import Path

c = get_config()  # noqa: F821

c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.course_id = "ganlab"
c.LateSubmissionPlugin.penalty_method = "none"  # what a late day costs is for you to say, not for a program
# Submissions run in the sandbox of `ganlab-grade` or not at all: nbgrader's own autograde does not start.
c.Autograde.exporter_class = "ganlab_grade.book.engine.OnlyInTheSandbox"
# The formgrader shows a student's text in your page: without what a browser could run.
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.filters = {{"strip_files_prefix": "ganlab_grade.safe_html.safe_html"}}

# Handing out and marking rely on these: `make assignments` refuses other values.
{relied_on}
'''


@dataclass(frozen=True)
class Made:
    """What was done for one lesson."""

    assignment: Assignment
    done: str  # "new", "changed" or "up to date"
    remarks: tuple[str, ...]


def make_assignment(lesson: Lesson, *, root: Path, course: Path) -> Made:
    """Write one lesson's assignment into the course folder.

    Everything is made and examined before the first file is written, each file is replaced whole, and the manifest,
    which marking goes by, is the last. A run cut short is simply repeated.

    Raises
    ------
    BuildError
        If something in the lesson, its questions or the course folder's settings stands against it.
    """
    values = project_values(root)
    written = root / "lessons" / f"{lesson.name}.md"
    questions, parts = read_written(written), read_parts(lesson)
    notebook, hidden = compose(lesson, parts, questions, values, published=_published(root))
    source = dumps(notebook)
    manifest = course / MANIFESTS / f"{lesson.name}.json"
    before = _manifest(manifest)
    settings = read_settings(course)
    remarks = check_marks(course, lesson, notebook, questions, before)
    release = generate(lesson.name, source, course=course, settings=settings)
    check_release(lesson, parts, questions, release)
    exercises = tuple(
        Exercise(
            name=part.name,
            title=part.title,
            check=part.check,
            answer_cell=f"{part.slug}-answer",
            check_cell=f"{part.slug}-check",
            points=part.points,
            hidden=hidden[part.name],
        )
        for part in parts.exercises
    )
    assignment = with_digest(Assignment(lesson.name, parts.title, exercises, questions, release, digest=""))
    name = f"{lesson.name}.ipynb"
    changed = [
        _write(course / "source" / lesson.name / name, source),
        _write(course / "release" / lesson.name / name, release),
        _write(course / "rubrics" / f"{lesson.name}.md", rubric(assignment)),
        _write(manifest, to_json(assignment)),
    ]
    done = "new" if before is None else "changed" if any(changed) else "up to date"
    return Made(assignment, done, tuple(remarks))


def with_digest(assignment: Assignment) -> Assignment:
    """The assignment with the SHA-256 of everything in it."""
    bare = replace(assignment, digest="")
    return replace(bare, digest=hashlib.sha256(to_json(bare).encode()).hexdigest())


def read_settings(course: Path) -> Any:
    """nbgrader's settings of the course folder, which are written first if there are none.

    Raises
    ------
    BuildError
        If the file cannot be read, or changes what the assignments rely on.
    """
    from traitlets.config import PyFileConfigLoader

    path = course / CONFIG
    if not path.exists():
        relied_on = "\n".join(f"c.{owner}.{name} = {_quoted(value)}" for (owner, name), value in RELIED_ON.items())
        write_whole(path, SETTINGS.format(relied_on=relied_on))
    try:
        settings = PyFileConfigLoader(CONFIG, path=str(course.resolve())).load_config()
    except Exception as error:  # it is a program, and may fail in any way
        raise BuildError(path, 1, f"these settings stop with {type(error).__name__}: {error}") from error
    for (owner, name), wanted in RELIED_ON.items():
        found = settings[owner].get(name) if owner in settings else None
        if found != wanted:
            raise BuildError(
                path, 1, f"expected c.{owner}.{name} = {wanted!r}, got {found!r}; the assignments rely on it. "
                "Put it back, or delete the file: it is made anew"
            )  # fmt: skip
    return settings


def rubric(assignment: Assignment) -> str:
    """The rubric of the written questions, for whoever marks them."""
    parts = [f"# {assignment.title}: how to mark the written questions"]
    for question in assignment.questions:
        parts += [f"## {question.title} ({question.points:g} points)", question.text, "**Points for**"]
        parts += ["\n".join(f"- {points:g}: {earned}" for points, earned in question.rubric)]
        parts += ["**A good answer**", question.answer]
    return "\n\n".join(parts) + "\n"


def left_over(course: Path, lessons: set[str]) -> list[str]:
    """Assignments whose lesson does not exist any more: kept, since marks may belong to them."""
    names = sorted(path.stem for path in (course / MANIFESTS).glob("*.json"))
    return [f"{name} has no lesson any more; its assignment is kept" for name in names if name not in lessons]


def _published(root: Path) -> str:
    """``[tool.ganlab] assignments`` in pyproject.toml: where on GitHub the released notebooks stand, if anywhere."""
    table = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ganlab"]
    return str(table.get("assignments", "")).removeprefix("https://github.com/").strip("/")


def _manifest(path: Path) -> Assignment | None:
    try:
        return assignment_from_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except Exception as error:  # whatever it holds, it is no manifest of ours, and somebody should know
        raise BuildError(
            path, 1, f"this file cannot be read ({error}); was it edited? Delete it and try again"
        ) from error


def _write(path: Path, text: str) -> bool:
    """Write the file if it differs, so that nothing looks changed that is not."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    write_whole(path, text)
    return True


def _quoted(value: Any) -> str:
    """As ruff would write it: double quotes, single ones where the text has double ones."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(key)}: {_quoted(entry)}" for key, entry in value.items()) + "}"
    return repr(value) if '"' in value else f'"{value}"'
