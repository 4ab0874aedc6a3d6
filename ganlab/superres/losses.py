"""What enlargements are compared by besides their pixels: features of a frozen network, and of the discriminator."""

from __future__ import annotations

import torch
from torch import Tensor

from ganlab.features.encoder import Encoder


def feature_matching(fake: list[Tensor], real: list[Tensor]) -> Tensor:
    r"""Mean absolute distance of features, relative to their size; the mean over layers.

    .. math:: \frac1L\sum_l \frac{\operatorname{mean}\,\lvert f_l(\hat x)-f_l(x)\rvert}
              {\operatorname{mean}\,\lvert f_l(x)\rvert}

    With the discriminator's own layers it is a loss for which no other network has to be found: what it has learned
    to look at is what gives an enlargement away.

    Parameters
    ----------
    fake, real : list of Tensor
        Maps of the same layers, for example ``Discriminator.levels``; the real ones without gradient.

    References
    ----------
    Wang et al., "High-Resolution Image Synthesis and Semantic Manipulation with Conditional GANs", 2018, equation 4.
    https://arxiv.org/abs/1711.11585
    """
    parts = [
        (a.float() - b.float()).abs().mean() / b.float().abs().mean().clamp(min=1e-8)
        for a, b in zip(fake, real, strict=True)
    ]
    return torch.stack(parts).mean()


def feature_loss(encoder: Encoder, fake: Tensor, real: Tensor, *, levels: tuple[int, ...] = (1, 2, 3)) -> Tensor:
    """:func:`feature_matching` of a frozen encoder's levels: what the pictures show, whatever their pixels are.

    The paper takes squared distances at one deep layer of VGG. Behind pooling a grid of one pixel's width is hardly
    seen, and a network of this size soon draws one: the shallow levels forbid it. Relative distances have no units,
    so a weight means the same for every encoder.

    Parameters
    ----------
    encoder : Encoder
        Frozen. It brings pictures into its own range by itself.
    fake, real : Tensor
        (N, C, H, W) in [-1, 1]. Only ``fake`` gets a gradient.
    levels : tuple of int
        Counted from 1.

    Raises
    ------
    ValueError
        If there is no level, or not such a one.

    References
    ----------
    Ledig et al., 2017, equation 5. https://arxiv.org/abs/1609.04802
    """
    if not levels or min(levels) < 1:
        raise ValueError(f"feature_loss: expected at least one level, counted from 1, got {levels}")
    with torch.no_grad():
        wanted = encoder.levels(real, max(levels))
    found = encoder.levels(fake, max(levels))
    return feature_matching([found[k - 1] for k in levels], [wanted[k - 1] for k in levels])
