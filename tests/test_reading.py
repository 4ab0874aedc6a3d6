"""Reading without running: the committed notebooks show every widget as a picture, with a sentence that says what it shows."""

import ast
import base64
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PICTURES = ("image/png", "image/jpeg")
# One widget a lesson is built by hand, from plain sliders, so that a beginner sees how; the text above it says what
# a reader without a kernel gets to see.
BY_HAND = re.compile(r"\bipywidgets\.\w+\(")


def cells(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def shown() -> Iterator[Any]:
    """(notebook, code of the call, its cell) of every `widgets.show(...)` of the committed notebooks."""
    for path in NOTEBOOKS:
        for cell in cells(path):
            source = "".join(cell["source"])
            if cell["cell_type"] == "code" and "widgets.show(" in source:
                plain = re.sub(r"^\s*[%!].*$", "pass", source, flags=re.M)
                for node in ast.walk(ast.parse(plain)):
                    if isinstance(node, ast.Call) and ast.unparse(node.func) == "widgets.show":
                        yield pytest.param(cell, id=f"{path.stem[:2]}-{ast.unparse(node)[:40]}")


WIDGETS = list(shown())
each_widget = pytest.mark.parametrize("cell", WIDGETS)


def picture_of(cell: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The kind of the picture and the output that holds it; the widget's is the only one that has words with it."""
    found = [
        (kind, output)
        for output in cell["outputs"]
        for kind in PICTURES
        if kind in output.get("data", {}) and output.get("metadata", {}).get(kind, {}).get("alt")
    ]
    assert len(found) == 1, "one widget, one picture with words"
    return found[0]


def test_lessons_one_to_five_have_their_widget():
    assert {parameter.id[:2] for parameter in WIDGETS} >= {"01", "02", "03", "04", "05"}


@each_widget
def test_a_widget_has_a_picture_that_can_be_looked_at(cell):
    kind, output = picture_of(cell)
    with Image.open(io.BytesIO(base64.b64decode(output["data"][kind]))) as picture:
        assert picture.width >= 400
        assert picture.height >= 150
        assert len(picture.convert("RGB").getcolors(2**24)) >= 100, "an empty page"


@each_widget
def test_a_widget_has_a_sentence_that_says_what_it_shows(cell):
    kind, output = picture_of(cell)
    alternative = output["metadata"][kind]["alt"]
    assert "".join(output["data"]["text/plain"]) == alternative, "the same for those who see no picture at all"
    assert re.match(r"[A-Z][a-z-]+( [a-z]+)?: .{60,}\.$", alternative), "a name, and a sentence"
    assert not re.search(r"0x|<|\bobject\b|\n", alternative)


def test_plain_sliders_have_still_pictures_and_the_text_says_so():
    found = 0
    for path in NOTEBOOKS:
        before = ""
        for cell in cells(path):
            source = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                before = source
            elif BY_HAND.search(source):
                found += 1
                assert [kind for output in cell["outputs"] for kind in output.get("data", {}) if kind in PICTURES]
                assert re.search(r"without a (running )?kernel.* still pictures", before, re.S), before
    assert found >= 1


def test_no_output_needs_a_running_kernel_or_script():
    """What is left of an output is for every reader: no live view, and no page with a script in it."""
    live = [
        (path.name, kind)
        for path in NOTEBOOKS
        for cell in cells(path)
        for output in cell.get("outputs", [])
        for kind, value in output.get("data", {}).items()
        if "widget" in kind or "javascript" in kind or (kind == "text/html" and "<script" in "".join(value))
    ]
    assert live == []
