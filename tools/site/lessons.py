"""A lesson's page: its notebook with stored outputs, pictures with words, solutions folded below their exercises."""

import html
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output

from tools.site import PageError
from tools.site.media import MIMES, Picture, decode, store
from tools.site.words import describe, heading

BADGE = re.compile(r"^\[!\[Open in Colab\]\([^)]*\)\]\(([^)]*)\)$", re.M)
DETAILS = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.S)

Words = dict[tuple[str, str], list[str]]


@dataclass(frozen=True)
class Figure:
    """A picture of a lesson: where it came from, and what it shows."""

    lesson: str
    section: str
    code: str
    picture: Picture
    alt: str


@dataclass
class Page:
    """A lesson as Sphinx will read it."""

    name: str
    title: str
    notebook: NotebookNode
    figures: list[Figure] = field(default_factory=list)


def lesson_page(name: str, *, root: Path, static: Path, words: Words) -> Page:
    """Make the page of one lesson.

    Parameters
    ----------
    name : str
        As in ``notebooks/NAME.ipynb``.
    root, static : Path
        The repository, and the folder that becomes ``_static``.
    words : dict
        (lesson's number, piece of a cell's code) -> words for the figures that this cell draws, in their order.
    """
    notebook = nbformat.read(root / "notebooks" / f"{name}.ipynb", as_version=4)
    solved = nbformat.read(root / "solutions" / f"{name}.ipynb", as_version=4)
    if [cell["id"] for cell in notebook.cells] != [cell["id"] for cell in solved.cells]:
        raise PageError(f"notebooks/{name}.ipynb and solutions/{name}.ipynb differ; run make lessons")
    title = heading(notebook.cells[0].source)
    if title is None:
        raise PageError(f"notebooks/{name}.ipynb does not begin with a heading")
    page = Page(name, title, notebook)
    section, before, cells, exercise = title, [], [], 0
    for number, (cell, answer) in enumerate(zip(notebook.cells, solved.cells, strict=True)):
        if cell.cell_type == "markdown":
            section = heading(cell.source) or section
            text = _unfold(cell.source)
            cell.source = BADGE.sub(lambda found: _links(name, found[1]), text) if number == 0 else text
        else:
            alts = {piece: alt for (lesson, piece), alt in words.items() if name.startswith(lesson)}
            by_hand = next((alt for piece, alt in alts.items() if piece in cell.source), [])
            cell.outputs = _outputs(cell, page, section, before, by_hand, static)
            before.append(cell.source)
        cells.append(cell)
        if "exercise" in cell.metadata.get("tags", ()):
            exercise += 1
            cells.append(_solution(exercise, answer))
    notebook.cells = cells
    return page


def _links(name: str, colab: str) -> str:
    # No badge: its picture lies on another host, and a page of the course asks nobody but its own.
    return (
        '<nav class="lesson-links" aria-label="This lesson elsewhere">'
        f'<a href="{colab}">Open in Colab</a>'
        f'<a href="../notebooks/{name}.ipynb" download>Download the notebook</a>'
        f'<a href="../solutions/{name}.ipynb" download>Download it solved</a></nav>'
    )


def _unfold(text: str) -> str:
    """Give folded answers the empty lines without which their Markdown and formulas would stay raw."""
    return DETAILS.sub(
        lambda found: f"<details><summary>{found[1].strip()}</summary>\n\n{found[2].strip()}\n\n</details>", text
    )


def _solution(number: int, answer: NotebookNode) -> NotebookNode:
    text = (
        f'<details class="solution"><summary>One solution of exercise {number}</summary>\n\n'
        f"```python\n{answer.source.strip()}\n```\n\n</details>"
    )
    return new_markdown_cell(text, id=f"solution-{number}")


def _outputs(
    cell: NotebookNode, page: Page, section: str, before: list[str], by_hand: list[str], static: Path
) -> list[NotebookNode]:
    kept: list[NotebookNode] = []
    pictures = 0
    for output in cell.outputs:
        data: dict[str, Any] = output.get("data", {})
        mime = next((mime for mime in MIMES if mime in data), None)
        if mime is None:
            kept.append(output)
            continue
        picture = store(decode(data[mime]), MIMES[mime], static)
        stored = output.metadata.get(mime, {}).get("alt")
        if pictures < len(by_hand):
            alt = by_hand[pictures]
        elif not (alt := describe(cell.source, section=section, before=before, stored=stored)):
            raise PageError(f"{page.name}: no words for the figure of cell {cell.id}: add them to docs/figures.toml")
        pictures += 1
        figure = Figure(page.name, section, cell.source, picture, alt)
        page.figures.append(figure)
        kept.append(new_output("display_data", data={"text/html": figure_html(figure)}))
    return kept


def figure_html(figure: Figure, *, root: str = "../", caption: str = "") -> str:
    """A figure on its light card, which keeps it legible in dark mode."""
    below = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f'<figure class="card">{figure.picture.tag(figure.alt, root=root)}{below}</figure>'


def escape(text: str) -> str:
    """Text for HTML, with `code` set as such."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))
