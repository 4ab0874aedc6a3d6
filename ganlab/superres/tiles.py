"""Enlarging pictures of any size, tile by tile: no seam shows, and the memory is that of a tile and of the result.

A tile that is enlarged for itself ends in zeros, where in the picture its neighbours would be, and these zeros spoil
as many pixels as the network can see far. So every tile is shown with that many pixels around it, which are thrown
away afterwards. Nothing has to be blended: what remains is what the whole picture would have given.

References
----------
Wang et al., "ESRGAN: Enhanced Super-Resolution Generative Adversarial Networks", 2018, section 3.4 (interpolation of
networks). https://arxiv.org/abs/1809.00219
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from itertools import pairwise
from numbers import Real
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from ganlab.layers import evaluating
from ganlab.superres.networks import MultiStageGenerator, SRResNet

Progress = Callable[[int, int], None]
Stop = Callable[[], bool]
Network = TypeVar("Network", bound=nn.Module)

# A picture is continued by so many pixels on every side: zeros, which are grey, can leave a frame around one that is
# not. By its mirror image, for with copies of its edge alone the outermost pixels come out half a decibel worse.
BORDER = 4


class EnlargingStopped(RuntimeError):
    """``should_stop`` said so before everything was enlarged.

    Attributes
    ----------
    done, total : int
        Tiles.
    result : Tensor or PIL.Image.Image
        What would have been returned, grey where nothing is enlarged yet.
    """

    def __init__(self, done: int, total: int, result: Any) -> None:
        super().__init__(f"stopped after {done} of {total} tiles; `.result` holds them, and grey for the rest")
        self.done, self.total, self.result = done, total, result


def receptive_radius(network: SRResNet | MultiStageGenerator) -> int:
    """How many pixels of the small picture, to each side of its own, have a say in a pixel of the large one.

    Every convolution sees half its kernel further; one behind a shuffle counts in pixels of its own, smaller ones.
    23 for the shipped network: 1 + 2 for each of its 10 blocks + 1 + 1. The bicubic enlargement sees 2.

    Raises ``ValueError`` for another kind of network.
    """
    if not isinstance(network, SRResNet | MultiStageGenerator):
        raise ValueError(
            f"receptive_radius: expected an SRResNet or a MultiStageGenerator, got {type(network).__name__}"
        )
    config = network.config
    trunk, steps = 2 * config.blocks + 1, config.scale.bit_length() - 1
    reach = config.end_kernel // 2
    if isinstance(network, MultiStageGenerator):
        for _ in range(steps):
            reach = 2 * (reach + trunk + 1)
        reach += 1
    elif config.upsampling == "direct":
        reach = (reach + trunk + 1) * config.scale
    else:
        reach += trunk
        for _ in range(steps):
            reach = 2 * (reach + 1)
        reach += config.end_kernel // 2
    return -(-reach // config.scale)


def enlarge_in_tiles(
    network: SRResNet | MultiStageGenerator,
    pictures: Tensor,
    *,
    tile: int | None = None,
    overlap: int | None = None,
    progress: Progress | None = None,
    should_stop: Stop | None = None,
) -> Tensor:
    """Enlarge pictures in the memory of a tile and of the result, in eval mode, without gradients and in float32.

    Parameters
    ----------
    network : SRResNet or MultiStageGenerator
        On any device; its mode is restored afterwards.
    pictures : Tensor
        (N, C, H, W) in [-1, 1], of any size and on any device; tiles go to the network's.
    tile : int, optional
        Side, in pixels of the small picture, of what is enlarged at once. By default 256, and 128 for networks that
        work at the large size themselves. Smaller tiles compute more overlaps twice, larger ones leave the caches.
    overlap : int, optional
        How many further pixels around a tile are shown to the network. By default as many as it can see
        (:func:`receptive_radius`): the result is that of a single tile, but for rounding. Fewer are faster.
    progress : callable, optional
        Called as ``progress(done, total)`` after each tile.
    should_stop : callable, optional
        Asked before each tile, without arguments.

    Returns
    -------
    Tensor
        (N, C, scale H, scale W), clipped to [-1, 1], on the pictures' device.

    Raises
    ------
    EnlargingStopped
        If ``should_stop`` returned true; what was enlarged until then is its ``result``.
    ValueError
        If the shape does not fit, the tile is smaller than a pixel or the overlap negative.
    """
    scale = network.config.scale
    size = [*pictures.shape[:2], *(scale * side for side in pictures.shape[2:])]
    result = torch.zeros(size, device=pictures.device)

    def put(rows: slice, columns: slice, large: Tensor) -> None:
        result[..., rows, columns] = large.to(result.device)

    done, total = visit_tiles(
        network, pictures, put, tile=tile, overlap=overlap, progress=progress, should_stop=should_stop
    )
    if done < total:
        raise EnlargingStopped(done, total, result)
    return result


def visit_tiles(
    network: SRResNet | MultiStageGenerator,
    pictures: Tensor,
    visit: Callable[[slice, slice, Tensor], None],
    *,
    tile: int | None = None,
    overlap: int | None = None,
    progress: Progress | None = None,
    should_stop: Stop | None = None,
) -> tuple[int, int]:
    """:func:`enlarge_in_tiles` for those who keep the result in another form: each tile is handed on, none is kept.

    ``visit(rows, columns, large)`` gets slices of the large picture and what belongs there, clipped to [-1, 1], on
    the network's device. Returned is how many tiles are done, and how many there are: more, if it was stopped.
    """
    reach = receptive_radius(network) if overlap is None else overlap
    if tile is None:
        tile = 256 if isinstance(network, SRResNet) and network.config.upsampling == "direct" else 128
    channels, scale = network.config.channels, network.config.scale
    fits = pictures.dim() == 4 and pictures.shape[1] == channels and pictures.numel() > 0
    if not fits or not pictures.is_floating_point():
        raise ValueError(
            f"enlarging: expected pictures (N, {channels}, H, W) of floats, got {tuple(pictures.shape)} of "
            f"{str(pictures.dtype).removeprefix('torch.')}"
        )
    if not isinstance(tile, int) or tile < 1 or not isinstance(reach, int) or reach < 0:
        raise ValueError(
            f"enlarging: expected a tile of at least 1 pixel and an overlap of at least 0, got {tile!r} and {reach!r}"
        )
    like = next(network.parameters())
    whole = _continued(pictures)
    spans = [_spans(side, tile) for side in pictures.shape[2:]]
    boxes = [(rows, columns) for rows in spans[0] for columns in spans[1]]
    with evaluating(network):
        for done, (rows, columns) in enumerate(boxes):
            if should_stop is not None and should_stop():
                return done, len(boxes)
            # Places in the continued picture; a slice that ends behind it ends with it, so there is no min().
            top, left = (max(0, span[0] + BORDER - reach) for span in (rows, columns))
            part = whole[..., top : rows[1] + BORDER + reach, left : columns[1] + BORDER + reach]
            with torch.no_grad():
                large = network(part.to(like).contiguous(memory_format=torch.channels_last))
            inner = large[..., _large(rows, scale, BORDER - top), _large(columns, scale, BORDER - left)]
            visit(_large(rows, scale), _large(columns, scale), inner.clamp(-1, 1))
            if progress is not None:
                progress(done + 1, len(boxes))
    return len(boxes), len(boxes)


def _continued(pictures: Tensor) -> Tensor:
    """With ``BORDER`` more pixels on every side, mirrored."""
    for dim in (2, 3):
        side = pictures.shape[dim]
        places = torch.arange(-BORDER, side + BORDER, device=pictures.device)
        pictures = pictures.index_select(dim, mirrored(places, side))
    return pictures


def mirrored(places: Tensor, side: int) -> Tensor:
    """Which of a side's pixels are at these places, if it goes on as ... 1 0 | 0 1 2 3 | 3 2 ..., over and over."""
    steps = places % (2 * side)
    return torch.minimum(steps, 2 * side - 1 - steps)


