"""Load the models that come with the package.

Nothing here knows which models there are: a card in ``ganlab/weights/`` names its class, and adding the two files
of new weights is all it takes to make them loadable.
"""

from __future__ import annotations

import importlib
import re

import torch
from torch import nn

from ganlab.shipped import shipped_card, shipped_names, shipped_tensors


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
    # "dcgan.Generator with DCGANConfig": only classes of ganlab.models are ever named, never arbitrary code.
    match = re.fullmatch(r"(\w+)\.(\w+) with (\w+)", card["model"])
    if match is None:
        raise ValueError(f"the card of {name!r} names its model as {card['model']!r}, which ganlab cannot read")
    family = importlib.import_module(f"ganlab.models.{match[1]}")
    model: nn.Module = getattr(family, match[2])(getattr(family, match[3])(**card["config"]))
    try:
        model.load_state_dict(shipped_tensors(name))
    except RuntimeError as error:
        raise ValueError(f"the weights {name!r} do not fit this code, so install ganlab again") from error
    return model.to(device).eval().requires_grad_(False)
