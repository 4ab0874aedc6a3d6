"""``ganlab-grade``: a folder of submissions in, marks, feedback and a report out."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from ganlab_grade.box import Limits, find_sandbox
from ganlab_grade.course import GradingError, read_course
from ganlab_grade.examine import Patience
from ganlab_grade.intake import find_submissions
from ganlab_grade.report.outputs import write_outputs
from ganlab_grade.run import Report, Run, name_lessons
from ganlab_grade.text import plain

DONE, FAILED, NEED_A_PERSON = 0, 2, 3
UNSAFE = """\
--unsafe: the submissions run as ordinary programs of yours. They can read and delete your files, use the network, and
read the hidden tests. Do this only with notebooks you have read, or on a machine that holds nothing else."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="ganlab-grade",
        description="Mark a class's notebooks in a sandbox, and write marks, feedback and a report.",
        epilog="Exit status: 0 all marked, 3 some need a person (the report says which and why), 2 nothing was done. "
        "A run that was cut short goes on where it stopped; a second run only marks what has changed.",
    )
    made.add_argument("submissions", type=Path, help="a folder or zip, as a learning platform exports it")
    made.add_argument("--course", type=Path, default=Path("course"), help="made by `make assignments` (course)")
    made.add_argument("--out", type=Path, default=Path("grades"), help="where the results go (grades)")
    made.add_argument("--only", nargs="+", default=[], metavar="NN", help="lessons whose names begin so")
    made.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="submissions marked at a time (cores)")
    made.add_argument("--seconds", type=float, default=Patience.submission, help="for one submission (%(default)g)")
    made.add_argument("--memory", type=float, default=4.0, help="gigabytes for one submission (%(default)g)")
    made.add_argument("--regrade", action="store_true", help="mark again what is marked already")
    made.add_argument("--unsafe", action="store_true", help="do without a sandbox: read the guide first")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Mark a class; see :func:`parser` for the exit status."""
    options = parser().parse_args(arguments)
    try:
        return grade(options)
    except GradingError as error:
        print(f"ganlab-grade: {plain(str(error), 2000)}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("\nstopped; the same command goes on from here", file=sys.stderr)
        return FAILED


def grade(options: argparse.Namespace) -> int:
    """Do what the options say."""
    if options.jobs < 1 or options.seconds <= 0 or options.memory < 1.5:
        raise GradingError("expected at least one job, more than 0 seconds and 1.5 gigabytes (PyTorch needs one)")
    kept = options.course.resolve() / "submitted"
    if options.submissions.resolve() == kept or kept in options.submissions.resolve().parents:
        raise GradingError(f"{kept} is where mended copies are kept; give another folder, with what came in")
    assignments = read_course(options.course)
    if options.only:
        assignments = {
            name: assignment
            for name, assignment in assignments.items()
            if any(name.startswith(begin) for begin in options.only)
        }
        if not assignments:
            raise GradingError(f"no assignment begins with {' or '.join(options.only)}; leave --only out to see all")
    if options.unsafe:
        print(UNSAFE, file=sys.stderr)
    sandbox = find_sandbox(unsafe=options.unsafe)
    intake = find_submissions(options.submissions, list(assignments))
    submissions, problems = name_lessons(intake.submissions, assignments, options.out)
    problems = [*intake.problems, *problems]
    patience = replace(Patience(), submission=options.seconds)
    limits = replace(Limits(), memory_bytes=int(options.memory * 2**30), cpu_seconds=max(1, int(options.seconds)))
    run = Run(options.course, assignments, options.out, sandbox=sandbox, limits=limits, patience=patience)
    with tqdm(total=len(submissions), unit="notebook", disable=None) as progress:
        report = run.mark_all(submissions, jobs=options.jobs, again=options.regrade, progress=progress)
    known = {submission.student for submission in submissions}
    handed_in = [*submissions, *(submission for submission in intake.submissions if submission.student not in known)]
    found = report.graded, problems, run.gradebook
    waiting, failed = write_outputs(options.course, assignments, handed_in, *found, options.out)
    return say(report, [*failed, *problems], waiting, options.out)


def say(report: Report, problems: Sequence[str], waiting: int, out: Path) -> int:
    """Print what came of it; return the exit status."""
    people = sum(1 for result in report.graded if result.human or any(each.human for each in result.verdicts))
    print(f"{report.marked} marked, {report.kept} kept from before, in {report.seconds:.0f} s")
    for sentence in problems[:20]:
        print(f"  look at this: {plain(sentence, 1000)}")
    if len(problems) > 20:
        print(f"  and {len(problems) - 20} more, all in {out / 'problems.txt'}")
    if people:
        print(f"{people} need a person; {out / 'report.html'} says which and why")
    if waiting:
        print(f"{waiting} written answers are not marked yet: docs/instructors.md says how")
    print(f"marks in {out / 'grades.csv'}, a page for each student in {out / 'feedback'}/")
    return NEED_A_PERSON if people or problems else DONE


if __name__ == "__main__":
    sys.exit(main())
