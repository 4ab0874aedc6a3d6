"""Train any weights the package ships again, from nothing: ``python -m tools.weights dcgan-faces64``.

The run is seeded and resumable: interrupt it, give the same command again, and it goes on where its last
checkpoint stands (in ``runs/weights/NAME``; delete that folder to start over). At the end it measures the result
and writes ``ganlab/weights/NAME.safetensors`` with its model card ``NAME.json``.

How a network was trained stands in its family, for example in ``ganlab/dcgan/recipe.py``; each of these files has a
dictionary ``RECIPES`` of name -> function.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

import ganlab
from ganlab.pretrained import CARD_KEYS, WEIGHTS
from ganlab.runtime import Lab

ROOT = Path(__file__).resolve().parents[1]
# Name of the weights -> the module that says how they were trained.
RECIPES = {
    "dcgan-faces32": "ganlab.dcgan.recipe",
    "dcgan-faces64": "ganlab.dcgan.recipe",
    "context-encoder-faces64": "ganlab.inpainting.recipe",
    "context-encoder-photos128": "ganlab.inpainting.recipe",
    "adain-small": "ganlab.style.recipe",
    "srresnet-x4": "ganlab.superres.recipe",
    "srgan-x4": "ganlab.superres.recipe",
    "face-features": "ganlab.features.recipe",
    "style-features": "ganlab.features.recipe",
    "style-judge": "ganlab.features.recipe",
}
# Folder of the run, device and profile in; tensors by name and the model card out.
Recipe = Callable[[Path, Lab], tuple[dict[str, Tensor], dict[str, Any]]]


def recipe(name: str) -> Recipe:
    """The function that trains the weights of this name."""
    found: Recipe = importlib.import_module(RECIPES[name]).RECIPES[name]
    return found


def write_shipped(name: str, tensors: dict[str, Tensor], card: dict[str, Any], folder: Path = WEIGHTS) -> Path:
    """Write weights and card; the card gets the file's digest and size, and must be complete."""
    content = save({key: value.detach().contiguous().cpu() for key, value in tensors.items()})
    card = {"name": name, **card, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    missing = [key for key in CARD_KEYS if key not in card]
    if missing:
        raise ValueError(f"the card of {name} lacks {', '.join(missing)}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.safetensors").write_bytes(content)
    (folder / f"{name}.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return folder / f"{name}.safetensors"


def main(arguments: list[str] | None = None, *, root: Path = ROOT) -> None:
    """Follow one recipe; its run lies below ``root``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=sorted(RECIPES))
    parser.add_argument("--device", help="cpu or cuda (default: cuda where there is one)")
    parser.add_argument("--threads", type=int, help="CPU threads (default: all cores)")
    parser.add_argument("--smoke", action="store_true", help="a few steps only, into runs/, to see that it works")
    options = parser.parse_args(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    lab = ganlab.setup(seed=0, device=options.device, profile="smoke" if options.smoke else None)
    run = root / "runs" / ("smoke" if options.smoke else "weights") / options.name
    run.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    tensors, card = recipe(options.name)(run, lab)
    card["command"] = f"python -m tools.weights {options.name}"
    path = write_shipped(options.name, tensors, card, run if options.smoke else WEIGHTS)
    print(f"{path.relative_to(root)}: {path.stat().st_size / 1e6:.1f} MB after {time.perf_counter() - started:.0f} s")
    print(json.dumps(card["measured"], indent=2))


if __name__ == "__main__":
    main()
