"""Outputs fit to be kept: clean, small, described."""

import base64
import io
from pathlib import Path

import numpy as np
from PIL import Image

from tools.lessons.outputs import clean_outputs, oversized_images, smaller_png


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
