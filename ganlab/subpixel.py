"""Blocks of super-resolution networks: the residual block, and enlarging by sub-pixel convolution."""

from __future__ import annotations

import torch
from torch import Tensor, nn


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
