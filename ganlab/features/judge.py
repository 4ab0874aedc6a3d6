"""A classifier of the course's painted styles: the independent judge of style transfer.

It shares nothing with the networks it judges: other layers (strided 4 x 4 convolutions with batch normalisation
instead of VGG's arrangement), other pictures, other weights. Who trains on a loss network can please that network
without pleasing the eye; a judge that was never asked during training is harder to please by accident.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(frozen=True)
class StyleJudgeConfig:
    """Settings of a judge."""

    classes: int = 21  # one for every style in ganlab.data.paintings.STYLES, in their order
    width: int = 32  # channels of the first layer; then 2, 4 and 4 times as many
    channels: int = 3

    def __post_init__(self) -> None:
        for name in ("classes", "width", "channels"):
            if getattr(self, name) < 1:
                raise ValueError(f"StyleJudgeConfig.{name}: expected at least 1, got {getattr(self, name)}")


class StyleJudge(nn.Module):
    """Pictures -> logits over styles: four strided convolutions, the mean over all places, one linear layer.

    The mean over places sees marks and colours and hardly what the picture shows. 427 thousand parameters.
    """

    def __init__(self, config: StyleJudgeConfig) -> None:
        super().__init__()
        self.config = config
        layers: list[nn.Module] = []
        inputs = config.channels
        for width in (config.width, 2 * config.width, 4 * config.width, 4 * config.width):
            layers += [nn.Conv2d(inputs, width, 4, 2, 1, bias=False), nn.BatchNorm2d(width), nn.LeakyReLU(0.1)]
            inputs = width
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(inputs, config.classes)

    def forward(self, pictures: Tensor) -> Tensor:
        """Pictures (N, C, H, W) in [-1, 1], H and W at least 16 -> logits (N, classes)."""
        if pictures.dim() != 4 or pictures.shape[1] != self.config.channels or min(pictures.shape[2:]) < 16:
            raise ValueError(
                f"StyleJudge: expected pictures (N, {self.config.channels}, H, W) of at least 16 x 16 pixels, "
                f"got {tuple(pictures.shape)}"
            )
        logits: Tensor = self.head(self.body(pictures).float().mean(dim=(2, 3)))
        return logits
