"""A course of one lesson, and the tools, which live outside the package, on the path."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.builder.tiny_course import FIXTURE

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
PYPROJECT = '[tool.ganlab]\nrepository = "https://github.com/someone/course/"\nbranch = "trunk"\n'


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course of one lesson with a package of two modules and one file of weights."""
    (tmp_path / "lessons").mkdir()
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    package = tmp_path / "ganlab"
    (package / "weights").mkdir(parents=True)
    (package / "weights" / "big.safetensors").write_bytes(b"0")
    (package / "__init__.py").write_text('_SHORTCUTS = {"setup": "ganlab.runtime"}\n')
    (package / "runtime.py").write_text('"""Doc."""\n\ndef setup():\n    return 1  # one\n')
    (package / "data.py").write_text("from . import runtime\n\nWEIGHTS = 'big'\n")
    (package / "other.py").write_text("x = 1\n")
    shutil.copy(FIXTURE, tmp_path / "lessons")
    return tmp_path
