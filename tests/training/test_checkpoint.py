"""Checkpoints: exact, atomic, and answered in one sentence whatever is wrong with the file."""

import json
import os
import pickle
import random
import signal
import subprocess
import sys
import time

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file
from torch import nn

from ganlab.training import checkpoint
from ganlab.training.checkpoint import CheckpointError, load_checkpoint, read_checkpoint, save_checkpoint


def network(width=4):
    layers = nn.Sequential(nn.Conv2d(3, width, 3), nn.BatchNorm2d(width), nn.Conv2d(width, 2, 3))
    return layers.to(memory_format=torch.channels_last)


def adam(module, **settings):
    return torch.optim.Adam(module.parameters(), 1e-2, (0.5, 0.999), **settings)


def train(module, optimizer, steps):
    for _ in range(steps):
        loss = module(torch.randn(4, 3, 8, 8)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def equal(a, b):
    mine, theirs = a.state_dict(), b.state_dict()
    return mine.keys() == theirs.keys() and all(torch.equal(mine[key], theirs[key]) for key in mine)


@pytest.fixture
def saved(tmp_path):
    module = network()
    optimizer = adam(module)
    train(module, optimizer, 3)
    path = save_checkpoint(
        tmp_path / "run.safetensors",
        modules={"net": module},
        optimizers={"net": optimizer},
        meta={"step": 3},
        rng={"torch": torch.default_generator},
    )
    return path, module, optimizer


@pytest.mark.parametrize("fused", [True, False])
def test_a_loaded_run_goes_on_bitwise_as_the_saved_one(tmp_path, fused):
    module = network()
    optimizer = adam(module, fused=fused)
    train(module, optimizer, 3)
    rng = {"torch": torch.default_generator}
    path = tmp_path / "new" / "run.safetensors"
    save_checkpoint(path, modules={"net": module}, optimizers={"net": optimizer}, meta={"a": [1]}, rng=rng)
    train(module, optimizer, 5)
    torch.manual_seed(99)
    other = network()
    other_optimizer = adam(other, fused=fused)
    meta = load_checkpoint(path, modules={"net": other}, optimizers={"net": other_optimizer}, rng=rng)
    train(other, other_optimizer, 5)
    assert meta == {"a": [1]}
    assert equal(module, other)
    assert other_optimizer.param_groups[0]["betas"] == (0.5, 0.999)
    weight = other[0].weight
    assert other_optimizer.state[weight]["exp_avg"].stride() == weight.stride()


def test_another_reader_of_the_format_finds_the_same_numbers(saved):
    from safetensors import safe_open

    path, module, optimizer = saved
    with safe_open(path, "pt") as file:
        assert json.loads(file.metadata()["ganlab"])["meta"] == {"step": 3}
        assert torch.equal(file.get_tensor("module/net/0.weight"), module[0].weight)
        assert torch.equal(file.get_tensor("optimizer/net/0/exp_avg"), optimizer.state[module[0].weight]["exp_avg"])
        assert torch.equal(file.get_tensor("rng/torch"), torch.get_rng_state())


def test_one_module_can_be_loaded_alone_and_sgd_has_no_state(tmp_path):
    generator, critic = network(), network(8)
    sgd = torch.optim.SGD(critic.parameters(), 0.1)
    path = save_checkpoint(tmp_path / "x", modules={"g": generator, "c": critic}, optimizers={"c": sgd})
    other = network()
    assert load_checkpoint(path, modules={"g": other}) == {}
    assert equal(generator, other)
    load_checkpoint(str(path), modules={"c": critic}, optimizers={"c": sgd})


def test_tied_weights_and_plain_numbers_in_an_optimiser_are_saved(tmp_path):
    a, b = nn.Linear(3, 3), nn.Linear(3, 3)
    b.weight = a.weight
    module = nn.Sequential(a, b)
    optimizer = torch.optim.SGD(a.parameters(), 0.1, 0.9)
    optimizer.state[a.weight] = {"count": 2, "momentum_buffer": torch.ones(3, 3)}
    path = save_checkpoint(tmp_path / "x", modules={"m": module}, optimizers={"o": optimizer})
    with torch.no_grad():
        a.weight.zero_()
    load_checkpoint(path, modules={"m": module}, optimizers={"o": optimizer})
    assert a.weight.abs().sum() > 0
    assert int(optimizer.state[a.weight]["count"]) == 2


def refused(path, match, **wanted):
    """Loading is refused in one sentence, and nothing has been changed."""
    wanted = wanted or {"modules": {"net": network()}}
    before = [{k: v.clone() for k, v in module.state_dict().items()} for module in wanted["modules"].values()]
    with pytest.raises(CheckpointError, match=match) as caught:
        load_checkpoint(path, **wanted)
    assert "\n" not in str(caught.value)
    for module, values in zip(wanted["modules"].values(), before, strict=True):
        assert all(torch.equal(value, values[key]) for key, value in module.state_dict().items())


def test_another_architecture_is_named(saved):
    path = saved[0]
    refused(path, r"net.0.weight is \(4, 3, 3, 3\) float32 in the file, but \(8, 3, 3, 3\) float32 in the model",
            modules={"net": network(8)})  # fmt: skip
    deeper = nn.Sequential(*network(), nn.Linear(1, 1))
    refused(path, "net.3.weight is missing from the file", modules={"net": deeper})
    refused(path, "the file has net.2.bias, which the model lacks", modules={"net": network()[:2]})
    refused(path, "float32 in the file, but .* float64 in the model", modules={"net": network().double()})
    refused(path, "expected a module called 'critic', but the file holds net", modules={"critic": network()})


def test_another_optimiser_is_named(saved):
    path, module, _ = saved
    sgd = torch.optim.SGD(module.parameters(), 0.1)
    refused(path, "was Adam of 6 parameters when saved, but is SGD of 6 now", modules={}, optimizers={"net": sgd})
    half = torch.optim.Adam([module[0].weight])
    refused(path, "of 6 parameters when saved, but is Adam of 1 now", modules={}, optimizers={"net": half})
    refused(path, "an optimiser called 'other', but the file holds net", modules={}, optimizers={"other": sgd})
    wide = adam(network(8))
    refused(path, r"keeps exp_avg.* of shape", modules={}, optimizers={"net": wide})
    refused(path, "random generator 'order' is missing", modules={}, rng={"order": torch.Generator()})


def test_files_of_another_kind_are_named_and_never_executed(tmp_path):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "executed"),)

    (tmp_path / "old.pt").write_bytes(pickle.dumps(Trap()))
    torch.save({"trap": Trap()}, tmp_path / "new.pt")
    for name in ("old.pt", "new.pt"):
        refused(tmp_path / name, "got a pickle as torch.save writes it")
    assert not (tmp_path / "executed").exists()
    save_file({"a": torch.zeros(2)}, tmp_path / "plain.safetensors")
    refused(tmp_path / "plain.safetensors", "got a safetensors file of another kind")
    save_file({"a": torch.zeros(2)}, tmp_path / "list.safetensors", metadata={"ganlab": "[1]"})
    refused(tmp_path / "list.safetensors", "got a safetensors file of another kind")
    save_file({"a": torch.zeros(2)}, tmp_path / "next.safetensors", metadata={"ganlab": '{"format": "ganlab 9"}'})
    refused(tmp_path / "next.safetensors", "got 'ganlab 9'; update ganlab")
    header = json.dumps({"format": checkpoint.FORMAT})
    save_file({"a": torch.zeros(2)}, tmp_path / "bare.safetensors", metadata={"ganlab": header, "sha256": "0"})
    refused(tmp_path / "bare.safetensors", "changed or damaged after it was written")
    refused(tmp_path / "none.safetensors", "there is no such file; in that folder there is bare.safetensors, list")
    refused(tmp_path / "nowhere" / "none", "there is no such file$")
    refused(tmp_path, "cannot read it")


