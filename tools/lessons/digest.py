"""What a lesson's outputs depend on: its own code and every file of the package that it imports, as one digest.

Imports are found without running anything. Comments and docstrings are left out of the digest: rewording one does
not make five minutes of training out of date.
"""

import ast
import hashlib
import io
import re
import tokenize
from collections.abc import Iterable
from pathlib import Path

from tools.lessons.markers import parse


def lesson_digest(code: Iterable[str], root: Path) -> str:
    """sha256 over a lesson's code, the files of ``ganlab`` it needs, and the shipped weights they name."""
    cells = list(code)
    files, names = dependencies(cells, root)
    total = hashlib.sha256()
    for cell in cells:
        total.update(significant(cell).encode() + b"\0")
    for path in sorted(files):
        total.update(
            f"{path.relative_to(root).as_posix()}\0{significant(path.read_text(encoding='utf-8'))}\0".encode()
        )
    for path in sorted((root / "ganlab" / "weights").glob("*.safetensors")):
        if path.stem in names:
            total.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def dependencies(cells: Iterable[str], root: Path) -> tuple[set[Path], set[str]]:
    """Files of the package reachable by imports from the cells, and every string constant met on the way."""
    package = Package(root)
    names: dict[str, str] = {}
    modules: set[str] = set()
    strings: set[str] = set()
    for cell in cells:
        tree = parse(cell)
        modules |= package.used(tree, "", names)  # a name imported in one cell is known in the next
        strings |= string_constants(tree)
    found: set[Path] = set()
    pending = list(modules)
    while pending:
        module = pending.pop()
        path = package.file(module)
        if path is None or path in found:
            continue
        found.add(path)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        strings |= string_constants(tree)
        pending += package.used(tree, module, {})
    return found, strings


class Package:
    """``ganlab`` as files: which module a dotted name means."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.shortcuts: dict[str, str] = {}
        init = root / "ganlab" / "__init__.py"
        for node in ast.parse(init.read_text(encoding="utf-8")).body if init.exists() else ():
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_SHORTCUTS":
                self.shortcuts = ast.literal_eval(node.value)

    def file(self, module: str) -> Path | None:
        """The file of a module, or None if there is none of this name."""
        base = self.root.joinpath(*module.split("."))
        return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.exists()), None)

    def resolve(self, dotted: str) -> set[str]:
        """The modules a dotted name passes through: ``ganlab.data.faces`` means ganlab and ganlab.data."""
        parts = dotted.split(".")
        if parts[0] != "ganlab":
            return set()
        found = {"ganlab"}
        if len(parts) > 1:
            if parts[1] in self.shortcuts:
                found.add(self.shortcuts[parts[1]])
            elif self.file(f"ganlab.oneline.{parts[1]}") is not None:
                found |= {"ganlab.oneline", f"ganlab.oneline.{parts[1]}"}
        for length in range(2, len(parts) + 1):
            module = ".".join(parts[:length])
            if self.file(module) is not None:
                found.add(module)
        return found

    def used(self, tree: ast.Module, module: str, names: dict[str, str]) -> set[str]:
        """Modules that the code uses; ``names`` maps local names to what they mean and is added to."""
        found: set[str] = set()
        home = module if (path := self.file(module)) and path.name == "__init__.py" else module.rpartition(".")[0]
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    found |= self.resolve(alias.name)
                    names[alias.asname or alias.name.split(".")[0]] = (
                        alias.name if alias.asname else alias.name.split(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom):
                origin = node.module or ""
                if node.level:
                    above = home.split(".")[: len(home.split(".")) - node.level + 1]
                    origin = ".".join([*above, *([origin] if origin else [])])
                for alias in node.names:
                    names[alias.asname or alias.name] = f"{origin}.{alias.name}"
                    found |= self.resolve(f"{origin}.{alias.name}")
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                found |= self.resolve(_dotted(node, names))
        return found


def _dotted(node: ast.expr, names: dict[str, str]) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([names.get(node.id, ""), *reversed(parts)]) if isinstance(node, ast.Name) else ""


def string_constants(tree: ast.AST) -> set[str]:
    """Every string written out in the code."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def significant(source: str) -> str:
    """Source code without comments, docstrings, blank lines and trailing space; the same on every Python."""
    source = re.sub(r"^(\s*)[%!].*$", r"\1pass", source, flags=re.M)
    lines = source.split("\n")
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        first = node.body[0] if node.body else None
        if (
            isinstance(first, ast.Expr)
            and isinstance(first.value, ast.Constant)
            and isinstance(first.value.value, str)
        ):
            for number in range(first.lineno, (first.end_lineno or first.lineno) + 1):
                lines[number - 1] = ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and lines[token.start[0] - 1]:
            lines[token.start[0] - 1] = lines[token.start[0] - 1][: token.start[1]]
    return "\n".join(line.rstrip() for line in lines if line.strip())
