"""Lesson 04, exercise 7: the style loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, Rung, rung, value
from ganlab.checks.rungs import gradients, keeps_tensors, near, one_loss
from ganlab.style.checks.features import statistics, style_map

Size = tuple[int, int]
Loss = Callable[..., Any]
SIZES: tuple[Size, ...] = ((6, 5), (4, 3), (2, 3))


def _levels(sizes: tuple[Size, ...], seed: int, n: int) -> list[Tensor]:
    """Maps of 2, 3 and 5 channels."""
    pairs = zip((2, 3, 5), sizes, strict=False)
    return [style_map(seed + channels, n, channels, *size) for channels, size in pairs]


def _case(*sizes: Size, n: int = 2, seed: int = 20) -> tuple[Any, ...]:
    """Three levels; those of the style equally large, or of these sizes."""
    targets = _levels(sizes or SIZES, seed + 10, n)
    return _levels(SIZES, seed, n)[: len(targets)], [1.5 * target - 2 for target in targets]


def _per_level(level: Callable[[Tensor, Tensor], Tensor]) -> Loss:
    """The sum over the levels of what ``level`` gives for two maps."""
    return lambda features, targets: sum(level(f, t) for f, t in zip(features, targets, strict=True))


def _distances(
    combine: Callable[[Tensor, Tensor], Tensor], *, dims: tuple[int, ...] = (2, 3), unbiased: bool = True
) -> Callable[[Tensor, Tensor], Tensor]:
    """``combine`` of the differences of means and of deviations, each (N, C, 1, 1)."""

    def level(found: Tensor, target: Tensor) -> Tensor:
        mine, wanted = (statistics(maps, dims=dims, unbiased=unbiased) for maps in (found, target))
        return combine(mine[0] - wanted[0], mine[1] - wanted[1])

    return level


def _squares(m: Tensor, s: Tensor) -> Tensor:
    return m.square().mean() + s.square().mean()


_level = _distances(_squares)
_style_loss = _per_level(_level)


def _each_kind(combine: Callable[[Tensor, Tensor], Tensor], **options: Any) -> list[Loss]:
    """This distance with either kind of variance."""
    return [_per_level(_distances(combine, unbiased=kind, **options)) for kind in (True, False)]


def _not_by(name: str, message: str, *mistakes: Loss) -> Rung:
    """A rung that recognises these losses. On two examples: a single number may be right by chance."""

    def test(f: Attempt) -> bool:
        pairs = [(near(f.result, mistake(*_case())), mistake) for mistake in mistakes]
        return not any(first and near(f(*_case(seed=40)), mistake(*_case(seed=40))) for first, mistake in pairs)

    return rung(name, test, message)


def _variances(found: Tensor, target: Tensor) -> Tensor:
    difference = found.var((2, 3)) - target.var((2, 3))
    return difference.square().mean() + (found.mean((2, 3)) - target.mean((2, 3))).square().mean()


def _channels_joined(features: list[Tensor], targets: list[Tensor]) -> Tensor:
    found, wanted = ([torch.cat(part, 1) for part in zip(*map(statistics, maps), strict=True)]
                     for maps in (features, targets))  # fmt: skip
    return _squares(found[0] - wanted[0], found[1] - wanted[1])


def _grams() -> list[Loss]:
    """Gatys' loss, as it is usually scaled."""

    def gram(maps: Tensor, by_places: bool, by_channels: bool) -> Tensor:
        _, c, h, w = maps.shape
        products: Tensor = torch.einsum("nchw,ndhw->ncd", maps, maps)
        return products / (h * w if by_places else 1) / (c if by_channels else 1)

    def level(scales: tuple[bool, bool], reduce: Callable[[Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
        return lambda found, target: reduce((gram(found, *scales) - gram(target, *scales)).square())

    scales = [(True, True), (True, False), (False, False)]
    reductions: list[Callable[[Tensor], Tensor]] = [Tensor.mean, Tensor.sum, lambda d: d.sum((1, 2)).mean()]
    return [_per_level(level(scale, reduce)) for scale in scales for reduce in reductions]


def _other_size(f: Attempt) -> bool:
    sizes = (3, 3), (7, 2), (4, 4)
    return near(f(*_case(*sizes)), _style_loss(*_case(*sizes)))


def _gradients(loss: Loss) -> list[Tensor]:
    """With respect to every level of the features; 0 where none arrives."""
    features, targets = _case()
    return gradients(loss, (features, targets), features)


def _every_level_learns(f: Attempt) -> bool:
    return all(bool(slope.any()) for slope in _gradients(f))


def _dead_channel(f: Attempt) -> bool:
    features, targets = _case()
    for level in features:
        level[:, 0] = 0.0
        level.requires_grad_()
    f(features, targets).backward()
    return all(level.grad is None or bool(level.grad.isfinite().all()) for level in features)


style_loss = Ladder(
    "style_loss",
    example=_case,
    rungs=[
        *one_loss("the loss is one number, over all levels, pictures and channels"),
        keeps_tensors("your function changes one of the maps in place; the other losses still need them"),
        _not_by("first_only", "only the first level counts: is there a `return` inside the loop?",
                lambda f, t: _level(f[0], t[0])),
        _not_by("last_only", "only the last level counts: each round of the loop forgets the one before",
                lambda f, t: _level(f[-1], t[-1])),
        _not_by("levels_mean", "the levels were averaged; their losses are to be added",
                lambda f, t: _style_loss(f, t) / len(f)),
        _not_by("levels_joined", "the channels of all levels were joined, so that a wide level counts more: each has "
                "a mean of its own", _channels_joined),
        _not_by("means_only", "the deviations have no part in it", *_each_kind(lambda m, s: (m**2).mean())),
        _not_by("deviations_only", "the means have no part in it", *_each_kind(lambda m, s: (s**2).mean())),
        _not_by("half", "half of the loss: the two parts are added, not averaged",
                lambda f, t: _style_loss(f, t) / 2),
        _not_by("added_first", "the two differences were added before they were squared: they can cancel",
                *_each_kind(lambda m, s: (m + s).square().mean())),
        _not_by("not_squared", "the differences were neither squared nor made positive: they cancel",
                *_each_kind(lambda m, s: m.mean() + s.mean())),
        _not_by("absolute", "absolute differences were averaged; square them",
                *_each_kind(lambda m, s: m.abs().mean() + s.abs().mean())),
        _not_by("norm", "the paper's equation 13 has norms; the task, like the paper's code, has means of squares, "
                "without a root", *_each_kind(lambda m, s: m.norm() + s.norm()),
                *_each_kind(lambda m, s: m.norm(dim=1).mean() + s.norm(dim=1).mean()),
                *_each_kind(lambda m, s: m.norm(dim=1).sum() + s.norm(dim=1).sum()),
                *_each_kind(lambda m, s: m.square().mean().sqrt() + s.square().mean().sqrt()),
                *_each_kind(lambda m, s: _squares(m, s).sqrt())),
        _not_by("variance", "variances were compared; take their roots, the deviations", _per_level(_variances)),
        _not_by("sum", "a sum was taken where the text asks for a mean: a wider level or a larger batch should not "
                "weigh more", *_each_kind(lambda m, s: (m**2 + s**2).sum()),
                *_each_kind(lambda m, s: (m**2 + s**2).sum(1).mean()),
                *_each_kind(lambda m, s: (m**2 + s**2).sum(0).mean())),
        _not_by("places", "the maps were compared place by place: that asks for the style's *picture*, not its style",
                _per_level(lambda f, t: (f - t).square().mean()), _per_level(lambda f, t: (f - t).square().sum())),
        _not_by("batch", "statistics were taken or averaged over the batch: each picture has a style of its own",
                *_each_kind(_squares, dims=(0, 2, 3)), *_each_kind(lambda m, s: _squares(m.mean(0), s.mean(0)))),
        _not_by("channels", "statistics were taken or averaged over the channels: each is compared for itself",
                *_each_kind(_squares, dims=(1, 2, 3)), *_each_kind(lambda m, s: _squares(m.mean(1), s.mean(1)))),
        _not_by("gram", "this is Gatys' loss, of Gram matrices; here only means and deviations are compared",
                *_grams()),
        _not_by("biased", "the variance was divided by HW; the deviations of exercise 1 are meant",
                _per_level(_distances(_squares, unbiased=False))),
        rung("numbers", lambda f: near(f.result, _style_loss(*_case())),
             "this is not the sum, over the levels, of the two mean squared differences"),
        rung("other_size", _other_size,
             "with a style of another height and width it goes wrong; only its statistics count"),
        value(_style_loss, rtol=1e-3, atol=1e-4,
              examples=lambda: [_case(n=1), _case((2, 2)), _case((5, 5), (3, 3), n=3)]),
        rung("detach", _every_level_learns,
             "no gradient reaches some level of the features: something cuts the graph, and nothing is learned"),
        rung("nan_gradient", _dead_channel,
             "a constant channel makes the gradient NaN: the root is infinitely steep at 0. Keep it away from there"),
        rung("gradient", lambda f: close(_gradients(f), _gradients(_style_loss), rtol=1e-2, atol=1e-4),
             "the value is right, the gradient for the features is not: means and deviations are to learn, in every "
             "picture, and part of the loss was computed without a graph"),
    ],
    praise="where a colour or a stroke sits does not matter, how much of it there is does",
)  # fmt: skip
