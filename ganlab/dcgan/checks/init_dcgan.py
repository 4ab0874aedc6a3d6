"""Lesson 02, exercise 2: initialisation."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, returns, rung


def _conv() -> nn.Module:
    # PyTorch itself would give a spread of 0.036.
    return nn.Conv2d(16, 256, 4)


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
