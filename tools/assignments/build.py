"""Make the graded assignments: an nbgrader course folder out of the lessons and their written questions.

    python -m tools.assignments                     every lesson, into course/
    python -m tools.assignments --only 02           one lesson (several: --only 01 02)
    python -m tools.assignments --course autumn     into another folder

The folder holds source/ (with solutions: keep it to yourself), release/ (to hand out), manifest/ and rubrics/ (for
marking), nbgrader_config.py and gradebook.db. It may be made again at any time: marks and settings stay, and where a
change would put marks on another exercise or question, it says so and changes nothing.
"""

import argparse
import sys
from pathlib import Path

from tools.assignments.folder import Made, left_over, make_assignment
from tools.assignments.release import nbgrader_missing
from tools.lessons import BuildError
from tools.lessons.source import read_lesson

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None) -> int:
    """Make the assignments; the exit status is 0 if all is well."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.assignments", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--course", type=Path, default=Path("course"), help="the folder (default: course)")
    parser.add_argument("--only", nargs="+", default=[], metavar="NN", help="lessons whose names begin so")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if missing := nbgrader_missing():
        print(missing)
        return 1
    root, course = options.root.resolve(), options.course
    everything = sorted((root / "lessons").glob("[0-9][0-9]_*.py"))
    paths = [path for path in everything if not options.only or path.name.startswith(tuple(options.only))]
    if not paths:
        print(f"no lesson in lessons/ is called {' or '.join(options.only) or 'NN_slug.py'}")
        return 1
    failed = 0
    for path in paths:
        try:
            print(_said(make_assignment(read_lesson(path), root=root, course=course)), flush=True)
        except BuildError as error:
            print(str(error).replace(f"{root}/", ""), flush=True)
            failed += 1
    for remark in left_over(course, {path.stem for path in everything}):
        print(remark)
    return int(failed > 0)


def _said(made: Made) -> str:
    assignment = made.assignment
    marked = sum(exercise.points for exercise in assignment.exercises)
    lines = [
        f"{assignment.lesson}: {made.done}; {_count(len(assignment.exercises), 'exercise')} ({marked:g} points), "
        f"{_count(len(assignment.questions), 'written question')} ({assignment.points - marked:g} points)"
    ]
    return "\n".join([*lines, *(f"  look at this: {remark}" for remark in made.remarks)])


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


if __name__ == "__main__":
    sys.exit(main())
