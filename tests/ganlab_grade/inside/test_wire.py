"""The format between the marking and the sandbox: faithful to what is honest, unmoved by what is not."""

import io
import json
import struct

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganlab_grade.inside import wire as wire
from ganlab_grade.inside.wire import Opaque, Reader, WireError, Writer, frame, parse


def through(value, known=()):
    """Write and read, as the two sides do."""
    writer = Writer(known)
    tree = json.loads(json.dumps(writer.tree(value)))
    head, buffers = parse(io.BytesIO(frame({"value": tree}, writer.buffers)).read)
    return Reader(buffers, known).value(head["value"])


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)


@given(plain)
def test_plain_values_come_back_equal(value):
    assert repr(through(value)) == repr(value)


@given(
    st.sampled_from(list(wire.DTYPES.values())),
    st.lists(st.integers(0, 3), max_size=4),
    st.integers(0, 2**31),
)
def test_tensors_come_back_bit_for_bit(dtype, shape, seed):
    made = torch.randint(-100, 100, shape, generator=torch.Generator().manual_seed(seed)).to(dtype)
    got = through(made)
    assert (got.dtype, got.shape, got.requires_grad) == (made.dtype, made.shape, False)
    assert torch.equal(got, made)


def test_views_and_oddly_stored_tensors_come_back_as_their_numbers():
    base = torch.arange(24.0).reshape(4, 6)
    for made in (base.T, base[::2, 1::3], base.expand(2, 4, 6), torch.conj(torch.tensor([1 + 2j])), base.flip(0)):
        assert torch.equal(through(made), made.resolve_conj())


def test_what_is_known_on_both_sides_keeps_its_identity():
    tensor, network = torch.ones(2), torch.nn.Linear(2, 2)
    got = through([tensor, network, (tensor,)], known=[network, tensor])
    assert got[0] is tensor
    assert got[1] is network
    assert got[2][0] is tensor
    shared = through(tensor.view(2), known=[tensor])
    assert shared is not tensor
    assert shared.data_ptr() == tensor.data_ptr(), "memory that an answer shares is shared here too"
    assert through(tensor + 0, known=[tensor]).data_ptr() != tensor.data_ptr()


class EqualsAll(str):
    __slots__ = ()

    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


class PretendsToBeAFloat:
    __class__ = float


def test_objects_bring_no_code():
    got = through(EqualsAll("x"))
    assert type(got) is str
    assert got != "y"
    pretender = through(PretendsToBeAFloat())
    assert isinstance(pretender, Opaque)
    assert not isinstance(pretender, float)
    assert type(pretender).__name__ == "PretendsToBeAFloat"


def test_what_is_endless_has_an_end():
    loop = []
    loop.append(loop)
    assert isinstance(through([loop])[0], list)
    assert through(2**5000).__class__.__name__ == "very long int"
    many = through([0] * (wire.MOST_ITEMS + 10))
    assert isinstance(many[-1], Opaque)
    assert isinstance(through(torch.ones(2).to_sparse()), Opaque)
    assert isinstance(through(torch.ones(2, device="meta")), Opaque)
    assert isinstance(through(np.array([object()])), Opaque)


BAD_TREES = [
    None, [], {}, "x", ["?"], ["known", 0], ["known", -1], ["known", True], ["constant", "x"], ["int", "z" * 9],
    ["float", "q"], ["list", 3], ["dict", [[1]]], ["tensor"], ["tensor", "float32", [2], 0, False, 0, -1],
    ["tensor", "float32", [-1], 0, False, 0, -1], ["tensor", "float32", [2**40, 2**40], 0, False, 0, -1],
    ["tensor", "object", [1], 0, False, 0, -1], ["tensor", "float32", [1], 7, False, 0, -1],
    ["tensor", "float32", [1], 0, False, 0, 5], ["array", "|O", [1], 0], ["array", "<f4", [9], 0], ["array", "V9", [], 0],
    ["list", [["list", [["?"]]]]],
]  # fmt: skip


@pytest.mark.parametrize("tree", BAD_TREES, ids=str)
def test_a_tree_that_is_none_is_refused(tree):
    with pytest.raises(WireError):
        Reader([memoryview(b"\0\0\0\0")]).value(tree)


def test_a_tree_without_end_is_refused():
    tree = ["list", []]
    for _ in range(500):
        tree = ["list", [tree]]
    with pytest.raises(WireError):
        Reader([]).value(tree)


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_refused(data):
    stream = io.BytesIO(data)

    def read(count):
        got = stream.read(count)
        if len(got) < count:
            raise EOFError
        return got

    try:
        head, buffers = parse(read)
    except (WireError, EOFError):
        return
    assert isinstance(head, dict)
    assert all(isinstance(one, memoryview) for one in buffers)


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("<I", 2**32 - 1),
        struct.pack("<I", 4) + b"null",
        struct.pack("<I", 2) + b"{}",
        frame({}).replace(b"[]", b"[9999999999999]").replace(b"\x0f\0\0\0", b"\x1c\0\0\0", 1),
        struct.pack("<I", 18) + b'{"buffers": [-1]} ',
        struct.pack("<I", 19) + b'{"buffers": [true]}',
        struct.pack("<I", 30) + b"[" * 30,
    ],
)
def test_a_message_that_lies_about_its_length_is_refused(data):
    with pytest.raises((WireError, EOFError)):
        parse(io.BytesIO(data).read if len(data) > 4 else lambda count: data[:count])
