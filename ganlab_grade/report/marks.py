"""What a submission comes to: the points of its verdicts and of a person's marks, and what nobody has marked yet.

A total is a number only when everything in it is marked. An open written question, an exercise that could not be
examined, a missing file: each leaves the total open (None), and is named. Nothing is ever silently counted as 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ganlab_grade.course import Assignment, Exercise, Grade, GradingError, Question, Verdict
from ganlab_grade.text import plain

# A person's marks: (student, lesson) -> name of the question -> (points, or None while it is open; a comment).
# The name of an exercise is as good: a person who looked at it has the last word.
Marks = Mapping[str, tuple[float | None, str]]
Manual = Mapping[tuple[str, str], Marks]


@dataclass(frozen=True)
class Student:
    """A student, as the gradebook and the learning platform know them."""

    id: str  # in the course folder and in `Grade.student`
    display: str = ""  # the name people use
    platform_id: str = ""  # the platform's own: Canvas's user id, Moodle's participant number, or a login
    email: str = ""
    section: str = ""

    @property
    def name(self) -> str:
        """The display name, or the id where there is none to be seen; one line, bounded, not escaped."""
        return plain(self.display) or plain(self.id)


@dataclass(frozen=True)
class Total:
    """What one student has in one assignment."""

    points: float | None  # None while anything is open
    earned: float  # points of what has been marked
    out_of: float  # points of the whole assignment
    open: tuple[str, ...]  # exercises and questions that nobody has marked
    look: tuple[str, ...]  # why a person should look, be there a mark or not


def total(assignment: Assignment, graded: Grade | None, marks: Marks) -> Total:
    """Add up one student's work in one assignment; ``graded`` is None if nothing was handed in.

    Raises
    ------
    GradingError
        If the marks name something that the assignment does not have, or are not finite numbers.
    """
    verdicts = {verdict.exercise: verdict for verdict in graded.verdicts} if graded else {}
    names = [part.name for part in parts_of(assignment)]
    whose = f"{plain(graded.student)} in {assignment.lesson}" if graded else assignment.lesson
    strange = sorted({*verdicts, *marks} - set(names))
    if strange:
        raise GradingError(
            f"{whose}: expected marks of {', '.join(names)}, got one of {plain(strange[0])}; "
            "was it made for another version of the assignment? Grade it again"
        )
    scores = {name: points_of(name, verdicts.get(name), marks) for name in names}
    given = {name: score for name, score in scores.items() if score is not None}
    for name, score in given.items():
        if not math.isfinite(score):
            raise GradingError(f"{whose}: expected a number of points for {name}, got {score}; mark it again")
    # A person who has given a mark need not be asked to look again.
    looked = any(_settled(exercise.name, marks) for exercise in assignment.exercises)
    reasons = list(graded.human) if graded and not looked else []
    reasons += [
        f"{name}: {verdict.human}"
        for name, verdict in verdicts.items()
        if verdict.human and not _settled(name, marks)
    ]
    earned = round(sum(given.values()), 3)
    unmarked = tuple(name for name in names if name not in given)
    return Total(None if unmarked else earned, earned, assignment.points, unmarked, tuple(reasons))


def parts_of(assignment: Assignment) -> tuple[Exercise | Question, ...]:
    """Whatever carries points: the exercises, then the written questions."""
    return (*assignment.exercises, *assignment.questions)


def _settled(name: str, marks: Marks) -> bool:
    return marks.get(name, (None, ""))[0] is not None


def points_of(name: str, verdict: Verdict | None, marks: Marks) -> float | None:
    """Points of one exercise or question: a person's mark before the verdict's, None if there is neither."""
    score = marks.get(name, (None, ""))[0]
    if score is not None:
        return float(score)
    return verdict.points if verdict else None


def by_submission(students: Iterable[Student], graded: Iterable[Grade]) -> dict[tuple[str, str], Grade]:
    """The results by (student, lesson).

    Raises
    ------
    GradingError
        If there are two results of one submission, or one of a student who is not in the class.
    """
    known = {person.id for person in students}
    found: dict[tuple[str, str], Grade] = {}
    for result in graded:
        key = (result.student, result.lesson)
        if key in found:
            raise GradingError(
                "expected one result a student and lesson, got two of "
                f"{plain(result.student)} in {plain(result.lesson)}; "
                "delete the results of one of them and grade again"
            )
        if result.student not in known:
            raise GradingError(
                f"a result belongs to {plain(result.student)}, who is not among the {len(known)} students; "
                "add the student to the class or remove the result"
            )
        found[key] = result
    return found


def points_text(points: float) -> str:
    """Points as people write them, to the hundredth, which is what learning platforms keep: 7, 7.5, 33.33."""
    return f"{points:.2f}".rstrip("0").rstrip(".")
