"""Run an unsolved notebook from top to bottom in a fresh kernel and keep clean outputs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from tools.lessons import BuildError
from tools.lessons.digest import lesson_digest
from tools.lessons.notebook import number, set_outputs
from tools.lessons.outputs import ANSI, MAX_IMAGE, clean_outputs, oversized_images
from tools.lessons.source import Lesson


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    os.environ.pop("MPLBACKEND", None)  # the kernel chooses the inline backend itself
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def execute(lesson: Lesson, notebook: NotebookNode, *, root: Path, profile: str, timeout: int) -> list[str]:
    """Fill in the outputs and return what a person should look at.

    Raises
    ------
    BuildError
        If a cell raises or takes longer than ``timeout`` seconds, or an image is too big.
    """
    folder = root / "notebooks"
    folder.mkdir(exist_ok=True)
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        store_widget_state=False,
        record_timing=False,
    )
    with _environment(GANLAB_PROFILE=profile, GANLAB_DEVICE="" if profile == "gpu" else "cpu"):
        try:
            client.execute()
        except CellExecutionError as error:
            line = _line_of_failure(lesson, notebook)
            raise BuildError(
                lesson.path, line, f"this cell stops with {error.ename}: {ANSI.sub('', error.evalue)}"
            ) from error
        except CellTimeoutError as error:
            line = _line_of_failure(lesson, notebook)
            raise BuildError(lesson.path, line, f"this cell takes longer than {timeout} seconds") from error
        except DeadKernelError as error:
            line = _line_of_failure(lesson, notebook)
            raise BuildError(lesson.path, line, "the kernel died in this cell; out of memory?") from error
    remarks = []
    for source, cell in zip(lesson.cells, notebook["cells"], strict=True):
        cell["metadata"].pop("execution", None)
        if cell["cell_type"] != "code":
            continue
        kept, noise = clean_outputs(cell["outputs"], root)
        for size in oversized_images(kept):
            raise BuildError(lesson.path, source.line, f"an image of {size:,} bytes, more than {MAX_IMAGE:,}; "
                             "draw it smaller, with fewer dots an inch, or as JPEG")  # fmt: skip
        if noise:
            remarks.append(f"{lesson.path}:{source.line}: wrote to stderr (dropped): {noise[0]}")
        set_outputs(cell, kept, None)
    number(notebook)
    notebook["metadata"].pop("widgets", None)
    notebook["metadata"]["language_info"] = {"name": "python"}
    notebook["metadata"]["ganlab"] = {"digest": lesson_digest(lesson.code, root), "profile": profile}
    return remarks


def _line_of_failure(lesson: Lesson, notebook: NotebookNode) -> int:
    """The last code cell that began to run."""
    line = lesson.cells[0].line
    for source, cell in zip(lesson.cells, notebook["cells"], strict=True):
        if cell.get("execution_count"):
            line = source.line
        if any(output["output_type"] == "error" for output in cell.get("outputs", ())):
            return source.line
    return line
