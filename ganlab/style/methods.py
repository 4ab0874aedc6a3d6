"""Style transfer before and beside AdaIN, to stand next to it: colour histograms, Gatys, whitening and colouring.

References
----------
Gatys, Ecker and Bethge, "Image Style Transfer Using Convolutional Neural Networks", 2016, section 2.3.
Li, Fang, Yang, Wang, Lu and Yang, "Universal Style Transfer via Feature Transforms", 2017, section 3.2.
https://arxiv.org/abs/1705.08086
Gatys, Bethge, Hertzmann and Shechtman, "Preserving Color in Neural Artistic Style Transfer", 2016, section 3.
https://arxiv.org/abs/1606.05897
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ganlab.features.encoder import Encoder
from ganlab.images import LUMA
from ganlab.layers import evaluating
from ganlab.losses import total_variation
from ganlab.style.losses import content_loss, gram_loss, gram_matrix


@torch.no_grad()
def histogram_match(content: Tensor, style: Tensor) -> Tensor:
    """Give every colour channel of the content the histogram of the style's: the style's colours, none of its marks.

    Parameters
    ----------
    content, style : Tensor
        (N, C, H, W) and (N or 1, C, H', W') in [-1, 1].

    Returns
    -------
    Tensor
        (N, C, H, W), between the style's least and greatest values.

    Raises
    ------
    ValueError
        If the numbers of channels differ, or there are several styles and not one a content.

    References
    ----------
    Gonzalez and Woods, "Digital Image Processing", section 3.3; :func:`skimage.exposure.match_histograms`.
    """
    from skimage.exposure import match_histograms  # takes half a second to import

    _check("histogram_match", content, style)
    sources = style.expand(len(content), -1, -1, -1)
    matched = [
        torch.from_numpy(match_histograms(a.float().cpu().numpy(), b.float().cpu().numpy(), channel_axis=0))
        for a, b in zip(content, sources, strict=True)
    ]
    return torch.stack(matched).to(content)


def gatys(
    content: Tensor,
    style: Tensor,
    encoder: Encoder,
    *,
    steps: int = 200,
    content_weight: float = 1.0,
    style_weight: float = 10.0,
    smoothness: float = 0.1,
    lr: float = 0.04,
    start: str = "content",
    seed: int = 0,
    callback: Callable[[int, Tensor, dict[str, float]], None] | None = None,
) -> Tensor:
    r"""Optimise the pixels themselves until their features are the content's and their Gram matrices the style's.

    .. math:: L = w_c \frac{\lVert f_K(x) - f_K(c) \rVert^2}{\lVert f_K(c) \rVert^2}
              + \frac{w_s}{K} \sum_{l=1}^K \frac{\lVert G(f_l(x)) - G(f_l(s)) \rVert_F^2}{\lVert G(f_l(s)) \rVert_F^2}
              + w_v \operatorname{TV}(x)

    Both distances are relative to what they aim at, so the weights mean the same on every encoder's features.

    Parameters
    ----------
    content : Tensor
        (N, C, H, W) in [-1, 1], of at least twice the encoder's stride.
    style : Tensor
        (N or 1, C, H', W') in [-1, 1].
    encoder : Encoder
        Content is compared at its deepest level, style at all K. Left as it was found.
    steps, content_weight, style_weight, smoothness
        Steps of Adam, at least 1; w_c, w_s and w_v.
    lr : float
        Adam's first step size; it falls linearly to a fifth.
    start : str
        ``"content"``, or ``"noise"`` as in the paper, which takes more steps.
    seed : int
        Of the noise. The same seed gives the same picture; from the content there is no chance at all.
    callback : callable, optional
        Called after every step as ``callback(step, picture, losses)``: the steps taken, the picture so far
        (N, C, H, W), not to be changed, and the three losses at the step's start, not weighted.

    Returns
    -------
    Tensor
        (N, C, H, W) in [-1, 1], without gradient.

    Raises
    ------
    ValueError
        If the shapes do not fit, ``steps`` is below 1 or ``start`` is neither of the two.
    """
    _check("gatys", content, style)
    if steps < 1 or start not in ("content", "noise"):
        raise ValueError(
            f"gatys: expected at least 1 step and a start from content or noise, got {steps} and {start!r}"
        )
    noise = torch.rand(content.shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1
    pixels = (content.detach().clone() if start == "content" else noise.to(content)).requires_grad_()
    optimizer = torch.optim.Adam([pixels], lr)
    # Batch normalisation must not learn from what is looked at.
    with evaluating(encoder):
        with torch.no_grad():
            target = encoder(content)
            energy = target.float().square().mean().clamp(min=1e-12)
            grams = [gram_matrix(features) for features in encoder.levels(style)]
        for step in range(1, steps + 1):
            optimizer.param_groups[0]["lr"] = lr * (1 - 0.8 * (step - 1) / steps)
            with torch.enable_grad():
                levels = encoder.levels(pixels)
                losses = {
                    "content": content_loss(features=levels[-1], target=target) / energy,
                    "style": gram_loss(features=levels, targets=grams, relative=True) / len(levels),
                    "smoothness": total_variation(pixels),
                }
                weighted = content_weight * losses["content"] + style_weight * losses["style"]
                # Only the pixels' gradient: an encoder that is not frozen would collect one for every weight.
                (pixels.grad,) = torch.autograd.grad(weighted + smoothness * losses["smoothness"], [pixels])
            optimizer.step()
            with torch.no_grad():
                pixels.clamp_(-1, 1)
            if callback is not None:
                callback(step, pixels.detach(), {name: float(loss.detach()) for name, loss in losses.items()})
    return pixels.detach()


@torch.no_grad()
def whiten_colour(
    content_features: Tensor, style_features: Tensor, alpha: float = 1.0, *, tolerance: float = 1e-8
) -> Tensor:
    r"""Give features the style's mean and its whole covariance, where AdaIN gives only the covariance's diagonal.

    .. math:: t = \Sigma_s^{1/2}\, \Sigma_c^{-1/2}\, (c - \mu_c) + \mu_s, \qquad
              \operatorname{out} = \alpha\, t + (1 - \alpha)\, c

    By eigendecomposition, in float64: the inverse root of an eigenvalue amplifies its error, and of single precision
    little would be left.

    Parameters
    ----------
    content_features : Tensor
        (N, C, H, W).
    style_features : Tensor
        (N or 1, C, H', W'), of any size.
    alpha : float
        Strength: 0 returns the content's features, 1 the full transfer.
    tolerance : float
        Directions whose variance in the content is at most this part of the largest count as not there: dead and
        duplicate channels, or fewer places than channels. They are left out (a pseudo-inverse). The output's
        covariance is the style's exactly if nothing is left out but what the style lacks, too; otherwise it is
        :math:`\Sigma_s^{1/2} P\, \Sigma_s^{1/2}` with the projection P onto the directions that are there.

    Returns
    -------
    Tensor
        Like ``content_features``, in shape and dtype.

    Raises
    ------
    ValueError
        If the numbers of channels differ, or there are several styles and not one a content.
    """
    _check("whiten_colour", content_features, style_features)
    content, mean_c, values_c, vectors_c = _spectrum(content_features)
    _, mean_s, values_s, vectors_s = _spectrum(style_features)
    there = values_c > tolerance * values_c.amax(dim=1, keepdim=True)
    inverse_root = torch.where(there, values_c, torch.inf).rsqrt()
    whiten = vectors_c * inverse_root[:, None, :] @ vectors_c.transpose(1, 2)
    colour = vectors_s * values_s.sqrt()[:, None, :] @ vectors_s.transpose(1, 2)
    transferred = (colour @ (whiten @ (content - mean_c)) + mean_s).reshape(content_features.shape)
    return (alpha * transferred + (1 - alpha) * content_features).to(content_features.dtype)


def _spectrum(features: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Flat features (N, C, HW), their mean (N, C, 1), and the covariance's eigenvalues (N, C) and -vectors."""
    flat = features.double().flatten(2)
    mean = flat.mean(dim=2, keepdim=True)
    centred = flat - mean
    covariance = centred @ centred.transpose(1, 2) / max(flat.shape[2] - 1, 1)
    values, vectors = torch.linalg.eigh(covariance)
    return flat, mean, values.clamp(min=0), vectors  # rounding makes zeros slightly negative


