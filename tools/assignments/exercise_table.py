"""The quality of the exercises, as a table: do their checks catch wrong answers and let right ones pass?

    python -m tools.assignments.exercise_table               every lesson
    python -m tools.assignments.exercise_table --only 02     one lesson (several: --only 01 02)

Every answer of the banks, tests/<family>/answers/<exercise>.py, is really checked. A wrong answer counts as caught
only if the rung that names its mistake is the one that rejects it. The exit status is 1 unless every wrong answer is
caught, every right one accepted, and each exercise has at least five wrong and three right answers and for each rung
of its own (those that name a misconception, not the common ones of type, shape and value) an answer that falls there.
"""

import argparse
import contextlib
import io
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ganlab.checks.ladder import Ladder
from tests.checks.bank import Bank, read_banks, read_ladders

COMMON = {"missing", "error", "returns_none", "wrong_type", "wrong_shape", "wrong_value"}
MIN_WRONG, MIN_RIGHT = 5, 3


@dataclass(frozen=True)
class Row:
    """One exercise: what its bank found."""

    lesson: str
    exercise: str
    rungs: int
    caught: int
    seeded: int
    accepted: int
    given: int
    faults: tuple[str, ...]
    # Common rungs that no wrong answer falls from: worth knowing, no fault.
    unreached: tuple[str, ...]


def examine(lesson: str, exercise: str, ladder: Ladder, bank: Bank | None) -> Row:
    """Check every answer of one exercise's bank."""
    own = [rung.name for rung in ladder.rungs]
    if bank is None:
        return Row(lesson, exercise, len(own), 0, 0, 0, 0, ("it has no bank of answers",), ())
    faults: list[str] = []
    if bank.check is not ladder:
        faults.append(f"its bank tries the check of {bank.check.exercise!r}")
    caught = accepted = 0
    reached: set[str] = set()
    for number, (answer, rung) in enumerate(bank.wrong, 1):
        found = _rung(bank.check, answer)
        if found == rung and found != "passed":
            caught += 1
            reached.add(found)
        else:
            faults.append(f"wrong answer {number}, {_name(answer)}: expected the rung {rung!r}, got {found!r}")
    for number, answer in enumerate(bank.right, 1):
        found = _rung(bank.check, answer)
        if found == "passed":
            accepted += 1
        else:
            faults.append(f"right answer {number}, {_name(answer)}: rejected by the rung {found!r}")
    if len(bank.wrong) < MIN_WRONG:
        faults.append(f"{len(bank.wrong)} wrong answers, at least {MIN_WRONG} are wanted")
    if len(bank.right) < MIN_RIGHT:
        faults.append(f"{len(bank.right)} right answers, at least {MIN_RIGHT} are wanted")
    missed = [name for name in own if name not in reached]
    faults += [f"no wrong answer falls from the rung {name!r}" for name in missed if name not in COMMON]
    unreached = tuple(name for name in missed if name in COMMON)
    return Row(
        lesson, exercise, len(own), caught, len(bank.wrong), accepted, len(bank.right), tuple(faults), unreached
    )


def _rung(check: Ladder, answer: Any) -> str:
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        # Wrong answers may well deserve one.
        warnings.simplefilter("ignore")
        try:
            return check.grade(answer).rung
        except Exception as error:
            return f"{type(error).__name__} out of the check"


def _name(answer: Any) -> str:
    return getattr(answer, "__name__", type(answer).__name__)


def examine_all(ladders: Mapping[str, Mapping[str, Ladder]], found: Mapping[str, Mapping[str, Bank]]) -> list[Row]:
    """A row for each exercise: every ladder needs a bank, and every bank a ladder."""
    rows = []
    for lesson in sorted({*ladders, *found}):
        mine, theirs = ladders.get(lesson, {}), found.get(lesson, {})
        # Banks stand in the lesson's order.
        for name in [*theirs, *(name for name in mine if name not in theirs)]:
            if name in mine:
                rows.append(examine(lesson, name, mine[name], theirs.get(name)))
            else:
                rows.append(Row(lesson, name, 0, 0, 0, 0, 0, ("there is no check of this name",), ()))
    return rows


def table(rows: list[Row]) -> str:
    """The table, its totals, then what is wrong and what is worth a look."""
    head = ("lesson", "exercise", "rungs", "wrong answers caught", "alternatives accepted")
    total = [sum(getattr(row, name) for row in rows) for name in ("rungs", "caught", "seeded", "accepted", "given")]
    body = [
        (row.lesson.removeprefix("lesson_"), row.exercise, str(row.rungs), f"{row.caught}/{row.seeded}",
         f"{row.accepted}/{row.given}")
        for row in rows
    ]  # fmt: skip
    last = ("all", f"{len(rows)} exercises", str(total[0]), _share(total[1], total[2]), _share(total[3], total[4]))
    widths = [max(map(len, column)) for column in zip(head, *body, last, strict=True)]
    rule = tuple("-" * width for width in widths)
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
             for line in (head, rule, *body, last)]  # fmt: skip
    faults = [f"{row.lesson}.{row.exercise}: {fault}" for row in rows for fault in row.faults]
    remarks = [f"{row.lesson}.{row.exercise}: {', '.join(row.unreached)}" for row in rows if row.unreached]
    if faults:
        lines += ["", "Wrong:", *faults]
    if remarks:
        lines += ["", "Common rungs that no wrong answer falls from (no fault):", *remarks]
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    # Rounded down: 99.97% is not all of them.
    return f"{part}/{whole} ({100 * part // whole if whole else 0}%)"


def main(arguments: list[str] | None = None) -> int:
    """Print the table; the exit status is 0 if nothing is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[], metavar="NN", help="lessons whose numbers begin so")
    options = parser.parse_args(arguments)
    chosen = tuple(f"lesson_{number}" for number in options.only)
    ladders, found = (
        {name: exercises for name, exercises in everything.items() if not chosen or name.startswith(chosen)}
        for everything in (read_ladders(), read_banks())
    )
    rows = examine_all(ladders, found)
    if not rows:
        print(f"no lesson with exercises is called {' or '.join(options.only)}")
        return 1
    print(table(rows))
    return int(any(row.faults for row in rows))


if __name__ == "__main__":
    sys.exit(main())
