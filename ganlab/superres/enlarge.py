"""``ganlab.enlarge``: make a picture four times larger, in one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from ganlab.images import PictureError, to_pil, to_tensor
from ganlab.layers import push_pull
from ganlab.pretrained import load_pretrained
from ganlab.resampling import upscale
from ganlab.superres.networks import MultiStageGenerator, SRResNet
from ganlab.superres.tiles import EnlargingStopped, Progress, Stop, visit_tiles

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
        Of the same mode, ``scale`` times as wide and high (L, RGB, RGBA, I;16; other modes as RGB, or as RGBA if
        they have transparency; other kinds of 16-bit grey as I;16). Transparency is enlarged bicubically; colours
        that nobody sees are replaced by those around them, so that they do not bleed into what is seen.

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
    source = _usable(picture, scale)
    colours, transparency, top = _read(source)
    bands = colours.shape[1]
    shown = colours.transpose(0, 1) if bands > channels else colours.expand(-1, channels, -1, -1)
    size = (scale * source.height, scale * source.width, bands)
    pixels = np.full(size, top // 2 + 1, np.uint8 if top == 255 else np.uint16)

    def put(rows: slice, columns: slice, large: Tensor) -> None:
        if bands > channels:
            large = large.transpose(0, 1)
        elif bands < channels:
            weights = large.new_tensor([0.299, 0.587, 0.114])  # BT.601, as Pillow's convert("L")
            large = (large * weights[:, None, None]).sum(dim=1, keepdim=True)
        if not bool(torch.isfinite(large).all()):
            raise PictureError("enlarge_picture: the network's numbers are not finite; its training has diverged")
        numbers = ((large[0].float() + 1) * (top / 2)).round().clamp(0, top)
        pixels[rows, columns] = numbers.permute(1, 2, 0).cpu().numpy()

    done, total = visit_tiles(network, shown, put, tile=tile, progress=progress, should_stop=should_stop)
    result = Image.fromarray(pixels[..., 0] if bands == 1 else pixels)
    if transparency is not None:
        result.putalpha(to_pil(upscale(to_tensor(transparency)[None], scale)))
    if picture.mode in (result.mode, "P") and "icc_profile" in picture.info:
        result.info["icc_profile"] = picture.info["icc_profile"]  # the numbers still mean the same colours
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
    :func:`ganlab.metrics.fidelity.flicker` measures how much that shows.

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
        try:
            upright = _upright(frame)
            if first is not None and upright.size != first:
                raise PictureError(
                    f"expected {first[0]} x {first[1]} pixels as of frame 0, got {upright.width} x {upright.height}"
                )
            first = upright.size
            large = enlarge_picture(network, upright, tile=tile, progress=progress, should_stop=should_stop)
        except PictureError as error:
            raise PictureError(f"frame {number}: {error}") from error
        yield large


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as the camera says."""
    if not isinstance(picture, Image.Image):
        raise PictureError(f"expected a PIL picture, got {type(picture).__name__}")
    return ImageOps.exif_transpose(picture)


def _usable(picture: Image.Image, scale: int) -> Image.Image:
    """As I;16, L, RGB, or RGBA if there is transparency."""
    if isinstance(picture, Image.Image) and picture.width * picture.height * scale**2 > MAX_PIXELS:
        raise PictureError(  # before it is decoded
            f"expected a result of at most {MAX_PIXELS / 1e6:.0f} million pixels, got {scale * picture.width} x "
            f"{scale * picture.height}; cut the picture into parts or make it smaller first"
        )
    picture = _upright(picture)
    if 0 in picture.size:
        raise PictureError(f"expected at least one pixel, got {picture.width} x {picture.height}")
    if picture.mode.startswith("I;16"):
        return picture
    if picture.mode.startswith(("I", "F")):  # nothing in it says which number is white
        raise PictureError(
            f"expected 8 bits a channel or 16-bit grey, got mode {picture.mode!r}; open the file with "
            "ganlab.images.open_picture"
        )
    if picture.mode == "L" and not picture.has_transparency_data:
        return picture
    try:
        return picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    except ValueError as error:
        raise PictureError(f"Pillow cannot convert mode {picture.mode!r} to colours") from error


def _read(picture: Image.Image) -> tuple[Tensor, Image.Image | None, int]:
    """Numbers (1, 1 or 3, H, W) in [-1, 1], the transparency if there is any, and the number that is white."""
    if picture.mode.startswith("I;16"):
        values = torch.from_numpy(np.asarray(picture).astype(np.float32))
        return values[None, None] / 32767.5 - 1, None, 65535
    if picture.mode != "RGBA":
        return to_tensor(picture)[None], None, 255
    colours, alpha = to_tensor(picture.convert("RGB"))[None], picture.getchannel("A")
    hidden = (to_tensor(alpha)[None] <= -1).float()
    return (push_pull(colours, hidden) if bool(hidden.any()) else colours), alpha, 255