def _spans(side: int, tile: int) -> list[tuple[int, int]]:
    """Cut a side into as few parts as can be, all of one length but for a pixel."""
    count = -(-side // tile)
    return list(pairwise(side * k // count for k in range(count + 1)))


def _large(span: tuple[int, int], scale: int, shift: int = 0) -> slice:
    return slice(scale * (span[0] + shift), scale * (span[1] + shift))


def blend_networks(first: Network, second: Network, share: float) -> Network:
    r"""A network between two: every weight is the mean of theirs.

    .. math:: \theta = (1 - s)\,\theta_1 + s\,\theta_2

    It is no mean of their pictures, and means anything only where one was fine-tuned from the other, as SRGAN is from
    SRResNet: then ``share`` is a dial from faithful to sharp that costs nothing to turn.

    Parameters
    ----------
    first, second : nn.Module
        Of one class and with equal ``config``.
    share : float
        s, from 0 (the first) to 1 (the second).

    Returns
    -------
    nn.Module
        A copy of the first, on its device and in its mode, with weights of its own. Integers, such as the steps that
        a batch normalisation has counted, are the first's.

    Raises
    ------
    ValueError
        If the networks differ in more than their weights or the share is not in [0, 1].
    """
    if isinstance(share, bool) or not isinstance(share, Real) or not 0 <= share <= 1:  # NaN is not, either
        raise ValueError(f"blend_networks: expected a share from 0 to 1, got {share!r}")
    kinds = [f"{type(network).__name__} with {getattr(network, 'config', None)}" for network in (first, second)]
    if kinds[0] != kinds[1]:
        raise ValueError(f"blend_networks: expected two networks of one kind, got {kinds[0]} and {kinds[1]}")
    blended, others = copy.deepcopy(first), second.state_dict()
    with torch.no_grad():
        for name, value in blended.state_dict().items():  # the tensors themselves, not copies
            if value.is_floating_point():
                value.mul_(1 - share).add_(others[name].to(value), alpha=share)
    return blended
