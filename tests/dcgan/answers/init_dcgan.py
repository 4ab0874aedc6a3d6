"""Right and wrong answers to the exercise init_dcgan of lesson 02, written as learners write them."""

import copy
import math

import torch
from torch import nn

from ganlab.dcgan import checks
from tests.checks.bank import Bank, stub


def make_init(
    convs=(nn.Conv2d, nn.ConvTranspose2d),
    std=0.02,
    mean=0.0,
    gamma=(1.0, 0.02),
    biases=True,
    norm_bias=True,
    linear=False,
):
    def init(module):
        if isinstance(module, convs):
            nn.init.normal_(module.weight, mean, std)
            if biases and module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, *gamma)
            if norm_bias:
                nn.init.zeros_(module.bias)
        elif linear and hasattr(module, "weight"):
            nn.init.normal_(module.weight, 0.0, 0.02)
        return module

    return init


def init_by_class_name(module):
    name = module.__class__.__name__
    if "Conv" in name:
        module.weight.data.normal_(0.0, 0.02)
        if module.bias is not None:
            module.bias.data.fill_(0)
    elif "BatchNorm2d" in name:
        module.weight.data.normal_(1.0, 0.02)
        module.bias.data.fill_(0)
    return module


@torch.no_grad()
def init_by_hand(module):
    centres = {nn.Conv2d: 0.0, nn.ConvTranspose2d: 0.0, nn.BatchNorm2d: 1.0}
    if type(module) in centres:
        module.weight.copy_(centres[type(module)] + 0.02 * torch.randn_like(module.weight))
        if module.bias is not None:
            module.bias.zero_()
    return module


def init_needs_a_bias(module):
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)
    return module


def init_uniform(*kinds):
    """Right in mean and deviation, but uniform for these kinds of module."""

    def init(module):
        init_by_hand(module)
        if isinstance(module, kinds):
            centre, half = round(float(module.weight.detach().mean())), 0.02 * math.sqrt(3)
            nn.init.uniform_(module.weight, centre - half, centre + half)
        return module

    return init


def init_signs(module):
    if isinstance(init_by_hand(module), nn.Conv2d | nn.ConvTranspose2d):
        module.weight.data = 0.02 * module.weight.data.sign()
    return module


def init_laplace(module):
    if isinstance(init_by_hand(module), nn.Conv2d | nn.ConvTranspose2d):
        laplace = torch.distributions.Laplace(0.0, 0.02 / math.sqrt(2))
        module.weight.data = laplace.sample(module.weight.shape)
    return module


BANK = Bank(
    checks.init_dcgan,
    right=[make_init(), init_by_class_name, init_by_hand],
    wrong=[
        (stub, "missing"),
        (lambda module: None, "returns_none"),
        (lambda module: make_init()(module).weight if hasattr(module, "weight") else 0, "wrong_type"),
        (lambda module: make_init()(copy.deepcopy(module)), "in_place"),
        (init_needs_a_bias, "no_bias"),
        (lambda module: module, "spread"),
        (make_init(std=0.02**0.5), "spread"),
        (make_init(std=0.02**2), "spread"),
        (make_init(convs=(nn.Conv2d,)), "transposed"),
        (make_init(mean=0.02), "centre"),
        (make_init(gamma=(0.0, 0.02)), "gamma"),
        (make_init(gamma=(1.0, 0.0)), "gamma_spread"),
        (make_init(gamma=(1.0, 0.2)), "gamma_spread"),
        (init_uniform(nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d), "normal"),
        (init_uniform(nn.ConvTranspose2d), "normal"),
        (init_uniform(nn.BatchNorm2d), "normal"),
        (init_signs, "normal"),
        (init_laplace, "normal"),
        (make_init(biases=False), "biases"),
        (make_init(norm_bias=False), "biases"),
        (make_init(linear=True), "others"),
    ],
)
