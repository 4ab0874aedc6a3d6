"""What arrived is put back into the form that was handed out, and every repair is said. Nothing is executed here.

The prepared notebook has the cells that were handed out, all of them, once, in their order, with the metadata they
had; in the cells for answers stands what the student wrote, and the student's own cells stay where they were.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

from ganlab_grade.course import Assignment
from ganlab_grade.precheck.match import Match, match_cells
from ganlab_grade.precheck.read import Cell, NotANotebook, read_cells
from ganlab_grade.precheck.settle import Answers, settle_answers
from ganlab_grade.precheck.slots import (
    ANSWER,
    CHECK,
    LOCKED,
    QUESTION,
    Slot,
    Template,
    checked,
    defined,
    plain,
    template,
)

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NEW: dict[str, Callable[..., NotebookNode]] = {
    "code": new_code_cell,
    "markdown": new_markdown_cell,
    "raw": new_raw_cell,
}
_SETTINGS = ("grade_id", "grade", "solution", "locked", "points")


@dataclass(frozen=True)
class Paper:
    """A submission in the form that was handed out; ``notebook`` is None if only a person can deal with it."""

    notebook: NotebookNode | None
    remarks: tuple[str, ...] = ()  # what was mended
    human: tuple[str, ...] = ()  # why a person should look
    written: dict[str, str] = field(default_factory=dict)  # Question.name -> the student's text, or ""
    unanswered: tuple[str, ...] = ()  # names of exercises whose stub is as it was


def prepare(data: bytes | Sequence[Cell], assignment: Assignment) -> Paper:
    """Mend a submitted notebook.

    Parameters
    ----------
    data : bytes or sequence of Cell
        The file, or what ``read_cells`` made of it.
    assignment : Assignment
        What was handed out.
    """
    try:
        cells = read_cells(data) if isinstance(data, bytes) else data
    except NotANotebook as error:
        return Paper(None, human=(str(error),))
    form = template(assignment)
    matched = match_cells(cells, form)
    if strange := _is_strange(cells, matched, form, assignment):
        return Paper(None, human=(strange,))
    remarks = _remarks(matched, form)
    settled = settle_answers(matched, form)
    return Paper(
        _assembled(matched, settled, form),
        (*remarks, *dict.fromkeys(settled.remarks)),
        tuple(settled.human),
        {
            slot.name: "" if slot.name in settled.unanswered else settled.sources[slot.id]
            for slot in form.of(QUESTION)
        },
        tuple(slot.name for slot in form.of(ANSWER) if slot.name in settled.unanswered),
    )


def which_lesson(data: bytes | Sequence[Cell], assignments: Mapping[str, Assignment]) -> str | None:
    """The lesson whose notebook this is, by ids, checks, names and texts that no other has; None if unclear."""
    try:
        cells = read_cells(data) if isinstance(data, bytes) else data
    except NotANotebook:
        return None
    marks = {lesson: _marks_of(assignment) for lesson, assignment in assignments.items()}
    shared = {mark for mark, count in Counter(mark for each in marks.values() for mark in each).items() if count > 1}
    here: set[tuple[str, str]] = set()
    for cell in cells:
        here |= {("id", name) for name in (*cell.ids, cell.grade_id) if name} | {("text", plain(cell.source))}
        here |= {("name", name) for name in defined(cell.source)} | {
            ("check", ladder) for ladder in checked(cell.source)
        }
    found = sorted((len(here & each - shared), lesson) for lesson, each in marks.items())
    if not found or found[-1][0] < 2 or (len(found) > 1 and found[-1][0] == found[-2][0]):
        return None
    return found[-1][1]


def _marks_of(assignment: Assignment) -> set[tuple[str, str]]:
    slots = template(assignment).slots
    return {
        *(("id", slot.id) for slot in slots),
        *(("text", plain(slot.source)) for slot in slots if slot.role == LOCKED),
        *(("name", exercise.name) for exercise in assignment.exercises),
        *(("check", exercise.check) for exercise in assignment.exercises),
    }


def _is_strange(cells: Sequence[Cell], matched: Match, form: Template, assignment: Assignment) -> str:
    """Why this is not the lesson's notebook; "" if it is."""
    texts = form.of(LOCKED)
    if any(matched.of.get(slot.id) for slot in form.of(ANSWER, CHECK)):
        return ""
    if 2 * sum(bool(matched.of.get(slot.id)) and slot not in matched.edited for slot in texts) > len(texts):
        return ""
    called = Counter(name for cell in cells for name in re.findall(r"checks\.lesson_(\d\d)\.\w", cell.source))
    own = {exercise.check[7:9] for exercise in assignment.exercises}
    other = next((f"; it looks like lesson {name}'s" for name, _ in called.most_common(1) if name not in own), "")
    return f"this is not the notebook of {assignment.lesson}: none of its exercises is in it{other}"


