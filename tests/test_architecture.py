"""The house rules of ``ganlab``: floors, families, doors, names. DESIGN and docs/reference show the same floors.

A room is a name at the root of the package. Imports point down or stay on their floor, never up and never in a circle;
no family imports another; what stands behind a dictionary (widgets, checks, recipes) is reached through it.
"""

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import ganlab

ROOT = Path(__file__).resolve().parent.parent
FLOORS = {
    "runtime": 0, "images": 0, "resampling": 0, "losses": 0, "layers": 0, "latent": 0, "plotting": 0, "pretrained": 0,
    "metrics": 0,
    "data": 1,
    "features": 2, "training": 2, "checks": 2, "widgets": 2,
    "minimax": 3, "dcgan": 3, "inpainting": 3, "style": 3, "superres": 3,
    "app": 4,
}  # fmt: skip
FAMILIES = {room for room, floor in FLOORS.items() if floor == 3}
# Reached through a dictionary (``ganlab.checks.LESSONS``, ``ganlab.widgets.WIDGETS``, the recipes of ``tools``) and by tests.
BEHIND_A_DICTIONARY = ("widget", "checks", "recipe")
# What networks of a family may be made of.
MATERIALS = {"ganlab.layers", "ganlab.features", "ganlab.resampling"}
# Files included, families apart: every lesson may bring one, and what it shares with another moves into a room there is.
MOST_SHARED_AT_THE_ROOT = 19
LONGEST_FILE = 500


def module_name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path, name: str, modules: set[str]) -> set[str]:
    """Modules of the package that a file imports, wherever in the file it does so."""
    found: set[str] = set()
    home = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            origin = node.module or ""
            if node.level:
                above = ".".join(home.split(".")[: len(home.split(".")) - node.level + 1])
                origin = f"{above}.{origin}" if origin else above
            for alias in node.names:
                whole = f"{origin}.{alias.name}"
                found.add(whole if whole in modules else origin)
    # `from ganlab import __version__` needs nothing but the package itself, which every import needs.
    return {target for target in found if target in modules and target not in ("ganlab", name)}


def graph(root: Path) -> dict[str, set[str]]:
    """Module -> modules it imports, for every file of the package below ``root``; the package itself left out."""
    paths = {module_name(path, root): path for path in sorted((root / "ganlab").rglob("*.py"))}
    return {name: imports_of(path, name, set(paths)) for name, path in paths.items() if name != "ganlab"}


def room(name: str) -> str:
    return name.split(".")[1]


def floors(edges: dict[str, set[str]]) -> dict[str, int]:
    """Floor of every module: that of its room."""
    return {name: FLOORS[room(name)] for name in edges}


def circle(edges: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def upward(edges: dict[str, set[str]]) -> list[str]:
    floor = floors(edges)
    return sorted(
        f"{name} (floor {floor[name]}) imports {target} (floor {floor[target]})"
        for name, targets in edges.items()
        for target in targets
        if floor[target] > floor[name]
    )


def between_families(edges: dict[str, set[str]]) -> list[str]:
    return sorted(
        f"{name} imports {target}"
        for name, targets in edges.items()
        for target in targets
        if room(name) in FAMILIES and room(target) in FAMILIES and room(name) != room(target)
    )


def past_a_dictionary(edges: dict[str, set[str]]) -> list[str]:
    """Imports of a family's widget, checks or recipe from outside of that very part."""
    found = []
    for name, targets in edges.items():
        for target in targets:
            parts = target.split(".")
            if parts[1] in FAMILIES and len(parts) > 2 and parts[2] in BEHIND_A_DICTIONARY:
                door = ".".join(parts[:3])
                if name != door and not name.startswith(f"{door}."):
                    found.append(f"{name} imports {target}")
    return sorted(found)


def foreign_materials(edges: dict[str, set[str]]) -> list[str]:
    """What a family's ``networks`` import besides layers, feature networks and resampling."""
    return sorted(
        f"{name} imports {target}"
        for name, targets in edges.items()
        if re.fullmatch(r"ganlab\.\w+\.networks", name)
        for target in targets
        if ".".join(target.split(".")[:2]) not in MATERIALS
    )


EDGES = graph(ROOT)


def test_the_graph_is_not_empty():
    assert {"ganlab.runtime", "ganlab.losses", "ganlab.checks.ladder"} <= EDGES.keys()
    assert "ganlab.layers" in EDGES["ganlab.inpainting.networks"]


def test_every_room_is_listed_in_the_package_and_stands_on_a_floor():
    assert set(ganlab.ROOMS) == set(FLOORS)
    assert {room(name) for name in EDGES} == set(FLOORS)


def test_the_root_holds_the_rooms_and_nothing_else():
    names = {path.stem for path in (ROOT / "ganlab").iterdir() if path.name not in ("__init__.py", "__pycache__")}
    assert names == {*FLOORS, "weights", "py"}, "py.typed, the weights, and the rooms"
    assert len({*names, "__init__"} - FAMILIES) <= MOST_SHARED_AT_THE_ROOT


def test_every_family_has_a_lesson():
    """One whose exercises it has, or that imports it."""
    lessons = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "lessons").glob("*.py")))
    taught = {place.split(".")[1] for place in ganlab.checks.LESSONS.values()}
    taught |= set(re.findall(r"^ *(?:from|import) ganlab\.(\w+)", lessons, re.MULTILINE))
    assert taught >= FAMILIES


def test_no_import_goes_in_a_circle():
    assert circle(EDGES) == []


def test_no_import_goes_up():
    assert upward(EDGES) == []


