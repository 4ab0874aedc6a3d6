"""Device, profile, budgets, seeds."""

import random
import subprocess
import sys

import numpy as np
import pytest
import torch

from ganlab import runtime


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch):
    monkeypatch.delenv("GANLAB_DEVICE", raising=False)
    monkeypatch.delenv("GANLAB_PROFILE", raising=False)


def test_setup_prints_one_line_that_says_what_it_chose(capsys):
    lab = runtime.setup(seed=3, device="cpu")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    for word in ("on cpu", "profile cpu", "seed 3", torch.__version__.split("+")[0]):
        assert word in lines[0]
    assert (lab.device.type, lab.profile, lab.seed) == ("cpu", "cpu", 3)


def test_setup_seeds_all_three_generators():
    def draw():
        return random.random(), float(np.random.rand()), float(torch.rand(()))  # noqa: NPY002

    runtime.setup(seed=5, device="cpu")
    first = draw()
    assert draw() != first
    runtime.setup(seed=5, device="cpu")
    assert draw() == first
    runtime.setup(seed=6, device="cpu")
    assert draw() != first


@pytest.mark.parametrize(("profile", "expected"), [("smoke", 1), ("cpu", 2), ("gpu", 3)])
def test_budget_follows_the_profile(monkeypatch, profile, expected):
    monkeypatch.setenv("GANLAB_PROFILE", profile)
    assert runtime.setup(device="cpu").budget(smoke=1, cpu=2, gpu=3) == expected


def test_an_argument_wins_over_the_environment(monkeypatch):
    monkeypatch.setenv("GANLAB_PROFILE", "gpu")
    assert runtime.setup(device="cpu", profile="smoke").profile == "smoke"


@pytest.mark.parametrize("bad", ["cup", "fast", "CPU"])
def test_unknown_profile_is_one_sentence_with_the_choices(bad):
    with pytest.raises(ValueError, match=f"expected one of smoke, cpu, gpu, got '{bad}'"):
        runtime.setup(device="cpu", profile=bad)


def test_unknown_device_is_one_sentence():
    with pytest.raises(ValueError, match="expected 'cpu', 'cuda' or 'mps', got 'gpu0'"):
        runtime.setup(device="gpu0")


def test_absent_accelerators_are_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert runtime.pick_device().type == "cpu"
    for name in ("cuda", "mps"):
        with pytest.raises(ValueError, match="PyTorch sees none on this machine"):
            runtime.pick_device(name)


def test_cuda_is_chosen_when_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    device = runtime.pick_device()
    assert device.type == "cuda"
    assert runtime.pick_profile(device) == "gpu"


@pytest.mark.parametrize("bad", [-1, 2**32, 1.0, "0", True, None])
def test_a_seed_is_a_whole_number_in_range(bad):
    with pytest.raises(ValueError, match="seed: expected an integer from 0"):
        runtime.seed_everything(bad)


@pytest.mark.parametrize(("avx", "amx", "expected"), [
    (True, False, torch.bfloat16), (False, True, torch.bfloat16), (False, False, None),
])  # fmt: skip
def test_bfloat16_only_where_the_processor_multiplies_in_it(monkeypatch, avx, amx, expected):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
    assert runtime.mixed_precision_dtype(torch.device("cpu")) is expected


@pytest.mark.parametrize(
    ("capability", "expected"), [((7, 5), None), ((8, 0), torch.bfloat16), ((9, 0), torch.bfloat16)]
)
def test_bfloat16_on_cuda_from_ampere_on(monkeypatch, capability, expected):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert runtime.mixed_precision_dtype(torch.device("cuda")) is expected
    assert runtime.mixed_precision_dtype(torch.device("mps")) is None


def test_autocast_is_what_the_lab_says():
    a, b = torch.randn(8, 8), torch.randn(8, 8)
    with runtime.Lab(torch.device("cpu"), "cpu", 0, torch.bfloat16).autocast():
        assert (a @ b).dtype is torch.bfloat16
    with runtime.Lab(torch.device("cpu"), "cpu", 0, None).autocast():
        assert (a @ b).dtype is torch.float32


@pytest.mark.parametrize(
    ("processors", "wished", "threads"), [(8, None, 4), (2, None, 1), (1, None, 1), (None, None, 1), (8, "3", 2)]
)
def test_threads_are_half_the_processors_unless_the_user_says_otherwise(monkeypatch, processors, wished, threads):
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        monkeypatch.setattr(runtime.os, "cpu_count", lambda: processors)
        monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
        if wished:
            monkeypatch.setenv("OMP_NUM_THREADS", wished)  # PyTorch has read it itself, long ago
        runtime.limit_threads()
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)


def test_lab_generators_are_reproducible_and_independent():
    lab = runtime.Lab(torch.device("cpu"), "cpu", 7)
    first = torch.randn(5, generator=lab.generator())
    assert torch.equal(first, torch.randn(5, generator=lab.generator()))
    assert not torch.equal(first, torch.randn(5, generator=lab.generator(1)))


def test_importing_the_package_is_light():
    code = "import sys, ganlab; heavy = {'torch', 'matplotlib', 'IPython', 'sklearn'} & set(sys.modules); sys.exit(str(heavy) if heavy else 0)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_unknown_names_say_what_there_is():
    import ganlab

    with pytest.raises(AttributeError, match="has no attribute 'generat'; it has .*generate.*setup"):
        _ = ganlab.generat
    assert {"data", "generate", "losses", "setup", "load_pretrained"} <= set(dir(ganlab))
    assert ganlab.losses.__name__ == "ganlab.losses"
    assert callable(ganlab.setup)
    with pytest.raises(AttributeError):
        _ = ganlab._private


def test_an_integer_of_any_type_is_one_and_nothing_else_is():
    for three in (3, np.int8(3), torch.tensor(3)):
        found = runtime.as_integer("steps", three, least=3)
        assert (type(found), found) == (int, 3)
    for wrong in (3.0, "3", None):
        with pytest.raises(TypeError, match="^steps: expected an integer, got "):
            runtime.as_integer("steps", wrong)
    with pytest.raises(ValueError, match="^steps: expected at least 4, got 3$"):
        runtime.as_integer("steps", 3, least=4)
