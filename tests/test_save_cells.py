"""Cells marked ``#@save ganlab.module``: what a lesson shows is what the package runs, wording and types aside."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MARK = re.compile(r"^#\s*@save\s+(\S+)\s*$")


def save_cells(path: Path) -> list[tuple[int, str, str]]:
    """(line, module, source) of every marked cell of a lesson."""
    text = path.read_text(encoding="utf-8")
    found = []
    starts = [match.start() for match in re.finditer(r"^# %%", text, re.M)]
    for begin, end in zip(starts, [*starts[1:], len(text)], strict=True):
        lines = text[begin:end].split("\n")
        marks = [(at, match[1]) for at, line in enumerate(lines) if (match := MARK.match(line))]
        if marks:
            number = text[:begin].count("\n") + 1
            assert len(marks) == 1, f"{path.name}:{number}: one module a cell"
            assert marks[0][0] == 1, f"{path.name}:{number}: `#@save` is the cell's first line"
            assert "markdown" not in lines[0], f"{path.name}:{number}: `#@save` in a markdown cell"
            found.append((number, marks[0][1], "\n".join(lines[1:])))
    return found


class _Bare(ast.NodeTransformer):
    """Drop docstrings and annotations, which a notebook may keep shorter than the package."""

    def _body(self, node):
        self.generic_visit(node)
        first = node.body[0]
        if (
            isinstance(first, ast.Expr)
            and isinstance(first.value, ast.Constant)
            and isinstance(first.value.value, str)
        ):
            node.body = node.body[1:] or [ast.Pass()]
        return node

    visit_ClassDef = _body

    def visit_FunctionDef(self, node):
        node.returns = None
        return self._body(node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_arg(self, node):
        node.annotation = None
        return node

    def visit_AnnAssign(self, node):
        self.generic_visit(node)
        # The annotations of a dataclass are its fields: they stay, without saying which type.
        node.annotation = ast.Constant(None)
        return node


def definitions(source: str) -> dict[str, str]:
    """Name -> bare code of every function and class at the top level."""
    tree = _Bare().visit(ast.parse(source))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return {node.name: ast.unparse(node) for node in tree.body if isinstance(node, kinds)}


def module_file(name: str, root: Path = ROOT) -> Path:
    base = root.joinpath(*name.split("."))
    return base.with_suffix(".py") if base.with_suffix(".py").exists() else base / "__init__.py"


def drifted(cell: str, module: str) -> list[str]:
    """Names defined in the cell that the module does not have, or has otherwise."""
    shown, kept = definitions(cell), definitions(module)
    return sorted(name for name in shown if kept.get(name) != shown[name])


CELLS = [
    pytest.param(module, source, id=f"{path.stem}-line-{line}-{module}")
    for path in sorted((ROOT / "lessons").glob("*.py"))
    for line, module, source in save_cells(path)
]


@pytest.mark.parametrize(("module", "source"), CELLS)
def test_a_saved_cell_is_what_the_package_runs(module, source):
    assert module.startswith("ganlab.")
    path = module_file(module)
    assert path.exists(), f"{module} is not a module of the package"
    assert definitions(source), "a saved cell defines something"
    assert drifted(source, path.read_text(encoding="utf-8")) == []


def test_lessons_one_and_two_show_their_key_code():
    """The design asks for it, and without it the test above would have nothing to compare."""
    lessons = {path.stem[:2]: path for path in (ROOT / "lessons").glob("*.py")}
    shown = {module for number in ("01", "02") for _, module, _ in save_cells(lessons[number])}
    assert {"ganlab.losses", "ganlab.training.steps"} <= shown


PACKAGE = '''
def loss(*, real: Tensor, fake: Tensor) -> Tensor:
    """Long."""
    return softplus(-real).mean() + softplus(fake).mean()

@dataclass(frozen=True)
class Config:
    """Settings."""
    width: int = 64  # channels
'''


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("def loss(*, real, fake):\n    return softplus(-real).mean() + softplus(fake).mean()  # real first", []),
        ('def loss(*, real, fake):\n    "Short."\n    return softplus(-real).mean() + softplus(fake).mean()', []),
        ("def loss(*, real, fake):\n    return softplus(-real).sum() + softplus(fake).mean()", ["loss"]),
        ("def loss(real, fake):\n    return softplus(-real).mean() + softplus(fake).mean()", ["loss"]),
        ("def other(x):\n    return x", ["other"]),
        ("@dataclass(frozen=True)\nclass Config:\n    width: int = 64", []),
        ("@dataclass(frozen=True)\nclass Config:\n    width: int = 32", ["Config"]),
        ("@dataclass\nclass Config:\n    width: int = 64", ["Config"]),
    ],
)
def test_drift_is_seen_and_wording_is_not(cell, names):
    assert drifted(cell, PACKAGE) == names


def test_marks_are_found_with_their_lines(tmp_path):
    lesson = tmp_path / "00_x.py"
    lesson.write_text("# %% [markdown]\n# hi\n\n# %%\n#@save ganlab.losses\ndef f():\n    pass\n\n# %%\nx = 1\n")
    assert [(line, module) for line, module, _ in save_cells(lesson)] == [(4, "ganlab.losses")]


def test_a_mark_further_down_the_cell_is_refused(tmp_path):
    lesson = tmp_path / "00_x.py"
    lesson.write_text("# %%\nx = 1\n#@save ganlab.losses\ndef f():\n    pass\n")
    with pytest.raises(AssertionError, match="first line"):
        save_cells(lesson)
