"""Which folders and files stand for one student each: the level at which names are trusted.

Usually these are simply what lies in the folder or zip. But a zip often holds a single folder around everything, an
nbgrader course has its ``submitted/``, and an instructor may have put one export for each lesson side by side.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ganlab_grade.intake.names import Named, lesson_in, named, within_one_person
from ganlab_grade.intake.places import Node, shown

_AROUND = re.compile(
    r"^(submi(tted|ssions?)|abgaben?|class|students?|exports?|downloads?|hand-?ins?)$", re.IGNORECASE
)
_LEVELS = 4


@dataclass(frozen=True)
class Item:
    """One student's folder, zip or file."""

    node: Node
    who: Named
    hint: str | None = None  # the lesson of the export it lies in
    export: int = 0  # which export that is


def student_level(root: Node, lessons: Sequence[str]) -> tuple[list[Item], list[str]]:
    """The items, and what had to be decided to find them."""
    problems: list[str] = []
    if root.children is None:
        return [_alone(Item(root, named(root.stem, lessons)), "")], problems
    items = [Item(child, named(child.stem, lessons)) for child in root.children.values()]
    above = root.stem
    for _ in range(_LEVELS):
        around = [item for item in items if _holds(item.node)]
        if inner := _nbgrader(items):
            around = items = [inner]
        if not around or not all(_is_around(item, len(around) == 1, lessons, problems) for item in around):
            break
        problems += [one for item in items for one in item.node.troubles]
        above = around[0].node.stem if len(around) == 1 else above
        items = [inner for index, item in enumerate(around) for inner in _inside(item, index, lessons)]
    plain = [item for item in items if item.node.is_other() and not item.who.platform]
    if plain:
        names = ", ".join(shown(item.node.name, 40) for item in plain[:5]) + (", …" if len(plain) > 5 else "")
        problems.append(f"no notebooks, left out: {names}")
    items = [item for item in items if item not in plain]
    if items and not any(item.who.display for item in items):
        problems.append(f"no name of a student anywhere: all of it was taken as the work of {shown(above)}")
        items = [_alone(item, above) for item in items]
    return items, problems


def _alone(item: Item, above: str) -> Item:
    """With a name, where there is none, from the folder around, or from the lesson's own file."""
    return item if item.who.display else replace(item, who=replace(item.who, display=above or item.node.stem))


def _holds(node: Node) -> bool:
    return next(node.notebooks(), None) is not None


def _nbgrader(items: Sequence[Item]) -> Item | None:
    """The ``submitted`` folder of an nbgrader course."""
    names = {item.node.name: item for item in items}
    if "submitted" in names and not {"nbgrader_config.py", "source", "release"}.isdisjoint(names):
        return names["submitted"]
    return None


def _inside(item: Item, export: int, lessons: Sequence[str]) -> list[Item]:
    found = lesson_in(item.node.stem, lessons)
    hint = found[0] if found else item.hint
    return [Item(child, named(child.stem, lessons), hint, export) for child in (item.node.children or {}).values()]


def _is_around(item: Item, only: bool, lessons: Sequence[str], problems: list[str]) -> bool:
    """Whether this is no student's but lies around the students' own folders and files."""
    node, children = item.node, [child for child in (item.node.children or {}).values() if _holds(child)]
    if node.children is None or item.who.platform or not children:
        return False
    if all(named(child.stem, lessons).platform for child in children):
        return True
    if item.who.lesson is not None and not item.who.display:  # a folder called exactly as a lesson
        return True
    if not only:
        return False
    if _AROUND.match(node.stem):
        return True
    folders = [child for child in children if child.children is not None]
    names = {child.stem if child in folders else named(child.stem, lessons).display for child in children}
    if len(names) < 2 or any(within_one_person(name, lessons) for name in names):
        return False
    problems.append(f"{shown(node.name)} was taken as the folder around the work of {len(names)} students")
    return True
