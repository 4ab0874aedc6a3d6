"""Whose file is this, and for which lesson? What learning platforms write into the names of files and folders.

Names are trusted at one level only: what lies there stands for one student each (:func:`student_level`). Usually that
is simply what lies in the folder or zip. But a zip often holds a single folder around everything, an nbgrader course
has its ``submitted/``, and an instructor may have put one export for each lesson side by side.

=========  =============================================================================  ==========================
Moodle     ``Jane Doe_12345_assignsubmission_file_`` (folder), ``..._file_NAME.ipynb``    number anew in each export
Canvas     ``doejane_LATE_12345_67890_NAME-1.ipynb``, ``anon_x7Fq2_67890_NAME.ipynb``     number of the person
by hand    ``name__LESSON.ipynb``, ``name_LESSON (1).ipynb``, ``LESSON_name.ipynb``       no number
=========  =============================================================================  ==========================
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ganlab_grade.intake.scan import Node, shown

LONGEST_ID = 48
_MOODLE = re.compile(r"^(?P<name>[^_].*?)_(?P<id>\d+)_assignsubmission_[a-z]+_?(?P<rest>.*)$", re.DOTALL)
_CANVAS = re.compile(
    r"^(?:(?P<name>.+?)_)?(?P<late>LATE_)?(?P<id>\d+|anon_[0-9A-Za-z]{5})_(?P<file>\d+)_(?P<rest>.+)$", re.DOTALL
)
_ATTEMPT = re.compile(r"^(?:attempt|try|version|versuch|submission|abgabe|v)[\W_]*(\d{1,4})$", re.IGNORECASE)
_NUMBER = re.compile(r"^[\W_]*(?:(?:attempt|try|version|versuch|v)[\W_]*)?(\d{1,3})\)?$", re.IGNORECASE)
_COPY = re.compile(r"(?:copy|kopie|copie|copia|backup|old|draft)[\W_]*\d*\)?$", re.IGNORECASE)
# Words in the names of folders that hold one person's work, or a part of it.
_ONE_PERSONS = re.compile(
    r"answers?|archive|assignments?|attempts?|backups?|code|cop(?:y|ies)|copie|course|data|days?|done|drafts?|exercises?"
    r"|final|gan|homeworks?|hw|kopie|labs?|lessons?|new|notebooks?|old|projects?|solutions?|solved|src|submissions?"
    r"|submit(?:ted)?|tasks?|try|tries|v|versions?|versuch|weeks?|works?"
)
# What no file may be called on Windows.
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)
# Names of folders around the work of many.
_AROUND = re.compile(
    r"^(submi(tted|ssions?)|abgaben?|class|students?|exports?|downloads?|hand-?ins?)$", re.IGNORECASE
)
_LEVELS = 4


@dataclass(frozen=True)
class Origin:
    """What a name says. ``display`` is empty if it names nobody."""

    display: str
    platform: str = ""  # "moodle", "canvas" or "": by hand
    platform_id: str = ""
    late: bool = False
    lesson: str | None = None
    attempt: int = 0  # 2 for "LESSON-2", -1 for "LESSON - Copy"


def lesson_in(name: str, lessons: Iterable[str]) -> tuple[str, str, str] | None:
    """The lesson a name contains, what stands before it and what after; of several the longest."""
    for lesson in sorted(lessons, key=len, reverse=True):
        words = r"[\W_]*".join(re.escape(word) for word in re.split(r"[\W_]+", lesson) if word)
        if found := re.search(rf"(?<![^\W_]){words}(?![^\W_])", name, re.IGNORECASE):
            return lesson, name[: found.start()], name[found.end() :]
    return None


def attempt_in(rest: str) -> int:
    """Which attempt what follows the lesson's name stands for: "-1" and " (1)" 1, a copy or an old one -1, else 0."""
    if _COPY.search(rest):
        return -1
    found = _NUMBER.match(rest)
    return int(found[1]) if found else 0


def attempt_folder(folders: Sequence[str]) -> int:
    """The number of the attempt that a path's folders name, 0 if none does."""
    return max((int(found[1]) for name in folders if (found := _ATTEMPT.match(name))), default=0)


def within_one_person(folder: str, lessons: Iterable[str]) -> bool:
    """Whether a folder's name is one that a single person's work would have in it (an attempt, a lesson, a date)."""
    words = re.findall(r"[^\W\d_]+", folder.casefold())
    return not words or any(_ONE_PERSONS.fullmatch(word) for word in words) or lesson_in(folder, lessons) is not None


