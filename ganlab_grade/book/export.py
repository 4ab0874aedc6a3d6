"""nbgrader's own ``grades.csv``, safe to open in a spreadsheet."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from nbgrader.api import Gradebook as Database
from nbgrader.plugins import CsvExportPlugin

from ganlab_grade.book.engine import LOG

FORMULA = ("=", "+", "-", "@", "\t", "\r")


class CsvText(str):
    """Text that, put into nbgrader's line by ``str.format``, stays one cell and never becomes a formula."""

    def __format__(self, spec: str) -> str:
        cell = f"'{self!s}" if self.startswith(FORMULA) else str(self)
        if any(sign in cell for sign in ',"\n\r'):
            cell = '"' + cell.replace('"', '""') + '"'
        return format(cell, spec)


class _Guarded:
    """The gradebook as ``CsvExportPlugin`` reads it: it joins its cells with bare commas, so they come guarded."""

    def __init__(self, database: Database) -> None:
        self.assignments = database.assignments
        self.find_submission = database.find_submission
        self.students = [
            SimpleNamespace(
                **{name: CsvText(getattr(student, name) or "") for name in ("id", "last_name", "first_name", "email")}
            )
            # nbgrader leaves students of one name, or of none, in the order in which they came.
            for student in sorted(
                database.students, key=lambda one: (one.last_name or "", one.first_name or "", one.id)
            )
        ]


def write_grades(database: Database, path: Path, config: Any) -> None:
    """Write nbgrader's table of every student and every assignment, whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        plugin = CsvExportPlugin(config=config, log=LOG)
        plugin.to = str(beside)
        plugin.export(_Guarded(database))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
