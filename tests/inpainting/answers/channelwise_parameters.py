"""Right and wrong answers to the exercise channelwise_parameters of lesson 03, written as learners write them."""

import math

import torch

from ganlab.inpainting import checks
from tests.checks.bank import Bank, stub


def parameters_counted(channels, height, width):
    weight = torch.empty(channels, height * width, height * width)
    bias = torch.empty(channels, height * width)
    return weight.numel() + bias.numel()


def parameters_by_layers(channels, height, width):
    places = height * width
    layers = [torch.nn.Linear(places, places, device="meta") for _ in range(channels)]
    return sum(parameter.numel() for layer in layers for parameter in layer.parameters())


BANK = Bank(
    checks.channelwise_parameters,
    right=[lambda c, h, w: c * h * w * (h * w + 1), parameters_counted, parameters_by_layers],
    wrong=[
        (stub, "missing"),
        (lambda c, h, w: None, "returns_none"),
        (lambda c, h, w: c * math.pow(h * w, 2) + c * h * w, "wrong_type"),
        (lambda c, h, w: (c * (h * w) ** 2, c * h * w), "wrong_type"),
        (lambda c, h, w: (c * h * w) ** 2 + c * h * w, "full"),
        (lambda c, h, w: (c * h * w) * (c * h * w), "full"),
        (lambda c, h, w: c * (h * w) ** 2, "no_biases"),
        (lambda c, h, w: (h * w) ** 2 + h * w, "one_matrix"),
        (lambda c, h, w: (h * w) ** 2 + c * h * w, "one_matrix"),
        (lambda c, h, w: c * h * w + c * h * w, "one_place"),
        (lambda c, h, w: c * (h * w) ** 2 + c, "too_few_biases"),
        (lambda c, h, w: c * (h * w) ** 2 + h * w, "too_few_biases"),
        (lambda c, h, w: c * h * w**2 + c * h * w, "wrong_value"),
        (lambda c, h, w: 1260, "wrong_value"),
    ],
)
