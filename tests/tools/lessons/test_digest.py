"""What a lesson depends on, found without running it."""

import importlib
from pathlib import Path

import pytest

from tools.lessons.digest import Package, dependencies, lesson_digest, significant

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("code", "files"),
    [
        ("import math", set()),
        ("import ganlab", {"__init__"}),
        ("import ganlab\nganlab.setup()", {"__init__", "runtime"}),
        ("import ganlab as g\ng.data.faces(3)", {"__init__", "data", "runtime"}),
        ("from ganlab import data, other as o", {"__init__", "data", "runtime", "other"}),
        ("from ganlab.data import faces", {"__init__", "data", "runtime"}),
        ("import ganlab.other", {"__init__", "other"}),
        ("%pip install x\nimport ganlab.other", {"__init__", "other"}),
    ],
)
def test_dependencies_are_found_without_running(course, code, files):
    found, _ = dependencies([code], course)
    assert {path.stem for path in found} == files


def test_a_name_imported_in_one_cell_is_known_in_the_next(course):
    found, names = dependencies(["import ganlab", "ganlab.data.faces(1)"], course)
    assert "data" in {path.stem for path in found}
    assert "big" in names


def test_the_digest_changes_with_code_imports_and_weights_and_with_nothing_else(course):
    code = ["import ganlab\nganlab.data.faces(1)"]
    package = course / "ganlab"
    before = lesson_digest(code, course)
    (package / "other.py").write_text("x = 2\n")
    (package / "runtime.py").write_text(
        '"""Other\nwords."""\n\n\ndef setup():\n    """New."""\n    return 1  # uno\n'
    )
    assert lesson_digest(code, course) == before, "a file that is not imported, comments, docstrings"
    assert lesson_digest([code[0] + "  # faces"], course) == before
    assert lesson_digest([*code, "x = 1"], course) != before
    (package / "runtime.py").write_text("def setup():\n    return 2\n")
    changed = lesson_digest(code, course)
    assert changed != before, "an indirect import"
    (package / "weights" / "big.safetensors").write_bytes(b"1")
    assert lesson_digest(code, course) != changed, "weights that an import names"
    (package / "weights" / "unused.safetensors").write_bytes(b"1")
    assert lesson_digest(code, course) == lesson_digest(code, course)


def test_significant_keeps_code_and_strings():
    assert (
        significant('x = "# no comment"  # comment\n\n\ny = """a\n# b"""  \n')
        == 'x = "# no comment"\ny = """a\n# b"""'
    )
    assert significant('def f():\n    """Doc."""\n    return 1') == "def f():\n    return 1"


# A house in small: two families, and the dictionaries by which their widgets and checks are found.
HOUSE = {
    "widgets/__init__.py": 'WIDGETS = {"Playground": "ganlab.game.widget.studio", "Brush": "ganlab.holes.widget.studio"}\n',
    "widgets/kit.py": "",
    "checks/__init__.py": 'LESSONS: dict[str, str] = {"lesson_01": "ganlab.game.checks", "lesson_02": "ganlab.holes.checks"}\n',
    "game/__init__.py": '"""The game."""\n',
    "game/networks.py": "",
    "game/losses.py": "",
    "game/recipe.py": "",
    "game/widget/__init__.py": "",
    "game/widget/studio.py": "from ganlab.game.networks import Line\nfrom ganlab.widgets.kit import Session\n",
    "game/widget/page.js": "1",
    "game/checks/__init__.py": "from ganlab.game.checks.best import best\n",
    "game/checks/best.py": "from ganlab.game import losses\n",
    "holes/__init__.py": "",
    "holes/widget/__init__.py": "",
    "holes/widget/studio.py": "",
    "holes/checks/__init__.py": 'DONE = {"a": 1} | {}\n',
}
WIDGET = {
    "__init__",
    "widgets/__init__",
    "widgets/kit",
    "game/__init__",
    "game/networks",
    "game/widget/__init__",
    "game/widget/studio",
}


@pytest.mark.parametrize(
    ("code", "files"),
    [
        ("from ganlab import widgets\nwidgets.Playground(3).close()", WIDGET),
        ("import ganlab\nganlab.widgets.Playground", WIDGET),
        ("from ganlab.widgets import Playground", WIDGET),
        ("from ganlab import widgets\nwidgets.Pencil()", {"__init__", "widgets/__init__"}),
        ("from ganlab.game.networks import Line", {"__init__", "game/__init__", "game/networks"}),
        (
            "from ganlab import checks\nchecks.lesson_01.best(f)",
            {
                "__init__",
                "checks/__init__",
                "game/__init__",
                "game/checks/__init__",
                "game/checks/best",
                "game/losses",
            },
        ),
        (
            "from ganlab.checks import lesson_02 as exercises\nexercises.fill(f)",
            {"__init__", "checks/__init__", "holes/__init__", "holes/checks/__init__"},
        ),
    ],
)
def test_a_name_in_a_dictionary_means_the_module_it_names_and_no_more_of_the_family(course, code, files):
    for name, source in HOUSE.items():
        path = course / "ganlab" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    found, _ = dependencies([code], course)
    assert {path.relative_to(course / "ganlab").with_suffix("").as_posix() for path in found} == files


@pytest.mark.parametrize(
    ("package", "dictionary"), [("ganlab", "SHORTCUTS"), ("ganlab.widgets", "WIDGETS"), ("ganlab.checks", "LESSONS")]
)
def test_the_dictionaries_of_the_package_are_found(package, dictionary):
    """What only Python could look up would be missing from every digest."""
    assert Package(ROOT).table(package) == vars(importlib.import_module(package))[dictionary]
