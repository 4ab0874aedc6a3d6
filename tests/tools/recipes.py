"""What the tests of the recipes share: a recipe followed for a few steps, and its weights loaded as a reader would."""

import json
from pathlib import Path
from typing import Any

import pytest

from ganlab import pretrained
from tools import weights


def follow(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Follow a recipe for a few steps below ``folder``; the model card that it wrote.

    What it wrote is loaded again: the card names the class, and the tensors fit it.
    """
    weights.main([name, "--smoke", "--device", "cpu"], root=folder)
    run = folder / "runs" / "smoke" / name
    card: dict[str, Any] = json.loads((run / f"{name}.json").read_text(encoding="utf-8"))
    shipped = pretrained.shipped_card(name)
    assert {key: card[key] for key in ("model", "title", "command", "licence", "seed")} == {
        key: shipped[key] for key in ("model", "title", "command", "licence", "seed")
    }
    monkeypatch.setattr(pretrained, "WEIGHTS", run)
    assert pretrained.shipped_tensors(name)
    if card["model"] is not None:
        pretrained.load_pretrained(name)
    return card
