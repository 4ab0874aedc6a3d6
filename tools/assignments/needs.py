"""What of its lesson an assignment needs: imports, definitions and constants, found without running anything.

An assignment has to run in seconds and on its own, so nothing in it may come out of a training run, a data set or a
random generator. What is written out in full in the lesson is copied; what the package has, is imported from there.
"""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from tools.assignments.imports import Import, import_block, imported
from tools.assignments.scope import Statement, statements, taken
from tools.lessons import BuildError
from tools.lessons.markers import parse, top_level_names
from tools.lessons.source import Lesson

# Calls that give the same number on every machine, at once.
CONSTANT = frozenset({"math", "numpy", "torch", "itertools", "functools", "fractions"})
PURE = {
    function.__name__
    for function in (abs, bool, complex, dict, enumerate, float, frozenset, int, len, list, max, min, pow, range,
                     reversed, round, set, slice, sorted, str, sum, tuple, zip)
}  # fmt: skip
CHANGING = re.compile(r"rand|seed|normal|bernoulli|multinomial|load|save|_$")
# Handed out if the lesson imports them: an answer written differently may well use them.
COMMON = ("math", "np", "torch", "F", "nn", "checks")
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


@dataclass
class Needs:
    """What has to stand above the code: imports, and statements by their place in the lesson."""

    imports: set[Import] = field(default_factory=set)
    copies: dict[int, Statement] = field(default_factory=dict)

    def source(self) -> str:
        """The code of it: imports sorted, definitions in the order of the lesson."""
        parts = [import_block(self.imports)] if self.imports else []
        after_function = False
        for at, (_, statement) in enumerate(sorted(self.copies.items())):
            gap = "\n\n" if statement.is_definition or after_function else "" if at else "\n"
            parts.append(gap + statement.source)
            after_function = statement.is_definition
        return "\n".join(parts).strip("\n")

    @property
    def names(self) -> dict[str, list[Import | Statement]]:
        """Each name that is given, and by what."""
        given: dict[str, list[Import | Statement]] = {}
        for entry in self.imports:
            given.setdefault(entry.alias, []).append(entry)
        for statement in self.copies.values():
            for name in statement.binds:
                given.setdefault(name, []).append(statement)
        return given


class Above:
    """The code of a lesson above its exercises, asked for names."""

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson
        self.statements = statements(lesson)
        setup = next(cell for cell in lesson.cells if "setup" in cell.tags)
        self.given = top_level_names(parse(setup.unsolved))

    def common(self, cell: int) -> Needs:
        """The imports that nearly every answer uses, as far as the lesson has them above cell ``cell``."""
        needs = Needs()
        for name in COMMON:
            at = self._find(name, cell)
            if at is not None and (found := imported(self.statements[at], name)):
                needs.imports.add(found)
        return needs

    def need(self, code: str, *, cell: int, what: str, given: Iterable[str] = ()) -> Needs:
        """What ``code``, which stands in cell ``cell``, takes from the cells above it.

        Raises
        ------
        BuildError
            If a name is defined nowhere above, or comes out of running the lesson: what training, data or chance
            have made cannot be handed out in a notebook of a few seconds.
        """
        needs = Needs()
        for name in sorted(taken(code) - self.given - set(given)):
            self._add(name, needs, what=what, cell=cell)
        return needs

    def mentioned(self, text: str, *, cell: int, given: Iterable[str]) -> Needs:
        """What the code spans of a text name, of that which can be handed out; other spans are only words."""
        needs = Needs()
        for name in sorted(_spoken(text) - self.given - set(given)):
            own = Needs()
            try:
                self._add(name, own, what="the text", cell=cell)
            except BuildError:
                continue
            needs = merged(needs, own)
        return needs

    def _find(self, name: str, cell: int, below: int | None = None) -> int | None:
        end = below if below is not None else len(self.statements)
        for at in reversed(range(end)):
            if self.statements[at].cell < cell and name in self.statements[at].binds:
                return at
        return None

    def _add(self, name: str, needs: Needs, *, cell: int, what: str, below: int | None = None) -> None:
        at = self._find(name, cell, below)
        here = self.lesson.cells[cell].line
        if at is None:
            raise BuildError(self.lesson.path, here, f"{what} needs {name!r}, which no cell above defines")
        if at in needs.copies:
            return
        statement = self.statements[at]
        if found := imported(statement, name):
            needs.imports.add(found)
            return
        if statement.is_definition and statement.module:
            needs.imports.add(Import(statement.module, name, name))
            return
        if statement.is_definition:
            needs.copies[at] = statement
            inner, limit = taken(statement.source), None  # a function looks its names up when it is called
        elif (value := _value(statement)) is not None and self._is_constant(value, cell):
            needs.copies[at] = statement
            inner, limit = taken(ast.unparse(value)), at
        else:
            first = statement.source.split("\n")[0].strip()
            raise BuildError(
                self.lesson.path, here,
                f"{what} needs {name!r}, which comes out of running the lesson (line {statement.line}: {first:.60}); "
                "an assignment has no training and no data, so pass it as an argument or write it out as a constant",
            )  # fmt: skip
        for missing in sorted(inner - self.given):
            self._add(missing, needs, what=what, cell=cell, below=limit)

    def _is_constant(self, value: ast.expr, cell: int) -> bool:
        """Whether the expression gives the same value everywhere, in no time."""
        for node in ast.walk(value):
            if isinstance(node, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr | ast.Lambda):
                return False
            if isinstance(node, ast.keyword) and node.arg == "requires_grad":
                return False  # it is about to be trained
            if isinstance(node, ast.Call) and not self._is_harmless(node.func, cell):
                return False
        return True

    def _is_harmless(self, called: ast.expr, cell: int) -> bool:
        if isinstance(called, ast.Name):
            at = self._find(called.id, cell)
            if at is None:
                return called.id in PURE
            found = imported(self.statements[at], called.id)
            return found is not None and found.module in CONSTANT and not CHANGING.search(called.id)
        if not isinstance(called, ast.Attribute) or CHANGING.search(called.attr):
            return False
        path = _path(called.value)
        at = self._find(path[0], cell) if path else None
        found = imported(self.statements[at], path[0]) if at is not None else None
        if found is None:
            return True  # a method of something that is a constant itself
        return ".".join([found.dotted, *path[1:]]) in CONSTANT


def merged(*many: Needs) -> Needs:
    """All of it, each thing once."""
    return Needs(
        set().union(*(each.imports for each in many)), {at: s for each in many for at, s in each.copies.items()}
    )


def _value(statement: Statement) -> ast.expr | None:
    """The right-hand side, if the statement does nothing but give names a value."""
    node = statement.node
    targets = (
        node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    )
    plain = all(
        isinstance(inner, ast.Name | ast.Tuple | ast.List | ast.Store)
        for target in targets
        for inner in ast.walk(target)
    )
    return node.value if targets and plain and isinstance(node, ast.Assign | ast.AnnAssign) else None


def _path(node: ast.expr) -> list[str]:
    """The names of ``a.b.c``, or [] if it is anything else."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute) and (inner := _path(node.value)):
        return [*inner, node.attr]
    return []


def _spoken(text: str) -> set[str]:
    names: set[str] = set()
    for span in SPAN.findall(text):
        try:
            tree = ast.parse(span.strip(), mode="eval")
        except SyntaxError:
            continue
        names |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names
