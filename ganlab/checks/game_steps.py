"""The ladders of lesson 01 on steps of the game and on the loss that they take: exercises 5 to 7."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, Rung, returns, rung, shape, value


def unlike(name: str, mistake: Callable[..., Any], message: str) -> Rung:
    """A rung that recognises one typical mistake: it fails when the result equals what ``mistake`` returns."""
    return rung(name, lambda f: not close(f.result, f.apply(mistake)), message)


# --- 5: the outward spiral ------------------------------------------------------------------------------------
def _spiral(steps: int, eta: float, radius: float = 1.0) -> float:
    return radius * (1 + eta**2) ** (steps / 2)


def _is(exponent: float, base: Callable[[float], float]) -> Callable[..., float]:
    return lambda steps, eta, radius=1.0: radius * base(eta) ** (steps * exponent)


def _compounds(f: Attempt) -> bool:
    sizes: list[Any] = [float(f(steps, 0.3)) for steps in range(4)]
    return close(sizes[1] * sizes[1], sizes[0] * sizes[2]) and close(sizes[2] * sizes[2], sizes[1] * sizes[3])


radius_after = Ladder(
    "radius_after",
    example=lambda: (10, 0.3, 2.0),
    rungs=[
        returns(float, Tensor),
        shape(()),
        rung("radius", lambda f: close(f(10, 0.3, 4.0), 2 * float(f.result)),
             "starting twice as far out should end twice as far out"),
        rung("start", lambda f: close(f(0, 0.3, 2.0), 2.0), "after 0 steps the players should be where they started"),
        rung("inward", lambda f: float(f.result) > 2, "the spiral goes outward: the radius should grow"),
        unlike("squared", _is(1, lambda eta: 1 + eta**2), "1 + eta^2 is the factor of the *squared* radius"),
        unlike("eta_not_squared", _is(1, lambda eta: 1 + eta),
               "the step is at a right angle to the radius (Pythagoras), not along it"),
        unlike("eta_not_squared_either", _is(0.5, lambda eta: 1 + eta),
               "check the algebra: adding the squares of the new x and y leaves eta squared"),
        rung("compound", _compounds, "every step should multiply the radius by the same factor"),
        value(_spiral, examples=lambda: [(1, 0.5), (100, 0.1, 3.0)]),
    ],
    praise="outward at every step size: small steps only make it slow",
)  # fmt: skip


# --- 6: optimistic gradient descent ---------------------------------------------------------------------------
def _field(v: Tensor) -> Tensor:
    """The gradients of the two players in min_x max_y xy."""
    return torch.stack([v[1], -v[0]])


def _optimistic_case() -> tuple[Any, ...]:
    return _field, torch.tensor([1.0, 0.5]), torch.tensor([0.7, -1.3]), 0.1


def _weights(current: float, before: float) -> Callable[..., Any]:
    """The step that gives the two gradients these weights."""
    return lambda field, v, old, eta: (v - eta * (current * field(v) + before * old), field(v))


def _optimistic(field: Any, point: Tensor, previous: Tensor, eta: float) -> tuple[Tensor, Tensor]:
    gradient = field(point)
    return point - eta * (2 * gradient - previous), gradient


def _pair(f: Attempt) -> bool:
    return len(f.result) == 2 and all(isinstance(part, Tensor) and part.shape == (2,) for part in f.result)


def _one_call(f: Attempt) -> bool | str:
    calls = []

    def counted(v: Tensor) -> Tensor:
        calls.append(v)
        return _field(v)

    f(counted, *_optimistic_case()[1:])
    return len(calls) == 1 or f"`field` should be called once, yours calls it {len(calls)} times"


def _leaves_points(f: Attempt) -> bool:
    field, point, previous, eta = _optimistic_case()
    f(field, point, previous, eta)
    return torch.equal(point, _optimistic_case()[1]) and torch.equal(previous, _optimistic_case()[2])


def _spirals_in(f: Attempt) -> bool:
    point, previous = torch.tensor([1.0, 1.0]), torch.tensor([1.0, -1.0])
    for _ in range(300):
        point, previous = f(_field, point, previous, 0.2)
    return float(point.norm()) < 0.1


def _other_dimensions() -> list[tuple[Any, ...]]:
    """Five coordinates, then a single one, in a game whose gradient is not linear."""
    random = torch.Generator().manual_seed(6)
    cases: list[tuple[Any, ...]] = []
    for d in (5, 1):
        mixing, point, previous = (torch.randn(size, generator=random) for size in ((d, d), (d,), (d,)))
        cases.append((lambda v, mixing=mixing: torch.tanh(mixing @ v), point, previous, 0.4))
    return cases


def _any_dimension(f: Attempt) -> bool:
    return all(close(f.run(case), _optimistic(*case), rtol=1e-4, atol=1e-5) for case in _other_dimensions())


optimistic_step = Ladder(
    "optimistic_step",
    example=_optimistic_case,
    rungs=[
        returns(tuple, list, hint="return the new point and the gradient to remember, separated by a comma"),
        rung("pair", _pair, "expected two tensors of the shape of `point`: the new point, and a gradient"),
        rung("changes_its_input", _leaves_points, "your function changes `point` or `previous` in place"),
        rung("calls", _one_call, "`field` should be called once"),
        unlike("order", lambda *case: _optimistic(*case)[::-1], "the new point comes first, the gradient second"),
        rung(
            "remembers",
            lambda f: close(f.result[1], _field(torch.tensor([1.0, 0.5]))),
            "the second answer should be the gradient at `point`: it is the next step's `previous`",
        ),
        unlike("uphill", _weights(-2, 1), "this walks along the gradient, not against it"),
        unlike("plain", _weights(1, 0), "`previous` has no effect: this is a plain gradient step"),
        unlike("averages", _weights(0.5, 0.5), "this averages two gradients, which looks back instead of ahead"),
        unlike("roles", _weights(-1, 2), "old and new gradient have exchanged their weights"),
        unlike("adds", _weights(2, 1), "the old gradient should be subtracted: what counts is the change since then"),
        rung("diverges", _spirals_in, "300 steps on the game xy should end near (0, 0); yours do not"),
        value(_optimistic),
        rung(
            "dimensions",
            _any_dimension,
            "right for points with two coordinates; a game may have five, or one, and its field need not be (y, -x)",
        ),
    ],
    praise="one gradient a step, and the spiral turns inward",
)


# --- 7: one-sided label smoothing -----------------------------------------------------------------------------
def _smooth_case() -> dict[str, Any]:
    return {
        "real_logits": torch.tensor([1.5, -0.5, 2.0, 0.3]),
        "fake_logits": torch.tensor([-1.0, 0.7, -2.5]),
        "smooth": 0.2,
    }


def _cross_entropy(logits: Tensor, target: float) -> Tensor:
    return target * F.softplus(-logits).mean() + (1 - target) * F.softplus(logits).mean()


def _targets(real: Callable[[float], float], fake: Callable[[float], float]) -> Callable[..., Tensor]:
    """The loss whose targets for real and fake samples are these functions of ``smooth``."""

    def loss(*, real_logits: Tensor, fake_logits: Tensor, smooth: float = 0.1) -> Tensor:
        return _cross_entropy(real_logits, real(smooth)) + _cross_entropy(fake_logits, fake(smooth))

    return loss


_smoothed = _targets(lambda s: 1 - s, lambda s: 0.0)


def _half_the_entropy(*, real_logits: Tensor, fake_logits: Tensor, smooth: float) -> Tensor:
    return (1 - smooth) * F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()


def _twice(*, real_logits: Tensor, fake_logits: Tensor, smooth: float) -> Tensor:
    return _smoothed(real_logits=real_logits.sigmoid(), fake_logits=fake_logits.sigmoid(), smooth=smooth)


def _same_twice(f: Attempt) -> bool:
    case = _smooth_case()
    doubled = {name: torch.cat([case[name]] * 2) for name in ("real_logits", "fake_logits")}
    return close(f(**doubled, smooth=0.2), f.result)


def _stable(f: Attempt) -> bool:
    case = {"real_logits": torch.tensor([-200.0, 200.0]), "fake_logits": torch.tensor([200.0]), "smooth": 0.1}
    return close(f(**case), _smoothed(**case), rtol=1e-4)


def _default(f: Attempt) -> bool:
    case = _smooth_case()
    del case["smooth"]
    return close(f(**case), _smoothed(**case))


def _slopes(loss: Callable[..., Tensor]) -> list[Tensor]:
    """Its gradients with respect to the real and to the fake logits; 0 where none arrives."""
    case = _smooth_case()
    logits = [case[name].requires_grad_() for name in ("real_logits", "fake_logits")]
    found = loss(**case)
    if not found.requires_grad:
        return [torch.zeros_like(one) for one in logits]
    return list(torch.autograd.grad(found, logits, materialize_grads=True))


smoothed_discriminator_loss = Ladder(
    "smoothed_discriminator_loss",
    example=_smooth_case,
    rungs=[
        returns(Tensor),
        shape((), "the loss of the two batches is one number"),
        rung("sum", _same_twice, "showing every sample twice changed the loss: take means, not sums"),
        unlike("sigmoid_twice", _twice, "the sigmoid is applied twice: the loss on logits contains it already"),
        unlike("ignored", _targets(lambda s: 1.0, lambda s: 0.0), "`smooth` has no effect on the loss"),
        unlike("both_sides", _targets(lambda s: 1 - s, lambda s: s), "the fakes' target stays 0: one side only"),
        unlike("wrong_side", _targets(lambda s: 1.0, lambda s: s), "this smooths the fakes; smooth the real ones"),
        unlike("target", _targets(lambda s: s, lambda s: 0.0), "the target of a real sample is near 1, not near 0"),
        unlike("swapped", _targets(lambda s: 0.0, lambda s: 1 - s), "real and fake samples have exchanged roles"),
        unlike("half", _half_the_entropy, "a target below 1 has a second term in the cross-entropy; it is missing"),
        rung("unstable", _stable, "logits of 200 give inf, nan or a cut-off number: write it with softplus"),
        rung("default", _default, "without `smooth` it should be 0.1"),
        value(_smoothed, examples=lambda: [{**_smooth_case(), "smooth": 0.0}]),
        rung(
            "no_gradient",
            lambda f: any(bool(slope.any()) for slope in _slopes(f)),
            "the number is right, but no gradient reaches the logits: something cuts the graph, and a discriminator "
            "could not learn from this loss",
        ),
        rung(
            "gradient",
            lambda f: close(_slopes(f), _slopes(_smoothed), rtol=1e-4),
            "the number is right, the gradient for the logits is not: part of the loss was computed without a graph",
        ),
    ],
    praise="with this loss the best D is (1 - s) p / (p + q): it can never be surer of anything real than 1 - s",
)
