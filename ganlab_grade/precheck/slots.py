"""The cells a lesson was handed out with, as slots that a student's cells are matched to, and ways to compare cells.

Nothing here parses Python: a hostile cell can make a parser fail in more ways than there are reasons to parse it.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat import NotebookNode

from ganlab_grade.course import Assignment
from ganlab_grade.precheck.read import Cell

ANSWER, CHECK, QUESTION, LOCKED = "answer", "check", "question", "locked"
_CHECK_LINE = re.compile(r"(?:\w+\s*=\s*)?checks\.(lesson_\d+\.\w+)\(.*\)\s*;?\s*(?:#.*)?")
_FENCE = re.compile(r" {0,3}(?:`{3,}|~{3,})")
_CODE_LINE = re.compile(r"(?:def|async def|class|import|from)[ \t]+\w|@\w")
_LONGEST_COMPARED = 5_000  # characters of two texts that are compared word by word


@dataclass(frozen=True)
class Slot:
    """One cell of the notebook as handed out."""

    index: int
    id: str
    role: str  # ANSWER, CHECK, QUESTION or LOCKED
    kind: str  # "code" or "markdown"
    source: str
    settings: dict[str, Any]  # nbgrader's metadata
    name: str = ""  # of the exercise or question
    title: str = ""  # "Exercise 4 (medium), slerp"
    ladder: str = ""  # of a check: "lesson_02.slerp"


@dataclass(frozen=True)
class Template:
    """The notebook as handed out, and its cells as slots."""

    notebook: NotebookNode
    slots: tuple[Slot, ...]

    def of(self, *roles: str) -> list[Slot]:
        return [slot for slot in self.slots if slot.role in roles]


def template(assignment: Assignment) -> Template:
    """Read an assignment's release notebook."""
    notebook = nbformat.reads(assignment.release, as_version=4)
    special: dict[str, tuple[str, str, str, str]] = {}
    for exercise in assignment.exercises:
        title = f"{exercise.title}, {exercise.name}"
        special[exercise.answer_cell] = (ANSWER, exercise.name, title, exercise.check)
        special[exercise.check_cell] = (CHECK, exercise.name, title, exercise.check)
    for question in assignment.questions:
        special[question.cell] = (QUESTION, question.name, question.title, "")
    slots = []
    for index, cell in enumerate(notebook.cells):
        settings = dict(cell.metadata.get("nbgrader", {}))
        role, name, title, ladder = special.get(cell.id, (LOCKED, "", "", ""))
        slots.append(Slot(index, cell.id, role, cell.cell_type, cell.source, settings, name, title, ladder))
    return Template(notebook, tuple(slots))


def plain(source: str) -> str:
    """What of a source counts when two are compared: not blank lines, nor spaces at the ends of lines."""
    return "\n".join(line.rstrip() for line in source.splitlines() if line.strip())


def same(cell: Cell, slot: Slot) -> bool:
    """Whether a cell is still as it was handed out."""
    return cell.kind == slot.kind and _equal(cell.source, slot.source)


def untouched(cell: Cell, slot: Slot) -> bool:
    """Whether nobody has answered in it: it holds the stub, or nothing."""
    return not cell.source.strip() or _equal(cell.source, slot.source)


def _equal(source: str, given: str) -> bool:
    # Most are of another length, which is seen sooner; nobody adds so many blanks to a cell that is left as it was.
    return len(given) // 2 <= len(source) <= 2 * len(given) + 1_000 and plain(source) == plain(given)


def defines(source: str, name: str) -> bool:
    """Whether a line of the source, not indented, gives ``name`` a meaning."""
    word = re.escape(name)
    pattern = rf"^(?:(?:async[ \t]+)?def|class)[ \t]+{word}\b|^{word}[ \t]*(?::[^=\n]+)?=(?!=)"
    return re.search(pattern, source, re.MULTILINE) is not None


def defined(source: str) -> set[str]:
    """The names of all functions and classes that a source defines."""
    return set(re.findall(r"^(?:(?:async[ \t]+)?def|class)[ \t]+(\w+)", source, re.MULTILINE))


def checked(source: str) -> set[str]:
    """The ladders that a source calls, if it does nothing else: then it is a check, whatever its metadata say."""
    lines = [line.strip() for line in source.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    # A line that is longer is none of ours, and could keep the pattern busy for ever.
    found = [_CHECK_LINE.fullmatch(line) if len(line) < 300 else None for line in lines[:50]]
    return {match[1] for match in found if match} if len(lines) <= 50 and found and all(found) else set()


def without_checks(source: str) -> str:
    """A source without its lines that are checks and nothing else."""
    return "\n".join(line for line in source.splitlines() if len(line) >= 300 or not _CHECK_LINE.fullmatch(line))


def continues(source: str) -> bool:
    """Whether a source cannot stand alone, because it begins inside of something: its first line is indented."""
    first = next((line for line in source.splitlines() if line.strip()), "")
    return first[:1] in (" ", "\t") and not first.lstrip().startswith("#")


def word_counts(text: str) -> Counter[str]:
    """How often each word occurs in the beginning of a text."""
    return Counter(re.findall(r"\w+", text[:_LONGEST_COMPARED]))


def likeness(one: Counter[str], other: Counter[str]) -> float:
    """The share of words that two texts have in common, from 0 to 1 (Dice's coefficient of the multisets)."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0


def code_in(source: str, name: str, texts: Sequence[str] = ()) -> str:
    """The code in a cell that is text as well: an answer merged with its question, fenced, or below prose.

    Parameters
    ----------
    source : str
        Of the cell.
    name : str
        What the code has to define.
    texts : sequence of str
        What was handed out and may stand in the cell too.

    Returns
    -------
    str
        "" if nothing in it defines the name.
    """
    for text in texts:
        source = source.replace(text.strip(), "") if len(text.strip()) > 20 else source
    lines = source.splitlines()
    fences = [number for number, line in enumerate(lines) if _FENCE.match(line)]
    if fences:
        # Between the first fence and the second, the third and the fourth, and so on; the last may have no end.
        ends = [*fences, len(lines)] if len(fences) % 2 else fences
        pairs = zip(ends[::2], ends[1::2], strict=True)
        blocks = [_dedented(lines[begin + 1 : end]) for begin, end in pairs]
        fenced = "\n\n".join(block for block in blocks if block.strip())
        if defines(fenced, name):
            return fenced
    if not defines(source, name):
        source = _dedented(lines)
        lines = source.splitlines()
    if not defines(source, name):
        return ""
    first = next(number for number, line in enumerate(lines) if _CODE_LINE.match(line) or defines(line, name))
    return "\n".join(line for line in lines[first:] if not _FENCE.match(line)).strip("\n")


def _dedented(lines: list[str]) -> str:
    """Without what all lines begin with: a quotation's signs, and the blanks that make code in Markdown."""
    lines = [re.sub(r"^ {0,3}> ?", "", line[:1_000]) + line[1_000:] for line in lines]
    indented = [line for line in lines if not line.strip() or line.startswith(("    ", "\t"))]
    # Prose around code is not indented; in code by itself the first line is not.
    first = next((line for line in lines if line.strip()), "")
    prose = not first.startswith((" ", "\t")) and not _CODE_LINE.match(first) and not first.startswith("#")
    return textwrap.dedent("\n".join(indented if prose and any(map(str.strip, indented)) else lines))
