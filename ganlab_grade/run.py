"""The class: every submission marked in a process of its own, side by side, resumed where a run was cut short.

What is known is on the disk: ``OUT/results/STUDENT/LESSON.json``, written whole or not at all, with the digest of
what it was made from. A run that starts again marks what has no result, or one of another file, another assignment or
another version. The gradebook is written here, by one process; a mark that a person gave there is never touched.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import nbformat

from ganlab_grade.book import Gradebook
from ganlab_grade.course import Assignment, Grade, GradingError, grade_from_json, write_whole
from ganlab_grade.intake import Opened, Submission, newest
from ganlab_grade.marking import Job, digest_of, identify, mark
from ganlab_grade.text import plain

SPARE = 120.0  # seconds a marking process gets beyond what the submission may take
SEED = "hidden_seed"  # a file of the course folder: from it hidden tests draw their inputs


@dataclass
class Report:
    """What a run did."""

    graded: list[Grade] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)  # submissions that are no one's or no lesson's
    marked: int = 0  # newly, in this run
    kept: int = 0  # from an earlier one
    seconds: float = 0.0


def course_seed(course: Path) -> int:
    """The course's secret number, made when it is first needed and then always the same."""
    path = course / SEED
    if not path.exists():
        write_whole(path, f"{secrets.randbelow(2**31)}\n")
    try:
        return int(path.read_text())
    except ValueError:
        what = f"expected a number in {path}, got something else"
        raise GradingError(f"{what}; delete the file and mark everything again") from None


def name_lessons(
    submissions: Sequence[Submission], assignments: Mapping[str, Assignment], out: Path
) -> tuple[list[Submission], list[str]]:
    """Find the lesson of files whose name does not tell, by what is in them; keep one file a student and lesson."""
    known, problems = [], []
    for submission in _with_lessons(submissions, assignments, out / "work" / "opened"):
        if submission.problem:
            problems.append(f"{submission.student}: {submission.problem}")
        elif submission.lesson in assignments:
            known.append(submission)
        else:
            what = "none of this course's assignments"
            what = what if submission.lesson is None else f"of {submission.lesson}, not given here"
            problems.append(f"{submission.student}: {submission.name_as_found} is {what}; look at it")
    kept, said = newest(known)
    return list(kept), [*problems, *said]


def _with_lessons(
    submissions: Sequence[Submission], assignments: Mapping[str, Assignment], folder: Path
) -> list[Submission]:
    """The submissions, each with the lesson that its name, or else its content, tells."""
    nameless: dict[int, Opened] = {}

    def tasks() -> Iterator[Task]:
        for number, submission in enumerate(submissions):
            if submission.lesson is not None or submission.problem:
                continue
            try:
                data = submission.read()
            except GradingError:
                continue
            places = folder / f"{number}.json", folder / f"{number}.lesson"
            opened = nameless[number] = Opened(hashlib.sha256(data).hexdigest(), *places)
            yield Task(submission.name_as_found, identify, (data, dict(assignments), opened), 60.0)

    # What an earlier run has found is about other files.
    shutil.rmtree(folder, ignore_errors=True)
    for _ in run_tasks(tasks(), jobs=os.cpu_count() or 1):
        pass
    found = list(submissions)
    for number, opened in nameless.items():
        if opened.lesson.exists():
            found[number] = replace(found[number], lesson=opened.lesson.read_text(encoding="utf-8"), opened=opened)
    return found


@dataclass(frozen=True)
class Task:
    """A function to run in a process of its own."""

    name: str
    function: Callable[..., None]
    arguments: tuple[Any, ...]
    seconds: float


def run_tasks(tasks: Iterable[Task], *, jobs: int) -> Iterator[tuple[int, str]]:
    """Run them side by side; yield each one's number as it ends, and what went wrong with it ("" if nothing).

    A task is asked for when there is room for it, so that what it carries is held no longer than it has to be.
    """
    # One server process imports PyTorch once, and each task begins as a copy of it.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["ganlab_grade.marking"])
    waiting = enumerate(tasks)
    coming = next(waiting, None)
    running: dict[int, tuple[Any, int, float]] = {}  # by the process's sentinel: process, number, deadline
    try:
        while coming or running:
            while coming and len(running) < jobs:
                number, task = coming
                process = context.Process(target=task.function, args=task.arguments, daemon=True)
                process.start()
                running[process.sentinel] = process, number, time.monotonic() + task.seconds
                coming = next(waiting, None)
            wait(list(running), timeout=1.0)
            for sentinel, (process, number, deadline) in list(running.items()):
                late = time.monotonic() > deadline
                if process.is_alive() and not late:
                    continue
                if process.is_alive():
                    process.kill()
                process.join()
                del running[sentinel]
                if process.exitcode == 0:
                    yield number, ""
                else:
                    yield number, "took too long" if late else f"ended with exit code {process.exitcode}"
                process.close()
    finally:
        for process, _, _ in running.values():
            process.kill()
            process.join()


