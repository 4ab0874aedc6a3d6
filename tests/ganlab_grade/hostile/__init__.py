"""All notebooks of people who mean harm, and those that were damaged on their way, with what marking must find.

::

    for name, attack in HOSTILE.items():
        data = attack.make(case)          # the file, as bytes
        attack.expected(case)             # exercise -> Mark
"""

from collections.abc import Iterator, Mapping

import nbformat

from ganlab_grade.course import Assignment
from tests.ganlab_grade.classroom.maker import Handed
from tests.ganlab_grade.hostile import (
    cells,
    environments,
    files,
    lies,
    odd,
    overwriting,
    patches,
    resources,
    secrets,
    time,
)
from tests.ganlab_grade.hostile.case import HOSTILE, Case

# Importing them is what fills the table.
FILES = (time, resources, lies, patches, secrets, cells, files, environments, overwriting, odd)


def hostile_class(
    assignments: Mapping[str, Assignment], solutions: Mapping[str, Mapping[str, str]]
) -> Iterator[Handed]:
    """One student for each attack, every time on another lesson and exercise."""
    lessons = list(assignments)
    for number, (name, attack) in enumerate(HOSTILE.items()):
        assignment = assignments[lessons[number % len(lessons)]]
        solved = nbformat.reads(assignment.release, as_version=4)
        for cell in solved.cells:
            cell.source = solutions[assignment.lesson].get(cell.id, cell.source)
        first = (number // len(lessons)) % len(assignment.exercises)
        order = [*assignment.exercises[first:], *assignment.exercises[:first]]
        cases = (Case(assignment, solved, exercise) for exercise in order)
        case = next((one for one in cases if attack.suits(one)), None)
        if case is not None:
            yield Handed(
                f"hostile-{name}", f"Hostile {name.replace('-', ' ').title()}", assignment.lesson,
                f"hostile: {attack.what}", attack.make(case), attack.expected(case), human=attack.human,
            )  # fmt: skip
