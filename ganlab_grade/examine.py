"""One submission through its checks and hidden tests.

Cells run in the order of the notebook, and an exercise is examined where its check stands, as it was when the student
ran it. A cell or an answer that never ends, or kills its process, costs that exercise only: a new process runs the
other cells again and goes on behind it.
"""

from __future__ import annotations

import contextlib
import math
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import cloudpickle
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import ganlab.checks
from ganlab.checks.attempt import MISSING, Loan, Stopped, quiet_random_state
from ganlab.checks.ladder import Ladder, Result, Rung
from ganlab_grade.channel import Ended
from ganlab_grade.course import Assignment, Exercise, Verdict
from ganlab_grade.remote import RemoteAnswer, RemoteAttempt, Session, Undefined

HIDDEN = "hidden_tests"
# Of the points: what the rungs of a ladder share among them. The rest is for an answer that is right, on hidden
# inputs too. So a rung more never costs a point, and knowing a check's inputs by heart is worth the rungs, no more.
RUNGS = 0.5


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds of the clock; a cell or a call that needs longer is taken to be endless."""

    request: float = 20.0
    exercise: float = 60.0
    submission: float = 300.0
    restarts: int = 8


@dataclass(frozen=True)
class Findings:
    """What came of it."""

    verdicts: tuple[Verdict, ...]
    human: tuple[str, ...]
    seconds: float


def ladder_of(check: str) -> Ladder:
    """The ladder that an exercise is examined by, from its name: "lesson_02.slerp"."""
    lesson, _, name = check.partition(".")
    ladder: Ladder = getattr(getattr(ganlab.checks, lesson), name)
    return ladder


def bring_code_along() -> None:
    """The sandbox has no checks: functions of theirs that travel as arguments travel with their code."""
    for name, module in list(sys.modules.items()):
        if name.startswith("ganlab.") and "checks" in name.split("."):
            cloudpickle.register_pickle_by_value(module)


def climb(ladder: Ladder, session: Session, name: str) -> Result:
    """What ``ladder.grade`` finds, of an answer that lives in the sandbox."""
    bring_code_along()
    answer = session.answer(name)
    if answer is Undefined:
        return ladder._failed("missing", MISSING, 0)
    with quiet_random_state(), _whatever_the_mode():
        attempt: Any = RemoteAttempt(answer, ladder.example)
        try:
            attempt.start()
        except Stopped as found:
            return ladder._failed(found.rung, str(found), 0)
        for index, step in enumerate(ladder.rungs):
            message = _rung_message(ladder, step, attempt)
            if message is not None:
                return ladder._failed("missing" if message == MISSING else step.name, message, index)
    return Result(ladder.exercise, True, "passed", ladder.praise, 1.0)


def _rung_message(ladder: Ladder, step: Rung, attempt: Any) -> str | None:
    try:
        return ladder._test(step, attempt)
    except Exception:  # a tensor where a number belongs: whether it is true has no answer
        return step.message or "the answer could not be examined"


@contextlib.contextmanager
def _whatever_the_mode() -> Iterator[None]:
    """The same marks from every interpreter: with PYTHONWARNINGS=error a warning would stop a check."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def passes_hidden(source: str, answer: Callable[..., Any], name: str, seed: int) -> bool:
    """Run hidden tests out here, with the answer under its name and inputs drawn from ``seed``.

    The answer gets copies of its arguments: whoever overwrites them does not overwrite what the tests compare with.

    Raises
    ------
    NameError, SyntaxError, ImportError
        If the tests themselves are broken: that is the course's mistake, not the student's.
    """

    def lent(*args: Any, **kwargs: Any) -> Any:
        loan = Loan(args, kwargs)
        try:
            return answer(*loan.args, **loan.kwargs)
        finally:
            loan.take_back()

    namespace = {
        "__name__": "hidden_tests", "torch": torch, "F": F, "nn": nn, "np": np, "math": math, name: lent,
        "lab": SimpleNamespace(generator=lambda offset=0: torch.Generator().manual_seed(seed * 1009 + offset)),
    }  # fmt: skip
    with quiet_random_state(), _whatever_the_mode():
        try:
            # Whatever mode this interpreter runs in: with PYTHONOPTIMIZE asserts would vanish, and all would pass.
            exec(compile(source, "hidden tests", "exec", dont_inherit=True, optimize=0), namespace)
        except (NameError, SyntaxError, ImportError):
            raise
        except Exception:  # a failed assert, an answer that stopped, a value the test cannot use
            return False
    return True


