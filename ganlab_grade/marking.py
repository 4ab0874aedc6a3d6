"""One submission, from its bytes to its marks: what a process of its own does for each.

The process that runs the class reads a file once and hands its bytes on; parsed it is here, once: a notebook that
takes all memory or all time to be parsed costs itself and nobody else.
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
from ganlab_grade.channel import Channel
from ganlab_grade.course import Assignment, Grade, GradingError, Verdict, to_json, write_whole
from ganlab_grade.examine import Examination, Patience
from ganlab_grade.intake import Opened, Submission
from ganlab_grade.precheck import prepare, which_lesson
from ganlab_grade.precheck.read import NotANotebook, cells_from_json, cells_to_json, read_cells
from ganlab_grade.remote import Session
from ganlab_grade.suspicion import hints

# Raised whenever the same notebook may get another mark from this code than from the code before.
VERSION = "3"
MARKER_MEMORY = 8 * 2**30  # bytes of address space for the marking process itself


@dataclass(frozen=True)
class Job:
    """What a marking process needs to know."""

    submission: Submission
    assignment: Assignment
    digest: str
    result: Path  # where the Grade goes
    notebook: Path  # where the prepared notebook goes
    sandbox: Sandbox
    limits: Limits
    patience: Patience
    seed: int

    def graded(self, **found: Any) -> Grade:
        """What was found, as this submission's."""
        submission = self.submission
        return Grade(submission.student, self.assignment.lesson, submission.name_as_found, self.digest, **found)

    def write(self, graded: Grade) -> None:
        """Store the result."""
        write_whole(self.result, to_json(graded))


def digest_of(content: str, assignment: Assignment, seed: int) -> str:
    """Marks belong to these bytes, this assignment, this seed and this code: all the same, all the same marks.

    ``content`` is the SHA-256 of the file.
    """
    return hashlib.sha256(" ".join([content, assignment.digest, str(seed), VERSION]).encode()).hexdigest()


def mark(job: Job, content: bytes | Path) -> None:
    """Mark one submission and write the result; the process may be killed at any time.

    Parameters
    ----------
    job : Job
        What to mark, and how.
    content : bytes or Path
        The file, or where :func:`identify` has put the cells that it found in it.
    """
    began = time.monotonic()
    _bound_memory()
    try:
        graded = _mark(job, content)
    except Exception as error:  # ours, not the submission's; the class goes on, and a person hears of it
        ours = f"the marking failed: {type(error).__name__}: {error}"
        why = str(error) if isinstance(error, GradingError) else ours
        graded = job.graded(human=(why[:500],))
    job.write(replace(graded, seconds=round(time.monotonic() - began, 2)))


def _mark(job: Job, content: bytes | Path) -> Grade:
    data = content if isinstance(content, bytes) else cells_from_json(content.read_text(encoding="utf-8"))
    prepared = prepare(data, job.assignment)
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
        write_whole(job.notebook, nbformat.writes(prepared.notebook))
    return job.graded(
        verdicts=verdicts, remarks=tuple(prepared.remarks), human=tuple(human), written=dict(prepared.written)
    )


def identify(data: bytes, assignments: Mapping[str, Assignment], opened: Opened) -> None:
    """Find the lesson whose notebook a file of unknown name is: write its cells, then the lesson; of none nothing."""
    _bound_memory()
    try:
        cells = read_cells(data)
    except NotANotebook:
        return
    if lesson := which_lesson(cells, assignments):
        write_whole(opened.cells, cells_to_json(cells))
        write_whole(opened.lesson, lesson)


class SessionStarter:
    """Starts a sandbox with a worker in it, each time it is called."""

    def __init__(self, sandbox: Sandbox, limits: Limits, patience: Patience) -> None:
        self.sandbox, self.limits, self.patience = sandbox, limits, patience

    def __call__(self) -> Session:
        environment = {"GANLAB_PROFILE": "smoke", "GANLAB_DEVICE": "cpu", "MPLBACKEND": "agg", "OMP_NUM_THREADS": "1"}
        process = self.sandbox.start("ganlab_grade.inside.worker", self.limits, env=environment)
        return Session(Channel(process, stop), seconds=self.patience.request)


def _bound_memory() -> None:
    if sys.platform.startswith("linux"):
        resource.setrlimit(resource.RLIMIT_AS, (MARKER_MEMORY, MARKER_MEMORY))
