"""How good an enlarger is: fidelity by the convention, and a distance of features that judges what it looks like.

No single number will do: Blau and Michaeli proved that fidelity and the look of real pictures trade against each
other, for every measure of fidelity and every algorithm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import cast

import torch
from torch import Tensor

from ganlab.features.encoder import Encoder
from ganlab.metrics.fidelity import psnr_y, ssim_y
from ganlab.pretrained import load_pretrained
from ganlab.resampling import crop_to_multiple, to_8_bit
from ganlab.superres.degradations import degrade


@dataclass(frozen=True)
class EnlargerScores:
    """Means over pictures.

    Attributes
    ----------
    psnr, ssim : float
        Of the luma, by the convention of :mod:`ganlab.metrics.fidelity`; higher is nearer to the truth.
    distance : float
        :func:`perceptual_distance`; lower looks more like the truth.
    pictures : int
        How many were measured.
    """

    psnr: float
    ssim: float
    distance: float
    pictures: int

    def __str__(self) -> str:
        return f"PSNR {self.psnr:5.2f} dB, SSIM {self.ssim:.4f}, perceptual distance {self.distance:.4f}"


@cache
def _observer() -> Encoder:
    # No loss of super-resolution asks it. It is no stranger to them either: it was the teacher of adain-small, whose
    # encoder is asked. The judge of styles shares nothing with either; tests/superres/test_scores.py asks it as well.
    return cast(Encoder, load_pretrained("style-features"))


@torch.no_grad()
def perceptual_distance(pictures: Tensor, truth: Tensor, *, observer: Encoder | None = None) -> float:
    r"""A distance between what a network sees in two pictures, place by place; 0 for equal ones.

    .. math:: d = \frac1L \sum_l \operatorname*{mean}_{h,w}
              \left\lVert \frac{\varphi_l(x)_{hw}}{\lVert\varphi_l(x)_{hw}\rVert_2}
              - \frac{\varphi_l(y)_{hw}}{\lVert\varphi_l(y)_{hw}\rVert_2} \right\rVert_2^2

    It has the form of LPIPS, without the weights that were fitted to people's answers, and on the course's own small
    network in VGG's arrangement: its numbers compare with one another and with no published LPIPS.

    Parameters
    ----------
    pictures, truth : Tensor
        (N, 3, H, W) in [-1, 1], at least 16 x 16; clipped and rounded to 8 bits first.
    observer : Encoder, optional
        Another network than the shipped ``style-features``, such as VGG-19 from
        :func:`ganlab.features.vgg.vgg19_encoder`.

    Returns
    -------
    float
        Between 0 and 2: the features are not negative, so two unit vectors are at most at right angles.

    Raises
    ------
    ValueError
        If they are not two sets of colour pictures of one shape and that size.

    References
    ----------
    Zhang, Isola, Efros, Shechtman and Wang, "The Unreasonable Effectiveness of Deep Features as a Perceptual
    Metric", 2018, equation 1. https://arxiv.org/abs/1801.03924
    """
    if pictures.shape != truth.shape or pictures.dim() != 4 or pictures.shape[1] != 3 or min(pictures.shape[2:]) < 16:
        raise ValueError(
            "perceptual_distance: expected two sets (N, 3, H, W) of one shape, at least 16 x 16, got "
            f"{tuple(pictures.shape)} and {tuple(truth.shape)}"
        )
    both = torch.cat([to_8_bit(pictures), to_8_bit(truth)]).float().cpu()
    found = []
    for level in (observer or _observer()).levels(both):
        ours, real = (level / level.norm(dim=1, keepdim=True).clamp(min=1e-8)).chunk(2)
        found.append((ours - real).square().sum(dim=1).mean())
    return float(torch.stack(found).mean())


@torch.no_grad()
def evaluate_enlarger(
    enlarge: Callable[[Tensor], Tensor],
    truths: Sequence[Tensor],
    *,
    scale: int = 4,
    degradation: str = "bicubic",
    seed: int = 0,
) -> EnlargerScores:
    """Make pictures small, let them be enlarged, and compare with what they were.

    Parameters
    ----------
    enlarge : callable
        Small pictures (1, 3, h, w) in [-1, 1] -> (1, 3, scale h, scale w): a network in eval mode, for example.
    truths : sequence of Tensor
        Each (1, 3, H, W) in [-1, 1], of any size; what is no multiple of ``scale`` is cut off.
    scale : int
        By how much.
    degradation : str
        See :func:`ganlab.superres.degradations.degrade`.
    seed : int
        Of the degradation: every enlarger meets the same small pictures.

    Raises
    ------
    ValueError
        If there is no picture, or shapes do not fit.
    """
    if not truths:
        raise ValueError("evaluate_enlarger: expected at least one picture, got none")
    generator, rows = torch.Generator().manual_seed(seed), []
    for truth in truths:
        wanted = crop_to_multiple(truth, scale)
        large = enlarge(degrade(wanted, degradation, scale=scale, generator=generator)).float().cpu().clamp(-1, 1)
        rows.append(
            (
                psnr_y(large, wanted, shave=scale),
                ssim_y(large, wanted, shave=scale),
                perceptual_distance(large, wanted),
            )
        )
    psnr, ssim, distance = torch.tensor(rows, dtype=torch.float64).mean(dim=0).tolist()
    return EnlargerScores(psnr, ssim, distance, len(rows))
