"""What StyleStudio shows, as numbers, and the one function that paints it: every picture is encoded only once."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import NamedTuple
from weakref import WeakKeyDictionary

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab.layers import evaluating, feature_statistics
from ganlab.runtime import mixed_precision_dtype
from ganlab.style.methods import keep_colours
from ganlab.style.transfer import Statistics, StyleTransfer, mix_statistics, reflect_to, transfer_statistics
from ganlab.style.widget.corners import CORNERS, pad_weights
from ganlab.widgets.kit.samples import Sample


@dataclass(frozen=True, eq=False)
class Look:
    """Everything that the painted picture depends on."""

    content: Sample[Tensor]
    styles: tuple[Sample[Tensor], ...]  # one in each corner of the pad
    size: int  # the content's longer side has at most so many pixels
    regions: Tensor  # uint8 (H, W): 0 where the pad's mixture holds, 1 to 4 where corner A to D is painted
    alpha: float = 1.0
    pad: tuple[float, float] = (0.25, 0.25)  # from the left and from the top, 0 to 1
    style_scale: float = 1.0
    keep_colours: bool = False

    def same(self, other: Look) -> bool:
        """Whether the other one paints the same picture."""
        mine, others = (
            (x.content, x.styles, x.size, x.alpha, x.pad, x.style_scale, x.keep_colours) for x in (self, other)
        )
        return mine == others and torch.equal(self.regions, other.regions)

    def sentence(self) -> str:
        """What the painted picture is, as the rest of a sentence."""
        parts = [
            f"{weight:.0%} {style.name} ({letter})"
            for letter, style, weight in zip(CORNERS, self.styles, pad_weights(*self.pad), strict=True)
            if weight >= 0.005
        ]
        painted = [CORNERS[k - 1] for k in self.regions.unique().tolist() if k]
        places = f", with places painted in {', '.join(painted)} alone" if painted else ""
        colours = ", in its own colours" if self.keep_colours else ""
        return f"{self.content.name} in {', '.join(parts)}, at {self.alpha:.0%} strength{colours}{places}"


class Encoding(NamedTuple):
    """What is kept of a content."""

    picture: Tensor  # (1, 3, H, W) in [-1, 1]
    features: Tensor  # (1, C, h, w)
    statistics: Statistics


class Painter:
    """A style transfer that remembers: after the first time, a frame is AdaIN and the decoder.

    Parameters
    ----------
    network : StyleTransfer
        Its weights are put into the memory format that is fastest here; their values stay, and so does its mode.
    """

    def __init__(self, network: StyleTransfer) -> None:
        # Measured at 256 x 256 on one core with the course's widths: 97 ms a decode in the usual format, 42 in this.
        self.network = network.to(memory_format=torch.channels_last)
        self.device = next(network.parameters()).device
        self.dtype = mixed_precision_dtype(self.device)
        # Weak: what neither the samples nor the history hold any more is forgotten here as well.
        self._contents: WeakKeyDictionary[Sample[Tensor], dict[int, Encoding]] = WeakKeyDictionary()
        self._styles: WeakKeyDictionary[Sample[Tensor], dict[float, Statistics]] = WeakKeyDictionary()

    def content(self, sample: Sample[Tensor], size: int) -> Encoding:
        """A content of at most ``size`` pixels and its features."""
        known = self._contents.setdefault(sample, {})
        if size not in known:
            picture = sample.resized(min(size, sample.side))[None].to(self.device)
            features = self._encode(picture)
            known[size] = Encoding(picture, features, Statistics(*feature_statistics(features)))
        return known[size]

    def style(self, sample: Sample[Tensor], scale: float) -> Statistics:
        """The statistics of a style of ``scale`` times its size: of larger marks, if it is above 1."""
        known = self._styles.setdefault(sample, {})
        if scale not in known:
            picture = sample.resized(max(1, round(sample.side * scale)))[None].to(self.device)
            known[scale] = Statistics(*feature_statistics(self._encode(picture)))
        return known[scale]

    @torch.no_grad()
    def paint(self, look: Look) -> Tensor:
        """The painted picture, (3, H, W) in [-1, 1].

        Raises
        ------
        FloatingPointError
            If the network gives NaN or infinity.
        """
        content = self.content(look.content, look.size)
        height, width = content.picture.shape[2:]
        styles = [self.style(sample, look.style_scale) for sample in look.styles]
        mixture = mix_statistics(styles, self._shares(look))
        with self._arithmetic(), evaluating(self.network):
            target = transfer_statistics(
                content.features, mixture, alpha=look.alpha, content_statistics=content.statistics
            )
            painted = self.network.decoder(target)[..., :height, :width].float()
        if not bool(painted.isfinite().all()):
            raise FloatingPointError("StyleStudio: the network paints NaN or infinity")
        painted = keep_colours(painted, content.picture) if look.keep_colours else painted.clamp(-1, 1)
        return painted[0].cpu()

    def _shares(self, look: Look) -> Tensor:
        """Weights of the four styles, (4,); or with painted regions (4, h, w), for every place of the features."""
        weights = torch.tensor(pad_weights(*look.pad))
        if not bool(look.regions.any()):
            return weights
        corners = torch.arange(1, len(CORNERS) + 1)[:, None, None]
        shares = torch.where(look.regions == 0, weights[:, None, None], (look.regions == corners).float())
        # As StyleTransfer.mix does: continued as the content is, and averaged over the pixels of each place.
        stride = self.network.stride
        return F.avg_pool2d(reflect_to(shares[None], multiple=stride, least=2 * stride), stride)[0]

    @torch.no_grad()
    def _encode(self, pictures: Tensor) -> Tensor:
        with self._arithmetic(), evaluating(self.network):
            return self.network.encode(pictures.contiguous(memory_format=torch.channels_last))

    def _arithmetic(self) -> AbstractContextManager[object]:
        return nullcontext() if self.dtype is None else torch.autocast(self.device.type, self.dtype)
