"""The learner's answer under examination: called safely, its errors put into a sentence, its numbers compared."""

from __future__ import annotations

import linecache
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import numpy as np
import torch

MISSING = "not yet written: replace the stub by your own code, run that cell, then this one again"
# Any constant: every check draws the same numbers every time.
CHECK_SEED = 20140610


class Stopped(Exception):
    """The learner's code gave no value: ``rung`` names why, the message is the sentence to say."""

    def __init__(self, rung: str, message: str) -> None:
        super().__init__(message)
        self.rung = rung


@contextmanager
def quiet_random_state() -> Iterator[None]:
    """Seed every generator, and put random states, grad mode and default dtype back afterwards."""
    states = random.getstate(), np.random.get_state(), torch.get_default_dtype()  # noqa: NPY002
    with torch.random.fork_rng(), torch.enable_grad():
        random.seed(CHECK_SEED)
        np.random.seed(CHECK_SEED)  # noqa: NPY002  a learner may draw from the global generator
        torch.manual_seed(CHECK_SEED)
        try:
            yield
        finally:
            random.setstate(states[0])
            np.random.set_state(states[1])  # noqa: NPY002
            torch.set_default_dtype(states[2])


class Attempt:
    """One answer and the example it is tried on; rungs call it like the learner's function.

    Attributes
    ----------
    arguments : tuple or dict or object
        The arguments of the example call; of networks among them, as the learner's function left them.
    lent : tuple
        What the learner's function was given in its last call, by position: see :class:`Loan`.
    changed : bool
        Whether the example call has changed a tensor, an array, a list or a dict among its arguments.
    result : object
        What the learner's function returned for the example.
    calls : int
        How often the learner's function has given a value.
    """

    def __init__(self, answer: Any, example: Callable[[], Any] | None) -> None:
        self.answer, self._example, self.calls = answer, example, 0
        self.arguments: Any = ()
        self.result: Any = None
        self.lent: tuple[Any, ...] = ()
        self.changed = False
        self._changed_last = False

    def start(self) -> None:
        """Run the example, or take the answer itself where the exercise asks for a value.

        Raises
        ------
        Stopped
            At the rungs ``missing``, ``error``, ``returns_none`` and, if no function was given, ``wrong_type``.
        """
        if self._example is None:
            self.result = self._value(self.answer)
            return
        if self.answer is ... or self.answer is None:
            raise Stopped("missing", MISSING)
        if not callable(self.answer):
            raise Stopped("wrong_type", f"expected your function itself, got {describe(type(self.answer))}; "
                          "hand it over by its name, without parentheses")  # fmt: skip
        self.arguments = self.example()
        self.result = self.run(self.arguments)
        self.changed = self._changed_last

    def example(self) -> Any:
        """Fresh arguments of the example."""
        return () if self._example is None else self._example()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the learner's function; whatever goes wrong becomes :class:`Stopped`."""
        if self._example is None:
            return self.result
        try:
            returned = self._lent(args, kwargs)
        except (Exception, SystemExit) as error:
            raise stopped_by(error, self.answer) from None
        return self._value(returned)

    def _lent(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        loan = Loan(args, kwargs)
        self.lent = loan.args
        try:
            return self.answer(*loan.args, **loan.kwargs)
        finally:
            self._changed_last = loan.take_back()

    def run(self, arguments: Any, function: Callable[..., Any] | None = None) -> Any:
        """Call the learner's function, or ``function``, with arguments in the form that ``example`` gives them."""
        call = self if function is None else function
        if isinstance(arguments, dict):
            return call(**arguments)
        return call(*(arguments if isinstance(arguments, tuple) else (arguments,)))

    def apply(self, function: Callable[..., Any]) -> Any:
        """Call ``function`` with fresh arguments of the example."""
        return self.run(self.example(), function)

    def _value(self, returned: Any) -> Any:
        if returned is ... or returned is NotImplemented:
            raise Stopped("missing", MISSING)
        if returned is None:
            what = "the value is None" if self._example is None else "your function returns nothing"
            raise Stopped("returns_none", f"{what}: is there a `return` on every path, with a value behind it?")
        self.calls += 1
        return plain(returned)


class Loan:
    """Arguments for one call of an answer: what it does to its copies is no business of whoever compares.

    Tensors, arrays, lists and dicts are copied. A network and an optimiser are lent themselves, for some answers are
    to change them; so is a tensor that requires gradients, which have to find their way back, and its numbers are put
    back after the call (unless an optimiser that is lent too has it to move).

    Attributes
    ----------
    args, kwargs : tuple, dict
        What to call the answer with.
    """

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        # By identity, so that one tensor which is given twice stays one; the originals are held, and keep theirs.
        self._lent: dict[int, tuple[Any, Any]] = {}
        self._numbers: list[tuple[torch.Tensor, torch.Tensor]] = []
        given = [item for item in (*args, *kwargs.values()) if isinstance(item, torch.optim.Optimizer)]
        self._moved = {id(one) for item in given for group in item.param_groups for one in group["params"]}
        self.args: tuple[Any, ...] = tuple(self._copy(item) for item in args)
        self.kwargs: dict[str, Any] = {name: self._copy(item) for name, item in kwargs.items()}

    def take_back(self) -> bool:
        """Put numbers back; whether the answer had changed anything of what was lent or copied."""
        changed = any(not _unchanged(now, before) for before, now in self._lent.values())
        for own, numbers in self._numbers:
            if not _unchanged(own.detach(), numbers):
                changed = True
                # Not by an operation that autograd would count: the graph of the result may lead through it.
                own.data = numbers
        return changed

    def _copy(self, value: Any) -> Any:
        if id(value) in self._lent:
            return self._lent[id(value)][1]
        made = value
        if isinstance(value, torch.Tensor):
            if id(value) in self._moved:
                return value
            if value.requires_grad:
                self._numbers.append((value, value.detach().clone()))
                return value
            made = value.detach().clone()
        elif isinstance(value, np.ndarray):
            made = value.copy()
        elif type(value) is list:
            made = [self._copy(item) for item in value]
        elif type(value) is dict:
            made = {key: self._copy(item) for key, item in value.items()}
        elif type(value) is tuple:
            return tuple(self._copy(item) for item in value)
        else:
            return value
        self._lent[id(value)] = value, made
        return made


def _unchanged(now: Any, before: Any) -> bool:
    """Whether a lent value is still what it was; items of lists and dicts are looked at one by one."""
    if type(now) is not type(before):
        return False
    if isinstance(before, torch.Tensor):
        same = now.shape == before.shape and now.dtype == before.dtype
        return same and _bytes(now) == _bytes(before)
    if isinstance(before, np.ndarray):
        return now.shape == before.shape and now.dtype == before.dtype and now.tobytes() == before.tobytes()
    if isinstance(before, dict):
        return list(now) == list(before) and all(_unchanged(now[key], before[key]) for key in before)
    if isinstance(before, list | tuple):
        return len(now) == len(before) and all(map(_unchanged, now, before))
    return now is before or bool(now == before)


def _bytes(tensor: torch.Tensor) -> bytes:
    """The numbers as they lie in memory: nan is nan."""
    return bytes(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy()) if tensor.numel() else b""


def is_a(value: Any, *kinds: type) -> bool:
    """Like isinstance, for objects that may lie about their class."""
    return issubclass(type(value), kinds)


def plain(value: Any) -> Any:
    """Strip subclasses down to the tensor, number or string they are, so that none can redefine ``==``."""
    if type(value) in (tuple, list):
        return type(value)(plain(item) for item in value)
    if is_a(value, torch.Tensor) and type(value) is not torch.Tensor:
        with torch._C.DisableTorchFunctionSubclass():
            return value.as_subclass(torch.Tensor)
    for kind in (int, float, str):
        if is_a(value, kind) and not is_a(value, bool, np.generic):
            return value if type(value) is kind else kind(value)
    return value


def numbers(value: Any) -> np.ndarray:
    """Any tensor, array, number or nested list of them as a float64 array; complex stays complex.

    Raises
    ------
    TypeError
        If there are no numbers in it.
    """
    if is_a(value, torch.Tensor):
        value = plain(value).detach().cpu()
        value = value.to(torch.complex128 if value.is_complex() else torch.float64).numpy()
    array = np.asarray(value)
    if array.dtype == object or array.dtype.kind not in "biufc":
        array = np.asarray([numbers(item) for item in value]) if isinstance(value, list | tuple) else array
    if array.dtype.kind not in "biufc":
        raise TypeError(f"expected numbers, got {describe(type(value))}")
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def close(got: Any, expected: Any, *, rtol: float = 1e-5, atol: float = 1e-6) -> bool:
    """Whether two answers have the same shape and the same numbers, none of them missing.

    Tuples, lists and dicts are compared item by item; a list also stands for the tensor of its numbers.
    A comparison of nothing with nothing is False.
    """
    if isinstance(expected, dict):
        same = isinstance(got, dict) and got.keys() == expected.keys() and len(expected) > 0
        return same and all(close(got[key], expected[key], rtol=rtol, atol=atol) for key in expected)
    if isinstance(expected, tuple | list) and not is_a(got, torch.Tensor, np.ndarray):
        same = isinstance(got, tuple | list) and len(got) == len(expected) and len(expected) > 0
        return same and all(close(a, b, rtol=rtol, atol=atol) for a, b in zip(got, expected, strict=True))
    if isinstance(expected, str):
        return type(got) is str and got == expected
    try:
        a, b = numbers(got), numbers(expected)
    except (TypeError, ValueError):
        return False
    if b.size == 0:
        return False
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=rtol, atol=atol))


