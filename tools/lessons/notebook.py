"""The two notebooks of a lesson as nbformat documents, old outputs carried over, and what is out of date."""

from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools.lessons.digest import lesson_digest, significant
from tools.lessons.outputs import MAX_NOTEBOOK
from tools.lessons.source import Lesson, fill

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def assemble(lesson: Lesson, values: dict[str, str], *, solutions: bool) -> NotebookNode:
    """The lesson as a notebook without outputs."""
    folder = "solutions" if solutions else "notebooks"
    cells = []
    for cell in lesson.cells:
        text = fill(cell.solved if solutions else cell.unsolved, values, lesson=lesson.name, folder=folder)
        if cell.kind == "markdown":
            made = new_markdown_cell(text, id=cell.id)
        else:
            made = new_code_cell(text, id=cell.id)
        # A solved copy keeps no outputs, so it has none to compare with.
        if tags := [tag for tag in cell.tags if not (solutions and tag == "nbval-check-output")]:
            made["metadata"]["tags"] = tags
        cells.append(made)
    notebook = new_notebook(cells=cells)
    notebook["metadata"] = nbformat.from_dict({"kernelspec": KERNEL, "language_info": {"name": "python"}})
    if not solutions:
        notebook["metadata"]["ganlab"] = nbformat.from_dict({"digest": None, "profile": None})
    return notebook


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a valid notebook in one form: sorted keys, one space, a newline at the end."""
    nbformat.validate(notebook)
    path.parent.mkdir(exist_ok=True)
    path.write_text(dumps(notebook), encoding="utf-8")


def dumps(notebook: NotebookNode) -> str:
    """The notebook as text."""
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


def read(path: Path) -> NotebookNode | None:
    """A notebook written before, or None if there is none that can be read."""
    try:
        return nbformat.read(path, as_version=4)
    except (FileNotFoundError, nbformat.reader.NotJSONError, nbformat.ValidationError):
        return None


def carry_outputs(new: NotebookNode, old: NotebookNode | None) -> None:
    """Give code cells of ``new`` the outputs of the cells of ``old`` whose code, comments aside, was the same."""
    if old is None:
        return
    stored: dict[str, list[Any]] = {}
    for cell in old["cells"]:
        if cell["cell_type"] == "code":
            stored.setdefault(significant(cell["source"]), []).append(cell["outputs"])
    for cell in new["cells"]:
        if cell["cell_type"] == "code" and (same := stored.get(significant(cell["source"]))):
            cell["outputs"] = same.pop(0)
    new["metadata"]["ganlab"] = old["metadata"].get("ganlab", new["metadata"]["ganlab"])


def set_outputs(cell: NotebookNode, outputs: list[dict[str, Any]], count: int | None) -> None:
    """Store cleaned outputs; execution counts are those of one run from top to bottom."""
    cell["execution_count"] = count
    cell["outputs"] = []
    for output in outputs:
        fields = {key: value for key, value in output.items() if key not in ("output_type", "transient")}
        if output["output_type"] == "execute_result":
            fields["execution_count"] = count
        cell["outputs"].append(new_output(output["output_type"], **fields))


def number(notebook: NotebookNode) -> None:
    """Execution counts from 1 on, as one run from top to bottom gives them."""
    code = (cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    for count, cell in enumerate((cell for cell in code if cell["source"].strip()), 1):
        cell["execution_count"] = count
        for output in cell["outputs"]:
            if output["output_type"] == "execute_result":
                output["execution_count"] = count


def is_current(lesson: Lesson, old: NotebookNode | None, root: Path, profile: str) -> bool:
    """Whether the stored outputs come from this code, this package and this profile."""
    if old is None:
        return False
    stored = old["metadata"].get("ganlab", {})
    return stored.get("profile") == profile and stored.get("digest") == lesson_digest(lesson.code, root)


def out_of_date(lesson: Lesson, values: dict[str, str], root: Path) -> list[str]:
    """What of a lesson's two notebooks is not as the source says, one sentence each."""
    wrong = []
    for folder in ("notebooks", "solutions"):
        name = f"{folder}/{lesson.name}.ipynb"
        fresh, found = assemble(lesson, values, solutions=folder == "solutions"), read(root / name)
        if found is None:
            wrong.append(f"{name} does not exist; run `python -m tools.lessons --only {lesson.name[:2]}`")
            continue
        if _skeleton(fresh) != _skeleton(found):
            wrong.append(f"{name} does not have the text and code of lessons/{lesson.name}.py")
        if folder == "solutions" and any(cell.get("outputs") for cell in found["cells"]):
            wrong.append(f"{name} has outputs; solutions are kept without")
        if folder == "notebooks" and not is_current(lesson, found, root, "cpu"):
            stored = found["metadata"].get("ganlab", {})
            if stored.get("profile") != "cpu":
                wrong.append(
                    f"{name} holds outputs of the profile {stored.get('profile')!r}; committed ones are of 'cpu'"
                )
            else:
                wrong.append(
                    f"{name} holds outputs of older code: the lesson or something it imports has changed since"
                )
        if (size := (root / name).stat().st_size) > MAX_NOTEBOOK:
            wrong.append(f"{name} has {size:,} bytes, more than {MAX_NOTEBOOK:,}")
    return wrong


def _skeleton(notebook: NotebookNode) -> list[Any]:
    cells = [(cell["id"], cell["cell_type"], cell["source"], cell["metadata"]) for cell in notebook["cells"]]
    kept = {key: value for key, value in notebook["metadata"].items() if key != "ganlab"}
    return [kept, *cells]


def leaks(lesson: Lesson, text: str) -> list[str]:
    """Lines of solutions and hidden tests found in ``text``, except those a learner is shown elsewhere anyway."""
    shown = {line.strip() for cell in lesson.cells for line in cell.unsolved.split("\n")}
    escaped = text.replace('\\"', '"').replace("\\\\", "\\")
    hidden = {line for cell in lesson.cells for line in cell.hidden}
    # A line such as `return loss` or `)` says nothing; from a dozen characters on a line is somebody's work.
    return sorted(line for line in hidden - shown if len(line) >= 12 and (line in text or line in escaped))
