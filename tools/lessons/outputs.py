"""Outputs fit to be kept in a repository: no widget state, no progress noise, nothing of one machine, not too big."""

import base64
import io
import re
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

MAX_NOTEBOOK = 1_500_000
MAX_IMAGE = 400_000
SMALL_IMAGE = 40_000  # not worth a second look
WIDEST_JPEG = 780  # pixels: as wide as a notebook's text is shown
LARGE_PNG = 70_000  # even with a palette: what noise and brushwork come to
WIDGETS = ("application/vnd.jupyter.widget-view+json", "application/vnd.jupyter.widget-state+json")
PROGRESS = re.compile(r"\d+%\||\d+(\.\d+)?\s*(it|s|images?|img|step)s?/(s|it)\b|\d+/\d+ \[|^\s*$", re.I)
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def clean_outputs(outputs: list[dict[str, Any]], root: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """The outputs to keep, and the lines of stderr that were no progress bar: somebody should look at those."""
    kept: list[dict[str, Any]] = []
    noise: list[str] = []
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream" and output["name"] == "stderr":
            noise += [line for line in final_lines(output["text"], root) if not PROGRESS.search(line)]
        elif kind == "stream":
            text = "\n".join(final_lines(output["text"], root))
            if kept and kept[-1]["output_type"] == "stream":
                kept[-1]["text"] += text
            elif text.strip():
                kept.append({"output_type": "stream", "name": "stdout", "text": text})
        elif kind in ("display_data", "execute_result"):
            data = {mime: _portable(value, root) for mime, value in output["data"].items() if mime not in WIDGETS}
            was_widget = len(data) < len(output["data"])
            if was_widget and not any(mime != "text/plain" for mime in data):
                continue  # a widget's bare name says nothing to a reader without a kernel
            if isinstance(data.get("image/png"), str):
                data["image/png"] = smaller_png(data["image/png"])
                jpeg = as_jpeg(data["image/png"], output["data"]["image/png"])
                if jpeg is not None:
                    renamed = {"image/png": "image/jpeg"}
                    data = {renamed.get(mime, mime): value for mime, value in data.items()} | {"image/jpeg": jpeg}
                    metadata = {renamed.get(mime, mime): value for mime, value in output["metadata"].items()}
                    output = {**output, "metadata": metadata}  # alternative text goes along
            kept.append({**output, "data": data})
        else:
            kept.append(dict(output))
    return kept, noise


def smaller_png(encoded: str) -> str:
    """A PNG in base64 with a palette of 256 colours, a third of the size: rows of pictures are most of a notebook."""
    content = base64.b64decode(encoded)
    if len(content) <= SMALL_IMAGE:
        return encoded
    try:
        picture = Image.open(io.BytesIO(content)).convert("RGB")
    except UnidentifiedImageError:  # whatever it is, it is kept as it came
        return encoded
    buffer = io.BytesIO()
    palette = picture.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    palette.save(buffer, "PNG", optimize=True)
    return encoded if buffer.tell() >= len(content) else base64.b64encode(buffer.getvalue()).decode("ascii")


def as_jpeg(png: str, original: str) -> str | None:
    """The picture as a JPEG in base64, where the PNG is large and this clearly smaller: textures and brushwork."""
    if len(png) * 3 // 4 <= LARGE_PNG:
        return None
    try:
        picture = Image.open(io.BytesIO(base64.b64decode(original))).convert("RGB")
    except UnidentifiedImageError:
        return None
    picture.thumbnail((WIDEST_JPEG, 2 * WIDEST_JPEG), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=68, optimize=True)
    encoded = base64.b64encode(buffer.getvalue()).decode("ascii")
    return encoded if len(encoded) <= 0.85 * len(png) else None


def final_lines(text: str, root: Path) -> list[str]:
    """What a terminal would show at the end: a carriage return starts its line again."""
    return [line.rstrip("\r").rpartition("\r")[2] for line in _portable(ANSI.sub("", text), root).split("\n")]


def _portable(value: Any, root: Path) -> Any:
    if not isinstance(value, str):
        return value
    for place, name in ((str(root), "ganlab-course"), (str(Path.home()), "~")):
        if len(place) > 1:
            value = value.replace(f"{place}/", f"{name}/")
    return ADDRESS.sub("at 0x…", value)


def oversized_images(outputs: list[dict[str, Any]]) -> list[int]:
    """Bytes of each image above the limit."""
    sizes = [
        len(value) * 3 // 4
        for output in outputs
        for mime, value in output.get("data", {}).items()
        if mime.startswith("image/") and isinstance(value, str)
    ]
    return [size for size in sizes if size > MAX_IMAGE]
