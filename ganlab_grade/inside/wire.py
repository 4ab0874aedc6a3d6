"""Values as bytes: between the marking process and the sandbox.

A message is a frame: 4 bytes with the length of the head, the head as JSON, then the buffers it names, raw. Nothing
else is read from the sandbox. Reading JSON and numbers runs no code, as reading a pickle can; a value the format
does not know arrives as :class:`Opaque`, the name of its type and no more. Arguments travel the other way, from the
side that is trusted, and there a pickle does no harm (:mod:`ganlab_grade.inside.arguments`).
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch

LONGEST = 256 * 2**20  # bytes of one message: an answer to an exercise has some thousands
DEEPEST, MOST_ITEMS = 20, 100_000
DTYPES = {
    str(kind).removeprefix("torch."): kind
    for kind in (
        torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.bfloat16,
        torch.float32, torch.float64, torch.complex64, torch.complex128,
    )
}  # fmt: skip
ARRAYS = "biufc"  # kinds of NumPy arrays that hold numbers


class WireError(Exception):
    """Bytes that are no message: the other side is broken, or wants this side to break."""


class Opaque:
    """Stands for a value that the format does not know; its class bears the name of that value's class."""


def opaque(module: str, name: str, base: type = Opaque) -> Any:
    """A value whose type says what the other side had: "expected a tensor, got a ModelOutput"."""
    return type(name[:80] or "object", (base,), {"__module__": module[:80] or "builtins"})


class Writer:
    """Turns values into a tree for JSON and a list of buffers.

    Parameters
    ----------
    known : sequence of object
        Objects that both sides have, by position: they travel as a reference, so that identity survives.
    """

    def __init__(self, known: Sequence[Any] = ()) -> None:
        self.buffers: list[bytes] = []
        self.tensors: list[torch.Tensor] = []  # in the order of their first appearance as values
        self._known = {id(value): index for index, value in enumerate(known)}
        self._keep = known  # an id is only good while its object lives
        self._storages = {
            value.untyped_storage().data_ptr(): index
            for index, value in enumerate(known)
            if isinstance(value, torch.Tensor) and value.numel()
        }
        self._items = 0

    def tree(self, value: Any, depth: int = 0) -> Any:
        """The value as JSON can say it."""
        self._items += 1
        kind = type(value)  # never isinstance: an object may lie about its class
        if depth > DEEPEST or self._items > MOST_ITEMS:
            return ["opaque", "builtins", "deeply nested value"]
        if id(value) in self._known:
            return ["known", self._known[id(value)]]
        if value is None or value is ... or value is NotImplemented:
            return ["constant", {None: "None", ...: "Ellipsis"}.get(value, "NotImplemented")]
        if kind is bool:
            return ["bool", value]
        if issubclass(kind, torch.Tensor):
            return self._tensor(value)
        if issubclass(kind, np.ndarray | np.generic):
            return self._array(value, scalar=issubclass(kind, np.generic))
        if issubclass(kind, int):
            number = int.__add__(value, 0)
            return ["int", number] if number.bit_length() <= 1024 else ["opaque", "builtins", "very long int"]
        if issubclass(kind, float):
            return ["float", float.hex(value)]  # exact; -0.0, infinities and nan included
        if issubclass(kind, complex):
            both = complex(value.real, value.imag)
            return ["complex", both.real.hex(), both.imag.hex()]
        if issubclass(kind, str):
            return ["str", str.__str__(value)[:100_000]]
        if issubclass(kind, tuple | list):  # a named tuple is a tuple
            items = tuple.__iter__(value) if issubclass(kind, tuple) else list.__iter__(value)
            found = self._trees(items, depth)
            return ["tuple" if issubclass(kind, tuple) else "list", found, *_called(kind)]
        if issubclass(kind, dict):
            pairs = [tree[1] for tree in self._trees(dict.items(value), depth) if len(tree[1]) == 2]
            return ["dict", pairs, *_called(kind)]
        return ["network" if issubclass(kind, torch.nn.Module) else "opaque", *_called(kind)]

    def _trees(self, items: Iterable[Any], depth: int) -> list[Any]:
        """The items' trees, up to the limit: a list of ten million numbers is no answer to any exercise."""
        found = []
        for item in items:
            found.append(self.tree(item, depth + 1))
            if self._items > MOST_ITEMS:
                break
        return found

    def _tensor(self, value: torch.Tensor) -> Any:
        try:
            return self._numbers(value)
        except (RuntimeError, NotImplementedError, TypeError):  # sparse, quantized, without storage
            return ["opaque", "torch", "tensor of an unusual kind"]

    def _numbers(self, value: torch.Tensor) -> Any:
        with torch._C.DisableTorchFunctionSubclass(), torch.no_grad():
            plain = value.as_subclass(torch.Tensor)
            needs = bool(plain.requires_grad)
            name = str(plain.dtype).removeprefix("torch.")
            if name not in DTYPES or plain.layout != torch.strided or plain.device.type == "meta":
                return ["opaque", "torch", f"{plain.layout} tensor".removeprefix("torch.")]
            stored = plain.detach().cpu().resolve_conj().resolve_neg().contiguous()
            data = stored.reshape(-1).view(torch.uint8).numpy().tobytes()
            shares = self._storages.get(plain.untyped_storage().data_ptr(), -1) if plain.numel() else -1
        self.buffers.append(data)
        self.tensors.append(value)
        return ["tensor", name, list(stored.shape), len(self.buffers) - 1, needs, len(self.tensors) - 1, shares]

    def _array(self, value: Any, *, scalar: bool) -> Any:
        array = np.asarray(value)
        if array.dtype.kind not in ARRAYS:
            return ["opaque", "numpy", f"{array.dtype} array"]
        array = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("="))).reshape(array.shape)
        self.buffers.append(array.tobytes())
        return ["scalar" if scalar else "array", array.dtype.str, list(array.shape), len(self.buffers) - 1]


