"""The ladders of lesson 01 that examine a step of the game: what moves, what must not, and by how much."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, Rung, returns, rung, shape, value
from ganlab.models import toy


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
    ],
    praise="with this loss the best D is (1 - s) p / (p + q): it can never be surer of anything real than 1 - s",
)


# --- 8: one step of the discriminator -------------------------------------------------------------------------
def _step_case() -> tuple[Any, ...]:
    """Two small networks, always the same; the generator carries gradients that belong to somebody else."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        config = toy.ToyConfig(width=8, depth=1)
        generator, discriminator = toy.Generator(config), toy.Discriminator(config)
        real, z = torch.randn(16, 2) + 2, torch.randn(16, 2)
    for parameter in generator.parameters():
        parameter.grad = torch.ones_like(parameter)
    return generator, discriminator, torch.optim.SGD(discriminator.parameters(), lr=0.1), real, z


def _weights_of(module: torch.nn.Module) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in module.parameters()])


def _expected(real_sign: int, fake_sign: int) -> Callable[..., Tensor]:
    """The loss that wants real logits of the one sign and fake logits of the other; 0 leaves a batch out."""

    def loss(generator: Any, discriminator: Any, optimizer: Any, real: Tensor, z: Tensor) -> Tensor:
        of_real = F.softplus(-real_sign * discriminator(real)).mean() * abs(real_sign)
        of_fake = F.softplus(-fake_sign * discriminator(generator(z))).mean() * abs(fake_sign)
        return of_real + of_fake

    return loss


def _update(generator: Any, discriminator: Any, optimizer: Any, real: Tensor, z: Tensor) -> Tensor:
    loss = _expected(1, -1)(generator, discriminator, optimizer, real, z)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return _weights_of(discriminator)


def _generators_gradients(f: Attempt) -> bool:
    return all(w.grad is not None and bool((w.grad == 1).all()) for w in f.arguments[0].parameters())


def _ignores_old_gradients(f: Attempt) -> bool:
    case = _step_case()
    for parameter in case[1].parameters():
        parameter.grad = torch.full_like(parameter, 5.0)
    f(*case)
    return close(_weights_of(case[1]), _weights_of(f.arguments[1]))


update_discriminator = Ladder(
    "update_discriminator",
    example=_step_case,
    rungs=[
        returns(Tensor, float),
        shape((), "return the loss, one number"),
        rung(
            "no_step",
            lambda f: not close(_weights_of(f.arguments[1]), _weights_of(_step_case()[1])),
            "the discriminator is what it was before: gradients alone move nothing",
        ),
        rung(
            "generator_moved",
            lambda f: torch.equal(_weights_of(f.arguments[0]), _weights_of(_step_case()[0])),
            "the generator's weights have changed; this step belongs to the discriminator",
        ),
        rung(
            "detach",
            _generators_gradients,
            "the generator's gradients are not what they were: this loss must not reach it (nor clear what it holds)",
        ),
        rung(
            "frozen",
            lambda f: all(w.requires_grad for module in f.arguments[:2] for w in module.parameters()),
            "some weights no longer require gradients after the step; whoever trains next will wonder why",
        ),
        unlike("swapped", _expected(-1, 1), "real and fake have exchanged their labels"),
        unlike("generators_loss", _expected(0, 1), "this is the generator's loss: it teaches D to call fakes real"),
        unlike("no_real", _expected(0, -1), "the real samples are missing from the loss"),
        rung(
            "loss",
            lambda f: close(f.result, f.apply(_expected(1, -1))),
            "the returned number is not the discriminator's loss on `real` and G(z) before the step",
        ),
        rung("old_gradients", _ignores_old_gradients, "gradients left over from earlier have entered the step"),
        rung(
            "wrong_update",
            lambda f: close(_weights_of(f.arguments[1]), f.apply(_update)),
            "the loss is right, but the weights after the step are not: was it taken once, downhill, on this loss?",
        ),
    ],
    praise="the discriminator has learned, and the generator has noticed nothing",
)