class Run:
    """Marks submissions into ``out`` and into the course's gradebook.

    Parameters
    ----------
    course, out : Path
        The course folder; the folder of results.
    settings : dict
        ``sandbox``, ``limits`` and ``patience`` of every :class:`~ganlab_grade.marking.Job`.
    """

    def __init__(self, course: Path, assignments: Mapping[str, Assignment], out: Path, **settings: Any) -> None:
        self.assignments, self.out, self.settings = assignments, out, settings
        self.seed, self.gradebook = course_seed(course), Gradebook(course)

    def mark_all(
        self, submissions: Sequence[Submission], *, jobs: int, again: bool = False, progress: Any = None
    ) -> Report:
        """Mark what is not marked yet; what went wrong with one submission is noted with it and stops no other."""
        began, report = time.monotonic(), Report()
        begun: list[Job] = []

        def note(job: Job, graded: Grade) -> None:
            report.graded.append(self._recorded(job, graded))
            if progress is not None:
                student, lesson = job.submission.student[:24], job.assignment.lesson[:2]
                progress.set_postfix_str(f"{student} {lesson}", refresh=False)
                progress.update(1)

        def tasks() -> Iterator[Task]:
            for submission in submissions:
                job, content = self._job(submission)
                if not again and (old := self._stored(job)):
                    report.kept += 1
                    note(job, old)
                elif isinstance(content, GradingError):
                    report.marked += 1
                    unread = job.graded(human=(str(content),))
                    job.write(unread)
                    note(job, unread)
                else:
                    begun.append(job)
                    yield Task(submission.name_as_found, mark, (job, content), job.patience.submission + SPARE)

        for number, wrong in run_tasks(tasks(), jobs=jobs):
            job = begun[number]
            why = f"the marking of this file {wrong or 'left no result'}"
            report.marked += 1
            note(job, self._stored(job) or job.graded(human=(why,)))
        report.graded.sort(key=lambda graded: (graded.student, graded.lesson))
        report.seconds = time.monotonic() - began
        return report

    def _job(self, submission: Submission) -> tuple[Job, bytes | Path | GradingError]:
        """What is to be marked, and its content: the file's bytes, or its cells, or why it cannot be read."""
        assignment = self.assignments[submission.lesson or ""]
        content: bytes | Path | GradingError
        if submission.opened:
            content, sha256 = submission.opened.cells, submission.opened.sha256
        else:
            try:
                content = submission.read()
            except GradingError as error:
                content = error
            sha256 = hashlib.sha256(content if isinstance(content, bytes) else str(content).encode()).hexdigest()
        place = self.out / "results" / submission.student
        job = Job(
            submission, assignment, digest_of(sha256, assignment, self.seed), place / f"{assignment.lesson}.json",
            self.out / "work" / submission.student / f"{assignment.lesson}.ipynb", seed=self.seed, **self.settings,
        )  # fmt: skip
        return job, content

    @staticmethod
    def _stored(job: Job) -> Grade | None:
        """The result, if it is this file's, and there is what the gradebook needs of it."""
        try:
            graded = grade_from_json(job.result.read_text(encoding="utf-8"))
        except (OSError, ValueError, TypeError, KeyError, GradingError):
            return None
        complete = not graded.verdicts or job.notebook.exists() or _is_recorded(job)
        return graded if graded.digest == job.digest and complete else None

    def _recorded(self, job: Job, graded: Grade) -> Grade:
        """Put it into the gradebook, once; a notebook that could not be read has nothing to put there."""
        if not graded.verdicts or _is_recorded(job):
            return graded
        try:
            self.gradebook.record(job.assignment, graded, nbformat.read(job.notebook, as_version=4))
        except Exception as error:  # whatever one notebook does to the gradebook, the others are recorded
            why = str(error) if isinstance(error, GradingError) else f"{type(error).__name__}: {error}"
            return replace(graded, human=(*graded.human, plain(f"not in the gradebook: {why}", 400)))
        write_whole(_note_of_record(job), job.digest)
        return graded


def _note_of_record(job: Job) -> Path:
    """Where it is noted which result the gradebook has."""
    return job.result.with_suffix(".recorded")


def _is_recorded(job: Job) -> bool:
    note = _note_of_record(job)
    return note.exists() and note.read_text() == job.digest
