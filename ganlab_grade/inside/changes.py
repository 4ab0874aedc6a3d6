"""What an answer did to its arguments: noted in the sandbox, done again outside.

The same consequences a caller in the same process would see, and no others: an argument's numbers, its gradient,
whether it requires one; a network's mode and the parameters put in place of its own; an optimiser's memory, such as a
momentum; the items of a list or a dict.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from ganlab_grade.inside.arguments import Parts
from ganlab_grade.inside.wire import Reader, WireError, Writer


@dataclass
class Before:
    """The arguments as they came."""

    numbers: list[torch.Tensor]
    gradients: list[torch.Tensor | None]
    places: list[dict[str, Any]]  # a network's own parameters and buffers, by name
    items: list[Any]


def remember(parts: Parts) -> Before:
    """Note what the arguments hold before the call."""
    return Before(
        [tensor.detach().clone() for tensor in parts.tensors],
        [None if tensor.grad is None else tensor.grad.clone() for tensor in parts.tensors],
        [{**module._parameters, **module._buffers} for module in parts.modules],
        [container.copy() for container in parts.containers],
    )


def changes(writer: Writer, parts: Parts, before: Before) -> dict[str, Any]:
    """What is different after the call, for the reply."""
    together = zip(parts.tensors, before.numbers, before.gradients, strict=True)
    return {
        "tensors": [_change(writer, now, numbers, gradient) for now, numbers, gradient in together],
        "modes": [bool(module.training) for module in parts.modules],
        "places": [
            [name, writer.tree(new), isinstance(new, torch.nn.Parameter)]
            if (new := {**module._parameters, **module._buffers}.get(name)) is not old
            else None
            for module, places in zip(parts.modules, before.places, strict=True)
            for name, old in places.items()
        ],
        "memories": [writer.tree(optimizer.state_dict()["state"]) for optimizer in parts.optimizers],
        "items": [
            None if _same_items(now, old) else writer.tree(now)
            for now, old in zip(parts.containers, before.items, strict=True)
        ],
    }


def _change(writer: Writer, now: torch.Tensor, numbers: torch.Tensor, gradient: torch.Tensor | None) -> list[Any]:
    """[new numbers or null, [new gradient] or null, requires_grad]"""
    data, grad = now.detach(), now.grad
    unmoved = grad is gradient is None or (grad is not None and gradient is not None and _equal(grad, gradient))
    # A copy, for of an argument itself the writer would only say that it is known.
    return [
        None if _equal(data, numbers) else writer.tree(data.clone()),
        None if unmoved else [writer.tree(None if grad is None else grad.detach().clone())],
        bool(now.requires_grad),
    ]


def _equal(a: torch.Tensor, b: torch.Tensor) -> bool:
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if a.is_floating_point():
        a, b = a.nan_to_num(nan=1e30), b.nan_to_num(nan=1e30)
    return torch.equal(a, b)


def _same_items(now: Any, old: Any) -> bool:
    if isinstance(now, dict):
        return list(now) == list(old) and all(a is b for a, b in zip(now.values(), old.values(), strict=True))
    return len(now) == len(old) and all(a is b for a, b in zip(now, old, strict=True))


def apply_changes(reader: Reader, parts: Parts, reply: dict[str, Any]) -> None:
    """Let it happen here.

    Raises
    ------
    Exception
        Of any kind, if the reply is not what :func:`changes` makes.
    """
    for target, (data, grad, needs) in zip(parts.tensors, reply["tensors"], strict=True):
        if data is not None:
            _write(target, _tensor(reader.value(data)))
        if grad is not None and target.is_leaf:
            new = reader.value(grad[0])
            target.grad = None if new is None else _tensor(new).reshape(target.shape).to(target.dtype)
        if target.requires_grad and not needs and not target.is_leaf:
            target.detach_()
        elif target.requires_grad is not bool(needs) and target.is_leaf:
            target.requires_grad_(bool(needs))
    for module, mode in zip(parts.modules, reply["modes"], strict=True):
        module.training = bool(mode)
    places = [(module, name) for module in parts.modules for name in {**module._parameters, **module._buffers}]
    for (module, name), place in zip(places, reply["places"], strict=True):
        if place is not None:
            _put(module, name, reader.value(place[1]), parameter=bool(place[2]))
    for optimizer, tree in zip(parts.optimizers, reply["memories"], strict=True):
        if memory := reader.value(tree):
            optimizer.load_state_dict({**optimizer.state_dict(), "state": memory})
    for content, tree in zip(parts.containers, reply["items"], strict=True):
        if tree is not None:
            items = reader.value(tree)
            if type(items) is not type(content):
                raise WireError("a list or a dict that is none")
            content.clear()
            content.update(items) if isinstance(content, dict) else content.extend(items)


def _write(target: torch.Tensor, data: torch.Tensor) -> None:
    with torch.no_grad():
        if target.shape == data.shape and target.dtype == data.dtype:
            target.copy_(data)


def _put(module: torch.nn.Module, name: str, new: Any, *, parameter: bool) -> None:
    if new is None:
        return
    if parameter:
        module._parameters[name] = torch.nn.Parameter(_tensor(new).detach())
    elif name in module._buffers:
        module._buffers[name] = _tensor(new)


def _tensor(value: Any) -> torch.Tensor:
    if not isinstance(value, torch.Tensor):
        raise WireError("something else than the tensor that belongs here")
    return value
