"""Files that are no notebook of the lesson: there is no mark, and a person has to look."""

import copy
import io
import json
import zipfile

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.ganlab_grade.hostile.case import Case, as_bytes, hostile

UNREAD = {"reads": False, "human": True}


@hostile(**UNREAD)
def not_json(case: Case) -> bytes:
    """A text file with a notebook's name."""
    return b"def answer():\n    return 42\n"


@hostile(**UNREAD)
def cut_off(case: Case) -> bytes:
    """The first half of a solved notebook."""
    data = as_bytes(case.solved)
    return data[: len(data) // 2]


@hostile(**UNREAD)
def empty(case: Case) -> bytes:
    """No bytes at all."""
    return b""


@hostile(**UNREAD)
def zip_renamed(case: Case) -> bytes:
    """A zip archive with a notebook's name."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("notebook.ipynb", as_bytes(case.solved))
    return stream.getvalue()


@hostile(**UNREAD)
def web_page(case: Case) -> bytes:
    """The login page of a learning platform, saved under a notebook's name."""
    return b"<!DOCTYPE html><html><body><script>alert(1)</script>Please log in</body></html>"


@hostile(**UNREAD)
def json_of_something_else(case: Case) -> bytes:
    """JSON, but a list of numbers."""
    return json.dumps(list(range(1000))).encode()


@hostile(**UNREAD)
def json_a_million_deep(case: Case) -> bytes:
    """A list in a list in a list, a million deep."""
    return b"[" * 10**6 + b"]" * 10**6


@hostile(**UNREAD, slow=True)
def fifty_megabytes_of_brackets(case: Case) -> bytes:
    """A notebook's cells are 50 MB of empty lists, which take twenty times as much memory once they are read."""
    return b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [' + b"[]," * 17_000_000 + b"[]]}"


@hostile(**UNREAD)
def cells_of_other_things(case: Case) -> bytes:
    """The list of cells holds numbers, lists and nothing."""
    return b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [1, null, [], {"cell_type": 7, "source": {}}]}'


@hostile(**UNREAD)
def another_lesson(case: Case) -> object:
    """The notebook of a lesson that is not this one, under this one's name."""
    cells = [new_markdown_cell("# Sorting"), new_code_cell("def bubble_sort(items):\n    return sorted(items)")]
    return new_notebook(cells=cells)


@hostile(**UNREAD)
def five_thousand_cells(case: Case) -> object:
    """A solved notebook with 5000 cells more."""
    notebook = copy.deepcopy(case.solved)
    notebook.cells += [new_code_cell("pass", id=f"more-{number}") for number in range(5000)]
    return notebook


@hostile(**UNREAD)
def a_cell_of_two_megabytes(case: Case) -> object:
    """A solved notebook with 2 MB of code in one more cell."""
    return case.added("x = 1\n" * 350_000)


@hostile(**UNREAD)
def format_of_the_future(case: Case) -> bytes:
    """A solved notebook that says it has format 99."""
    table = json.loads(nbformat.v4.nbjson.JSONWriter().writes(case.solved))
    return json.dumps({**table, "nbformat": 99}).encode()
