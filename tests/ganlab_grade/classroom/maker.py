"""A class on paper: for every student and lesson a notebook as it might be handed in, and the mark it must get.

Every lesson is dealt out to the same students in another order, so that nobody is perfect, or blank, throughout. What an
answer must earn is known before anything is marked (:mod:`class_answers`).
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import nbformat
from nbformat import NotebookNode

from ganlab_grade.course import Assignment, Exercise
from tests.ganlab_grade.classroom.answers import Answer, Answers, read_answers
from tests.ganlab_grade.classroom.styles import STYLES, as_if_run, write_answer

GIVEN = (
    "Amina", "Ben", "Chloé", "Deniz", "Ewa", "Farid", "Grace", "Hiroshi", "Inês", "Jonas", "Katya", "Linh", "Mateo",
    "Nadia", "Oskar", "Priya", "Quentin", "Rosa", "Søren", "Tova", "Umar", "Vera", "Wei", "Ximena", "Yusuf", "Zoë",
)  # fmt: skip
FAMILY = ("Abe", "Berg", "Costa", "Duarte", "Eriksen", "Fischer", "García", "Hughes")


@dataclass(frozen=True)
class Mark:
    """What one exercise must come to; ``points`` is None where only a bound is known."""

    points: float | None
    of: float
    rung: str = ""  # "" if it is not known
    at_most: float | None = None


@dataclass(frozen=True)
class Handed:
    """One notebook, as bytes, and what marking it must find."""

    student: str  # an id: "amina-abe"
    display: str  # "Amina Abe"
    lesson: str
    kind: str
    data: bytes
    marks: dict[str, Mark]  # exercise -> mark; empty if the file is no notebook
    written: dict[str, str] = field(default_factory=dict)
    human: bool | None = None  # whether a person has to be named as needed; None: either will do


@dataclass
class Covered:
    """Which of the bank's answers the class has given: exercise -> their numbers."""

    right: dict[str, set[int]] = field(default_factory=dict)
    wrong: dict[str, set[int]] = field(default_factory=dict)

    def note(self, exercise: str, answer: Answer) -> None:
        """An answer of the bank was given."""
        which = self.right if answer.rung == "passed" else self.wrong
        which.setdefault(exercise, set()).add(answer.number)


def names(count: int) -> list[tuple[str, str]]:
    """(id, display name) of so many students."""
    plain = str.maketrans("éêëèíøöü", "eeeeioou")
    displays = [f"{GIVEN[i % len(GIVEN)]} {FAMILY[(i // len(GIVEN) + i) % len(FAMILY)]}" for i in range(count)]
    if len(set(displays)) < count:
        displays = [f"{one} {number}" for number, one in enumerate(displays)]
    return [(one.translate(plain).lower().replace(" ", "-"), one) for one in displays]


