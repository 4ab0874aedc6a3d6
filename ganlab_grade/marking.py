"""One submission, from its bytes to its marks: what a process of its own does for each.

A submitted file is read and parsed here too, not in the process that runs the class: a notebook that takes all memory
or all time to be read costs itself and nobody else.
"""

from __future__ import annotations

import hashlib
import resource
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat

from ganlab_grade.box import Limits, Sandbox, stop
from ganlab_grade.course import Assignment, Graded, GradingError, Verdict, to_json, write_whole
from ganlab_grade.examine import Examination, Patience
from ganlab_grade.intake import Submission
from ganlab_grade.precheck import prepare, which_lesson
from ganlab_grade.remote import Session
from ganlab_grade.suspicion import hints

# Raised whenever the same notebook may get another mark from this code than from the code before.
VERSION = "2"
MARKER_MEMORY = 8 * 2**30  # bytes of address space for the marking process itself


@dataclass(frozen=True)
class Job:
    """What a marking process needs to know."""

    submission: Submission
    assignment: Assignment
    digest: str
    result: Path  # where the Graded goes
    notebook: Path  # where the prepared notebook goes
    sandbox: Sandbox
    limits: Limits
    patience: Patience
    seed: int


def digest_of(data: bytes, assignment: Assignment, seed: int) -> str:
    """Marks belong to these bytes, this assignment, this seed and this code: all the same, all the same marks."""
    parts = [hashlib.sha256(data).hexdigest(), assignment.digest, str(seed), VERSION]
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()


def mark(job: Job) -> None:
    """Mark one submission and write the result; the process may be killed at any time."""
    began = time.monotonic()
    _bound_memory()
    try:
        graded = _mark(job)
    except Exception as error:  # ours, not the submission's; the class goes on, and a person hears of it
        ours = f"the marking failed: {type(error).__name__}: {error}"
        why = str(error) if isinstance(error, GradingError) else ours
        graded = _graded(job, human=(why[:500],))
    seconds = round(time.monotonic() - began, 2)
    write_whole(job.result, to_json(replace(graded, seconds=seconds)).encode("utf-8", "replace").decode())


def _mark(job: Job) -> Graded:
    prepared = prepare(job.submission.read(), job.assignment)
    human = list(prepared.human)
    verdicts: tuple[Verdict, ...] = ()
    if prepared.notebook is None:
        human = human or ["the file could not be read as a notebook"]
    else:
        cells = [(cell.id, cell.source) for cell in prepared.notebook.cells if cell.cell_type == "code"]
        start = SessionStarter(job.sandbox, job.limits, job.patience)
        found = Examination(cells, job.assignment, start, seed=job.seed, patience=job.patience).run()
        verdicts = found.verdicts
        human += [*found.human, *hints(prepared.notebook, job.assignment)]
        write_whole(job.notebook, nbformat.writes(prepared.notebook).encode("utf-8", "replace").decode())
    return _graded(
        job, verdicts=verdicts, remarks=tuple(prepared.remarks), human=tuple(human), written=dict(prepared.written)
    )


def _graded(job: Job, **found: Any) -> Graded:
    submission = job.submission
    return Graded(submission.student, job.assignment.lesson, submission.name_as_found, job.digest, **found)


def identify(submission: Submission, assignments: Mapping[str, Assignment], answer: Path) -> None:
    """Write the lesson whose notebook a file of unknown name is, "" if of none."""
    _bound_memory()
    try:
        found = which_lesson(submission.read(), dict(assignments))
    except GradingError:
        found = None
    write_whole(answer, found or "")


class SessionStarter:
    """Starts a sandbox with a worker in it, each time it is called."""

    def __init__(self, sandbox: Sandbox, limits: Limits, patience: Patience) -> None:
        self.sandbox, self.limits, self.patience = sandbox, limits, patience

    def __call__(self) -> Session:
        from ganlab_grade.channel import Channel

        environment = {"GANLAB_PROFILE": "smoke", "GANLAB_DEVICE": "cpu", "MPLBACKEND": "agg", "OMP_NUM_THREADS": "1"}
        process = self.sandbox.start("ganlab_grade.inside.worker", self.limits, env=environment)
        return Session(Channel(process, stop), seconds=self.patience.request)


def _bound_memory() -> None:
    if sys.platform.startswith("linux"):
        resource.setrlimit(resource.RLIMIT_AS, (MARKER_MEMORY, MARKER_MEMORY))
