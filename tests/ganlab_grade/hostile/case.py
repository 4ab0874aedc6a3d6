"""What an attack is: a function that makes a harmful or damaged notebook, and what marking it must come to.

Every one attacks a single exercise, the *attacked* one, of a notebook in which all others are solved, unless it says
otherwise. Attacks know nothing of the exercise but its name, so that each works in every lesson.
"""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass

import nbformat
import torch
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from ganlab.checks.ladder import Ladder
from ganlab_grade.course import Assignment, Exercise
from ganlab_grade.examine import ladder_of
from tests.ganlab_grade.classroom.answers import share
from tests.ganlab_grade.classroom.maker import Mark, mark


@dataclass(frozen=True)
class Case:
    """A notebook to attack: all exercises solved, and one of them picked."""

    assignment: Assignment
    solved: NotebookNode
    exercise: Exercise

    def answered(self, source: str) -> NotebookNode:
        """With ``source`` in the attacked exercise's cell, where NAME is what it has to define."""
        notebook = copy.deepcopy(self.solved)
        self.cell(notebook, self.exercise.answer_cell).source = source.strip().replace("NAME", self.exercise.name)
        return notebook

    def added(self, source: str, *, keep: bool = True) -> NotebookNode:
        """With a cell of the student's own before the attacked exercise's; solved as well (``keep``), or left alone."""
        notebook = copy.deepcopy(self.solved) if keep else self.answered(self.stub)
        place = notebook.cells.index(self.cell(notebook, self.exercise.answer_cell))
        source = source.strip().replace("NAME", self.exercise.name)
        notebook.cells.insert(place, new_code_cell(source, id="hostile-cell"))
        return notebook

    @property
    def stub(self) -> str:
        """The attacked exercise's cell as it was handed out."""
        release = nbformat.reads(self.assignment.release, as_version=4)
        return str(self.cell(release, self.exercise.answer_cell).source)

    @property
    def solution(self) -> str:
        """The attacked exercise's right answer."""
        return str(self.cell(self.solved, self.exercise.answer_cell).source)

    @property
    def ladder(self) -> Ladder:
        """The attacked exercise's ladder."""
        return ladder_of(self.exercise.check)

    @staticmethod
    def cell(notebook: NotebookNode, name: str) -> NotebookNode:
        """A cell by its id."""
        return next(cell for cell in notebook.cells if cell.id == name)

    def defined_by(self, source: str) -> object:
        """What a source, run here, puts under the exercise's name: for sources that are known to do no harm."""
        namespace: dict = {"__name__": "honest", "torch": torch, "math": math}
        exec(source.replace("NAME", self.exercise.name), namespace)
        return namespace[self.exercise.name]


@dataclass(frozen=True)
class Hostile:
    """One attack.

    Attributes
    ----------
    what : str
        What it does, in a sentence.
    make : callable
        Case -> the file's bytes.
    share : float or str or None
        The part of the attacked exercise's points it must get: a number; or the source of an honest answer that is
        worth just as much; or None, if only ``at_most`` is known.
    others : float or None
        The part of its points that every other exercise must get; None where an attack may spoil them, too.
    human : bool or None
        Whether a person must be named as needed, must not be, or either.
    rungs : tuple of str
        Where the attacked exercise may stop; empty if that does not matter.
    says, never : str
        What the message to the student must say of the attacked exercise; and what no message at all may say.
    slow : bool
        Runs into a limit of time or memory.
    reads : bool
        False if the file is no notebook at all: then there is no mark, and a person is needed.
    suits : callable
        Case -> whether the attack makes sense for its exercise.
    """

    what: str
    make: Callable[[Case], bytes]
    share: float | str | None = 0.0
    at_most: float = 0.0
    others: float | None = 1.0
    human: bool | None = None
    rungs: tuple[str, ...] = ()
    says: str = ""
    never: str = ""
    slow: bool = False
    reads: bool = True
    suits: Callable[[Case], bool] = lambda case: True

    def expected(self, case: Case) -> dict[str, Mark]:
        """Exercise -> mark; empty if the file is no notebook."""
        if not self.reads:
            return {}
        return {one.name: self._mark(case, one) for one in case.assignment.exercises}

    def _mark(self, case: Case, one: Exercise) -> Mark:
        if one.name != case.exercise.name:
            if self.others is None:
                return Mark(None, one.points, at_most=one.points)
            return mark(one, "passed" if self.others == 1.0 else "", self.others)
        rung = self.rungs[0] if len(self.rungs) == 1 else ""
        if self.share is None:
            return Mark(None, one.points, rung, at_most=round(one.points * self.at_most, 2))
        if isinstance(self.share, str):
            result = case.ladder.grade(case.defined_by(self.share))
            return mark(one, result.rung, share(result))
        return mark(one, "passed" if self.share == 1.0 else rung, self.share)


HOSTILE: dict[str, Hostile] = {}


def hostile(**expectations: object) -> Callable[[Callable[[Case], object]], Callable[[Case], object]]:
    """Register a function as an attack; it returns a notebook, or bytes. Its docstring says what it does."""

    def register(make: Callable[[Case], object]) -> Callable[[Case], object]:
        name = make.__name__.strip("_").replace("_", "-")
        assert name not in HOSTILE, name
        what = " ".join((make.__doc__ or "").split())
        HOSTILE[name] = Hostile(what, lambda case: as_bytes(make(case)), **expectations)  # type: ignore[arg-type]
        return make

    return register


def as_bytes(made: object) -> bytes:
    """A notebook as a file; bytes stay what they are."""
    if isinstance(made, bytes):
        return made
    # Not by nbformat, which would refuse some of what is made here.
    return nbformat.v4.nbjson.JSONWriter().writes(made).encode("utf-8", "surrogatepass")
