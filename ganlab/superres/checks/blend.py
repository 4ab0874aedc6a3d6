"""Lesson 05, exercise 8: between two networks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, Rung, returns, rung, value
from ganlab.checks.rungs import keeps_tensors

States = dict[str, Tensor]
Mix = Callable[[Tensor, Tensor, float], Tensor]
SHARE = 0.3


def _state(seed: int) -> States:
    random = torch.Generator().manual_seed(seed)
    sizes = {"head.weight": (4, 3, 3, 3), "head.bias": (4,), "prelu.weight": (1,), "norm.running_mean": (4,)}
    state = {name: torch.randn(size, generator=random, dtype=torch.float32) for name, size in sizes.items()}
    return {**state, "norm.num_batches_tracked": torch.tensor(100 * seed)}


def _states(share: float = SHARE) -> tuple[Any, ...]:
    return _state(3), _state(7), share


def _other_states() -> tuple[Any, ...]:
    """Other types: also numbers that are not int64, and floats that are not float32, come in a network."""
    first = {"scale": torch.tensor([1.0, -2.0]).double(), "steps": torch.tensor([3, 4], dtype=torch.int32),
             "used": torch.tensor([True, False]), "places": torch.tensor(5, dtype=torch.uint8)}  # fmt: skip
    second = {"scale": torch.tensor([0.5, 4.0]).double(), "steps": torch.tensor([8, 1], dtype=torch.int32),
              "used": torch.tensor([True, True]), "places": torch.tensor(9, dtype=torch.uint8)}  # fmt: skip
    return first, second, 0.25


def _blend(first: States, second: States, share: float) -> States:
    return {name: (1 - share) * tensor + share * second[name] if tensor.is_floating_point() else tensor.clone()
            for name, tensor in first.items()}  # fmt: skip


def _floats(state: States) -> list[str]:
    return [name for name, tensor in state.items() if tensor.is_floating_point()]


def _all_floats(f: Attempt, mix: Mix) -> bool:
    first, second, share = f.example()
    return all(close(f.result[name], mix(first[name], second[name], share), rtol=1e-4, atol=1e-5)
               for name in _floats(first))  # fmt: skip


def _not_mixed(name: str, message: str, *mistakes: Mix) -> Rung:
    return rung(name, lambda f: not any(_all_floats(f, mistake) for mistake in mistakes), message)


def _not_names(name: str, message: str, which: Callable[[str], bool]) -> Rung:
    """A rung that recognises that only these of the names came back."""
    return rung(name, lambda f: set(f.result) != {key for key in _state(3) if which(key)}, message)


def _shapes(f: Attempt) -> bool | str:
    for name, tensor in _state(3).items():
        if f.result[name].shape != tensor.shape:
            return f"{name}: expected the shape {tuple(tensor.shape)}, got {tuple(f.result[name].shape)}"
    return True


def _none_left_out(f: Attempt) -> bool:
    first, second, _ = f.example()
    return not any(close(f.result[name], state[name]) for name in _floats(first) for state in (first, second))


def _integers(f: Attempt, state: States) -> bool:
    return close(f.result["norm.num_batches_tracked"], state["norm.num_batches_tracked"])


def _integers_stay(f: Attempt) -> bool:
    return not f.result["norm.num_batches_tracked"].is_floating_point()


def _by_name(f: Attempt) -> bool:
    first, second, share = _states()
    turned = {name: second[name] for name in reversed(second)}
    return close(f(first, turned, share), _blend(first, second, share), rtol=1e-4, atol=1e-5)


def _of_its_own(f: Attempt) -> bool:
    """Whether the result stays as it is when the networks it was made of go on training."""
    for share in (0.0, 1.0, SHARE):
        first, second, _ = _states()
        made = f(first, second, share)
        before = {name: tensor.clone() for name, tensor in made.items()}
        for tensor in (*f.lent[0].values(), *f.lent[1].values()):
            tensor.fill_(-5)
        if not close(made, before, rtol=0, atol=0):
            return False
    return True


def _other_types(f: Attempt) -> bool:
    made, wanted = f(*_other_states()), _blend(*_other_states())
    kept = all(made[name].dtype == wanted[name].dtype for name in wanted if name != "scale")
    return kept and close(made, wanted, rtol=1e-4, atol=1e-5)


blend = Ladder(
    "blend",
    example=_states,
    rungs=[
        returns(dict, hint="a state dict has a name for every tensor"),
        _not_names("only_weights", "only the names with `weight` in them came back: biases and running means belong "
                   "to a network, too", lambda key: "weight" in key),
        _not_names("only_parameters", "the buffers are missing (running means, counters): load_state_dict wants "
                   "every name", lambda key: "norm" not in key),
        _not_names("only_floats", "the integer tensors are missing: load_state_dict wants every name, copy them "
                   "from `first`", lambda key: "tracked" not in key),
        rung("names", lambda f: set(f.result) == set(_state(3)), "expected the same names as in `first`"),
        rung("tensors", lambda f: all(isinstance(tensor, Tensor) for tensor in f.result.values()),
             "expected a tensor behind every name"),
        rung("wrong_shape", _shapes, "", weight=0.5),
        keeps_tensors("your function changes `first` or `second`: the networks they came from would be changed, too"),
        _not_mixed("first_only", "this is `first`, whatever the share", lambda a, b, s: a),
        _not_mixed("second_only", "this is `second`, whatever the share", lambda a, b, s: b),
        _not_mixed("reversed", "the shares are exchanged: `share` is that of `second`, 0 gives `first`",
                   lambda a, b, s: s * a + (1 - s) * b),
        _not_mixed("always_half", "this is the middle between both, at any share", lambda a, b, s: (a + b) / 2),
        _not_mixed("added", "the two shares should add up to 1: weights that are all larger, or all smaller, belong "
                   "to neither network",
                   lambda a, b, s: a + b, lambda a, b, s: a + s * b, lambda a, b, s: s * (a + b),
                   lambda a, b, s: (1 - s) * (a + b), lambda a, b, s: (1 - s) * a, lambda a, b, s: s * b,
                   lambda a, b, s: (1 - s) * a + b),
        _not_mixed("away", "this walks away from `second`: a sign is wrong", lambda a, b, s: a + s * (a - b),
                   lambda a, b, s: (1 - s) * a - s * b),
        rung("left_out", _none_left_out, "some of the floating-point tensors were not blended (biases, running "
             "means, the slope of a PReLU?): a network half of this and half of that is neither"),
        rung("numbers", lambda f: _all_floats(f, lambda a, b, s: (1 - s) * a + s * b),
             "these are not the points of the straight line from `first` to `second`"),
        rung("integer_type", _integers_stay, "a counter has become a floating-point number: it counts batches"),
        rung("integers_of_second", lambda f: not _integers(f, f.example()[1]),
             "the integer tensors come from `second`; copy those of `first`"),
        rung("integers_blended", lambda f: _integers(f, f.example()[0]),
             "an integer tensor was blended, too: there is nothing half-way between two counters. Copy those of "
             "`first`"),
        rung("by_name", _by_name, "with the names of `second` in another order it goes wrong: a tensor is found by "
             "its name, not by its place"),
        rung("shares_memory", _of_its_own, "the result contains tensors of `first` or `second` themselves, not "
             "copies: when those networks go on training, it changes with them"),
        rung("other_types", _other_types, "with float64, int32, uint8 and bool it goes wrong: whatever is floating "
             "point is blended, everything else copied"),
        value(_blend, "right for one share, but not all the way from 0 to 1", rtol=1e-4, atol=1e-5,
              examples=lambda: [_states(0.0), _states(1.0), _states(0.85)]),
    ],
    praise="one network on the way from faithful to sharp, at the price of one, and no training",
)  # fmt: skip
