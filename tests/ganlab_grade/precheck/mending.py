"""What the tests of the pre-check share: ways to damage a notebook, and what has to hold of every mended one."""

import math
from contextlib import suppress

import nbformat
import pytest
import torch
from nbformat import NotebookNode

from ganlab_grade.precheck import Paper, prepare
from tests.ganlab_grade.small_course import SOLUTIONS, blank_notebook, small_assignment

NAMES = tuple(SOLUTIONS)
FIRST, SECOND, THIRD = (name.replace("_", "-") for name in NAMES)


def prepared(notebook: NotebookNode) -> Paper:
    return prepare(nbformat.writes(notebook).encode(), small_assignment())


def at(notebook: NotebookNode, name: str) -> int:
    return next(index for index, cell in enumerate(notebook.cells) if cell.id == name)


def cell(notebook: NotebookNode, name: str) -> NotebookNode:
    return notebook.cells[at(notebook, name)]


def assert_right(notebook: NotebookNode, names: tuple[str, ...] = NAMES) -> None:
    """The answers compute what the formulas say, by hand."""
    found = {name: value for name, value in globals_of(notebook).items() if name in names}
    if "optimal_discriminator" in names:
        got = found["optimal_discriminator"](torch.tensor([3.0, 0.0]), torch.tensor([1.0, 0.0]))
        assert got.tolist() == [0.75, 0.5]
    if "radius_after" in names:
        assert found["radius_after"](2, 1.0, 3.0) == pytest.approx(6.0)
    if "conv_transpose_size" in names:
        assert found["conv_transpose_size"](7, 5, 3, 2) == 19


def globals_of(notebook: NotebookNode) -> dict[str, object]:
    space: dict[str, object] = {"checks": Silent(), "torch": torch, "math": math}
    for one in notebook.cells:
        if one.cell_type == "code":
            with suppress(NameError):  # a cell that was moved above what it needs stops, and the next one runs
                exec(one.source.replace("from ganlab import checks", ""), space)
    return space


class Silent:
    """Stands for the checks: every attribute and every call is itself."""

    def __getattr__(self, name: str) -> "Silent":
        return self

    def __call__(self, *arguments: object) -> "Silent":
        return self


def assert_whole(result: Paper) -> None:
    """Every cell that was handed out, once, in order, with its metadata, and the locked ones with their source."""
    assert result.notebook is not None
    nbformat.validate(result.notebook)
    given = blank_notebook()
    ids = [one.id for one in result.notebook.cells]
    assert len(set(ids)) == len(ids)
    own = {one.id for one in given.cells}
    assert [name for name in ids if name in own] == [one.id for one in given.cells]
    for one in given.cells:
        got = cell(result.notebook, one.id)
        assert (got.metadata, got.cell_type) == (one.metadata, one.cell_type)
        assert got.source == one.source or one.metadata.nbgrader.solution
    for one in result.notebook.cells:
        assert one.id in own or not one.metadata
        assert one.cell_type != "code" or (one.outputs, one.execution_count) == ([], None)
    assert result.notebook.metadata == given.metadata


def said(result: Paper, *parts: str) -> None:
    for part in parts:
        assert any(part in line for line in result.remarks), (part, result.remarks)


def lose_metadata(notebook: NotebookNode) -> None:
    for one in notebook.cells:
        one.metadata = {}


def lose_ids(notebook: NotebookNode) -> None:
    for index, one in enumerate(notebook.cells):
        one.id = f"r{index}"


def lose_both(notebook: NotebookNode) -> None:
    lose_metadata(notebook)
    lose_ids(notebook)


def colab(notebook: NotebookNode) -> None:
    """Ids move into the metadata, where nothing else is left."""
    for index, one in enumerate(notebook.cells):
        one.metadata = {"id": one.id, "outputId": "3b"}
        one.id = f"r{index}"
