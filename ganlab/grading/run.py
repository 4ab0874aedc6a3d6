"""The class: every submission marked in a process of its own, side by side, resumed where a run was cut short.

What is known is on the disk: ``OUT/results/STUDENT/LESSON.json``, written whole or not at all, with the digest of
what it was made from. A run that starts again marks what has no result, or one of another file, another assignment or
another version. The gradebook is written here, by one process; a mark that a person gave there is never touched.
"""

from __future__ import annotations

import multiprocessing
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import nbformat

from ganlab.grading.course import Assignment, Graded, GradingError, graded_from_json, write_whole
from ganlab.grading.gradebook import Gradebook
from ganlab.grading.intake import Submission, newest
from ganlab.grading.marking import Job, digest_of, identify, mark
from ganlab.grading.precheck import prepare

SPARE = 120.0  # seconds a marking process gets beyond what the submission may take
SEED = "hidden_seed"  # a file of the course folder: from it hidden tests draw their inputs


@dataclass
class Report:
    """What a run did."""

    graded: list[Graded] = field(default_factory=list)
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
    unknown = [one for one in submissions if one.lesson is None and not one.problem]
    answers = [out / "work" / f"lesson-{number}" for number in range(len(unknown))]
    tasks = [
        Task(one.name_as_found, identify, (one, dict(assignments), answer), 60.0)
        for one, answer in zip(unknown, answers, strict=True)
    ]
    for _ in run_tasks(tasks, jobs=os.cpu_count() or 1):
        pass
    found = {id(one): answer.read_text() for one, answer in zip(unknown, answers, strict=True) if answer.exists()}
    for one in submissions:
        if one.problem:
            problems.append(f"{one.student}: {one.problem}")
        elif one.lesson in assignments:
            known.append(one)
        elif found.get(id(one)):
            known.append(replace(one, lesson=found[id(one)]))
        else:
            what = "none of this course's assignments" if one.lesson is None else f"of {one.lesson}, not given here"
            problems.append(f"{one.student}: {one.name_as_found} is {what}; look at it")
    kept, said = newest(known)
    return list(kept), [*problems, *said]


@dataclass(frozen=True)
class Task:
    """A function to run in a process of its own."""

    name: str
    function: Callable[..., None]
    arguments: tuple[Any, ...]
    seconds: float


def run_tasks(tasks: Sequence[Task], *, jobs: int) -> Iterator[tuple[int, str]]:
    """Run them side by side; yield each one's number as it ends, and what went wrong with it ("" if nothing)."""
    if not tasks:
        return
    # One server process imports PyTorch once, and each task begins as a copy of it.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["ganlab.grading.marking"])
    waiting = list(range(len(tasks)))[::-1]
    running: dict[int, tuple[Any, int, float]] = {}  # by the process's sentinel: process, number, deadline
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                number = waiting.pop()
                task = tasks[number]
                process = context.Process(target=task.function, args=task.arguments, daemon=True)
                process.start()
                running[process.sentinel] = process, number, time.monotonic() + task.seconds
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
        ``sandbox``, ``limits`` and ``patience`` of every :class:`~ganlab.grading.marking.Job`.
    """

    def __init__(self, course: Path, assignments: Mapping[str, Assignment], out: Path, **settings: Any) -> None:
        self.assignments, self.out, self.settings = assignments, out, settings
        self.seed, self.gradebook = course_seed(course), Gradebook(course)

    def mark_all(
        self, submissions: Sequence[Submission], *, jobs: int, again: bool = False, progress: Any = None
    ) -> Report:
        """Mark what is not marked yet; what went wrong with one submission is noted with it and stops no other."""
        began, report = time.monotonic(), Report()
        todo: list[Job] = []
        for submission in submissions:
            job = self._job(submission)
            old = None if again or job is None else self._stored(job)
            if job is None:
                continue
            if old is None:
                todo.append(job)
            else:
                report.kept += 1
                report.graded.append(self._recorded(job, old))
                _step(progress, submission)
        patience = self.settings["patience"].submission
        tasks = [Task(job.submission.name_as_found, mark, (job,), patience + SPARE) for job in todo]
        for number, wrong in run_tasks(tasks, jobs=jobs):
            job = todo[number]
            graded = self._stored(job)
            if graded is None:
                graded = self._unmarked(job, f"the marking of this file {wrong or 'left no result'}")
            report.marked += 1
            report.graded.append(self._recorded(job, graded))
            _step(progress, job.submission)
        report.graded.sort(key=lambda one: (one.student, one.lesson))
        report.seconds = time.monotonic() - began
        return report

    def _job(self, submission: Submission) -> Job:
        assignment = self.assignments[submission.lesson or ""]
        try:
            digest = digest_of(submission.read(), assignment, self.seed)
        except GradingError as error:
            digest = digest_of(str(error).encode(), assignment, self.seed)
        place = self.out / "results" / submission.student
        return Job(
            submission, assignment, digest, place / f"{assignment.lesson}.json",
            self.out / "work" / submission.student / f"{assignment.lesson}.ipynb", seed=self.seed, **self.settings,
        )  # fmt: skip

    @staticmethod
    def _stored(job: Job) -> Graded | None:
        try:
            graded = graded_from_json(job.result.read_text(encoding="utf-8"))
        except (OSError, ValueError, TypeError, KeyError, GradingError):
            return None
        return graded if graded.digest == job.digest else None

    @staticmethod
    def _unmarked(job: Job, why: str) -> Graded:
        try:
            job.submission.read()
        except GradingError as error:
            why = str(error)
        submission = job.submission
        return Graded(submission.student, job.assignment.lesson, submission.name_as_found, job.digest, human=(why,))

    def _recorded(self, job: Job, graded: Graded) -> Graded:
        """Put it into the gradebook, once; a notebook that could not be read has nothing to put there."""
        done = job.result.with_suffix(".recorded")
        if not graded.verdicts or (done.exists() and done.read_text() == job.digest):
            return graded
        try:
            if job.notebook.exists():
                prepared = nbformat.read(job.notebook, as_version=4)
            else:  # the work folder was cleared
                prepared = prepare(job.submission.read(), job.assignment).notebook
            self.gradebook.record(job.assignment, graded, prepared)
        except GradingError as error:
            return replace(graded, human=(*graded.human, f"not in the gradebook: {error}"))
        write_whole(done, job.digest)
        return graded


def _step(progress: Any, submission: Submission) -> None:
    if progress is not None:
        progress.set_postfix_str(f"{submission.student[:24]} {(submission.lesson or '')[:2]}", refresh=False)
        progress.update(1)
