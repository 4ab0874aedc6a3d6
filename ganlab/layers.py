"""Building blocks that several model families share."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ChannelwiseLinear(nn.Module):
    """One fully connected layer for every channel, and none between channels.

    Each of ``channels`` maps of ``height`` x ``width`` has its own (HW, HW) matrix and its own HW biases: any place
    can influence any other at the cost of C (HW)^2 weights, where one matrix for all would cost (C H W)^2.

    References
    ----------
    Pathak et al., "Context Encoders: Feature Learning by Inpainting", 2016, section 3.1.
    https://arxiv.org/abs/1604.07379
    """

    def __init__(self, channels: int, height: int, width: int) -> None:
        super().__init__()
        places = height * width
        self.shape = (channels, height, width)
        self.weight = nn.Parameter(torch.randn(channels, places, places) / places**0.5)
        self.bias = nn.Parameter(torch.zeros(channels, places))

    def forward(self, x: Tensor) -> Tensor:
        """Mix the places of every channel of x (N, C, H, W) with that channel's own matrix; the shape stays."""
        if tuple(x.shape[1:]) != self.shape:
            raise ValueError(
                f"ChannelwiseLinear: expected (N, {', '.join(map(str, self.shape))}), got {tuple(x.shape)}"
            )
        flat = x.flatten(2)  # (N, C, H, W) -> (N, C, HW)
        mixed = torch.einsum("ncp,cqp->ncq", flat, self.weight) + self.bias
        return mixed.reshape(x.shape)


def composite(pictures: Tensor, filling: Tensor, mask: Tensor) -> Tensor:
    """``filling`` inside the hole, ``pictures`` everywhere else, bit for bit.

    A choice, not a weighted sum: ``pictures * (1 - mask) + filling * mask`` would turn a NaN or an infinity of the
    filling into a NaN outside the hole, and its gradient there would be a zero that was computed in vain.

    Parameters
    ----------
    pictures, filling : Tensor
        (N, C, H, W).
    mask : Tensor
        (N, 1, H, W), 1 where a pixel is missing.
    """
    return torch.where(mask > 0, filling, pictures)


def push_pull(pictures: Tensor, mask: Tensor) -> Tensor:
    """Fill holes smoothly with what surrounds them; known pixels stay exactly as they are.

    Known pixels are averaged down a pyramid of halved resolutions until nothing is unknown; on the way up again
    every unknown place takes the value of the level below. A first guess that costs next to nothing: a network
    that starts from it need not learn to copy colours.

    Parameters
    ----------
    pictures : Tensor
        (N, C, H, W); what is inside the holes is ignored.
    mask : Tensor
        (N, 1, H, W), 1 where a pixel is missing, 0 where it is known.

    Returns
    -------
    Tensor
        (N, C, H, W). Where everything is missing, 0.

    References
    ----------
    Gortler, Grzeszczuk, Szeliski and Cohen, "The Lumigraph", 1996, section 3.4 ("pull-push").
    """
    known = 1 - mask
    levels = [(pictures * known, known)]
    while max(levels[-1][0].shape[-2:]) > 1:
        values, weights = levels[-1]
        odd = (0, values.shape[-1] % 2, 0, values.shape[-2] % 2)  # an odd edge gets an unknown neighbour
        levels.append((F.avg_pool2d(F.pad(values, odd), 2), F.avg_pool2d(F.pad(weights, odd), 2)))
    values, weights = levels.pop()
    filled = values / weights.clamp(min=1e-8)
    for values, weights in reversed(levels):
        smooth = F.interpolate(filled, scale_factor=2, mode="bilinear", align_corners=False)
        smooth = smooth[..., : values.shape[-2], : values.shape[-1]]
        filled = torch.where(weights > 0, values / weights.clamp(min=1e-8), smooth)
    return torch.where(mask > 0, filled, pictures)


def feature_statistics(features: Tensor, eps: float = 1e-5) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of every channel of every picture, over all places.

    Parameters
    ----------
    features : Tensor
        (N, C, H, W). Under mixed precision the sums are taken in float32: 65,536 squares overflow half precision.
    eps : float
        Added to the variance, inside the root, as in the paper's code: a constant channel has a deviation of
        sqrt(eps), not 0, and its gradient stays finite.

    Returns
    -------
    (Tensor, Tensor)
        Each (N, C, 1, 1), float32 (float64 for float64 features). The variance is the unbiased one, over HW - 1; of
        a single place it is 0.
    """
    wide = features if features.dtype == torch.float64 else features.float()
    flat = wide.flatten(2)  # (N, C, H, W) -> (N, C, HW)
    variance = flat.var(dim=2, unbiased=flat.shape[2] > 1)
    return flat.mean(dim=2)[..., None, None], (variance + eps).sqrt()[..., None, None]


def adaptive_instance_norm(content: Tensor, style: Tensor, *, alpha: float = 1.0) -> Tensor:
    r"""Give the features of a content the statistics of a style's, channel by channel.

    .. math:: t = \sigma(s)\,\frac{c - \mu(c)}{\sigma(c)} + \mu(s), \qquad
              \operatorname{out} = \alpha\, t + (1 - \alpha)\, c

    Parameters
    ----------
    content : Tensor
        (N, C, H, W).
    style : Tensor
        (N, C, H', W') or (1, C, H', W'), of any size: only its statistics count.
    alpha : float
        Strength: 0 returns the content, 1 the full transfer; between them is a straight line in feature space.

    Returns
    -------
    Tensor
        (N, C, H, W) of the content's dtype.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    References
    ----------
    Huang and Belongie, "Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization", 2017,
    equations 8 and 14. https://arxiv.org/abs/1703.06868
    """
    fits = content.dim() == style.dim() == 4 and content.shape[1] == style.shape[1]
    if not fits or style.shape[0] not in (1, content.shape[0]):
        raise ValueError(
            "adaptive_instance_norm: expected content (N, C, H, W) and style (N or 1, C, H', W'), "
            f"got {tuple(content.shape)} and {tuple(style.shape)}"
        )
    mean_c, std_c = feature_statistics(content)
    mean_s, std_s = feature_statistics(style)
    transferred = std_s * (content - mean_c) / std_c + mean_s
    return (alpha * transferred + (1 - alpha) * content).to(content.dtype)
