"""A learning platform's export: whose notebooks are these, and for which lesson?

Who handed something in is read from the names at one level of the folder or zip only, the one that the platform or
the instructor made. Below it a student may call files and folders as they like: nothing there can speak for another.
Whatever is left out, guessed or decided is said in ``Intake.problems``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ganlab_grade.course import GradingError
from ganlab_grade.intake.level import Item, student_level
from ganlab_grade.intake.names import (
    Origin,
    attempt_folder,
    attempt_in,
    handed_in,
    lesson_in,
    origin_of,
    student_ids,
    within_one_person,
)
from ganlab_grade.intake.platforms import NUMBERS_ANEW
from ganlab_grade.intake.scan import MAX_NOTEBOOK, Place, tree_of
from ganlab_grade.text import shown

MAX_NOTEBOOKS = 100  # of one student
MAX_STUDENT_BYTES = 1_000_000_000  # of one student's notebooks together


@dataclass(frozen=True)
class Opened:
    """What is known of a file that had to be opened to find its lesson, so that nobody opens it a second time."""

    sha256: str  # of its bytes
    cells: Path  # where the cells are that were found in it
    lesson: Path  # where the lesson's name is


@dataclass(frozen=True)
class Submission:
    """One notebook, or one reason why a student has none (``problem``; then ``file`` is None)."""

    student: str  # letters, digits, . _ -; different for different students, even without case
    lesson: str | None  # by the file's name; None: the content has to tell
    file: Place | None
    name_as_found: str  # "jane.zip/01_minimax_game (1).ipynb"
    display: str = ""  # the student's name as the platform or the folder says
    platform_id: str = ""  # Moodle's "Participant 12345" and Canvas's user: the number
    platform: str = ""  # as in ``platforms``; "": by hand
    late: bool = False  # Canvas marks it
    problem: str = ""
    rank: tuple[float, int, int, int, float] = (
        0.0,
        0,
        0,
        0,
        0.0,
    )  # of two for one lesson the higher counts, see `newest`
    opened: Opened | None = None  # if its content had to tell the lesson

    def read(self, limit: int = MAX_NOTEBOOK) -> bytes:
        """The notebook's bytes.

        Raises
        ------
        GradingError
            If there is none, it cannot be read, or has more than ``limit`` bytes.
        """
        if self.file is None:
            raise GradingError(self.problem or "there is no file")
        return self.file.read(limit)


@dataclass(frozen=True)
class Intake:
    """What was found. Submissions with a ``problem`` are for a person to look at; ``problems`` says all there is."""

    submissions: tuple[Submission, ...]
    problems: tuple[str, ...]


def find_submissions(path: Path, lessons: Sequence[str]) -> Intake:
    """Find the submissions in a folder or zip; ``lessons`` are the assignments' names, as "01_minimax_game".

    Raises
    ------
    GradingError
        If ``path`` is neither a folder, a zip nor a notebook, or cannot be opened.
    """
    root = tree_of(path)
    items, problems = student_level(root, lessons)
    problems += root.troubles if root.children is not None else []
    people = _people(items, problems)
    found: list[Submission] = []
    for (identity, _), own in people.items():
        found += _of_one(identity, own, lessons, problems)
    kept, said = newest(found)
    return Intake(kept, (*problems, *said))


def newest(submissions: Iterable[Submission]) -> tuple[tuple[Submission, ...], tuple[str, ...]]:
    """Keep one submission a student and lesson, and say which others were left out.

    What counts, in this order: the time that a platform has written into the name; a file that names the lesson
    before one in a folder that does; the highest number of a folder ("attempt-2"), then of the file ("-1", " (1)";
    "- Copy" is the lowest); the time of its last change; the name. Submissions of no known lesson are all kept: their
    content has to tell, and then this can be asked again.
    """
    best: dict[object, Submission] = {}
    left: dict[object, list[Submission]] = {}
    for index, submission in enumerate(submissions):
        key: object = (
            (submission.student, submission.lesson)
            if submission.lesson is not None and submission.file is not None
            else index
        )
        other = best.setdefault(key, submission)
        if other is not submission:
            first, second = sorted((submission, other), key=lambda each: (each.rank, each.name_as_found))
            best[key] = second
            left.setdefault(key, []).append(first)
    said = []
    for key, others in left.items():
        names = ", ".join(shown(other.name_as_found) for other in others[:5]) + (", …" if len(others) > 5 else "")
        one = best[key]
        said.append(
            f"{shown(one.display)}, {one.lesson}: {shown(one.name_as_found)} counts as the newest, not {names}"
        )
    return tuple(best.values()), tuple(said)


def _people(items: Sequence[Item], problems: list[str]) -> dict[tuple[str, int], list[Item]]:
    """The items by the student's id and the export they lie in.

    A platform's number is the person, whatever name stands before it: people marry. Only where a platform numbers
    people anew in every export is a full name one person across exports, if no export holds two of that name.
    """
    numbers: dict[tuple[str, int], set[str]] = {}
    called: dict[tuple[str, str], dict[str, set[int]]] = {}
    for item in items:
        who = item.who
        if who.platform in NUMBERS_ANEW:
            numbers.setdefault((who.display, item.export), set()).add(who.platform_id)
        elif who.platform:
            called.setdefault((who.platform, who.platform_id), {}).setdefault(who.display, set()).add(item.export)
    # "Participant" alone is everybody's name where names are hidden.
    shared = {name for (name, _), ids in numbers.items() if len(ids) > 1 or " " not in name}
    for name in sorted({name for (name, _), ids in numbers.items() if len(ids) > 1 and " " in name}):
        problems.append(f"more than one person is called {shown(name)}; they were told apart by their numbers")
    chosen, doubtful = _names_of_numbers(called, problems)

    def key(who: Origin) -> tuple[str, str]:
        name = chosen.get((who.platform, who.platform_id), who.display)
        by_name = who.platform in NUMBERS_ANEW and name not in shared
        return name, "" if by_name else who.platform_id

    items = [
        replace(item, unsure=doubtful.get((item.who.platform, item.who.platform_id), item.unsure)) for item in items
    ]
    ids = student_ids(key(item.who) for item in items if item.who.display)
    people: dict[tuple[str, int], list[Item]] = {}
    for item in items:
        if not item.who.display:
            name = shown(item.node.name)
            problems.append(
                f"{name}: the name does not say whose it is, so it was left out; put it into a folder that does"
            )
            continue
        people.setdefault((ids[key(item.who)], item.export), []).append(item)
    return people


def _names_of_numbers(
    called: Mapping[tuple[str, str], Mapping[str, set[int]]], problems: list[str]
) -> tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]]:
    """By (platform, number) the one name that is used for it, and why a person has to say who it is.

    A platform does not give one number two names at the same time: who has two in one export has to be looked at.
    """
    chosen, doubtful = {}, {}
    for (platform, number), names in called.items():
        if len(names) == 1:
            continue
        # The name in the last of the exports.
        name = chosen[platform, number] = max(names, key=lambda each: (max(names[each]), each))
        listed = ", ".join(shown(each, 40) for each in sorted(names))
        if max(sum(export in there for there in names.values()) for export in set().union(*names.values())) > 1:
            doubtful[platform, number] = (
                f"{platform}'s number {shown(number, 40)} has the names {listed} in one export, so it is not certain "
                "whose this is; look at them and rename the files"
            )
        else:
            said = f"{platform}'s number {shown(number, 40)} has the names {listed}"
            problems.append(f"{said}; taken as one person, {shown(name, 40)}")
    return chosen, doubtful


def _of_one(identity: str, items: Sequence[Item], lessons: Sequence[str], problems: list[str]) -> list[Submission]:
    """One student's submissions; what is wrong becomes a submission with a problem, and a line of ``problems``."""
    found: list[Submission] = []
    troubles: list[str] = []
    for item in items:
        troubles += item.node.all_troubles()
        if reason := item.unsure or _several_people(item, lessons):
            troubles.append(reason)
        else:
            found += _notebooks(identity, item, lessons)
    size = sum(item.node.total() for item in items)
    if len(found) > MAX_NOTEBOOKS or size > MAX_STUDENT_BYTES:
        troubles.append(f"{len(found)} notebooks of {size / 1e6:,.0f} MB together are too many to be marked")
        found = []
    if not found and not troubles:
        there = [shown(name, 40) for item in items for name in item.node.files()]
        what = f"there is {', '.join(there[:3])}{', …' if len(there) > 3 else ''}, no notebook" if there else "empty"
        troubles.append(f"nothing submitted ({what})")
    who = items[0].who
    problems += [f"{shown(who.display)}: {trouble}" for trouble in troubles[:20]]
    if len(troubles) > 20:
        problems.append(f"{shown(who.display)}: {len(troubles) - 20} more of this kind")
    if found:
        return found
    nothing = Submission(
        identity, who.lesson or items[0].hint, None, shown(items[0].node.name, 500), shown(who.display, 200),
        who.platform_id, who.platform, who.late, problem=troubles[0],
    )  # fmt: skip
    return [nothing]


