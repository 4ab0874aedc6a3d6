"""Retrain any weights the package ships, from nothing: ``python tools/train_weights.py dcgan-faces64``.

The run is seeded and resumable: interrupt it, give the same command again, and it goes on where its last
checkpoint stands (in ``runs/weights/NAME``; delete that folder to start over). At the end it measures the result
and writes ``ganlab/weights/NAME.safetensors`` with its model card ``NAME.json``.

Recipes are the files in ``tools/recipes/``; each has a dictionary ``RECIPES`` of name -> function.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import save

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import ganlab  # noqa: E402
from ganlab.pretrained import CARD_KEYS, WEIGHTS  # noqa: E402


def find_recipes() -> dict[str, Callable]:
    """Collect ``RECIPES`` from every file in ``tools/recipes/``."""
    sys.path.insert(0, str(ROOT / "tools" / "recipes"))  # recipes may use one another's parts
    recipes: dict[str, Callable] = {}
    for path in sorted((ROOT / "tools" / "recipes").glob("*.py")):
        spec = importlib.util.spec_from_file_location(f"recipe_{path.stem}", path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # dataclasses look their module up
        spec.loader.exec_module(module)
        recipes |= module.RECIPES
    return recipes


def write_shipped(name: str, tensors: dict[str, torch.Tensor], card: dict, folder: Path = WEIGHTS) -> Path:
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


def main() -> None:
    """Run one recipe from the command line."""
    recipes = find_recipes()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=sorted(recipes))
    parser.add_argument("--device", help="cpu or cuda (default: cuda where there is one)")
    parser.add_argument("--threads", type=int, help="CPU threads (default: all cores)")
    parser.add_argument("--smoke", action="store_true", help="a few steps only, into runs/, to see that it works")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    lab = ganlab.setup(seed=0, device=options.device, profile="smoke" if options.smoke else None)
    run = ROOT / "runs" / ("smoke" if options.smoke else "weights") / options.name
    run.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    tensors, card = recipes[options.name](run, lab)
    card["command"] = f"python tools/train_weights.py {options.name}"
    path = write_shipped(options.name, tensors, card, run if options.smoke else WEIGHTS)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.1f} MB after {time.perf_counter() - started:.0f} s")
    print(json.dumps(card["measured"], indent=2))


if __name__ == "__main__":
    main()
