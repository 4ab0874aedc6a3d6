"""The two networks of AdaIN style transfer: an encoder in VGG's arrangement, and a decoder that mirrors it.

:mod:`ganlab.style.transfer` puts them together.

References
----------
Huang and Belongie, "Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization", 2017, sections 5
to 7. https://arxiv.org/abs/1703.06868
Odena, Dumoulin and Olah, "Deconvolution and Checkerboard Artifacts", 2016. https://doi.org/10.23915/distill.00003
Gatys, Ecker and Bethge, "Image Style Transfer Using Convolutional Neural Networks", 2016, section 2 (average pooling,
features of mean activation one).
"""

from __future__ import annotations

from torch import Tensor, nn

from ganlab.features.encoder import AdaINConfig, Encoder, convolution


class Decoder(nn.Module):
    """Features at ``config.level`` -> pictures: the encoder's convolutions in reverse order, without normalisation.

    Instance or batch normalisation here would give every output the same style (sections 6.1 and 7.2 of the paper).
    Nearest upsampling before a convolution treats every pixel alike; a transposed convolution whose kernel (3) is no
    multiple of its stride (2) reaches some pixels with more weights than others: a checkerboard.
    """

    def __init__(self, config: AdaINConfig) -> None:
        super().__init__()
        self.config = config
        widths = config.widths[: config.level]
        wires = [(widths[-1], widths[-1])] * config.extra  # room to turn statistics into marks
        wires += [(widths[-1], widths[-2])] if config.level > 1 else []
        doubling = set()  # which convolutions see twice the resolution of those before
        for level in range(config.level - 2, -1, -1):
            doubling.add(len(wires))
            below = widths[level - 1] if level else config.channels
            wires += [(widths[level], widths[level])] * (config.depths[level] - 1) + [(widths[level], below)]
        layers: list[nn.Module] = [] if wires else [convolution(widths[0], config.channels, config)]
        for index, (a, b) in enumerate(wires):
            transposed = index in doubling and config.upsampling == "transposed"
            layers += [nn.Upsample(scale_factor=2, mode="nearest")] if index in doubling and not transposed else []
            layers.append(convolution(a, b, config, doubling=transposed))
            layers += [nn.ReLU()] if index + 1 < len(wires) else []
        self.layers = nn.Sequential(*layers)

    def forward(self, features: Tensor) -> Tensor:
        """Features (N, widths[level - 1], h, w), h and w at least 2 -> pictures (N, C, h * stride, w * stride).

        Meant for [-1, 1] and not clipped: a clipped pixel has no gradient.
        """
        return self.layers(features)


class AutoEncoder(nn.Module):
    """An encoder with the decoder that mirrors it, of the same settings: what is shipped as ``adain-small``."""

    def __init__(self, config: AdaINConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)

    def forward(self, pictures: Tensor) -> Tensor:
        """Pictures (N, C, H, W), sides multiples of the stride -> their reconstruction, the same shape."""
        return self.decoder(self.encoder.levels(pictures, self.config.level)[-1])
