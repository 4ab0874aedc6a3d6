"""Measures of pictures and of sets of pictures: arrays in, numbers out, no side effects."""

from __future__ import annotations

import torch
from torch import Tensor


def gaussian_moments(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (F,) and unbiased covariance (F, F) of features (N, F), in float64.

    Raises
    ------
    ValueError
        If there are fewer than two rows, or a value is not finite.
    """
    if features.dim() != 2 or len(features) < 2:
        raise ValueError(f"features: expected shape (N, F) with N at least 2, got {tuple(features.shape)}")
    features = features.detach().double()
    if not bool(torch.isfinite(features).all()):
        raise ValueError("features: expected finite numbers, got NaN or infinity; look at the pictures behind them")
    return features.mean(dim=0), torch.cov(features.T).reshape(features.shape[1], features.shape[1])


def frechet_distance(features_a: Tensor, features_b: Tensor) -> float:
    r"""Squared Fréchet distance between the Gaussians fitted to two sets of features.

    .. math:: d^2 = \lVert\mu_a-\mu_b\rVert^2 + \operatorname{tr}\bigl(C_a + C_b - 2 (C_a C_b)^{1/2}\bigr)

    This is the formula behind the Fréchet *Inception* distance, on whatever features are given: numbers from
    two feature networks cannot be compared. The estimate is biased upwards, by about a constant over N: compare
    sets of equal size, and report what real against real gives at that size.

    Parameters
    ----------
    features_a, features_b : Tensor
        Shapes (N, F) and (M, F), N and M at least 2 and better many times F.

    Returns
    -------
    float
        At least 0 (up to rounding), in squared units of the features.

    Raises
    ------
    ValueError
        If the shapes do not fit, there are fewer than two rows, or a value is not finite.

    References
    ----------
    Dowson and Landau, "The Fréchet distance between multivariate normal distributions", 1982.
    Heusel et al., "GANs Trained by a Two Time-Scale Update Rule...", 2017, equation 6.
    https://arxiv.org/abs/1706.08500
    """
    if features_a.shape[-1] != features_b.shape[-1]:
        raise ValueError(
            f"expected two sets of features of one length, got {features_a.shape[-1]} and {features_b.shape[-1]}"
        )
    mean_a, cov_a = gaussian_moments(features_a)
    mean_b, cov_b = gaussian_moments(features_b)
    # tr (C_a C_b)^(1/2) by the symmetric product S C_b S with S = C_a^(1/2): it has the eigenvalues of C_a C_b,
    # and those of a symmetric positive semi-definite matrix are real even when the matrix is singular.
    values, vectors = torch.linalg.eigh(cov_a)
    root = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    cross = torch.linalg.eigvalsh(root @ cov_b @ root).clamp(min=0).sqrt().sum()
    return float((mean_a - mean_b).square().sum() + cov_a.trace() + cov_b.trace() - 2 * cross)