def origin_of(stem: str, lessons: Sequence[str]) -> Origin:
    """Read the name of a file (without its ending) or a folder."""
    stem = unicodedata.normalize("NFC", stem)
    if moodle := _MOODLE.match(stem):
        lesson, attempt = _lesson_and_attempt(moodle["rest"], lessons)
        return Origin(moodle["name"].strip(), "moodle", moodle["id"], lesson=lesson, attempt=attempt)
    # "ann_12345_01_minimax_game" looks like Canvas's person 12345, file 01; but 01 is the lesson's. So what stands
    # before a known lesson has to be the whole head of a Canvas name.
    found = lesson_in(stem, lessons)
    canvas = _CANVAS.match(f"{found[1]}." if found else stem)
    if canvas and (canvas["name"] or "anon" in canvas["id"]) and (canvas["rest"] == "." if found else _sure(canvas)):
        name, late, number = canvas["name"] or "", bool(canvas["late"]), canvas["id"]
        if name.upper() == "LATE" and number.startswith("anon"):
            name, late = "", True
        lesson, attempt = (found[0], attempt_in(found[2])) if found else (None, 0)
        return Origin(name or number, "canvas", number, late, lesson, attempt)
    if not found:
        return Origin(stem.strip())
    lesson, before, after = found
    attempt = attempt_in(after)
    person = before.strip(" _-.+,")
    if re.fullmatch(r"(copy|kopie|copie|copia)([\W_]*(of|von|de))?", person, re.IGNORECASE):
        person, attempt = "", -1
    if not person and not attempt:
        person = after.strip(" _-.+,")
        if within_one_person(person, ()):
            person = ""
    return Origin(person, lesson=lesson, attempt=attempt)


def _sure(canvas: re.Match[str]) -> bool:
    """Whether it is Canvas's even without a lesson in it: its numbers are long, a date's are not."""
    return len(canvas["file"]) > 2 and len(canvas["id"]) > 2


def _lesson_and_attempt(rest: str, lessons: Iterable[str]) -> tuple[str | None, int]:
    found = lesson_in(rest, lessons)
    return (found[0], attempt_in(found[2])) if found else (None, 0)


def student_ids(people: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """An id for each (name, number), safe as the name of a file and for nbgrader, no two alike even without case.

    A name that is safe already stays itself; spaces become underscores; where more than that is lost, or two would be
    alike, a digest of name and number is appended. So a person's id does not depend on who else is in the class,
    unless another's is the same.
    """
    wanted = {person: _readable(*person) for person in sorted(set(people))}
    groups: dict[str, list[tuple[str, str]]] = {}
    for person, identity in wanted.items():
        groups.setdefault(identity.casefold(), []).append(person)
    ids: dict[tuple[str, str], str] = {}
    taken: set[str] = set()
    # Those who are alone with their wish first, so that nobody's digest takes what is another's name.
    for alike in sorted(groups.values(), key=len):
        for person in alike:
            identity = wanted[person] if len(alike) == 1 else _with_digest(wanted[person], person)
            while identity.casefold() in taken:
                identity += "-2"
            taken.add(identity.casefold())
            ids[person] = identity
    return ids


def _readable(name: str, number: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", re.sub(r"\s+", "_", plain.strip())).strip("._-")
    if number and number != name:  # alone it tells people apart, whatever the name lost
        plain = f"{plain}-{number}" if plain else number
    elif plain != re.sub(r"\s", "_", name):
        return _with_digest(plain, (name, number))
    return plain if len(plain) <= LONGEST_ID and not _RESERVED.match(plain) else _with_digest(plain, (name, number))


def _with_digest(plain: str, person: tuple[str, str]) -> str:
    digest = hashlib.sha256("\0".join(person).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{plain[: LONGEST_ID - 9].strip('._-') or 'student'}.{digest}"


@dataclass(frozen=True)
class Item:
    """One student's folder, zip or file."""

    node: Node
    who: Origin
    hint: str | None = None  # the lesson of the export it lies in
    export: int = 0  # which export that is


def student_level(root: Node, lessons: Sequence[str]) -> tuple[list[Item], list[str]]:
    """The items, and what had to be decided to find them."""
    problems: list[str] = []
    if root.children is None:
        return [_alone(Item(root, origin_of(root.stem, lessons)), "")], problems
    items = [Item(child, origin_of(child.stem, lessons)) for child in root.children.values()]
    above = root.stem
    for _ in range(_LEVELS):
        around = [item for item in items if _holds(item.node)]
        if inner := _nbgrader(items):
            around = items = [inner]
        if not around or not all(_is_around(item, len(around) == 1, lessons, problems) for item in around):
            break
        problems += [trouble for item in items for trouble in item.node.troubles]
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
    return [
        Item(child, origin_of(child.stem, lessons), hint, export) for child in (item.node.children or {}).values()
    ]


def _is_around(item: Item, only: bool, lessons: Sequence[str], problems: list[str]) -> bool:
    """Whether this is no student's but lies around the students' own folders and files."""
    node, children = item.node, [child for child in (item.node.children or {}).values() if _holds(child)]
    if node.children is None or item.who.platform or not children:
        return False
    if all(origin_of(child.stem, lessons).platform for child in children):
        return True
    if item.who.lesson is not None and not item.who.display:  # a folder called exactly as a lesson
        return True
    if not only:
        return False
    if _AROUND.match(node.stem):
        return True
    folders = [child for child in children if child.children is not None]
    names = {child.stem if child in folders else origin_of(child.stem, lessons).display for child in children}
    if len(names) < 2 or any(within_one_person(name, lessons) for name in names):
        return False
    problems.append(f"{shown(node.name)} was taken as the folder around the work of {len(names)} students")
    return True
