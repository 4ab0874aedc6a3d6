"""What anybody may type by mistake, in every public function: one clear sentence, or it works.

A table of functions with one good call each, and for each argument what kind of thing it is; then wrong things of all
sorts are put in its place.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import ganlab
from ganlab import data, images, latent, resampling, runtime
from ganlab.data import paintings, toy
from ganlab.dcgan.networks import DCGANConfig, Generator
from ganlab.inpainting import damage, masks
from ganlab.metrics import fidelity

PICTURE = Image.new("RGB", (16, 16), "orange")
FACES = torch.zeros(2, 3, 16, 16)
GENERATOR = Generator(DCGANConfig(size=8, base_channels=2, latent_dim=4))
# Name -> (function, good arguments, what is wrong for each argument that is tried).
INTEGERS, NUMBERS, SEEDS = "integer", "number", "seed"
CALLS: dict[str, tuple[Callable[..., Any], dict[str, Any], dict[str, str]]] = {
    "setup": (ganlab.setup, {"seed": 0}, {"seed": SEEDS}),
    "generate": (ganlab.generate, {"n": 1, "seed": 0}, {"n": INTEGERS, "seed": SEEDS}),
    "faces": (data.faces, {"n": 2, "size": 8, "seed": 0}, {"n": INTEGERS, "size": INTEGERS, "seed": SEEDS}),
    "styles": (
        paintings.paint_style, {"name": "mosaic", "size": 16, "seed": 0}, {"size": INTEGERS, "seed": SEEDS},
    ),
    "ring": (toy.ring, {"n": 4, "modes": 3}, {"n": INTEGERS, "modes": INTEGERS, "std": NUMBERS, "radius": NUMBERS}),
    "spiral": (toy.spiral, {"n": 4}, {"n": INTEGERS, "turns": NUMBERS, "std": NUMBERS}),
    "centre_masks": (masks.centre_masks, {"n": 2, "size": 8}, {"n": INTEGERS, "size": INTEGERS}),
    "brush_masks": (masks.brush_masks, {"n": 1, "size": 8}, {"n": INTEGERS, "size": INTEGERS}),
    "corrupt": (
        damage.corrupt, {"pictures": FACES, "kind": "noise", "seed": 0, "amount": 1.0}, {"seed": SEEDS, "amount": NUMBERS},
    ),
    "downscale": (resampling.downscale, {"pictures": FACES, "scale": 4}, {"scale": INTEGERS}),
    "upscale": (resampling.upscale, {"pictures": FACES, "scale": 2}, {"scale": INTEGERS}),
    "psnr_y": (fidelity.psnr_y, {"pictures": FACES, "truth": FACES, "shave": 2}, {"shave": INTEGERS}),
    "principal_directions": (latent.principal_directions, {"generator": GENERATOR, "count": 2}, {"count": INTEGERS}),
    "nearest_neighbours": (
        latent.nearest_neighbours, {"pictures": FACES, "reference": FACES, "k": 1}, {"k": INTEGERS},
    ),
    "stylize": (ganlab.stylize, {"content": PICTURE, "style": "mosaic", "alpha": 0.5}, {"alpha": NUMBERS}),
}  # fmt: skip
WRONG = {
    INTEGERS: ["2", b"2", None, True, math.nan, math.inf, 2.5, [2], -1, 10**30, torch.ones(2), np.float32(2), "\x1b[31m"],
    SEEDS: ["2", b"2", True, math.nan, 2.5, [2], 10**30, -(10**30), torch.ones(2), "\x1b[31m"],
    NUMBERS: ["2", b"2", None, True, math.nan, math.inf, -math.inf, [2.0], torch.ones(2), 10**400, "\x1b[31m", 1j],
}  # fmt: skip
ALIKE = {
    INTEGERS: [np.int64, np.uint8, np.array, torch.tensor],
    SEEDS: [np.int64, np.array, torch.tensor],
    NUMBERS: [np.float32, np.float64, np.array, torch.tensor],
}
CASES = [(name, argument, kind) for name, (_, _, kinds) in CALLS.items() for argument, kind in kinds.items()]


@pytest.mark.parametrize(("name", "argument", "kind"), CASES)
def test_a_wrong_value_is_one_clear_sentence(name: str, argument: str, kind: str) -> None:
    """Expected, came: the argument is named, nothing steers a terminal, and it says so at once."""
    function, good, _ = CALLS[name]
    for wrong in WRONG[kind]:
        with pytest.raises((TypeError, ValueError)) as refused:
            function(**{**good, argument: wrong})
        said = str(refused.value)
        assert "expected" in said, (wrong, said)
        assert argument in said, (wrong, said)
        assert said.isprintable(), wrong
        assert len(said) < 300, (wrong, said)
        assert said.startswith(f"{argument}:") or f"{argument}: " in said, (wrong, said)


@pytest.mark.parametrize(
    ("name", "argument", "kind"), [case for case in CASES if case[0] not in ("stylize", "generate")]
)
def test_numbers_of_numpy_and_torch_are_numbers(name: str, argument: str, kind: str) -> None:
    function, good, _ = CALLS[name]
    value = good.get(argument, 1)
    for make in ALIKE[kind]:
        torch.manual_seed(0)
        wanted = function(**{**good, argument: value})
        torch.manual_seed(0)
        found = function(**{**good, argument: make(value)})
        wanted, found = (getattr(each, "images", getattr(each, "pictures", each)) for each in (wanted, found))
        if isinstance(wanted, torch.Tensor):
            assert torch.equal(wanted, found), make
        elif isinstance(wanted, float | runtime.Lab):
            assert wanted == found, make


@pytest.mark.parametrize("limit", ["2", True, 0, -1, 1.5])
def test_a_limit_of_a_folder(limit: Any, tmp_path) -> None:
    PICTURE.save(tmp_path / "a.png")
    with pytest.raises((TypeError, ValueError), match="folder: limit: expected"):
        data.folder(tmp_path, limit=limit)


@pytest.mark.parametrize("size", ["64", 10**9, None, 2.0])
def test_a_size_of_a_folder(size: Any, tmp_path) -> None:
    PICTURE.save(tmp_path / "a.png")
    with pytest.raises((TypeError, ValueError), match="folder: size: expected"):
        data.folder(tmp_path, size=size)


@pytest.mark.parametrize("path", ["", None, 3, b""])
def test_a_path_of_a_folder(path: Any) -> None:
    with pytest.raises(TypeError, match="folder: expected the path of a folder of pictures, got"):
        data.folder(path)


def test_a_style_that_is_a_file_name_says_how_to_open_it() -> None:
    with pytest.raises(images.PictureError, match=r"got the name of a file, 'painting.jpg'; open it with"):
        ganlab.stylize(PICTURE, "painting.jpg")


def test_what_was_given_is_shown_on_one_line_whatever_it_is() -> None:
    class Odd:
        def __repr__(self) -> str:
            raise RuntimeError

    assert runtime.said(Odd()) == "Odd"
    assert runtime.said(torch.ones(2, 3)) == "Tensor of shape (2, 3)"
    assert len(runtime.said("x" * 10_000)) < 80
    assert runtime.said("a\nb\x1b[2J").isprintable()
