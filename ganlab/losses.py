"""Adversarial losses and penalties, as pure functions of logits.

Everywhere ``logits`` are the discriminator's raw scores f(x), before any sigmoid: D(x) = sigmoid(f(x)).
Losses are written with softplus, softplus(t) = log(1 + exp(t)), which stays finite for every finite logit where
``log(sigmoid(t))`` written literally gives -inf.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def discriminator_loss(*, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    r"""Minus the value function V(D, G): what the discriminator minimises.

    .. math:: L_D = -\mathbb{E}_x[\log D(x)] - \mathbb{E}_z[\log(1 - D(G(z)))]

    Parameters
    ----------
    real_logits, fake_logits : Tensor
        Logits of real and of generated pictures, any shape, each averaged on its own.

    Returns
    -------
    Tensor
        Scalar. 2 log 2 = 1.386 for a discriminator that cannot tell (all logits 0).

    References
    ----------
    Goodfellow et al., "Generative Adversarial Nets", 2014, equation 1. https://arxiv.org/abs/1406.2661
    """
    # -log sigmoid(f)
    loss_real = F.softplus(-real_logits).mean()
    # -log(1 - sigmoid(f))
    loss_fake = F.softplus(fake_logits).mean()
    return loss_real + loss_fake


def generator_loss(*, fake_logits: Tensor) -> Tensor:
    r"""The non-saturating generator loss: small when the discriminator takes fakes for real.

    .. math:: L_G = -\mathbb{E}_z[\log D(G(z))]

    Its gradient with respect to a logit is -(1 - D(G(z))): strongest where the generator is losing.

    Parameters
    ----------
    fake_logits : Tensor
        Logits of generated pictures, any shape.

    Returns
    -------
    Tensor
        Scalar, at least 0.

    References
    ----------
    Goodfellow et al., 2014, section 3, last paragraph. https://arxiv.org/abs/1406.2661
    """
    # -log sigmoid(f)
    return F.softplus(-fake_logits).mean()


def saturating_generator_loss(*, fake_logits: Tensor) -> Tensor:
    r"""The minimax generator loss, the generator's share of V(D, G).

    .. math:: L_G = \mathbb{E}_z[\log(1 - D(G(z)))]

    Its gradient with respect to a logit is -D(G(z)): it vanishes where D(G(z)) is near 0, that is, exactly
    where the discriminator is winning and the generator has most to learn. That is what "saturating" means.

    Parameters
    ----------
    fake_logits : Tensor
        As for :func:`generator_loss`.

    Returns
    -------
    Tensor
        Scalar, at most 0.

    References
    ----------
    Goodfellow et al., 2014, equation 1. https://arxiv.org/abs/1406.2661
    """
    # log(1 - sigmoid(f))
    return -F.softplus(fake_logits).mean()


def relativistic_discriminator_loss(*, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    r"""The discriminator's loss where each real picture is paired with a fake one, and only their difference counts.

    .. math:: L_D = \mathbb{E}_{x,z}[\log(1 + e^{-(f(x) - f(G(z)))})]

    Jolicoeur-Martineau, "The Relativistic Discriminator", 2018, https://arxiv.org/abs/1807.00734, in the form without
    sigmoid averages of Huang et al., "The GAN is dead; long live the GAN!" (R3GAN), 2024, equation 2.
    https://arxiv.org/abs/2501.05441

    Parameters
    ----------
    real_logits, fake_logits : Tensor
        Logits of real and of generated pictures, of one shape; the first is paired with the first, and so on.

    Returns
    -------
    Tensor
        Scalar. log 2 = 0.693 for a discriminator that cannot tell, whatever its logits are.

    Raises
    ------
    ValueError
        If there are not as many fake logits as real ones.
    """
    _check_pairs("relativistic_discriminator_loss", real_logits, fake_logits)
    return F.softplus(fake_logits - real_logits).mean()


def relativistic_generator_loss(*, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    r"""The generator's loss where each of its pictures is paired with a real one.

    .. math:: L_G = \mathbb{E}_{x,z}[\log(1 + e^{-(f(G(z)) - f(x))})]

    Arguments, returned value and source as for :func:`relativistic_discriminator_loss`. A fake has to be scored above
    the real picture it is paired with, not above zero: a discriminator cannot win by moving all logits.
    """
    _check_pairs("relativistic_generator_loss", real_logits, fake_logits)
    return F.softplus(real_logits - fake_logits).mean()


def _check_pairs(name: str, real_logits: Tensor, fake_logits: Tensor) -> None:
    if real_logits.shape != fake_logits.shape:
        raise ValueError(
            f"{name}: expected as many real logits as fake ones, got {tuple(real_logits.shape)} and "
            f"{tuple(fake_logits.shape)}; draw batches of one size"
        )


def r1_penalty(*, real_logits: Tensor, real: Tensor) -> Tensor:
    r"""Half the mean squared norm of the discriminator's gradient at real pictures.

    .. math:: R_1 = \tfrac12\, \mathbb{E}_x\left[\lVert \nabla_x f(x) \rVert_2^2\right]

    The norm is taken over each whole picture, all channels and pixels, and the mean over pictures.

    Parameters
    ----------
    real_logits : Tensor
        ``discriminator(real)``, shape (N,), still attached to its graph. In a discriminator with batch
        normalisation a picture's logit depends on the others in the batch; the sum's gradient is used as it is.
    real : Tensor
        Shape (N, ...), with ``requires_grad`` set before the forward pass.

    Returns
    -------
    Tensor
        Scalar, at least 0, differentiable with respect to the discriminator's parameters.

    Raises
    ------
    ValueError
        If ``real`` does not require a gradient.

    References
    ----------
    Mescheder et al., "Which Training Methods for GANs do actually Converge?", 2018, equation 9.
    https://arxiv.org/abs/1801.04406
    """
    if not real.requires_grad:
        raise ValueError(
            "r1_penalty: expected `real` with requires_grad=True, got one without; call real.requires_grad_() before "
            "the discriminator sees it"
        )
    return _half_square_slope(real_logits, real)


def r2_penalty(*, fake_logits: Tensor, fake: Tensor) -> Tensor:
    r"""Half the mean squared norm of the discriminator's gradient at generated pictures.

    .. math:: R_2 = \tfrac12\, \mathbb{E}_z\left[\lVert \nabla f(G(z)) \rVert_2^2\right]

    R1 flattens the discriminator where the data are, R2 where the generator's pictures are: that is where the
    generator reads its gradient. Mescheder et al., 2018, equation 10.

    Returned value and errors as of :func:`r1_penalty`, which is this at real pictures.

    Parameters
    ----------
    fake_logits : Tensor
        ``discriminator(fake)``, shape (N,), still attached to its graph.
    fake : Tensor
        Shape (N, ...), detached from the generator, with ``requires_grad`` set before the forward pass.
    """
    if not fake.requires_grad:
        raise ValueError(
            "r2_penalty: expected `fake` with requires_grad=True, got one without; call "
            "fake.detach().requires_grad_() before the discriminator sees it"
        )
    return _half_square_slope(fake_logits, fake)


def _half_square_slope(logits: Tensor, pictures: Tensor) -> Tensor:
    """Half the squared norm of the gradient at each picture, over all of its values; the mean over pictures."""
    (gradient,) = torch.autograd.grad(logits.sum(), pictures, create_graph=True)
    return at_least_float32(gradient).flatten(1).square().sum(dim=1).mean() / 2


def masked_l2(
    *, prediction: Tensor, target: Tensor, mask: Tensor, overlap: int = 0, overlap_weight: float = 10.0
) -> Tensor:
    r"""Mean squared error over the missing pixels, and a ring of known ones around them.

    .. math:: L = \frac{\sum_i w_i\, \lVert \hat x_i - x_i \rVert_2^2}{C \sum_i w_i},\qquad
              w_i = m_i + \lambda\, (\operatorname{dilate}(m)_i - m_i)

    It is divided by the weight there is, not by the size of the picture: a small hole counts as much as a large one.

    Parameters
    ----------
    prediction, target : Tensor
        (N, C, H, W).
    mask : Tensor
        (N, 1, H, W), 1 where a pixel is missing.
    overlap : int
        Width of the ring in pixels. The paper takes 7 at 128 x 128: a filling that also has to meet the known
        pixels at its border leaves no seam there.
    overlap_weight : float
        Weight of the ring against the hole's 1; the paper's is 10.

    Returns
    -------
    Tensor
        Scalar; each picture has its own mean, then pictures are averaged. A picture without a hole counts 0.

    References
    ----------
    Pathak et al., "Context Encoders", 2016, equation 1 and section 5.2. https://arxiv.org/abs/1604.07379
    """
    weight = mask
    if overlap > 0:
        grown = F.max_pool2d(mask, 2 * overlap + 1, stride=1, padding=overlap)
        weight = mask + overlap_weight * (grown - mask)
    error = (weight * (prediction - target).square()).sum(dim=(1, 2, 3))
    return (error / (prediction.shape[1] * weight.sum(dim=(1, 2, 3))).clamp(min=1e-8)).mean()


def masked_l1(*, prediction: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    r"""Mean absolute error over the missing pixels: its minimiser is the conditional *median*, not the mean.

    .. math:: L = \frac{\sum_i m_i\, \lVert \hat x_i - x_i \rVert_1}{C \sum_i m_i}

    Arguments and normalisation as for :func:`masked_l2` without a ring.
    """
    error = (mask * (prediction - target).abs()).sum(dim=(1, 2, 3))
    return (error / (prediction.shape[1] * mask.sum(dim=(1, 2, 3))).clamp(min=1e-8)).mean()


def total_variation(pictures: Tensor) -> Tensor:
    """Mean absolute difference between neighbours, across plus down (anisotropic): small for smooth pictures.

    Parameters
    ----------
    pictures : Tensor
        (N, C, H, W).

    Returns
    -------
    Tensor
        Scalar, at least 0; a picture one pixel wide has no neighbours across, and those count 0.

    References
    ----------
    Rudin, Osher and Fatemi, "Nonlinear total variation based noise removal algorithms", 1992.
    """
    wide = at_least_float32(pictures)
    across, down = wide[..., :, 1:] - wide[..., :, :-1], wide[..., 1:, :] - wide[..., :-1, :]
    return sum((d.abs().mean() for d in (across, down) if d.numel()), start=wide.sum() * 0)


def at_least_float32(x: Tensor) -> Tensor:
    """At least float32: in half precision the sum of 65,536 squares is infinite."""
    return x if x.dtype == torch.float64 else x.float()
