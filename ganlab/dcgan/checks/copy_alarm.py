"""Lesson 02, exercise 8: an alarm for copies."""

from __future__ import annotations

import torch
from torch import Tensor

from ganlab.checks.attempt import Attempt
from ganlab.checks.ladder import Ladder, returns, rung
from ganlab.checks.rungs import keeps_tensors

# By chance a good rule may ring once in twenty times.
HONEST_DRAWS, RINGS_ALLOWED = 20, 1


def _distances(count: int, seed: int, unit: float = 13.5) -> Tensor:
    """Distances (count,) of honest pictures: all of one size, a little skewed."""
    return unit * torch.exp(0.15 * torch.randn(count, generator=torch.Generator().manual_seed(seed)))


def _copied(count: int, share: float, seed: int, unit: float = 13.5) -> Tensor:
    """Honest distances (count,), of which a share is a fifth as long: near copies, in no particular place."""
    distances = _distances(count, seed, unit)
    distances[3 : 3 + round(share * count)] *= 0.2
    return distances.roll(count // 3)


def _rings(f: Attempt, samples: Tensor, newcomers: Tensor) -> bool:
    return f(samples, newcomers) is True


def _honest(f: Attempt, samples: int = 500) -> bool:
    rung_by_chance = sum(
        _rings(f, _distances(samples, 100 + k), _distances(500, 200 + k)) for k in range(HONEST_DRAWS)
    )
    return rung_by_chance <= RINGS_ALLOWED


def _units(f: Attempt) -> bool:
    rung_for_copies = all(
        _rings(f, _copied(500, 0.3, 3, unit), _distances(500, 4, unit)) for unit in (0.01, 1.0, 1000.0)
    )
    silent = not any(_rings(f, _distances(500, 3, unit), _distances(500, 4, unit)) for unit in (0.01, 1.0, 1000.0))
    return rung_for_copies and silent


def _sorted(f: Attempt) -> bool:
    copied, newcomers = _copied(500, 0.04, 1), _distances(500, 2)
    return all(_rings(f, copied.sort(descending=down).values, newcomers.clone()) for down in (True, False))


copy_alarm = Ladder(
    "copy_alarm",
    example=lambda: (_copied(500, 0.04, 1), _distances(500, 2)),
    rungs=[
        returns(bool, hint="bool(...) turns a tensor with one truth value into True or False"),
        rung("all_copies", lambda f: _rings(f, _copied(500, 1.0, 1), _distances(500, 2)),
             "every sample is nearly a copy, and the alarm stays silent"),
        rung("farther", lambda f: not _rings(f, 1.6 * _distances(500, 3), _distances(500, 4)),
             "it rings for samples that lie farther away than newcomers: those are bad, perhaps, but not copied"),
        rung("honest", _honest,
             "it rings too often for honest samples: how near does one of five hundred come by chance?"),
        rung("units", _units,
             "with distances in another unit it decides otherwise: take the measure from the newcomers"),
        rung("few", lambda f: all(_rings(f, _copied(500, 0.04, 10 + k), _distances(500, 30 + k)) for k in range(5)),
             "four samples in a hundred are copies and it stays silent: a mean or a median hardly moves then"),
        rung("sizes", lambda f: _honest(f, samples=3000),
             "with many honest samples it rings: compare shares, which do not grow with the number of samples"),
        rung("order", _sorted, "sorting the distances changes the decision: their order means nothing"),
        keeps_tensors("your function changes the distances it was given; work on a copy"),
    ],
    praise="now defend it: how often will it ring by chance, and which copies does it miss?",
)  # fmt: skip
