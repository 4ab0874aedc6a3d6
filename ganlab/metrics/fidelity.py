"""How faithful a picture is to its truth: PSNR and SSIM of whole pictures, of holes, of brightness; flicker of films.

``psnr_y`` and ``ssim_y`` follow the convention of the super-resolution literature: pictures of 8 bits, the luma of
BT.601 alone, and as many pixels as the scale cut off all around. A number measured in another way (on RGB, on floats,
with the border) can differ by two decibels and compares to none.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganlab.images import LUMA
from ganlab.resampling import to_8_bit
from ganlab.runtime import MOST_PIXELS, as_integer


def luma(pictures: Tensor) -> Tensor:
    r"""The Y of BT.601 on its scale from 16 to 235, as MATLAB's ``rgb2ycbcr`` gives it.

    .. math:: Y = 16 + 65.481\,R + 128.553\,G + 24.966\,B, \qquad R, G, B \in [0, 1]

    Parameters
    ----------
    pictures : Tensor
        (N, C, H, W) in [-1, 1], C 1 (grey: R = G = B) or 3.

    Returns
    -------
    Tensor
        (N, 1, H, W), float64.

    Raises
    ------
    ValueError
        If the shape does not fit.

    References
    ----------
    Recommendation ITU-R BT.601-7, 2011, section 2.5.
    """
    if pictures.dim() != 4 or pictures.shape[1] not in (1, 3):
        raise ValueError(f"luma: expected pictures (N, C, H, W) with C 1 or 3, got {tuple(pictures.shape)}")
    colours = ((pictures.double() + 1) / 2).expand(-1, 3, -1, -1)
    weights = torch.tensor([65.481, 128.553, 24.966], dtype=torch.float64, device=pictures.device)
    return 16 + (weights[:, None, None] * colours).sum(dim=1, keepdim=True)


def _compared(name: str, pictures: Tensor, truth: Tensor, shave: int) -> tuple[Tensor, Tensor]:
    """The luma of both, of 8-bit pictures, without the border."""
    if pictures.shape != truth.shape or pictures.dim() != 4:
        raise ValueError(
            f"{name}: expected two sets (N, C, H, W) of one shape, got {tuple(pictures.shape)} and "
            f"{tuple(truth.shape)}"
        )
    shave = as_integer(f"{name}: shave", shave, least=0, most=MOST_PIXELS)
    if min(pictures.shape[2:]) <= 2 * shave:
        raise ValueError(
            f"{name}: expected pictures of more than {2 * shave} pixels, twice the border of {shave}, got "
            f"{pictures.shape[2]} x {pictures.shape[3]}"
        )
    inner = (..., slice(shave, pictures.shape[2] - shave), slice(shave, pictures.shape[3] - shave))
    # float64 before the rounding: 8 bits computed in bfloat16 are none, and in two precisions not the same.
    return luma(to_8_bit(pictures.detach().double()))[inner], luma(to_8_bit(truth.detach().double()))[inner]


def psnr_y(pictures: Tensor, truth: Tensor, *, shave: int = 4) -> float:
    r"""Peak signal-to-noise ratio of the luma in decibels; the mean over pictures.

    .. math:: 10 \log_{10} \frac{255^2}{\operatorname{MSE}(Y, \hat Y)}

    Parameters
    ----------
    pictures, truth : Tensor
        (N, C, H, W) in [-1, 1], C 1 or 3; clipped and rounded to 8 bits first.
    shave : int
        Pixels that are not looked at along each side: the scale, by convention.

    Returns
    -------
    float
        Infinite for equal pictures.

    Raises
    ------
    ValueError
        If the shapes do not fit or nothing would be left.

    References
    ----------
    Ledig et al., 2017, section 3.1. https://arxiv.org/abs/1609.04802
    """
    ours, real = _compared("psnr_y", pictures, truth, shave)
    return float((10 * torch.log10(255**2 / (ours - real).square().mean(dim=(1, 2, 3)))).mean())


def _similarity(
    a: Tensor, b: Tensor, *, data_range: float, gaussian: bool = True
) -> tuple[float, NDArray[np.float64]]:
    """scikit-image's SSIM of two pictures (H, W) or (C, H, W), and its map, by windows that are Gaussian or flat."""
    from skimage.metrics import structural_similarity

    windows = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False} if gaussian else {}
    score, local = structural_similarity(
        a.cpu().numpy(),
        b.cpu().numpy(),
        channel_axis=0 if a.dim() == 3 else None,
        data_range=data_range,
        full=True,
        **windows,
    )
    return float(score), local


def ssim_y(pictures: Tensor, truth: Tensor, *, shave: int = 4) -> float:
    """Structural similarity of the luma; the mean over pictures: 1 for equal ones.

    scikit-image's, with the Gaussian windows and the constants of the paper. Parameters and errors as for
    :func:`psnr_y`; pictures must measure 11 pixels more than the border at least, one window.

    References
    ----------
    Wang, Bovik, Sheikh and Simoncelli, "Image Quality Assessment: From Error Visibility to Structural Similarity",
    2004. https://doi.org/10.1109/TIP.2003.819861
    """
    ours, real = _compared("ssim_y", pictures, truth, shave)
    if min(ours.shape[2:]) < 11:
        raise ValueError(f"ssim_y: expected at least 11 pixels inside the border, got {tuple(ours.shape[2:])}")
    scores = [_similarity(a, b, data_range=255)[0] for a, b in zip(ours[:, 0], real[:, 0], strict=True)]
    return float(sum(scores) / len(scores))


