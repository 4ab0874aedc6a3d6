"""The table of the exercises' quality: true for the course's own banks, and it fails where a bank has a hole."""

from collections.abc import Callable
from typing import Any

import pytest

from ganlab.checks.ladder import Ladder, returns, rung, value
from tests.checks.bank import Bank
from tools.assignments import exercise_table

LADDER = Ladder(
    "double",
    [
        returns(int),
        rung("doubled", lambda f: f(3) != 3, "3 is still 3"),
        rung("not_squared", lambda f: f(3) != 9, "that is the square"),
        value(lambda x: 2 * x),
    ],
    example=lambda: (5,),
)


def _same(x):
    return x


def _squared(x):
    return x * x


def _one_more(x):
    return 2 * x + 1


def _text(x):
    return str(2 * x)


def _none(x):
    return None


def _right(x):
    return x + x


WRONG: list[tuple[Callable[..., Any], str]] = [
    (_same, "doubled"), (_squared, "not_squared"), (_one_more, "wrong_value"), (_text, "wrong_type"),
    (_none, "returns_none"),
]  # fmt: skip
RIGHT = [_right, lambda x: 2 * x, lambda x: x << 1]


def _row(wrong=WRONG, right=RIGHT, check=LADDER):
    return exercise_table.examine("lesson_09", "double", LADDER, Bank(check=check, right=right, wrong=wrong))


def test_a_bank_without_a_hole():
    row = _row()
    assert (row.rungs, row.caught, row.seeded, row.accepted, row.given) == (4, 5, 5, 3, 3)
    assert (row.faults, row.unreached) == ((), ())


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ([*WRONG, (_right, "doubled")], RIGHT, "wrong answer 6, _right: expected the rung 'doubled', got 'passed'"),
        ([*WRONG, (_right, "passed")], RIGHT, "expected the rung 'passed', got 'passed'"),
        ([*WRONG, (_squared, "doubled")], RIGHT, "expected the rung 'doubled', got 'not_squared'"),
        (WRONG, [*RIGHT, _one_more], "right answer 4, _one_more: rejected by the rung 'wrong_value'"),
        (WRONG[:4], RIGHT, "4 wrong answers, at least 5 are wanted"),
        (WRONG, RIGHT[:2], "2 right answers, at least 3 are wanted"),
        ([WRONG[0], WRONG[0], *WRONG[2:]], RIGHT, "no wrong answer falls from the rung 'not_squared'"),
    ],
)
def test_a_hole_is_named(wrong, right, said):
    assert said in "; ".join(_row(wrong, right).faults)


def test_a_rung_that_only_a_mistaken_answer_reaches_counts_as_unreached():
    """The rung was reached by an answer that is said to fall elsewhere: nobody has checked that it names this."""
    wrong = [(_squared, "doubled") if answer is _squared else (answer, rung) for answer, rung in WRONG]
    assert "no wrong answer falls from the rung 'not_squared'" in _row(wrong).faults


def test_common_rungs_that_nothing_reaches_are_a_remark():
    row = _row([*(wrong for wrong in WRONG if wrong[1] != "wrong_type"), (_same, "doubled")])
    assert row.faults == ()
    assert row.unreached == ("wrong_type",)
    assert "Common rungs that no wrong answer falls from (no fault):\nlesson_09.double: wrong_type" in (
        exercise_table.table([row])
    )


def test_a_check_that_breaks_or_a_bank_of_another_exercise_is_a_fault():
    class Broken(Ladder):
        def grade(self, answer):
            raise ZeroDivisionError

    broken = Broken("double", LADDER.rungs, example=LADDER.example)
    row = _row(check=broken)
    assert (row.caught, row.accepted) == (0, 0)
    assert "its bank tries the check of 'double'" in row.faults
    assert "right answer 1, _right: rejected by the rung 'ZeroDivisionError out of the check'" in row.faults


def test_every_check_needs_a_bank_and_every_bank_a_check():
    bank = Bank(check=LADDER, right=RIGHT, wrong=WRONG)
    rows = exercise_table.examine_all(
        {"lesson_09": {"double": LADDER, "forgotten": LADDER}}, {"lesson_09": {"gone": bank, "double": bank}}
    )
    assert {row.exercise: row.faults for row in rows} == {
        "gone": ("there is no check of this name",),
        "double": (),
        "forgotten": ("it has no bank of answers",),
    }


def test_the_table_adds_up_and_its_shares_are_not_rounded_up():
    good, bad = _row(), _row([*WRONG * 60, (_right, "doubled")])
    lines = exercise_table.table([good, bad]).split("\n")
    assert len({len(line) for line in lines[:5]}) == 1, "columns are aligned"
    assert lines[2].split() == ["|", "09", "|", "double", "|", "4", "|", "5/5", "|", "3/3", "|"]
    assert "305/306 (99%)" in lines[4]
    assert "6/6 (100%)" in lines[4]
    assert "2 exercises" in lines[4]
    assert lines[6] == "Wrong:"
    assert lines[7].startswith("lesson_09.double: wrong answer 301, _right: ")


def test_the_exit_status(monkeypatch, capsys):
    bank = Bank(check=LADDER, right=RIGHT, wrong=WRONG)
    monkeypatch.setattr(exercise_table, "read_ladders", lambda: {"lesson_09": {"double": LADDER}})
    monkeypatch.setattr(exercise_table, "read_banks", lambda: {"lesson_09": {"double": bank}})
    assert exercise_table.main([]) == 0
    assert exercise_table.main(["--only", "09"]) == 0
    assert "5/5 (100%)" in capsys.readouterr().out
    assert exercise_table.main(["--only", "77"]) == 1
    assert "no lesson with exercises is called 77" in capsys.readouterr().out
    hole = Bank(check=LADDER, right=RIGHT, wrong=[*WRONG, (_right, "doubled")])
    monkeypatch.setattr(exercise_table, "read_banks", lambda: {"lesson_09": {"double": hole}})
    assert exercise_table.main([]) == 1
    said = capsys.readouterr().out
    assert "5/6 (83%)" in said
    assert "got 'passed'" in said


def test_the_exercises_of_the_course(capsys):
    """One lesson for real; that every single answer of all banks is judged rightly, test_banks.py proves at length."""
    assert exercise_table.main(["--only", "02"]) == 0
    said = capsys.readouterr().out
    last = next(line for line in said.split("\n") if line.startswith("| all "))
    assert last.count("(100%)") == 2
    assert "Wrong:" not in said


def test_every_rung_of_an_exercises_own_has_an_answer_that_falls_there():
    ladders, found = exercise_table.read_ladders(), exercise_table.read_banks()
    assert {lesson: set(exercises) for lesson, exercises in ladders.items()} == {
        lesson: set(exercises) for lesson, exercises in found.items()
    }
    missed = {
        f"{lesson}.{name}": names
        for lesson, mine in found.items()
        for name, bank in mine.items()
        if (
            names := {rung.name for rung in bank.check.rungs}
            - {rung for _, rung in bank.wrong}
            - {"wrong_type", "wrong_shape", "wrong_value"}
        )
    }
    assert missed == {}
