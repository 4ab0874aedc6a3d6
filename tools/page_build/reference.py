"""Pages of the reference: one a topic, floor by floor, from the docstrings."""

import ast
import tomllib
from pathlib import Path

from page_build import PageError

INTRODUCTION = """\
The package ``ganlab``, module by module, from its docstrings. It is built in floors, and imports only point down:
what stands on a floor knows nothing of those above. Tensors of pictures are ``(N, C, H, W)`` with values in [-1, 1]
everywhere, unless a docstring says otherwise."""
ONELINE = """\
For people who only want the results: pictures in, pictures out, with the weights that come with the package."""
# What another program may call of the grading package; the rest is its inside.
DOCUMENTED = ("course", "report.marks", "examine", "box", "inside.wire", "similarity")


def floors(root: Path) -> list[dict]:
    """The floors of docs/reference.toml, from the ground up."""
    return tomllib.loads((root / "docs" / "reference.toml").read_text(encoding="utf-8"))["floor"]


def summary(path: Path) -> str:
    """The first sentence of a module's docstring, on one line."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    if not text:
        raise PageError(f"{path} has no docstring")
    return " ".join(text.split("\n\n")[0].split())


def module_path(root: Path, name: str) -> Path:
    """The file of ``ganlab.NAME``."""
    stem = root.joinpath("ganlab", *name.split("."))
    return stem / "__init__.py" if stem.is_dir() else stem.with_suffix(".py")


def write_reference(root: Path, folder: Path) -> None:
    """Write the reference's pages, in reStructuredText as docstrings are, into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    index = _heading("Reference", "=")
    index += [INTRODUCTION, "", ".. toctree::", "   :maxdepth: 2", "", "   oneline"]
    for floor in floors(root):
        name = f"floor{floor['floor']}"
        index.append(f"   {name}")
        page = [*_heading(floor["name"], "="), floor["text"], ""]
        for topic, modules in floor["page"].items():
            page += _listing(root, modules)
            _write(folder / f"{topic}.rst", _checks(root) if topic == "checks" else _topic(topic, modules))
        page += [".. toctree::", "   :hidden:", "", *(f"   {topic}" for topic in floor["page"])]
        _write(folder / f"{name}.rst", page)
    index.append("   grading")
    _write(folder / "index.rst", index)
    _write(folder / "oneline.rst", _oneline(root))
    _write(folder / "grading.rst", _grading(root))


def _heading(text: str, line: str, label: str = "") -> list[str]:
    return ([f".. _{label}:", ""] if label else []) + [text, line * len(text), ""]


def _topic(topic: str, modules: list[str]) -> list[str]:
    """A page with a section a module, or with one module alone."""
    if len(modules) == 1:
        return _module(modules[0], "=")
    lines = _heading(topic.replace("_", " ").capitalize(), "=")
    for name in modules:
        lines += _module(name, "-")
    return lines


def _module(name: str, line: str) -> list[str]:
    # What a module only hands on from another one has its place there.
    members = ["   :members:", "   :ignore-module-all:", ""]
    return [*_heading(f"ganlab.{name}", line), f".. automodule:: ganlab.{name}", *members]


def _listing(root: Path, modules: list[str]) -> list[str]:
    lines = []
    for name in modules:
        lines += [f":mod:`ganlab.{name}`", f"   {summary(module_path(root, name))}", ""]
    return lines


def _oneline(root: Path) -> list[str]:
    names = sorted(path.stem for path in (root / "ganlab" / "oneline").glob("[!_]*.py"))
    page = [*_heading("ganlab, in one line", "="), ONELINE, ""]
    for name in [*names, "setup", "load_pretrained"]:
        page += [f".. autofunction:: ganlab.{name}", ""]
    return page


def _checks(root: Path) -> list[str]:
    page = [*_heading("ganlab.checks", "="), ".. automodule:: ganlab.checks", ""]
    for path in sorted((root / "ganlab" / "checks").glob("lesson_*.py")):
        page += _heading(f"ganlab.checks.{path.stem}", "-")
        page += [f".. automodule:: ganlab.checks.{path.stem}", "   :members:", "   :imported-members:", ""]
    for name in ("ladder", "attempt"):
        page += _heading(f"ganlab.checks.{name}", "-")
        page += [f".. automodule:: ganlab.checks.{name}", "   :members:", ""]
    return page


def _grading(root: Path) -> list[str]:
    """The package's own account of itself, and a line on each module: it is a program, used from the command line."""
    page = [*_heading("ganlab_grade", "="), ".. automodule:: ganlab_grade", ""]
    page += ["How to use it is told in :doc:`the instructors' guide <../instructors>`.", ""]
    page += _heading("All its modules", "-")
    for path in sorted((root / "ganlab_grade").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        page += [f"``{name}``", f"   {summary(path)}", ""] if name != "ganlab_grade" else []
    for name in DOCUMENTED:
        page += _heading(f"ganlab_grade.{name}", "-")
        page += [f".. automodule:: ganlab_grade.{name}", "   :members:", ""]
    return page


def _write(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
