"""Right and wrong answers to the exercise style_loss of lesson 04, written as learners write them."""

import torch
import torch.nn.functional as F

from ganlab.layers import feature_statistics
from ganlab.style import checks
from ganlab.style.losses import style_loss as ganlab_style_loss
from tests.checks.bank import Bank, endless, stub


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


BANK = Bank(
    checks.style_loss,
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
