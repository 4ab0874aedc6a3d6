"""Right and wrong answers to the exercises of lesson 04, written as learners write them."""

import math

import numpy as np
import torch
import torch.nn.functional as F
import torchvision.transforms.functional as TF
from banks import Bank

from ganlab.checks import lesson_04
from ganlab.features.vgg import IMAGENET_MEAN as MEAN
from ganlab.features.vgg import IMAGENET_STD as STD
from ganlab.layers import adaptive_instance_norm, feature_statistics
from ganlab.style.losses import style_loss as ganlab_style_loss

# As the notebook gives them to the learner.
IMAGENET_MEAN, IMAGENET_STD = torch.tensor(MEAN), torch.tensor(STD)


def stub(*args, **kwargs):
    raise NotImplementedError("your code here: replace this line")


def endless(*args):
    return endless(*args)


# --- 1: channel_statistics ------------------------------------------------------------------------------------
def statistics_solution(features, eps=1e-5):
    mean = features.mean(dim=(2, 3), keepdim=True)
    std = (features.var(dim=(2, 3), keepdim=True) + eps).sqrt()
    return mean, std


def statistics_loop(features, eps=1e-5):
    n, c, _, _ = features.shape
    mean, std = features.new_zeros(n, c, 1, 1), features.new_zeros(n, c, 1, 1)
    for i in range(n):
        for j in range(c):
            values = features[i, j].flatten()
            mean[i, j] = values.sum() / len(values)
            std[i, j] = math.sqrt(((values - mean[i, j]) ** 2).sum().item() / (len(values) - 1) + eps)
    return mean, std


def statistics_flat(features, eps=1e-5):
    n, c = features.size()[:2]
    flat = features.reshape(n, c, -1)
    variance = flat.var(dim=2) + eps
    return [flat.mean(dim=2).view(n, c, 1, 1), variance.sqrt().view(n, c, 1, 1)]


def statistics_var_mean(features, eps=1e-5):
    variance, mean = torch.var_mean(features, (-2, -1), keepdim=True)
    return mean, torch.sqrt(variance + eps)


def statistics_einsum(features, eps=1e-5):
    places = features[0, 0].numel()
    mean = torch.einsum("nchw->nc", features) / places
    centred = features - mean[..., None, None]
    variance = torch.einsum("nchw,nchw->nc", centred, centred) / (places - 1)
    return mean[..., None, None], ((variance + eps) ** 0.5)[..., None, None]


def statistics_moments(features, eps=1e-5):
    places = features.shape[2] * features.shape[3]
    mean = F.adaptive_avg_pool2d(features, 1)
    variance = (F.adaptive_avg_pool2d(features**2, 1) - mean**2) * places / (places - 1)
    return mean, (variance + eps).sqrt()


def statistics_numpy(features, eps=1e-5):
    x = features.double().numpy()
    deviation = np.sqrt(x.var(axis=(2, 3), ddof=1, keepdims=True) + eps)
    return torch.from_numpy(x.mean(axis=(2, 3), keepdims=True)), torch.from_numpy(deviation)


def statistics_rows_first(features, eps=1e-5):
    mean = features.mean(3, keepdim=True).mean(2, keepdim=True)
    squares = (features - mean).square().sum(3, keepdim=True).sum(2, keepdim=True)
    return mean, squares.div(features.shape[2] * features.shape[3] - 1).add(eps).sqrt()


def statistics_in_place(features, eps=1e-5):
    mean = features.mean((2, 3), keepdim=True)
    features -= mean
    variance = features.square().sum((2, 3), keepdim=True) / (features[0, 0].numel() - 1)
    return mean, (variance + eps).sqrt()


def statistics_over(dims, keepdim=True, unbiased=True):
    def statistics(features, eps=1e-5):
        variance = features.var(dims, unbiased=unbiased, keepdim=keepdim)
        return features.mean(dims, keepdim=keepdim), (variance + eps).sqrt()

    return statistics


def statistics_spread(dims):
    """With the right shape: what was averaged too far is repeated."""

    def statistics(features, eps=1e-5):
        mean, std = statistics_over(dims)(features, eps)
        wanted = (*features.shape[:2], 1, 1)
        return mean.expand(wanted), std.expand(wanted)

    return statistics


def statistics_with(deviation):
    """The right mean, and this function of the map and eps."""

    def statistics(features, eps=1e-5):
        return features.mean((2, 3), keepdim=True), deviation(features, eps)

    return statistics


def std_of(features, unbiased=True):
    return features.std((2, 3), unbiased=unbiased, keepdim=True)


def var_of(features):
    return features.var((2, 3), keepdim=True)


