"""Which of the student's cells is which of those handed out: by cell id, then nbgrader's grade_id, then content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ganlab_grade.precheck.read import Cell
from ganlab_grade.precheck.slots import (
    ANSWER,
    CHECK,
    LOCKED,
    Slot,
    Template,
    checked,
    code_in,
    defines,
    likeness,
    same,
    untouched,
    without_checks,
    word_counts,
)

ALIKE = 0.6  # two texts that share so many of their words are one text, edited
_PAIRS = 20_000  # of texts that are compared: nobody has lost the ids of so many cells but on purpose


@dataclass
class Match:
    """What belongs together."""

    of: dict[str, list[Cell]] = field(default_factory=dict)  # slot's id -> the student's cells for it, in their order
    added: dict[int, Cell] = field(default_factory=dict)  # index -> the student's own cells
    edited: list[Slot] = field(default_factory=list)  # locked; the student's version is one of the added
    posing: list[Cell] = field(default_factory=list)  # copies of checks and cells that pose as checks
    by_content: list[Slot] = field(default_factory=list)  # slots whose cells had lost id and grade_id

    def anchors(self, slots: Sequence[Slot]) -> list[tuple[int, int]]:
        """(index of the student's cell, index of its slot), in the student's order."""
        return sorted((cell.index, slot.index) for slot in slots for cell in self.of.get(slot.id, ())[-1:])


def match_cells(cells: Sequence[Cell], form: Template) -> Match:
    """Match the student's cells to the slots."""
    matched = Match()
    by_id = {slot.id: slot for slot in form.slots}
    free: list[Cell] = []  # cells with no place of their own, so far
    for cell in cells:
        claim = next((name for name in (*cell.ids, cell.grade_id) if name in by_id), None)
        if claim is None:
            free.append(cell)
        else:
            matched.of.setdefault(claim, []).append(cell)
    free = _free_of_checks(free, form, matched)
    free += _edited_versions(form, matched)
    free = _answers(sorted(free, key=lambda cell: cell.index), form, matched)
    free = _texts(free, form, matched)
    # A copy of what was handed out is nobody's work, and a copy of a stub below the answer would undo it.
    matched.added = {cell.index: cell for cell in free if not any(same(cell, slot) for slot in form.slots)}
    return matched


def _free_of_checks(free: list[Cell], form: Template, matched: Match) -> list[Cell]:
    """Take the cells that are checks: of each missing check one, as the place where it stood; copies go."""
    by_ladder = {slot.ladder: slot for slot in form.of(CHECK)}
    rest = []
    for cell in free:
        ladders = checked(cell.source)
        slot = by_ladder.get(min(ladders)) if len(ladders) == 1 else None
        settings = cell.settings or {}
        if slot and slot.id not in matched.of:
            matched.of[slot.id] = [cell]
            matched.by_content.append(slot)
        elif ladders:
            matched.posing.append(cell)
        else:
            rest.append(cell)
            if settings.get("grade") is True and settings.get("solution") is not True:
                matched.posing.append(cell)
    return rest


def _edited_versions(form: Template, matched: Match) -> list[Cell]:
    """Leave one cell in the place of each locked cell and check; what the others say beyond it is the student's own.

    Nothing is lost: people write into check cells, add imports to the setup, and answers to the text of a question.
    """
    own = []
    for slot in form.of(LOCKED, CHECK):
        claimed = matched.of.get(slot.id, [])
        kept = next((cell for cell in claimed if same(cell, slot)), claimed[0] if claimed else None)
        for cell in claimed:
            source = "" if checked(cell.source) else cell.source
            source = without_checks(source) if cell.kind == "code" else source
            if cell is kept and not same(cell, slot):
                matched.edited.append(slot)
            elif cell is not kept and (slot.role == CHECK or checked(cell.source)):
                matched.posing.append(cell)
            if source.strip() and not same(cell, slot) and not (slot.role == CHECK and cell.kind != "code"):
                own.append(replace(cell, source=source))
        if kept:
            matched.of[slot.id] = [kept]
    return own


def _answers(free: list[Cell], form: Template, matched: Match) -> list[Cell]:
    """Find answers that carry no id: cells that define their names, or untouched stubs if there is no more."""
    for slot in form.of(ANSWER):
        claimed = matched.of.get(slot.id, [])
        stubs = [cell for cell in free if cell.source.strip() and untouched(cell, slot)]
        free = [cell for cell in free if cell not in stubs]
        live = [cell for cell in claimed if not untouched(cell, slot)]
        if any(
            code_in(cell.source, slot.name) if cell.kind != "code" else defines(cell.source, slot.name)
            for cell in live
        ):
            continue
        # A stub in its place, or none, or something else: the answer may stand in a cell of the student's own.
        writing = [cell for cell in free if _answering(cell, slot)]
        # Of texts, the one that is nearest to its question or is all there is; code comes first.
        writing = [cell for cell in writing if cell.kind == "code"] or writing
        if live and not writing:
            continue
        if writing:
            matched.of[slot.id] = [*claimed, writing[-1]]
            free = [cell for cell in free if cell is not writing[-1]]
        elif stubs and not claimed:
            matched.of[slot.id] = stubs
        if slot.id in matched.of and not claimed:
            matched.by_content.append(slot)
    return free


def _answering(cell: Cell, slot: Slot) -> bool:
    return bool(defines(cell.source, slot.name) if cell.kind == "code" else code_in(cell.source, slot.name))


def _texts(free: list[Cell], form: Template, matched: Match) -> list[Cell]:
    """Recognise texts and setup cells that carry no id; what had to be recognised by its likeness was edited."""
    missing = [slot for slot in form.of(LOCKED) if slot.id not in matched.of]
    in_place = {index for index, _ in matched.anchors(form.slots)}
    nameless = [cell for cell in free if cell.index not in in_place]
    for slot in missing:
        if exact := next((cell for cell in nameless if same(cell, slot)), None):
            matched.of[slot.id] = [exact]
            nameless.remove(exact)
            free = [cell for cell in free if cell is not exact]
    matched.by_content += [slot for slot in missing if slot.id in matched.of]
    missing = [slot for slot in missing if slot.id not in matched.of]
    counts = [(cell, word_counts(cell.source)) for cell in nameless] if missing else []
    for slot in missing if len(missing) * len(counts) <= _PAIRS else ():
        own = word_counts(slot.source)
        near = [(likeness(own, words), -cell.index, cell) for cell, words in counts if cell.kind == slot.kind]
        if near and max(near)[0] >= ALIKE:
            nearest = max(near)[2]
            matched.of[slot.id] = [nearest]
            matched.edited.append(slot)
            matched.by_content.append(slot)
            counts = [pair for pair in counts if pair[0] is not nearest]
    return free
