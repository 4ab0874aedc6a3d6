"""Right and wrong answers to the exercise channel_statistics of lesson 04, written as learners write them."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from ganlab.layers import feature_statistics
from ganlab.style import checks
from tests.checks.bank import Bank, endless, stub


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


BANK = Bank(
    checks.channel_statistics,
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