STATISTICS = Bank(
    lesson_04.channel_statistics,
    right=[
        statistics_solution,
        statistics_loop,
        statistics_flat,
        statistics_var_mean,
        statistics_einsum,
        statistics_moments,
        statistics_numpy,
        statistics_rows_first,
        feature_statistics,
        statistics_with(lambda x, eps: torch.hypot(std_of(x), torch.tensor(eps**0.5, dtype=x.dtype))),
        statistics_with(lambda x, eps: torch.linalg.vector_norm(
            x - x.mean((2, 3), keepdim=True), dim=(2, 3), keepdim=True
        ).square().div(x[0, 0].numel() - 1).add(eps).sqrt()),
        lambda features, eps=1e-5: statistics_solution(features.to(memory_format=torch.channels_last), eps),
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda x, eps=1e-5: None, "returns_none"),
        (lambda x, eps=1e-5: x.mean((2, 3), keepdim=True), "wrong_type"),
        (lambda x, eps=1e-5: torch.stack(statistics_solution(x)), "wrong_type"),
        (lambda x, eps=1e-5: {"mean": x.mean(), "std": x.std()}, "wrong_type"),
        (lambda x, eps=1e-5: (*statistics_solution(x), eps), "pair"),
        (lambda x, eps=1e-5: tuple(part.numpy() for part in statistics_solution(x)), "pair"),
        (lambda x, eps=1e-5: (x.mean().item(), x.std().item()), "pair"),
        (lambda x, eps=1e-5: statistics_solution(x, eps)[::-1], "order"),
        (lambda x, eps=1e-5: torch.std_mean(x, (2, 3), keepdim=True), "order"),
        (lambda x, eps=1e-5: torch.std_mean(x, (2, 3)), "order"),
        (statistics_over((0, 2, 3)), "batch"),
        (statistics_over((0, 2, 3), unbiased=False), "batch"),
        (statistics_over((0, 2, 3), keepdim=False), "batch"),
        (statistics_spread((0, 2, 3)), "batch"),
        (lambda x, eps=1e-5: (statistics_solution(x)[0], statistics_over((0, 2, 3))(x, eps)[1]), "batch"),
        (statistics_over((1, 2, 3)), "layer"),
        (statistics_over((1, 2, 3), keepdim=False), "layer"),
        (statistics_spread((1, 2, 3)), "layer"),
        (statistics_over(1), "across_channels"),
        (statistics_over(1, keepdim=False), "across_channels"),
        (statistics_over(0), "across_batch"),
        (statistics_over((0, 1)), "across_batch"),
        (lambda x, eps=1e-5: (x.mean(), x.std()), "everything"),
        (statistics_over((0, 1, 2, 3)), "everything"),
        (statistics_over(2), "one_axis"),
        (statistics_over(-1), "one_axis"),
        (statistics_over(3, keepdim=False), "one_axis"),
        (statistics_over((2, 3), keepdim=False), "no_axes"),
        (lambda x, eps=1e-5: (x.flatten(2).mean(2, keepdim=True), x.flatten(2).std(2, keepdim=True)), "no_axes"),
        (lambda x, eps=1e-5: (x.mean((2, 3), keepdim=True), x.std((2, 3))), "no_axes"),
        (lambda x, eps=1e-5: tuple(part.transpose(0, 1) for part in statistics_solution(x)), "wrong_shape"),
        (lambda x, eps=1e-5: tuple(part.expand_as(x) for part in statistics_solution(x)), "wrong_shape"),
        (statistics_in_place, "changes_its_input"),
        (lambda x, eps=1e-5: (x.sum((2, 3), keepdim=True), std_of(x)), "mean"),
        (lambda x, eps=1e-5: (x.amax((2, 3), keepdim=True), std_of(x)), "mean"),
        (lambda x, eps=1e-5: (x.flatten(2).median(2).values[..., None, None], std_of(x)), "mean"),
        (statistics_with(lambda x, eps: var_of(x)), "variance"),
        (statistics_with(lambda x, eps: var_of(x) + eps), "variance"),
        (statistics_with(lambda x, eps: x.var((2, 3), unbiased=False, keepdim=True) + eps), "variance"),
        (statistics_with(lambda x, eps: (x.square().mean((2, 3), keepdim=True) + eps).sqrt()), "not_centred"),
        (statistics_over((2, 3), unbiased=False), "biased"),
        (statistics_with(lambda x, eps: std_of(x, False)), "biased"),
        (statistics_with(lambda x, eps: std_of(x, False) + eps), "biased"),
        (statistics_with(lambda x, eps: (x - x.mean((2, 3), keepdim=True)).abs().mean((2, 3), keepdim=True)),
         "deviation"),
        (statistics_with(lambda x, eps: 1 / (std_of(x) + eps)), "deviation"),
        (statistics_with(lambda x, eps: std_of(x)), "no_eps"),
        (statistics_with(lambda x, eps: (var_of(x) + 1e-5).sqrt()), "no_eps"),
        (statistics_with(lambda x, eps: std_of(x) + eps), "eps_outside"),
        (statistics_with(lambda x, eps: (var_of(x) + eps**2).sqrt()), "eps_squared"),
        (statistics_with(lambda x, eps: var_of(x).clamp(min=eps).sqrt()), "eps_as_limit"),
        (statistics_with(lambda x, eps: std_of(x).clamp(min=eps)), "eps_as_limit"),
        (lambda x, eps=1e-8: statistics_solution(x, eps), "default_eps"),
        (lambda x, eps=0.0: statistics_solution(x, eps), "default_eps"),
        (statistics_with(lambda x, eps: (var_of(x) + 2 * eps).sqrt()), "default_eps"),
        (statistics_with(lambda x, eps: ((x - x.mean((2, 3), keepdim=True)).square().sum((2, 3), keepdim=True)
                                         / 19 + eps).sqrt()), "wrong_value"),
    ],
)  # fmt: skip


# --- 2: adain -------------------------------------------------------------------------------------------------
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


