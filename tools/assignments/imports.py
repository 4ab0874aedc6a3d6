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
        for one in node.names:
            if name == (one.asname or one.name.partition(".")[0]):
                return Import(one.name, "", name)
    if isinstance(node, ast.ImportFrom):
        for one in node.names:
            if name == (one.asname or one.name):
                return Import(node.module or "", one.name, name)
    return None


def import_block(imports: Iterable[Import]) -> str:
    """Standard library, other people's packages, ours, as a tidy file has them."""
    groups: list[list[str]] = [[], [], []]
    imports = sorted(imports)
    for one in (one for one in imports if not one.name):
        text = f"import {one.module}" + (f" as {one.alias}" if one.alias != one.module.partition(".")[0] else "")
        groups[_group(one.module)].append(text)
    for module in sorted({one.module for one in imports if one.name}):
        names = [
            one.name + (f" as {one.alias}" if one.alias != one.name else "")
            for one in imports
            if one.module == module and one.name
        ]
        text = f"from {module} import {', '.join(names)}"
        if len(text) > WIDTH:
            text = f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")"
        groups[_group(module)].append(text)
    return "\n\n".join("\n".join(group) for group in groups if group)


def _group(module: str) -> int:
    root = module.partition(".")[0]
    return 0 if root in sys.stdlib_module_names else 2 if root == "ganlab" else 1
