"""What an assignment is made of, and what marking it found: plain data, stored as JSON.

A *course folder* is made by ``make assignments`` and is nbgrader's (``source/``, ``release/``, ``submitted/``,
``gradebook.db``), with one file more for each assignment, ``manifest/LESSON.json``: an :class:`Assignment`.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

MANIFESTS = "manifest"


class GradingError(Exception):
    """Something the instructor has to know, in one sentence: what was expected, what came, what to do."""


@dataclass(frozen=True)
class Exercise:
    """One exercise: the cell it is answered in, and how the answer is examined."""

    name: str  # what the answer's cell defines: "slerp"
    title: str  # "Exercise 4 (medium)"
    check: str  # the ladder in ganlab.checks: "lesson_02.slerp"
    answer_cell: str  # id and nbgrader grade_id of the cell the student writes in
    check_cell: str  # id and grade_id of the read-only cell that carries the points
    points: float
    hidden: str = ""  # Python source, run outside the sandbox with the answer under its name


@dataclass(frozen=True)
class Question:
    """A written question, marked by a person along a rubric."""

    name: str  # "question-1"
    title: str
    cell: str  # id and grade_id of the markdown cell the student writes in
    points: float
    text: str
    rubric: tuple[tuple[float, str], ...]  # (points, what earns them)
    answer: str = ""  # what a good answer says


@dataclass(frozen=True)
class Assignment:
    """One assignment: its lesson's exercises and written questions."""

    lesson: str  # "02_dcgan": also nbgrader's name of the assignment and of its notebook
    title: str
    exercises: tuple[Exercise, ...]
    questions: tuple[Question, ...]
    release: str  # the notebook as handed out, as JSON text
    digest: str  # SHA-256 of all of the above: marks belong to exactly this assignment

    @property
    def parts(self) -> tuple[Exercise | Question, ...]:
        """Everything that carries points."""
        return (*self.exercises, *self.questions)

    @property
    def points(self) -> float:
        """The most that can be earned, written questions included."""
        return sum(part.points for part in self.parts)


@dataclass(frozen=True)
class Verdict:
    """What examining one exercise found."""

    exercise: str
    points: float
    max_points: float
    rung: str  # "passed", the first rung that failed, "hidden_tests", or one of ENDINGS
    message: str  # one sentence for the student; may quote the student's code: escape it
    human: str = ""  # why a person should look at this exercise; "" if nobody need


# Rungs that no ladder has: the answer could not be examined to its end.
ENDINGS = ("time", "memory", "died", "protocol", "not_run")


@dataclass(frozen=True)
class Grade:
    """One submission, marked: or named reasons why a person has to do it (``human``)."""

    student: str
    lesson: str
    file: str  # the submitted file, as found
    digest: str  # of the file, the assignment, and the version of this package
    verdicts: tuple[Verdict, ...] = ()
    remarks: tuple[str, ...] = ()  # what the pre-check found and mended, for instructor and student
    human: tuple[str, ...] = ()  # why a person has to look; may stand beside a mark
    written: dict[str, str] = field(default_factory=dict)  # Question.name -> the student's text
    seconds: float = 0.0

    @property
    def points(self) -> float:
        """Points of the exercises (written questions are a person's)."""
        return round(sum(verdict.points for verdict in self.verdicts), 3)


def to_json(value: Assignment | Grade) -> str:
    """The stored form: sorted, indented, one newline at the end."""
    return json.dumps(asdict(value), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def grade_from_json(text: str) -> Grade:
    """Read what :func:`to_json` wrote."""
    table = _table(text)
    table["verdicts"] = tuple(Verdict(**verdict) for verdict in table["verdicts"])
    return Grade(**{**table, "remarks": tuple(table["remarks"]), "human": tuple(table["human"])})


def assignment_from_json(text: str) -> Assignment:
    """Read what :func:`to_json` wrote."""
    table = _table(text)
    table["exercises"] = tuple(Exercise(**exercise) for exercise in table["exercises"])
    table["questions"] = tuple(
        Question(**{**question, "rubric": tuple((points, said) for points, said in question["rubric"])})
        for question in table["questions"]
    )
    return Assignment(**table)


def _table(text: str) -> dict[str, Any]:
    table = json.loads(text)
    if not isinstance(table, dict):
        raise GradingError(f"expected a JSON object, got a {type(table).__name__}; was the file edited by hand?")
    return table


def read_course(folder: Path) -> dict[str, Assignment]:
    """The assignments of a course folder by lesson.

    Raises
    ------
    GradingError
        If there are none.
    """
    paths = sorted((folder / MANIFESTS).glob("*.json"))
    if not paths:
        raise GradingError(
            f"expected a course folder, made by `make assignments`, and found no {MANIFESTS}/*.json in {folder}"
        )
    return {path.stem: assignment_from_json(path.read_text(encoding="utf-8")) for path in paths}


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all, so that a run cut short leaves nothing half written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    # Half a surrogate pair, from a name or an answer that is no Unicode, must not keep the rest from being written.
    beside.write_text(text, encoding="utf-8", errors="replace")
    beside.replace(path)
