"""The ladder an answer climbs: the learner hears of the first rung that fails, in one sentence.

Every ladder starts with three rungs of its own, ``missing`` (the stub is still there), ``error`` (the learner's code
raised) and ``returns_none``; the author adds the others, from the type of the answer up to its value::

    def _examples():                       # fresh arguments for one call: a tuple, or a dict of keywords
        return (torch.linspace(-1, 1, 12).reshape(1, 3, 2, 2),)

    to_pixels = Ladder(
        "to_pixels",
        example=_examples,
        rungs=[
            returns(torch.Tensor),                                         # rung "wrong_type"
            shape(lambda images: images.shape),                            # rung "wrong_shape"
            rung("scale", lambda f: f(zeros).max() < 129, "0 is mid-grey: it becomes 128, not {got}"),
            value(reference),                                              # rung "wrong_value"
        ],
        praise="every number in [-1, 1] has found its pixel value",
    )

    to_pixels(the_learners_function)       # prints one line, returns a Result

A rung's test gets the :class:`Attempt` ``f``: call it like the learner's function; ``f.result`` and ``f.arguments``
are those of the example call. It returns True, or False for the rung's message, or a string that replaces it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ganlab.checks.attempt import MISSING, Attempt, Stopped, close, describe, is_a, quiet_random_state

BUILT_IN = ("missing", "error", "returns_none", "passed")
Test = Callable[[Attempt], Any]


@dataclass(frozen=True)
class Result:
    """What a check found.

    Attributes
    ----------
    exercise : str
        Name of the exercise.
    passed : bool
        Whether every rung holds.
    rung : str
        The first rung that failed, or ``"passed"``.
    message : str
        One sentence for the learner.
    score : float
        From 0 (nothing there) to 1 (solved), by the weight of the rungs climbed.
    """

    exercise: str
    passed: bool
    rung: str
    message: str
    score: float

    def __repr__(self) -> str:
        return f"{'✓' if self.passed else '✗'} {self.exercise}: {self.message}"

    def _ipython_display_(self) -> None:
        """Nothing: the check has printed its line already, and a cell that ends on it shows it once."""


@dataclass(frozen=True)
class Rung:
    """One property of a right answer: its name, the test, the sentence for an answer without it, its weight."""

    name: str
    test: Test
    message: str
    weight: float = 1.0


def rung(name: str, test: Test, message: str, *, weight: float = 1.0) -> Rung:
    """A named property. ``message`` says what the learner sees and where to look, never what to write."""
    return Rung(name, test, message, weight)


def returns(*types: type, hint: str = "") -> Rung:
    """Rung ``wrong_type``: the example's result has one of these types (a subclass will do, a pretender will not)."""
    wanted = " or ".join(describe(kind) for kind in types)

    def test(attempt: Attempt) -> bool | str:
        # To Python True is an int; to a learner who should return a number it is a mistake.
        if is_a(attempt.result, *types) and (type(attempt.result) is not bool or bool in types):
            return True
        return f"expected {wanted}, got {describe(type(attempt.result))}{'; ' + hint if hint else ''}"

    return Rung("wrong_type", test, "", weight=0.5)


def shape(expected: Callable[..., Sequence[int]] | Sequence[int], hint: str = "") -> Rung:
    """Rung ``wrong_shape``: ``expected`` is a shape, or a function of the example's arguments that returns it."""

    def test(attempt: Attempt) -> bool | str:
        wanted = tuple(attempt.apply(expected) if callable(expected) else expected)
        got = tuple(np.shape(attempt.result) if not hasattr(attempt.result, "shape") else attempt.result.shape)
        if got == wanted:
            return True
        return f"expected the shape {wanted}, got {got}{'; ' + hint if hint else ''}"

    return Rung("wrong_shape", test, "", weight=0.5)


