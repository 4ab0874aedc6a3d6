"""A course of one lesson, as small as can be."""

import shutil
from pathlib import Path

import pytest

from tests.tools.lessons.tiny_course import FIXTURE

PYPROJECT = '[tool.ganlab]\nrepository = "https://github.com/someone/course/"\nbranch = "trunk"\n'


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course of one lesson with a package of two modules and one file of weights."""
    (tmp_path / "lessons").mkdir()
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    package = tmp_path / "ganlab"
    (package / "weights").mkdir(parents=True)
    (package / "weights" / "big.safetensors").write_bytes(b"0")
    (package / "__init__.py").write_text('SHORTCUTS = {"setup": "ganlab.runtime"}\n')
    (package / "runtime.py").write_text('"""Doc."""\n\ndef setup():\n    return 1  # one\n')
    (package / "data.py").write_text("from . import runtime\n\nWEIGHTS = 'big'\n")
    (package / "other.py").write_text("x = 1\n")
    shutil.copy(FIXTURE, tmp_path / "lessons")
    return tmp_path