def describe(kind: type) -> str:
    """A type's name as a learner writes it."""
    module = kind.__module__.split(".")[0]
    if issubclass(kind, torch.Tensor):
        return "a torch.Tensor"
    return {int: "an int", float: "a float", bool: "a bool"}.get(
        kind, f"a {kind.__name__}" if module == "builtins" else f"a {module}.{kind.__name__}"
    )


def stopped_by(error: BaseException, answer: Any) -> Stopped:
    """Put what the learner's code raised into one sentence, with the line of their code it came from."""
    number, text = _learners_line(error.__traceback__, answer)
    if isinstance(error, NotImplementedError):
        said = str(error).lower()
        if not said or "your code" in said or text.startswith("raise NotImplementedError"):
            return Stopped("missing", MISSING)
    where = f"stopped at line {number}" if number else "stopped"
    what = (str(error).strip().splitlines() or [""])[0].strip().rstrip(".")
    if len(what) > 160:
        what = what[:157] + "..."
    code = f", `{text}`" if text else ""
    return Stopped("error", f"your code {where}{code}, with {type(error).__name__}{': ' + what if what else ''}")


def _learners_line(traceback: TracebackType | None, answer: Any) -> tuple[int, str]:
    """The innermost line in the file (for a notebook: the cell) in which the answer was written."""
    code = getattr(answer, "__code__", None) or getattr(getattr(answer, "__init__", None), "__code__", None)
    home = code.co_filename if code is not None else None
    found = (0, "")
    while traceback is not None:
        filename = traceback.tb_frame.f_code.co_filename
        if filename == home or (home is None and "ipykernel_" in filename):
            found = traceback.tb_lineno, linecache.getline(filename, traceback.tb_lineno).strip()
        traceback = traceback.tb_next
    return found
