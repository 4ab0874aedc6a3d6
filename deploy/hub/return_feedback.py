"""Hand the feedback pages of `ganlab-grade` back through nbgrader's exchange.

    python deploy/hub/return_feedback.py 02_dcgan

nbgrader's own `generate_feedback` is not for this course: its pages show the check cells as they were marked, hidden
tests included. This puts the pages of grades/feedback/ where nbgrader looks for feedback, each with the secret of the
submission it belongs to, so that only its sender finds it, and then calls `nbgrader release_feedback`.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from ganlab_grade.course import GradingError, read_course
from ganlab_grade.intake import find_submissions

# What nbgrader wrote beside a submission; by the secret its sender, and nobody else, finds the feedback.
SENDER = ("timestamp.txt", "submission_secret.txt")


def stage(lesson: str, course: Path, grades: Path, collected: Path) -> tuple[list[str], list[str]]:
    """Copy the pages into COURSE/feedback/FOLDER/LESSON/; gives the folders with a page and those without one."""
    ready, without = [], []
    # Whose page is whose is decided by the same rules as in `ganlab-grade`, whatever a folder is called.
    for submission in find_submissions(collected, sorted(read_course(course))).submissions:
        name = submission.name_as_found.split("/")[0]
        origin, page = collected / name / lesson, grades / "feedback" / f"{submission.student}.html"
        if submission.lesson != lesson or not origin.is_dir():
            continue
        if not page.is_file() or not all((origin / file).is_file() for file in SENDER):
            without.append(name)
            continue
        folder = course / "feedback" / name / lesson
        folder.mkdir(parents=True, exist_ok=True)
        for file in SENDER:
            shutil.copyfile(origin / file, folder / file)
        shutil.copyfile(page, folder / f"{lesson}.html")
        ready.append(name)
    return ready, without


def main(arguments: list[str] | None = None) -> int:
    """Return one assignment's feedback; the exit status is 0 if all is well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lesson", help="the assignment, 02_dcgan for example")
    parser.add_argument("--course", type=Path, default=Path("course"), help="made by `make assignments` (course)")
    parser.add_argument("--grades", type=Path, default=Path("grades"), help="what `ganlab-grade` wrote (grades)")
    parser.add_argument("--collected", type=Path, help="what `nbgrader collect` filled (COURSE/collected)")
    asked = parser.parse_args(arguments)
    collected = asked.collected or asked.course / "collected"
    try:
        ready, without = stage(asked.lesson, asked.course, asked.grades, collected)
    except GradingError as error:
        print(f"return_feedback: {error}", file=sys.stderr)
        return 2
    for name in without:
        print(f"no page for {name}: collected, and not marked yet", file=sys.stderr)
    if not ready:
        print(
            f"return_feedback: expected collected submissions of {asked.lesson} that are marked, and found none; run "
            f"`nbgrader collect {asked.lesson}` and `ganlab-grade` first",
            file=sys.stderr,
        )
        return 2
    nbgrader = [sys.executable, "-m", "nbgrader", "release_feedback", asked.lesson]
    status = subprocess.run(nbgrader, cwd=asked.course, check=False).returncode
    if status == 0:
        print(f"returned {len(ready)} feedback page{'s' * (len(ready) != 1)} of {asked.lesson}")
    return status


if __name__ == "__main__":
    sys.exit(main())
