"""Reading a lesson: cells with their line numbers, tags, ids and both of their forms, unsolved and solved."""

import hashlib
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import jupytext

from tools.lessons import BuildError
from tools.lessons.markers import MarkerError, blank, find_blocks, parse, solved

COLAB = "https://colab.research.google.com"
PLACEHOLDER = re.compile(r"\{\{([A-Z_]+)\}\}")
# For our tools, not for readers.
TOOL_REMARK = re.compile(r"[ \t]+# (fmt: (skip|off|on)|noqa\b[^'\n]*|type: ignore.*)$", re.M)
NBVAL_TAGS = {"nbval-check-output", "nbval-ignore-output", "nbval-skip", "nbval-raises-exception"}


@dataclass(frozen=True)
class Cell:
    """One cell: ``kind`` is "code" or "markdown", ``line`` the line of its ``# %%`` in the lesson."""

    kind: str
    tags: tuple[str, ...]
    line: int
    id: str
    unsolved: str
    solved: str
    hidden: tuple[str, ...]  # the lines that must not reach a learner


@dataclass(frozen=True)
class Lesson:
    """A lesson as read from its source file."""

    name: str
    path: Path
    cells: tuple[Cell, ...]

    @property
    def code(self) -> list[str]:
        """The code a learner's notebook runs."""
        return [cell.unsolved for cell in self.cells if cell.kind == "code"]


def project_values(root: Path) -> dict[str, str]:
    """Repository and branch from ``[tool.ganlab]`` in pyproject.toml."""
    table = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ganlab"]
    return {"REPOSITORY": table["repository"].rstrip("/"), "BRANCH": table["branch"]}


def colab_address(values: dict[str, str], *, lesson: str, folder: str) -> str:
    """Where Colab opens a notebook of the published course."""
    slug = values["REPOSITORY"].removeprefix("https://github.com/")
    return f"{COLAB}/github/{slug}/blob/{values['BRANCH']}/{folder}/{lesson}.ipynb"


def fill(text: str, values: dict[str, str], *, lesson: str, folder: str) -> str:
    """Put the project's values where ``{{REPOSITORY}}``, ``{{BRANCH}}`` and ``{{BADGE}}`` stand."""
    # Our own picture, beside the notebooks: opening a lesson asks no other host for anything.
    picture = "images/open-in-colab.svg" if folder == "notebooks" else "../notebooks/images/open-in-colab.svg"
    badge = f"[![Open in Colab]({picture})]({colab_address(values, lesson=lesson, folder=folder)})"
    return PLACEHOLDER.sub(lambda found: {**values, "BADGE": badge}[found[1]], text)


def read_lesson(path: Path) -> Lesson:
    """Read and check one lesson.

    Raises
    ------
    BuildError
        If a marker, a tag, a placeholder or the order of cells is wrong, with the line.
    """
    text = path.read_text(encoding="utf-8")
    starts = [number for number, line in enumerate(text.split("\n"), 1) if re.match(r"# %%(\s|$)", line)]
    notebook = jupytext.reads(text, fmt="py:percent")
    if len(notebook.cells) != len(starts):
        first = starts[0] if starts else 1
        raise BuildError(path, first, f"found {len(starts)} cell marks `# %%` but {len(notebook.cells)} cells; does "
                         "text stand before the first mark, or a mark inside a string?")  # fmt: skip
    seen: Counter[str] = Counter()
    cells = [_read_cell(path, raw, line, seen) for raw, line in zip(notebook.cells, starts, strict=True)]
    _check_order(path, cells)
    return Lesson(path.stem, path, tuple(cells))


def _read_cell(path: Path, raw: dict, line: int, seen: Counter[str]) -> Cell:
    kind, source = raw["cell_type"], raw["source"]
    if kind == "code":
        source = TOOL_REMARK.sub("", source)
    tags = tuple(raw["metadata"].get("tags", ()))
    for tag in tags:
        if tag.startswith("nbval") and tag not in NBVAL_TAGS:
            raise BuildError(path, line, f"unknown tag {tag!r}; there are {', '.join(sorted(NBVAL_TAGS))}")
    if kind not in ("code", "markdown"):
        raise BuildError(path, line, f"expected a code or markdown cell, got {kind!r}")
    for found in PLACEHOLDER.finditer(source):
        if found[1] not in ("REPOSITORY", "BRANCH", "BADGE"):
            raise BuildError(path, line, f"unknown placeholder {found[0]}; there are REPOSITORY, BRANCH and BADGE")
    try:
        blocks = find_blocks(source, kind=kind, tags=tags)
        if kind == "code":
            parse(source)
        unsolved = blank(source, blocks)
    except MarkerError as error:
        raise BuildError(path, line + 1 + error.offset, str(error)) from error
    if kind == "code" and "exercise" in tags and not blocks:
        raise BuildError(path, line, "a cell tagged 'exercise' without a solution between markers")
    lines = source.split("\n")
    hidden = tuple(text.strip() for block in blocks for text in lines[block.begin + 1 : block.end] if text.strip())
    # An id depends on the cell alone, so inserting a cell above does not rename those below.
    key = hashlib.sha256("\0".join([path.stem, kind, *tags, source]).encode()).hexdigest()[:10]
    seen[key] += 1
    return Cell(kind, tags, line, f"{key}-{seen[key]}", unsolved, solved(source, blocks), hidden)


def _check_order(path: Path, cells: list[Cell]) -> None:
    if not cells or cells[0].kind != "markdown" or "{{BADGE}}" not in cells[0].unsolved:
        raise BuildError(path, cells[0].line if cells else 1, "the first cell is markdown and holds {{BADGE}}")
    setup = [cell for cell in cells if "setup" in cell.tags]
    if len(setup) != 1:
        raise BuildError(path, setup[1].line if setup else 1, f"expected one cell tagged 'setup', got {len(setup)}")
    if len([line for line in setup[0].unsolved.split("\n") if line.strip()]) > 10:
        raise BuildError(path, setup[0].line, "the setup cell has more than ten lines")
    code = [cell for cell in cells if cell.kind == "code"]
    for cell, following in zip(code, [*code[1:], None], strict=True):
        if "exercise" in cell.tags and (following is None or "check" not in following.tags):
            raise BuildError(path, cell.line, "the code cell after an exercise must be its check, tagged 'check'")
