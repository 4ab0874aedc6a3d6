"""The gradebook is nbgrader's: what it holds, how it is exported, and how a person marks the written questions.

This module puts marked submissions into it, exactly as ``nbgrader autograde`` would have, and reads back what a
person decided in the formgrader. Nothing here runs a cell: see :mod:`~ganlab_grade.book.engine`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook as Database
from nbgrader.api import MissingEntry
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import text

from ganlab_grade.book.cells import LONGEST, grade_id, one_line, outputs_of, same_cells, student_name
from ganlab_grade.book.cells import validate as validate
from ganlab_grade.book.engine import (
    LOG,
    FillDatabase,
    MarkOnly,
    course_directory,
    one_sentence,
    read_config,
    ready_database,
)
from ganlab_grade.book.export import write_grades
from ganlab_grade.course import Assignment, Grade, GradingError, write_whole


class Gradebook:
    """nbgrader's gradebook of one course folder.

    Parameters
    ----------
    course_folder
        Made by ``make assignments``: ``source/``, ``nbgrader_config.py``; ``gradebook.db`` is made if missing.
    wait
        Seconds to wait while another program writes to the gradebook.

    Raises
    ------
    GradingError
        If the folder is missing or is no course, or if its gradebook is locked or of another nbgrader.
    """

    def __init__(self, course_folder: Path, *, wait: float = 30.0) -> None:
        self.folder, self.wait = course_folder.resolve(), wait
        if not (self.folder / "source").is_dir():
            what = "no folder source/ in it" if self.folder.is_dir() else "no such folder"
            raise GradingError(
                f"expected a course folder at {course_folder}, and found {what}; run `make assignments`"
            )
        self.config = read_config(self.folder)
        with one_sentence(self.folder, "opening the gradebook"):
            self._course = self._directory()
            ready_database(self._course.db_url)
        self._synced: dict[str, str] = {}  # lesson -> digest of the assignment the gradebook was compared with

    def sync(self, assignment: Assignment) -> None:
        """See that the gradebook knows the assignment's cells: compare, and run nbgrader's own step if need be.

        Raises
        ------
        GradingError
            If there is no source notebook, it is not the assignment's, or submissions of another form are recorded.
        """
        lesson = assignment.lesson
        if self._synced.get(lesson) == assignment.digest:
            return
        path = Path(self._course.format_path(self._course.source_directory, ".", lesson)) / f"{lesson}.ipynb"
        if not path.exists():
            raise GradingError(f"expected the source of {lesson} at {path}, and found none; run `make assignments`")
        with one_sentence(self.folder, f"putting {lesson} into the gradebook"):
            source = nbformat.read(path, as_version=4)
            if self._lacking(assignment, source):
                with tempfile.TemporaryDirectory() as scratch:
                    step = FillDatabase(coursedir=self._directory(), config=self.config, log=LOG, scratch=scratch)
                    step.fill(lesson, path)
            if lacking := self._lacking(assignment, source):
                raise GradingError(
                    f"expected {path} to be the source of manifest/{lesson}.json, and {lacking}; "
                    "run `make assignments`"
                )
        self._synced[lesson] = assignment.digest

    def record(
        self, assignment: Assignment, graded: Grade, prepared: NotebookNode, *, timestamp: datetime | None = None
    ) -> float:
        """Put one marked submission into ``submitted/``, ``autograded/`` and the gradebook; return its points there.

        Marks and comments that a person gave in the formgrader stay; nbgrader lists them once more for a look.

        Parameters
        ----------
        prepared
            The submission in the form that was handed out, the student's answers in it. None of it is executed.
        timestamp
            When it was handed in (without a time zone: UTC); decides on nbgrader's late penalty, which the points
            returned leave out. None keeps what ``submitted/`` has.

        Raises
        ------
        GradingError
            If the verdicts or the notebook are not the assignment's, or the gradebook does not hold exactly them.
        """
        student, lesson = student_name(graded.student), assignment.lesson
        outputs = outputs_of(assignment, graded)
        same_cells(assignment, prepared)
        self.sync(assignment)
        with one_sentence(self.folder, f"recording {lesson} of {student!r}"):
            folder = Path(self._course.format_path(self._course.submitted_directory, student, lesson))
            # A lone half of a surrogate pair is legal in JSON and in no file.
            written = nbformat.writes(prepared).encode("utf-8", "replace").decode("utf-8")
            write_whole(folder / f"{lesson}.ipynb", written)
            if timestamp is not None:
                aware = timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=UTC)
                write_whole(folder / "timestamp.txt", f"{aware.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC\n")
            with self._open() as database, database.db.no_autoflush:
                # Left to itself nbgrader flushes half a submission, of which SQLAlchemy warns.
                if database.engine.dialect.name == "sqlite":
                    database.db.execute(text("BEGIN IMMEDIATE"))  # a lock shows here, before half a mark is in
                database.update_or_create_student(student)
                database.update_or_create_submission(lesson, student)
            step = MarkOnly(coursedir=self._directory(), config=self.config, log=LOG, force=True)
            step.mark(student, lesson, outputs)
            return self._held(assignment, graded, student)

    def manual(self, assignment: Assignment, student: str) -> dict[str, tuple[float | None, str]]:
        """Question.name -> (points, comment) as the gradebook holds them; points are None while the answer is open.

        An exercise is in it, under its name, if a person has given it other points than the program.
        A blank answer is not open: nbgrader gives it 0 points and the comment "No response.".
        """
        lesson = assignment.lesson
        found: dict[str, tuple[float | None, str]] = {question.name: (None, "") for question in assignment.questions}
        with one_sentence(self.folder, f"reading the marks of {student!r} in {lesson}"), self._open() as database:
            try:
                notebook = database.find_submission_notebook(lesson, lesson, student)
            except MissingEntry:
                return found
            grades = {grade.name: grade for grade in notebook.grades}
            comments = {comment.name: comment.comment for comment in notebook.comments}
            for question in assignment.questions:
                grade = grades[question.cell]
                still_open = grade.manual_score is None and grade.auto_score is None
                found[question.name] = (None if still_open else grade.score, comments.get(question.cell) or "")
            for exercise in assignment.exercises:
                grade = grades[exercise.check_cell]
                if grade.manual_score is not None:
                    found[exercise.name] = (grade.score, comments.get(exercise.check_cell) or "")
        return found

    def set_names(self, names: Mapping[str, tuple[str, str, str, str]]) -> None:
        """Student -> (first name, last name, email, id in the learning platform); an empty one stays as it was."""
        with one_sentence(self.folder, "writing the students' names"), self._open() as database:
            for student, row in names.items():
                columns = zip(("first_name", "last_name", "email", "lms_user_id"), row, strict=True)
                known = {column: clean for column, value in columns if (clean := one_line(value, LONGEST))}
                database.update_or_create_student(student_name(student), **known)

    def export(self, path: Path) -> None:
        """Write nbgrader's own table (its ``CsvExportPlugin``) of every student and every assignment."""
        with one_sentence(self.folder, f"writing {path}"), self._open() as database:
            write_grades(database, path, self.config)

    def _directory(self) -> CourseDirectory:
        """nbgrader's view of the folder, fresh: its converters write the student and the lesson into it."""
        return course_directory(self.folder, self.config, self.wait)

    @contextmanager
    def _open(self) -> Iterator[Database]:
        with Database(self._course.db_url, self._course.course_id) as database:
            yield database

    def _lacking(self, assignment: Assignment, source: NotebookNode) -> str:
        """How the gradebook's cells differ from the assignment's, in words; "" if they are the same."""
        points = {exercise.check_cell: exercise.points for exercise in assignment.exercises}
        points |= {question.cell: question.points for question in assignment.questions}
        release = nbformat.reads(assignment.release, as_version=4)
        # Locked cells are stored with their hidden tests, the others without their solutions.
        texts = {grade_id(cell): cell.source for cell in source.cells if grade_id(cell)}
        handed = {grade_id(cell): cell for cell in release.cells if grade_id(cell)}
        texts |= {name: cell.source for name, cell in handed.items() if cell.metadata.nbgrader.get("solution")}
        with self._open() as database:
            try:
                notebook = database.find_notebook(assignment.lesson, assignment.lesson)
            except MissingEntry:
                return "the gradebook does not know it"
            stored = {cell.name: cell.source for cell in notebook.source_cells}
            held = {cell.name: cell.max_score for cell in notebook.grade_cells}
        if differing := sorted(stored.keys() ^ handed.keys()):
            return f"cell {differing[0]!r} is only in one of them"
        if differing := sorted(name for name in handed if stored[name] != texts.get(name)):
            return f"the text of cell {differing[0]!r} differs"
        if held != points:
            return f"the points differ ({sum(held.values()):g} and {sum(points.values()):g})"
        return ""

    def _held(self, assignment: Assignment, graded: Grade, student: str) -> float:
        """Points of the exercises as stored, after a two-sided check that they are the verdicts and nothing else."""
        with self._open() as database:
            notebook = database.find_submission_notebook(assignment.lesson, assignment.lesson, student)
            held = {grade.name: grade.auto_score for grade in notebook.grades}
        cells = {exercise.name: exercise.check_cell for exercise in assignment.exercises}
        expected = {cells[verdict.exercise]: verdict.points for verdict in graded.verdicts}
        written = {question.cell for question in assignment.questions}
        marked = {name: points for name, points in held.items() if name not in written}
        if marked != expected or written - held.keys() or any(held[cell] for cell in written):
            raise GradingError(
                f"expected {expected} in the gradebook for {student!r} in {assignment.lesson}, and it holds {held}; "
                "look at the preprocessors in nbgrader_config.py, and have the submission marked again"
            )
        # Added in the order of graded.points, so that rounding cannot part the two.
        points: float = round(sum(marked[name] for name in expected), 3)
        return points
