"""Nothing that is kept from students may reach them: hidden tests, model answers, tracebacks."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from functools import lru_cache

from ganlab_grade.course import Assignment, GradingError

SHORTEST = 12  # characters; a shorter line ("return x") says nothing, and would be found by chance
WITHHELD = "this message cannot be shown here; please ask your instructor"
_TRACEBACK = re.compile(r'Traceback \(most recent call last\)|File "[^"\n]{1,500}", line \d+')


def assert_nothing_hidden(text: str, assignment: Assignment, *, solutions: Iterable[str] = ()) -> None:
    """Make sure that a text, HTML or not, holds no line of what ``assignment`` keeps from its students.

    What the handed-out notebook says itself is not hidden. Text that the student wrote does not belong in here: a
    right answer may well be the model answer.

    Parameters
    ----------
    text : str
        What is about to be written.
    assignment : Assignment
        Its hidden tests and the answers to its written questions are looked for, line by line.
    solutions : iterable of str
        More to look for, such as the solved code of the exercises.

    Raises
    ------
    GradingError
        If a line of at least 12 characters is found. The message names where it comes from and does not repeat it.
    """
    found = _first_leak(text, assignment, tuple(solutions), with_answers=True)
    if found:
        raise GradingError(
            f"expected a text for students of {assignment.lesson}, got one with a line of {found}; "
            "it was not written; please report this"
        )


def withhold(text: str, assignment: Assignment, *, solutions: Iterable[str] = (), person: bool = False) -> str:
    """The text, or :data:`WITHHELD` if it holds something hidden or a traceback.

    With ``person`` the text is a marker's own comment, who may quote the model answer, but no hidden test.
    """
    leak = _first_leak(text, assignment, tuple(solutions), with_answers=not person)
    return WITHHELD if leak or _TRACEBACK.search(text) else text


def _first_leak(text: str, assignment: Assignment, solutions: tuple[str, ...], *, with_answers: bool) -> str:
    """Where the first hidden line found in the text comes from; "" if there is none."""
    unescaped = html.unescape(text)
    # The same words with other line breaks, or escaped for HTML, are the same words.
    haystacks = {_squeezed(text), _squeezed(unescaped), _squeezed(html.unescape(unescaped))}
    for line, origin, is_answer in _hidden(assignment, solutions):
        if (with_answers or not is_answer) and any(line in haystack for haystack in haystacks):
            return origin
    return ""


@lru_cache(maxsize=64)
def _hidden(assignment: Assignment, solutions: tuple[str, ...]) -> tuple[tuple[str, str, bool], ...]:
    """Hidden lines: the line, where it comes from, whether it is an answer rather than a test."""
    public = _public(assignment.release)
    sources = [(exercise.hidden, f"the hidden test of {exercise.name}", False) for exercise in assignment.exercises]
    sources += [(question.answer, f"the model answer to {question.name}", True) for question in assignment.questions]
    sources += [(source, "a solution", True) for source in solutions]
    lines: dict[str, tuple[str, str, bool]] = {}
    for source, origin, is_answer in sources:
        for line in map(_squeezed, source.splitlines()):
            if len(line) >= SHORTEST and line not in public:
                lines.setdefault(line, (line, origin, is_answer))
    return tuple(lines.values())


def _public(release: str) -> str:
    """All the text of the handed-out notebook."""
    try:
        cells = json.loads(release)["cells"]
        texts = ["".join(cell["source"]) for cell in cells]
    except (ValueError, KeyError, TypeError):
        return _squeezed(release)
    return _squeezed("\n".join(texts))


def _squeezed(text: str) -> str:
    return " ".join(text.split())
