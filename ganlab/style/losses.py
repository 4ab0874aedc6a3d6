"""How far a picture is from a content and from a style, as pure functions of feature maps.

References
----------
Huang and Belongie, "Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization", 2017, equations 12
and 13. https://arxiv.org/abs/1703.06868
Li, Wang, Liu and Hou, "Demystifying Neural Style Transfer", 2017, section 4.2 (BN statistics matching).
https://arxiv.org/abs/1701.01036
Gatys, Ecker and Bethge, "Image Style Transfer Using Convolutional Neural Networks", 2016, equations 3 to 5.
Johnson, Alahi and Fei-Fei, "Perceptual Losses for Real-Time Style Transfer and Super-Resolution", 2016, section 3.2.
https://arxiv.org/abs/1603.08155
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import torch
from torch import Tensor

from ganlab.layers import feature_statistics
from ganlab.losses import at_least_float32

Target = TypeVar("Target")


def content_loss(*, features: Tensor, target: Tensor) -> Tensor:
    r"""Mean squared distance between the output's features and those it was decoded from, the AdaIN target.

    .. math:: L_c = \frac{1}{NCHW} \lVert f(g(t)) - t \rVert_2^2

    The paper's equation 12 has the norm itself; its code, like this, the mean square.

    Parameters
    ----------
    features, target : Tensor
        (N, C, H, W). No gradient is stopped here: encode the target without one.

    Returns
    -------
    Tensor
        Scalar, at least 0.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    if features.shape != target.shape:
        raise ValueError(
            f"content_loss: expected two maps of one shape, got {tuple(features.shape)} and {tuple(target.shape)}"
        )
    return (at_least_float32(features) - at_least_float32(target)).square().mean()


def style_loss(
    *,
    features: Sequence[Tensor],
    targets: Sequence[Tensor | tuple[Tensor, Tensor]],
    weights: Sequence[float] | None = None,
    eps: float = 1e-5,
) -> Tensor:
    r"""Squared distance between means and between standard deviations, over several levels.

    .. math:: L_s = \sum_l \frac{w_l}{N C_l} \sum_{n, c} \left[
              (\mu_{nc}(f_l) - \mu_{nc}(s_l))^2 + (\sigma_{nc}(f_l) - \sigma_{nc}(s_l))^2 \right]

    Every picture is compared with its own style. Equation 13 of the paper has norms; its code, and Li et al., squares
    averaged over the channels.

    Parameters
    ----------
    features : sequence of Tensor
        (N, C_l, H_l, W_l) of each level.
    targets : sequence of Tensor or (mean, std)
        The style's features (N or 1, C_l, H, W) of any size, or their statistics, (N or 1, C_l, 1, 1) each.
    weights : sequence of float, optional
        One a level; all 1 if not given.
    eps : float
        Added to the variance, inside the root: the gradient of a constant channel stays finite.

    Returns
    -------
    Tensor
        Scalar, at least 0.

    Raises
    ------
    ValueError
        If the numbers of levels, of channels or of pictures do not fit.
    """
    pairs = _levels("style_loss", features, targets, weights)
    total = torch.zeros((), device=features[0].device)
    for weight, found, target in pairs:
        known = feature_statistics(target, eps) if isinstance(target, Tensor) else target
        for mine, wanted in zip(feature_statistics(found, eps), known, strict=True):
            _fits("style_loss", mine, wanted)
            total = total + weight * (mine - wanted).square().mean()
    return total


def gram_matrix(features: Tensor) -> Tensor:
    r"""Products of every two channels, averaged over places, and divided by the number of channels.

    .. math:: G_{ij} = \frac{1}{CHW} \sum_{h, w} f_{ihw} f_{jhw}

    H W makes it a mean: a style has the same matrix at every size of its picture, where the plain sum of a picture of
    twice the side is four times as large, and its squared distance sixteen times. C makes levels comparable: of C
    similar channels the sum's largest eigenvalue grows like C, so a wide level would outvote a narrow one.

    Parameters
    ----------
    features : Tensor
        (N, C, H, W). In mixed precision the sums are taken in float32.

    Returns
    -------
    Tensor
        (N, C, C), float32 (float64 for float64 features), symmetric, no eigenvalue below 0. Its trace is the mean
        square of all features.

    References
    ----------
    Johnson et al., 2016, section 3.2, equation 3.
    """
    with torch.autocast(features.device.type, enabled=False):  # it would send the product back to half precision
        flat = at_least_float32(features).flatten(2)  # (N, C, H, W) -> (N, C, HW)
        return flat @ flat.transpose(1, 2) / (flat.shape[1] * flat.shape[2])


def gram_loss(
    *,
    features: Sequence[Tensor],
    targets: Sequence[Tensor],
    weights: Sequence[float] | None = None,
    relative: bool = False,
    robust: bool = False,
) -> Tensor:
    r"""Squared Frobenius distance between Gram matrices, over several levels.

    .. math:: L_G = \sum_l \frac{w_l}{N} \sum_n \lVert G(f_l) - G(s_l) \rVert_F^2

    Parameters
    ----------
    features, weights : sequence
        As for :func:`style_loss`.
    targets : sequence of Tensor
        The style's features (N or 1, C_l, H, W) of any size, or their Gram matrices (N or 1, C_l, C_l).
    relative : bool
        Divide every distance by the squared norm of the style's own matrix. The loss is of fourth order in the
        features: for a style with strong ones the plain loss and its gradient are larger by orders of magnitude.
    robust : bool
        Take log(1 + distance) of every picture's distance: near the style nothing changes, and far from it the
        gradient is 1 / (1 + distance) of what it was, so one smooth style does not drown the others of its batch.

    Returns
    -------
    Tensor
        Scalar, at least 0; if relative, 1 a level for features that are all 0.

    Raises
    ------
    ValueError
        If the numbers of levels, of channels or of pictures do not fit.
    """
    pairs = _levels("gram_loss", features, targets, weights)
    total = torch.zeros((), device=features[0].device)
    for weight, found, target in pairs:
        mine, wanted = gram_matrix(found), gram_matrix(target) if target.dim() == 4 else target
        _fits("gram_loss", mine, wanted)
        distance = (mine - wanted).square().sum(dim=(1, 2))
        if relative:
            distance = distance / wanted.square().sum(dim=(1, 2)).clamp(min=1e-12)
        distance = distance.log1p() if robust else distance
        total = total + weight * distance.mean()
    return total


def _levels(
    name: str, features: Sequence[Tensor], targets: Sequence[Target], weights: Sequence[float] | None
) -> list[tuple[float, Tensor, Target]]:
    shares = [1.0] * len(features) if weights is None else list(weights)
    if not features or not len(features) == len(targets) == len(shares):
        raise ValueError(
            f"{name}: expected features, targets and weights of the same levels, "
            f"got {len(features)}, {len(targets)} and {len(shares)}"
        )
    return list(zip(shares, features, targets, strict=True))


def _fits(name: str, mine: Tensor, wanted: Tensor) -> None:
    # (N, C) against (1, C) is meant; (N, C) against (N', C) would be broadcast or fail far from its cause.
    if mine.shape[1:] != wanted.shape[1:] or len(wanted) not in (1, len(mine)):
        raise ValueError(
            f"{name}: expected a target for {len(mine)} pictures or for 1, with {mine.shape[1]} channels, "
            f"got {len(wanted)} with {wanted.shape[1]}"
        )
