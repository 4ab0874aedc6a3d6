"""What a lesson depends on, found without running it; and outputs fit to be kept."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tools.lessons.digest import dependencies, lesson_digest, significant
from tools.lessons.outputs import clean_outputs, oversized_images, smaller_png


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


def test_outputs_are_cleaned():
    home = str(Path.home())
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": "a\n"},
        {
            "output_type": "stream",
            "name": "stderr",
            "text": " 50%|█████     | 1/2 [00:01<00:01, 1.0it/s]\rUserWarning: x\n",
        },
        {"output_type": "stream", "name": "stdout", "text": f"\x1b[31mb\x1b[0m {home}/c\r\n"},
        {"output_type": "stream", "name": "stdout", "text": " \n"},
        {"output_type": "display_data", "data": {"image/png": "AAAA", "text/plain": "<Figure>"}, "metadata": {}},
    ]
    kept, noise = clean_outputs(outputs, Path("/nowhere"))
    assert kept[0]["text"] == "a\nb ~/c\n \n"
    assert kept[1] == outputs[-1]
    assert noise == ["UserWarning: x"]
    assert clean_outputs([{"output_type": "stream", "name": "stdout", "text": "\n"}], Path("/nowhere")) == ([], [])
    assert clean_outputs([{"output_type": "error", "ename": "E"}], Path("/nowhere"))[0] == [
        {"output_type": "error", "ename": "E"}
    ]
    assert oversized_images([{"data": {"image/png": "A" * 800_000, "text/plain": "A" * 800_000}}]) == [600_000]


def test_large_pictures_are_kept_with_a_palette_and_small_ones_as_they_are():
    def encoded(size):
        values = np.random.default_rng(0).integers(0, 256, (size // 8, size // 8, 3)).astype(np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(values).resize((size, size)).save(buffer, "PNG")
        return base64.b64encode(buffer.getvalue()).decode()

    large, small = encoded(400), encoded(24)
    assert smaller_png(small) == small
    kept = smaller_png(large)
    assert len(kept) < len(large) / 2
    before, after = (
        np.asarray(Image.open(io.BytesIO(base64.b64decode(p))).convert("RGB"), float) for p in (large, kept)
    )
    assert np.abs(before - after).mean() < 12
    assert smaller_png("A" * 80_000) == "A" * 80_000


def test_brushwork_is_kept_as_jpeg_with_its_description_and_drawings_as_png():
    def png(values):
        buffer = io.BytesIO()
        Image.fromarray(values).save(buffer, "PNG")
        return base64.b64encode(buffer.getvalue()).decode()

    random = np.random.default_rng(0)
    rough = random.integers(40, 216, (90, 90, 1)).repeat(6, 0).repeat(6, 1) + random.normal(0, 12, (540, 540, 3))
    drawing = np.full((900, 900, 3), 255, np.uint8)
    drawing[::30], drawing[:, ::30] = 0, 0
    outputs = [
        {"output_type": "display_data", "data": {"image/png": png(values)}, "metadata": {"image/png": {"alt": "A"}}}
        for values in (rough.clip(0, 255).astype(np.uint8), drawing)
    ]
    (painted, drawn), _ = clean_outputs(outputs, Path("/nowhere"))
    assert list(painted["data"]) == ["image/jpeg"]
    assert painted["metadata"] == {"image/jpeg": {"alt": "A"}}
    assert len(painted["data"]["image/jpeg"]) < 0.85 * len(smaller_png(outputs[0]["data"]["image/png"]))
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(painted["data"]["image/jpeg"]))), float)
    assert np.abs(shown - rough.clip(0, 255)).mean() < 12
    assert list(drawn["data"]) == ["image/png"]
    assert drawn["metadata"] == {"image/png": {"alt": "A"}}
