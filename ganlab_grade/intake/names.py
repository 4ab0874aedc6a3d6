"""Whose file is this, and for which lesson? What names say that people have given to files and folders by hand.

=========================================  ==============================
``name__LESSON.ipynb``, ``LESSON_name``    a person, a lesson
``name_LESSON (1).ipynb``                  the same, a second attempt
``LESSON.ipynb``                           no person: the folder has to say
=========================================  ==============================

What platforms write before such a name is in :mod:`~ganlab_grade.intake.platforms`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ganlab_grade.intake.platforms import head_of

LONGEST_ID = 48
_ATTEMPT = re.compile(r"^(?:attempt|try|version|versuch|submission|abgabe|v)[\W_]*(\d{1,4})$", re.IGNORECASE)
_NUMBER = re.compile(r"^[\W_]*(?:(?:attempt|try|version|versuch|v)[\W_]*)?(\d{1,3})\)?$", re.IGNORECASE)
_COPY = re.compile(r"(?:copy|kopie|copie|copia|backup|old|draft)[\W_]*\d*\)?$", re.IGNORECASE)
# Words in the names of folders that hold one person's work, or a part of it.
_ONE_PERSONS = re.compile(
    r"answers?|archive|assignments?|attempts?|backups?|code|cop(?:y|ies)|copie|course|data|days?|done|drafts?|exercises?"
    r"|final|gan|homeworks?|hw|kopie|labs?|lessons?|new|notebooks?|old|projects?|solutions?|solved|src|submissions?"
    r"|submit(?:ted)?|tasks?|try|tries|v|versions?|versuch|weeks?|works?"
)
_NUMBER_OF_A_PERSON = re.compile(r"(?!(19|20)\d\d$|(19|20)\d{6}(\d{6})?$)\d{4,}")
# What no file may be called on Windows.
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)


@dataclass(frozen=True)
class Origin:
    """What a name says. ``display`` is empty if it names nobody."""

    display: str
    platform: str = ""  # as in ``platforms``; "": by hand
    platform_id: str = ""
    late: bool = False
    lesson: str | None = None
    attempt: int = 0  # 2 for "LESSON-2", -1 for "LESSON - Copy"
    when: float = 0.0  # when it was handed in, in seconds, where the platform's head says so


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


def handed_in(stem: str) -> float:
    """Seconds, where a file's name begins with the moment at which ILIAS took it in (20260131100259_), else 0."""
    found = re.match(r"((?:19|20)\d{12})_", stem)
    try:
        return datetime.strptime(found[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp() if found else 0.0
    except ValueError:
        return 0.0


def is_number_of_a_person(name: str) -> bool:
    """Whether a name is a number that is neither an attempt's nor a year, a date or a time."""
    return _NUMBER_OF_A_PERSON.fullmatch(name.strip()) is not None


def within_one_person(folder: str, lessons: Iterable[str]) -> bool:
    """Whether a folder's name is one that a single person's work would have in it (an attempt, a lesson, a date)."""
    words = re.findall(r"[^\W\d_]+", folder.casefold())
    if not words:
        # A short number, a year or a date may be an attempt's; 1001 is a person's.
        return not is_number_of_a_person(folder)
    return any(_ONE_PERSONS.fullmatch(word) for word in words) or lesson_in(folder, lessons) is not None


def origin_of(stem: str, lessons: Sequence[str], *, folder: bool = False) -> Origin:
    """Read the name of a file (without its ending) or a folder."""
    stem = unicodedata.normalize("NFC", stem)
    found = lesson_in(stem, lessons)
    if head := head_of(stem, folder=folder, before=found[1] if found else None):
        lesson = lesson_in(head.rest, lessons)
        attempt = attempt_in(lesson[2]) if lesson else 0
        return Origin(
            head.display, head.platform, head.number, head.late, lesson[0] if lesson else None, attempt, head.when
        )
    if not found:
        return Origin(stem.strip())
    lesson_name, before, after = found
    attempt = attempt_in(after)
    person = before.strip(" _-.+,")
    if re.fullmatch(r"(copy|kopie|copie|copia)([\W_]*(of|von|de))?", person, re.IGNORECASE):
        person, attempt = "", -1
    if not person and not attempt:
        person = after.strip(" _-.+,")
        if within_one_person(person, ()):
            person = ""
    return Origin(person, lesson=lesson_name, attempt=attempt)


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