class Reader:
    """Turns a tree and its buffers back into values; anything unexpected is a :class:`WireError`.

    Attributes
    ----------
    tensors : dict of int to tensor
        The tensors read, under the numbers the writer gave them.
    needing : set of int
        Those of them that require a gradient on the writer's side.
    """

    def __init__(self, buffers: Sequence[memoryview], known: Sequence[Any] = ()) -> None:
        self.tensors: dict[int, torch.Tensor] = {}
        self.needing: set[int] = set()
        self._buffers, self._known = buffers, known

    def value(self, tree: Any, depth: int = 0) -> Any:
        """The value that ``Writer.tree`` was given, as far as the format knows it."""
        try:
            return self._value(tree, depth)
        except WireError:
            raise
        except Exception as error:
            raise WireError(f"no value can be read from a message's tree ({type(error).__name__})") from error

    def _value(self, tree: Any, depth: int) -> Any:
        if depth > DEEPEST + 2 or type(tree) is not list or not tree:
            raise WireError("a tree that is no tree")
        kind, *rest = tree
        match kind:
            case "constant":
                return {"None": None, "Ellipsis": ..., "NotImplemented": NotImplemented}[rest[0]]
            case "known":
                return self._known[_index(rest[0], self._known)]
            case "bool":
                return bool(rest[0])
            case "int":
                return int(rest[0])
            case "float":
                return float.fromhex(rest[0])
            case "complex":
                return complex(float.fromhex(rest[0]), float.fromhex(rest[1]))
            case "str":
                return str(rest[0])
            case "list" | "tuple":
                items = [self._value(item, depth + 1) for item in rest[0]]
                return _kind(list if kind == "list" else tuple, rest)(items)
            case "dict":
                pairs = [(self._key(k, depth), self._value(v, depth + 1)) for k, v in rest[0]]
                return _kind(dict, rest)(pairs)
            case "network":
                return opaque(str(rest[0]), str(rest[1]), torch.nn.Module)()
            case "tensor":
                return self._tensor(*rest)
            case "array" | "scalar":
                return self._array(*rest, scalar=kind == "scalar")
            case "opaque":
                return opaque(str(rest[0]), str(rest[1]))()
        raise WireError("a tree of an unknown kind")

    def _key(self, tree: Any, depth: int) -> Any:
        key = self._value(tree, depth + 1)
        return key if type(key) in (str, int, float, bool, tuple, type(None)) else opaque("builtins", "key")()

    def _tensor(
        self, name: str, shape: Sequence[int], buffer: int, needs: bool, number: int, shares: int
    ) -> torch.Tensor:
        data = self._buffers[_index(buffer, self._buffers)]
        size = _size(shape)
        dtype = DTYPES[name]
        if len(data) != size * dtype.itemsize:
            raise WireError("a tensor whose bytes do not fill its shape")
        flat = torch.frombuffer(bytearray(data), dtype=dtype) if size else torch.zeros(0, dtype=dtype)
        made = flat.reshape(tuple(shape)).clone()  # a tensor of its own: no view, and aligned
        if shares >= 0:
            made = _sharing(made, self._known[_index(shares, self._known)])
        self.tensors[int(number)] = made
        if needs:
            self.needing.add(int(number))
        return made

    def _array(self, code: str, shape: Sequence[int], buffer: int, *, scalar: bool) -> Any:
        dtype = np.dtype(str(code))
        if dtype.kind not in ARRAYS or dtype.hasobject:
            raise WireError("an array of something else than numbers")
        data = self._buffers[_index(buffer, self._buffers)]
        if len(data) != _size(shape) * dtype.itemsize:
            raise WireError("an array whose bytes do not fill its shape")
        array = np.frombuffer(bytearray(data), dtype=dtype).reshape(tuple(shape))
        return array[()] if scalar and not shape else array


