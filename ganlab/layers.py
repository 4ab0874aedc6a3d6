"""Building blocks that several families share: of inpainting, of style, of enlarging by sub-pixels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@contextmanager
def keep_modes(*networks: nn.Module) -> Iterator[None]:
    """Whatever is switched between training and evaluation inside is switched back, module by module."""
    modes = [(module, module.training) for network in networks for module in network.modules()]
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


@contextmanager
def evaluating(*networks: nn.Module) -> Iterator[None]:
    """Look at networks in eval mode: batch normalisation learns nothing, and each is left in the modes it had."""
    with keep_modes(*networks):
        for network in networks:
            network.eval()
        yield


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
        # (N, C, H, W) -> (N, C, HW)
        flat = x.flatten(2)
        mixed = torch.einsum("ncp,cqp->ncq", flat, self.weight) + self.bias
        return mixed.reshape(x.shape)


def composite(pictures: Tensor, filling: Tensor, mask: Tensor) -> Tensor:
    """``filling`` inside the hole, ``pictures`` everywhere else, bit for bit.

    A choice, not a weighted sum: ``pictures * (1 - mask) + filling * mask`` would turn a NaN or an infinity of the
    filling into a NaN outside the hole, and its gradient there would be a zero that was computed in vain.

    Parameters
    ----------
    pictures, filling, mask : Tensor
        Two sets (N, C, H, W), and (N, 1, H, W), 1 where a pixel is missing.
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
        # an odd edge gets an unknown neighbour
        odd = (0, values.shape[-1] % 2, 0, values.shape[-2] % 2)
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
    # (N, C, H, W) -> (N, C, HW)
    flat = wide.flatten(2)
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


def pixel_shuffle(x: Tensor, scale: int) -> Tensor:
    r"""Interleave groups of ``scale``² channels into a map ``scale`` times as high and wide.

    .. math:: y_{c,\; r i + a,\; r j + b} = x_{c r^2 + a r + b,\; i,\; j},\qquad 0 \le a, b < r

    Nothing is computed: every number of ``x`` is in ``y`` once, at another place.

    Parameters
    ----------
    x : Tensor
        (N, C scale², H, W).
    scale : int
        r, at least 1.

    Returns
    -------
    Tensor
        (N, C, scale H, scale W).

    Raises
    ------
    ValueError
        If the channels are no multiple of scale².

    References
    ----------
    Shi et al., "Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural
    Network", 2016, equation 4. https://arxiv.org/abs/1609.05158
    """
    if x.dim() != 4 or scale < 1 or x.shape[1] % scale**2:
        raise ValueError(
            f"pixel_shuffle: expected (N, C * scale**2, H, W) and scale >= 1, got {tuple(x.shape)} and {scale}"
        )
    n, channels, height, width = x.shape
    x = x.reshape(n, channels // scale**2, scale, scale, height, width)  # (N, C, a, b, H, W)
    x = x.permute(0, 1, 4, 2, 5, 3)  # (N, C, H, a, W, b): a beside the row it refines, b beside the column
    return x.reshape(n, channels // scale**2, height * scale, width * scale)


@torch.no_grad()
def icnr_(weight: Tensor, scale: int, *, gain: float = 1.0) -> Tensor:
    """Initialise the weights of a convolution before a pixel shuffle so that it starts without a checkerboard.

    The scale² filters that fill one little square of pixels start out equal: the convolution and the shuffle
    together are then nearest-neighbour enlargement of an ordinary convolution, and no pixel of a square differs
    from its neighbours until training has a reason.

    Parameters
    ----------
    weight : Tensor
        (C scale², C_in, k, k), changed in place.
    scale : int
        That of the shuffle.
    gain : float
        The standard deviation of the He initialisation is multiplied by it.

    References
    ----------
    Aitken et al., "Checkerboard artifact free sub-pixel convolution", 2017. https://arxiv.org/abs/1707.02937
    """
    if weight.dim() != 4 or scale < 1 or weight.shape[0] % scale**2:
        raise ValueError(
            f"icnr_: expected weights (C * {scale}**2, C_in, k, k) and scale >= 1, got {tuple(weight.shape)}"
        )
    fan_in = weight[0].numel()
    one = torch.randn(weight.shape[0] // scale**2, *weight.shape[1:]) * gain * (2 / fan_in) ** 0.5
    # The shuffle reads channels c r² .. c r² + r² - 1 into one square: those r² filters are copies of one.
    return weight.copy_(one.repeat_interleave(scale**2, dim=0))


class SubpixelConv(nn.Module):
    """Enlarge by convolution at the small size, then a pixel shuffle: (N, C, H, W) -> (N, C', rH, rW)."""

    def __init__(self, inputs: int, outputs: int, scale: int, kernel: int = 3, gain: float = 1.0) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs * scale**2, kernel, padding=kernel // 2)
        icnr_(self.conv.weight, scale, gain=gain)
        assert self.conv.bias is not None
        nn.init.zeros_(self.conv.bias)
        self.shuffle = nn.PixelShuffle(scale)

    def forward(self, x: Tensor) -> Tensor:
        """Enlarge x (N, inputs, H, W) to (N, outputs, scale H, scale W)."""
        enlarged: Tensor = self.shuffle(self.conv(x))
        return enlarged


class ResidualBlock(nn.Module):
    """x + f(x), with f two 3 x 3 convolutions: only the correction has to be learned.

    With ``normalize`` the paper's block (convolution, batch normalisation, PReLU, convolution, batch normalisation).
    Without it batch normalisation is left out and f is scaled by ``residual_scale``: super-resolution needs the
    picture's own contrast, which batch normalisation takes away (Lim et al. 2017, section 3.1).

    References
    ----------
    Ledig et al., "Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network", 2017,
    figure 4. https://arxiv.org/abs/1609.04802
    Lim et al., "Enhanced Deep Residual Networks for Single Image Super-Resolution", 2017.
    https://arxiv.org/abs/1707.02921
    """

    def __init__(self, width: int, *, normalize: bool = True, residual_scale: float = 1.0) -> None:
        super().__init__()
        self.residual_scale = residual_scale
        parts: list[nn.Module] = [nn.Conv2d(width, width, 3, padding=1)]
        parts += [nn.BatchNorm2d(width)] if normalize else []
        parts += [nn.PReLU(), nn.Conv2d(width, width, 3, padding=1)]
        parts += [nn.BatchNorm2d(width)] if normalize else []
        self.body = nn.Sequential(*parts)

    def forward(self, x: Tensor) -> Tensor:
        """x (N, width, H, W) and its correction."""
        correction: Tensor = self.body(x)
        return x + correction if self.residual_scale == 1 else torch.add(x, correction, alpha=self.residual_scale)
