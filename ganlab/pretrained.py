"""The weights that come with the package: ``ganlab/weights/NAME.safetensors`` and its card ``NAME.json``.

A card says what the weights are, how they were made and how good they were measured to be; it carries the file's
SHA-256, checked at every load. Both files are written by ``make weights NAME=...``.

Nothing here knows which models there are: a card names its class, and adding the two files of new weights is all it
takes to make them loadable.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import re
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn

from ganlab.runtime import there_are

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
        raise ValueError(f"no weights called {name!r} are shipped; {there_are(name, names)}")
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


def pretrained_names() -> list[str]:
    """Names that :func:`load_pretrained` knows, sorted."""
    return [name for name in shipped_names() if shipped_card(name)["model"] is not None]


def load_pretrained(name: str, *, device: torch.device | str = "cpu") -> nn.Module:
    """A shipped model, in eval mode and without gradients, with its settings as ``model.config``.

    Parameters
    ----------
    name : str
        For example ``"dcgan-faces64"``; :func:`pretrained_names` lists them.
    device : device or str
        Where to put it.

    Raises
    ------
    ValueError
        If there is no such model, its file was altered, or file and code do not belong together.
    """
    card = shipped_card(name)
    if card["model"] is None:
        raise ValueError(f"{name!r} is no model of its own; load_pretrained knows {', '.join(pretrained_names())}")
    # "dcgan.networks.Generator with DCGANConfig": only classes of ganlab are ever named, never arbitrary code.
    match = re.fullmatch(r"(\w+\.\w+)\.(\w+) with (\w+)", card["model"])
    if match is None:
        raise ValueError(f"the card of {name!r} names its model as {card['model']!r}, which ganlab cannot read")
    networks = importlib.import_module(f"ganlab.{match[1]}")
    model: nn.Module = getattr(networks, match[2])(getattr(networks, match[3])(**card["config"]))
    try:
        model.load_state_dict(shipped_tensors(name))
    except RuntimeError as error:
        raise ValueError(f"the weights {name!r} do not fit this code, so install ganlab again") from error
    return model.to(device).eval().requires_grad_(False)