def _called(kind: type) -> list[str]:
    return [] if kind in (tuple, list, dict) else [str(kind.__module__), str(kind.__name__)]


def _kind(plain: type, rest: Sequence[Any]) -> type:
    """The plain type, or one below it that bears the name the other side said."""
    return plain if len(rest) == 1 else opaque(str(rest[1]), str(rest[2]), plain)


def _sharing(made: torch.Tensor, target: Any) -> torch.Tensor:
    """The argument's own memory, where the other side returned it and the numbers are those."""
    if isinstance(target, torch.Tensor) and target.shape == made.shape and target.dtype == made.dtype:
        own = target.detach()
        if torch.equal(own.nan_to_num(), made.nan_to_num()):
            return own
    return made


def _index(value: Any, items: Sequence[Any]) -> int:
    if type(value) is not int or not 0 <= value < len(items):
        raise WireError("a reference to something that is not there")
    return value


def _size(shape: Sequence[int]) -> int:
    if len(shape) > 16 or any(type(length) is not int or length < 0 for length in shape):
        raise WireError("a shape that is none")
    return math.prod(shape)


def frame(head: dict[str, Any], buffers: Sequence[bytes] = ()) -> bytes:
    """One message."""
    text = json.dumps({**head, "buffers": [len(buffer) for buffer in buffers]}).encode()
    return b"".join([struct.pack("<I", len(text)), text, *buffers])


def parse(read: Any) -> tuple[dict[str, Any], list[memoryview]]:
    """One message, from ``read(n)``, which returns exactly n bytes or raises.

    Raises
    ------
    WireError
        If what comes is no message or is longer than ``LONGEST``.
    """
    (length,) = struct.unpack("<I", read(4))
    if length > LONGEST:
        raise WireError("a message that is too long")
    try:
        head = json.loads(bytes(read(length)))
        sizes = head["buffers"]
        total = sum(_size([size]) for size in sizes)
    except WireError:
        raise
    except Exception as error:
        raise WireError("a message whose head cannot be read") from error
    if length + total > LONGEST:
        raise WireError("a message that is too long")
    data = memoryview(read(total))
    buffers, at = [], 0
    for size in sizes:
        buffers.append(data[at : at + size])
        at += size
    return head, buffers
