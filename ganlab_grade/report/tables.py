"""Marks in the forms that Canvas and Moodle import.

A mark that is not complete is an empty cell, never a low number (see :mod:`~ganlab_grade.report.marks`). The forms
follow what the platforms' own importers read:

- **Canvas** (Gradebook, Import): `lib/gradebook_importer.rb` of canvas-lms. Students are found by ``ID``, else by the
  SIS ids, else by name. A column whose header is not an assignment of the course becomes a new assignment, so there
  is no column for remarks, and a header should be the one that Canvas exports, with the number in brackets.
- **Moodle** (the assignment, View all submissions, Upload grading worksheet): `mod/assign/feedback/offline`. One
  worksheet an assignment; students are found by "Participant N". Moodle reads Identifier, Grade, Last modified
  (grade) and Feedback comments, skips an empty grade, and *skips without a word a grade above the assignment's
  maximum*: set that to the value in Maximum Grade. Its column names are those of an English Moodle.
"""

from __future__ import annotations

import csv
import html
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ganlab_grade.course import Assignment, Grade, GradingError
from ganlab_grade.report.leaks import withhold
from ganlab_grade.report.marks import (
    Manual,
    Marks,
    Student,
    by_submission,
    parts_of,
    points_of,
    points_text,
    total,
)
from ganlab_grade.text import plain

__all__ = ["Manual", "Student", "canvas_csv", "moodle_csv"]

CANVAS_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
MOODLE_COLUMNS = (
    "Identifier",
    "Full name",
    "Email address",
    "Status",
    "Grade",
    "Maximum Grade",
    "Grade can be changed",
    "Last modified (submission)",
    "Last modified (grade)",
    "Feedback comments",
)
# Canvas takes a column with one of these anywhere in its header for its own sums, and leaves it out.
CANVAS_SUMS = tuple(f"{when} {what}" for when in ("Current", "Final") for what in ("Score", "Points", "Grade"))
CANVAS_SUMS += ("Override Score", "Override Grade", "Override Status")
# A spreadsheet reads a cell that starts so as a formula (OWASP, "CSV Injection"); the wide forms count too.
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def canvas_csv(
    students: Iterable[Student],
    assignments: Iterable[Assignment],
    graded: Iterable[Grade],
    manual: Manual | None = None,
    *,
    headers: Mapping[str, str] | None = None,
) -> str:
    """A class's marks as Canvas's gradebook imports them: one row a student, one column a lesson.

    Parameters
    ----------
    students, assignments, graded, manual
        The class, what was set, what marking found, and a person's marks.
    headers : mapping of str to str, optional
        Lesson -> the column's header in Canvas, "DCGAN (12345)"; the assignment's title otherwise.

    Raises
    ------
    GradingError
        If a result belongs to nobody or to no assignment, or Canvas could not tell students or columns apart.
    """
    people, lessons = _in_order(students), sorted(assignments, key=lambda one: one.lesson)
    # By these Canvas will find them.
    _all_different("name", [person.name for person in people if not person.platform_id])
    results = by_submission(people, graded)
    strange = sorted({lesson for _, lesson in results} - {lesson.lesson for lesson in lessons})
    if strange:
        raise GradingError(
            f"expected results of {', '.join(lesson.lesson for lesson in lessons)}, got one of {plain(strange[0])}; "
            "leave it out, or add its assignment"
        )
    titles = [_canvas_header((headers or {}).get(lesson.lesson, lesson.title)) for lesson in lessons]
    if len(set(titles)) < len(titles):
        raise GradingError(f"expected a different column header for each lesson, got {titles}; give `headers`")

    rows: list[Sequence[str]] = [(*CANVAS_COLUMNS, *titles)]
    rows.append(("    Points Possible", *[""] * 4, *[points_text(lesson.points) for lesson in lessons]))
    for person in people:
        number, login = _canvas_ids(person)
        cells = [spreadsheet_cell(person.name), number, "", login, spreadsheet_cell(person.section)]
        for lesson in lessons:
            key = (person.id, lesson.lesson)
            points = total(lesson, results.get(key), (manual or {}).get(key, {})).points
            cells.append("" if points is None else points_text(points))
        rows.append(cells)
    return _written(rows)