def keep_colours(stylised: Tensor, content: Tensor) -> Tensor:
    """The brightness of one picture with the colours of the other.

    In YIQ a change of Y moves red, green and blue by the same amount, so there is no need to go there. Where that
    leads out of [-1, 1], the colour is made paler until it fits: clipping would change brightness and hue.

    Parameters
    ----------
    stylised, content : Tensor
        (N, 3, H, W) in [-1, 1]: whose luminance, and whose chrominance (N or 1).

    Returns
    -------
    Tensor
        (N, 3, H, W) in [-1, 1].

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    _check("keep_colours", stylised, content)
    if stylised.shape[1] != 3 or stylised.shape[2:] != content.shape[2:]:
        raise ValueError(
            "keep_colours: expected two colour pictures of one size (N, 3, H, W), "
            f"got {tuple(stylised.shape)} and {tuple(content.shape)}"
        )
    shares = torch.tensor(LUMA, dtype=stylised.dtype, device=stylised.device).view(1, 3, 1, 1)
    luma = (stylised.clamp(-1, 1) * shares).sum(dim=1, keepdim=True)
    chroma = content - (content * shares).sum(dim=1, keepdim=True)
    # How far each channel may go, as a part of how far it wants to go; the least of the three holds for all.
    room = torch.where(chroma > 0, 1 - luma, 1 + luma) / chroma.abs().clamp(min=1e-6)
    return (luma + room.amin(dim=1, keepdim=True).clamp(0, 1) * chroma).clamp(-1, 1)


def _check(name: str, first: Tensor, second: Tensor) -> None:
    fits = first.dim() == second.dim() == 4 and first.shape[1] == second.shape[1]
    if not fits or len(second) not in (1, len(first)):
        raise ValueError(
            f"{name}: expected (N, C, H, W) and (N or 1, C, H', W'), "
            f"got {tuple(first.shape)} and {tuple(second.shape)}"
        )