ADAIN = Bank(
    lesson_04.adain,
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


# --- 3: estimator_ratio ---------------------------------------------------------------------------------------
def ratio_measured(places):
    values = torch.linspace(-1, 2, places, dtype=torch.float64)
    return values.std(unbiased=False) / values.std()


def ratio_numpy(places):
    values = np.arange(places) ** 2.0
    return np.std(values) / np.std(values, ddof=1)


RATIO = Bank(
    lesson_04.estimator_ratio,
    right=[
        lambda n: math.sqrt((n - 1) / n),
        lambda n: (1 - 1 / n) ** 0.5,
        lambda n: math.sqrt(n - 1) / math.sqrt(n),
        lambda n: torch.tensor((n - 1) / n).sqrt(),
        lambda n: np.float32(np.sqrt(1 - 1 / n)),
        ratio_measured,
        ratio_numpy,
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda n: None, "returns_none"),
        (lambda n: f"{math.sqrt((n - 1) / n):.3f}", "wrong_type"),
        (lambda n: [math.sqrt((m - 1) / m) for m in (4, 64, 4096)], "wrong_type"),
        (lambda n: torch.tensor([(n - 1) / n]).sqrt(), "wrong_shape"),
        (lambda n: math.sqrt(n / (n - 1)), "inverted"),
        (lambda n: (n - 1) / n, "variances"),
        (lambda n: n / (n - 1), "variances_inverted"),
        (lambda n: 1 - math.sqrt((n - 1) / n), "missing_part"),
        (lambda n: 100 * math.sqrt((n - 1) / n), "percent"),
        (lambda n: 100 * (1 - math.sqrt((n - 1) / n)), "percent"),
        (lambda n: math.sqrt((n**2 - 1) / n**2), "side"),
        (lambda n: ((n - 1) / n) ** 0.25, "root_twice"),
        (lambda n: math.sqrt(n - 1 / n), "precedence"),
        (lambda n: n - 1 / n, "precedence"),
        (lambda n: math.sqrt(n / (n + 1)), "one_too_far"),
        (lambda n: math.sqrt((n + 1) / n), "one_too_far"),
        (lambda n: (n - 1) / math.sqrt(n), "half_power"),
        (lambda n: 1 - 1 / (2 * n), "approximation"),
        (lambda n: round(math.sqrt((n - 1) / n), 2), "rounded"),
        (lambda n: math.sqrt((n - 1) // n), "wrong_value"),
        (lambda n: math.sqrt(3 / 4), "wrong_value"),
        (lambda n: round(math.sqrt((n - 1) / n), 4), "wrong_value"),
        (lambda n: torch.randn(n).std(unbiased=False) / torch.randn(n).std(), "wrong_value"),
    ],
)


# --- 4: dead_channel_gain -------------------------------------------------------------------------------------
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


GAIN = Bank(
    lesson_04.dead_channel_gain,
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


# --- 5: normalise_for_vgg -------------------------------------------------------------------------------------
def vgg_solution(pictures):
    mean, std = IMAGENET_MEAN.view(1, 3, 1, 1), IMAGENET_STD.view(1, 3, 1, 1)
    return ((pictures + 1) / 2 - mean) / std


def vgg_loop(pictures):
    channels = []
    for i, (mean, std) in enumerate(zip(MEAN, STD, strict=True)):
        channels.append((pictures[:, i] * 0.5 + 0.5 - mean) / std)
    return torch.stack(channels, dim=1)


def vgg_assigned(pictures):
    out = pictures.clone()
    for i in range(3):
        out[:, i] = ((out[:, i] + 1) / 2 - IMAGENET_MEAN[i]) / IMAGENET_STD[i]
    return out


def vgg_moved(pictures):
    last = pictures.permute(0, 2, 3, 1)
    return ((last / 2 + 0.5 - IMAGENET_MEAN) / IMAGENET_STD).permute(0, 3, 1, 2)


def vgg_batch_norm(pictures):
    dtype = pictures.dtype
    mean, std = IMAGENET_MEAN.to(dtype), IMAGENET_STD.to(dtype)
    return F.batch_norm((pictures + 1) / 2, mean, std.square(), eps=0.0)


def vgg_convolution(pictures):
    dtype = pictures.dtype
    weight = torch.diag(0.5 / IMAGENET_STD)[..., None, None].to(dtype)
    return F.conv2d(pictures, weight, ((0.5 - IMAGENET_MEAN) / IMAGENET_STD).to(dtype))


def vgg_einsum(pictures):
    scaled = torch.einsum("nchw,c->nchw", pictures.double() + 1, 0.5 / IMAGENET_STD.double())
    return scaled - (IMAGENET_MEAN / IMAGENET_STD)[:, None, None]


def vgg_in_place(pictures):
    pictures += 1
    pictures /= 2
    return (pictures - IMAGENET_MEAN[:, None, None]) / IMAGENET_STD[:, None, None]


def vgg_with(formula, shape=(3, 1, 1)):
    return lambda x: formula(x, IMAGENET_MEAN.view(shape), IMAGENET_STD.view(shape))


def plain(x, m, s):
    return ((x + 1) / 2 - m) / s


def vgg_red_only(pictures):
    return vgg_solution(torch.cat([pictures[:, :1], pictures[:, 1:].detach()], dim=1))


def vgg_first_only(pictures):
    return vgg_solution(torch.cat([pictures[:1], pictures[1:].detach()]))


VGG = Bank(
    lesson_04.normalise_for_vgg,
    right=[
        vgg_solution,
        vgg_loop,
        vgg_assigned,
        vgg_moved,
        vgg_batch_norm,
        vgg_convolution,
        vgg_einsum,
        vgg_with(plain),
        lambda x: TF.normalize((x + 1) / 2, MEAN, STD),
        lambda x: TF.normalize(x, [2 * m - 1 for m in MEAN], [2 * s for s in STD]),
        lambda x: vgg_solution(x.to(memory_format=torch.channels_last)),
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda x: None, "returns_none"),
        (lambda x: vgg_solution(x).numpy(), "wrong_type"),
        (lambda x: vgg_solution(x)[0], "wrong_shape"),
        (lambda x: (x + 1) / 2 - IMAGENET_MEAN.view(2, 3), "error"),
        (vgg_in_place, "changes_its_input"),
        (lambda x: TF.normalize(x.add_(1).div_(2), MEAN, STD, inplace=True), "changes_its_input"),
        (lambda x: x, "unchanged"),
        (lambda x: ((x + 1) / 2 - 0.5) / 0.5, "unchanged"),
        (vgg_with(plain, (3,)), "broadcast_axis"),
        (vgg_with(plain, (3, 1)), "broadcast_axis"),
        (vgg_with(plain, (3, 1, 1, 1)), "broadcast_axis"),
        (lambda x: vgg_solution(x).permute(0, 2, 3, 1), "channels_last"),
        (lambda x: vgg_solution(x).flip(1), "bgr"),
        (lambda x: vgg_solution(x[:, [2, 1, 0]]), "bgr"),
        (vgg_with(lambda x, m, s: ((x + 1) / 2 - m.flip(0)) / s.flip(0)), "bgr"),
        (vgg_with(lambda x, m, s: (x - m) / s), "range"),
        (vgg_with(lambda x, m, s: ((x + 1) * 127.5 - m) / s), "bytes"),
        (vgg_with(lambda x, m, s: (x + 1) * 127.5 - m * 255), "bytes"),
        (vgg_with(lambda x, m, s: (x * 2 - 1 - m) / s), "wrong_range"),
        (vgg_with(lambda x, m, s: (x + 1 - m) / s), "wrong_range"),
        (vgg_with(lambda x, m, s: ((x + 1 / 2) - m) / s), "wrong_range"),
        (vgg_with(lambda x, m, s: (x / 2 - m) / s), "wrong_range"),
        (lambda x: (x + 1) / 2, "only_range"),
        (vgg_with(lambda x, m, s: (x + 1) / 2 - m), "no_std"),
        (vgg_with(lambda x, m, s: (x + 1) / 2 / s), "no_mean"),
        (vgg_with(lambda x, m, s: ((x + 1) / 2 - m) * s), "upside_down"),
        (vgg_with(lambda x, m, s: (x + 1) / 2 * s + m), "upside_down"),
        (vgg_with(lambda x, m, s: (x + 1) / 2 - m / s), "order_of_steps"),
        (vgg_with(lambda x, m, s: (x + 1) / 2 / s - m), "order_of_steps"),
        (vgg_with(lambda x, m, s: ((x - m) / s + 1) / 2), "order_of_steps"),
        (vgg_with(lambda x, m, s: ((x + 1) / 2 - m) / s.square()), "squares"),
        (lambda x: F.instance_norm(x, eps=0) * 3 / math.sqrt(8), "wrong_value"),
        (lambda x: (x - x.mean((2, 3), keepdim=True)) / x.std((2, 3), keepdim=True), "own_statistics"),
        (lambda x: (x - x.mean()) / x.std(), "own_statistics"),
        (vgg_with(lambda x, m, s: plain(x, m, s).clamp(-1, 1)), "wrong_value"),
        (vgg_with(lambda x, m, s: plain(x, m, s + 1e-2)), "wrong_value"),
        (lambda x: vgg_solution(x.detach()), "detach"),
        (lambda x: torch.from_numpy(vgg_solution(x.detach()).numpy()), "detach"),
        (vgg_red_only, "gradient"),
        (vgg_first_only, "gradient"),
        (lambda x: (vgg_solution(x) + vgg_solution(x.detach())) / 2, "gradient"),
    ],
)  # fmt: skip


# --- 6: reach -------------------------------------------------------------------------------------------------
def reach_solution(length, kernel, stride):
    counts = [0] * ((length - 1) * stride + kernel)
    for i in range(length):
        for j in range(kernel):
            counts[i * stride + j] += 1
    return counts


def reach_torch(length, kernel, stride):
    return F.conv_transpose1d(torch.ones(1, 1, length), torch.ones(1, 1, kernel), stride=stride)[0, 0]


def reach_module(length, kernel, stride):
    layer = torch.nn.ConvTranspose1d(1, 1, kernel, stride, bias=False)
    torch.nn.init.ones_(layer.weight)
    return layer(torch.ones(1, length)).squeeze(0)


def reach_convolved(length, kernel, stride):
    spread = np.zeros((length - 1) * stride + 1, dtype=int)
    spread[::stride] = 1
    return np.convolve(spread, np.ones(kernel, dtype=int))


def reach_slices(length, kernel, stride):
    out = torch.zeros((length - 1) * stride + kernel, dtype=torch.int64)
    for start in range(0, length * stride, stride):
        out[start : start + kernel] += 1
    return out


def reach_scatter(length, kernel, stride):
    places = (torch.arange(length)[:, None] * stride + torch.arange(kernel)).flatten()
    return tuple(torch.bincount(places, minlength=(length - 1) * stride + kernel).tolist())


def reach_closed(length, kernel, stride):
    places = np.arange((length - 1) * stride + kernel)
    first = np.maximum(np.ceil((places - kernel + 1) / stride), 0)
    last = np.minimum(places // stride, length - 1)
    return np.maximum(last - first + 1, 0)


def reach_gradient(length, kernel, stride):
    # The transposed convolution is the gradient of the convolution.
    x = torch.zeros(1, 1, (length - 1) * stride + kernel, requires_grad=True)
    F.conv1d(x, torch.ones(1, 1, kernel), stride=stride).sum().backward()
    return x.grad.flatten()


def reach_list_of_tensors(length, kernel, stride):
    return list(reach_torch(length, kernel, stride))


def reach_overwritten(length, kernel, stride):
    out = torch.zeros((length - 1) * stride + kernel)
    for i in range(length):
        out[i * stride : i * stride + kernel] = 1
    return out


def reach_indexed(length, kernel, stride):
    out = torch.zeros((length - 1) * stride + kernel)
    places = (torch.arange(length)[:, None] * stride + torch.arange(kernel)).flatten()
    out[places] += 1  # a place that comes twice is counted once
    return out


def reach_stamps(stamps, kernel_of=lambda k: k, first=0):
    """Counts of the right length, from these stamps, each this long."""

    def reach(length, kernel, stride):
        out = [0] * ((length - 1) * stride + kernel)
        for i in stamps(length):
            for j in range(first, kernel_of(kernel)):
                if 0 <= i * stride + j < len(out):
                    out[i * stride + j] += 1
        return out

    return reach


def reach_at_most_two(length, kernel, stride):
    return [min(count, 2) for count in reach_solution(length, kernel, stride)]


def reach_at_least_one(length, kernel, stride):
    return [max(count, 1) for count in reach_solution(length, kernel, stride)]


REACH = Bank(
    lesson_04.reach,
    right=[
        reach_solution,
        reach_torch,
        reach_module,
        reach_convolved,
        reach_slices,
        reach_scatter,
        reach_closed,
        reach_gradient,
        reach_list_of_tensors,
        lambda n, k, s: list(reach_module(n, k, s)),
        reach_stamps(range),
        lambda n, k, s: [float(c) for c in reach_solution(n, k, s)],
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda n, k, s: None, "returns_none"),
        (lambda n, k, s: max(reach_solution(n, k, s)), "wrong_type"),
        (lambda n, k, s: dict(enumerate(reach_solution(n, k, s))), "wrong_type"),
        (lambda n, k, s: (count for count in reach_solution(n, k, s)), "wrong_type"),
        (lambda n, k, s: F.conv_transpose1d(torch.ones(1, 1, n), torch.ones(1, 1, k), stride=s), "wrong_shape"),
        (lambda n, k, s: F.conv_transpose1d(torch.ones(n), torch.ones(k), stride=s), "error"),
        (lambda n, k, s: reach_solution(n, k, 1), "stride_ignored"),
        (lambda n, k, s: F.conv1d(torch.ones(1, 1, n), torch.ones(1, 1, k), stride=s)[0, 0], "convolution"),
        (lambda n, k, s: [k] * n, "convolution"),
        (lambda n, k, s: [], "not_numbers"),
        (lambda n, k, s: [f"{c} weights" for c in reach_solution(n, k, s)], "not_numbers"),
        (lambda n, k, s: reach_solution(k, n, s)[:1] * (n + (k - 1) * s), "dilation"),
        (lambda n, k, s: reach_solution(n, s, k), "swapped"),
        (lambda n, k, s: reach_solution(n, k, s)[: n * s], "fence_posts"),
        (lambda n, k, s: reach_solution(n + 1, k, s), "fence_posts"),
        (lambda n, k, s: reach_solution(n, k, s)[:-1], "fence_posts"),
        (lambda n, k, s: reach_solution(n, k, s)[1:-1], "wrong_shape"),
        (reach_overwritten, "touched"),
        (reach_indexed, "touched"),
        (lambda n, k, s: [c > 0 for c in reach_solution(n, k, s)], "touched"),
        (lambda n, k, s: [c - 1 for c in reach_solution(n, k, s)], "from_zero"),
        (reach_stamps(lambda n: range(-9, n + 9)), "borders"),
        (lambda n, k, s: [math.ceil(k / s)] * ((n - 1) * s + k), "uniform"),
        (lambda n, k, s: [k / s] * ((n - 1) * s + k), "uniform"),
        (reach_stamps(range, lambda k: k - 1), "kernel_length"),
        (reach_stamps(range, lambda k: k + 1), "kernel_length"),
        (reach_stamps(range, first=1), "kernel_length"),
        (reach_stamps(lambda n: range(n - 1)), "last_stamp"),
        (reach_at_most_two, "wide_kernel"),
        (reach_at_least_one, "holes"),
        (reach_stamps(lambda n: range(1, n)), "counts"),
        (lambda n, k, s: [i * s for i in range((n - 1) * s + k)], "counts"),
        (lambda n, k, s: reach_solution(*((4, 4, 2) if (n, k, s) == (8, 4, 2) else (n, k, s))), "wrong_value"),
    ],
)  # fmt: skip


# --- 7: style_loss --------------------------------------------------------------------------------------------
def loss_solution(features, targets):
    total = 0
    for found, target in zip(features, targets, strict=True):
        for mine, wanted in zip(feature_statistics(found), feature_statistics(target), strict=True):
            total = total + (mine - wanted).square().mean()
    return total


def loss_mse(features, targets):
    losses = []
    for found, target in zip(features, targets, strict=True):
        (mean_f, std_f), (mean_t, std_t) = feature_statistics(found), feature_statistics(target)
        losses.append(F.mse_loss(mean_f, mean_t) + F.mse_loss(std_f, std_t))
    return torch.stack(losses).sum()


def loss_pictures(features, targets):
    """Picture by picture and channel by channel."""
    total = torch.tensor(0.0)
    for found, target in zip(features, targets, strict=True):
        n, c = found.shape[:2]
        for i in range(n):
            for j in range(c):
                f, t = found[i, j], target[i, j]
                total = total + ((f.mean() - t.mean()) ** 2 + (f.std() - t.std()) ** 2) / (n * c)
    return total


def loss_flat(features, targets):
    def both(maps):
        flat = maps.double().flatten(2)
        return torch.stack([flat.mean(-1), (flat.var(-1) + 1e-5).sqrt()])

    pairs = zip(features, targets, strict=True)
    return sum(2 * F.mse_loss(both(found), both(target)) for found, target in pairs)


def loss_einsum(features, targets):
    total = torch.zeros(())
    for level in range(len(features)):
        (mean_f, std_f), (mean_t, std_t) = map(feature_statistics, (features[level], targets[level]))
        gap = torch.cat([mean_f - mean_t, std_f - std_t]).flatten()
        total += torch.einsum("i,i->", gap, gap) / mean_f.numel()
    return total


def loss_with(combine, statistics=feature_statistics):
    """The levels' sum of this function of the differences of means and deviations."""

    def loss(features, targets):
        total = 0.0
        for found, target in zip(features, targets, strict=True):
            (mean_f, std_f), (mean_t, std_t) = statistics(found), statistics(target)
            total = total + combine(mean_f - mean_t, std_f - std_t)
        return total

    return loss


def squares(m, s):
    return (m**2).mean() + (s**2).mean()


def mean_and(deviation):
    return lambda maps: (maps.mean((2, 3), keepdim=True), deviation(maps))


def over(dims, unbiased=True):
    return lambda maps: (maps.mean(dims, keepdim=True), maps.std(dims, unbiased=unbiased, keepdim=True))


def loss_first(features, targets):
    total = 0
    for level in range(len(features)):
        total = total + loss_solution([features[level]], [targets[level]])
        if level < len(features):
            return total
    return total


def loss_last(features, targets):
    for found, target in zip(features, targets, strict=True):
        total = loss_solution([found], [target])
    return total


def loss_places(features, targets):
    return sum(F.mse_loss(found, target) for found, target in zip(features, targets, strict=True))


def loss_gram(features, targets, by_channels=True, reduction="mean"):
    def gram(maps):
        n, c, h, w = maps.shape
        flat = maps.reshape(n, c, h * w)
        return flat @ flat.mT / (c * h * w if by_channels else h * w)

    return sum(F.mse_loss(gram(f), gram(t), reduction=reduction) for f, t in zip(features, targets, strict=True))


def loss_joined(features, targets):
    def both(maps):
        return [torch.cat(part, 1) for part in zip(*map(feature_statistics, maps), strict=True)]

    (mean_f, std_f), (mean_t, std_t) = both(features), both(targets)
    return F.mse_loss(mean_f, mean_t) + F.mse_loss(std_f, std_t)


def loss_same_size(features, targets):
    return sum(loss_solution([f], [t.reshape(f.shape)]) for f, t in zip(features, targets, strict=True))


def loss_some_detached(features, targets):
    return loss_solution([features[0], *(level.detach() for level in features[1:])], targets)


def loss_cut(mean=False, deviation=False, level=0):
    """Right, but from this level on some of the statistics are cut off from the graph."""

    def loss(features, targets):
        total = 0
        for number, (found, target) in enumerate(zip(features, targets, strict=True)):
            (mean_f, std_f), (mean_t, std_t) = feature_statistics(found), feature_statistics(target)
            mean_f = mean_f.detach() if mean and number >= level else mean_f
            std_f = std_f.detach() if deviation and number >= level else std_f
            total = total + F.mse_loss(mean_f, mean_t) + F.mse_loss(std_f, std_t)
        return total

    return loss


def loss_first_pictures(features, targets):
    return loss_solution([torch.cat([x[:1], x[1:].detach()]) for x in features], targets)


def loss_three_levels(features, targets):
    """Right for three levels."""
    return loss_solution(features, targets) * 3 / len(features)


def loss_in_place(features, targets):
    for found, target in zip(features, targets, strict=True):
        found -= found.mean((2, 3), keepdim=True)
        target -= target.mean((2, 3), keepdim=True)
    return loss_solution(features, targets)


STYLE = Bank(
    lesson_04.style_loss,
    right=[
        loss_solution,
        loss_mse,
        loss_pictures,
        loss_flat,
        loss_einsum,
        loss_with(squares),
        loss_with(squares, over((2, 3))),
        loss_with(squares, over((-1, -2))),
        loss_with(lambda m, s: torch.cat([m, s]).square().mean() * 2),
        loss_with(lambda m, s: (m.square() + s.square()).mean(1).mean()),
        loss_with(lambda m, s: torch.complex(m, s).abs().square().mean()),
        lambda f, t: ganlab_style_loss(features=f, targets=t),
        lambda f, t: loss_solution([x.to(memory_format=torch.channels_last) for x in f], t),
        lambda f, t: loss_solution(f, [x.detach() for x in t]),
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda f, t: None, "returns_none"),
        (lambda f, t: loss_solution(f, t).item(), "wrong_type"),
        (lambda f, t: [loss_solution([x], [y]) for x, y in zip(f, t, strict=True)], "wrong_type"),
        (lambda f, t: torch.stack([loss_solution([x], [y]) for x, y in zip(f, t, strict=True)]), "wrong_shape"),
        (lambda f, t: F.mse_loss(f, t), "error"),
        (loss_in_place, "changes_its_input"),
        (loss_first, "first_only"),
        (loss_last, "last_only"),
        (lambda f, t: loss_solution(f, t) / len(f), "levels_mean"),
        (loss_joined, "levels_joined"),
        (loss_with(lambda m, s: (m**2).mean()), "means_only"),
        (loss_with(lambda m, s: (s**2).mean()), "deviations_only"),
        (loss_with(lambda m, s: torch.cat([m, s]).square().mean()), "half"),
        (loss_with(lambda m, s: ((m + s) ** 2).mean()), "added_first"),
        (loss_with(lambda m, s: m.mean() + s.mean()), "not_squared"),
        (loss_with(lambda m, s: m.abs().mean() + s.abs().mean()), "absolute"),
        (loss_with(lambda m, s: m.abs().mean() + s.abs().mean(), over((2, 3), False)), "absolute"),
        (loss_with(lambda m, s: m.norm() + s.norm()), "norm"),
        (loss_with(lambda m, s: m.flatten(1).norm(dim=1).mean() + s.flatten(1).norm(dim=1).mean()), "norm"),
        (loss_with(lambda m, s: m.flatten(1).norm(dim=1).sum() + s.flatten(1).norm(dim=1).sum()), "norm"),
        (loss_with(lambda m, s: squares(m, s).sqrt()), "norm"),
        (loss_with(squares, mean_and(lambda x: x.var((2, 3), keepdim=True))), "variance"),
        (loss_with(lambda m, s: (m**2).sum() + (s**2).sum()), "sum"),
        (loss_with(lambda m, s: (m**2 + s**2).sum(1).mean()), "sum"),
        (loss_with(lambda m, s: m.square().sum() + s.square().sum(), over((2, 3), False)), "sum"),
        (loss_places, "places"),
        (lambda f, t: sum(((x - y) ** 2).sum() for x, y in zip(f, t, strict=True)), "places"),
        (loss_with(squares, over((0, 2, 3))), "batch"),
        (loss_with(squares, over((0, 2, 3), False)), "batch"),
        (loss_with(lambda m, s: squares(m.mean(0), s.mean(0))), "batch"),
        (loss_with(squares, over((1, 2, 3))), "channels"),
        (loss_with(lambda m, s: squares(m.mean(1), s.mean(1))), "channels"),
        (loss_gram, "gram"),
        (lambda f, t: loss_gram(f, t, by_channels=False), "gram"),
        (lambda f, t: loss_gram(f, t, reduction="sum"), "gram"),
        (loss_with(squares, over((2, 3), False)), "biased"),
        (loss_same_size, "other_size"),
        (loss_with(lambda m, s: squares(m, s) + 0.01), "numbers"),
        (loss_with(lambda m, s: squares(m, s) * 1.01), "numbers"),
        (lambda f, t: loss_solution(f[1:], t[1:]), "numbers"),
        (lambda f, t: loss_solution([x[:1] for x in f], t), "numbers"),
        (loss_three_levels, "wrong_value"),
        (lambda f, t: loss_solution([x.detach() for x in f], t), "detach"),
        (lambda f, t: torch.tensor(loss_solution(f, t).item()), "detach"),
        (loss_some_detached, "detach"),
        (loss_with(squares, mean_and(lambda x: x.var((2, 3), keepdim=True).sqrt())), "nan_gradient"),
        (loss_with(squares, mean_and(lambda x: x.var((2, 3), keepdim=True).sqrt() + 1e-5)), "nan_gradient"),
        (loss_cut(deviation=True), "gradient"),
        (loss_cut(mean=True), "gradient"),
        (loss_cut(deviation=True, level=2), "gradient"),
        (loss_first_pictures, "gradient"),
    ],
)  # fmt: skip


# --- 8: whiten ------------------------------------------------------------------------------------------------
def whiten_solution(features):
    flat = features.double().flatten(1)
    centred = flat - flat.mean(dim=1, keepdim=True)
    covariance = centred @ centred.T / (centred.shape[1] - 1)
    values, vectors = torch.linalg.eigh(covariance)
    white = vectors @ torch.diag(values.rsqrt()) @ vectors.T @ centred
    return white.reshape(features.shape).to(features.dtype)


def centred_of(features):
    flat = features.double().flatten(1)
    return flat - flat.mean(1, keepdim=True)


def whiten_by(matrix, correction=1):
    """The map, its mean removed, multiplied by this function of the covariance."""

    def whiten(features):
        centred = centred_of(features)
        return (matrix(torch.cov(centred, correction=correction)) @ centred).reshape(features.shape)

    return whiten


def zca(covariance, power=-0.5):
    values, vectors = torch.linalg.eigh(covariance)
    return vectors * values.pow(power) @ vectors.T


def whiten_svd(features):
    # Without the covariance: of X = U S V^T the white one is sqrt(n - 1) U V^T.
    centred = centred_of(features)
    u, _, vh = torch.linalg.svd(centred, full_matrices=False)
    return (u @ vh * math.sqrt(centred.shape[1] - 1)).reshape(features.shape)


def whiten_svd_of_covariance(covariance):
    u, s, _ = torch.linalg.svd(covariance)
    return u @ torch.diag(1 / s.sqrt()) @ u.mT


def whiten_eig(covariance):
    values, vectors = torch.linalg.eig(covariance)
    return (vectors @ torch.diag(values**-0.5) @ torch.linalg.inv(vectors)).real


def whiten_newton(covariance):
    """Denman and Beavers: no eigenvalues at all."""
    root, inverse = covariance, torch.eye(len(covariance)).to(covariance)
    for _ in range(30):
        root, inverse = (root + inverse.inverse()) / 2, (inverse + root.inverse()) / 2
    return inverse


def whiten_numpy(features):
    x = features.numpy().astype(np.float64)
    c, h, w = x.shape
    flat = x.reshape(c, -1)
    values, vectors = np.linalg.eigh(np.cov(flat))
    white = (vectors / np.sqrt(values + 1e-9)) @ vectors.T @ (flat - flat.mean(axis=1, keepdims=True))
    return torch.from_numpy(white.reshape(c, h, w))


def whiten_single(features):
    flat = features.flatten(1)
    flat = flat - flat.mean(1, keepdim=True)
    values, vectors = torch.linalg.eigh(flat @ flat.T / flat.shape[1])
    return torch.einsum("ij,j,kj,kp->ip", vectors, values.rsqrt(), vectors, flat).view_as(features)


def whiten_places_first(features):
    c, h, w = features.shape
    rows = features.permute(1, 2, 0).reshape(h * w, c).double()
    rows = rows - rows.mean(0)
    values, vectors = torch.linalg.eigh(rows.T @ rows / (h * w - 1))
    return (rows @ vectors / values.sqrt() @ vectors.T).T.reshape(c, h, w)


def whiten_cholesky_symmetric(covariance):
    """The polar factor of a Cholesky factor's inverse."""
    inverse = torch.linalg.cholesky(covariance).inverse()
    u, _, vh = torch.linalg.svd(inverse)
    return (u @ vh).T @ inverse


def pca(covariance):
    values, vectors = torch.linalg.eigh(covariance)
    return torch.diag(values**-0.5) @ vectors.T


def vectors_with(left, right):
    def matrix(covariance):
        values, vectors = torch.linalg.eigh(covariance)
        return left(vectors) @ torch.diag(values**-0.5) @ right(vectors)

    return matrix


def same(matrix):
    return matrix


def whiten_not_centred(features):
    flat = features.double().flatten(1)
    return (zca(torch.cov(flat)) @ flat).reshape(features.shape)


def whiten_moments_only(features):
    flat = features.double().flatten(1)
    return (zca(flat @ flat.T / flat.shape[1]) @ flat).reshape(features.shape)


def whiten_uncentred(features):
    flat = features.double().flatten(1)
    moments = flat @ flat.T / flat.shape[1]
    return (zca(moments) @ centred_of(features)).reshape(features.shape)


def whiten_whole_mean(features):
    flat = features.double().flatten(1)
    return (zca(torch.cov(flat)) @ (flat - flat.mean())).reshape(features.shape)


def whiten_sum(features):
    centred = centred_of(features)
    return (zca(centred @ centred.T) @ centred).reshape(features.shape)


def whiten_over_places(features):
    centred = centred_of(features).T
    return (zca(torch.cov(centred)) @ centred).T.reshape(features.shape)


def whiten_in_place(features):
    features -= features.mean((1, 2), keepdim=True)
    return whiten_solution(features)


def whiten_four(features):
    """Right for four channels."""
    return whiten_solution(torch.cat([features, features])[:4])


WHITEN = Bank(
    lesson_04.whiten,
    right=[
        whiten_solution,
        whiten_by(zca),
        whiten_by(zca, correction=0),
        whiten_by(whiten_svd_of_covariance),
        whiten_by(whiten_eig),
        whiten_by(whiten_newton),
        whiten_by(whiten_cholesky_symmetric),
        whiten_by(lambda s: zca(s + 1e-5 * torch.eye(len(s)))),
        whiten_by(lambda s: torch.linalg.inv(zca(s, 0.5))),
        whiten_svd,
        whiten_numpy,
        whiten_single,
        whiten_places_first,
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda x: None, "returns_none"),
        (lambda x: whiten_solution(x).numpy(), "wrong_type"),
        (lambda x: torch.linalg.eigh(torch.cov(x.flatten(1))), "wrong_type"),
        (lambda x: torch.linalg.eigh(torch.cov(x))[0], "error"),
        (whiten_by(lambda s: whiten_eig(s) + 0j), "error"),
        (lambda x: whiten_solution(x) + 0j, "complex"),
        (lambda x: whiten_solution(x).flatten(1), "flat"),
        (lambda x: whiten_solution(x)[None], "wrong_shape"),
        (lambda x: torch.cov(whiten_solution(x).flatten(1)), "wrong_shape"),
        (whiten_in_place, "changes_its_input"),
        (whiten_by(lambda s: torch.linalg.inv(s).sqrt()), "finite"),
        (whiten_over_places, "finite"),
        (whiten_not_centred, "not_centred"),
        (whiten_moments_only, "not_centred"),
        (whiten_whole_mean, "not_centred"),
        (lambda x: x, "not_centred"),
        (lambda x: centred_of(x).reshape(x.shape), "only_centred"),
        (whiten_by(lambda s: torch.diag(s.diagonal() ** -0.5)), "instance_norm"),
        (lambda x: F.instance_norm(x[None])[0], "instance_norm"),
        (whiten_by(lambda s: zca(s, 0.5)), "coloured"),
        (whiten_by(same), "coloured"),
        (whiten_by(lambda s: zca(s, 0.5), correction=0), "coloured"),
        (whiten_by(torch.linalg.inv), "inverse"),
        (whiten_by(lambda s: zca(s, -1), correction=0), "inverse"),
        (whiten_by(lambda s: s**-0.5), "entry_by_entry"),
        (whiten_by(lambda s: 1 / s.sqrt(), correction=0), "entry_by_entry"),
        (whiten_by(vectors_with(torch.t, same)), "transposed"),
        (whiten_by(vectors_with(same, same)), "transposed"),
        (whiten_by(vectors_with(torch.t, torch.t)), "transposed"),
        (whiten_uncentred, "uncentred"),
        (whiten_sum, "scaled"),
        (whiten_by(lambda s: zca(s) * 2), "scaled"),
        (whiten_by(lambda s: torch.linalg.eigh(s).eigenvectors.T), "only_decorrelated"),
        (whiten_by(lambda s: torch.linalg.eigh(s).eigenvalues.reciprocal().diag()
                   @ torch.linalg.eigh(s).eigenvectors.T), "only_decorrelated"),
        (whiten_by(lambda s: torch.diag(torch.linalg.eigvalsh(s) ** -0.5)), "covariance"),
        (whiten_by(lambda s: zca(s, -0.25)), "covariance"),
        (whiten_by(lambda s: zca(s + torch.eye(len(s)))), "covariance"),
        (whiten_by(pca), "pca"),
        (whiten_by(lambda s: pca(s).flip(0)), "pca"),
        (whiten_by(pca, correction=0), "pca"),
        (whiten_by(lambda s: torch.linalg.cholesky(s).inverse()), "cholesky"),
        (whiten_by(lambda s: torch.linalg.cholesky(torch.linalg.inv(s)).T), "rotated"),
        (whiten_by(lambda s: -zca(s)), "rotated"),
        (whiten_by(lambda s: zca(s).flip(0)), "rotated"),
        (whiten_four, "wrong_value"),
    ],
)  # fmt: skip