def _notebooks(identity: str, item: Item, lessons: Sequence[str]) -> list[Submission]:
    """The notebooks of one of a student's items."""
    found = []
    for folders, node in item.node.notebooks():
        path = (*((item.node.name,) if item.node.children is not None else ()), *folders)
        own = lesson_in(node.stem, lessons) if item.node is not node else None
        lesson, attempt = (own[0], attempt_in(own[2])) if own else (item.who.lesson, item.who.attempt)
        if own is None and item.node is not node:
            attempt = 0
            hints = [hint[0] for name in reversed(folders) if (hint := lesson_in(name, lessons))]
            lesson = hints[0] if hints else lesson
        by_name = own is not None or (item.node is node and item.who.lesson is not None)
        when = item.who.when or handed_in(node.stem)
        rank = (when, int(by_name), max(attempt_folder(folders), 0), attempt, node.modified)
        name = shown("/".join((*path, node.name)), 500)
        found.append(
            Submission(
                identity, lesson or item.hint, node.place, name, shown(item.who.display, 200),
                item.who.platform_id, item.who.platform, item.who.late, rank=rank,
            )
        )  # fmt: skip
    return found


def _several_people(item: Item, lessons: Sequence[str]) -> str:
    """Why an item may be the work of several people, who must never be taken for one; "" if it is not."""
    by_lesson: dict[str, set[str]] = {}
    for folders, node in item.node.notebooks():
        who = origin_of(node.stem, lessons)
        # Where the file's name tells no lesson, its content may turn out to be any: then only folders say anything.
        person = folders[0] if folders else (who.display if who.lesson else "")
        if item.node is not node and person and not within_one_person(person, lessons):
            by_lesson.setdefault(who.lesson or "", set()).add(person)
    for lesson, names in sorted(by_lesson.items()):
        if len(names) > 1:
            listed = ", ".join(shown(name, 40) for name in sorted(names)[:4])
            return (
                f"{lesson or 'a notebook'} is there from {listed}: one student's attempts, or several students? Put "
                "them into folders called attempt-1, attempt-2, or move them one level up"
            )
    return ""
