"""Import statements: which of them gives a name, and all of them in one tidy block."""

import ast
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from tools.assignments.scope import Statement

WIDTH = 88


@dataclass(frozen=True, order=True)
class Import:
    """``from module import name as alias``, or ``import module as alias`` where ``name`` is empty."""

    module: str
    name: str
    alias: str

    @property
    def dotted(self) -> str:
        """What the alias stands for, as one dotted name."""
        if not self.name:
            return self.module if self.alias != self.module.partition(".")[0] else self.alias
        return f"{self.module}.{self.name}"


def imported(statement: Statement, name: str) -> Import | None:
    """The import that gives ``name``, if the statement is one."""
    node = statement.node
    if isinstance(node, ast.Import):
        for alias in node.names:
            if name == (alias.asname or alias.name.partition(".")[0]):
                return Import(alias.name, "", name)
    if isinstance(node, ast.ImportFrom):
        for alias in node.names:
            if name == (alias.asname or alias.name):
                return Import(node.module or "", alias.name, name)
    return None


def import_block(imports: Iterable[Import]) -> str:
    """Standard library, other people's packages, ours, as a tidy file has them."""
    groups: list[list[str]] = [[], [], []]
    imports = sorted(imports)
    for entry in (entry for entry in imports if not entry.name):
        text = f"import {entry.module}" + (
            f" as {entry.alias}" if entry.alias != entry.module.partition(".")[0] else ""
        )
        groups[_group(entry.module)].append(text)
    for module in sorted({entry.module for entry in imports if entry.name}):
        names = [
            entry.name + (f" as {entry.alias}" if entry.alias != entry.name else "")
            for entry in imports
            if entry.module == module and entry.name
        ]
        text = f"from {module} import {', '.join(names)}"
        if len(text) > WIDTH:
            text = f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")"
        groups[_group(module)].append(text)
    return "\n\n".join("\n".join(group) for group in groups if group)


def _group(module: str) -> int:
    root = module.partition(".")[0]
    return 0 if root in sys.stdlib_module_names else 2 if root == "ganlab" else 1
