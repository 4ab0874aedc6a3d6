"""Style transfer for large pictures, tile by tile, without seams and without the memory that the whole would take.

Two things make naive tiles show. Every tile would be normalised by *its own* mean and deviation, where AdaIN means
the picture's: a tile of sky would get the contrast of a street. And at a cut the networks would see a mirror image
instead of the neighbours. So the statistics of the whole picture are gathered first, and tiles overlap by exactly
as much as a cut can spoil.

References
----------
Huang and Belongie, "Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization", 2017, equation 8.
https://arxiv.org/abs/1703.06868
Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ganlab.style.transfer import Statistics, StyleTransfer, reflect_to, transfer_statistics

# Features of the first pass are kept for the second if they take at most so many times the picture's own memory.
_KEEP = 4


class _Box(NamedTuple):
    """A rectangle of places, the pixels of the feature map."""

    top: int
    bottom: int
    left: int
    right: int

    def grown(self, margin: int, height: int, width: int) -> _Box:
        """With ``margin`` places more on every side, but none outside of height x width."""
        return _Box(
            max(0, self.top - margin),
            min(height, self.bottom + margin),
            max(0, self.left - margin),
            min(width, self.right + margin),
        )

    def inside(self, outer: _Box) -> _Box:
        """The same rectangle, counted from the top left of another."""
        return _Box(self.top - outer.top, self.bottom - outer.top, self.left - outer.left, self.right - outer.left)

    def of(self, maps: Tensor, stride: int = 1) -> Tensor:
        """This part of (N, C, h * stride, w * stride): a view."""
        rows = slice(self.top * stride, self.bottom * stride)
        return maps[..., rows, self.left * stride : self.right * stride]


def encoder_margin(network: StyleTransfer) -> int:
    """Places next to a cut through the picture whose features the encoder gets wrong.

    A 3 x 3 convolution carries what is wrong one place further; of two places that are pooled, one is enough to
    spoil the result. 4 for depths (2, 2, 3) and level 4: 2 -> 1, 3 -> 2, 5 -> 3, and the last convolution.
    """
    spoilt = 0
    for depth in network.encoder.config.depths[: network.level - 1]:
        spoilt = -(-(spoilt + depth) // 2)
    return spoilt + 1


def decoder_margin(network: StyleTransfer) -> int:
    """Places next to a cut through the features in which the decoder gets pixels wrong, if only some of them."""
    spoilt = 0
    for layer in network.decoder.layers:
        if isinstance(layer, nn.Upsample | nn.ConvTranspose2d):
            spoilt *= 2
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            spoilt += 1
    return -(-spoilt // network.stride)


@torch.no_grad()
def statistics_in_tiles(network: StyleTransfer, pictures: Tensor, *, tile: int = 512) -> Statistics:
    """What :meth:`StyleTransfer.encode_style` returns, in the memory of a tile: for a content or a style of any size.

    Parameters
    ----------
    network : StyleTransfer
        In eval mode.
    pictures : Tensor
        (N, C, H, W) in [-1, 1], on any device; tiles go to the network's.
    tile : int
        Side of a tile in pixels.

    Returns
    -------
    Statistics
        (N, C, 1, 1) each, on the network's device. Summed in float64, tile by tile around each tile's own mean: the
        textbook's mean of squares minus square of the mean would lose all digits of a nearly constant channel.

    Raises
    ------
    ValueError
        If the shape does not fit or the tile is smaller than one place.
    """
    whole, boxes = _prepare("statistics_in_tiles", network, pictures, tile)
    return _first_pass(network, whole, boxes, None)


@torch.no_grad()
def stylise_in_tiles(
    network: StyleTransfer, content: Tensor, style: Tensor | Statistics, alpha: float = 1.0, *, tile: int = 512
) -> Tensor:
    """``network(content, style, alpha)`` but for rounding, in the memory of a tile, without gradients.

    The first pass encodes the tiles and gathers the content's statistics, the second normalises with these and
    decodes. Only pixels and features that no cut has spoilt are used; at the picture's own edges there is no cut.

    Whole in memory are only the picture, the result and, where they are small beside these, the features of the first
    pass: at relu4_1 of the course's encoder 256 numbers for 8 x 8 pixels, 4 a pixel where the picture has 3. At a
    shallow level (32 a pixel at relu1_1) they would be what fills the memory, so there the second pass encodes again.
    What the networks compute in between, 32 numbers a pixel and several times over, exists for one tile only.

    Parameters
    ----------
    network : StyleTransfer
        In eval mode.
    content : Tensor
        (N, C, H, W) in [-1, 1], of any size and on any device; tiles go to the network's.
    style : Tensor or Statistics
        Pictures (N or 1, C, H', W') in [-1, 1], or what :meth:`StyleTransfer.encode_style` or
        :func:`ganlab.style.transfer.mix_statistics` returned; mixed with maps, the maps are cut into tiles, too.
    alpha : float
        As for :class:`StyleTransfer`.
    tile : int
        Side in pixels of what is painted at once. More is needed to paint it: by the margins of encoder and decoder,
        32 pixels each on every side for the default settings.

    Returns
    -------
    Tensor
        (N, C, H, W) on the content's device; meant for [-1, 1] and not clipped.

    Raises
    ------
    ValueError
        If the shapes do not fit or the tile is smaller than one place.
    """
    whole, boxes = _prepare("stylise_in_tiles", network, content, tile)
    device, stride = _device(network), network.stride
    height, width = (side // stride for side in whole.shape[2:])
    known = statistics_in_tiles(network, style, tile=tile) if isinstance(style, Tensor) else style
    known = Statistics(*(part.to(device) for part in known))
    for part in known:
        if part.dim() != 4 or tuple(part.shape[2:]) not in ((1, 1), (height, width)):
            raise ValueError(
                f"stylise_in_tiles: expected the style's mean and std for one place or {height} x {width}, "
                f"got shape {tuple(part.shape)}"
            )
    channels = network.encoder.widths[network.level - 1]
    kept = None
    if channels <= _KEEP * whole.shape[1] * stride**2:
        kept = whole.new_empty(len(whole), channels, height, width)
    statistics = _first_pass(network, whole, boxes, kept)
    result, margin = torch.empty_like(whole), decoder_margin(network)
    for box in boxes:
        outer = box.grown(margin, height, width)
        features = _encode(network, whole, outer) if kept is None else outer.of(kept).to(device)
        here = Statistics(*(part if part.shape[2:] == (1, 1) else outer.of(part) for part in known))
        target = transfer_statistics(features, here, alpha=alpha, content_statistics=statistics)
        box.of(result, stride).copy_(box.inside(outer).of(network.decoder(target), stride))
    return result[..., : content.shape[2], : content.shape[3]]


def _prepare(name: str, network: StyleTransfer, pictures: Tensor, tile: int) -> tuple[Tensor, list[_Box]]:
    """The pictures as the network would continue them, and the tiles, of equal sides as far as they can be."""
    stride = network.stride
    if pictures.dim() != 4 or pictures.numel() == 0:
        raise ValueError(f"{name}: expected pictures (N, C, H, W), got shape {tuple(pictures.shape)}")
    if not isinstance(tile, int) or tile < stride:
        raise ValueError(f"{name}: expected a tile of at least {stride} pixels, one place, got {tile!r}")
    whole = reflect_to(pictures, multiple=stride, least=2 * stride)  # what StyleTransfer.encode does
    edges = []
    for side in whole.shape[2:]:
        places = side // stride
        count = -(-places // (tile // stride))
        edges.append([places * k // count for k in range(count + 1)])
    spans = [list(pairwise(cuts)) for cuts in edges]
    return whole, [_Box(*rows, *columns) for rows in spans[0] for columns in spans[1]]


def _device(network: StyleTransfer) -> torch.device:
    return next(network.parameters()).device


def _encode(network: StyleTransfer, whole: Tensor, box: _Box) -> Tensor:
    """The features of a part of the picture, as they are in the features of the whole."""
    stride = network.stride
    outer = box.grown(encoder_margin(network), whole.shape[2] // stride, whole.shape[3] // stride)
    return box.inside(outer).of(network.encode(outer.of(whole, stride).to(_device(network))))


def _first_pass(network: StyleTransfer, whole: Tensor, boxes: list[_Box], kept: Tensor | None) -> Statistics:
    """The statistics of the whole; the features go into ``kept``, if there is one."""
    count, mean, squares = 0, torch.zeros(()), torch.zeros(())  # squares: of the distances from the mean, summed
    for box in boxes:
        features = _encode(network, whole, box)
        if kept is not None:
            box.of(kept).copy_(features)
        flat = features.cpu().double().flatten(2)  # not every accelerator has float64
        here, more = flat.shape[2], flat.mean(dim=2, keepdim=True)
        step = more - mean
        squares = (
            squares + (flat - more).square().sum(dim=2, keepdim=True) + step**2 * (count * here / (count + here))
        )
        mean = mean + step * (here / (count + here))
        count += here
    std = (squares / (count - 1) + 1e-5).sqrt()  # unbiased, and with the epsilon of ganlab.layers.feature_statistics
    kind = torch.float64 if features.dtype == torch.float64 else torch.float32
    return Statistics(*(part[..., None].to(kind).to(_device(network)) for part in (mean, std)))
