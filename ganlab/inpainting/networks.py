"""Context Encoder: from a picture with a hole to the picture without, and two discriminators that judge the filling.

References
----------
Pathak et al., "Context Encoders: Feature Learning by Inpainting", 2016, section 3 and figure 9.
https://arxiv.org/abs/1604.07379
Iizuka, Simo-Serra and Ishikawa, "Globally and Locally Consistent Image Completion", 2017 (dilated convolutions, local
and global discriminators). https://doi.org/10.1145/3072959.3073659
Ronneberger et al., "U-Net", 2015 (skip connections). https://arxiv.org/abs/1505.04597
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from ganlab.layers import ChannelwiseLinear, composite, push_pull


@dataclass(frozen=True)
class ContextEncoderConfig:
    """Settings of a Context Encoder and of its discriminators.

    Raises
    ------
    ValueError
        If ``size`` is not a multiple of 16 from 32 to 256, ``stem_stride`` not 1 or 2, or a width not positive.
    """

    size: int = 32  # height and width of a picture in pixels
    channels: int = 3  # 3 for colour, 1 for grey
    base_channels: int = 24  # channels at the highest resolution; doubled twice on the way down
    stem_stride: int = 1  # 2: the first layer halves the resolution already, which 64 pixels and more can afford
    skips: bool = True  # False: everything must pass the bottleneck, as in the paper
    prefill: bool = True  # False: the network sees 0 in the hole and answers through tanh, as in the paper

    def __post_init__(self) -> None:
        if self.size % 16 or not 32 <= self.size <= 256:
            raise ValueError(f"ContextEncoderConfig.size: expected a multiple of 16 from 32 to 256, got {self.size}")
        if self.stem_stride not in (1, 2):
            raise ValueError(f"ContextEncoderConfig.stem_stride: expected 1 or 2, got {self.stem_stride}")
        for name in ("channels", "base_channels"):
            if getattr(self, name) < 1:
                raise ValueError(f"ContextEncoderConfig.{name}: expected at least 1, got {getattr(self, name)}")

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels after each layer of the encoder; the last is at size / 16."""
        c = self.base_channels
        return (c, 2 * c, 4 * c, 4 * c, 4 * c)[: 6 - self.stem_stride]


def down(inputs: int, outputs: int, stride: int = 2, dilation: int = 1) -> nn.Sequential:
    """Convolution, batch normalisation, LeakyReLU; stride 2 halves the resolution, stride 1 keeps it."""
    kernel, padding = (4, 1) if stride == 2 else (3, dilation)
    conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2))


def up(inputs: int, outputs: int) -> nn.Sequential:
    """Transposed convolution that doubles the resolution, batch normalisation, ReLU."""
    conv = nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU())


