"""The widgets by their names, and what a page without a kernel shows of each."""

import ast
import base64
import io
from pathlib import Path

import pytest
from PIL import Image

import ganlab
from ganlab import widgets
from ganlab.dcgan.networks import DCGANConfig, Generator
from ganlab.widgets.kit.show import WIDGET_VIEW, mimebundle

ROOT = Path(ganlab.__file__).parent
FAMILIES = [path.parent for path in sorted(ROOT.glob("*/widget"))]


def test_widgets_are_found_by_their_names():
    assert dir(widgets) == sorted([*widgets.WIDGETS, "show"])
    for name, module in widgets.WIDGETS.items():
        assert getattr(widgets, name).__module__ == module
    with pytest.raises(AttributeError, match="ganlab.widgets has no 'Playgruond'; it has .*Playground"):
        _ = widgets.Playgruond


def test_every_room_with_a_widget_is_in_the_dictionary():
    assert {f"ganlab.{family.name}.widget.studio" for family in FAMILIES} == set(widgets.WIDGETS.values())


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_no_widget_takes_from_anothers_room(family):
    others = {other.name for other in FAMILIES} - {family.name}
    for path in (family / "widget").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            named += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in named:
                assert name.split(".")[1:2] not in [[other] for other in others], f"{path}: {name}"
        for other in others:
            assert f'"{other}/' not in path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize("make", [
    lambda: widgets.Playground(seed=1),
    lambda: widgets.LatentExplorer(Generator(DCGANConfig(size=16, base_channels=4, latent_dim=10))),
], ids=["Playground", "LatentExplorer"])  # fmt: skip
def test_one_output_serves_pages_with_and_without_a_kernel(make, capsys):
    widget = make()
    bundle = mimebundle(widget)
    assert bundle[WIDGET_VIEW]["model_id"] == widget.model_id
    picture = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"])))
    assert len(set(picture.convert("L").tobytes())) > 2
    assert bundle["text/plain"] == widget.alt_text
    widgets.show(widget)
    assert widget.alt_text in capsys.readouterr().out
