"""Whatever JSON a file holds: it is mended to a whole notebook, or one sentence says why a person has to look."""

import copy
import json
import os
import random

import nbformat
import pytest

from ganlab_grade.precheck import prepare, which_lesson
from ganlab_grade.precheck.read import NotANotebook, cells_from_json, cells_to_json, read_cells
from tests.ganlab_grade.precheck.mending import assert_whole
from tests.ganlab_grade.small_course import LESSON, small_assignment, solved_notebook
from tests.suite.thorough import everything

CASES = 10_000 if everything() else 400
SEED = int(os.environ.get("GANLAB_FUZZ_SEED", "0"))
ASSIGNMENT = small_assignment()
SOLVED = json.loads(nbformat.writes(solved_notebook()))

# What may stand anywhere in JSON, and what JSON allows and nobody expects.
VALUES = [
    None, True, False, 0, -1, 7, 1e400, float("nan"), 2**70, 10**400, "", " ", "x", "\ud800", "\udfff\ud800", "\x00", "\u202e", "=1+1",
    "<script>alert(1)</script>", "a" * 10_000, "\n" * 5_000, "```\ndef radius_after(): pass\n```", "def radius_after(", "checks.", [], {},
    [[]], [None], {"": None}, {"\ud800": "\udc00"}, ["a\n", "b"], ["a", 3], "code", "markdown", "raw", "heading", "radius-after-answer", "question-1",
    "optimal-discriminator-check", {"nbgrader": {"grade_id": "question-1"}}, {"image/png": "aGk="}, "../../etc/passwd",
]  # fmt: skip
KEYS = [
    "id", "source", "cell_type", "metadata", "outputs", "attachments", "input", "level", "nbgrader", "grade_id", "points", "cells", "nbformat",
    "nbformat_minor", "worksheets", "x", "", "\ud800",
]  # fmt: skip


def places(table: object) -> list[tuple[object, object]]:
    """(holder, key) of every value in a table."""
    found, todo = [], [table]
    while todo:
        value = todo.pop()
        pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, item in pairs:
            found.append((value, key))
            todo.append(item)
    return found


def damaged(table: object, chance: random.Random) -> object:
    """One change somewhere."""
    holder, key = chance.choice(places(table) or [(table, None)])
    if key is None:
        return table
    value = chance.choice(VALUES)
    match chance.randrange(8):
        case 0 | 1:
            holder[key] = copy.deepcopy(value)
        case 2:
            del holder[key]
        case 3 if isinstance(holder, dict):
            holder[chance.choice(KEYS)] = copy.deepcopy(value)
        case 4 if isinstance(holder, list):
            holder.insert(key, copy.deepcopy(holder[chance.randrange(len(holder))]))
        case 5 if isinstance(holder, list):
            chance.shuffle(holder)
        case 6:
            deep = holder[key]
            for _ in range(chance.choice([1, 3, 60, 2_000])):
                deep = [deep] if chance.random() < 0.5 else {chance.choice(KEYS): deep}
            holder[key] = deep
        case _ if isinstance(holder[key], str):
            text = holder[key]
            at = chance.randrange(len(text) + 1)
            holder[key] = text[:at] + str(chance.choice(VALUES))[:100] + text[at + chance.randrange(30) :]
    return table


def made(chance: random.Random) -> bytes:
    """A file: a solved notebook with some changes, now and then in its bytes as well."""
    table = copy.deepcopy(SOLVED)
    try:
        for _ in range(chance.choice([1, 1, 2, 5, 20])):
            table = damaged(table, chance)
        text = json.dumps(table, ensure_ascii=chance.random() < 0.7)
    except RecursionError:
        text = "[" * 5_000  # too deep for who writes it here
    data = text.encode(chance.choice(["utf-8", "utf-8", "utf-8", "utf-16", "utf-32"]), "surrogatepass")
    if chance.random() < 0.2:
        at = chance.randrange(len(data))
        data = (
            data[:at]
            + bytes(chance.randrange(256) for _ in range(chance.randrange(4)))
            + data[at + chance.randrange(9) :]
        )
    return data[: chance.randrange(len(data))] if chance.random() < 0.05 else data


@pytest.mark.parametrize("part", range(4))
def test_whatever_a_file_holds(part: int) -> None:
    chance = random.Random(1_000 * SEED + part)
    whole = 0
    for number in range(CASES // 4):
        data = made(chance)
        try:
            result = prepare(data, ASSIGNMENT)
            if result.notebook is None:
                assert len(result.human) == 1
                assert 10 < len(result.human[0]) < 300
                assert "\n" not in result.human[0]
            else:
                whole += 1
                assert_whole(result)
                nbformat.writes(result.notebook).encode("utf-8")
            for text in (*result.remarks, *result.human, *result.written.values()):
                text.encode("utf-8")
            assert which_lesson(data, {LESSON: ASSIGNMENT}) in (LESSON, None)
            try:
                cells = read_cells(data)
            except NotANotebook:
                continue
            assert len(cells_from_json(cells_to_json(cells))) == len(cells)
        except BaseException as error:
            error.add_note(f"part {part}, number {number}: {data[:200]!r}")
            raise
    assert whole > CASES / 4 / 10  # most are not so broken that nothing is to be tested
