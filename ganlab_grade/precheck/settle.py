"""What the student answered: a source for each answer cell, a text for each question, and what was odd about it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ganlab_grade.precheck.match import Match
from ganlab_grade.precheck.read import Cell
from ganlab_grade.precheck.slots import (
    ANSWER,
    CHECK,
    QUESTION,
    Slot,
    Template,
    code_in,
    continues,
    defines,
    plain,
    untouched,
)

ELSEWHERE = "# Answered in another cell of this notebook: {where}."


@dataclass
class Answers:
    """What goes into the cells that students write in (``sources``, by slot's id), and what to say about it."""

    sources: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    unanswered: list[str] = field(default_factory=list)  # names of exercises and questions
    remarks: list[str] = field(default_factory=list)
    human: list[str] = field(default_factory=list)


def settle_answers(matched: Match, form: Template) -> Answers:
    """Decide on every answer; ``matched.of`` then holds one cell a slot, ``matched.added`` loses what was taken."""
    settled = Answers()
    for slot in form.of(ANSWER):
        matched.of[slot.id] = [_as_code(cell, slot, form, settled) for cell in matched.of.get(slot.id, [])]
        _answer(slot, matched, settled)
    written = dict(settled.sources)
    for slot in form.of(ANSWER):
        if slot.name in settled.unanswered or not defines(written[slot.id], slot.name):
            _elsewhere(slot, form, settled, written)
    for slot in form.of(QUESTION):
        _question(slot, matched, form, settled)
    return settled


def _answer(slot: Slot, matched: Match, settled: Answers) -> None:
    claimed = matched.of.get(slot.id, [])
    live = [cell for cell in claimed if not untouched(cell, slot)]
    if not live:
        settled.unanswered.append(slot.name)
        settled.sources[slot.id] = slot.source
        if not claimed:
            settled.remarks.append(f"{slot.title}: its answer cell was deleted, and no other cell answers it")
        matched.of[slot.id] = claimed[-1:]
        return
    if slot in matched.by_content:
        settled.remarks.append(f"{slot.title}: the answer cell was recognised by what it defines")
    elif len(claimed) > 1 and claimed[-1] is live[-1] and not _claims(live[-1], slot):
        settled.remarks.append(f"{slot.title}: answered in a cell of the student's own, beside the one for it")
    elif len(claimed) > 1:
        settled.remarks.append(f"{slot.title}: its answer cell was there {len(claimed)} times")
    source = _joined(slot, live, settled)
    chosen = live[-1]
    below = matched.added.get(chosen.index + 1)
    while below and below.kind == "code" and continues(below.source):
        source = f"{source}\n{below.source}"
        settled.remarks.append(f"{slot.title}: its answer was split into several cells and was put together again")
        del matched.added[below.index]
        below = matched.added.get(below.index + 1)
    settled.sources[slot.id] = source
    matched.of[slot.id] = [chosen]


def _claims(cell: Cell, slot: Slot) -> bool:
    return slot.id in (*cell.ids, cell.grade_id)


def _joined(slot: Slot, live: list[Cell], settled: Answers) -> str:
    """The answer, from one cell or several that claim to be its."""
    different = {plain(cell.source): cell for cell in live}
    if len(different) == 1:
        return live[-1].source
    if sum(defines(cell.source, slot.name) for cell in different.values()) <= 1:
        settled.remarks.append(f"{slot.title}: its answer was split into several cells and was put together again")
        source = ""
        for cell in different.values():
            source += ("\n" if continues(cell.source) else "\n\n") * bool(source) + cell.source
        return source
    settled.human.append(
        f"{slot.title}: there are {len(different)} different answers to it; the last one was marked, please look"
    )
    return live[-1].source


def _as_code(cell: Cell, slot: Slot, form: Template, settled: Answers) -> Cell:
    """A cell that is to answer an exercise, as code: without the question it was merged with, without fences."""
    if untouched(cell, slot):
        return cell
    source = cell.source
    texts = [one.source for one in form.slots if one.kind == "markdown"]
    mixed = cell.kind != "code" or source.lstrip().startswith(("```", "~~~"))
    if mixed or any(source.lstrip().startswith(text.strip()) for text in texts if text.strip()):
        source = code_in(source, slot.name, texts) or source
    if cell.kind != "code":
        settled.remarks.append(f"{slot.title}: its answer cell had been turned into text; it is code again")
    elif source != cell.source:
        settled.remarks.append(f"{slot.title}: there was text around its answer's code; the code counts")
    if not defines(source, slot.name) and cell.kind != "code":
        settled.human.append(f"{slot.title}: its answer stands in a text, and no code was found in it; please look")
    return replace(cell, source=source)


def _elsewhere(slot: Slot, form: Template, settled: Answers, written: dict[str, str]) -> None:
    """An answer that stands in another's cell: the stub, which would come after it, must not undo it."""
    others = [other for other in form.of(ANSWER) if other is not slot and defines(written[other.id], slot.name)]
    if not others:
        return
    where = f"the one for {others[-1].title}"
    if slot.name in settled.unanswered and others[-1].index < slot.index:
        settled.sources[slot.id] = ELSEWHERE.format(where=where)
    else:
        # Its check stands above that cell, or its own cell holds something else: a copy, where it belongs.
        own = [] if slot.name in settled.unanswered else [written[slot.id]]
        settled.sources[slot.id] = "\n\n".join([ELSEWHERE.format(where=where), *own, written[others[-1].id]])
    if slot.name in settled.unanswered:
        settled.unanswered.remove(slot.name)
    settled.remarks.append(f"{slot.title}: answered in another cell, {where}")


def _question(slot: Slot, matched: Match, form: Template, settled: Answers) -> None:
    claimed = matched.of.get(slot.id, [])
    live = [cell for cell in claimed if not untouched(cell, slot)]
    if len({plain(cell.source) for cell in live}) > 1:
        settled.human.append(
            f"{slot.title}: there are {len(live)} different answers to it; the last one counts, please look"
        )
    elif len(claimed) > 1:
        settled.remarks.append(f"{slot.title}: its cell was there {len(claimed)} times")
    matched.of[slot.id] = live[-1:] or claimed[-1:]
    if not live:
        live = _written_near(slot, matched, form)
        told = [cell for cell in live if not untouched(cell, slot)]
        if told:
            where = "of the student's own, beside the one for it" if claimed else "without an id, below the question"
            settled.remarks.append(f"{slot.title}: answered in a cell {where}")
        elif not claimed and not live:
            settled.remarks.append(f"{slot.title}: its cell was deleted")
        for cell in live:
            del matched.added[cell.index]
        matched.of[slot.id] = live[-1:] or claimed[-1:]
        live = told
    else:
        live = live[-1:]
    text = "\n\n".join(_without(cell.source, _question_text(slot, form)) for cell in live)
    if not text.strip() or plain(text) == plain(slot.source):  # nothing, or the question copied into its answer
        settled.unanswered.append(slot.name)
        text = slot.source
    settled.sources[slot.id] = text
    for cell in live:
        settled.pictures.setdefault(slot.id, {}).update(cell.attachments or {})


def _question_text(slot: Slot, form: Template) -> Slot | None:
    above = form.slots[slot.index - 1] if slot.index else None
    return above if above and above.kind == "markdown" and above.role not in (ANSWER, CHECK, QUESTION) else None


def _written_near(slot: Slot, matched: Match, form: Template) -> list[Cell]:
    """Texts of the student's own from the question to the next cell that is not the question's."""
    text = _question_text(slot, form)
    own = [cell.index for asked in (text, slot) if asked for cell in matched.of.get(asked.id, ())]
    if not own:
        return []
    others = {
        index for index, to in matched.anchors(form.slots) if to not in (slot.index, text.index if text else -1)
    }
    found = []
    index, last = min(own), max([*matched.added, *own])
    while index <= last and index not in others:
        cell = matched.added.get(index)
        if cell and cell.kind != "code" and cell.source.strip():
            place = [claimed.index for claimed in matched.of.get(text.id, ())] if text else []
            if not text or index not in place or _begins(cell.source, text):  # reworded, a question is no answer
                found.append(cell)
        index += 1
    return found


def _without(source: str, question: Slot | None) -> str:
    """What a student wrote, without the question above it."""
    return source[len(question.source.rstrip()) :].strip() if question and _begins(source, question) else source


def _begins(source: str, question: Slot) -> bool:
    return source.startswith(question.source.rstrip())