def test_a_file_cut_short_anywhere_is_refused(saved, tmp_path):
    content = saved[0].read_bytes()
    cut = tmp_path / "cut.safetensors"
    for length in [*range(0, len(content) - 1, 23), len(content) - 1]:
        cut.write_bytes(content[:length])
        with pytest.raises(CheckpointError, match="truncated, damaged or of another kind"):
            read_checkpoint(cut)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_file_with_a_changed_byte_is_refused_or_says_the_same(saved, tmp_path, data):
    content = bytearray(saved[0].read_bytes())
    header = int.from_bytes(content[:8], "little") + 8
    end = data.draw(st.sampled_from([header, len(content)])) - 1  # half of them in the description
    place = data.draw(st.integers(0, end))
    content[place] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "changed.safetensors"
    path.write_bytes(content)
    try:
        tensors, described = read_checkpoint(path)
    except CheckpointError as error:
        assert "\n" not in str(error)  # the change may also have hit nothing but the digest's name
    else:
        right, description = read_checkpoint(saved[0])
        assert described == description
        assert tensors.keys() == right.keys()
        assert all(torch.equal(tensors[key], right[key]) for key in right)


def test_what_json_cannot_hold_is_refused_and_the_old_file_stays(saved):
    path, module, _ = saved
    before = path.read_bytes()
    with pytest.raises(CheckpointError, match="must be plain JSON, but Object of type Linear"):
        save_checkpoint(path, modules={"net": module}, meta={"layer": nn.Linear(1, 1)})
    assert path.read_bytes() == before


