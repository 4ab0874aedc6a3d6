"""``ganlab.generate``: pictures from a shipped generator, in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from ganlab.images import to_pil
from ganlab.pretrained import load_pretrained, pretrained_names
from ganlab.runtime import as_count, as_seed

if TYPE_CHECKING:
    from PIL import Image


@torch.no_grad()
def generate(n: int = 1, model: str = "dcgan-faces64", seed: int = 0) -> list[Image.Image]:
    """Draw ``n`` pictures from a shipped generator: the same ones for the same seed.

    The first pictures do not depend on how many follow: ``generate(3)`` begins like ``generate(8)``.

    Parameters
    ----------
    n : int
        How many, at least 1.
    model : str
        A shipped generator, such as ``"dcgan-faces64"`` or ``"dcgan-faces32"``.
    seed : int
        Of the latent vectors.

    Returns
    -------
    list of PIL.Image.Image
        RGB pictures of the model's size.

    Raises
    ------
    TypeError, ValueError
        If ``n`` is not a positive integer, ``seed`` no integer of 64 bits, the model unknown, or no generator.
    """
    count, start = as_count("generate: n", n), as_seed("generate: seed", seed)
    generator = load_pretrained(model)
    latent_dim = getattr(getattr(generator, "config", None), "latent_dim", None)
    if latent_dim is None:
        raise ValueError(f"generate: {model!r} does not start from a latent vector; shipped are {pretrained_names()}")
    random = torch.Generator().manual_seed(start)
    pictures = []
    for _ in range(0, count, 16):
        # Whole groups of 16, so that neither the numbers drawn nor the rounding depends on n.
        pictures += list(generator(torch.randn(16, latent_dim, generator=random)))
    return [to_pil(picture) for picture in pictures[:count]]
