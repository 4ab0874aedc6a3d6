"""The cells of a submitted notebook, whatever is in the file: bounded in memory and time, outputs never kept.

A hundred megabytes of outputs may become gigabytes of Python objects. So a large file is parsed in a process of its
own (this file, run as a script) with a limit on memory and time, which hands back sources only. For that reason this
file imports nothing but the standard library.
"""

from __future__ import annotations

import gc
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MAX_CELLS = 2_000
MAX_SOURCE = 1_000_000  # characters of one cell
MAX_SOURCES = 20_000_000  # characters of all cells
MAX_ATTACHED = 10_000_000  # characters of one cell's pasted pictures
SMALL = 2_000_000  # bytes that are parsed right here: at worst some fifty times as many in memory
MEMORY = 1_200_000_000  # bytes for the process that parses a large file
SECONDS = 20  # of computing, and six times that by the clock, for on a busy machine it has to wait
_SETTINGS = ("grade_id", "grade", "solution", "locked", "task", "points")
_KINDS = ("code", "markdown", "raw")


class NotANotebook(ValueError):
    """Why a file cannot be read as a notebook, in one sentence."""


@dataclass(frozen=True)
class Cell:
    """One cell as it arrived; ``index`` is its position."""

    index: int
    kind: str  # "code", "markdown" or "raw"
    source: str
    ids: tuple[str, ...] = ()  # the cell's id and, as Colab keeps it, the one in its metadata
    settings: dict[str, Any] | None = None  # nbgrader's metadata
    attachments: dict[str, dict[str, str]] | None = None  # pictures pasted into markdown

    @property
    def grade_id(self) -> str | None:
        """nbgrader's name of the cell."""
        name = (self.settings or {}).get("grade_id")
        return name if isinstance(name, str) else None


def read_cells(data: bytes) -> tuple[Cell, ...]:
    """The cells of a notebook of any format up to 4.

    Raises
    ------
    NotANotebook
        If there is no notebook in ``data``, or a larger one than anybody writes.
    """
    return _cells(_rows(data) if len(data) <= SMALL else _rows_elsewhere(data))


def cells_to_json(cells: Sequence[Cell]) -> str:
    """Cells that were read, for another process."""
    return json.dumps([[cell.kind, cell.source, cell.ids, cell.settings, cell.attachments] for cell in cells])


def cells_from_json(text: str) -> tuple[Cell, ...]:
    """Read what :func:`cells_to_json` wrote."""
    return _cells(json.loads(text))


def _cells(rows: list[Any]) -> tuple[Cell, ...]:
    return tuple(
        Cell(index, kind, source, tuple(ids), settings, attachments)
        for index, (kind, source, ids, settings, attachments) in enumerate(rows)
    )


def _rows_elsewhere(data: bytes) -> list[Any]:
    command = [sys.executable, "-I", "-S", __file__]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=6 * SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise NotANotebook(
            f"the file took more than {6 * SECONDS} s to read; it has {len(data) / 1e6:.0f} MB"
        ) from None
    if done.returncode != 0:
        raise NotANotebook(f"the file of {len(data) / 1e6:.0f} MB needs more memory or time than a notebook may")
    answer: str | list[Any] = json.loads(done.stdout)
    if isinstance(answer, str):
        raise NotANotebook(answer)
    return answer


def _rows(data: bytes) -> list[list[Any]]:
    """For each cell: kind, source, ids, nbgrader's metadata, attachments."""
    cells = _cells_of(_parsed(data))
    if len(cells) > MAX_CELLS:
        raise NotANotebook(f"the notebook has {len(cells):,} cells, more than {MAX_CELLS:,}")
    rows: list[list[Any]] = []
    total = 0
    for number, cell in enumerate(cells, 1):
        if not isinstance(cell, dict):
            raise NotANotebook(f"cell {number} is no cell but a {type(cell).__name__}")
        metadata = cell.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        ids = [name for name in (cell.get("id"), metadata.get("id")) if isinstance(name, str) and 0 < len(name) <= 64]
        kind = cell.get("cell_type")
        source = _text(cell.get("source", cell.get("input", "")))
        if kind == "heading":  # notebook format 3
            level = cell.get("level")
            kind, source = "markdown", "#" * (level if isinstance(level, int) and 0 < level < 7 else 1) + " " + source
        if len(source) > MAX_SOURCE:
            raise NotANotebook(f"cell {number} has {len(source):,} characters, more than {MAX_SOURCE:,}")
        kind = kind if kind in _KINDS else "raw"
        attached = _pictures(cell.get("attachments")) if kind == "markdown" else None
        rows.append([kind, source, ids, _settings(metadata.get("nbgrader")), attached])
        total += len(source)
    if total > MAX_SOURCES:
        raise NotANotebook(f"the cells have {total:,} characters, more than {MAX_SOURCES:,}")
    return rows


