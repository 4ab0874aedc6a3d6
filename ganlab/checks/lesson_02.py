"""Checks of lesson 02, DCGAN: exercises 1 to 3 and 7, on networks. Exercises 4 to 6 come from latent_answers."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.game_steps import unlike
from ganlab.checks.ladder import Ladder, returns, rung, shape, value
from ganlab.checks.latent_answers import attribute_direction, nearest_training_picture, slerp

__all__ = [
    "attribute_direction",
    "conv_transpose_size",
    "detached_discriminator_loss",
    "init_dcgan",
    "nearest_training_picture",
    "slerp",
    "update_average",
]


# --- 1: the size of a transposed convolution ------------------------------------------------------------------
def _transposed(size: int, kernel: int, stride: int, padding: int) -> int:
    return (size - 1) * stride - 2 * padding + kernel


conv_transpose_size = Ladder(
    "conv_transpose_size",
    example=lambda: (5, 6, 2, 1),  # chosen so that every mistake below gives another number
    rungs=[
        returns(int, hint="sizes are whole numbers; // divides without leaving them"),
        unlike("convolution", lambda h, k, s, p: (h + 2 * p - k) // s + 1,
               "this is equation (1), for the convolution; the transposed one goes the other way"),
        unlike("doubles", lambda h, k, s, p: h * s,
               "multiplying by the stride is right only for kernel 4, stride 2, padding 1; use all four numbers"),
        unlike("fence_posts", lambda h, k, s, p: h * s - 2 * p + k,
               "between `size` stamps there are fewer gaps than stamps: count the fence posts again"),
        unlike("padding_once", lambda h, k, s, p: (h - 1) * s - p + k, "padding is cut off at both ends"),
        unlike("padding_sign", lambda h, k, s, p: (h - 1) * s + 2 * p + k,
               "padding made the convolution's input longer, so here it makes the output shorter"),
        value(_transposed, examples=lambda: [(1, 4, 1, 0), (4, 4, 2, 1), (7, 3, 1, 1), (3, 5, 3, 2)]),
    ],
    praise="with kernel 4, stride 2 and padding 1 it doubles, whatever the size",
)  # fmt: skip


# --- 2: initialisation ----------------------------------------------------------------------------------------
def _conv() -> nn.Module:
    return nn.Conv2d(16, 256, 4)  # PyTorch itself would give a spread of 0.036


def _spread_is(f: Attempt, make: Callable[[], Any], centre: float) -> bool:
    weight = f(make()).weight.detach()
    return close(weight.std(), 0.02, rtol=0.1) and abs(float(weight.mean()) - centre) < 0.003


def _normal(f: Attempt) -> bool:
    """Whether the fourth moments are those of normal numbers: 3, where uniform ones have 1.8 and mere signs 1.

    From draw to draw they vary with a deviation of 0.05 or less: a right answer is never refused.
    """
    for make in (_conv, lambda: nn.ConvTranspose2d(256, 16, 4), lambda: nn.BatchNorm2d(8192)):
        weight = f(make()).weight.detach().flatten().double()
        score = (weight - weight.mean()) / weight.std()
        if not abs(float(score.pow(4).mean()) - 3) < 0.6:
            return False
    return True


def _biases(f: Attempt) -> bool:
    made = [f(nn.Conv2d(8, 8, 4)), f(nn.ConvTranspose2d(8, 8, 4))]
    norm = nn.BatchNorm2d(8)
    nn.init.ones_(norm.bias)
    return all(not bool(module.bias.detach().any()) for module in [*made, f(norm)])


def _others(f: Attempt) -> bool:
    for module in (nn.Linear(8, 8), nn.LayerNorm(8)):
        before = copy.deepcopy(module.state_dict())
        f(module)
        if any(not torch.equal(before[key], kept) for key, kept in module.state_dict().items()):
            return False
    return f(nn.LeakyReLU()) is not None


def _same_module(f: Attempt) -> bool:
    modules = [_conv(), nn.BatchNorm2d(4), nn.Linear(2, 2)]
    return all(f(module) is module for module in modules)


init_dcgan = Ladder(
    "init_dcgan",
    example=lambda: (_conv(),),
    rungs=[
        returns(nn.Module, hint="change the module in place and return it"),
        rung("in_place", _same_module, "the module that comes back should be the very one that went in, changed"),
        rung("no_bias", lambda f: f(nn.Conv2d(8, 8, 4, bias=False)) is not None,
             "a convolution without a bias has bias None: look before you touch it"),
        rung("spread", lambda f: close(f(_conv()).weight.detach().std(), 0.02, rtol=0.1),
             "the weights of a convolution should have a standard deviation of 0.02 (is yours a variance?)"),
        rung("centre", lambda f: _spread_is(f, _conv, 0.0), "the weights of a convolution should average 0"),
        rung("transposed", lambda f: _spread_is(f, lambda: nn.ConvTranspose2d(256, 16, 4), 0.0),
             "transposed convolutions are still as PyTorch makes them"),
        rung("gamma", lambda f: float(f(nn.BatchNorm2d(4096)).weight.detach().mean()) > 0.9,
             "batch normalisation's weight multiplies the signal: around what value does it leave it alone?"),
        rung("gamma_spread", lambda f: _spread_is(f, lambda: nn.BatchNorm2d(8192), 1.0),
             "batch normalisation's weight should vary around 1 with a standard deviation of 0.02"),
        rung("normal", _normal, "mean and deviation are right, but somewhere the numbers are not normally "
             "distributed: of those about one in twenty lies farther out than two deviations, few far beyond"),
        rung("biases", _biases, "a bias was left that is not 0: look at all three kinds of module"),
        rung("others", _others, "a module that is neither a convolution nor batch normalisation was changed"),
    ],
    praise="small weights, and a normalisation that starts by leaving the signal alone",
)  # fmt: skip


# --- 3: the discriminator's loss, detached ---------------------------------------------------------------------
def _filled(module: nn.Module, scale: float = 1.0) -> nn.Module:
    """A network with fixed weights: the check must not depend on luck."""
    for parameter in module.parameters():
        parameter.data = scale * torch.linspace(-0.7, 1.1, parameter.numel()).reshape(parameter.shape)
    return module


def _networks(scale: float = 1.0) -> tuple[Any, ...]:
    discriminator = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1), nn.Flatten(0))
    real = torch.linspace(-1, 1, 15).reshape(5, 3)
    z = torch.linspace(-1.5, 1, 14).reshape(7, 2)
    return _filled(discriminator, scale), _filled(nn.Linear(2, 3)), real, z


def _parts(d: Any, g: Any, real: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
    """-log D(x) and -log(1 - D(G(z))), one number a sample."""
    with torch.no_grad():
        return F.softplus(-d(real)), F.softplus(d(g(z)))


def _mistake(combine: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda d, g, real, z: combine(*_parts(d, g, real, z))


def _swapped(d: Any, g: Any, real: Tensor, z: Tensor) -> Tensor:
    with torch.no_grad():
        return F.softplus(d(real)).mean() + F.softplus(-d(g(z))).mean()


def _sigmoid_twice(d: Any, g: Any, real: Tensor, z: Tensor) -> Tensor:
    with torch.no_grad():
        return F.softplus(-d(real).sigmoid()).mean() + F.softplus(d(g(z)).sigmoid()).mean()


def _gradients(f: Attempt) -> tuple[nn.Module, nn.Module]:
    discriminator, generator, real, z = _networks()
    loss = f(discriminator, generator, real, z)
    if loss.requires_grad:
        loss.backward()
    return discriminator, generator


def _has_gradient(module: nn.Module) -> bool:
    return any(p.grad is not None and bool(p.grad.any()) for p in module.parameters())


def _right_loss(d: Any, g: Any, real: Tensor, z: Tensor) -> Tensor:
    return F.softplus(-d(real)).mean() + F.softplus(d(g(z).detach())).mean()


def _same_lesson(f: Attempt) -> bool:
    """Whether every weight of the discriminator gets the gradient that it should."""
    discriminator, _, real, z = _networks()
    _right_loss(discriminator, _, real, z).backward()
    pairs = zip(_gradients(f)[0].parameters(), discriminator.parameters(), strict=True)
    return all(got.grad is not None and close(got.grad, wanted.grad, rtol=1e-4) for got, wanted in pairs)


def _untouched(f: Attempt) -> bool:
    discriminator, generator = _gradients(f)
    return all(p.requires_grad for module in (discriminator, generator) for p in module.parameters())


detached_discriminator_loss = Ladder(
    "detached_discriminator_loss",
    example=_networks,
    rungs=[
        returns(Tensor),
        shape(()),
        unlike("negative", _mistake(lambda r, k: -r.mean() - k.mean()),
               "this is the value V itself; the discriminator *minimises* its loss"),
        unlike("swapped", _swapped, "the labels are swapped: this rewards calling fakes real"),
        unlike("sigmoid_twice", _sigmoid_twice, "a sigmoid is applied twice; the networks give logits"),
        unlike("sum", _mistake(lambda r, k: r.sum() + k.sum()), "sums grow with the batch: take means"),
        unlike("half", _mistake(lambda r, k: (r.mean() + k.mean()) / 2), "half of the loss: add the two means"),
        unlike("joined", _mistake(lambda r, k: torch.cat([r, k]).mean()),
               "the batches were joined before averaging: each has its own mean, and the means are added"),
        unlike("fake_only", _mistake(lambda r, k: k.mean()), "the real pictures have no part in this loss"),
        unlike("real_only", _mistake(lambda r, k: r.mean()), "the fakes have no part in this loss"),
        rung("discriminator_learns", lambda f: _has_gradient(_gradients(f)[0]),
             "no gradient reaches the discriminator: something cuts the graph in too many places"),
        rung("detach", lambda f: not _has_gradient(_gradients(f)[1]),
             "a gradient reaches the generator, which would be taught to be caught more easily"),
        rung("restores", _untouched, "a network was left frozen: afterwards its weights no longer require gradients"),
        rung("stable", lambda f: bool(torch.isfinite(f(*_networks(scale=200.0)))),
             "for logits of several hundred this is not finite: use a form that never takes the log of 0"),
        value(lambda d, g, real, z: sum(part.mean() for part in _parts(d, g, real, z))),
        rung("gradient", _same_lesson, "the number is right, but the discriminator's gradient is not: it is to learn "
             "from both batches, and part of the loss was computed without a graph"),
    ],
    praise="the discriminator gets its gradient, the generator none",
)  # fmt: skip


# --- 7: the moving average --------------------------------------------------------------------------------------
def _pair() -> tuple[Any, ...]:
    average, model = (nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)) for _ in range(2))
    _filled(average)
    _filled(model, scale=-1.5)
    statistics = dict(model[1].named_buffers())
    statistics["running_mean"] += 3.0
    statistics["running_var"] *= 0.25
    statistics["num_batches_tracked"] += 41
    return average, model, 0.75


def _mixed(weight: float) -> Callable[[Attempt], bool]:
    """Whether the parameters are ``weight`` times the average's and the rest the model's."""

    def test(f: Attempt) -> bool:
        before, model, _ = _pair()
        after = f(*_pair())
        pairs = zip(before.parameters(), model.parameters(), after.parameters(), strict=True)
        return all(close(new.detach(), (weight * a + (1 - weight) * m).detach()) for a, m, new in pairs)

    return test


def _buffers(f: Attempt) -> bool:
    average, model, decay = _pair()
    f(average, model, decay)
    return all(torch.equal(a, m) for a, m in zip(average.buffers(), model.buffers(), strict=True))


def _model_kept(f: Attempt) -> bool:
    average, model, decay = _pair()
    f(average, model, decay)
    untouched = _pair()[1].state_dict()
    return all(torch.equal(kept, untouched[key]) for key, kept in model.state_dict().items())


def _same_tensors(f: Attempt) -> bool:
    average, model, decay = _pair()
    before = [id(parameter) for parameter in average.parameters()]
    f(average, model, decay)
    leaves = all(p.is_leaf and p.grad_fn is None for p in average.parameters())
    return leaves and before == [id(parameter) for parameter in average.parameters()]


update_average = Ladder(
    "update_average",
    example=_pair,
    rungs=[
        returns(nn.Module, hint="change `average` in place and return it"),
        rung("in_place", lambda f: f.result is f.arguments[0], "what comes back should be `average` itself"),
        rung("model_changed", _model_kept, "the trained network was changed; only the average may move"),
        rung("unmoved", lambda f: not _mixed(1.0)(f), "the average's parameters did not move"),
        rung("swapped", lambda f: not _mixed(0.25)(f), "decay is what the average keeps of itself"),
        rung("copied", lambda f: not _mixed(0.0)(f), "the parameters were copied, not averaged"),
        rung("parameters", _mixed(0.75), "the parameters are not the weighted average that the text describes"),
        rung("buffers", _buffers, "the buffers (running statistics, step counter) should be copied from the model"),
        rung("graph", _same_tensors, "the average's parameters should stay the same tensors, outside any graph"),
    ],
    praise="a generator that averages over its own recent past",
)  # fmt: skip