def _remarks(matched: Match, form: Template) -> list[str]:
    """What was mended, apart from the answers."""
    remarks = []
    claims = [
        (cell, slot)
        for slot in form.slots
        for cell in matched.of.get(slot.id, ())
        if slot.id in (*cell.ids, cell.grade_id)
    ]
    found = [(cell, slot) for slot in matched.by_content for cell in matched.of[slot.id]]
    if lost := sum(cell.settings is None for cell, slot in (*claims, *found) if slot.settings):
        remarks.append(f"nbgrader's data were lost in {_cells(lost)}, as Colab may do; they are back")
    if renamed := sum(slot.id not in cell.ids for cell, slot in claims):
        remarks.append(f"{_cells(renamed)} without the right id, recognised by nbgrader's data")
    if found := [(cell, slot) for cell, slot in found if slot.role in (LOCKED, CHECK)]:
        remarks.append(f"{_cells(len(found), 'locked cell')} without the right id, recognised by the content")
    changed = [
        slot
        for cell, slot in claims
        if cell.settings and any(cell.settings.get(key) != slot.settings.get(key) for key in _SETTINGS)
    ]
    if changed:
        remarks.append(f"nbgrader's data were changed in {_names(changed)}; the original ones count")
    for role, what in ((LOCKED, "locked"), (CHECK, "check")):
        if edited := [slot for slot in matched.edited if slot.role == role]:
            remarks.append(f"{what} cells were changed ({_names(edited)}); the original ones are back")
        if gone := [slot for slot in form.of(role) if not matched.of.get(slot.id)]:
            remarks.append(f"{what} cells were deleted ({_names(gone)}); they are back")
    if matched.posing:
        remarks.append(
            f"copies of checks, and cells posing as checks, count for nothing ({len(matched.posing)} found)"
        )
    order = [slot for _, slot in matched.anchors(form.slots)]
    if order != sorted(order):
        remarks.append("the cells were in another order; the original order is back")
    return remarks


def _cells(number: int, what: str = "cell") -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _names(slots: Iterable[Slot]) -> str:
    *most, last = dict.fromkeys(slot.id for slot in slots)
    if len(most) > 7:
        most, last = most[:7], f"{len(most) - 6} more"
    return f"{', '.join(most)} and {last}" if most else last


def _assembled(matched: Match, settled: Answers, form: Template) -> NotebookNode:
    """The notebook as it was handed out, with what the student wrote."""
    notebook = copy.deepcopy(form.notebook)
    after: dict[int, list[Cell]] = {}
    anchors = dict(matched.anchors(form.slots))
    place = -1  # before the first
    for index in sorted({*anchors, *matched.added}):
        place = anchors.get(index, place)
        if index in matched.added:
            # What was written into a check cell came before the check, what was added to a text comes after it.
            within_check = index in anchors and form.slots[place].role == CHECK
            after.setdefault(place - within_check, []).append(matched.added[index])
    taken = {slot.id for slot in form.slots}
    cells = [_added(cell, taken) for cell in after.get(-1, ())]
    for slot, cell in zip(form.slots, notebook.cells, strict=True):
        cell.source = settled.sources.get(slot.id, slot.source)
        if pictures := settled.pictures.get(slot.id):
            cell.attachments = pictures
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        cells += [cell, *(_added(own, taken) for own in after.get(slot.index, ()))]
    notebook.cells = cells
    return notebook


def _added(cell: Cell, taken: set[str]) -> NotebookNode:
    """A cell of the student's own: its source, and no metadata that anything might believe."""
    name = next((name for name in cell.ids if _ID.fullmatch(name) and name not in taken), None)
    number = cell.index
    while name is None or name in taken:
        name, number = f"added-{number}", number + 1
    taken.add(name)
    made: NotebookNode = _NEW[cell.kind](cell.source, id=name)
    if cell.kind == "markdown" and cell.attachments:
        made.attachments = cell.attachments
    return made
