"""The heads of names: what each learning platform writes before the file that a student handed in.

A head is certain whatever follows it, and each name is judged alone: no neighbour changes whose a file is.

===========  ======================================================================  =============================
platform     name of the file or folder                                              who
===========  ======================================================================  =============================
moodle       ``Jane Doe_12345_assignsubmission_file_`` (folder), or ``..._NAME``     name; number anew each time
canvas       ``doejane_LATE_12345_67890_NAME-1``, ``anon_x7Fq2_67890_NAME``          number of the person
blackboard   ``ASSIGNMENT_jdoe_attempt_2026-01-31-10-02-59_NAME``                    login
brightspace  ``12345-67890 - Jane Doe - Jan 31, 2026 1002 AM`` (folder), ``- NAME``  number of the person
sakai        ``Doe, Jane(jdoe)`` (folder)                                            login
ilias        ``Doe_Jane_jdoe_12345`` (folder)                                        number of the person
gradescope   ``submission_12345`` (folder)                                           number of the submission
===========  ======================================================================  =============================

Gradescope writes names into ``submission_metadata.yml`` beside the folders: :func:`submitters`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import yaml

# Folders of these are heads; of the others files and folders are.
FOLDERS_ONLY = ("sakai", "ilias", "gradescope")
# Platforms that number people anew in each export, so that only a name can be known again.
NUMBERS_ANEW = ("moodle", "gradescope")
MAX_METADATA = 4_000_000


@dataclass(frozen=True)
class Head:
    """What a platform's head says. ``rest`` is the name that the student gave the file."""

    platform: str
    display: str
    number: str
    rest: str = ""
    late: bool = False
    # When it was handed in, in seconds, where the head says so; of two attempts the later counts.
    when: float = 0.0


_PATTERNS = {
    "moodle": r"(?P<name>[^_].*?)_(?P<id>\d+)_assignsubmission_[a-z]+_?(?P<rest>.*)",
    "blackboard": r"(?P<before>.+)_(?P<id>[^_\s]+)_attempt_(?P<when>\d{4}(?:-\d\d){5})(?:_(?P<rest>.*))?",
    "brightspace": r"(?P<id>\d+)-\d+ - (?P<name>.+?) - (?P<when>[A-Z][a-z]{2,8} \d{1,2}, \d{4} \d{3,4} [AP]M)"
    r"(?: - (?P<rest>.*))?",
    "sakai": r"(?P<name>[^()]+,[^()]+)\((?P<id>[^()\s]+)\)",
    "ilias": r"(?P<last>[^\W\d_][^\d_]*)_(?P<first>[^\W\d_][^\d_]*)_(?P<login>[A-Za-z0-9.@-]+)_(?P<id>\d{2,})",
    "gradescope": r"(?P<name>submission)_(?P<id>\d+)",
}  # fmt: skip
_HEADS = {platform: re.compile(pattern, re.DOTALL) for platform, pattern in _PATTERNS.items()}
_CANVAS = re.compile(r"(?P<name>.+?)_(?P<late>LATE_)?(?P<id>\d+)_(?P<file>\d+)_(?P<rest>.+)", re.DOTALL)
_CANVAS_NAMELESS = re.compile(r"(?P<late>LATE_)?(?P<id>anon_[0-9A-Za-z]{5})_\d+_(?P<rest>.+)", re.DOTALL)


def head_of(stem: str, *, folder: bool, before: str | None) -> Head | None:
    """The head of a name without its ending, or None if no platform wrote it.

    Parameters
    ----------
    stem : str
        The name.
    folder : bool
        Whether it is a folder's.
    before : str or None
        What stands before the name of a lesson, None if the name has none: of ``ann_12345_01_minimax_game`` the 01 is
        not Canvas's number of a file.
    """
    for platform, pattern in _HEADS.items():
        if platform in FOLDERS_ONLY and (not folder or before is not None):
            continue
        if found := pattern.fullmatch(stem):
            said = found.groupdict()
            name = said.get("name") or " ".join(filter(None, (said.get("first"), said.get("last")))) or said["id"]
            if platform == "sakai":
                last, _, first = name.partition(",")
                name = f"{first.strip()} {last.strip()}"
            return Head(
                platform, name.strip(), said["id"], said.get("rest") or "", when=_seconds(said.get("when") or "")
            )
    return _canvas(stem, before)


def _canvas(stem: str, before: str | None) -> Head | None:
    if nameless := _CANVAS_NAMELESS.fullmatch(stem):
        return Head("canvas", nameless["id"], nameless["id"], nameless["rest"], bool(nameless["late"]))
    found = _CANVAS.fullmatch(stem if before is None else f"{before}.")
    # Its numbers are long, a date's and a lesson's are not; short ones are believed where a lesson follows at once.
    if not found or (min(len(found["file"]), len(found["id"])) < 3 and (before is None or found["rest"] != ".")):
        return None
    return Head("canvas", found["name"], found["id"], stem[found.start("rest") :], bool(found["late"]))


def _seconds(when: str) -> float:
    """The time that a head names; zero if it names none, or one that no calendar has."""
    for form in ("%Y-%m-%d-%H-%M-%S", "%b %d, %Y %I%M %p", "%B %d, %Y %I%M %p"):
        # "930 AM": the hour has one digit.
        text = re.sub(r" (\d{3}) ([AP]M)$", r" 0\1 \2", when)
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
    return 0.0


def submitters(metadata: bytes) -> dict[str, tuple[str, str]]:
    """Gradescope's ``submission_metadata.yml``: number of the submission -> names and student numbers of who made it.

    What is not as Gradescope writes it is left out.
    """
    try:
        # Gradescope's keys are Ruby's symbols, ":name", which are plain text to YAML.
        known = yaml.safe_load(metadata[:MAX_METADATA])
    # The loader has errors of its own, and deep nesting ends in Python's.
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    found = {}
    for key, entry in known.items() if isinstance(known, dict) else ():
        people = entry.get(":submitters") if isinstance(entry, dict) else None
        people = [person for person in people if isinstance(person, dict)] if isinstance(people, list) else []
        names = [str(person.get(":name") or "").strip() for person in people]
        if names and all(names):
            numbers = [str(person.get(":sid") or person.get(":email") or "").strip() for person in people]
            found[str(key).removeprefix("submission_")] = (" and ".join(names), " ".join(filter(None, numbers)))
    return found
