"""The weights that come with the package: ``ganlab/weights/NAME.safetensors`` and its card ``NAME.json``.

A card says what the weights are, how they were made and how good they were measured to be; it carries the file's
SHA-256, checked at every load. Both files are written by ``tools/train_weights.py NAME``.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

WEIGHTS = Path(__file__).parent / "weights"
# What every card must say; tests/test_shipped.py holds the shipped ones to it.
CARD_KEYS = ("name", "title", "model", "config", "data", "budget", "seed", "command", "measured", "licence", "sha256")


def shipped_names() -> list[str]:
    """Names of all shipped weights, sorted."""
    return sorted(path.stem for path in WEIGHTS.glob("*.json"))


def shipped_card(name: str) -> dict[str, Any]:
    """The model card of shipped weights.

    Raises
    ------
    ValueError
        If there are no weights of that name; the message lists those there are.
    """
    names = shipped_names()
    if name not in names:
        near = difflib.get_close_matches(str(name), names, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ValueError(f"no weights called {name!r} are shipped; {hint}there are: {', '.join(names) or 'none'}")
    card: dict[str, Any] = json.loads((WEIGHTS / f"{name}.json").read_text(encoding="utf-8"))
    return card


def shipped_tensors(name: str) -> dict[str, Tensor]:
    """The tensors of shipped weights by name, on the CPU, after checking the file against its card.

    Raises
    ------
    ValueError
        If the name is unknown, or the file is missing, altered or truncated.
    """
    card = shipped_card(name)
    path = WEIGHTS / f"{name}.safetensors"
    try:
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        if digest != card["sha256"]:
            raise ValueError(
                f"{path.name}: expected SHA-256 {card['sha256'][:12]}..., got {digest[:12]}...; the file was altered "
                "or cut short, so install ganlab again"
            )
        return load(content)
    except FileNotFoundError as error:
        raise ValueError(f"{path.name} is missing from the package, so install ganlab again") from error
    except SafetensorError as error:  # only for a file that its card vouches for and that is still no safetensors
        raise ValueError(f"{path.name} is not a safetensors file ({error}), so install ganlab again") from error