def test_no_family_imports_another():
    assert between_families(EDGES) == []


def test_widgets_checks_and_recipes_are_reached_through_their_dictionaries():
    assert past_a_dictionary(EDGES) == []


def test_networks_are_made_of_layers_features_and_resampling():
    assert foreign_materials(EDGES) == []
    assert any(name.endswith(".networks") for name in EDGES)


def test_the_package_does_not_know_who_marks_it():
    for path in sorted((ROOT / "ganlab").rglob("*.py")):
        named = [
            name
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
        ]
        assert [name for name in named if name.split(".")[0] in ("ganlab_grade", "tests", "tools")] == [], path.name


def test_there_is_no_drawer_for_everything():
    names = {path.stem for path in (ROOT / "ganlab").rglob("*.py")}
    assert names & {"utils", "util", "helpers", "misc", "common"} == set()


@pytest.mark.parametrize("package", ["ganlab", "ganlab_grade"])
def test_no_prefix_stands_in_for_a_folder(package):
    """Files that begin alike (``style_losses``, ``style_tiles``) are a room without walls."""
    for folder in [ROOT / package, *(path for path in (ROOT / package).rglob("*") if path.is_dir())]:
        stems = [path.stem for path in folder.glob("*.py")]
        prefixes = [stem.split("_")[0] for stem in stems if "_" in stem.strip("_") and folder.name != "checks"]
        assert {prefix for prefix in prefixes if prefixes.count(prefix) > 1} == set(), folder.name
        assert [stem for stem in stems if stem.startswith("_") and stem not in ("__init__", "__main__")] == [], (
            folder.name
        )


def mirror(path: Path) -> Path:
    """Where the tests of a file of the package are; those of an exercise are its bank of answers."""
    parts = path.relative_to(ROOT / "ganlab").parts
    is_exercise = f"\n{path.stem} = Ladder(" in path.read_text(encoding="utf-8")
    if parts[1:-1] == ("checks",) and parts[0] in FAMILIES and is_exercise:
        return ROOT / "tests" / parts[0] / "answers" / parts[-1]
    return ROOT.joinpath("tests", *parts[:-1], f"test_{parts[-1]}")


def test_every_file_has_its_mirror_in_the_tests():
    # What is called __init__ or lesson_NN lists names; the one check of lesson 00, of no family, is tested by its bank.
    paths = sorted((ROOT / "ganlab").rglob("*.py"))
    files = [path for path in paths if not re.fullmatch(r"__init__|lesson_\d\d", path.stem)]
    wanted = {path: mirror(path) for path in files}
    missing = [
        f"{path.relative_to(ROOT)} has no {place.relative_to(ROOT)}"
        for path, place in wanted.items()
        if not place.exists()
    ]
    assert len(wanted) > 100
    assert missing == []


@pytest.mark.parametrize("package", ["ganlab", "ganlab_grade", "tools", "deploy", "benchmarks", "tests"])
def test_a_file_is_a_topic(package):
    """No exact measure of a topic, but nothing longer than this is one. Answers of a bank are a list, not a text."""
    long = [
        f"{path.relative_to(ROOT)}: {count} lines"
        for path in sorted((ROOT / package).rglob("*"))
        if path.suffix in {".py", ".js", ".css"} and path.parent.name != "answers"
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    ]
    assert long == []


def package(tmp_path: Path, **files: str) -> dict[str, set[str]]:
    """A package of the given files; ``__`` in a name stands for a folder."""
    for name, source in {"__init__": "", **files}.items():
        path = tmp_path.joinpath("ganlab", *name.split("__")) if name != "__init__" else tmp_path / "ganlab" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".py").write_text(source)
    return graph(tmp_path)


@pytest.mark.parametrize(
    "source",
    [
        "import ganlab.training",
        "from ganlab import training",
        "from ganlab.training import fit",
        "from . import training",
        "from .training import fit",
        "def f():\n    from ganlab.training import fit",
    ],
)
def test_an_upward_import_is_found_in_every_spelling(tmp_path, source):
    edges = package(tmp_path, losses=source, training="")
    assert upward(edges) == ["ganlab.losses (floor 0) imports ganlab.training (floor 2)"]


def test_an_upward_import_from_a_folder_is_found(tmp_path):
    edges = package(tmp_path, data__new="from ..checks.lesson_09 import x", checks__lesson_09="from . import ladder")
    assert upward(edges) == ["ganlab.data.new (floor 1) imports ganlab.checks.lesson_09 (floor 2)"]


def test_a_family_that_looks_into_another_is_found(tmp_path):
    edges = package(tmp_path, style__losses="from ganlab.superres.networks import x", superres__networks="")
    assert between_families(edges) == ["ganlab.style.losses imports ganlab.superres.networks"]


def test_a_way_past_a_dictionary_is_found(tmp_path):
    edges = package(
        tmp_path,
        app__page="from ganlab.style.widget import studio",
        style__widget__studio="from ganlab.style.widget import painter",
        style__widget__painter="",
    )
    assert past_a_dictionary(edges) == ["ganlab.app.page imports ganlab.style.widget.studio"]


def test_networks_of_foreign_materials_are_found(tmp_path):
    edges = package(tmp_path, style__networks="from ganlab import losses, layers", losses="", layers="")
    assert foreign_materials(edges) == ["ganlab.style.networks imports ganlab.losses"]


def test_a_circle_is_found(tmp_path):
    edges = package(
        tmp_path, losses="from . import metrics", metrics="from . import images", images="import ganlab.losses"
    )
    assert {"ganlab.losses", "ganlab.metrics", "ganlab.images"} <= set(circle(edges))