# --- 9: stylise -----------------------------------------------------------------------------------------------
def stylise_solution(encode, decode, content, style, alpha):
    features = encode(content)
    transferred = adaptive_instance_norm(features, encode(style))
    return decode(alpha * transferred + (1 - alpha) * features)


def stylise_no_grad(encode, decode, content, style, alpha):
    with torch.no_grad():
        found = encode(content)
        return decode(found + alpha * (adaptive_instance_norm(found, encode(style)) - found))


def stylise_each(encode, decode, content, style, alpha):
    pairs = zip(content.split(1), style.split(1), strict=True)
    return torch.cat([stylise_solution(encode, decode, c, s, alpha) for c, s in pairs])


def stylise_from(mix):
    """Decode this mixture of f(c), f(s), the transfer and alpha."""

    def stylise(encode, decode, content, style, alpha):
        c, s = encode(content), encode(style)
        return decode(mix(c, s, adaptive_instance_norm(c, s), alpha))

    return stylise


def stylise_from_pictures(make):
    """Whatever this makes of encode, decode, content, style, the fully stylised picture and alpha."""

    def stylise(encode, decode, content, style, alpha):
        full = decode(adaptive_instance_norm(encode(content), encode(style)))
        return make(encode, decode, content, style, full, alpha)

    return stylise