def test_a_failed_write_leaves_the_old_file_and_no_rubbish(saved, monkeypatch):
    path, module, _ = saved
    before = path.read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CheckpointError, match=r"could not be written \(No space left on device\)"):
        save_checkpoint(path, modules={"net": module})
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


# Forks savers from one process that has PyTorch loaded: starting Python 200 times would take minutes.
SERVER = """
import os, sys, torch
from torch import nn
from ganlab.training.checkpoint import save_checkpoint
torch.set_num_threads(1)
path, module = sys.argv[1], nn.Linear(200, 200)
for line in sys.stdin:
    step = int(line)
    child = os.fork()
    if child == 0:
        while True:
            step += 1
            for parameter in module.parameters():
                parameter.data.fill_(step)
            save_checkpoint(path, modules={"net": module}, meta={"step": step})
            os.write(1, b"saved %d\\n" % step)
    os.write(1, b"child %d\\n" % child)
    os.waitpid(child, 0)
    os.write(1, b"dead 0\\n")
"""


@pytest.mark.thorough(when=["ganlab/training/*"])
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_kill_9_at_any_moment_leaves_the_old_or_the_new_file(tmp_path):
    path = tmp_path / "run.safetensors"
    module = nn.Linear(200, 200)
    for parameter in module.parameters():
        parameter.data.fill_(0.0)
    save_checkpoint(path, modules={"net": module}, meta={"step": 0})
    moments = random.Random(0)
    step, caught_writing = 0, 0
    server = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", SERVER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with server:
        for _ in range(200):
            server.stdin.write(b"%d\n" % step)
            server.stdin.flush()
            child, acknowledged = 0, step
            # Wait for one save, so that the kill falls into the loop and not into the fork, then for a moment.
            while not child or acknowledged == step:
                word, number = server.stdout.readline().split()
                child, acknowledged = (int(number), acknowledged) if word == b"child" else (child, int(number))
            time.sleep(moments.uniform(0, 0.01))
            os.kill(child, signal.SIGKILL)
            while (answer := server.stdout.readline().split())[0] != b"dead":
                acknowledged = int(answer[1])
            caught_writing += any(tmp_path.glob("*.tmp")) or any(tmp_path.glob(".*.tmp"))
            step = load_checkpoint(path, modules={"net": module})["step"]
            assert step in (acknowledged, acknowledged + 1)
            assert all(bool((parameter == step).all()) for parameter in module.parameters())
        server.stdin.close()
        server.stdout.read()
    assert caught_writing > 10  # the kills did fall into writes
    save_checkpoint(path, modules={"net": module})
    assert [file.name for file in tmp_path.iterdir()] == [path.name]  # what the killed ones left is tidied away


def a_checkpoint(path):
    module = network()
    optimizer = adam(module)
    train(module, optimizer, 1)
    everything = {"modules": {"net": module}, "optimizers": {"net": optimizer}}
    rng = {"torch": torch.Generator()}
    save_checkpoint(path, **everything, meta={"step": 1, "loss": [0.5]}, rng=rng)
    return {**everything, "rng": rng}


# What may stand where something else belongs.
ODD = [
    None,
    True,
    -1,
    0,
    2**70,
    1.5,
    "",
    "x",
    "\ud800",
    [],
    [[]],
    [1, "a"],
    {},
    {"a": 1},
    {"params": "x"},
    "[" * 5000,
    "9" * 5000,
]
DTYPES = ["F4", "F6_E2M3", "F8_E8M0", "F8_E5M2", "C64", "BOOL", "U16", "I64", "F64", "BF16", "f32", "", 7, None]


