"""The way in: arguments packed outside, by the side that is trusted, and unpacked in the sandbox.

Functions, networks and optimisers travel by cloudpickle. Tensors travel beside them, numbered, for three reasons: the
same tensor must arrive as one object however often it is referred to (a network's weights and its optimiser's), its
gradient must come along, and afterwards what the answer did to it must find the way back.

Back comes what a caller of the function in the same process would see: the arguments' own tensors (data, gradient,
whether they require one), lists and dicts among them, a network's mode and the parameters put into it, an
optimiser's memory, and lists that a callback has filled. Nothing that the
arguments merely *use* is ever written: a test's constants, captured by a callback, stay as they are.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch

Slots = list[tuple[torch.Tensor, torch.Tensor | None]]


@dataclass
class Parts:
    """What belongs to the arguments themselves, in the same order on both sides."""

    objects: list[Any]  # keep their identity: tensors, networks, callbacks
    tensors: list[torch.Tensor]  # are written back
    modules: list[torch.nn.Module]
    optimizers: list[torch.optim.Optimizer]
    containers: list[Any]  # lists and dicts, also lists that are captured by a callback and empty at first


def own_parts(arguments: Any) -> Parts:
    """Collect the parts; dicts and lists that hold the arguments themselves are the caller's, not parts."""
    objects: list[Any] = []
    tensors: dict[int, torch.Tensor] = {}
    modules: dict[int, torch.nn.Module] = {}
    optimizers: list[torch.optim.Optimizer] = []
    containers: list[Any] = []

    def visit(value: Any, depth: int = 0) -> None:
        if depth > 6:
            return
        if isinstance(value, torch.Tensor):
            tensors.setdefault(id(value), value)
        elif isinstance(value, torch.nn.Module):
            objects.append(value)
            for part in value.modules():
                modules.setdefault(id(part), part)
            for tensor in (*value.parameters(), *value.buffers()):
                tensors.setdefault(id(tensor), tensor)
        elif isinstance(value, torch.optim.Optimizer):
            objects.append(value)
            optimizers.append(value)
            for group in value.param_groups:
                visit(tuple(group["params"]), depth + 1)
        elif isinstance(value, dict | tuple | list):
            if depth > 0 and not isinstance(value, tuple):
                containers.append(value)
            for item in value.values() if isinstance(value, dict) else value:
                visit(item, depth + 1)
        elif callable(value):
            objects.append(value)
            containers.extend(_empty_lists(value))

    visit(arguments)
    kept = [*objects, *tensors.values()]
    return Parts(kept, list(tensors.values()), list(modules.values()), optimizers, containers)


def _empty_lists(function: Callable[..., Any]) -> Iterator[list[Any]]:
    for cell in getattr(function, "__closure__", None) or ():
        try:
            content = cell.cell_contents
        except ValueError:  # a name that is bound later
            continue
        if type(content) is list and not content:
            yield content


def pack(value: Any) -> tuple[bytes, list[torch.Tensor]]:
    """Pickle ``value`` with its tensors left out; return the bytes, and the tensors in the order of their numbers."""
    import cloudpickle

    tensors: list[torch.Tensor] = []
    numbers: dict[int, int] = {}

    class Packer(cloudpickle.Pickler):
        def persistent_id(self, obj: Any) -> Any:
            if not isinstance(obj, torch.Tensor):
                return None
            if id(obj) not in numbers:
                numbers[id(obj)] = len(tensors)
                tensors.append(obj)
            return numbers[id(obj)], isinstance(obj, torch.nn.Parameter)

    stream = io.BytesIO()
    Packer(stream).dump(value)
    return stream.getvalue(), tensors


def unpack(data: bytes, slots: Slots) -> tuple[Any, list[torch.Tensor]]:
    """Undo :func:`pack` in the sandbox: every numbered tensor becomes one leaf, with its gradient.

    ``slots`` holds each tensor, whose ``requires_grad`` is already set, and its gradient.
    """
    made: list[torch.Tensor] = [tensor for tensor, _ in slots]

    class Unpacker(pickle.Unpickler):
        def persistent_load(self, pid: Any) -> torch.Tensor:
            number: int
            number, parameter = pid
            if parameter and not isinstance(made[number], torch.nn.Parameter):
                old = made[number]
                made[number] = torch.nn.Parameter(old.detach(), requires_grad=old.requires_grad)
            if made[number].grad is None and slots[number][1] is not None:
                made[number].grad = slots[number][1]
            return made[number]

    return Unpacker(io.BytesIO(data)).load(), made
