"""What must never be: a leak in what is handed out, or marks that would end up on another question."""

import re
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from ganlab_grade.course import Assignment, Question
from tools.assignments.notebook import ANSWER_HERE
from tools.assignments.parts import Parts
from tools.assignments.release import GRADEBOOK
from tools.lessons import BuildError
from tools.lessons.notebook import leaks
from tools.lessons.source import Lesson

MARKERS = re.compile(r"(BEGIN|END) (SOLUTION|HIDDEN TESTS)")
METADATA = {"nbgrader", "tags", "deletable", "editable"}
# Shorter pieces of an answer, such as "Because of (2).", are nobody's secret.
TELLING = 30


def check_release(lesson: Lesson, parts: Parts, questions: Iterable[Question], text: str) -> None:
    """Compare what nbgrader made with what a learner should get, cell by cell, and look for everything secret.

    Raises
    ------
    BuildError
        With the cell that is not as it should be, or the line that would be given away.
    """
    questions = tuple(questions)
    notebook = nbformat.reads(text, as_version=4)
    cells = {cell["id"]: cell for cell in notebook["cells"]}
    wanted = {f"{part.slug}-answer": part.blank for part in parts.exercises}
    wanted |= {f"{part.slug}-check": part.shown for part in parts.exercises}
    wanted |= {question.cell: ANSWER_HERE for question in questions}
    for name, source in wanted.items():
        if name not in cells or cells[name]["source"] != source:
            raise BuildError(lesson.path, 1, f"nbgrader's release has another cell {name} than the lesson hands out")
    for cell in notebook["cells"]:
        if cell.get("outputs") or cell.get("execution_count") or set(cell["metadata"]) - METADATA:
            raise BuildError(lesson.path, 1, f"the cell {cell['id']} of the release has outputs or foreign metadata")
    if found := leaks(lesson, text):
        raise BuildError(lesson.path, 1, f"the release would show this line of a solution: {found[0]!r}")
    if found := MARKERS.search(text):
        raise BuildError(lesson.path, 1, f"a marker is left in the release: {found[0]!r}")
    shown = _words("\n".join(cell["source"] for cell in notebook["cells"]))
    for question in questions:
        for secret in _secrets(question):
            if secret in shown:
                raise BuildError(
                    lesson.path.with_suffix(".md"), 1,
                    f"the release would show this of the rubric or answer of {question.title!r}: {secret!r:.90}",
                )  # fmt: skip


def _secrets(question: Question) -> list[str]:
    answer = re.split(r"(?<=[.!?:;])\s+|\n\s*\n", question.answer)
    said = (_words(piece) for piece in [*(earned for _, earned in question.rubric), *answer])
    return [piece for piece in said if len(piece) >= TELLING]


def _words(text: str) -> str:
    return " ".join(text.split())


def check_marks(course: Path, lesson: Lesson, source: NotebookNode, questions: Iterable[Question],
                before: Assignment | None) -> list[str]:  # fmt: skip
    """Whether the marks in the gradebook would still belong to the same cells; return what to look at.

    Raises
    ------
    BuildError
        If work has been handed in for this lesson, and a cell is new or gone, or a question has another number.
    """
    if not (course / GRADEBOOK).exists():
        return []
    from nbgrader.api import Gradebook, MissingEntry

    points = {cell["id"]: cell["metadata"]["nbgrader"].get("points") for cell in source["cells"]}
    with Gradebook(f"sqlite:///{course.resolve() / GRADEBOOK}") as gradebook:
        try:
            notebook = gradebook.find_notebook(lesson.name, lesson.name)
        except MissingEntry:
            return []
        handed_in = len(notebook.submissions)
        if not handed_in:
            return []
        old = {cell.name for cell in notebook.source_cells}
        worth = {cell.name: cell.max_score for cell in notebook.grade_cells}
    advice = f"{handed_in} submissions are in {GRADEBOOK}; take the change back, or make another course folder"
    if added := sorted(set(points) - old):
        raise BuildError(lesson.path, 1, f"the assignment has new cells, {', '.join(added)}, but {advice}")
    if gone := sorted(old - set(points)):
        raise BuildError(lesson.path, 1, f"the assignment has lost cells, {', '.join(gone)}, but {advice}")
    numbers = {question.title: question.name for question in before.questions} if before else {}
    for question in questions:
        if numbers.get(question.title, question.name) != question.name:
            raise BuildError(
                lesson.path.with_suffix(".md"), 1,
                f"{question.title!r} was {numbers[question.title]} and is now {question.name}, but {advice}; "
                "new questions go to the end",
            )  # fmt: skip
    return [
        f"{name} is worth {points[name]:g} points now, and was worth {was:g} when work was handed in: mark it again"
        for name, was in sorted(worth.items())
        if points[name] != was
    ]
