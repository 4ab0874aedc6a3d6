"""Lesson 05, exercise 5: two losses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, Rung, returns, rung, value
from ganlab.checks.rungs import keeps_tensors, near, pair

_softplus = F.softplus
# Of the logits of real and of fake.
Loss = Callable[[Tensor, Tensor], Any]


class _Judge(nn.Module):
    """Pictures (N, 3, H, W) -> logits (N,), of both signs; always the same."""

    def __init__(self, strength: float) -> None:
        super().__init__()
        self.strength = strength
        self.conv, self.last = nn.Conv2d(3, 4, 3, padding=1), nn.Linear(4, 1)
        for seed, parameter in enumerate(self.parameters()):
            random = torch.Generator().manual_seed(4 + seed)
            values = 0.7 * torch.randn(parameter.shape, generator=random, dtype=torch.float32)
            parameter.data = values

    def forward(self, pictures: Tensor) -> Tensor:
        found = torch.tanh(self.conv(pictures)).mean((2, 3))
        logits: Tensor = self.strength * self.last(found).squeeze(1)
        return logits


def _turn(strength: float = 4.4, n: int = 4) -> tuple[Any, ...]:
    """A judge, real pictures, and fakes that have come out of something that learns."""
    random = torch.Generator().manual_seed(78)
    brightness = torch.rand(2, n, 1, 1, 1, generator=random, dtype=torch.float32) * 2 - 1
    noise = torch.rand(2, n, 3, 5, 6, generator=random, dtype=torch.float32) - 0.5
    real, made = (noise + brightness).unbind()
    return _Judge(strength), torch.tanh(real), torch.tanh(made.requires_grad_())


def _losses(judge: Any, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    loss_d = _softplus(-judge(real)).mean() + _softplus(judge(fake.detach())).mean()
    return loss_d, _softplus(-judge(fake)).mean()


def _not_both(name: str, message: str, *mistakes: tuple[Loss | None, Loss | None]) -> Rung:
    """A rung that recognises a pair of losses; None stands for the one that is not looked at."""

    def test(f: Attempt) -> bool:
        judge, real, fake = f.example()
        with torch.no_grad():
            logits = judge(real), judge(fake)
        return not any(
            all(loss is None or near(got, loss(*logits)) for got, loss in zip(f.result, pair, strict=True))
            for pair in mistakes
        )

    return rung(name, test, message)


def _d(real: Tensor, fake: Tensor) -> Tensor:
    return _softplus(-real).mean() + _softplus(fake).mean()


def _g(real: Tensor, fake: Tensor) -> Tensor:
    return _softplus(-fake).mean()


def _two_numbers(f: Attempt) -> bool | str:
    got = [tuple(part.shape) for part in f.result]
    return got == [(), ()] or f"expected one number for each loss, got the shapes {got[0]} and {got[1]}"


def _gradients(loss: Tensor, judge: nn.Module, fake: Tensor) -> tuple[Tensor, Tensor]:
    """Of this loss: with respect to the judge's weights, and to the fakes; 0 where none arrives."""
    weights = list(judge.parameters())
    if not loss.requires_grad:
        return torch.zeros(sum(w.numel() for w in weights)), torch.zeros_like(fake)
    found = torch.autograd.grad(loss, [*weights, fake], retain_graph=True, allow_unused=True)
    full = [torch.zeros_like(w) if g is None else g for w, g in zip([*weights, fake], found, strict=True)]
    return torch.cat([part.flatten() for part in full[:-1]]), full[-1]


def _of(f: Attempt, which: int) -> tuple[Tensor, Tensor]:
    """The gradients of one of the learner's losses."""
    judge, real, fake = f.example()
    return _gradients(f(judge, real, fake)[which], judge, fake)


def _of_right(f: Attempt, which: int) -> tuple[Tensor, Tensor]:
    judge, real, fake = f.example()
    return _gradients(_losses(judge, real, fake)[which], judge, fake)


def _no_step_taken(f: Attempt) -> bool:
    judge, fresh = f.arguments[0], f.example()[0]
    same = all(torch.equal(a, b) for a, b in zip(judge.parameters(), fresh.parameters(), strict=True))
    return same and all(weight.grad is None for weight in judge.parameters())


def _thawed(f: Attempt) -> bool:
    judge, _, fake = f.arguments
    return all(weight.requires_grad for weight in judge.parameters()) and fake.requires_grad


def _half(loss: Loss) -> Loss:
    return lambda r, f: loss(r, f) / 2


