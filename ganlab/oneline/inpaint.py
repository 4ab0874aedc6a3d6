"""``ganlab.inpaint``: fill what is missing in a picture, in one line."""

from __future__ import annotations

from functools import cache
from typing import Any

from PIL import Image
from torch import nn

from ganlab.filling import fill_picture
from ganlab.images import PictureError
from ganlab.models.context_encoder import ContextEncoder
from ganlab.pretrained import load_pretrained, pretrained_names


def inpaint(picture: Image.Image, mask: Any, *, model: str = "context-encoder-photos128") -> Image.Image:
    """Fill the holes of a picture with a shipped Context Encoder.

    Parameters
    ----------
    picture : PIL.Image.Image
        Of any size.
    mask : PIL.Image.Image, ndarray or Tensor
        Of the same size: white (or True, or 1) where a pixel is missing.
    model : str
        ``"context-encoder-photos128"`` for photographs, ``"context-encoder-faces64"`` for the course's faces.

    Returns
    -------
    PIL.Image.Image
        Of the same size and mode; pixels outside the holes are untouched.

    Raises
    ------
    PictureError
        If picture or mask is not as described.
    ValueError
        If there is no such model, or it fills nothing.
    """
    if not isinstance(picture, Image.Image):
        raise PictureError(f"inpaint: expected a PIL picture, got {type(picture).__name__}")
    return fill_picture(_network(model), picture, mask)


@cache
def _network(model: str) -> nn.Module:
    network = load_pretrained(model)
    if not isinstance(network, ContextEncoder):
        fitting = [name for name in pretrained_names() if name.startswith("context-encoder")]
        raise ValueError(f"inpaint: {model!r} fills no holes; there are {', '.join(fitting)}")
    return network
