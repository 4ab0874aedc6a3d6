"""Who imports whom: the course knows nothing of the marking, and what runs in the sandbox knows nothing of the rest."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import ganlab_grade

GRADE = Path(ganlab_grade.__file__).parent
ROOT = GRADE.parent


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sorted(GRADE.rglob("*.py"))}


def imported(path: Path) -> set[str]:
    """What a file imports, wherever in the file it does so: every module, and every name that may be one."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.name} imports by a relative name"
            found |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_the_course_never_imports_its_marking():
    paths = list((ROOT / "ganlab").rglob("*.py"))
    assert len(paths) > 50
    assert [path for path in paths if any(name.split(".")[0] == "ganlab_grade" for name in imported(path))] == []


@pytest.mark.parametrize("name", sorted(name for name in MODULES if name.startswith("ganlab_grade.inside.")))
def test_what_runs_in_the_sandbox_imports_no_other_room(name):
    ours = {one for one in imported(MODULES[name]) if one.startswith("ganlab_grade")}
    assert all(one.startswith("ganlab_grade.inside") for one in ours)


def test_no_import_goes_in_a_circle():
    TopologicalSorter({name: imported(path) & MODULES.keys() - {name} for name, path in MODULES.items()}).prepare()