def _settings(found: Any) -> dict[str, Any] | None:
    """What nbgrader knows of a cell, its plain values only."""
    if not isinstance(found, dict):
        return None
    return {key: found[key] for key in _SETTINGS if isinstance(found.get(key), str | bool | int | float)}


def _pictures(found: Any) -> dict[str, dict[str, str]] | None:
    """Pictures pasted into a markdown cell (a drawn answer, perhaps), name -> kind -> base64; bounded."""
    if not isinstance(found, dict):
        return None
    kept: dict[str, dict[str, str]] = {}
    room = MAX_ATTACHED
    for name, kinds in found.items():
        for kind, data in kinds.items() if isinstance(kinds, dict) else ():
            if not re.fullmatch(r"image/(png|jpeg|gif|webp)", kind) or not isinstance(data, str) or len(data) > room:
                continue
            if re.fullmatch(r"[A-Za-z0-9+/=\s]*", data):
                kept.setdefault(_text(name), {})[kind] = data
                room -= len(data)
    return kept or None


def _cells_of(table: Any) -> list[Any]:
    if not isinstance(table, dict):
        raise NotANotebook("the file is no notebook: it holds other data in JSON")
    if isinstance(table.get("nbformat"), int) and table["nbformat"] > 4:
        # A number of a thousand digits is a number to JSON.
        which = table["nbformat"] if table["nbformat"] < 1_000 else "of another kind"
        raise NotANotebook(f"the notebook has format {which}; formats up to 4 are known: save it as 4")
    if isinstance(cells := table.get("cells"), list):
        return cells
    sheets = table.get("worksheets")  # notebook formats 2 and 3
    if isinstance(sheets, list) and all(
        isinstance(sheet, dict) and isinstance(sheet.get("cells"), list) for sheet in sheets
    ):
        return [cell for sheet in sheets for cell in sheet["cells"]]
    raise NotANotebook("the file is no notebook: it has no list of cells")


def _parsed(data: bytes) -> Any:
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        raise NotANotebook("the file is empty")
    if start[:5].lower() in (b"<!doc", b"<html"):
        raise NotANotebook("the file is a web page, perhaps of a login that had expired, and no notebook")
    if start[:2] == b"PK" or start[:4] == b"%PDF":
        raise NotANotebook(f"the file is a {'PDF' if start[:1] == b'%' else 'zip archive'}, whatever its name says")
    try:
        return json.loads(data, object_hook=_without_outputs)
    except UnicodeDecodeError:
        raise NotANotebook("the file is damaged: its text is not UTF-8") from None
    except json.JSONDecodeError as error:
        rest = error.doc[error.pos :].strip()
        if len(rest) < 2 or error.msg.startswith("Unterminated"):
            raise NotANotebook("the file ends in the middle: it was cut off when it was saved or uploaded") from None
        raise NotANotebook(f"the file is no notebook: it is not JSON from line {error.lineno:,} on") from None
    except (RecursionError, ValueError):  # nested a thousand deep; a number of thousands of digits
        raise NotANotebook("the file is no notebook: no program that writes notebooks writes such JSON") from None


def _without_outputs(table: dict[str, Any]) -> dict[str, Any]:
    """Called for each object as soon as it is complete, so that at most one cell's outputs are held at a time."""
    table.pop("outputs", None)
    return table


def _text(source: Any) -> str:
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    source = source if isinstance(source, str) else ""
    # Half of a surrogate pair is a legal JSON string, and nothing that can be written to a file.
    return re.sub(r"\r\n?", "\n", source).encode("utf-8", "replace").decode("utf-8")


def _main() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    except (ImportError, ValueError, OSError):
        pass  # not Unix, or a tighter limit is in force: the time limit outside remains
    gc.disable()  # a hundred million objects, none of them a circle, would be gone through again and again
    answer: Any
    try:
        answer = _rows(sys.stdin.buffer.read())
    except NotANotebook as error:
        answer = str(error)
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    _main()
