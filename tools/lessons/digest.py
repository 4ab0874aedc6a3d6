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
    """``ganlab`` as files: which modules a dotted name means.

    Some names are looked up in a plain dictionary of names and modules, such as ``WIDGETS`` in ``ganlab.widgets``:
    every such dictionary that a package's ``__init__.py`` writes out is followed here, too.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._tables: dict[str, dict[str, str]] = {}

    def file(self, module: str) -> Path | None:
        """The file of a module, or None if there is none of this name."""
        base = self.root.joinpath(*module.split("."))
        return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.exists()), None)

    def table(self, package: str) -> dict[str, str]:
        """Name -> module, from the dictionaries of a package; none where it is a module or not there."""
        if package not in self._tables:
            path = self.file(package)
            source = path.read_text(encoding="utf-8") if path is not None and path.name == "__init__.py" else ""
            self._tables[package] = modules_by_name(ast.parse(source))
        return self._tables[package]

    def resolve(self, dotted: str) -> set[str]:
        """The modules a dotted name passes through: ``ganlab.data.faces`` means ganlab and ganlab.data."""
        parts = dotted.split(".")
        if parts[0] != "ganlab":
            return set()
        found = {"ganlab"}
        for length in range(1, len(parts)):
            package, name = ".".join(parts[:length]), parts[length]
            target = self.table(package).get(name, f"{package}.{name}")
            if target != f"{package}.{name}":
                found |= self.resolve(".".join([target, *parts[length + 1 :]]))
            elif self.file(target) is not None:
                found.add(target)
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


def modules_by_name(tree: ast.Module) -> dict[str, str]:
    """What the dictionaries of a file say: those written out at its top whose values are all modules of ganlab."""
    found: dict[str, str] = {}
    for node in tree.body:
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        try:
            table = ast.literal_eval(value) if isinstance(value, ast.Dict) else {}
        # Not written out: computed, so no dictionary of names.
        except ValueError:
            continue
        if all(isinstance(entry, str) for entry in [*table, *table.values()]):
            found |= table if all(module.startswith("ganlab.") for module in table.values()) else {}
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
