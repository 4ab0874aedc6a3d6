"""``ganlab.enlarge``: make a picture four times larger, in one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ganlab.images import PictureError, about, brightness, unpack, upright
from ganlab.pretrained import load_pretrained
from ganlab.superres.networks import MultiStageGenerator, SRResNet
from ganlab.superres.tiles import EnlargingStopped, Progress, Stop, visit_tiles


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
        As many times as large as the network enlarges, of the picture's mode, as the table of
        :func:`ganlab.images.unpack` says, with its transparency and its ICC profile.

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


# Of a result: 600 MB in memory, and hours on a CPU.
MAX_PIXELS = 200_000_000


def enlarge_picture(
    network: SRResNet | MultiStageGenerator,
    picture: Image.Image,
    *,
    tile: int | None = None,
    progress: Progress | None = None,
    should_stop: Stop | None = None,
) -> Image.Image:
    """Enlarge a picture.

    The result is kept in whole numbers, a tile at a time: beside it there is only the small picture in memory, and
    what the network computes for one tile.

    Parameters
    ----------
    network : SRResNet or MultiStageGenerator
        For colour pictures or for grey ones. One for colours sees grey as a picture of equal channels, and the
        brightness of what it paints is taken; one for grey enlarges each channel for itself.
    picture : PIL.Image.Image
        Of any size. A camera's rotation (EXIF) is applied.
    tile, progress, should_stop
        As for :func:`ganlab.superres.tiles.enlarge_in_tiles`.

    Returns
    -------
    PIL.Image.Image
        ``scale`` times as wide and high, of the same mode, as :func:`enlarge` returns it. Transparency is enlarged
        bicubically; colours that nobody sees are replaced by those around them, so that they do not bleed into what
        is seen.

    Raises
    ------
    PictureError
        If it is no picture that can be used, or the result would have more than 200 million pixels.
    EnlargingStopped
        If ``should_stop`` returned true; the picture so far, grey where nothing is enlarged yet, is its ``result``.
    """
    scale, channels = network.config.scale, network.config.channels
    if channels not in (1, 3):
        raise ValueError(f"enlarge_picture: expected a network for 1 or 3 channels, got one for {channels}")
    if isinstance(picture, Image.Image) and picture.width * picture.height * scale**2 > MAX_PIXELS:
        # Before it is decoded.
        raise PictureError(
            f"expected a result of at most {MAX_PIXELS / 1e6:.0f} million pixels, got {scale * picture.width} x "
            f"{scale * picture.height}; cut the picture into parts or make it smaller first"
        )
    parts = unpack(picture)
    bands, height, width = parts.colours.shape
    shown = parts.colours[:, None] if bands > channels else parts.colours[None].expand(-1, channels, -1, -1)
    grey = parts.numbers(torch.zeros(bands, 1, 1))
    pixels = np.full((scale * height, scale * width, bands), grey, grey.dtype)

    def put(rows: slice, columns: slice, large: Tensor) -> None:
        # (1, C, h, w), or (C, 1, h, w) from a network for grey
        made = large[:, 0] if bands > channels else large[0]
        made = brightness(made) if bands < channels else made
        if not bool(torch.isfinite(made).all()):
            raise PictureError("enlarge_picture: the network's numbers are not finite; its training has diverged")
        pixels[rows, columns] = parts.numbers(made)

    done, total = visit_tiles(network, shown, put, tile=tile, progress=progress, should_stop=should_stop)
    result = parts.assembled(pixels)
    if done < total:
        raise EnlargingStopped(done, total, result)
    return result


def enlarge_frames(
    network: SRResNet | MultiStageGenerator,
    frames: Iterable[Image.Image],
    *,
    tile: int | None = None,
    progress: Progress | None = None,
    should_stop: Stop | None = None,
) -> Iterator[Image.Image]:
    """Enlarge the frames of a film one after the other; only one is in memory at a time.

    Each frame is enlarged for itself: nothing holds detail still that the network invents anew in every frame.
    :func:`ganlab.metrics.fidelity.flicker`, on frames moved back along a known motion, measures how much that shows.

    Parameters
    ----------
    frames : iterable of PIL.Image.Image
        Of one size: a list, a generator, or ``PIL.ImageSequence.Iterator`` of an animation.
    network, tile, progress, should_stop
        As for :func:`enlarge_picture`, which they are handed to; ``progress`` counts the tiles of one frame.

    Yields
    ------
    PIL.Image.Image
        One frame for each, as :func:`enlarge_picture` returns it.

    Raises
    ------
    PictureError
        At the first frame that cannot be used or is of another size than the first; the message has its number,
        counted from 0.
    """
    first: tuple[int, int] | None = None
    for number, frame in enumerate(frames):
        with about(f"frame {number}"):
            turned = upright(frame)
            if first is not None and turned.size != first:
                raise PictureError(
                    f"expected {first[0]} x {first[1]} pixels as of frame 0, got {turned.width} x {turned.height}"
                )
            first = turned.size
            large = enlarge_picture(network, turned, tile=tile, progress=progress, should_stop=should_stop)
        yield large