def spoil(value, chance):
    """``value``, JSON, with one odd thing at a random place: replaced, left out, said twice or under another name."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice([*value])
        rest = dict(value)
        kind = chance.random()
        if kind < 0.1:
            del rest[key]
        elif kind < 0.2:
            rest[chance.choice(["", "x", key + "/", "optimizer/net/9/exp_avg", "optimizer/net/x/y"])] = rest.pop(key)
        else:
            rest[key] = spoil(value[key], chance)
        return rest
    if isinstance(value, list) and value and chance.random() < 0.8:
        at = chance.randrange(len(value))
        new = (
            [] if chance.random() < 0.1 else [value[at]] * 2 if chance.random() < 0.1 else [spoil(value[at], chance)]
        )
        return [*value[:at], *new, *value[at + 1 :]]
    return chance.choice(ODD)


def spoilt_file(content, chance):
    """A safetensors file with something odd in its header, in the course's part of it, or in a tensor's type."""
    size = int.from_bytes(content[:8], "little")
    header, rest = json.loads(content[8 : 8 + size]), content[8 + size :]
    own = header["__metadata__"]
    kind = chance.randrange(5)
    if kind == 0:
        own["ganlab"] = json.dumps(spoil(json.loads(own["ganlab"]), chance))
    elif kind == 1:
        # Nearly what it was, and deep inside: an optimiser's groups.
        inner = json.loads(own["ganlab"])
        inner["optimizers"] = spoil(inner["optimizers"], chance)
        own["ganlab"] = json.dumps(inner)
    elif kind == 2:
        name = chance.choice([name for name in header if name != "__metadata__"])
        header[name]["dtype"] = chance.choice(DTYPES)
    elif kind == 3:
        header = spoil(header, chance)
    else:
        own["ganlab"] = chance.choice(["", "null", "[" * 100_000, "1" * 5000, '{"format": ' * 2000, json.dumps(ODD)])
    if chance.random() < 0.8 and isinstance(header, dict) and isinstance(header.get("__metadata__"), dict):
        # Without a digest nothing but the contents themselves can be looked at.
        header["__metadata__"].pop("sha256", None)
    text = json.dumps(header).encode()
    length = len(text) if chance.random() < 0.95 else chance.choice([0, 1, len(text) + 1, 2**63, 2**64 - 1])
    return length.to_bytes(8, "little") + text + rest


def fuzz(tmp_path, seed, count):
    chance, path = random.Random(seed), tmp_path / "odd.safetensors"
    wanted = a_checkpoint(tmp_path / "good.safetensors")
    content = (tmp_path / "good.safetensors").read_bytes()
    before = {key: value.clone() for key, value in wanted["modules"]["net"].state_dict().items()}
    refusals = 0
    for _ in range(count):
        path.write_bytes(spoilt_file(content, chance))
        try:
            load_checkpoint(path, **wanted)
        except CheckpointError as error:
            refusals += 1
            assert "\n" not in str(error)
            assert len(str(error)) < 1500
            assert all(
                torch.equal(value, before[key]) for key, value in wanted["modules"]["net"].state_dict().items()
            )
        else:
            # What was odd did no harm; the next file meets what the first one met.
            load_checkpoint(tmp_path / "good.safetensors", **wanted)
    return refusals


def test_no_odd_header_leaves_as_anything_but_a_checkpoint_error(tmp_path):
    assert fuzz(tmp_path, 0, 400) > 250


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(1, 11))
def test_nor_do_ten_thousand(tmp_path, seed):
    assert fuzz(tmp_path, seed, 1000) > 600


@pytest.mark.parametrize("dtype", ["F4", "F8_E8M0", "Q7"])
def test_a_type_that_the_library_has_no_name_for_is_a_damaged_file(saved, dtype):
    content = saved[0].read_bytes()
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    header["module/net/0.bias"]["dtype"] = dtype
    text = json.dumps(header).encode()
    saved[0].write_bytes(len(text).to_bytes(8, "little") + text + content[8 + size :])
    refused(saved[0], "truncated, damaged or of another kind|changed or damaged|in the file, but")


def test_a_generator_state_that_is_none_is_refused(tmp_path):
    path = tmp_path / "x.safetensors"
    module = network()
    save_checkpoint(path, modules={"net": module}, rng={"torch": torch.Generator()})
    tensors, header = read_checkpoint(path)
    for state in (tensors["rng/torch"].float(), tensors["rng/torch"][:9].clone()):
        save_file({**tensors, "rng/torch": state}, path, metadata={"ganlab": json.dumps(header)})
        refused(path, "what it has for the random generator 'torch' is no state", modules={"net": module},
                rng={"torch": torch.Generator()})  # fmt: skip


def test_where_nothing_can_be_written_is_found_without_writing(tmp_path):
    path = tmp_path / "new" / "run.safetensors"
    checkpoint.check_writable(path)
    assert [found.name for found in path.parent.iterdir()] == []
    path.write_bytes(b"kept")
    checkpoint.check_writable(str(path))
    assert path.read_bytes() == b"kept"
    for wrong in ("", tmp_path, path / "below"):
        with pytest.raises(CheckpointError, match="expected the path of a file|could not be written"):
            checkpoint.check_writable(wrong)
    with pytest.raises(CheckpointError, match="could not be written"):
        save_checkpoint("", modules={"net": network()})
