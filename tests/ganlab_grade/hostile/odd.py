"""Files that are JSON, and odd: what is a notebook all the same is marked, what is none goes to a person."""

import json

import nbformat

from tests.ganlab_grade.hostile.case import Case, hostile

UNREAD = {"reads": False, "human": True}


def _table(case: Case) -> dict:
    return json.loads(nbformat.v4.nbjson.JSONWriter().writes(case.solved))


def _bytes(table: object) -> bytes:
    return json.dumps(table).encode()


@hostile(share=1.0)
def sources_line_by_line(case: Case) -> bytes:
    """Sources are lists of lines, with numbers and nothing among them."""
    table = _table(case)
    for cell in table["cells"]:
        text = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        cell["source"] = [7, None, *text.splitlines(True), {}, [text]]
    return _bytes(table)


@hostile(share=1.0)
def metadata_of_other_kinds(case: Case) -> bytes:
    """Metadata, outputs, counts and attachments are numbers, texts, lists, nothing."""
    table = _table(case)
    for number, cell in enumerate(table["cells"]):
        cell["metadata"] = [None, 3, "x", [], [[]], 1e400][number % 6]
        cell["outputs"], cell["execution_count"], cell["attachments"] = number, {"a": []}, ["b"]
    return _bytes({**table, "metadata": [1], "nbformat_minor": "five"})


@hostile(share=1.0)
def settings_of_other_kinds(case: Case) -> bytes:
    """nbgrader's data of every cell are of other kinds than nbgrader's."""
    table = _table(case)
    for cell in table["cells"]:
        cell["metadata"] = {
            "nbgrader": {"grade_id": ["x"], "points": "many", "grade": 1e308, "locked": {}, "solution": None}
        }
    return _bytes(table)


@hostile(share=1.0)
def metadata_nine_hundred_deep(case: Case) -> bytes:
    """Metadata nested as deep as the reader just allows."""
    deep: object = 1
    for _ in range(300):
        deep = {"a": [deep]}
    table = _table(case)
    table["cells"][0]["metadata"]["deep"] = deep
    return _bytes(table)


@hostile(**UNREAD)
def dicts_a_hundred_thousand_deep(case: Case) -> bytes:
    """An object in an object, a hundred thousand deep, among the cells."""
    return b'{"nbformat": 4, "cells": [' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"]}"


@hostile(share=1.0)
def ids_that_are_no_ids(case: Case) -> bytes:
    """Ids are numbers, empty, a megabyte long, half of a pair, and one and the same."""
    table = _table(case)
    odd: list[object] = [3, "", "x" * 10**5, "\ud800", "same", "same", None, [], "../../etc", "<b>"]
    for number, cell in enumerate(table["cells"]):
        cell["id"] = odd[number % len(odd)]
    return _bytes(table)


@hostile(share=1.0)
def surrogates_everywhere(case: Case) -> bytes:
    """Halves of surrogate pairs in keys, texts, names of pictures, outputs."""
    table = _table(case)
    table["\ud800"] = "\udfff"
    for cell in table["cells"]:
        cell["metadata"]["\udc00"] = "\ud83d"
        if cell["cell_type"] == "markdown":
            cell["attachments"] = {"\ud800.png": {"image/png": "aGk="}}
    return _bytes(table)


@hostile(share=1.0)
def keys_twice(case: Case) -> bytes:
    """Every object says its type twice; the last counts, as everywhere in JSON."""
    return (
        nbformat.v4.nbjson.JSONWriter()
        .writes(case.solved)
        .replace('"cell_type": ', '"cell_type": "video", "cell_type": ')
        .encode()
    )


@hostile(share=1.0)
def numbers_that_are_none(case: Case) -> bytes:
    """NaN and infinities, which JSON does not have, where numbers belong."""
    table = _table(case)
    for cell in table["cells"]:
        cell["metadata"].setdefault("nbgrader", {}).update(points=float("nan"), schema_version=float("-inf"))
    return _bytes({**table, "nbformat_minor": float("inf")})


@hostile(share=1.0)
def in_sixteen_bits(case: Case) -> bytes:
    """The file is UTF-16, as an editor on Windows may save it."""
    return nbformat.v4.nbjson.JSONWriter().writes(case.solved).encode("utf-16")


@hostile(**UNREAD)
def a_number_of_a_million_digits(case: Case) -> bytes:
    """The format's number has a million digits."""
    return b'{"cells": [], "nbformat": ' + b"4" * 10**6 + b"}"


@hostile(**UNREAD)
def no_cells_but_a_dict(case: Case) -> bytes:
    """Cells by their names, not in a list."""
    table = _table(case)
    return _bytes({**table, "cells": {str(n): cell for n, cell in enumerate(table["cells"])}})


@hostile(**UNREAD)
def latin_one(case: Case) -> bytes:
    """A text with an umlaut, saved in Latin-1."""
    text = json.dumps({**_table(case), "author": "K\u00f6rner"}, ensure_ascii=False)
    return text.encode("latin-1", "replace")


@hostile(share=1.0)
def twenty_thousand_blanks(case: Case) -> object:
    """All is solved, with twenty thousand empty lines of blanks in an answer."""
    head, _, rest = case.solution.partition("\n")
    return case.answered(f"{head}\n{' ' * 3}\n" + " \n" * 20_000 + rest)


@hostile(share=1.0)
def every_kind_of_line_end(case: Case) -> object:
    """Lines end by a carriage return alone; form feeds and other separators stand in remarks."""
    return case.answered("# a\u2028b\u2029c\x0bd\x1ce\x85f\x0c\r" + case.solution.replace("\n", "\r"))
