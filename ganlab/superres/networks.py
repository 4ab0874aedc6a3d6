"""SRResNet and SRGAN: a generator that enlarges pictures, its discriminator, and a generator in several stages.

References
----------
Ledig et al., "Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network", 2017, figure 4.
https://arxiv.org/abs/1609.04802
Lim et al., "Enhanced Deep Residual Networks for Single Image Super-Resolution", 2017 (no batch normalisation).
https://arxiv.org/abs/1707.02921
Lai et al., "Deep Laplacian Pyramid Networks for Fast and Accurate Super-Resolution", 2017 (stages, each supervised).
https://arxiv.org/abs/1704.03915
Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", 2017 (a judge of patches).
https://arxiv.org/abs/1611.07004
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from torch import Tensor, nn

from ganlab.layers import ResidualBlock, SubpixelConv
from ganlab.resampling import upscale


@dataclass(frozen=True)
class SRResNetConfig:
    """Settings of a generator. The defaults are the paper's: 1.55 million parameters.

    Raises
    ------
    ValueError
        If a number or a choice is not one of those named below.
    """

    scale: int = 4  # 2, 4 or 8
    width: int = 64  # channels of every map
    blocks: int = 16  # residual blocks; in a MultiStageGenerator, of every stage
    channels: int = 3  # of a picture
    end_kernel: int = 9  # of the first and the last convolution
    normalize: bool = True  # batch normalisation; without it the blocks' corrections are halved
    upsampling: Literal["stages", "direct"] = "stages"  # x2 after x2 in feature space; or at once, into the picture
    bicubic_skip: bool = False  # add the bicubic enlargement: the network has only to learn what that lacks

    def __post_init__(self) -> None:
        if self.scale not in (2, 4, 8):
            raise ValueError(f"SRResNetConfig.scale: expected 2, 4 or 8, got {self.scale}")
        for name in ("width", "blocks", "channels"):
            if getattr(self, name) < 1:
                raise ValueError(f"SRResNetConfig.{name}: expected at least 1, got {getattr(self, name)}")
        if self.end_kernel < 1 or self.end_kernel % 2 == 0:
            raise ValueError(f"SRResNetConfig.end_kernel: expected an odd number, got {self.end_kernel}")
        if self.upsampling not in ("stages", "direct"):
            raise ValueError(f"SRResNetConfig.upsampling: expected 'stages' or 'direct', got {self.upsampling!r}")


# What the course trains on a CPU in minutes: the blocks see only small maps, and there is no batch normalisation.
SMALL = SRResNetConfig(width=32, blocks=8, end_kernel=3, normalize=False, upsampling="direct", bicubic_skip=True)


class _Trunk(nn.Module):
    """Residual blocks, one more convolution, and a skip around all of them."""

    def __init__(self, config: SRResNetConfig) -> None:
        super().__init__()
        scale = 1.0 if config.normalize else 0.5
        blocks: list[nn.Module] = [
            ResidualBlock(config.width, normalize=config.normalize, residual_scale=scale)
            for _ in range(config.blocks)
        ]
        blocks.append(nn.Conv2d(config.width, config.width, 3, padding=1))
        blocks += [nn.BatchNorm2d(config.width)] if config.normalize else []
        self.body = nn.Sequential(*blocks)

    def forward(self, x: Tensor) -> Tensor:
        corrected: Tensor = x + self.body(x)
        return corrected


def _check(name: str, pictures: Tensor, channels: int) -> None:
    if pictures.dim() != 4 or pictures.shape[1] != channels:
        raise ValueError(f"{name}: expected pictures (N, {channels}, H, W), got {tuple(pictures.shape)}")


class SRResNet(nn.Module):
    """Small pictures in, large pictures out.

    One convolution into ``width`` maps, residual blocks with a skip around all of them, sub-pixel convolutions to
    the large size, one convolution to the picture. There is no tanh at the end: a network that may leave [-1, 1] is
    clipped when its pictures are shown, and learns black and white as easily as grey.
    """

    def __init__(self, config: SRResNetConfig | None = None) -> None:
        super().__init__()
        self.config = config or SRResNetConfig()
        c = self.config
        self.head = nn.Sequential(nn.Conv2d(c.channels, c.width, c.end_kernel, padding=c.end_kernel // 2), nn.PReLU())
        self.trunk = _Trunk(c)
        if c.upsampling == "direct":
            # A hundredth of He's deviation: the network starts as bicubic enlargement and not as noise on top of it.
            self.tail = nn.Sequential(
                SubpixelConv(c.width, c.channels, c.scale, gain=0.01 if c.bicubic_skip else 1.0)
            )
            return
        steps = [
            nn.Sequential(SubpixelConv(c.width, c.width, 2), nn.PReLU()) for _ in range(c.scale.bit_length() - 1)
        ]
        last = nn.Conv2d(c.width, c.channels, c.end_kernel, padding=c.end_kernel // 2)
        if c.bicubic_skip:
            nn.init.normal_(last.weight, 0, 1e-3)
            nn.init.zeros_(cast(Tensor, last.bias))
        self.tail = nn.Sequential(*steps, last)

    def forward(self, pictures: Tensor) -> Tensor:
        """Enlarge pictures (N, C, H, W) in [-1, 1] to (N, C, scale H, scale W), meant for [-1, 1], not clipped.

        Raises
        ------
        ValueError
            If the shape does not fit.
        """
        _check("SRResNet", pictures, self.config.channels)
        enlarged: Tensor = self.tail(self.trunk(self.head(pictures)))
        return upscale(pictures.float(), self.config.scale) + enlarged if self.config.bicubic_skip else enlarged

    def stages(self, pictures: Tensor) -> list[Tensor]:
        """The picture after every supervised stage: of this network there is one."""
        return [self(pictures)]


class MultiStageGenerator(nn.Module):
    """Enlarge in stages of two, and make a picture after each, so that each can be compared with the truth.

    A stage is the network above once more, in small: ``blocks`` residual blocks, a sub-pixel convolution to twice the
    size, and one convolution to the picture, which is added to the bicubic enlargement of the stage before. Features
    go on to the next stage, pictures come out on the way; the stages' weights are their own. (``upsampling`` and
    ``bicubic_skip`` say nothing here: there is always a stage after a stage, and always the skip.)
    """

    def __init__(self, config: SRResNetConfig | None = None) -> None:
        super().__init__()
        self.config = config or SRResNetConfig(blocks=8)
        c = self.config
        self.head = nn.Sequential(nn.Conv2d(c.channels, c.width, c.end_kernel, padding=c.end_kernel // 2), nn.PReLU())
        count = c.scale.bit_length() - 1  # 2, 4, 8 -> 1, 2, 3
        self.trunks = nn.ModuleList([_Trunk(c) for _ in range(count)])
        self.enlargers = nn.ModuleList(
            [nn.Sequential(SubpixelConv(c.width, c.width, 2), nn.PReLU()) for _ in range(count)]
        )
        self.pictures = nn.ModuleList([nn.Conv2d(c.width, c.channels, 3, padding=1) for _ in range(count)])
        for last in self.pictures:
            nn.init.normal_(cast(Tensor, last.weight), 0, 1e-3)
            nn.init.zeros_(cast(Tensor, last.bias))

    def stages(self, pictures: Tensor) -> list[Tensor]:
        """Pictures (N, C, H, W) in [-1, 1] -> [(N, C, 2H, 2W), (N, C, 4H, 4W), ...], not clipped.

        Raises
        ------
        ValueError
            If the shape does not fit.
        """
        _check("MultiStageGenerator", pictures, self.config.channels)
        features, found, before = self.head(pictures), [], pictures.float()
        for trunk, enlarge, to_picture in zip(self.trunks, self.enlargers, self.pictures, strict=True):
            features = enlarge(trunk(features))
            before = upscale(before, 2) + to_picture(features)
            found.append(before)
        return found

    def forward(self, pictures: Tensor) -> Tensor:
        """The picture of the last stage, (N, C, scale H, scale W)."""
        return self.stages(pictures)[-1]


@dataclass(frozen=True)
class DiscriminatorConfig:
    """Settings of a discriminator. The defaults are the paper's.

    Raises
    ------
    ValueError
        If a number is below 1 or the size is no multiple of 16.
    """

    size: int = 96  # pixels of a side of the crops it judges
    width: int = 64  # channels of the first layer; the last has eight times as many
    dense: int = 1024  # neurons before the logit; 0: no dense layer, but one logit for every place of the last map
    channels: int = 3
    normalize: bool = True  # batch normalisation, in all layers but the first; without it He's initial weights

    def __post_init__(self) -> None:
        for name, least in {"size": 1, "width": 1, "dense": 0, "channels": 1}.items():
            if getattr(self, name) < least:
                raise ValueError(f"DiscriminatorConfig.{name}: expected at least {least}, got {getattr(self, name)}")
        if self.size % 16:
            raise ValueError(f"DiscriminatorConfig.size: expected a multiple of 16, got {self.size}")


class Discriminator(nn.Module):
    """Crops -> logits: eight 3 x 3 convolutions, every second one with stride 2, and two dense layers.

    With ``dense`` 0 a 1 x 1 convolution stands in for the dense layers. Each place of the last map then judges what
    it sees for itself (Isola et al. 2017, section 3.2.2: "PatchGAN"): 36 verdicts on a crop of 96 x 96 instead of
    one, and so much the more to learn from in few steps.
    """

    def __init__(self, config: DiscriminatorConfig | None = None) -> None:
        super().__init__()
        self.config = config or DiscriminatorConfig()
        c = self.config
        layers: list[nn.Module] = []
        inputs = c.channels
        for index in range(8):
            width = c.width * 2 ** (index // 2)
            layers.append(nn.Conv2d(inputs, width, 3, stride=1 + index % 2, padding=1))
            layers += [nn.BatchNorm2d(width)] if c.normalize and index > 0 else []
            layers.append(nn.LeakyReLU(0.2))
            inputs = width
        self.body = nn.Sequential(*layers)
        places = (c.size // 16) ** 2
        judge: list[nn.Module] = [nn.Conv2d(inputs, 1, 1), nn.Flatten()]
        if c.dense > 0:
            judge = [nn.Flatten(), nn.Linear(inputs * places, c.dense), nn.LeakyReLU(0.2), nn.Linear(c.dense, 1)]
            judge.append(nn.Flatten(0))
        self.judge = nn.Sequential(*judge)
        for layer in self.modules():
            if not c.normalize and isinstance(layer, nn.Conv2d | nn.Linear):
                # PyTorch's own weights let the signal's energy fall to a sixth in every layer: eight layers on,
                # nothing is left that normalisation would not have to bring back.
                nn.init.kaiming_normal_(layer.weight, a=0.2)
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def levels(self, pictures: Tensor) -> list[Tensor]:
        """The maps behind each of the eight activations: what this network has learned to look at.

        Raises
        ------
        ValueError
            If the shape of pictures (N, C, size, size) does not fit.
        """
        if pictures.dim() != 4 or tuple(pictures.shape[1:]) != (self.config.channels, *(self.config.size,) * 2):
            raise ValueError(
                f"Discriminator: expected pictures (N, {self.config.channels}, {self.config.size}, "
                f"{self.config.size}), got {tuple(pictures.shape)}"
            )
        found, x = [], pictures
        for layer in self.body:
            x = layer(x)
            if isinstance(layer, nn.LeakyReLU):
                found.append(x)
        return found

    def forward(self, pictures: Tensor) -> Tensor:
        """Pictures (N, C, size, size) in [-1, 1] -> logits (N,); with ``dense`` 0, (N, size² / 256).

        Raises
        ------
        ValueError
            If the shape does not fit.
        """
        logits: Tensor = self.judge(self.levels(pictures)[-1])
        return logits
