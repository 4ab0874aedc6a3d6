"""Pages of the reference: one a room of the package, floor by floor, from the docstrings."""

import ast
import tomllib
from pathlib import Path

from tools.site import PageError

INTRODUCTION = """\
The package ``ganlab``, room by room, from its docstrings. It is built in floors, and imports only point down: what
stands on a floor knows nothing of those above. Tensors of pictures are ``(N, C, H, W)`` with values in [-1, 1]
everywhere, unless a docstring says otherwise."""
ONELINE = """\
For people who only want the results: pictures in, pictures out, with the weights that come with the package."""
# A line is enough for these modules of a family: the lesson shows what a check says and the studio what a page does.
INSIDE = ("checks", "widget")
# Of a family's page, what a notebook calls.
WIDGET = "widget.studio"
# The package that marks a class, and what another program may call of it; the rest is its inside.
GRADING = "ganlab_grade"
DOCUMENTED = ("course", "report.marks", "examine", "box", "inside.wire", "similarity")


def floors(root: Path) -> list[dict]:
    """The floors of docs/reference.toml, from the ground up."""
    return tomllib.loads((root / "docs" / "reference.toml").read_text(encoding="utf-8"))["floor"]


def summary(path: Path) -> str:
    """The first sentence of a module's docstring, on one line.

    Raises
    ------
    PageError
        If it has none.
    """
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    if not text:
        raise PageError(f"{path} has no docstring")
    return " ".join(text.split("\n\n")[0].split())


def modules(root: Path, package: str) -> dict[str, Path]:
    """Module -> file, of a package or a single module such as ``ganlab.losses``: itself first, then by name.

    Raises
    ------
    PageError
        If there is neither a file nor a folder of this name.
    """
    place = root.joinpath(*package.split("."))
    if not place.is_dir():
        if not place.with_suffix(".py").is_file():
            raise PageError(f"there is no module {package}")
        return {package: place.with_suffix(".py")}
    found = {}
    for path in place.rglob("*.py"):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if path.name == "__init__.py" else parts)
        if not path.name.startswith("_") or path.name == "__init__.py":
            found[name] = path
    return dict(sorted(found.items()))


def write_reference(root: Path, folder: Path) -> None:
    """Write the reference's pages, in reStructuredText as docstrings are, into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    index = _heading("Reference", "=")
    index += [INTRODUCTION, "", ".. toctree::", "   :maxdepth: 2", "", "   oneline"]
    for floor in floors(root):
        name = f"floor{floor['floor']}"
        index.append(f"   {name}")
        page = [*_heading(floor["name"], "="), floor["text"], ""]
        for room in floor["rooms"]:
            package = f"ganlab.{room}"
            page += [f":doc:`{package} <{room}>`", f"   {summary(modules(root, package)[package])}", ""]
            _write(folder / f"{room}.rst", _room(root, package))
        page += [".. toctree::", "   :hidden:", "", *(f"   {room}" for room in floor["rooms"])]
        _write(folder / f"{name}.rst", page)
    index.append("   grading")
    _write(folder / "index.rst", index)
    _write(folder / "oneline.rst", _oneline(root))
    _write(folder / "grading.rst", _grading(root))


def _heading(text: str, line: str) -> list[str]:
    return [text, line * len(text), ""]


def _room(root: Path, package: str) -> list[str]:
    """A page with a section a module, and a line for each file of the inside."""
    found = modules(root, package)
    page, inside = [], {}
    for name, path in found.items():
        within = name.removeprefix(f"{package}.")
        if within.partition(".")[0] in INSIDE and within != WIDGET:
            inside[name] = path
        else:
            page += _module(name, "=" if name == package else "-")
    return page + (_heading("Inside", "-") + _listing(inside) if inside else [])


def _module(name: str, line: str) -> list[str]:
    # What a module only hands on from another one has its place there.
    members = ["   :members:", "   :ignore-module-all:", ""]
    return [*_heading(name, line), f".. automodule:: {name}", *members]


def _listing(found: dict[str, Path]) -> list[str]:
    """Modules with a line each; how they are used is told elsewhere."""
    return [line for name, path in found.items() for line in (f"``{name}``", f"   {summary(path)}", "")]


def _oneline(root: Path) -> list[str]:
    shortcuts = _dictionary(root / "ganlab" / "__init__.py", "SHORTCUTS")
    page = [*_heading("ganlab, in one line", "="), ONELINE, ""]
    for name in sorted(shortcuts, key=lambda name: (name in ("setup", "Lab", "load_pretrained"), name.lower())):
        if name[0].islower():
            page += [f".. autofunction:: ganlab.{name}", ""]
    return page


def _dictionary(path: Path, name: str) -> dict[str, str]:
    """A dictionary that a file writes out at its top."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            written: dict[str, str] = ast.literal_eval(node.value)
            return written
    raise PageError(f"{path} has no dictionary {name}")


def _grading(root: Path) -> list[str]:
    """The package's own account of itself, and a line on each module: it is a program, used from the command line."""
    page = [*_heading(GRADING, "="), f".. automodule:: {GRADING}", ""]
    page += ["How to use it is told in :doc:`the instructors' guide <../instructors>`.", ""]
    found = modules(root, GRADING)
    page += _heading("All its modules", "-") + _listing({name: found[name] for name in found if name != GRADING})
    for name in DOCUMENTED:
        page += _heading(f"{GRADING}.{name}", "-")
        page += [f".. automodule:: {GRADING}.{name}", "   :members:", ""]
    return page


def _write(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
