"""The four floors of ``ganlab``: imports point down or sideways, never up, and never in a circle.

A file that is in neither table stands on the floor of the highest thing it imports, so a new model, check or one-line
file, or a helper split off from a module, needs no edit here.
"""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = {"models": 1, "checks": 3, "widgets": 3, "oneline": 3}
FILES = {
    **dict.fromkeys(["runtime", "images", "losses", "layers", "metrics", "distributions", "shipped"], 0),
    **dict.fromkeys(["data", "faces", "features"], 1),
    **dict.fromkeys(["training", "checkpoint", "evaluation", "plotting", "live", "pretrained"], 2),
    "studio": 3,
}


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


def floors(edges: dict[str, set[str]]) -> dict[str, int]:
    """Floor of every module: from the tables, or else that of the highest module it imports."""
    known = {
        name: FOLDERS[parts[1]] if len(parts := name.split(".")) > 2 and parts[1] in FOLDERS else floor
        for name in edges
        if (floor := {**FILES, **FOLDERS}.get(name.split(".")[1])) is not None
    }
    for name in TopologicalSorter(edges).static_order():
        known.setdefault(name, max((known[target] for target in edges[name]), default=0))
    return known


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


EDGES = graph(ROOT)


def test_the_graph_is_not_empty():
    assert {"ganlab.runtime", "ganlab.losses", "ganlab.checks.ladder"} <= EDGES.keys()
    assert "ganlab.checks.ladder" in EDGES["ganlab.checks.lesson_00"]


def test_no_import_goes_in_a_circle():
    assert circle(EDGES) == []


def test_no_import_goes_up():
    assert upward(EDGES) == []


@pytest.mark.parametrize("name", sorted(name for name in EDGES if name.startswith("ganlab.models.")))
def test_model_files_share_code_only_through_layers(name):
    blocks = {"ganlab.layers", "ganlab.subpixel", "ganlab.resampling"}  # the ground floor's files of blocks
    assert EDGES[name] <= blocks, "and take feature networks as arguments"


def test_there_is_no_drawer_for_everything():
    names = {path.stem for path in (ROOT / "ganlab").rglob("*.py")}
    assert names & {"utils", "util", "helpers", "misc", "common"} == set()


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
    edges = package(
        tmp_path, models__new="from ..checks.lesson_09 import x", checks__lesson_09="from . import ladder"
    )
    assert upward(edges) == ["ganlab.models.new (floor 1) imports ganlab.checks.lesson_09 (floor 3)"]


def test_a_helper_stands_where_its_imports_are(tmp_path):
    edges = package(tmp_path, part="from ganlab import plotting", plotting="", data="from ganlab import part")
    assert upward(edges) == ["ganlab.data (floor 1) imports ganlab.part (floor 2)"]


def test_a_circle_is_found(tmp_path):
    edges = package(
        tmp_path, losses="from . import metrics", metrics="from . import images", images="import ganlab.losses"
    )
    assert {"ganlab.losses", "ganlab.metrics", "ganlab.images"} <= set(circle(edges))
