"""Where in a folder or zip the students begin: which names stand for one student each.

Usually that is simply what lies in it. But a zip often holds a single folder around everything, an nbgrader course
has its ``submitted/``, and an instructor may have put exports side by side. Each folder is judged by what is in it
alone: what lies beside it decides nothing. Where it is not certain whose a folder is, it waits for a person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ganlab_grade.course import GradingError
from ganlab_grade.intake.names import Origin, is_number_of_a_person, lesson_in, origin_of, within_one_person
from ganlab_grade.intake.platforms import MAX_METADATA, submitters
from ganlab_grade.intake.scan import Node
from ganlab_grade.text import shown

# Names of folders around the work of many.
_AROUND = re.compile(
    r"(submi(tted|ssions?)|bulk[\W_]?downloads?|abgaben?|class|students?|exports?|downloads?|hand-?ins?|assignment_\d+_export"
    r")([\W_]*\(?\d*\)?)",
    re.IGNORECASE,
)
_LEVELS = 4
_NOT_NAMED = (
    "Gradescope's submission_metadata.yml does not name who handed this in; put the file of its export beside the "
    "folders, or rename the folder"
)


@dataclass(frozen=True)
class Item:
    """One student's folder, zip or file."""

    node: Node
    who: Origin
    hint: str | None = None  # the lesson of the export it lies in
    export: int = 0  # which export that is
    unsure: str = ""  # why a person has to say whose it is


@dataclass
class _Search:
    """What has been found so far."""

    lessons: Sequence[str]
    items: list[Item] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    exports: int = 0
    # What lies around everything: its name is the only one there is where no name says whose a notebook is.
    above: str = ""

    def look(self, node: Node, hint: str | None, depth: int) -> None:
        """Take what lies in a folder around students."""
        children = _nbgrader(node) or list((node.children or {}).values())
        export, self.exports = self.exports, self.exports + 1
        names = _metadata(children)
        holding = [child for child in children if _holds(child)]
        for child in children:
            who = self._named(child, names)
            if not who.platform and child.is_other():
                self.others.append(child.name)
                continue
            # In a folder of one lesson a single folder is somebody's, not one more around it.
            only = holding == [child] and hint is None
            if depth < _LEVELS and (said := self._around(child, who, only=only)) is not None:
                found = lesson_in(child.stem, self.lessons)
                self.problems += [*([said] if said else []), *child.troubles]
                self.above = child.stem if holding == [child] else self.above
                self.look(child, found[0] if found else hint, depth + 1)
                continue
            unsure = _NOT_NAMED if who.platform == "gradescope" and who.display == "submission" else ""
            self.items.append(Item(child, who, hint, export, unsure))

    def _named(self, node: Node, names: Mapping[str, tuple[str, str]]) -> Origin:
        who = origin_of(node.stem, self.lessons, folder=node.children is not None)
        if who.platform == "gradescope" and (known := names.get(who.platform_id)):
            return replace(who, display=known[0], platform_id=known[1] or who.platform_id)
        return who

    def _around(self, node: Node, who: Origin, *, only: bool) -> str | None:
        """None for a student's own; else it lies around students' folders and files: what has to be said of it."""
        children = [child for child in (node.children or {}).values() if _holds(child)]
        if node.children is None or who.platform or not children or is_number_of_a_person(node.stem):
            return None
        origins = [origin_of(child.stem, self.lessons, folder=child.children is not None) for child in children]
        nameless = not _a_persons(node.stem, self.lessons)
        if any(origin.platform for origin in origins):
            # Inside a person's own folder a name may say what it likes.
            return "" if only or nameless else None
        if (who.lesson is not None and not who.display) or (_AROUND.fullmatch(node.stem) and (only or nameless)):
            return ""
        if len(children) == 1 and nameless:
            # One more folder around everything.
            inner = self._around(children[0], origins[0], only=only)
            if inner is not None:
                return inner
        names = {
            child.stem if child.children is not None else origin.display
            for child, origin in zip(children, origins, strict=True)
        }
        if len(names) < 2 or any(within_one_person(name, self.lessons) for name in names):
            return None
        if only or (nameless and all(child.children is not None for child in children)):
            return f"{shown(node.name)} was taken as the folder around the work of {len(names)} students"
        return None


def student_level(root: Node, lessons: Sequence[str]) -> tuple[list[Item], list[str]]:
    """The items, and what had to be decided to find them."""
    if root.children is None:
        return [_alone(Item(root, origin_of(root.stem, lessons)), "")], []
    search = _Search(lessons, above=root.stem)
    search.look(root, None, 0)
    items, problems = search.items, search.problems
    if search.others:
        names = ", ".join(shown(name, 40) for name in search.others[:5]) + (", …" if len(search.others) > 5 else "")
        problems.append(f"no notebooks, left out: {names}")
    if items and not any(item.who.display for item in items):
        problems.append(f"no name of a student anywhere: all of it was taken as the work of {shown(search.above)}")
        items = [_alone(item, search.above) for item in items]
    return items, problems


def _alone(item: Item, above: str) -> Item:
    """With a name, where there is none, from the folder around, or from the lesson's own file."""
    return item if item.who.display else replace(item, who=replace(item.who, display=above or item.node.stem))


def _holds(node: Node) -> bool:
    return next(node.notebooks(), None) is not None


def _nbgrader(node: Node) -> list[Node]:
    """The ``submitted`` folder of an nbgrader course, alone; nothing if it is none."""
    names = node.children or {}
    if "submitted" in names and not {"nbgrader_config.py", "source", "release"}.isdisjoint(names):
        return [names["submitted"]]
    return []


def _metadata(children: Sequence[Node]) -> dict[str, tuple[str, str]]:
    """What a file of Gradescope's among them says of who is who."""
    for child in children:
        if child.says is not None:
            try:
                return submitters(child.says.read(MAX_METADATA))
            except GradingError:
                return {}
    return {}


def _a_persons(stem: str, lessons: Sequence[str]) -> bool:
    """Whether a folder's name may be a person's: no lesson's, no number, and without a word that assignments have."""
    return not (_AROUND.fullmatch(stem) or within_one_person(stem, lessons) or not re.search(r"[^\W\d_]", stem))
