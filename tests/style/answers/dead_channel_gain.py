"""Right and wrong answers to the exercise dead_channel_gain of lesson 04, written as learners write them."""

import math

import numpy as np
import torch

from ganlab.style import checks
from tests.checks.bank import Bank, endless, stub


def gain_if(style_std, eps, inside):
    if inside:
        return style_std / eps**0.5
    return style_std / eps


def gain_measured(style_std, eps, inside):
    """Really does it, to a channel with next to no fluctuations."""
    channel = 1e-13 * torch.tensor([1.0, -1.0, 1.0, -1.0], dtype=torch.float64)
    variance = channel.var()
    std = (variance + eps).sqrt() if inside else variance.sqrt() + eps
    return ((style_std * (channel - channel.mean()) / std) / channel).mean()


def gain_limit(style_std, eps, inside):
    variance = 0.0
    content_std = math.sqrt(variance + eps) if inside else math.sqrt(variance) + eps
    return style_std / content_std


def gain_with(inside, outside=lambda s, e: s / e):
    return lambda s, e, i: inside(s, e) if i else outside(s, e)


BANK = Bank(
    checks.dead_channel_gain,
    right=[
        gain_if,
        gain_measured,
        gain_limit,
        lambda s, e, inside: s * e ** (-0.5 if inside else -1),
        lambda s, e, inside: np.divide(s, np.sqrt(e) if inside else e),
        lambda s, e, inside: torch.tensor(s) * torch.tensor(e).pow(0.5 if inside else 1.0).reciprocal(),
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda s, e, i: s / math.sqrt(e) if not i else None, "returns_none"),
        (lambda s, e, i: (s, e), "wrong_type"),
        (lambda s, e, i: torch.full((3, 1, 1), gain_if(s, e, i)), "wrong_shape"),
        (lambda s, e, i: gain_if(s, e, not i), "reversed"),
        (lambda s, e, i: s / e, "inside_ignored"),
        (lambda s, e, i: s / math.sqrt(e), "inside_ignored"),
        (lambda s, e, i: 1 / math.sqrt(e) if i else 1 / e, "no_style"),
        (lambda s, e, i: 1 / gain_if(s, e, i), "inverted"),
        (lambda s, e, i: math.sqrt(e) if i else e, "inverted"),
        (lambda s, e, i: s * math.sqrt(e) if i else s * e, "times_eps"),
        (lambda s, e, i: gain_if(s**2, e, i), "style_squared"),
        (lambda s, e, i: gain_if(math.sqrt(s), e, i), "style_squared"),
        (gain_with(lambda s, e: math.sqrt(s**2 + e) / math.sqrt(e), lambda s, e: (s + e) / e), "style_eps"),
        (gain_with(lambda s, e: math.sqrt(s / e)), "style_squared"),
        (gain_with(lambda s, e: s / e**2), "eps_squared"),
        (gain_with(lambda s, e: s / math.sqrt(e), lambda s, e: s / e**2), "eps_squared"),
        (gain_with(lambda s, e: 0.0), "inside"),
        (gain_with(lambda s, e: s * 1000), "inside"),
        (gain_with(lambda s, e: s / math.sqrt(e), lambda s, e: math.inf), "outside"),
        (gain_with(lambda s, e: s / math.sqrt(e), lambda s, e: s / (1 + e)), "outside"),
        (gain_with(lambda s, e: 0.5 / math.sqrt(e), lambda s, e: 0.5 / e), "wrong_value"),
        (gain_with(lambda s, e: 10 * s, lambda s, e: 100 * s), "wrong_value"),
    ],
)
