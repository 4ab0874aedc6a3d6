"""Right and wrong answers to the exercise adain of lesson 04, written as learners write them."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from ganlab.layers import adaptive_instance_norm, feature_statistics
from ganlab.style import checks
from tests.checks.bank import Bank, endless, stub


def statistics_solution(features, eps=1e-5):
    mean = features.mean(dim=(2, 3), keepdim=True)
    std = (features.var(dim=(2, 3), keepdim=True) + eps).sqrt()
    return mean, std


def adain_solution(content, style, alpha=1.0):
    mean_c, std_c = feature_statistics(content)
    mean_s, std_s = feature_statistics(style)
    transferred = std_s * (content - mean_c) / std_c + mean_s
    return alpha * transferred + (1 - alpha) * content


def adain_loop(content, style, alpha=1.0):
    out = torch.empty_like(content)
    for i in range(content.shape[0]):
        for j in range(content.shape[1]):
            c, s = content[i, j], style[i % len(style), j]
            spread_c = (c - c.mean()).square().sum() / max(c.numel() - 1, 1)
            spread_s = (s - s.mean()).square().sum() / max(s.numel() - 1, 1)
            out[i, j] = (c - c.mean()) * torch.sqrt((spread_s + 1e-5) / (spread_c + 1e-5)) + s.mean()
    return alpha * out + (1 - alpha) * content


def adain_mixed_statistics(content, style, alpha=1.0):
    # A mixture of both statistics is the same straight line.
    mean_c, std_c = feature_statistics(content, eps=1e-8)
    mean_s, std_s = feature_statistics(style, eps=1e-8)
    mean, std = alpha * mean_s + (1 - alpha) * mean_c, alpha * std_s + (1 - alpha) * std_c
    return (content - mean_c) / std_c * std + mean


def adain_eps_outside(content, style, alpha=1.0):
    def spread(x):
        n = x.shape[2] * x.shape[3]
        return (x - x.mean((2, 3), keepdim=True)).square().sum((2, 3), keepdim=True).div(max(n - 1, 1)).sqrt() + 1e-5

    normalised = (content - content.mean((2, 3), keepdim=True)) / spread(content)
    return content + alpha * (normalised * spread(style) + style.mean((2, 3), keepdim=True) - content)


def adain_instance_norm(content, style, alpha=1.0):
    mean_s, std_s = feature_statistics(style)
    places = content[0, 0].numel()
    if places == 1:
        return torch.lerp(content, mean_s.expand_as(content), alpha)
    unit = F.instance_norm(content) * math.sqrt((places - 1) / places)
    return torch.lerp(content, unit * std_s + mean_s, alpha)


def adain_folded(content, style, alpha=1.0):
    (mean_c, std_c), (mean_s, std_s) = feature_statistics(content), feature_statistics(style)
    scale = std_s / std_c
    return content * (alpha * scale + 1 - alpha) + alpha * (mean_s - scale * mean_c)


def adain_double(content, style, alpha=1.0):
    return adain_solution(content.double(), style.double(), alpha)


def adain_numpy(content, style, alpha=1.0):
    c, s = content.numpy(), style.numpy()

    def spread(x):
        squares = ((x - x.mean((2, 3), keepdims=True)) ** 2).sum((2, 3), keepdims=True)
        return np.sqrt(squares / max(x[0, 0].size - 1, 1) + 1e-6)

    made = spread(s) * (c - c.mean((2, 3), keepdims=True)) / spread(c) + s.mean((2, 3), keepdims=True)
    return torch.from_numpy(alpha * made + (1 - alpha) * c)


def adain_own(content, style, alpha=1.0):
    return adaptive_instance_norm(content, style, alpha=alpha)


def adain_with(formula, alpha_is=lambda alpha, made, content: alpha * made + (1 - alpha) * content,
               dims_c=(2, 3), dims_s=(2, 3), unbiased=True):  # fmt: skip
    """From c, its mean and deviation, s, its mean and deviation."""

    def adain(content, style, alpha=1.0):
        mean_c, std_c = content.mean(dims_c, keepdim=True), content.std(dims_c, unbiased=unbiased, keepdim=True)
        mean_s, std_s = style.mean(dims_s, keepdim=True), style.std(dims_s, unbiased=unbiased, keepdim=True)
        return alpha_is(alpha, formula(content, mean_c, std_c, style, mean_s, std_s), content)

    return adain


def equation_8(c, mc, sc, s, ms, ss):
    return ss * (c - mc) / sc + ms


def adain_from_statistics(mix):
    """alpha mixed into the formula by this function of the two pairs of statistics and alpha."""

    def adain(content, style, alpha=1.0):
        pair_c, pair_s = feature_statistics(content), feature_statistics(style)
        mean, std = mix(*pair_c, *pair_s, alpha)
        return (content - pair_c[0]) / pair_c[1] * std + mean

    return adain


def adain_same_size(content, style, alpha=1.0):
    n, c, h, w = content.shape
    flat_c, flat_s = content.reshape(n, c, h * w), style.reshape(n, c, h * w)
    normalised = (flat_c - flat_c.mean(2, keepdim=True)) / flat_c.std(2, keepdim=True)
    out = normalised * flat_s.std(2, keepdim=True) + flat_s.mean(2, keepdim=True)
    return alpha * out.reshape(content.shape) + (1 - alpha) * content


def adain_zip(content, style, alpha=1.0):
    made = [adain_solution(c[None], s[None], alpha) for c, s in zip(content, style, strict=True)]
    return torch.cat(made)


def adain_in_place(content, style, alpha=1.0):
    mean_c, std_c = feature_statistics(content)
    mean_s, std_s = feature_statistics(style)
    content -= mean_c
    content *= std_s / std_c
    content += mean_s
    return content


def adain_biased_content(content, style, alpha=1.0):
    mean_s, std_s = feature_statistics(style)
    return alpha * (F.instance_norm(content) * std_s + mean_s) + (1 - alpha) * content


def adain_no_eps(content, style, alpha=1.0):
    mean_c, std_c = feature_statistics(content, eps=0.0)
    mean_s, std_s = feature_statistics(style, eps=0.0)
    return alpha * (std_s * (content - mean_c) / std_c + mean_s) + (1 - alpha) * content


def adain_one_place(content, style, alpha=1.0):
    (mean_c, std_c), (mean_s, std_s) = statistics_solution(content), statistics_solution(style)
    return alpha * (std_s * (content - mean_c) / std_c + mean_s) + (1 - alpha) * content


BANK = Bank(
    checks.adain,
    right=[
        adain_solution,
        adain_loop,
        adain_mixed_statistics,
        adain_eps_outside,
        adain_instance_norm,
        adain_folded,
        adain_double,
        adain_numpy,
        adain_own,
        lambda c, s, alpha=1: torch.lerp(c, adaptive_instance_norm(c, s), float(alpha)),
        lambda content, style, alpha=1.0: adain_solution(
            style=style, alpha=alpha, content=content.to(memory_format=torch.channels_last)
        ),
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda c, s, alpha=1.0: None, "returns_none"),
        (lambda c, s, alpha=1.0: adain_solution(c, s).numpy(), "wrong_type"),
        (lambda c, s, alpha=1.0: feature_statistics(s), "wrong_type"),
        (lambda c, s, alpha=1.0: adain_solution(c, s).flatten(2), "wrong_shape"),
        (lambda c, s, alpha=1.0: c * s.std((2, 3)) + s.mean((2, 3)), "error"),
        (adain_in_place, "changes_its_input"),
        (lambda c, s: adain_solution(c, s), "alpha_default"),
        (lambda c, s, alpha=0.5: adain_solution(c, s, alpha), "alpha_default"),
        (lambda c, s, alpha=0.0: adain_solution(c, s, 1 - alpha), "alpha_default"),
        (adain_with(equation_8, lambda a, made, c: (1 - a) * made + a * c), "alpha_reversed"),
        (lambda c, s, alpha=1.0: c, "content_only"),
        (adain_with(lambda c, mc, sc, s, ms, ss: sc * (c - mc) / sc + mc), "content_only"),
        (lambda c, s, alpha=1.0: s, "style_only"),
        (lambda c, s, alpha=1.0: c + s, "style_only"),
        (lambda c, s, alpha=1.0: adain_solution(s, c, alpha), "swapped"),
        (adain_with(lambda c, mc, sc, s, ms, ss: ss * c / sc + ms), "not_centred"),
        (adain_with(lambda c, mc, sc, s, ms, ss: ss * c + ms), "not_centred"),
        (adain_with(lambda c, mc, sc, s, ms, ss: ss * (c - mc / sc) + ms), "not_centred"),
        (adain_with(lambda c, mc, sc, s, ms, ss: ss * c - mc / sc + ms), "not_centred"),
        (adain_with(lambda c, mc, sc, s, ms, ss: ss * (c - mc) / sc), "style_mean"),
        (adain_with(lambda c, mc, sc, s, ms, ss: ss * (c - mc) / sc + mc), "style_mean"),
        (adain_with(lambda c, mc, sc, s, ms, ss: ss * (c - mc) / sc - ms), "style_mean"),
        (adain_with(lambda c, mc, sc, s, ms, ss: ss * (c - ms) / sc + mc), "means_swapped"),
        (adain_with(lambda c, mc, sc, s, ms, ss: ss * (c - ms) / sc + ms), "means_swapped"),
        (adain_with(lambda c, mc, sc, s, ms, ss: ss * ((c - mc) / sc + ms)), "order_of_steps"),
        (adain_with(lambda c, mc, sc, s, ms, ss: ss / sc * (c - mc + ms)), "order_of_steps"),
        (adain_with(lambda c, mc, sc, s, ms, ss: (c - mc) / ss * sc + ms), "divided_by_style"),
        (adain_with(lambda c, mc, sc, s, ms, ss: (c - mc) / ss + ms), "divided_by_style"),
        (adain_with(lambda c, mc, sc, s, ms, ss: ss * (c - mc) + ms), "not_divided"),
        (adain_with(lambda c, mc, sc, s, ms, ss: c - mc + ms), "not_divided"),
        (adain_with(lambda c, mc, sc, s, ms, ss: ss * (c - mc) * sc + ms), "not_divided"),
        (adain_with(lambda c, mc, sc, s, ms, ss: (c - mc) / sc + ms), "not_scaled"),
        (lambda c, s, alpha=1.0: F.instance_norm(c), "not_scaled"),
        (adain_with(lambda c, mc, sc, s, ms, ss: ss**2 * (c - mc) / sc**2 + ms), "variance"),
        (adain_with(equation_8, dims_c=(0, 2, 3), dims_s=(0, 2, 3)), "batch"),
        (adain_with(equation_8, dims_s=(0, 2, 3)), "batch"),
        (adain_with(equation_8, dims_c=(0, 2, 3), unbiased=False), "batch"),
        (adain_with(equation_8, dims_c=(1, 2, 3), dims_s=(1, 2, 3)), "channels"),
        (adain_with(equation_8, dims_s=(1, 2, 3)), "channels"),
        (adain_with(equation_8, dims_c=1, dims_s=1), "channels"),
        (lambda c, s, alpha=1.0: adain_solution(c, s[:1], alpha), "first_style"),
        (adain_same_size, "other_size"),
        (adain_with(equation_8, unbiased=False), "biased"),
        (adain_biased_content, "biased"),
        (adain_zip, "one_style"),
        (lambda c, s, alpha=1.0: alpha * adain_solution(c, s) + 0.1, "full_strength"),
        (lambda c, s, alpha=1.0: adain_solution(c, s).clamp(min=0), "full_strength"),
        (adain_with(equation_8, lambda a, made, c: made), "alpha_ignored"),
        (adain_from_statistics(lambda mc, sc, ms, ss, a: (a * ms + (1 - a) * mc, ss)), "alpha_partly"),
        (adain_from_statistics(lambda mc, sc, ms, ss, a: (ms, a * ss + (1 - a) * sc)), "alpha_partly"),
        (adain_with(equation_8, lambda a, made, c: a * made), "alpha_zero"),
        (adain_from_statistics(lambda mc, sc, ms, ss, a: (a * ms, a * ss)), "alpha_zero"),
        (adain_with(equation_8, lambda a, made, c: a**2 * made + (1 - a**2) * c), "alpha"),
        (adain_no_eps, "constant"),
        (adain_with(equation_8), "constant"),
        (adain_one_place, "one_place"),
        (lambda c, s, alpha=1.0: adain_solution(c, s, 1.0 if c.shape[1] == 5 and alpha == 1 else alpha)
         .where(torch.tensor(s.shape[3] != 2), torch.zeros(())), "wrong_value"),
    ],
)  # fmt: skip