two_losses = Ladder(
    "two_losses",
    example=_turn,
    rungs=[
        returns(tuple, list, hint="return loss_d and loss_g, separated by a comma"),
        pair("expected two tensors, loss_d and loss_g: a plain number has lost its way back"),
        rung("wrong_shape", _two_numbers, "", weight=0.5),
        keeps_tensors("your function changes `real` or `fake` in place"),
        rung("took_a_step", _no_step_taken, "the judge has changed, or holds gradients already: only the two losses "
             "are asked for, backward() and the optimisers come later"),
        rung("frozen", _thawed, "after your function something no longer requires gradients that did before (the "
             "judge's weights, or `fake` itself); whoever trains next will wonder why"),
        rung("finite", lambda f: all(bool(part.isfinite()) for part in f.result),
             "there is NaN or infinity: the judge gives logits, any number, not probabilities; a logarithm of them "
             "makes no sense"),
        _not_both("order", "loss_g comes first here; loss_d should", (_g, _d)),
        _not_both("sigmoid_twice", "a sigmoid was applied before the softplus, which contains one already",
                  (lambda r, f: _d(r.sigmoid(), f.sigmoid()), None), (None, lambda r, f: _g(r, f.sigmoid()))),
        _not_both("labels", "loss_d has its labels exchanged: it would teach the judge to call fakes real",
                  (lambda r, f: _d(f, r), None), (lambda r, f: _d(-r, -f), None)),
        _not_both("saturating", "loss_g is the saturating one, of log(1 - D): where the judge wins it has no slope. "
                  "Take -log D", (None, lambda r, f: -_softplus(f).mean()), (None, lambda r, f: -_d(r, f))),
        _not_both("wrong_direction", "loss_g is small when the judge recognises the fakes: a generator would learn "
                  "to be found out", (None, lambda r, f: _softplus(f).mean())),
        _not_both("maximised", "the sign is wrong: losses are made small",
                  (lambda r, f: -_d(r, f), None), (None, lambda r, f: -_g(r, f))),
        _not_both("one_part", "loss_d has two parts: real pictures are to be called real, and fakes fake",
                  (lambda r, f: _softplus(-r).mean(), None), (lambda r, f: _softplus(f).mean(), None)),
        _not_both("real_in_g", "the real pictures are in loss_g: no generator can change those",
                  (None, lambda r, f: _g(r, f) + _softplus(r).mean()),
                  (None, lambda r, f: _g(r, f) + _softplus(-r).mean()), (None, lambda r, f: _softplus(-r).mean())),
        _not_both("sum", "sums over the batch: take means, or a larger batch learns faster",
                  (lambda r, f: len(r) * _d(r, f), None), (None, lambda r, f: len(f) * _g(r, f))),
        _not_both("half", "half of the loss: the two parts of loss_d are added, not averaged, and loss_g is whole",
                  (_half(_d), None), (None, _half(_g))),
        _not_both("weight", "the weight of the adversarial loss has its place in the sum of all losses, not here",
                  (None, lambda r, f: 1e-3 * _g(r, f))),
        _not_both("relativistic", "this is a relativistic loss, of differences of logits, as ESRGAN has it",
                  (lambda r, f: _d(r - f.mean(), f - r.mean()), None), (lambda r, f: _softplus(f - r).mean(), None),
                  (lambda r, f: _d(r - f.mean(), f - r.mean()) / 2, None)),
        _not_both("other_game", "the loss of another game: hinge, least squares or Wasserstein. SRGAN has softplus",
                  (lambda r, f: F.relu(1 - r).mean() + F.relu(1 + f).mean(), None),
                  (lambda r, f: (r - 1).square().mean() + f.square().mean(), None),
                  (lambda r, f: ((r - 1).square().mean() + f.square().mean()) / 2, None),
                  (lambda r, f: f.mean() - r.mean(), None), (None, lambda r, f: -f.mean()),
                  (None, lambda r, f: (f - 1).square().mean()), (None, lambda r, f: (f - 1).square().mean() / 2)),
        rung("loss_d", lambda f: near(f.result[0], f.apply(_losses)[0]), "loss_d is another number"),
        rung("loss_g", lambda f: near(f.result[1], f.apply(_losses)[1]), "loss_g is another number"),
        rung("unstable", lambda f: near(f(*_turn(400.0)), _losses(*_turn(400.0))),
             "with logits of some hundreds it gives inf, nan or a cut-off number: log sigmoid is -softplus of minus "
             "the logit"),
        rung("no_detach", lambda f: not bool(_of(f, 0)[1].any()),
             "loss_d reaches the fakes, and through them the generator, which would help the judge to find it out"),
        rung("generator_cut_off", lambda f: bool(_of(f, 1)[1].any()),
             "loss_g does not reach the fakes: something cuts the graph, and the generator learns nothing"),
        rung("judge_learns", lambda f: close(_of(f, 0)[0], _of_right(f, 0)[0], rtol=1e-3, atol=1e-5),
             "loss_d has the right value, but not the right gradient for the judge: part of it was computed without "
             "a graph. Detach the fakes, not the logits"),
        rung("generator_learns", lambda f: close(_of(f, 1)[1], _of_right(f, 1)[1], rtol=1e-3, atol=1e-6),
             "loss_g has the right value, but not the right gradient for the generator"),
        value(_losses, "right for this batch, but not for batches of another size", rtol=1e-4, atol=1e-5,
              examples=lambda: [_turn(2.0, 2), _turn(20.0, 1), _turn(0.3, 6)]),
    ],
    praise="the judge learns from the fakes, the generator from the judge, and neither hears the other's loss",
)  # fmt: skip
