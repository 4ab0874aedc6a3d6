"""Page sides that are written in parts."""

from __future__ import annotations

from pathlib import Path


def page_script(*names: str) -> str:
    """Join files beside this one into the one module that a widget sends to the page: it may not import others."""
    folder = Path(__file__).parent
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)
