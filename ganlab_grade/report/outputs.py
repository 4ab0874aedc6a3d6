"""What a marked class leaves behind: tables, a page a student, the report, the similar pairs.

All of it is made anew from the results and the gradebook each time, so that marks a person has given since are in it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import nbformat

from ganlab_grade.book import Gradebook
from ganlab_grade.course import Assignment, Grade, GradingError, write_whole
from ganlab_grade.intake import Submission
from ganlab_grade.report import class_report
from ganlab_grade.report.feedback import feedback_page
from ganlab_grade.report.marks import Manual, Student
from ganlab_grade.report.tables import canvas_csv, moodle_csv, spreadsheet_cell
from ganlab_grade.similarity import Pair, similar_pairs
from ganlab_grade.text import plain


def students_of(submissions: Iterable[Submission]) -> list[Student]:
    """The class: whoever handed something in, or has a folder in which nothing was found."""
    people = {
        submission.student: Student(submission.student, submission.display, submission.platform_id)
        for submission in submissions
    }
    return [people[name] for name in sorted(people)]


def write_outputs(
    course: Path,
    assignments: Mapping[str, Assignment],
    submissions: Sequence[Submission],
    graded: Sequence[Grade],
    problems: Sequence[str],
    gradebook: Gradebook,
    out: Path,
) -> tuple[int, list[str]]:
    """Write everything; return how many written answers wait for a person's mark, and what could not be written.

    A table or a page that cannot be made keeps no other from being written: it becomes a sentence.
    """
    students = students_of(submissions)
    given = {
        lesson: assignment
        for lesson, assignment in assignments.items()
        if any(each.lesson == lesson for each in graded)
    }
    recorded = [result for result in graded if result.verdicts]
    manual: Manual = {
        (result.student, result.lesson): gradebook.manual(assignments[result.lesson], result.student)
        for result in recorded
    }
    gradebook.set_names({person.id: (*_names(person), person.email, person.platform_id) for person in students})
    failed: list[str] = []

    def write(name: str, make: Callable[[], str]) -> None:
        try:
            write_whole(out / name, make())
        except GradingError as error:
            failed.append(f"{name} is not written: {error}")

    solutions = _solutions(course, given)
    by_work = {(result.student, result.lesson): result for result in graded}
    for person in students:
        keys = [(person.id, lesson) for lesson in given]
        work = [(given[key[1]], by_work.get(key), manual.get(key, {})) for key in keys]
        write(f"feedback/{person.id}.html", partial(feedback_page, person, work, solutions=solutions))
    write("canvas.csv", partial(canvas_csv, students, given.values(), graded, manual))
    for lesson, assignment in given.items():
        # Moodle numbers its participants anew for every assignment.
        numbers = {each.student: each.platform_id for each in submissions if each.lesson == lesson}
        there = [replace(person, platform_id=numbers.get(person.id, "")) for person in students]
        write(f"moodle/{lesson}.csv", partial(moodle_csv, assignment, there, graded, manual))
    pairs = _pairs(given, out, graded)
    names = {person.id: person.name for person in students}
    write("similar.csv", partial(_similar_table, pairs, names))
    try:
        gradebook.export(out / "grades.csv")
    except GradingError as error:
        failed.append(f"grades.csv is not written: {error}")
    # Last, so that what could not be written stands in them.
    told = [*problems, *failed]
    write("report.html", lambda: class_report(students, given.values(), graded, manual, pairs, problems=told))
    write("problems.txt", lambda: "".join(f"{plain(sentence, 1000)}\n" for sentence in [*problems, *failed]))
    return sum(points is None for marks in manual.values() for points, _ in marks.values()), failed


def _names(student: Student) -> tuple[str, str]:
    first, _, last = student.name.rpartition(" ")
    return first, last


def _pairs(assignments: Mapping[str, Assignment], out: Path, graded: Iterable[Grade]) -> list[Pair]:
    """Similar answers, by lesson, of the notebooks as they were prepared for marking."""
    found: list[Pair] = []
    by_lesson: dict[str, list[str]] = {}
    for result in graded:
        by_lesson.setdefault(result.lesson, []).append(result.student)
    for lesson, assignment in assignments.items():
        cells = {exercise.answer_cell: exercise.name for exercise in assignment.exercises}
        handed_out = _sources(json.loads(assignment.release)["cells"], cells)
        answers = {}
        for student in by_lesson.get(lesson, []):
            path = out / "work" / student / f"{lesson}.ipynb"
            if path.exists():
                answers[student] = _sources(nbformat.read(path, as_version=4).cells, cells)
        found += similar_pairs(answers, handed_out, lesson=lesson)
    return found


def _sources(cells: Iterable[Any], wanted: Mapping[str, str]) -> dict[str, str]:
    return {
        wanted[cell["id"]]: cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        for cell in cells
        if cell["id"] in wanted
    }


def _similar_table(pairs: Iterable[Pair], names: Mapping[str, str]) -> str:
    stream = io.StringIO()
    table = csv.writer(stream)
    table.writerow(["Lesson", "Student", "Student", "Similarity", "Exercises"])
    for pair in pairs:
        who = [spreadsheet_cell(names.get(name, name)) for name in (pair.a, pair.b)]
        table.writerow([pair.lesson, *who, f"{pair.similarity:.2f}", " ".join(pair.exercises)])
    return stream.getvalue()


def _solutions(course: Path, assignments: Iterable[str]) -> list[str]:
    """The solved answers in the course's sources: no page may show a line of them."""
    found = []
    for lesson in assignments:
        path = course / "source" / lesson / f"{lesson}.ipynb"
        if path.exists():
            for cell in nbformat.read(path, as_version=4).cells:
                inside = cell.source.partition("### BEGIN SOLUTION")[2].partition("### END SOLUTION")[0]
                found += [inside] if inside.strip() else []
    return found
