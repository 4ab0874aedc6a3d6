"""Rungs, and the tools of rungs, that the exercises of several families share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganlab.checks.attempt import Attempt, close, describe, is_a
from ganlab.checks.ladder import Rung, returns, rung, shape


def unlike(name: str, mistake: Callable[..., Any], message: str) -> Rung:
    """A rung that recognises one typical mistake: it fails when the result equals what ``mistake`` returns."""
    return unlike_all(name, [mistake], message)


def unlike_all(
    name: str, mistakes: Iterable[Callable[..., Any]], message: str, same: Callable[[Any, Any], bool] = close
) -> Rung:
    """Like :func:`unlike`, for a mistake that is made in several ways.

    Parameters
    ----------
    name, message : str
        Of the rung.
    mistakes : iterable of callable
        Each is called with fresh arguments of the example.
    same : callable
        Whether two results are the same.
    """
    ways = tuple(mistakes)
    return rung(name, lambda f: not any(same(f.result, f.apply(mistake)) for mistake in ways), message)


def returns_number(hint: str) -> Rung:
    """Rung ``wrong_type``: a number or a tensor; whether that holds one number is the next rung's question."""

    def test(attempt: Attempt) -> bool | str:
        kind = type(attempt.result)
        if kind is not bool and is_a(attempt.result, int, float, np.number, Tensor):
            return True
        return f"expected a float, got {describe(kind)}; {hint}"

    return Rung("wrong_type", test, "", weight=0.5)


def one_number(hint: str, message: str) -> tuple[Rung, Rung]:
    """The rungs ``wrong_type`` and ``wrong_shape`` of an answer that is one number: a tensor without axes will do."""
    return returns_number(hint), shape((), message)


def one_loss(message: str, *, source: str = "network") -> tuple[Rung, Rung]:
    """The rungs ``wrong_type`` and ``wrong_shape`` of a loss: a number whose graph leads back to ``source``."""
    hint = f"keep the tensor: a plain number has lost its way back to the {source}"
    return returns(Tensor, hint=hint), shape((), message)


def pair(message: str, of_shape: Callable[..., Sequence[int]] | None = None) -> Rung:
    """Rung ``pair``: two tensors, of the shape that ``of_shape``, if given, makes of the example's arguments."""

    def test(attempt: Attempt) -> bool:
        wanted = None if of_shape is None else attempt.apply(of_shape)
        return len(attempt.result) == 2 and all(
            isinstance(part, Tensor) and (wanted is None or part.shape == wanted) for part in attempt.result
        )

    return rung("pair", test, message)


def keeps_tensors(message: str) -> Rung:
    """Rung ``changes_its_input``: the example call has changed nothing in place, nor in a list."""
    return rung("changes_its_input", lambda f: not f.changed, message)


def near(got: Any, expected: Any) -> bool:
    """Equal but for what another place or size of a small eps makes of it; the mistakes are farther apart."""
    return close(got, expected, rtol=1e-3, atol=1e-3)


def tensors(arguments: Any) -> list[Tensor]:
    """All tensors among some arguments and in the lists among them."""
    found: list[Tensor] = []
    for item in arguments:
        found += [item] if isinstance(item, Tensor) else tensors(item) if isinstance(item, list | tuple) else []
    return found


def gradients(f: Callable[..., Any], arguments: Sequence[Any], sources: Sequence[Tensor]) -> list[Tensor]:
    """The gradients of the sum of what ``f`` returns.

    Parameters
    ----------
    f : callable
        The learner's function, or a reference.
    arguments : sequence
        What it is called with.
    sources : sequence of Tensor
        Leaves among the arguments, of any shape.

    Returns
    -------
    list of Tensor
        One for each source, of its shape; 0 where no gradient arrives.
    """
    for source in sources:
        source.requires_grad_()
    made = f(*arguments)
    if made.requires_grad:
        made.sum().backward()
    return [torch.zeros_like(source) if source.grad is None else source.grad for source in sources]


def gradient(f: Callable[..., Any], *arguments: Any) -> Tensor:
    """The gradient of the sum of what ``f`` returns with respect to the first tensor; 0 where none arrives."""
    return gradients(f, arguments, tensors(arguments)[:1])[0]
