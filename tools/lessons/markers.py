"""Solution and hidden-test markers: read strictly, then taken out with what they hide, or left out alone.

::

    ### BEGIN SOLUTION          in a cell tagged "exercise"
    ### END SOLUTION
    ### BEGIN HIDDEN TESTS      in a cell tagged "check"
    ### END HIDDEN TESTS

Anything that could be a misspelt marker is an error: a marker that is not understood would publish a solution.
"""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass

MARKER = re.compile(r"^(?P<indent> *)### (?P<edge>BEGIN|END) (?P<what>SOLUTION|HIDDEN TESTS)$")
ALMOST = re.compile(
    r"#+[\s_]*(begin|end)[\s_]*(solut\w*|hidden\w*)|(begin|end)[\s_](solution|hidden[\s_]tests?)", re.I
)
HOME = {"SOLUTION": "exercise", "HIDDEN TESTS": "check"}
STUB = 'raise NotImplementedError("your code here: replace this line")'
STUB_OUTSIDE = "...  # your code here"


@dataclass(frozen=True)
class Block:
    """One marked block: line indices of its two markers in the cell, what it hides, and its indentation."""

    begin: int
    end: int
    what: str
    indent: str


class MarkerError(ValueError):
    """A wrong marker: ``offset`` is the line in the cell, counted from 0."""

    def __init__(self, offset: int, sentence: str) -> None:
        super().__init__(sentence)
        self.offset = offset


def find_blocks(source: str, *, kind: str, tags: Iterable[str]) -> list[Block]:
    """All marked blocks of a cell, in order.

    Raises
    ------
    MarkerError
        If a marker is misspelt, nested, unclosed, without a beginning, closed by the other kind, indented
        differently from its partner, around nothing, in a markdown cell, or in a cell without the tag it needs.
    """
    blocks: list[Block] = []
    opened: tuple[int, str, str] | None = None
    lines = source.split("\n")
    for offset, line in enumerate(lines):
        found = MARKER.match(line.rstrip())
        if found is None:
            if ALMOST.search(line):
                where = "in a markdown cell; markers belong in code" if kind != "code" else (
                    "that is not exactly `### BEGIN SOLUTION`, `### END SOLUTION`, `### BEGIN HIDDEN TESTS` or "
                    "`### END HIDDEN TESTS` alone on its line"
                )  # fmt: skip
                raise MarkerError(offset, f"found a marker {where}: {line.strip()!r}")
            continue
        edge, what, indent = found["edge"], found["what"], found["indent"]
        if kind != "code":
            raise MarkerError(offset, f"found a marker in a markdown cell; markers belong in code: {line.strip()!r}")
        if HOME[what] not in tags:
            raise MarkerError(offset, f"{what} marker outside a cell tagged {HOME[what]!r}")
        if edge == "BEGIN":
            if opened is not None:
                raise MarkerError(
                    offset, f"{what} begins inside the {opened[1]} begun {offset - opened[0]} lines above"
                )
            opened = offset, what, indent
        elif opened is None:
            raise MarkerError(offset, f"END {what} without a BEGIN {what} above it in this cell")
        else:
            blocks.append(_close(opened, offset, what, indent, lines))
            opened = None
    if opened is not None:
        raise MarkerError(opened[0], f"BEGIN {opened[1]} is never closed in this cell")
    return blocks


def _close(opened: tuple[int, str, str], offset: int, what: str, indent: str, lines: list[str]) -> Block:
    begin, begun, begun_indent = opened
    if what != begun:
        raise MarkerError(offset, f"END {what} closes the {begun} begun {offset - begin} lines above")
    if indent != begun_indent:
        raise MarkerError(
            offset, f"END {what} is indented by {len(indent)}, its BEGIN by {len(begun_indent)} columns"
        )
    inside = lines[begin + 1 : offset]
    if not any(line.strip() and not line.strip().startswith("#") for line in inside):
        raise MarkerError(begin, f"nothing but blank lines and comments between BEGIN {what} and END {what}")
    if any(line.strip() and not line.startswith(indent) for line in inside):
        raise MarkerError(begin, f"a line of this {what} is indented less than its markers")
    return Block(begin, offset, what, indent)


def solved(source: str, blocks: list[Block]) -> str:
    """The cell with its solution and hidden tests, without the markers."""
    edges = {edge for block in blocks for edge in (block.begin, block.end)}
    return "\n".join(line for at, line in enumerate(source.split("\n")) if at not in edges)


def blank(source: str, blocks: list[Block]) -> str:
    """The cell as a learner gets it: a stub for each solution, hidden tests gone.

    Raises
    ------
    MarkerError
        If what is left is no valid Python, or lacks a name that the solution defines at the top level of the cell:
        the unsolved notebook would stop there.
    """
    if not blocks:
        return source
    lines = source.split("\n")
    functions = [
        node
        for node in ast.walk(parse(source, blocks[0].begin))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    kept: list[str] = []
    at = 0
    for block in blocks:
        kept += lines[at : block.begin]
        at = block.end + 1
        if block.what == "HIDDEN TESTS":
            continue
        inside = any(f.lineno <= block.begin + 1 <= (f.end_lineno or 0) and block.indent for f in functions)
        kept.append(block.indent + (STUB if inside else STUB_OUTSIDE))
    text = re.sub(r"\n{4,}", "\n\n\n", "\n".join([*kept, *lines[at:]])).strip("\n")
    left = top_level_names(parse(text, blocks[0].begin))
    missing = sorted(top_level_names(parse(solved(source, blocks), blocks[0].begin)) - left)
    if missing and blocks[0].what == "SOLUTION":
        raise MarkerError(
            blocks[0].begin,
            f"the solution defines {', '.join(missing)} at the top level and the stub does not, so the unsolved "
            f"notebook would stop later; write `{missing[0]} = ...` before the solution, or keep the "
            "`def` line outside of it",
        )
    return text


def parse(source: str, offset: int = 0) -> ast.Module:
    """Parse a cell; notebook magics (``%pip``, ``!ls``) count as ``pass``.

    Raises
    ------
    MarkerError
        If it is not valid Python.
    """
    plain = re.sub(r"^(\s*)[%!].*$", r"\1pass", source, flags=re.M)
    try:
        return ast.parse(plain)
    except SyntaxError as error:
        raise MarkerError(offset, f"the cell is no valid Python without its markers: {error.msg}") from error


def top_level_names(tree: ast.Module) -> set[str]:
    """Names that running the cell binds in the notebook."""
    names: set[str] = set()
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
            continue  # what is bound inside stays inside
        if isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        pending += ast.iter_child_nodes(node)
    return names
