"""AdaIN style transfer with any encoder: one style or a mixture, any strength, pictures of any size.

References
----------
Huang and Belongie, "Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization", 2017, equations
8, 14 and 15 and section 7.3. https://arxiv.org/abs/1703.06868
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganlab.features.encoder import Encoder
from ganlab.layers import feature_statistics
from ganlab.pretrained import load_pretrained
from ganlab.style.networks import AutoEncoder, Decoder


class Statistics(NamedTuple):
    """What AdaIN knows of a style: mean and standard deviation of every channel, each (N or 1, C, 1, 1).

    Mixed with maps of weights (:func:`mix_statistics`) they are (N or 1, C, h, w): another style at every place.
    """

    mean: Tensor
    std: Tensor


def reflect_to(pictures: Tensor, *, multiple: int = 1, least: int = 1) -> Tensor:
    """Continue pictures to the right and below by their mirror image, over and over if they are small.

    Parameters
    ----------
    pictures : Tensor
        (N, C, H, W).
    multiple, least : int
        What height and width must be a multiple of, and the least they may be.

    Returns
    -------
    Tensor
        (N, C, H', W') with the smallest H' >= H and W' >= W that will do; ``[..., :H, :W]`` is the picture.
    """
    for dim in (2, 3):
        size = pictures.shape[dim]
        wanted = -(-max(size, least) // multiple) * multiple
        if wanted > size:
            # 0 1 2 3 2 1 0 1 ...: the edge itself is not repeated, as in the networks' own reflection padding
            steps = torch.arange(wanted, device=pictures.device) % max(2 * size - 2, 1)
            pictures = pictures.index_select(dim, torch.minimum(steps, 2 * size - 2 - steps))
    return pictures


def transfer_statistics(
    content: Tensor, style: Statistics, *, alpha: float = 1.0, content_statistics: Statistics | None = None
) -> Tensor:
    """:func:`ganlab.layers.adaptive_instance_norm` for a style of which the statistics are known already.

    Parameters
    ----------
    content : Tensor
        Features (N, C, H, W).
    style : Statistics
        Those of the style, or of a mixture of styles.
    alpha : float
        0 returns the content, 1 the full transfer.
    content_statistics : Statistics, optional
        Of the picture that ``content`` is a tile of, so that tiles fit together; those of ``content`` if not given.

    Returns
    -------
    Tensor
        As large and of the same kind as ``content``.

    Raises
    ------
    ValueError
        If mean and std of the style are not of shapes that go with the content's.
    """
    n, channels, *places = content.shape
    found = [tuple(part.shape) for part in style]
    if any(
        len(s) != 4 or s[0] not in (1, n) or s[1] != channels or list(s[2:]) not in ([1, 1], places) for s in found
    ):
        raise ValueError(
            f"transfer_statistics: expected the style's mean and std as (1 or {n}, {channels}, 1 or {places[0]}, "
            f"1 or {places[1]}), got {found[0]} and {found[1]}"
        )
    mean_c, std_c = content_statistics if content_statistics is not None else feature_statistics(content)
    transferred = style.std * (content - mean_c) / std_c + style.mean
    return (alpha * transferred + (1 - alpha) * content).to(content.dtype)


def mix_statistics(styles: Sequence[Statistics], weights: Sequence[float] | Tensor) -> Statistics:
    """The statistics whose AdaIN target is the weighted mean of the styles' targets (equation 15).

    A target is ``std * normalised content + mean``, linear in the two: mixing these numbers, once, mixes the targets.

    Parameters
    ----------
    styles : sequence of Statistics
        One or more, (N or 1, C, 1, 1) each.
    weights : sequence of float, or Tensor
        One number a style; or maps (K, h, w), K the number of styles and h x w the size of the content's *features*:
        another mixture at every place. At least 0 and divided by their sum.

    Raises
    ------
    ValueError
        If there is not one weight for every style, one is negative or no number, or they are all 0 somewhere.
    """
    shares = torch.as_tensor(weights, dtype=torch.float32)
    if not styles or shares.dim() not in (1, 3) or len(shares) != len(styles):
        raise ValueError(
            f"mix_statistics: expected {len(styles)} weights or maps ({len(styles)}, h, w) for {len(styles)} styles, "
            f"got shape {tuple(shares.shape)}"
        )
    total = shares.sum(dim=0)
    if not bool(torch.isfinite(shares).all() and (shares >= 0).all() and (total > 0).all()):
        raise ValueError("mix_statistics: expected weights of at least 0 that are not all 0 at the same place")
    shares = (shares / total).reshape(len(styles), 1, 1, *(shares.shape[1:] or (1, 1))).to(styles[0].mean.device)
    mean = sum(share * style.mean for share, style in zip(shares, styles, strict=True))
    std = sum(share * style.std for share, style in zip(shares, styles, strict=True))
    assert isinstance(mean, Tensor)
    assert isinstance(std, Tensor)
    return Statistics(mean, std)


class StyleTransfer(nn.Module):
    """Content and style -> the content in that style: encode both, exchange statistics, decode.

    Parameters
    ----------
    encoder : Encoder
        The course's own or :func:`ganlab.features.vgg.vgg19_encoder`.
    decoder : Decoder
        One whose ``config.level`` and widths are the encoder's.

    Raises
    ------
    ValueError
        If the decoder is for features of another width.
    """

    def __init__(self, encoder: Encoder, decoder: Decoder) -> None:
        super().__init__()
        self.level, self.stride = decoder.config.level, decoder.config.stride
        widths = encoder.widths[: self.level]
        if widths != decoder.config.widths[: self.level]:
            raise ValueError(
                f"StyleTransfer: expected a decoder for the encoder's widths {widths}, "
                f"got one for {decoder.config.widths[: self.level]}"
            )
        self.encoder = encoder
        self.decoder = decoder

    def encode(self, pictures: Tensor) -> Tensor:
        """Pictures (N, C, H, W) in [-1, 1], continued to a multiple of the stride -> features where AdaIN acts."""
        # Continued, not resized, and by reflection: neither the scale of the marks nor the statistics change much.
        whole = reflect_to(pictures, multiple=self.stride, least=2 * self.stride)
        return self.encoder.levels(whole, self.level)[-1]

    def encode_style(self, style: Tensor) -> Statistics:
        """Style pictures (N, C, H, W) in [-1, 1], of any size -> their statistics: to be kept and used often."""
        return Statistics(*feature_statistics(self.encode(style)))

    def forward(
        self,
        content: Tensor,
        style: Tensor | Statistics,
        alpha: float = 1.0,
        *,
        content_statistics: Statistics | None = None,
    ) -> Tensor:
        """Paint the content in the style.

        Parameters
        ----------
        content : Tensor
            (N, C, H, W) in [-1, 1], of any size.
        style : Tensor or Statistics
            Pictures (N or 1, C, H', W') in [-1, 1], or what :meth:`encode_style` or :func:`mix_statistics` returned.
        alpha : float
            Strength: 0 gives the autoencoder's reconstruction of the content, 1 the full transfer.
        content_statistics : Statistics, optional
            Of the whole picture, where ``content`` is a tile of it.

        Returns
        -------
        Tensor
            (N, C, H, W) of the content's size; meant for [-1, 1] and not clipped, which would stop gradients.
        """
        features = self.encode(content)
        known = self.encode_style(style) if isinstance(style, Tensor) else style
        target = transfer_statistics(features, known, alpha=alpha, content_statistics=content_statistics)
        return self.decoder(target)[..., : content.shape[2], : content.shape[3]]

    def mix(
        self,
        content: Tensor,
        styles: Sequence[Tensor | Statistics],
        weights: Sequence[float] | Tensor,
        alpha: float = 1.0,
    ) -> Tensor:
        """Paint the content in a mixture of styles: :meth:`forward` with the weighted mean of their AdaIN targets.

        Parameters
        ----------
        content, alpha
            As for :meth:`forward`.
        styles : sequence of Tensor or Statistics
            K styles, as for :meth:`forward`.
        weights : sequence of float, or Tensor
            K numbers, or K painted regions (K, H, W) in the *content's* pixels, which are averaged over the pixels of
            each place. At least 0, and divided by their sum.

        Raises
        ------
        ValueError
            As :func:`mix_statistics`, and if regions are not of the content's size.
        """
        known = [self.encode_style(style) if isinstance(style, Tensor) else style for style in styles]
        shares = torch.as_tensor(weights, dtype=torch.float32)
        if shares.dim() == 3:
            if shares.shape[1:] != content.shape[2:]:
                raise ValueError(
                    f"StyleTransfer.mix: expected regions of the content's {tuple(content.shape[2:])} pixels, "
                    f"got {tuple(shares.shape[1:])}"
                )
            shares = reflect_to(shares[None], multiple=self.stride, least=2 * self.stride)
            shares = F.avg_pool2d(shares, self.stride)[0]
        return self(content, mix_statistics(known, shares), alpha)


def load_style_transfer(name: str = "adain-small", *, device: torch.device | str = "cpu") -> StyleTransfer:
    """The shipped style transfer, in eval mode and without gradients.

    Raises
    ------
    ValueError
        If there are no such weights, or they are not those of a style transfer.
    """
    found = load_pretrained(name, device=device)
    if not isinstance(found, AutoEncoder):
        raise ValueError(f"load_style_transfer: expected the weights of a style transfer, got {name!r}")
    return StyleTransfer(found.encoder, found.decoder).eval()