def value(
    reference: Callable[..., Any],
    message: str = "type and shape are right, but the numbers are not the expected ones",
    *,
    examples: Callable[[], Sequence[Any]] | None = None,
    rtol: float = 1e-5,
    atol: float = 1e-6,
) -> Rung:
    """Rung ``wrong_value``: equal to ``reference`` on the example and on every one of ``examples()``."""

    def test(attempt: Attempt) -> bool:
        cases = [attempt.example(), *(examples() if examples is not None else ())]
        return all(close(attempt.run(case), attempt.run(case, reference), rtol=rtol, atol=atol) for case in cases)

    return Rung("wrong_value", test, message, weight=2.0)


class Ladder:
    """An exercise's check: call it with the learner's answer.

    Parameters
    ----------
    exercise : str
        Name of the exercise, as the learner knows it.
    rungs : sequence of Rung
        From coarse to fine. The first is ``returns(...)``: without a known type nothing else can be trusted.
    example : callable, optional
        Makes fresh arguments for one call: a tuple, a dict of keyword arguments, or a single argument. Without it
        the answer itself is the value to be checked, not a function.
    praise : str
        The sentence for a right answer: what it means, not only that it is right.

    Raises
    ------
    ValueError
        If there are no rungs, the first is not ``returns(...)``, or two have the same name.
    """

    def __init__(
        self,
        exercise: str,
        rungs: Sequence[Rung],
        *,
        example: Callable[[], Any] | None = None,
        praise: str = "that is right",
    ) -> None:
        names = [step.name for step in rungs]
        if not names or names[0] != "wrong_type":
            raise ValueError(f"{exercise}: expected returns(...) as the first rung, got {names[:1] or 'no rungs'}")
        if len({*names, *BUILT_IN}) < len(names) + len(BUILT_IN):
            raise ValueError(f"{exercise}: expected rungs of different names besides {BUILT_IN}, got {names}")
        self.exercise, self.rungs, self.example, self.praise = exercise, tuple(rungs), example, praise

    def __repr__(self) -> str:
        return f"<check of the exercise {self.exercise}: {', '.join(step.name for step in self.rungs)}>"

    def __call__(self, answer: Any) -> Result:
        """Check ``answer``, print one line, return the :class:`Result`."""
        result = self.grade(answer)
        print(repr(result))
        return result

    def grade(self, answer: Any) -> Result:
        """Check ``answer`` without printing; random states and the grad mode are left as they were."""
        with quiet_random_state():
            return self._climb(answer)

    def _climb(self, answer: Any) -> Result:
        attempt = Attempt(answer, self.example)
        try:
            attempt.start()
        except Stopped as stopped:
            return self._failed(stopped.rung, str(stopped), 0)
        for index, step in enumerate(self.rungs):
            message = self._test(step, attempt)
            if message is not None:
                name = "missing" if message == MISSING else step.name
                return self._failed(name, message, index)
        return Result(self.exercise, True, "passed", self.praise, 1.0)

    @staticmethod
    def _test(step: Rung, attempt: Attempt) -> str | None:
        """The sentence to say, or None if the rung holds."""
        try:
            outcome = step.test(attempt)
        # The learner's function raised, or returned nothing, on this rung's input.
        except Stopped as stopped:
            if stopped.rung == "missing":
                return MISSING
            return f"{step.message + ' (' if step.message else ''}{stopped}{')' if step.message else ''}"
        # The test stumbled over an unexpected answer: that answer does not have the property.
        except Exception:
            return step.message or "the answer could not be examined"
        if isinstance(outcome, str):
            return outcome
        # Only an honest boolean passes: an object that claims to equal everything does not.
        if is_a(outcome, bool, np.bool_, torch.Tensor):
            return None if bool(outcome) else step.message
        return step.message or "the answer could not be examined"

    def _failed(self, name: str, message: str, climbed: int) -> Result:
        total = sum(step.weight for step in self.rungs)
        score = sum(step.weight for step in self.rungs[:climbed]) / total
        return Result(self.exercise, False, name, message, round(score, 3))
