"""What a marked class leaves behind: tables, a page a student, the report, the similar pairs.

All of it is made anew from the results and the gradebook each time, so that marks a person has given since are in it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat

from ganlab_grade.book import Gradebook
from ganlab_grade.course import Assignment, Grade, write_whole
from ganlab_grade.intake import Submission
from ganlab_grade.report import class_report
from ganlab_grade.report.feedback import feedback_page
from ganlab_grade.report.marks import Manual, Student
from ganlab_grade.report.tables import canvas_csv, moodle_csv, spreadsheet_cell
from ganlab_grade.similarity import Pair, similar_pairs


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
) -> int:
    """Write everything; return how many written answers wait for a person's mark.

    Raises
    ------
    GradingError
        If the results do not belong to the class or the assignments, or a page would give away what is hidden.
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
    gradebook.export(out / "grades.csv")

    def write(name: str, text: str) -> None:
        write_whole(out / name, text)

    pairs = _pairs(given, out, graded)
    names = {person.id: person.name for person in students}
    write("report.html", class_report(students, given.values(), graded, manual, pairs, problems=problems))
    write("canvas.csv", canvas_csv(students, given.values(), graded, manual))
    for lesson, assignment in given.items():
        # Moodle numbers its participants anew for every assignment.
        numbers = {each.student: each.platform_id for each in submissions if each.lesson == lesson}
        there = [replace(person, platform_id=numbers.get(person.id, "")) for person in students]
        write(f"moodle/{lesson}.csv", moodle_csv(assignment, there, graded, manual))
    write("similar.csv", _similar_table(pairs, names))
    write("problems.txt", "".join(f"{sentence}\n" for sentence in problems))
    solutions = _solutions(course, given)
    by_work = {(result.student, result.lesson): result for result in graded}
    for person in students:
        keys = [(person.id, lesson) for lesson in given]
        work = [(given[key[1]], by_work.get(key), manual.get(key, {})) for key in keys]
        write(f"feedback/{person.id}.html", feedback_page(person, work, solutions=solutions))
    return sum(points is None for marks in manual.values() for points, _ in marks.values())


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
