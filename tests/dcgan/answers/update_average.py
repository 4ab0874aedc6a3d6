"""Right and wrong answers to the exercise update_average of lesson 02, written as learners write them."""

import copy

import torch
from torch import nn

from ganlab.dcgan import checks
from tests.checks.bank import Bank, stub


def average_with(mix, buffers=True):
    @torch.no_grad()
    def update(average, model, decay):
        for kept, new in zip(average.parameters(), model.parameters(), strict=True):
            kept.copy_(mix(kept, new, decay))
        if buffers:
            for kept, new in zip(average.buffers(), model.buffers(), strict=True):
                kept.copy_(new)
        return average

    return update


@torch.no_grad()
def average_lerp(average, model, decay):
    torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - decay)
    average.load_state_dict(dict(average.state_dict()) | dict(model.named_buffers()))
    return average


def average_state(average, model, decay):
    trained = dict(model.named_parameters())
    state = {key: value.detach().clone() for key, value in model.state_dict().items()}
    for key, kept in average.named_parameters():
        state[key] = decay * kept.detach() + (1 - decay) * trained[key].detach()
    average.load_state_dict(state)
    return average


@torch.no_grad()
def average_everything(average, model, decay):
    for kept, new in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
        kept.copy_(decay * kept + (1 - decay) * new)
    return average


def average_replaces(average, model, decay):
    for mine, theirs in zip(average.modules(), model.modules(), strict=True):
        for name, parameter in list(mine.named_parameters(recurse=False)):
            other = getattr(theirs, name)
            setattr(mine, name, nn.Parameter(decay * parameter.detach() + (1 - decay) * other.detach()))
        for name, buffer in mine.named_buffers(recurse=False):
            buffer.copy_(getattr(theirs, name))
    return average


def average_moves_the_model(average, model, decay):
    average_with(lambda a, m, d: d * m + (1 - d) * a)(model, average, decay)
    return average


def average_builds_a_graph(average, model, decay):
    for kept, new in zip(average.parameters(), model.parameters(), strict=True):
        kept = decay * kept + (1 - decay) * new
    return average


BANK = Bank(
    checks.update_average,
    right=[average_with(lambda a, m, d: d * a + (1 - d) * m), average_lerp, average_state],
    wrong=[
        (stub, "missing"),
        (lambda average, model, decay: None, "returns_none"),
        (lambda average, model, decay: average.state_dict(), "wrong_type"),
        (lambda average, model, decay: average_lerp(copy.deepcopy(average), model, decay), "in_place"),
        (average_moves_the_model, "model_changed"),
        (average_builds_a_graph, "unmoved"),
        (average_with(lambda a, m, d: (1 - d) * a + d * m), "swapped"),
        (average_with(lambda a, m, d: m), "copied"),
        (average_with(lambda a, m, d: d * a + m), "parameters"),
        (average_with(lambda a, m, d: d * a + (1 - d) * m, buffers=False), "buffers"),
        (average_everything, "buffers"),
        (average_replaces, "graph"),
    ],
)
