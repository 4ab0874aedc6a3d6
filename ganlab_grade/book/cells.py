"""What goes into the gradebook, looked at before it does: cell metadata, verdicts, names."""

from __future__ import annotations

from collections import Counter
from typing import Any

import nbformat
from jsonschema.validators import validator_for
from nbformat import NotebookNode
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.nbgraderformat.common import BaseMetadataValidator

from ganlab_grade.course import Assignment, Grade, GradingError, Verdict

LONGEST = 128  # characters of a name, as wide as the gradebook's columns
MESSAGE = 500  # characters of a verdict's message


class _CompiledSchema(BaseMetadataValidator):
    """nbgrader's check of one cell, with the schema itself checked once: nbgrader does that for every cell anew.

    It was half of the time of a submission.
    """

    def validate_cell(self, cell: NotebookNode) -> None:
        settings = cell.metadata.get("nbgrader", {})
        if settings.get("schema_version") != self.schema_version:
            super().validate_cell(cell)  # which says what nbgrader says of an old schema
            return
        if not hasattr(self, "_compiled"):
            self._compiled = validator_for(self.schema)(self.schema)
        self._compiled.validate(settings)


class CellMetadata(MetadataValidator, _CompiledSchema):
    """nbgrader's validator: its own rules come first, and what they call on above them is the compiled schema."""


def validate(notebook: NotebookNode) -> None:
    """Hold a notebook's cell metadata against nbgrader's own validator.

    Raises
    ------
    GradingError
        If nbgrader could not work with the notebook.
    """
    try:
        for cell in notebook.cells:
            found = cell.metadata.get("nbgrader", {}).get("cell_type", cell.cell_type)
            if found != cell.cell_type:
                raise GradingError(f"cell {cell.get('id')!r} is {cell.cell_type}, and its metadata says {found}")
        CellMetadata().validate_nb(notebook)
        nbformat.validate(notebook)
    except GradingError:
        raise
    except Exception as error:
        reason = getattr(error, "message", "") or str(error).splitlines()[0]
        raise GradingError(f"expected cell metadata that nbgrader accepts, and it says: {reason}") from error


def grade_id(cell: NotebookNode) -> str:
    """nbgrader's name of a cell; "" if it has none, whatever its metadata may be."""
    settings = cell.metadata.get("nbgrader")
    return str(settings.get("grade_id", "")) if isinstance(settings, dict) else ""


def _form(cell: NotebookNode) -> tuple[str, str, bool, bool]:
    """What a cell has to keep for its mark to be its mark: name, type, graded or not, answered or not."""
    settings = cell.metadata["nbgrader"] if grade_id(cell) else {}
    return grade_id(cell), cell.cell_type, bool(settings.get("grade")), bool(settings.get("solution"))


def one_line(value: str, longest: int) -> str:
    """One bounded line without control characters, whatever was sent."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in value).split())[:longest]


def student_name(name: str) -> str:
    """The name, if it can be a folder of its own and an entry in the gradebook."""
    if name in ("", ".", "..") or set(name) & set("/\\") or name != one_line(name, LONGEST):
        raise GradingError(
            f"expected a student's name that can be a folder (1 to {LONGEST} printable characters, no / or \\, no "
            f"space at either end or twice in a row), and got {name[:LONGEST]!r}; rename the submission"
        )
    return name


def same_cells(assignment: Assignment, prepared: NotebookNode) -> None:
    """Every cell that was handed out, once, and none that claims to have been."""
    release = nbformat.reads(assignment.release, as_version=4)
    expected = Counter(_form(cell) for cell in release.cells if "nbgrader" in cell.metadata)
    found = Counter(_form(cell) for cell in prepared.cells if "nbgrader" in cell.metadata)
    if expected != found:
        cell = min((expected - found) or (found - expected))[0]
        raise GradingError(
            f"expected the cells of {assignment.lesson} as they were handed out, and cell {cell[:LONGEST]!r} is "
            "missing, double, of another kind or foreign; let ganlab_grade.precheck prepare the submission"
        )


def outputs_of(assignment: Assignment, graded: Grade) -> dict[str, list[dict[str, Any]]]:
    """Check cell -> the outputs from which nbgrader's determine_grade reads the verdict's points."""
    verdicts = {verdict.exercise: verdict for verdict in graded.verdicts}
    names = [exercise.name for exercise in assignment.exercises]
    if sorted(verdict.exercise for verdict in graded.verdicts) != sorted(names) or graded.lesson != assignment.lesson:
        raise GradingError(
            f"expected one verdict for each of {', '.join(names)} of {assignment.lesson}, and got "
            f"{', '.join(sorted(verdict.exercise for verdict in graded.verdicts)) or 'none'} of {graded.lesson}"
        )
    for exercise in assignment.exercises:
        verdict = verdicts[exercise.name]
        # nbgrader takes a negative number, and one that is no number, for full marks.
        if verdict.max_points != exercise.points or not 0 <= verdict.points <= exercise.points:
            raise GradingError(
                f"expected from 0 to {exercise.points:g} points for {exercise.name}, and got {verdict.points:g} of "
                f"{verdict.max_points:g}; have the submission marked again"
            )
    return {exercise.check_cell: _said(verdicts[exercise.name]) for exercise in assignment.exercises}


def _said(verdict: Verdict) -> list[dict[str, Any]]:
    line = one_line(f"{verdict.points:g} of {verdict.max_points:g} points. {verdict.message}", MESSAGE)
    outputs: list[dict[str, Any]] = [{"output_type": "stream", "name": "stdout", "text": line + "\n"}]
    if verdict.points < verdict.max_points:
        number = {"text/plain": repr(float(verdict.points))}
        outputs.append({"output_type": "execute_result", "data": number, "metadata": {}, "execution_count": None})
    return outputs