def kinds(count: int) -> list[str]:
    """What so many students hand in for one lesson: mostly mistakes, since those are what marking is about."""
    perfect = ["solution", "solution, not run", *["alternatives"] * (count // 8)]
    nothing = ["blank", "only written"] if count >= 8 else ["blank"]
    some = ["partial"] * max(1, count // 14)
    return [*perfect, *nothing, *some, *["misconceptions"] * max(0, count - len(perfect + nothing + some))][:count]


def make_class(
    assignments: Mapping[str, Assignment],
    solutions: Mapping[str, Mapping[str, str]],
    *,
    students: int = 40,
    seed: int = 0,
) -> tuple[Iterator[Handed], dict[str, Covered]]:
    """All notebooks, one after the other, and what they cover, which is complete when the last one has been made.

    Parameters
    ----------
    assignments : mapping
        Lesson -> assignment.
    solutions : mapping
        Lesson -> id of the answer cell -> the lesson's own solution.
    """
    covered = {lesson: Covered() for lesson in assignments}

    def every() -> Iterator[Handed]:
        for place, (lesson, assignment) in enumerate(assignments.items()):
            todo, people = kinds(students), names(students)
            chance = random.Random(f"{seed} {lesson}")
            maker = LessonMaker(assignment, solutions[lesson], covered[lesson], chance, todo.count("misconceptions"))
            turn = (place * 7) % students
            for number, (student, display) in enumerate(people[turn:] + people[:turn]):
                yield maker.handed(student, display, todo[number], number)

    return every(), covered


class LessonMaker:
    """Makes one lesson's notebooks; ``mistaken`` students share out the wrong answers among them."""

    def __init__(
        self, assignment: Assignment, solutions: Mapping[str, str], covered: Covered, chance: random.Random,
        mistaken: int,
    ) -> None:  # fmt: skip
        self.assignment, self.solutions, self.covered = assignment, solutions, covered
        self.chance, self.mistaken = chance, mistaken
        taken = frozenset(one.name for one in assignment.exercises)
        self.answers: dict[str, Answers] = {
            one.name: read_answers(one.check, one.name, taken) for one in assignment.exercises
        }
        self.mistakes = {name: one.by_misconception() for name, one in self.answers.items()}
        self.made: dict[str, int] = {}  # kind -> how many of it there are already

    def handed(self, student: str, display: str, kind: str, number: int) -> Handed:
        """One student's notebook of this lesson."""
        nth = self.made.get(kind, 0)
        self.made[kind] = nth + 1
        notebook = nbformat.reads(self.assignment.release, as_version=4)
        marks: dict[str, Mark] = {}
        for place, exercise in enumerate(self.assignment.exercises):
            found = self._answer(kind, exercise, nth, place)
            if isinstance(found, Answer):
                self.covered.note(exercise.name, found)
                write_answer(notebook, exercise.answer_cell, found, STYLES[(number + place) % len(STYLES)])
                marks[exercise.name] = mark(exercise, found.rung, found.share)
            elif found:
                _cell(notebook, exercise.answer_cell).source = found
                marks[exercise.name] = mark(exercise, "passed", 1.0)
            else:
                marks[exercise.name] = mark(exercise, "missing", 0.0)
        written = self._write(notebook, kind)
        if kind not in ("blank", "only written", "solution, not run") and nth % 3 != 2:
            as_if_run(
                notebook, {one.check_cell: (one.name, marks[one.name].rung) for one in self.assignment.exercises}
            )
        data = nbformat.writes(notebook).encode()
        return Handed(student, display, self.assignment.lesson, kind, data, marks, written)

    def _answer(self, kind: str, exercise: Exercise, nth: int, place: int) -> Answer | str | None:
        """An answer of the bank, the lesson's own, or None for the stub."""
        right = self.answers[exercise.name].right
        match kind:
            case "solution" | "solution, not run":
                return self.solutions[exercise.answer_cell]
            case "alternatives":
                return right[(nth + place) % len(right)]
            case "partial" if place < (len(self.assignment.exercises) + 1) // 2:
                return right[(nth + place + 1) % len(right)]
            case "misconceptions":
                mistakes = self.mistakes[exercise.name]
                # Turned from exercise to exercise: who is wrong in one may be right in the next.
                turn = (nth + 5 * place) % self.mistaken
                return mistakes[turn] if turn < len(mistakes) else right[turn % len(right)]
        return None

    def _write(self, notebook: NotebookNode, kind: str) -> dict[str, str]:
        """Answer the written questions, or leave them; returns what stands there."""
        found = {}
        for question in self.assignment.questions:
            text = ""
            if kind == "only written" or kind.startswith("solution"):
                text = question.answer
            elif kind != "blank" and self.chance.random() < 0.7:
                text = self.chance.choice(
                    [question.answer[: len(question.answer) // 2], "I think it is because\n$x<y$ & so on."]
                )
            if text:
                _cell(notebook, question.cell).source = text
            found[question.name] = text
        return found


def mark(exercise: Exercise, rung: str, share: float) -> Mark:
    """The mark for a share of an exercise's points."""
    return Mark(round(exercise.points * share, 2), exercise.points, rung)


def solution_cells(source: NotebookNode, exercises: Sequence[Exercise]) -> dict[str, str]:
    """The solutions in an instructor's notebook, their markers removed: id of the answer cell -> source."""
    kept = {}
    for one in exercises:
        lines = _cell(source, one.answer_cell).source.splitlines()
        kept[one.answer_cell] = "\n".join(line for line in lines if not line.strip().startswith("### "))
    return kept


def _cell(notebook: NotebookNode, name: str) -> NotebookNode:
    return next(cell for cell in notebook.cells if cell.id == name)
