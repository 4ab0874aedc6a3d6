"""What the course's code asks of IPython and ipywidgets, and what Colab's old versions of them have.

Running every lesson on Colab's versions needs a whole environment and minutes (``tests/test_colab.py``). A keyword
that IPython 7.34 does not know can be found by reading the code: the table says what is known there, the look at the
code what is used, and the tests on the stand-in compare the table with the packages themselves.
"""

import ast
from pathlib import Path

# A name that the course may take from these packages, and the keywords that it may be called with.
KNOWN = {
    "IPython.get_ipython": set(),
    "IPython.display.display": {"include", "exclude", "metadata", "transient", "display_id", "raw"},
    "IPython.display.Image": {
        "data", "url", "filename", "format", "embed", "width", "height", "retina", "unconfined", "metadata",
    },
    "ipywidgets.Button": {"button_style", "description", "disabled", "icon", "layout", "style", "tooltip"},
    "ipywidgets.FloatSlider": {
        "continuous_update", "description", "disabled", "layout", "max", "min", "orientation", "readout",
        "readout_format", "step", "style", "value",
    },
    "ipywidgets.HBox": {"box_style", "children", "layout"},
    "ipywidgets.VBox": {"box_style", "children", "layout"},
    "ipywidgets.HTML": {"description", "layout", "placeholder", "style", "value"},
}  # fmt: skip

# Run in an environment: which of the table's names and keywords it lacks. ``raw`` goes through display's **kwargs.
LACKING = """\
import importlib, inspect
for name, keywords in {known}.items():
    module, _, attribute = name.rpartition(".")
    thing = getattr(importlib.import_module(module), attribute, None)
    if thing is None:
        print(name)
        continue
    has = set(thing.class_trait_names()) if hasattr(thing, "class_trait_names") else set(inspect.signature(thing).parameters)
    for one in sorted(keywords - has - {{"raw"}}):
        print(f"{{name}}({{one}}=)")
"""


def used(source: str) -> dict[str, set[str]]:
    """Every name of IPython or ipywidgets in Python code, with the keywords that it is called with."""
    tree = ast.parse(source)
    local: dict[str, str] = {}
    found: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("IPython", "ipywidgets"):
            for alias in node.names:
                local[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] in ("IPython", "ipywidgets"):
                    local[alias.asname or alias.name.split(".")[0]] = (
                        alias.name if alias.asname else alias.name.split(".")[0]
                    )

    def full(node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            return local.get(node.id, "")
        inner = full(node.value) if isinstance(node, ast.Attribute) else ""
        return f"{inner}.{node.attr}" if inner else ""

    packages = {"IPython", "ipywidgets", "IPython.display"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and (name := full(node)) and name not in packages:
            found.setdefault(name, set())
        if isinstance(node, ast.Call) and (name := full(node.func)):
            found.setdefault(name, set()).update(str(keyword.arg) for keyword in node.keywords)
    return found


def code_of_the_course(root: Path) -> list[Path]:
    """What a learner's notebook runs: the package and the lessons."""
    package = list((root / "ganlab").rglob("*.py"))
    return [*package, *(root / "lessons").glob("*.py")]
