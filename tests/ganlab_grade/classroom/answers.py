"""Answers as students type them: the banks' functions as source text for answer cells, with what they must earn.

An answer's text is cut out of its bank, ``tests/<family>/answers/<exercise>.py``, by its syntax tree, together with everything of the
bank that it needs, and neither the bank's lists nor the checks come along: text that stands on its own feet in a notebook. What it
must earn is found here, in this process, by the exercise's own ladder and the bank's function itself.
"""

import ast
import dis
import functools
import importlib
import inspect
import types
from dataclasses import dataclass
from pathlib import Path

from ganlab.checks.ladder import Result
from tests.checks import bank as common
from tests.checks.bank import Bank, bank_module, read_bank

# Imports of the banks that no notebook has, and that no answer may need.
FOREIGN = ("Bank", "checks")
# Answers to every exercise, which the banks import.
COMMON_ANSWERS = "\n\n\n".join(inspect.getsource(one) for one in (common.stub, common.endless))
COMMON = frozenset({"missing", "error", "returns_none", "wrong_type", "wrong_shape", "wrong_value"})


@dataclass(frozen=True)
class Answer:
    """One answer to one exercise.

    Attributes
    ----------
    before : str
        What the answer needs: imports, helper functions. May be empty.
    source : str
        The answer itself; ends with the exercise's name bound to it.
    rung, share : str, float
        What the exercise's ladder says of it, and the part of the points it earns.
    number : int
        Its place among the right, or among the wrong, answers of the bank.
    """

    before: str
    source: str
    rung: str
    share: float
    number: int


@dataclass(frozen=True)
class Answers:
    """All answers of the bank to one exercise."""

    right: tuple[Answer, ...]
    wrong: tuple[Answer, ...]

    def by_misconception(self) -> list[Answer]:
        """The wrong ones, so that a small class meets every rung of this exercise's own first, then the common rungs."""
        seen: set[str] = set()
        first, second, rest = [], [], []
        for one in self.wrong:
            fresh, own = one.rung not in seen, one.rung not in COMMON
            seen.add(one.rung)
            (first if fresh and own else second if fresh else rest).append(one)
        return first + second + rest


class _Module:
    """A bank's text: which statement binds a name, and what an expression needs."""

    def __init__(self, lesson: str, exercise: str, taken: frozenset[str]) -> None:
        bank = importlib.import_module(bank_module(lesson, exercise))
        self.text = Path(bank.__file__).read_text(encoding="utf-8") + "\n\n" + COMMON_ANSWERS
        self.tree = ast.parse(self.text)
        self.home: dict[str, int] = {}
        self.foreign: set[str] = set()
        for place, statement in enumerate(self.tree.body):
            for name in _bound(statement):
                self.home[name] = place
                if isinstance(statement, ast.ImportFrom) and name in FOREIGN:
                    self.foreign.add(name)
        clash = {name for name in taken & set(self.home) if not self._imported(name)}
        # A helper that is called as an exercise is: in a notebook it would be in the way of that exercise's answer.
        self.renamed = {name: f"my_{name}" for name in clash}

    def _imported(self, name: str) -> bool:
        return isinstance(self.tree.body[self.home[name]], ast.Import | ast.ImportFrom)

    def segment(self, node: ast.AST) -> str:
        """The text of a statement or expression, decorators included, as it stands in the bank."""
        if (_names(node) | _bound(node)) & set(self.renamed):
            return ast.unparse(_Rename(self.renamed).visit(ast.parse(ast.unparse(node))))
        lines = self.text.splitlines()
        first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
        if isinstance(node, ast.stmt):
            return "\n".join(lines[first - 1 : node.end_lineno])
        return ast.get_source_segment(self.text, node) or ast.unparse(node)

    def needs(self, node: ast.AST, besides: frozenset[str] = frozenset()) -> list[int]:
        """Statements of the bank that ``node`` needs, in their order."""
        found: set[int] = set()
        open_ = (_names(node) & set(self.home)) - besides
        while open_:
            name = open_.pop()
            if name in self.foreign:
                raise ValueError(f"an answer of the bank needs {name}, which no notebook has")
            place = self.home[name]
            if place not in found:
                found.add(place)
                open_ |= (_names(self.tree.body[place]) & set(self.home)) - besides
        return sorted(found)

    def texts(self, places: list[int]) -> str:
        """Statements, imports first, definitions set apart."""
        statements = [self.tree.body[place] for place in places]
        imports = [self.segment(one) for one in statements if isinstance(one, ast.Import | ast.ImportFrom)]
        others = [self.segment(one) for one in statements if not isinstance(one, ast.Import | ast.ImportFrom)]
        return "\n\n\n".join(["\n".join(imports)] * bool(imports) + others)

    def lists(self) -> tuple[ast.expr, ast.expr]:
        """The expressions of the bank's lists of right and of wrong answers."""
        call = self.tree.body[self.home["BANK"]].value
        named = {one.arg: one.value for one in call.keywords} | dict(
            zip(("check", "right", "wrong"), call.args, strict=False)
        )
        return self._followed(named["right"]), self._followed(named["wrong"])

    def _followed(self, node: ast.expr) -> ast.expr:
        while isinstance(node, ast.Name):
            node = self.tree.body[self.home[node.id]].value
        return node

    def answer(self, node: ast.expr, name: str) -> tuple[str, str]:
        """(what comes before, the answer) for an expression of one answer."""
        if isinstance(node, ast.Lambda):
            return self.texts(self.needs(node)), self._as_function(node, name)
        if isinstance(node, ast.Name):
            statement = self.tree.body[self.home[node.id]]
            if isinstance(statement, ast.FunctionDef) and node.id not in self.renamed:
                places = self.needs(statement, frozenset({node.id}))
                used = _names(statement) | {one for place in places for one in _names(self.tree.body[place])}
                if node.id not in used:  # nobody else calls it by its own name
                    text = self.segment(statement).replace(f"def {node.id}(", f"def {name}(", 1)
                    return self.texts(places), text
        return self.texts(self.needs(node)), f"{name} = {self.segment(node)}"

    def _as_function(self, node: ast.Lambda, name: str) -> str:
        function = ast.FunctionDef(name, node.args, [ast.Return(node.body)], [])
        function = ast.fix_missing_locations(ast.Module([function], []))
        return ast.unparse(_Rename(self.renamed).visit(function) if self.renamed else function)


