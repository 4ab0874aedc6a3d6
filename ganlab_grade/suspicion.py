"""What a person might want to look at in the code a student wrote: a hint beside the mark, never part of it.

The sandbox makes these harmless; here they are only named. An exercise asks to write a thing, and `ganlab` has many
of those things ready to be imported: whether that was meant is for a person to say.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable
from typing import Any

from nbformat import NotebookNode

from ganlab_grade.course import Assignment

REACHING = {
    "gc", "inspect", "ctypes", "importlib", "subprocess", "socket", "multiprocessing", "builtins", "faulthandler",
    "_getframe", "__import__", "__globals__", "__closure__", "__subclasses__", "__builtins__", "eval", "exec",
    "_exit", "kill", "settrace", "setprofile", "get_ipython",
}  # fmt: skip
MOST = 20


def hints(prepared: NotebookNode, assignment: Assignment) -> tuple[str, ...]:
    """One sentence for each unusual thing in the cells a student wrote or added."""
    release = json.loads(assignment.release)
    handed_out = {_text(cell) for cell in release["cells"]}
    usual = _reached(handed_out)
    found: dict[str, None] = {}
    code = [cell for cell in prepared.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, 1):
        if cell.source in handed_out:
            continue
        for what in sorted(_reached([cell.source]) - usual):
            found[f"code cell {number} {what}"] = None
    return tuple(list(found)[:MOST])


def _text(cell: dict[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def _reached(sources: Iterable[str]) -> set[str]:
    found = set()
    for source in sources:
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in ast.walk(tree):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [f"{node.module or ''}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Attribute) and node.attr in REACHING:
                found.add(f"uses `{node.attr}`")
            elif isinstance(node, ast.Name) and node.id in REACHING:
                found.add(f"uses `{node.id}`")
            for name in names:
                if name.split(".")[0] == "ganlab" and name != "ganlab":
                    found.add(f"imports `{name}`, which may be what the exercise asks for")
                elif name.split(".")[0] in REACHING:
                    found.add(f"imports `{name}`")
    return found
