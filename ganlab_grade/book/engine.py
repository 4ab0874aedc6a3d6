"""nbgrader, taken into service inside this process: its converters, minus everything that runs code.

nbgrader's command executes a submission in a kernel of the instructor's account. Here the marks are known beforehand
(the sandbox and the checks found them), so the step that executes is replaced by :class:`WriteVerdicts`; every other
step is nbgrader's own. Its applications are not used: they change the working directory, ``sys.path``, the
environment and the logging of the process they run in, which a class marked in parallel cannot have.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from nbconvert.exporters import NotebookExporter
from nbconvert.preprocessors import ExecutePreprocessor
from nbconvert.writers.files import FilesWriter
from nbformat import NotebookNode
from nbgrader.api import Base
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from nbgrader.dbutil import ALEMBIC_DIR
from nbgrader.preprocessors import CheckCellMetadata
from nbgrader.preprocessors.base import NbGraderPreprocessor
from sqlalchemy import create_engine, inspect, text
from traitlets import Dict, Unicode
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader
from traitlets.utils.importstring import import_item

from ganlab_grade.book.cells import CellMetadata
from ganlab_grade.course import GradingError

CONFIG = "nbgrader_config.py"

# nbgrader warns of every check cell whose hidden tests it puts back, and logs each error before it raises it:
# all of that is either expected or said once, by a GradingError.
LOG = logging.getLogger(__name__)
LOG.addHandler(logging.NullHandler())
LOG.setLevel(logging.CRITICAL)


class WriteVerdicts(NbGraderPreprocessor):
    """Stands where nbgrader's ``Execute`` stands. Runs nothing: gives the check cells the outputs it is handed."""

    outputs = Dict(help="grade_id of a check cell -> its outputs, as nbgrader's determine_grade reads them")

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        for cell in nb.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            if cell.cell_type == "code" and grade_id in self.outputs:
                cell.outputs = [NotebookNode(output) for output in self.outputs[grade_id]]
        return nb, resources


class OnlyInTheSandbox(NotebookExporter):
    """In the course's settings, keeps nbgrader's own autograde (a command, a button in the formgrader) from starting.

    It would run the submissions with the instructor's rights. An exporter, because that is what nbgrader makes
    first, before it removes anything. In ``nbgrader_config.py``::

        c.Autograde.exporter_class = "ganlab_grade.book.engine.OnlyInTheSandbox"
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise GradingError(
            "expected this course to be marked with `ganlab-grade`, which runs submissions in a sandbox, and "
            "nbgrader's autograde was started, which runs them with your rights; start `ganlab-grade`"
        )


class CheckCells(CheckCellMetadata):
    """nbgrader's check of the cell metadata, done with the compiled schema."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        CellMetadata().validate_nb(nb)
        return nb, resources


class MarkOnly(Autograde):
    """nbgrader's ``Autograde`` for one submission at a time, with the verdicts in place of an execution."""

    def mark(self, student: str, lesson: str, outputs: dict[str, list[dict[str, Any]]]) -> None:
        """``submitted/STUDENT/LESSON`` -> ``autograded/STUDENT/LESSON`` and the gradebook, as nbgrader does it.

        What ``start`` and ``convert_notebooks`` do, without their search: a student's name may hold ``*`` or ``[``,
        and the time of one submission must not grow with the class.
        """
        self._outputs = outputs
        self.coursedir.student_id, self.coursedir.assignment_id = student, lesson
        self.notebooks = [str(Path(self._format_source(lesson, student)) / f"{lesson}.ipynb")]
        self.writer = FilesWriter(parent=self, config=self.config)
        self.exporter = NotebookExporter(parent=self, config=self.config)
        if not self.init_destination(lesson, student):
            raise GradingError(
                f"{CONFIG} leaves {student!r} out of the marking; see CourseDirectory.student_id_exclude"
            )
        try:
            self.run_pre_convert_hook()
            self.init_assignment(lesson, student)
            for notebook in self.notebooks:
                self.convert_single_notebook(notebook)
            self.set_permissions(lesson, student)
            self.run_post_convert_hook()
        except BaseException:
            # A half-marked notebook would be taken for a marked one: nbgrader removes it, and so do we.
            shutil.rmtree(self._format_dest(lesson, student), ignore_errors=True)
            raise

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """The sanitizing pass, then the marking pass; nbgrader's also sets an environment variable for its kernel."""
        marked = Path(self._format_dest(self.coursedir.assignment_id, self.coursedir.student_id))
        self._sanitizing = True
        self._init_preprocessors()
        BaseConverter.convert_single_notebook(self, notebook_filename)
        try:
            self._sanitizing = False
            self._init_preprocessors()
            BaseConverter.convert_single_notebook(self, str(marked / Path(notebook_filename).name))
        finally:
            self._sanitizing = True

    def _init_preprocessors(self) -> None:
        """nbgrader's steps, with those left out that would execute, whatever the course's settings list."""
        steps = self.sanitize_preprocessors if self._sanitizing else self.autograde_preprocessors
        steps = [import_item(step) if isinstance(step, str) else step for step in steps]
        self.exporter._preprocessors = []
        if not self._sanitizing:
            # First, so that a course that lists no Execute at all does not give away full marks.
            self.exporter.register_preprocessor(WriteVerdicts(parent=self.exporter, outputs=self._outputs))
        for step in steps:
            kind = step if isinstance(step, type) else type(step)
            if not issubclass(kind, ExecutePreprocessor):
                self.exporter.register_preprocessor(CheckCells if step is CheckCellMetadata else step)