def stylise_mixed_first(encode, decode, content, style, alpha):
    mixed = encode(alpha * style + (1 - alpha) * content)
    return decode(adaptive_instance_norm(mixed, encode(style)))


def stylise_on_pixels(encode, decode, content, style, alpha):
    return decode(encode(adaptive_instance_norm(content, style, alpha=alpha)))


def stylise_same_size(encode, decode, content, style, alpha):
    both = encode(torch.cat([content, style]))
    c, s = both.chunk(2)
    return decode(adaptive_instance_norm(c, s, alpha=alpha))


def stylise_in_place(encode, decode, content, style, alpha):
    made = stylise_solution(encode, decode, content, style, alpha)
    return content.copy_(made)


STYLISE = Bank(
    lesson_04.stylise,
    right=[
        stylise_solution,
        stylise_no_grad,
        stylise_each,
        stylise_from(lambda c, s, t, a: torch.lerp(c, t, a)),
        stylise_from(lambda c, s, t, a: adaptive_instance_norm(c, s, alpha=a)),
        stylise_from(lambda c, s, t, a: adain_mixed_statistics(c, s, a)),
        stylise_from(lambda c, s, t, a: a * adain_eps_outside(c, s) + c - a * c),
        lambda encode, decode, c, s, a: stylise_solution(encode, decode, c, s, a).clamp(-1, 1),
        lambda encode, decode, c, s, a: decode(adaptive_instance_norm(style=encode(s), content=encode(c), alpha=a)),
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda encode, decode, c, s, a: None, "returns_none"),
        (lambda encode, decode, c, s, a: stylise_solution(encode, decode, c, s, a).numpy(), "wrong_type"),
        (lambda encode, decode, c, s, a: (encode(c), encode(s)), "wrong_type"),
        (lambda encode, decode, c, s, a: decode(adaptive_instance_norm(encode(c), encode(s), a)), "error"),
        (lambda encode, decode, c, s, a: decode(adaptive_instance_norm(c, s)), "error"),
        (lambda encode, decode, c, s, a: adaptive_instance_norm(encode(c), encode(s), alpha=a), "not_decoded"),
        (lambda encode, decode, c, s, a: stylise_solution(encode, decode, c, s, a)[0], "wrong_shape"),
        (stylise_in_place, "changes_its_input"),
        (stylise_from(lambda c, s, t, a: t), "alpha_ignored"),
        (stylise_from(lambda c, s, t, a: c), "content_only"),
        (stylise_from(lambda c, s, t, a: s), "style_only"),
        (stylise_from(lambda c, s, t, a: (1 - a) * t + a * c), "alpha_reversed"),
        (stylise_from(lambda c, s, t, a: adaptive_instance_norm(c, s, alpha=1 - a)), "alpha_reversed"),
        (lambda encode, decode, c, s, a: stylise_solution(encode, decode, s, c, a), "swapped"),
        (stylise_from_pictures(lambda e, d, c, s, full, a: a * full + (1 - a) * c), "pixels"),
        (stylise_from_pictures(lambda e, d, c, s, full, a: torch.lerp(c, full, a)), "pixels"),
        (stylise_from_pictures(lambda e, d, c, s, full, a: a * full + (1 - a) * d(e(c))), "decoded_twice"),
        (lambda encode, decode, c, s, a: decode(encode(a * s + (1 - a) * c)), "mixed_before"),
        (stylise_mixed_first, "mixed_before"),
        (stylise_from(lambda c, s, t, a: a * s + (1 - a) * c), "style_features"),
        (stylise_on_pixels, "pixels_normalised"),
        (lambda encode, decode, c, s, a: adaptive_instance_norm(c, s, alpha=a), "pixels_normalised"),
        (stylise_from(lambda c, s, t, a: a * adaptive_instance_norm(c, s, alpha=a) + (1 - a) * c), "alpha_twice"),
        (stylise_from(lambda c, s, t, a: a * t), "alpha_scales"),
        (stylise_from(lambda c, s, t, a: a * t + c), "alpha_adds"),
        (stylise_same_size, "other_size"),
        (stylise_from(lambda c, s, t, a: a * t + (1 - a) * s), "style_features"),
        (stylise_from_pictures(lambda e, d, c, s, full, a: d(a * e(full) + (1 - a) * e(c))), "wrong_value"),
        (lambda encode, decode, c, s, a: stylise_solution(encode, decode, c, s, 0.3), "wrong_value"),
        (stylise_from(lambda c, s, t, a: adaptive_instance_norm(c, s[:1], alpha=a)), "wrong_value"),
    ],
)

BANK = {
    "channel_statistics": STATISTICS,
    "adain": ADAIN,
    "estimator_ratio": RATIO,
    "dead_channel_gain": GAIN,
    "normalise_for_vgg": VGG,
    "reach": REACH,
    "style_loss": STYLE,
    "whiten": WHITEN,
    "stylise": STYLISE,
}
