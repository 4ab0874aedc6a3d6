"""Lesson 02, exercise 4: slerp."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab import latent
from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, returns, rung, shape, value
from ganlab.checks.rungs import unlike


def _rows(seed: int) -> Tensor:
    return torch.randn(4, 6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def _walk_case() -> tuple[Any, ...]:
    return _rows(1), _rows(2), 0.3


def _units(length: float = 1.0) -> tuple[Tensor, Tensor]:
    return length * F.normalize(_rows(1), dim=1), length * F.normalize(_rows(2), dim=1)


def _ends(f: Attempt) -> bool:
    a, b, _ = _walk_case()
    return close(f(a, b, 0.0), a) and close(f(a, b, 1.0), b)


def _keeps_length(f: Attempt) -> bool:
    a, b = _units(3.0)
    return all(close(f(a, b, t).norm(dim=1), torch.full((4,), 3.0)) for t in (0.25, 0.5, 0.8))


def _even(f: Attempt) -> bool:
    a, b = _units()
    stops = [f(a, b, t) for t in (0.0, 0.25, 0.5)]
    turns = [torch.arccos((p * q).sum(1).clamp(-1, 1)) for p, q in ((stops[0], stops[1]), (stops[1], stops[2]))]
    return close(turns[0], turns[1], rtol=1e-4)


def _per_row(f: Attempt) -> bool:
    a, b, t = _walk_case()
    return all(close(f(a[i : i + 1], b[i : i + 1], t)[0], f.result[i]) for i in range(len(a)))


def _parallel(f: Attempt) -> bool:
    a = _rows(3)
    return close(f(a, a.clone(), 0.4), a) and close(f(a, 2 * a, 0.5), 1.5 * a)


slerp = Ladder(
    "slerp",
    example=_walk_case,
    rungs=[
        returns(Tensor),
        shape(lambda a, b, t: a.shape),
        rung("ends", _ends, "t = 0 should give a, and t = 1 should give b"),
        unlike("straight", lambda a, b, t: (1 - t) * a + t * b, "this is the straight line; go around the shell"),
        rung("per_row", _per_row, "each row should be what it would be alone: every pair has an angle of its own"),
        rung("keeps_length", _keeps_length, "between two vectors of length 3 every stop should have length 3"),
        rung("even", _even, "equal steps of t should turn by equal angles"),
        rung("parallel", _parallel, "parallel rows give something else (nan?) than the straight line between them"),
        value(latent.slerp, examples=lambda: [(_rows(4), _rows(5), 0.9)]),
    ],
    praise="around the shell, at an even pace, one angle a pair",
)