class ContextEncoder(nn.Module):
    """Picture and mask -> picture with the hole filled: encoder, channel-wise bottleneck, decoder."""

    def __init__(self, config: ContextEncoderConfig) -> None:
        super().__init__()
        self.config = config
        widths = config.widths
        # + 1: the mask
        first = down(config.channels + 1, widths[0], stride=config.stem_stride)
        self.encoder = nn.ModuleList([first, *(down(a, b) for a, b in pairwise(widths))])
        places = config.size // 16
        # Between places: one matrix a channel. Between channels: a 1 x 1 convolution. Together as far-reaching as a
        # fully connected layer, at a small part of its price.
        self.bottleneck = nn.Sequential(
            ChannelwiseLinear(widths[-1], places, places), nn.ReLU(), nn.Conv2d(widths[-1], widths[-1], 1), nn.ReLU()
        )
        # At the first resolution with the full width: sees further without shrinking, for texture and edges.
        self.middle_level = widths.index(4 * config.base_channels)
        wide = widths[self.middle_level]
        self.middle = nn.Sequential(*(down(wide, wide, stride=1, dilation=dilation) for dilation in (2, 3, 2)))
        double = 2 if config.skips else 1
        backwards = widths[::-1]
        steps = [up(a if level == 0 else double * a, b) for level, (a, b) in enumerate(pairwise(backwards))]
        self.decoder = nn.ModuleList(steps)
        last = double * widths[0]
        wires = (last, config.channels)
        same = config.stem_stride == 1
        self.to_picture = nn.Conv2d(*wires, 3, 1, 1) if same else nn.ConvTranspose2d(*wires, 4, 2, 1)
        # the first answers stay near the first guess
        nn.init.normal_(self.to_picture.weight, 0, 0.01)

    def predict(self, pictures: Tensor, mask: Tensor) -> Tensor:
        """The network's picture (N, C, S, S) everywhere, also where the pixels are known; not clipped.

        Parameters
        ----------
        pictures : Tensor
            (N, C, S, S) in [-1, 1]; what is inside the hole is not looked at.
        mask : Tensor
            (N, 1, S, S), 1 where a pixel is missing. All 0 asks for a restoration: all is given, none trusted.
        """
        config = self.config
        expected = (config.channels, config.size, config.size)
        if tuple(pictures.shape[1:]) != expected or mask.shape != (len(pictures), 1, *expected[1:]):
            raise ValueError(
                f"ContextEncoder: expected pictures (N, {', '.join(map(str, expected))}) and a mask (N, 1, "
                f"{config.size}, {config.size}), got {tuple(pictures.shape)} and {tuple(mask.shape)}"
            )
        start = push_pull(pictures, mask) if config.prefill else composite(pictures, torch.zeros_like(pictures), mask)
        x = torch.cat([start, mask], dim=1).contiguous(memory_format=torch.channels_last)
        maps = []
        for level, layer in enumerate(self.encoder):
            x = layer(x)
            if level == self.middle_level:
                x = x + self.middle(x)
            maps.append(x)
        x = self.bottleneck(maps.pop())
        for layer in self.decoder:
            x = layer(x)
            if config.skips:
                x = torch.cat([x, maps.pop()], dim=1)
        change = self.to_picture(x).float()
        return start + 2 * change if config.prefill else torch.tanh(change)

    def forward(self, pictures: Tensor, mask: Tensor) -> Tensor:
        """``pictures`` with the hole filled, in [-1, 1], known pixels bit for bit. Arguments as :meth:`predict`."""
        return composite(pictures, self.predict(pictures, mask).clamp(-1, 1), mask)


class Discriminator(nn.Module):
    """Square picture or window -> one logit, by strided convolutions; for any size from 8 pixels.

    The *local* one judges windows of half the picture's side around the hole, the *global* one whole pictures.
    """

    def __init__(self, size: int, channels: int = 3, base_channels: int = 24) -> None:
        super().__init__()
        if size < 8 or size % 8:
            raise ValueError(f"Discriminator: expected a size that is a multiple of 8, got {size}")
        self.shape = (channels, size, size)
        layers: list[nn.Module] = [nn.Conv2d(channels, base_channels, 4, 2, 1), nn.LeakyReLU(0.2)]
        left, width = size // 2, base_channels
        while left % 2 == 0 and left > 4:
            wider = min(2 * width, 8 * base_channels)
            layers += [*down(width, wider)]
            left, width = left // 2, wider
        layers.append(nn.Conv2d(width, 1, left))  # what is left of the picture -> 1 x 1
        self.layers = nn.Sequential(*layers)

    def forward(self, pictures: Tensor) -> Tensor:
        """Score pictures (N, C, S, S) in [-1, 1] by logits (N,): positive means "looks real"."""
        if tuple(pictures.shape[1:]) != self.shape:
            raise ValueError(
                f"Discriminator: expected pictures (N, {', '.join(map(str, self.shape))}), "
                f"got {tuple(pictures.shape)}"
            )
        return self.layers(pictures).flatten()
