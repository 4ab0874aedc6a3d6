"""A course folder as ``make assignments`` leaves it, with the small course in it, and the gradebook read without nbgrader."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import nbformat

from ganlab_grade.course import Assignment, Grade, Verdict, to_json, write_whole
from tests.ganlab_grade.small_course import (
    ANSWER_STUB,
    HEADS,
    HIDDEN,
    LESSON,
    SOLUTIONS,
    small_assignment,
    solved_notebook,
)

SETTINGS = f"""c = get_config()
c.ClearSolutions.code_stub = {{"python": 'raise NotImplementedError("your code here: replace this line")'}}
c.ClearSolutions.text_stub = {ANSWER_STUB!r}
"""


def source_notebook() -> nbformat.NotebookNode:
    """What nbgrader makes the small course from: solutions and hidden tests between its markers."""
    notebook = solved_notebook()
    for cell in notebook.cells:
        slug, _, kind = cell.id.rpartition("-")
        name = slug.replace("-", "_")
        if kind == "answer":
            body = SOLUTIONS[name].removeprefix(HEADS[name])
            cell.source = f"{HEADS[name]}    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"
        elif kind == "check":
            cell.source += f"\n### BEGIN HIDDEN TESTS\n{HIDDEN[name]}\n### END HIDDEN TESTS"
    return notebook


def course_folder(root: Path, *lessons: str) -> list[Assignment]:
    """Write a course with the small assignment under each of these names."""
    write_whole(root / "nbgrader_config.py", SETTINGS)
    assignments = [replace(small_assignment(), lesson=lesson, digest=lesson) for lesson in lessons or (LESSON,)]
    for one in assignments:
        write_whole(root / "source" / one.lesson / f"{one.lesson}.ipynb", nbformat.writes(source_notebook()))
        write_whole(root / "manifest" / f"{one.lesson}.json", to_json(one))
    return assignments


def marked(assignment: Assignment, student: str, *points: float, message: str = "as expected") -> Grade:
    """A submission marked with these points, in the order of the exercises; without any: full marks."""
    given = points or tuple(one.points for one in assignment.exercises)
    verdicts = tuple(
        Verdict(one.name, got, one.points, "passed" if got == one.points else "value", message)
        for one, got in zip(assignment.exercises, given, strict=True)
    )
    return Grade(student, assignment.lesson, f"{student}.ipynb", "digest", verdicts)


GRADES = """
select cell.name, grade.auto_score, grade.manual_score, grade.needs_manual_grade
from grade join base_cell as cell on cell.id = grade.cell_id
join submitted_notebook as notebook on notebook.id = grade.notebook_id
join submitted_assignment as submission on submission.id = notebook.assignment_id
join assignment on assignment.id = submission.assignment_id
where submission.student_id = ? and assignment.name = ?"""


def stored(folder: Path, student: str, lesson: str = LESSON) -> dict[str, tuple[float | None, float | None, int]]:
    """Cell -> (auto score, manual score, needs a look), by plain SQL."""
    database = sqlite3.connect(folder / "gradebook.db")
    try:
        return {name: tuple(rest) for name, *rest in database.execute(GRADES, (student, lesson))}
    finally:
        database.close()


def change(folder: Path, statement: str, *values: object) -> None:
    """Write to the gradebook by plain SQL."""
    database = sqlite3.connect(folder / "gradebook.db")
    with database:
        database.execute(statement, values)
    database.close()


TABLES = {
    "student": "select id, first_name, last_name, email, lms_user_id from student",
    "submission": "select student_id, timestamp, extension from submitted_assignment",
    "notebook": "select flagged, late_submission_penalty from submitted_notebook",
    "grade": """select student_id, cell.name, auto_score, manual_score, extra_credit, needs_manual_grade from grade
        join base_cell as cell on cell.id = grade.cell_id join submitted_notebook as book on book.id = grade.notebook_id
        join submitted_assignment as whole on whole.id = book.assignment_id""",
    "comment": """select student_id, cell.name, auto_comment, manual_comment from comment
        join base_cell as cell on cell.id = comment.cell_id
        join submitted_notebook as book on book.id = comment.notebook_id
        join submitted_assignment as whole on whole.id = book.assignment_id""",
    "source": "select name, cell_type, locked, source, checksum from source_cell",
    "version": "select version_num from alembic_version",
    "course": "select id from course",
}


def rows(folder: Path) -> dict[str, list[tuple]]:
    """Everything in the gradebook but its random keys, by plain SQL."""
    database = sqlite3.connect(folder / "gradebook.db")
    try:
        return {name: sorted(database.execute(query).fetchall(), key=repr) for name, query in TABLES.items()}
    finally:
        database.close()