def flicker(frames: Sequence[Tensor], truth: Sequence[Tensor] | None = None) -> float:
    r"""How much a film changes from frame to frame, in grey levels of the luma; of what its truth does not.

    .. math:: \frac{1}{T-1}\sum_t \operatorname{mean}\,\bigl|(Y_{t+1}-Y_t) - (Y^*_{t+1}-Y^*_t)\bigr|

    Parameters
    ----------
    frames : sequence of Tensor
        At least two, each (1, C, H, W) in [-1, 1], of one size.
    truth : sequence of Tensor, optional
        The frames as they should be; without it they should stand still.

    Returns
    -------
    float
        0 if every frame changes as the truth does.

    Raises
    ------
    ValueError
        If there are fewer than two frames, or not as many true ones.
    """
    if len(frames) < 2 or (truth is not None and len(truth) != len(frames)):
        raise ValueError(
            f"flicker: expected at least two frames, and as many true ones, got {len(frames)}"
            + (f" and {len(truth)}" if truth is not None else "")
        )
    sizes = {tuple(frame.shape) for frame in (*frames, *(truth or ()))}
    if len(sizes) != 1:
        raise ValueError(f"flicker: expected frames of one size, got {', '.join(map(str, sorted(sizes)))}")
    changes = []
    for t in range(len(frames) - 1):
        change = luma(frames[t + 1]) - luma(frames[t])
        if truth is not None:
            change = change - (luma(truth[t + 1]) - luma(truth[t]))
        changes.append(float(change.abs().mean()))
    return sum(changes) / len(changes)


def _hole_error(pictures: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    if pictures.shape != truth.shape or mask.shape != (len(truth), 1, *truth.shape[2:]):
        raise ValueError(
            f"expected two sets (N, C, H, W) and a mask (N, 1, H, W), got {tuple(pictures.shape)}, "
            f"{tuple(truth.shape)} and {tuple(mask.shape)}"
        )
    missing = mask.sum(dim=(1, 2, 3)).double()
    if bool((missing == 0).any()):
        raise ValueError("expected a hole in every picture, got a mask without one: there is nothing to measure")
    error = ((pictures.double() - truth.double()) / 2).square() * mask  # / 2: errors on a scale of 0 to 1
    return error.sum(dim=(1, 2, 3)) / (truth.shape[1] * missing)


def hole_psnr(pictures: Tensor, truth: Tensor, mask: Tensor) -> float:
    r"""Peak signal-to-noise ratio over the missing pixels alone, in decibels; the mean over pictures.

    .. math:: -10 \log_{10} \operatorname{MSE}_\text{hole},\qquad\text{with pictures on a scale from 0 to 1}

    Known pixels are equal by construction; counting them would make a small hole look like a good filling.

    Parameters
    ----------
    pictures, truth : Tensor
        (N, C, H, W) in [-1, 1].
    mask : Tensor
        (N, 1, H, W), 1 where a pixel was missing.

    Raises
    ------
    ValueError
        If shapes do not fit or a picture has no hole.
    """
    return float((-10 * torch.log10(_hole_error(pictures, truth, mask).clamp(min=1e-10))).mean())


def hole_ssim(pictures: Tensor, truth: Tensor, mask: Tensor) -> float:
    """Structural similarity, averaged over the missing pixels and then over pictures: 1 for equal pictures.

    scikit-image's map of local similarities (Gaussian windows of sigma 1.5, as in the paper), with channels averaged.
    Parameters and errors as for :func:`hole_psnr`.

    References
    ----------
    Wang, Bovik, Sheikh and Simoncelli, "Image Quality Assessment: From Error Visibility to Structural Similarity",
    2004. https://doi.org/10.1109/TIP.2003.819861
    """
    # The same demands on the arguments.
    _hole_error(pictures, truth, mask)
    scores = []
    for ours, real, hole in zip(pictures.double(), truth.double(), mask.cpu(), strict=True):
        _, local = _similarity(real, ours, data_range=2.0)
        scores.append(float(local.mean(axis=0)[hole[0].numpy() > 0].mean()))
    return float(sum(scores) / len(scores))


def luminance_ssim(pictures: Tensor, contents: Tensor) -> float:
    """Structural similarity (Wang et al. 2004) of the brightness, mean over pictures.

    Parameters
    ----------
    pictures, contents : Tensor
        (N, 3, H, W) in [-1, 1], at least 7 x 7 pixels; clipped if they are not.

    Returns
    -------
    float
        At most 1.

    Raises
    ------
    ValueError
        If the shapes differ.

    References
    ----------
    Wang, Bovik, Sheikh and Simoncelli, "Image Quality Assessment", 2004;
    :func:`skimage.metrics.structural_similarity`.
    """
    if pictures.shape != contents.shape or pictures.dim() != 4 or pictures.shape[1] != 3:
        raise ValueError(
            "luminance_ssim: expected two sets of colour pictures of one shape (N, 3, H, W), "
            f"got {tuple(pictures.shape)} and {tuple(contents.shape)}"
        )
    shares = torch.tensor(LUMA)[:, None, None]
    grey = [((x.detach().float().cpu().clamp(-1, 1) * shares).sum(dim=1) + 1) / 2 for x in (pictures, contents)]
    scores = [_similarity(a, b, data_range=1.0, gaussian=False)[0] for a, b in zip(*grey, strict=True)]
    return float(np.mean(scores))