class _Rename(ast.NodeTransformer):
    def __init__(self, new: dict[str, str]) -> None:
        self.new = new

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self.new.get(node.id, node.id)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.name = self.new.get(node.name, node.name)
        self.generic_visit(node)
        return node


def _names(node: ast.AST) -> set[str]:
    """Names that the code looks up in its module; names of its own, which may be the same words, left out."""
    copy = ast.parse(ast.unparse(node))

    def looked_up(code: types.CodeType) -> set[str]:
        found = {one.argval for one in dis.get_instructions(code) if one.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
        return found.union(*(looked_up(one) for one in code.co_consts if isinstance(one, types.CodeType)))

    return looked_up(compile(copy, "bank", "exec"))


def _bound(statement: ast.AST) -> set[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(one.asname or one.name).partition(".")[0] for one in statement.names}
    return {one.id for one in ast.walk(statement) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}


@functools.cache
def read_answers(check: str, name: str, taken: frozenset[str] = frozenset()) -> Answers:
    """The bank's answers to one exercise.

    Parameters
    ----------
    check : str
        The ladder, as in :class:`~ganlab_grade.course.Exercise`: "lesson_02.slerp".
    name : str
        What the answer has to define.
    taken : frozenset of str
        Names that a helper must not have: those of the notebook's exercises.
    """
    lesson, _, exercise = check.partition(".")
    bank, module = read_bank(lesson, exercise), _Module(lesson, exercise, taken)
    right, wrong = module.lists()
    return Answers(
        tuple(
            _answer(module, node, name, bank, value, number)
            for number, (node, value) in enumerate(zip(_items(right), bank.right, strict=True))
        ),
        tuple(
            _answer(module, _items(node)[0], name, bank, value[0], number)
            for number, (node, value) in enumerate(zip(_items(wrong), bank.wrong, strict=True))
        ),
    )


def _items(node: ast.expr) -> list[ast.expr]:
    if not isinstance(node, ast.List | ast.Tuple) or any(isinstance(one, ast.Starred) for one in node.elts):
        raise ValueError(f"expected a bank's list written out, got {ast.unparse(node)[:80]}")
    return node.elts


def _answer(module: _Module, node: ast.expr, name: str, bank: Bank, value: object, number: int) -> Answer:
    before, source = module.answer(node, name)
    result = bank.check.grade(value)
    return Answer(before, source, result.rung, share(result), number)


def share(result: Result) -> float:
    """The part of an exercise's points: all for a right answer; of any other, the rungs share half among them."""
    return 1.0 if result.passed else 0.5 * result.score