class FillDatabase(GenerateAssignment):
    """nbgrader's ``GenerateAssignment`` for the gradebook alone: its release notebook goes to a scratch folder."""

    scratch = Unicode(help="where the release notebook is written, to be thrown away")

    @property
    def _output_directory(self) -> str:
        return self.scratch  # absolute: joined to the course's root it stays what it is

    def fill(self, lesson: str, notebook: Path) -> None:
        """``source/LESSON/LESSON.ipynb`` -> the gradebook's table of cells."""
        self.coursedir.student_id, self.coursedir.assignment_id = ".", lesson
        # nbgrader reads the names back out of the path, and wants the "." in it, which pathlib would drop.
        self.notebooks = [os.path.join(self._format_source(lesson, "."), notebook.name)]
        self.writer = FilesWriter(parent=self, config=self.config)
        self.exporter = self.exporter_class(parent=self, config=self.config)
        for step in self.preprocessors:
            self.exporter.register_preprocessor(step)
        self.init_assignment(lesson, ".")
        self.convert_single_notebook(self.notebooks[0])


def read_config(folder: Path) -> Config:
    """The course's ``nbgrader_config.py``; empty if there is none.

    Raises
    ------
    GradingError
        If the file cannot be run.
    """
    if not (folder / CONFIG).exists():
        return Config()
    try:
        return PyFileConfigLoader(CONFIG, path=str(folder)).load_config()
    except Exception as error:
        raise GradingError(
            f"expected {folder / CONFIG} to be settings that nbgrader can read, and running it ended in "
            f"{type(error).__name__}: {error}; mend that line, or let `make assignments` write the file anew"
        ) from error


def course_directory(folder: Path, config: Config, wait: float) -> CourseDirectory:
    """nbgrader's view of the course folder; its database waits ``wait`` seconds for a lock."""
    course = CourseDirectory(root=str(folder), config=config, log=LOG)
    if course.db_url.startswith("sqlite:///") and "?" not in course.db_url:
        course.db_url += f"?timeout={wait:g}"
    return course


def ready_database(url: str) -> None:
    """Make the gradebook if there is none, and refuse one of another nbgrader.

    nbgrader would ask the command ``alembic``, which need not be on the PATH, and would only notice an old gradebook
    when a column is missing in the middle of a class.

    Raises
    ------
    GradingError
        If the gradebook was made by an older or a newer nbgrader.
    """
    scripts = ScriptDirectory(ALEMBIC_DIR)
    head = scripts.get_current_head()
    engine = create_engine(url)
    try:
        tables = inspect(engine).get_table_names()
        with engine.begin() as connection:
            if not tables:
                Base.metadata.create_all(connection)
                connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
                connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": head})
                return
            has_version = "alembic_version" in tables
            found = connection.scalar(text("SELECT version_num FROM alembic_version")) if has_version else None
    finally:
        engine.dispose()
    if found == head:
        return
    if found is None or found in {script.revision for script in scripts.walk_revisions()}:
        raise GradingError(
            f"expected a gradebook of the nbgrader that is installed (revision {head}), and this one is older "
            f"(revision {found}); run `nbgrader db upgrade` in the course folder, which keeps a copy of the old one"
        )
    raise GradingError(
        f"expected a gradebook of the nbgrader that is installed (revision {head}), and this one is of a newer one "
        f"(revision {found}); upgrade with `pip install --upgrade nbgrader`"
    )


@contextmanager
def one_sentence(folder: Path, doing: str) -> Iterator[None]:
    """Turn whatever nbgrader and its database raise into one :class:`GradingError`."""
    try:
        yield
    except GradingError:
        raise
    except Exception as error:
        if "database is locked" in str(error):
            raise GradingError(
                f"expected to write to the gradebook in {folder}, and another program holds it locked; close it (a "
                "formgrader, another nbgrader, a database browser) and start again: what is marked stays marked"
            ) from error
        reason = (str(error).splitlines() or ["no reason given"])[0]
        raise GradingError(f"{doing}: nbgrader stopped with {type(error).__name__}: {reason}") from error