class Examination:
    """One submission on its way through the checks.

    Parameters
    ----------
    cells : sequence of (id, source)
        The prepared notebook's code cells, in order.
    assignment : Assignment
    start : callable
        Starts a sandbox and returns the :class:`Session` with it.
    seed : int
        The course's secret, from which hidden tests draw their inputs.
    """

    def __init__(
        self, cells: list[tuple[str, str]], assignment: Assignment, start: Callable[[], Session], *, seed: int,
        patience: Patience | None = None,
    ) -> None:  # fmt: skip
        self.cells, self.start, self.seed = cells, start, seed
        self.patience = patience or Patience()
        self.exercises = {exercise.check_cell: exercise for exercise in assignment.exercises}
        self.answers = {exercise.answer_cell: exercise for exercise in assignment.exercises}
        self.verdicts: dict[str, Verdict] = {}
        self.climbed: dict[str, str] = {}  # exercise -> the ladder's praise: its hidden tests are still to come
        self.errors: dict[str, str] = {}  # exercise -> what stopped the cell it is answered in
        self.skipped: dict[str, Ended] = {}  # cell -> how it ended the process
        self.lacking: dict[str, list[str]] = {}  # exercise -> what its cell or its calls needed that is not here
        self.human: list[str] = []

    def run(self) -> Findings:
        """Examine every exercise; never raises for anything the submission does."""
        began = time.monotonic()
        for _ in range(self.patience.restarts + 1):
            left = self.patience.submission - (time.monotonic() - began)
            if left <= 0 or self._pass(time.monotonic() + left):
                break
        for exercise in self.exercises.values():
            if exercise.name not in self.verdicts:
                why = "not examined: the notebook used up its time before"
                self._note(exercise, "not_run", why, human=f"{exercise.title}: {why}")
        self._ask_about_environments()
        done = tuple(self.verdicts[exercise.name] for exercise in self.exercises.values())
        return Findings(done, tuple(self.human), round(time.monotonic() - began, 2))

    def _pass(self, deadline: float) -> bool:
        """Go through the notebook with one process; True if its end was reached."""
        session, current = None, ""
        try:
            session = self.start()
            for cell, source in self.cells:
                if cell in self.skipped:
                    continue
                current = cell
                if time.monotonic() > deadline:
                    raise Ended("time", "the notebook as a whole takes too long")
                exercise = self.exercises.get(cell)
                if exercise is None:
                    error = session.run(source)
                    self._lacks(cell, session)
                    if error.startswith("MemoryError"):  # what fills the memory would fail the other answers, too
                        raise Ended("memory", "the notebook needed more memory than it may have")
                    if error and cell in self.answers:
                        self.errors[self.answers[cell].name] = error
                elif exercise.name in self.climbed:
                    session.answer(exercise.name)  # kept there, as it is here, until its hidden tests
                elif exercise.name not in self.verdicts:
                    session.until = min(deadline, time.monotonic() + self.patience.exercise)
                    self._examine(exercise, session)
                    session.until = math.inf
            # Hidden tests come last: an answer that has seen their inputs has no sentence left to say them in.
            for exercise in [exercise for exercise in self.exercises.values() if exercise.name in self.climbed]:
                current = exercise.check_cell
                session.until = min(deadline, time.monotonic() + self.patience.exercise)
                self._examine_hidden(exercise, session)
        except Ended as ended:
            return self._after(current, ended)
        finally:
            if session is not None:
                session.close()
        return True

    def _lacks(self, cell: str, session: Session) -> None:
        """Keep what a cell, or an examined answer, needed and did not find."""
        owner = self.answers.get(cell) or self.exercises.get(cell)
        found = self.lacking.setdefault(owner.name if owner else "", [])
        found += [one for one in session.lacking if one not in found]
        session.lacking.clear()

    def _ask_about_environments(self) -> None:
        """What somebody's own computer had costs no marks unseen: who stopped for want of it goes to a person."""
        for exercise in self.exercises.values():
            verdict = self.verdicts[exercise.name]
            # A cell of the student's own may have lacked something that an answer needs.
            shared = self.lacking.get("", []) if verdict.rung in ("error", "missing") else []
            found = [*self.lacking.get(exercise.name, []), *shared]
            if found and verdict.points < exercise.points:
                said = f"what it needed was not here, and may have cost marks ({'; '.join(found[:3])})"
                self.human.append(f"{exercise.title}: {said[:500]}")

    def _examine(self, exercise: Exercise, session: Session) -> None:
        result = climb(ladder_of(exercise.check), session, exercise.name)
        self._lacks(exercise.check_cell, session)
        error = self.errors.get(exercise.name, "")
        if result.rung == "missing" and error and error != MISSING:
            self._note(exercise, "error", f"the cell of your answer stopped with {error}")
        elif not result.passed:
            self._note(exercise, result.rung, result.message, share=RUNGS * result.score)
        elif exercise.hidden:
            self.climbed[exercise.name] = result.message
        else:
            self._note(exercise, "passed", result.message, share=1.0)

    def _examine_hidden(self, exercise: Exercise, session: Session) -> None:
        answer, praise = RemoteAnswer(session, exercise.name), self.climbed[exercise.name]
        passed = passes_hidden(exercise.hidden, answer, exercise.name, self.seed)
        self._lacks(exercise.check_cell, session)
        if passed:
            self._note(exercise, "passed", praise, share=1.0)
        else:
            self._note(
                exercise, HIDDEN, "right on the inputs of the check, but not on all others", share=RUNGS,
                human=f"{exercise.title}: every visible rung is climbed and fresh inputs fail: a special case "
                "forgotten, or an answer that knows the check's inputs by heart",
            )  # fmt: skip

    def _after(self, cell: str, ended: Ended) -> bool:
        """Note what ended the process; True if there is no sense in another one."""
        exercise = self.exercises.get(cell)
        if exercise is not None:
            said = f"while your answer was examined, {ended}"
            self._note(exercise, ended.rung, said, human=f"{exercise.title}: {said}")
            return False
        if not cell:  # the process did not even start
            self.human.append(f"the notebook could not be run: {ended}")
            return True
        self.skipped[cell] = ended
        answered = self.answers.get(cell)
        if answered is not None:
            self._note(answered, ended.rung, f"while the cell of your answer ran, {ended}")
        number = [name for name, _ in self.cells].index(cell) + 1
        self.human.append(f"code cell {number} was left out: {ended}")
        return False

    def _note(self, exercise: Exercise, rung: str, message: str, *, share: float = 0.0, human: str = "") -> None:
        self.climbed.pop(exercise.name, None)
        points = round(exercise.points * share, 2)
        self.verdicts[exercise.name] = Verdict(exercise.name, points, exercise.points, rung, message[:600], human)
        if human:
            self.human.append(human)
