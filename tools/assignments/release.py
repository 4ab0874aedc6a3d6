"""The notebook as handed out, made by nbgrader's own ``generate_assignment``, which also fills gradebook.db."""

import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools.lessons import BuildError

GRADEBOOK = "gradebook.db"


def nbgrader_missing() -> str:
    """Why nbgrader cannot be used, or ""."""
    try:
        import nbgrader  # noqa: F401
    except ImportError as error:
        return f"nbgrader is needed and cannot be imported ({error}); install it: pip install 'ganlab[instructor]'"
    return ""


def generate(lesson: str, source: str, *, course: Path, settings: Any) -> str:
    """Hand the source notebook to nbgrader; return the text of the released one.

    It works on a copy outside of the course folder, so that a run cut short leaves the folder as it was; only the
    gradebook is the course's own.

    Parameters
    ----------
    lesson : str
        Name of the assignment and of its notebook.
    source : str
        The source notebook as text.
    settings : traitlets.config.Config
        Of the course's nbgrader_config.py.

    Raises
    ------
    BuildError
        With nbgrader's own first complaint, if it refuses the notebook.
    """
    from nbgrader.converters import GenerateAssignment
    from nbgrader.converters.base import NbGraderException
    from nbgrader.coursedir import CourseDirectory

    complaints = _Complaints()
    log = logging.Logger("make_assignments")
    log.addHandler(complaints)
    with tempfile.TemporaryDirectory() as folder, _quiet(), _own_programs():
        open_gradebook(course)
        path = Path(folder) / "source" / lesson / f"{lesson}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(source, encoding="utf-8")
        where = CourseDirectory(
            root=folder,
            db_url=f"sqlite:///{course.resolve() / GRADEBOOK}",
            assignment_id=lesson,
            config=settings,
            log=log,
        )
        try:
            GenerateAssignment(coursedir=where, config=settings, log=log).start()
        except NbGraderException as error:
            said = complaints.said or [str(error)]
            raise BuildError(f"{lesson}.ipynb", 1, f"nbgrader refuses this assignment: {said[0]}") from error
        return (Path(folder) / "release" / lesson / f"{lesson}.ipynb").read_text(encoding="utf-8")


def open_gradebook(course: Path) -> Path:
    """The course's gradebook; a new one appears whole, with its version noted, or not at all."""
    from nbgrader.api import Gradebook

    path = course / GRADEBOOK
    if not path.exists():
        course.mkdir(parents=True, exist_ok=True)
        beside = course.resolve() / f".{GRADEBOOK}.{os.getpid()}"
        try:
            Gradebook(f"sqlite:///{beside}").close()
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    return path


@contextmanager
def _own_programs() -> Iterator[None]:
    """nbgrader starts ``alembic`` by its name, which is only found where the environment is active."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what the notebook libraries have to say about each other."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class _Complaints(logging.Handler):
    """Keeps the last line of each error, which in a traceback is the one that says what is wrong."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        lines = [line for line in record.getMessage().split("\n") if line.strip()]
        if lines and not lines[-1].startswith("There was an error processing assignment"):
            self.said.append(lines[-1])
