"""Write a made-up class to a folder, and beside it what marking it must find, to the point.

    python -m tests.ganlab_grade.classroom.make_class --course course --out made                 40 students, every lesson
    python -m tests.ganlab_grade.classroom.make_class --course course --out made --hostile      and everybody who means harm
    python -m tests.ganlab_grade.classroom.make_class --course course --out made --form moodle   as Moodle exports it (or canvas)

``DIR/expected.json`` has, for every notebook, each exercise's points and the rung it must stop at; and which answers of
the banks the class gave, and which it did not.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import nbformat

from ganlab_grade.course import Assignment, GradingError, read_course
from ganlab_grade.intake import find_submissions
from tests.ganlab_grade.classroom.answers import read_answers
from tests.ganlab_grade.classroom.maker import Covered, Handed, make_class, solution_cells
from tests.ganlab_grade.hostile import hostile_class


def main(arguments: list[str] | None = None) -> int:
    """Write the class; the exit status is 0 if all is well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--course", type=Path, required=True, help="made by tools/assignments")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to: new, or empty")
    parser.add_argument("--students", type=int, default=40)
    parser.add_argument("--only", nargs="+", default=[], metavar="NN", help="lessons whose names begin so")
    parser.add_argument("--hostile", action="store_true", help="also one student for every hostile notebook")
    parser.add_argument("--form", choices=["folders", "moodle", "canvas"], default="folders")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        if options.out.exists() and any(options.out.iterdir()):
            raise GradingError(f"expected a new or empty folder, {options.out} holds something; name another")
        assignments = {
            lesson: one
            for lesson, one in read_course(options.course).items()
            if not options.only or lesson.startswith(tuple(options.only))
        }
        solutions = read_solutions(options.course, assignments)
    except GradingError as error:
        print(error)
        return 1
    students, covered = make_class(assignments, solutions, students=options.students, seed=options.seed)
    table = [write(one, options.out, options.form) for one in students]
    if options.hostile:
        table += [write(one, options.out, options.form) for one in hostile_class(assignments, solutions)]
    name_as_found(table, options.out, list(assignments))
    whole = {"seed": options.seed, "submissions": table, "covered": coverage(assignments, covered)}
    text = json.dumps(whole, indent=1, ensure_ascii=False)
    (options.out / "expected.json").write_text(text + "\n", encoding="utf-8")
    print(f"{len(table)} notebooks in {options.out}, and expected.json")
    for lesson, found in whole["covered"].items():
        told = (f"{name} {one['wrong']}/{one['of_wrong']}" for name, one in found.items())
        print(f"{lesson}: wrong answers given: {', '.join(told)}")
    return 0


def read_solutions(course: Path, assignments: Mapping[str, Assignment]) -> dict[str, dict[str, str]]:
    """Lesson -> id of the answer cell -> solution, from the course folder's ``source/``.

    Raises
    ------
    GradingError
        If a lesson's notebook is not there.
    """
    found = {}
    for lesson, assignment in assignments.items():
        path = course / "source" / lesson / f"{lesson}.ipynb"
        if not path.exists():
            raise GradingError(f"expected the solved notebook {path}; make the course folder again")
        found[lesson] = solution_cells(nbformat.read(path, as_version=4), assignment.exercises)
    return found


def write(one: Handed, out: Path, form: str) -> dict:
    """Write a notebook in the form of a platform; return its line of the table."""
    path = out / place(one, form)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(one.data)
    return {
        "student": one.student,
        "display": one.display,
        "lesson": one.lesson,
        "kind": one.kind,
        "file": str(path.relative_to(out)),
        "exercises": {name: asdict(mark) for name, mark in one.marks.items()},
        "written": one.written,
        "human": one.human,
    }


def name_as_found(table: list[dict], out: Path, lessons: list[str]) -> None:
    """Put in the ids that marking will give the students: platforms leave it to others to make up one."""
    found = {one.name_as_found: one.student for one in find_submissions(out, lessons).submissions}
    for row in table:
        name = next((one for one in found if f"/{row['file']}".endswith(f"/{one}")), None)
        row["student"] = found[name] if name else row["student"]


def place(one: Handed, form: str) -> str:
    """Where the platform's export has it; numbers come from the names, so that they are the same every time."""
    number = int(hashlib.sha256(one.student.encode()).hexdigest(), 16) % 90_000 + 10_000
    match form:
        case "moodle":  # a number anew for every export
            anew = int(hashlib.sha256(f"{one.lesson} {one.student}".encode()).hexdigest(), 16) % 900_000 + 100_000
            return f"{one.lesson}/{one.display}_{anew}_assignsubmission_file_/{one.lesson}.ipynb"
        case "canvas":
            *given, family = one.display.lower().split()
            name = "".join(filter(str.isalnum, family + "".join(given)))
            return f"{one.lesson}/{name}_{number}_{number * 7}_{one.lesson}.ipynb"
    return f"{one.student}/{one.lesson}.ipynb"


def coverage(assignments: Mapping[str, Assignment], covered: Mapping[str, Covered]) -> dict:
    """Lesson -> exercise -> how many of the bank's answers were given, and whose rungs never were."""
    found: dict[str, dict] = {}
    for lesson, assignment in assignments.items():
        taken = frozenset(one.name for one in assignment.exercises)
        for one in assignment.exercises:
            answers = read_answers(one.check, one.name, taken)
            wrong = covered[lesson].wrong.get(one.name, set())
            met = {answer.rung for answer in answers.wrong if answer.number in wrong}
            found.setdefault(lesson, {})[one.name] = {
                "right": len(covered[lesson].right.get(one.name, ())),
                "of_right": len(answers.right),
                "wrong": len(wrong),
                "of_wrong": len(answers.wrong),
                "rungs_missed": sorted({answer.rung for answer in answers.wrong} - met),
            }
    return found


if __name__ == "__main__":
    sys.exit(main())
