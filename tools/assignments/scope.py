"""Which name a lesson's cells bind, statement by statement, and which names a piece of code takes from outside."""

import ast
import builtins
import re
import symtable
from collections.abc import Iterator
from dataclasses import dataclass

from tools.lessons.markers import parse, top_level_names
from tools.lessons.source import Lesson

SAVE = re.compile(r"^#\s*@save\s+(\S+)\s*$")
BUILT_IN = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__"}


@dataclass(frozen=True)
class Statement:
    """One statement at the top level of a code cell."""

    cell: int  # index of the cell in the lesson
    line: int  # in the lesson's file
    node: ast.stmt
    source: str
    binds: frozenset[str]  # names it gives a value, or changes the value of
    module: str  # where the package has it, from `#@save ganlab.layers`; "" otherwise

    @property
    def is_definition(self) -> bool:
        """Whether it is a function or a class."""
        return isinstance(self.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


def statements(lesson: Lesson) -> list[Statement]:
    """The statements of every code cell in order, without the setup cell, exercises and checks."""
    return [
        statement
        for at, cell in enumerate(lesson.cells)
        if cell.kind == "code" and not {"setup", "exercise", "check"} & set(cell.tags)
        for statement in _of_cell(at, cell.line, cell.solved)
    ]


def _of_cell(at: int, line: int, source: str) -> Iterator[Statement]:
    lines = source.split("\n")
    module = found[1] if (found := SAVE.match(lines[0])) else ""
    for node in parse(source).body:
        first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])
        text = "\n".join(lines[first - 1 : node.end_lineno])
        names = top_level_names(ast.Module([node], [])) | _changed(node)
        yield Statement(at, line + first, node, text, frozenset(names), module)


def _changed(node: ast.stmt) -> set[str]:
    """Names whose value is changed in place: ``x[0] = 1``, ``net.weight = ...``."""
    changed = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Subscript | ast.Attribute) and isinstance(inner.ctx, ast.Store | ast.Del):
            root: ast.expr = inner
            while isinstance(root, ast.Subscript | ast.Attribute):
                root = root.value
            if isinstance(root, ast.Name):
                changed.add(root.id)
    return changed


def taken(source: str) -> set[str]:
    """Names that the code takes from outside of itself: neither its own nor Python's."""
    table = symtable.symtable(source, "<cell>", "exec")
    own = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    return _referenced(table) - own - BUILT_IN


def _referenced(table: symtable.SymbolTable) -> set[str]:
    module = table.get_type() == "module"
    found = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_referenced() and (module or symbol.is_global())
    }
    return found.union(*map(_referenced, table.get_children()))
