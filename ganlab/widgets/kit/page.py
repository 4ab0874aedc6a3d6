"""A widget's page side is written in several files and sent as one: its module may import no other."""

from __future__ import annotations

from pathlib import Path

KIT = Path(__file__).parent


def joined(*files: str | Path) -> str:
    """The text of these files, one after the other: names are the kit's own files, paths are a widget's."""
    return "\n".join((KIT / file).read_text(encoding="utf-8") for file in files)
