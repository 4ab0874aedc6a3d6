"""One page a student: what was marked, where an answer stopped and why, what a person said, what is still open.

The page stands alone: no script, no picture, no address of another host (its Content-Security-Policy forbids them
all), light and dark, to be read on a phone or printed. All text that came from outside is bounded and escaped, and
nothing that is kept from students can pass (:mod:`~ganlab_grade.report.leaks`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from ganlab_grade.course import ENDINGS, Assignment, Exercise, Grade, Question, Verdict
from ganlab_grade.report.leaks import assert_nothing_hidden, withhold
from ganlab_grade.report.marks import Marks, Student, parts_of, points_of, points_text, total
from ganlab_grade.report.pages import render
from ganlab_grade.text import plain, plain_lines

__all__ = ["assert_nothing_hidden", "feedback_page"]

Work = tuple[Assignment, Grade | None, Marks]
Safe = Callable[[str], str]
MOST_REMARKS = 30


def feedback_page(student: Student, work: Iterable[Work], *, course: str = "", solutions: Iterable[str] = ()) -> str:
    """A student's page, as HTML text.

    Parameters
    ----------
    student : Student
        Whose page it is.
    work : iterable of (Assignment, Grade or None, marks)
        What was set, what marking found (None: nothing handed in), and a person's marks of it: question ->
        (points or None, comment), one student's part of :data:`~ganlab_grade.report.marks.Manual`.
    course : str
        The line below the name.
    solutions : iterable of str
        The solved exercises' code, if at hand: none of its lines may appear either.

    Raises
    ------
    GradingError
        If the marks do not fit the assignment, or, whatever the other precautions, the page would give away a line of
        a hidden test or of a model answer. A single sentence that would is replaced and the page written without it.
    """
    parts = sorted(work, key=lambda part: part[0].lesson)
    known = tuple(solutions)
    page = _page(student, parts, course, known)
    # What a student wrote, a name included, may say what the model answer says: the guard reads the page without it.
    bare = [
        (assignment, replace(graded, written={}) if graded else None, _wordless(marks))
        for assignment, graded, marks in parts
    ]
    guarded = _page(Student("student"), bare, course, known)
    for assignment, _, _ in parts:
        assert_nothing_hidden(guarded, assignment, solutions=known)
    return page


def _wordless(marks: Marks) -> Marks:
    return {name: (points, "") for name, (points, _) in marks.items()}


def _page(student: Student, work: Sequence[Work], course: str, solutions: Sequence[str]) -> str:
    lessons = [_lesson(*part, solutions) for part in work]
    name = plain(student.name, 120)
    return render("feedback.html", title=f"Feedback for {name}", name=name, course=plain(course), lessons=lessons)


def _lesson(assignment: Assignment, graded: Grade | None, marks: Marks, solutions: Sequence[str]) -> dict[str, Any]:
    """What the template shows of one assignment."""

    def safe(text: str) -> str:
        return withhold(plain(text, 400), assignment, solutions=solutions)

    found = total(assignment, graded, marks)
    still = [part for part in parts_of(assignment) if part.name in found.open]
    verdicts = {verdict.exercise: verdict for verdict in graded.verdicts} if graded else {}
    remarks = [safe(remark) for remark in (graded.remarks if graded else ())]
    if len(remarks) > MOST_REMARKS:
        remarks = [*remarks[:MOST_REMARKS], f"and {len(remarks) - MOST_REMARKS} more of this kind"]
    return {
        "anchor": f"lesson-{assignment.lesson}",
        "title": assignment.title,
        "handed_in": graded is not None,
        "earned": points_text(found.earned),
        "out_of": points_text(found.out_of),
        "percent": round(100 * max(0.0, min(1.0, found.earned / found.out_of))) if found.out_of else 0,
        "open": [part.title for part in still],
        "open_points": points_text(sum(part.points for part in still)),
        "look": [safe(reason) for reason in found.look],
        "remarks": remarks,
        "exercises": [
            {
                **_exercise(exercise, verdicts.get(exercise.name), marks, safe),
                "comment": _comment(exercise.name, marks, assignment),
            }
            for exercise in assignment.exercises
        ],
        "questions": [
            {**_question(question, graded, marks), "comment": _comment(question.name, marks, assignment)}
            for question in assignment.questions
        ],
    }


def _exercise(one: Exercise, verdict: Verdict | None, marks: Marks, safe: Safe) -> dict[str, str]:
    points = points_of(one.name, verdict, marks)
    sign, look, state = _state(one, verdict, points)
    message = safe(verdict.message) if verdict else ""
    if marks.get(one.name, (None, ""))[0] is not None:
        state += ", marked by a person"
        message = "" if look == "good" else message  # the check's complaint is no longer the last word
    return {
        "title": one.title,
        "name": one.name,
        "sign": sign,
        "look": look,
        "state": state,
        "message": message,
        "points": "open" if points is None else points_text(points),
        "out_of": points_text(one.points),
    }


def _state(one: Exercise, verdict: Verdict | None, points: float | None) -> tuple[str, str, str]:
    """A sign, a class of the style sheet, and the words: nothing is said by colour alone."""
    if points is None:
        return "?", "person", "Not marked yet"
    if points >= one.points:
        return "✓", "good", "Solved"
    if verdict and verdict.rung in ENDINGS:
        return "✗", "bad", "Could not be examined to its end"
    if verdict and verdict.rung == "missing":
        return "–", "bad", "Not answered"
    if points > 0:
        return "◐", "part", "Part of the way"
    return "✗", "bad", "Not yet"


def _question(one: Question, graded: Grade | None, marks: Marks) -> dict[str, Any]:
    points = marks.get(one.name, (None, ""))[0]
    answer = graded.written.get(one.name, "") if graded else ""
    return {
        "title": one.title,
        "answer": plain_lines(answer).strip(),
        "open": points is None,
        "points": "open" if points is None else points_text(points),
        "out_of": points_text(one.points),
    }


def _comment(name: str, marks: Marks, assignment: Assignment) -> str:
    return withhold(plain_lines(marks.get(name, (None, ""))[1]).strip(), assignment, person=True)
