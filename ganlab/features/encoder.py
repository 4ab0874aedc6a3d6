"""An encoder in VGG's arrangement: features of several levels, for style transfer and for losses on features."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, cast, get_args, get_type_hints

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class AdaINConfig:
    """Settings of an encoder and of the decoder that mirrors it.

    Raises
    ------
    ValueError
        If a number is below 1, ``depths`` is not one shorter than ``widths``, ``level`` is no level, or a choice is
        not one of those named below.
    """

    widths: tuple[int, ...] = (32, 64, 128, 256)  # channels at each resolution, from the picture's own downwards
    depths: tuple[int, ...] = (2, 2, 3)  # convolutions at each but the last, which has one and ends at its relu
    level: int = 4  # AdaIN acts at relu{level}_1, and there the decoder begins
    extra: int = 0  # convolutions that the decoder has more than its mirror image, before it enlarges anything
    channels: int = 3  # of a picture
    padding: Literal["reflect", "zeros"] = "reflect"  # "zeros" only to see the frame that they leave
    pooling: Literal["average", "max"] = "average"  # or "max", as VGG was trained
    upsampling: Literal["nearest", "transposed"] = "nearest"  # "transposed" only to see the checkerboard
    batch_norm: bool = False  # while an encoder is trained; Encoder.folded() takes it out again

    def __post_init__(self) -> None:
        for name in ("widths", "depths"):  # JSON knows lists only
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if len(self.depths) != len(self.widths) - 1:
            raise ValueError(
                "AdaINConfig.depths: expected one number fewer than there are widths, "
                f"got {len(self.depths)} for {len(self.widths)}"
            )
        for name in ("widths", "depths", "channels"):
            value = getattr(self, name)
            if min(value if isinstance(value, tuple) else (value,), default=1) < 1:
                raise ValueError(f"AdaINConfig.{name}: expected at least 1, got {value}")
        if self.extra < 0:
            raise ValueError(f"AdaINConfig.extra: expected at least 0, got {self.extra}")
        if not 1 <= self.level <= len(self.widths):
            raise ValueError(f"AdaINConfig.level: expected 1 to {len(self.widths)}, got {self.level}")
        for name in ("padding", "pooling", "upsampling"):
            allowed = get_args(get_type_hints(AdaINConfig)[name])
            if getattr(self, name) not in allowed:
                raise ValueError(f"AdaINConfig.{name}: expected {' or '.join(allowed)}, got {getattr(self, name)!r}")

    @property
    def stride(self) -> int:
        """Pixels of the picture to one place at ``level``."""
        return 2 ** (self.level - 1)


def convolution(inputs: int, outputs: int, config: AdaINConfig, *, doubling: bool = False) -> nn.Module:
    """A 3 x 3 convolution, or the transposed one that doubles the resolution, with He's initial weights.

    PyTorch's own let the signal's energy fall to a sixth in every layer: little of a picture comes out at the end.
    """
    # Zeros outside the picture are an edge that is not there, and the statistics of that edge go into the style.
    conv: nn.Conv2d | nn.ConvTranspose2d = nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode=config.padding)
    if doubling:
        conv = nn.ConvTranspose2d(inputs, outputs, 3, stride=2, padding=1, output_padding=1)
    # Of a transposed convolution's nine weights 9/4 on average reach a pixel.
    nn.init.normal_(conv.weight, 0, (2 / (inputs * (9 / 4 if doubling else 9))) ** 0.5)
    nn.init.zeros_(cast(Tensor, conv.bias))
    return conv


class Encoder(nn.Module):
    """Pictures -> features at relu1_1, relu2_1, ..., each at half the resolution of the one before.

    3 x 3 convolutions in the arrangement of VGG-19, of any widths and depths: VGG-19 itself is
    (64, 128, 256, 512) and (2, 2, 4), see :mod:`ganlab.features.vgg`.
    """

    def __init__(self, config: AdaINConfig) -> None:
        super().__init__()
        self.config = config
        inputs = [config.channels, *config.widths[:-1]]
        wires: list[list[tuple[int, int]]] = []  # for every level, its convolutions
        for before, width, depth in zip(inputs, config.widths, [*config.depths, 1], strict=True):
            wires.append([(before, width), *[(width, width)] * (depth - 1)])
        self.convs = nn.ModuleList([convolution(a, b, config) for level in wires for a, b in level])
        norms = [nn.BatchNorm2d(b) if config.batch_norm else nn.Identity() for level in wires for _, b in level]
        self.norms = nn.ModuleList(norms)
        starts = [sum(len(level) for level in wires[:k]) for k in range(len(wires))]
        self.starts = tuple(starts)  # number of the convolution each level begins with, and whose relu it returns

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels of each of the maps that :meth:`levels` returns."""
        return self.config.widths

    def _pairs(self) -> list[tuple[nn.Conv2d, nn.Module]]:
        """Every convolution with its normalisation, in order."""
        return list(zip(cast(Iterable[nn.Conv2d], self.convs), self.norms, strict=True))

    def prepare(self, pictures: Tensor) -> Tensor:
        """Pictures in [-1, 1] in the numbers the first convolution was trained on: here the same ones."""
        return pictures

    def levels(self, pictures: Tensor, count: int | None = None) -> list[Tensor]:
        """Feature maps, the finest first.

        Parameters
        ----------
        pictures : Tensor
            (N, C, H, W) in [-1, 1]; H and W at least twice the stride of the deepest level asked for.
        count : int, optional
            Only the first so many levels; what is deeper is not computed.

        Returns
        -------
        list of Tensor
            Of level k, counted from 1: (N, widths[k - 1], H // 2**(k - 1), W // 2**(k - 1)), at least 0.

        Raises
        ------
        ValueError
            If the shape does not fit or there are not so many levels.
        """
        count = len(self.widths) if count is None else count
        if not 1 <= count <= len(self.widths):
            raise ValueError(f"{type(self).__name__}: expected 1 to {len(self.widths)} levels, got {count}")
        least, channels = 2**count, self.config.channels  # reflection needs a neighbour: two places at the deepest
        if pictures.dim() != 4 or pictures.shape[1] != channels or min(pictures.shape[2:]) < least:
            raise ValueError(
                f"{type(self).__name__}: expected pictures (N, {channels}, H, W) of at least {least} x {least} "
                f"pixels, got {tuple(pictures.shape)}"
            )
        pool = F.avg_pool2d if self.config.pooling == "average" else F.max_pool2d
        x, found = self.prepare(pictures), []
        for index, (conv, norm) in enumerate(self._pairs()):
            if index in self.starts[1:]:
                x = pool(x, 2)
            x = F.relu(norm(conv(x)))
            if index in self.starts:
                found.append(x)
                if len(found) == count:
                    break
        return found

    def forward(self, pictures: Tensor) -> Tensor:
        """The deepest of :meth:`levels`."""
        return self.levels(pictures)[-1]

    @torch.no_grad()
    def folded(self) -> Encoder:
        """A copy without batch normalisation that computes what this encoder computes in eval mode."""
        plain = Encoder(replace(self.config, batch_norm=False)).to(next(self.parameters()).device)
        for (conv, norm), (target, _) in zip(self._pairs(), plain._pairs(), strict=True):
            target.load_state_dict(conv.state_dict())
            if isinstance(norm, nn.BatchNorm2d):
                mean, variance = cast(Tensor, norm.running_mean), cast(Tensor, norm.running_var)
                gain = norm.weight / (variance + norm.eps).sqrt()
                bias = cast(Tensor, target.bias)
                target.weight.mul_(gain[:, None, None, None])
                bias.copy_((bias - mean) * gain + norm.bias)
        return plain

    @torch.no_grad()
    def normalise_activations(self, pictures: Tensor) -> Encoder:
        """Rescale the weights, in place, until every channel's mean over ``pictures`` is 1; return self.

        What the next layer sees is multiplied back, and ReLU and pooling commute with positive factors, so nothing
        but the units of the features changes. Without it a level's loud channels own its style loss. A channel with
        less than a tenth of its layer's mean activity is divided by that tenth: noise is not made loud.

        Raises
        ------
        ValueError
            If the encoder still has batch normalisation.
        """
        if self.config.batch_norm:
            raise ValueError("Encoder.normalise_activations: expected an encoder without batch_norm; call folded()")
        pool = F.avg_pool2d if self.config.pooling == "average" else F.max_pool2d
        x, before = self.prepare(pictures), torch.ones(self.config.channels, device=pictures.device)
        for index, (conv, _) in enumerate(self._pairs()):
            x = pool(x, 2) if index in self.starts[1:] else x
            x = F.relu(conv(x))  # in the old units throughout: conv is changed only after it was used
            mean = x.mean(dim=(0, 2, 3))
            mean = mean.clamp(min=max(0.1 * float(mean.mean()), 1e-8))
            conv.weight.mul_(before[None, :, None, None] / mean[:, None, None, None])
            cast(Tensor, conv.bias).div_(mean)
            before = mean
        return self
