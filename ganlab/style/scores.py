"""How good is a style transfer? An independent judge for the style, structural similarity for the content.

Either alone is easily won: a picture of pure pattern pleases the judge, the untouched photograph has similarity 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch import Tensor

from ganlab.data.paintings import STYLES
from ganlab.features.judge import StyleJudge
from ganlab.metrics.fidelity import luminance_ssim
from ganlab.pretrained import load_pretrained


@dataclass(frozen=True)
class StyleScores:
    """What :func:`evaluate_styles` found."""

    accuracy: float  # part of the pictures whose style the judge names, 0 to 1; chance is 1 / 21
    ssim: float  # structural similarity of the brightness to the content's, mean; 1 is the content itself
    recognised: int  # how many styles the judge names on at least six contents in ten
    by_style: dict[str, float]  # style -> accuracy

    def __str__(self) -> str:
        return (
            f"judge {self.accuracy:.2f} ({self.recognised} of {len(self.by_style)} styles at 0.6 or more), "
            f"SSIM {self.ssim:.2f}"
        )


@cache
def style_judge() -> StyleJudge:
    """The shipped judge, on the CPU, in eval mode. Loaded once."""
    judge = load_pretrained("style-judge")
    assert isinstance(judge, StyleJudge)
    return judge.to(memory_format=torch.channels_last)


@torch.no_grad()
def judge_styles(pictures: Tensor, *, judge: StyleJudge | None = None) -> Tensor:
    """The style that each picture looks like most.

    Parameters
    ----------
    pictures : Tensor
        (N, 3, H, W) in [-1, 1], clipped if they are not; marks as large as in pictures of 256 pixels.
    judge : StyleJudge, optional
        Another judge than the shipped one.

    Returns
    -------
    Tensor
        (N,) int64, numbers of ``ganlab.data.paintings.STYLES``, on the CPU.
    """
    judge = judge or style_judge()
    shown = pictures.detach().float().cpu().clamp(-1, 1).contiguous(memory_format=torch.channels_last)
    return torch.cat([judge(part).argmax(dim=1) for part in shown.split(16)])


@torch.no_grad()
def evaluate_styles(
    stylise: Callable[[Tensor, Tensor], Tensor],
    contents: Tensor,
    styles: Tensor,
    names: Sequence[str] = STYLES,
    *,
    judge: StyleJudge | None = None,
) -> StyleScores:
    """Paint every content in every style; ask the judge for the style and SSIM for the content.

    Parameters
    ----------
    stylise : callable
        ``stylise(contents (N, 3, H, W), style (1, 3, H', W'))`` -> (N, 3, H, W), all in [-1, 1].
    contents : Tensor
        (N, 3, H, W) in [-1, 1]; 256 pixels, for the judge knows marks of that scale.
    styles : Tensor
        (M, 3, H', W') in [-1, 1]: one picture of each of ``names``.
    names : sequence of str
        Which styles they are, from ``ganlab.data.paintings.STYLES``.
    judge : StyleJudge, optional
        Another judge than the shipped one.

    Returns
    -------
    StyleScores
        Means over all pairs.

    Raises
    ------
    ValueError
        If there is not one style for every name, or a name is unknown.
    """
    unknown = sorted(set(names) - set(STYLES))
    if unknown or len(names) != len(styles) or not len(styles):
        raise ValueError(
            f"evaluate_styles: expected one style for every name out of STYLES, got {len(styles)} for {len(names)}"
            + (f", among them the unknown {unknown}" if unknown else "")
        )
    by_style, similar = {}, []
    for name, style in zip(names, styles, strict=True):
        painted = stylise(contents, style[None])
        said = judge_styles(painted, judge=judge)
        by_style[name] = float((said == STYLES.index(name)).float().mean())
        similar.append(luminance_ssim(painted, contents))
    return StyleScores(
        accuracy=float(np.mean(list(by_style.values()))),
        ssim=float(np.mean(similar)),
        recognised=sum(found >= 0.6 for found in by_style.values()),
        by_style=by_style,
    )