def moodle_csv(
    assignment: Assignment,
    students: Iterable[Student],
    graded: Iterable[Grade],
    manual: Manual | None = None,
) -> str:
    """One lesson's marks as Moodle's grading worksheet.

    While a mark is open its cell and the comments are empty, so that nobody is sent half a result, and the column
    Status, which Moodle does not read, says what it waits for. Results of other lessons are left out.

    Raises
    ------
    GradingError
        If a result belongs to nobody, or two students have the same participant number.
    """
    people = _in_order(students)
    results = by_submission(people, (grade for grade in graded if grade.lesson == assignment.lesson))
    rows: list[Sequence[str]] = [MOODLE_COLUMNS]
    for person in people:
        key = (person.id, assignment.lesson)
        marks = (manual or {}).get(key, {})
        result = results.get(key)
        found = total(assignment, result, marks)
        if found.points is not None:
            status = "Marked" + "".join(f"; please look: {plain(why)}" for why in found.look)
        elif result is None:
            status = "Nothing handed in"
        else:
            status = "Waiting for a person: " + "; ".join([*found.open, *map(plain, found.look)])
        rows.append(
            (
                _moodle_identifier(person),
                spreadsheet_cell(person.name),
                spreadsheet_cell(person.email),
                spreadsheet_cell(status, 2000),
                "" if found.points is None else points_text(found.points),
                points_text(assignment.points),
                "Yes",
                "-",
                "-",  # Moodle's own word for "not marked yet": a newer mark there is never overwritten unasked
                "" if found.points is None else _comments(assignment, result, marks),
            )
        )
    return _written(rows)


def _comments(assignment: Assignment, result: Grade | None, marks: Marks) -> str:
    """What Moodle shows the student, as HTML: it stores imported comments as such."""
    verdicts = {verdict.exercise: verdict for verdict in result.verdicts} if result else {}
    lines = []
    for part in parts_of(assignment):
        verdict, comment = verdicts.get(part.name), marks.get(part.name, (None, ""))[1]
        points = points_of(part.name, verdict, marks)
        line = f"{part.title}: {points_text(points or 0.0)} of {points_text(part.points)}."
        if verdict and verdict.rung != "passed" and verdict.message:
            line += f" {withhold(plain(verdict.message, 400), assignment)}"
        if comment:
            line += f" {withhold(plain(comment, 2000), assignment, person=True)}"
        lines.append(html.escape(line))
    return _guarded("<br>".join(lines))


def _in_order(students: Iterable[Student]) -> list[Student]:
    """By id; nobody with another's number."""
    people = sorted(students, key=lambda one: one.id)
    _all_different("id", [person.id for person in people])
    _all_different("platform id", [person.platform_id for person in people if person.platform_id])
    return people


def _all_different(what: str, keys: Sequence[str]) -> None:
    double = [key for key, times in sorted(Counter(keys).items()) if times > 1]
    if double:
        raise GradingError(
            f"expected students that can be told apart, got two with the {what} {plain(double[0])!r}, so one would "
            "get the other's mark; correct the list of students, or give each a platform id"
        )


def _canvas_ids(person: Student) -> tuple[str, str]:
    """Canvas's columns ID (a number) and SIS Login ID (anything else)."""
    if person.platform_id.isascii() and person.platform_id.isdigit():
        return person.platform_id, ""
    return "", spreadsheet_cell(person.platform_id)


def _canvas_header(title: str) -> str:
    header = spreadsheet_cell(title)
    taken = [word for word in (*CANVAS_SUMS, *CANVAS_COLUMNS[2:4]) if word in header]
    if taken or not header or header == "Section":
        raise GradingError(
            f"expected the name of a Canvas assignment, got {header!r}; Canvas keeps "
            f"{taken[0] if taken else 'that'!r} for itself and would lose the marks; name the assignment otherwise"
        )
    return header


def _moodle_identifier(person: Student) -> str:
    if person.platform_id.isascii() and person.platform_id.isdigit():
        return f"Participant {person.platform_id}"
    return spreadsheet_cell(person.platform_id)


def spreadsheet_cell(text: str, limit: int = 200) -> str:
    return _guarded(plain(text, limit))


def _guarded(text: str) -> str:
    return f"'{text}" if text.lstrip().startswith(FORMULA_STARTS) else text


def _written(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()
