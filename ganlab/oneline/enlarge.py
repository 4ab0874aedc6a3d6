"""``ganlab.enlarge``: make a picture four times larger, in one line."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import torch

from ganlab.enlarging_pictures import enlarge_picture
from ganlab.models.srgan import MultiStageGenerator, SRResNet
from ganlab.pretrained import load_pretrained

if TYPE_CHECKING:
    from PIL import Image


def enlarge(picture: Image.Image, model: str = "srresnet-x4", *, progress: bool = False) -> Image.Image:
    """Enlarge a picture with a shipped super-resolution network.

    Parameters
    ----------
    picture : PIL.Image.Image
        Of any size: a large one is enlarged in tiles that fit together. A camera's rotation (EXIF) is applied.
    model : str
        The shipped network.
    progress : bool
        Show a bar that counts tiles.

    Returns
    -------
    PIL.Image.Image
        As many times as large as the network enlarges, of the picture's mode (L, RGB, RGBA with its transparency,
        I;16; others as RGB, or as RGBA if they have transparency).

    Raises
    ------
    PictureError
        If it is no picture that can be used, or the result would have more than 200 million pixels.
    ValueError
        If there is no such model, or it enlarges nothing.
    """
    network = _network(model)
    if not progress:
        return enlarge_picture(network, picture)
    from tqdm.auto import tqdm

    with tqdm(desc="enlarging", unit="tile") as bar:

        def show(done: int, total: int) -> None:
            if bar.total != total:
                bar.reset(total)  # how many there are is known with the first
            bar.update(done - bar.n)

        return enlarge_picture(network, picture, progress=show)


@cache
def _network(model: str) -> SRResNet | MultiStageGenerator:
    found = load_pretrained(model)
    if not isinstance(found, SRResNet | MultiStageGenerator):
        raise ValueError(f"enlarge: expected the weights of a super-resolution network, got {model!r}")
    return found.to(memory_format=torch.channels_last)
