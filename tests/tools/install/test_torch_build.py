"""The build of PyTorch that `make` takes: decided as promised, from two stand-ins for package indexes."""

import http.server
import platform
import socket
import threading
import time
import tomllib
from functools import partial
from pathlib import Path

import pytest

from tests.tools.install.stand_in import ROOT, TORCH, Course, cpu_index, put
from tools.install import torch_build
from tools.install.torch_build import Plan, TorchError, decide

CPU = {name: f"{version}+cpu" for name, version in TORCH.items()}
OLD = {"torch": "2.14.0", "torchvision": "0.29.0"}
linux_only = pytest.mark.skipif(platform.system() != "Linux", reason="elsewhere PyTorch has one build only")


def never():
    pytest.fail("this was not to be asked")


@pytest.mark.parametrize(
    ("choice", "present", "gpu", "silent", "build", "reason"),
    [
        ("", {}, False, "", "cpu", "this computer has no NVIDIA GPU"),
        ("", {}, True, None, "plain", "this computer has an NVIDIA GPU"),
        ("", {}, False, "did not answer", "plain", "no NVIDIA GPU, but the index of CPU builds did not answer"),
        ("", OLD, False, "", "cpu", "no NVIDIA GPU"),
        ("", CPU | {"torch": "2.14.0+cpu"}, False, "", "cpu", "no NVIDIA GPU"),
        # torch was replaced, torchvision not yet: an installation that was interrupted.
        ("", TORCH | {"torch": CPU["torch"]}, False, "", "cpu", "no NVIDIA GPU"),
        ("", {"torch": CPU["torch"]}, False, "", "cpu", "no NVIDIA GPU"),
        ("", TORCH, None, None, "keep", "installed already"),
        ("", CPU, None, None, "keep", "installed already"),
        ("cpu", {}, None, "", "cpu", "TORCH=cpu"),
        ("cpu", TORCH, None, "", "cpu", "TORCH=cpu"),
        ("cpu", CPU, None, None, "keep", "installed already"),
        ("cuda", {}, None, None, "plain", "TORCH=cuda"),
        ("plain", {}, None, None, "plain", "TORCH=plain"),
        ("plain", CPU, None, None, "plain", "TORCH=plain"),
    ],
)
def test_the_computer_decides_unless_somebody_chose(choice, present, gpu, silent, build, reason):
    """``None`` stands for a question that must not be asked: it may take seconds."""
    plan = decide(
        choice, TORCH, present, "Linux",
        never if gpu is None else lambda: gpu,
        never if silent is None else lambda: silent,
    )  # fmt: skip
    assert plan.build == build
    assert reason in plan.reason


def test_what_cannot_be_had_is_said_in_a_sentence():
    with pytest.raises(
        TorchError, match="TORCH=cpu was asked for, but the index of CPU builds did not answer; TORCH=pl"
    ):
        decide("cpu", TORCH, {}, "Linux", never, lambda: "did not answer")
    with pytest.raises(TorchError, match="no build of PyTorch with CUDA for Darwin"):
        decide("cuda", TORCH, {}, "Darwin", never, never)


@pytest.mark.parametrize("choice", ["", "cpu", "plain"])
def test_elsewhere_than_on_linux_pip_is_left_alone(choice):
    assert decide(choice, TORCH, {}, "Darwin", never, never) == Plan("plain", "there is only one build for Darwin")


def test_a_gpu_is_found_by_the_drivers_folder_or_its_program(tmp_path, monkeypatch):
    folder, program = tmp_path / "gpus", tmp_path / "nvidia-smi"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not torch_build.nvidia_gpu(folder), "neither is there"
    folder.mkdir()
    assert not torch_build.nvidia_gpu(folder), "the driver is there and the card is not"
    program.write_text("#!/bin/sh\necho 'NVIDIA-SMI has failed because it could not talk to the driver'; exit 9\n")
    program.chmod(0o755)
    assert not torch_build.nvidia_gpu(folder)
    program.write_text("#!/bin/sh\necho 'GPU 0: NVIDIA H200 (UUID: GPU-0)'\n")
    assert torch_build.nvidia_gpu(folder)
    program.unlink()
    (folder / "0000:01:00.0").mkdir()
    assert torch_build.nvidia_gpu(folder)


def test_the_versions_are_those_of_the_constraints(tmp_path):
    real = torch_build.pins(ROOT / "constraints.txt")
    assert list(real) == ["torch", "torchvision"]
    assert [f"{name}=={version}" in (ROOT / "constraints.txt").read_text().split() for name, version in real.items()]
    (tmp_path / "constraints.txt").write_text("torch==2.15.0\ntorchmetrics==1.9.0\n")
    with pytest.raises(TorchError, match="pins no version of torchvision"):
        torch_build.pins(tmp_path / "constraints.txt")


@pytest.fixture
def served(tmp_path, monkeypatch):
    """The index of CPU builds behind a web server on this machine."""
    monkeypatch.setenv("no_proxy", "*")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words):
            pass

    index = cpu_index(tmp_path)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=index))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_index_that_answers_is_taken_at_its_word(served, tmp_path):
    assert torch_build.why_silent(served) == torch_build.why_silent(served + "/") == ""
    assert torch_build.why_silent((tmp_path / "cpu").as_uri()) == ""
    assert torch_build.why_silent(served + "/elsewhere") == "answered with the error 404"


def test_an_index_that_does_not_answer_costs_seconds_at_most(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    assert torch_build.why_silent(f"http://127.0.0.1:{port}").startswith("cannot be reached (")
    assert torch_build.why_silent("no address at all").startswith("cannot be reached (")
    assert torch_build.why_silent((Path("/") / "no" / "such" / "index").as_uri()).startswith("cannot be reached (")
    assert torch_build.SECONDS <= 5
    with socket.create_server(("127.0.0.1", 0)) as mute:
        began = time.monotonic()
        said = torch_build.why_silent(f"http://127.0.0.1:{mute.getsockname()[1]}", seconds=0.5)
        assert time.monotonic() - began < 2
    assert said.startswith(("did not answer", "cannot be reached (timed out"))


def test_a_name_that_nobody_looks_up_costs_seconds_at_most(monkeypatch):
    """Looking up a name knows no limit of its own."""
    over = threading.Event()

    def look_up(*words, **named):
        over.wait(10)
        raise OSError("nobody knows it")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    began = time.monotonic()
    assert torch_build.why_silent("http://index.example.org", seconds=0.5) == "did not answer within 0.5 seconds"
    assert time.monotonic() - began < 2
    over.set()


def test_an_index_without_this_version_installs_nothing(tmp_path):
    put(tmp_path, "torch", "2.15.0+cpu")
    assert (
        torch_build.fetch_cpu(tmp_path.as_uri(), {"torch": "9.9.9"}) == "has none of this version for this computer"
    )


def test_what_the_index_has_not_is_told_and_done_without(capsys, monkeypatch):
    """On a computer without a GPU and with nothing installed yet."""
    for name, value in {
        "installed": {},
        "nvidia_gpu": False,
        "why_silent": "",
        "fetch_cpu": "has none",
        "remove": None,
    }.items():
        monkeypatch.setattr(torch_build, name, lambda *words, value=value: value)
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    arguments = ["--constraints", str(ROOT / "constraints.txt")]
    monkeypatch.delenv("TORCH", raising=False)
    assert torch_build.main(arguments) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith(": the build for the CPU; this computer has no NVIDIA GPU.")
    assert second.endswith(": the build that pip finds, after all; the index of CPU builds has none.")
    monkeypatch.setenv("TORCH", "cpu")
    assert torch_build.main(arguments) == 1
    assert capsys.readouterr().out.endswith("PyTorch: the index of CPU builds has none; TORCH=plain does without.\n")


def test_the_index_stands_in_one_place_and_a_choice_is_one_of_three(capsys, monkeypatch):
    monkeypatch.setenv("TORCH", "gpu")
    assert torch_build.main([]) == 1
    assert capsys.readouterr().out == "PyTorch: TORCH is cpu, cuda or plain, not 'gpu'.\n"
    assert torch_build.CPU_INDEX.startswith("https://")
    assert (ROOT / "Makefile").read_text(encoding="utf-8").count("https://") == 0


def test_a_stamp_for_each_extra_that_a_command_needs():
    """What the extra `test` holds is not to be installed again, which without a network would even fail."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    lists = dict(line.split(" := ") for line in text.splitlines() if line.startswith(("EXTRAS :=", "HELD_test :=")))
    assert set(lists["EXTRAS"].split()) <= set(extras)
    assert f"ganlab[{','.join(lists['HELD_test'].split())}]" in extras["test"]
    assert {*lists["HELD_test"].split(), "test"} == set(lists["EXTRAS"].split())


# The Makefile itself, with a course of nothing.


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path)


@linux_only
@pytest.mark.slow
def test_what_reads_comes_first_and_what_tests_is_added(course, tmp_path):
    index = f"TORCH_INDEX={cpu_index(tmp_path).as_uri()}"
    assert course.make(".venv/.ready-lab", index) == (
        "PyTorch 2.15.0: the build for the CPU; this computer has no NVIDIA GPU."
    )
    reads = course.holds()
    # Both from that index, and nothing else, although it offers newer ones of everything.
    assert reads == {
        "torch": ("2.15.0+cpu", "cpu"), "torchvision": ("0.29.2+cpu", "cpu"), "helper": ("1.0", "plain"),
        "notes": ("1.0", "plain"),
    }  # fmt: skip
    torch_file = next((course.root / ".venv").rglob("torch.py"))
    untouched = torch_file.stat()
    assert course.make(".venv/.ready-test", index) == "PyTorch 2.15.0: nothing to do; it is installed already."
    assert course.holds() == reads | {"judge": ("1.0", "plain")}
    assert (torch_file.stat().st_ino, torch_file.stat().st_mtime_ns) == (untouched.st_ino, untouched.st_mtime_ns)
    stamps = {path.name for path in (course.root / ".venv").glob(".ready-*")}
    assert stamps == {".ready-lab", ".ready-studio", ".ready-docs", ".ready-instructor", ".ready-test"}
    assert course.make(*(f".venv/{name}" for name in sorted(stamps))) == "", "and all of it is done"
    # As an interruption leaves it: some of it is there, the stamp is not.
    (course.root / ".venv" / ".ready-lab").unlink()
    assert "nothing to do" in course.make(".venv/.ready-lab", index)
    # A changed pin is fetched.
    put(course.plain, "notes", "2.0")
    constraints = course.root / "constraints.txt"
    constraints.write_text(constraints.read_text().replace("notes==1.0", "notes==2.0"))
    course.make(".venv/.ready-lab", index)
    assert course.holds()["notes"] == ("2.0", "plain")


@linux_only
@pytest.mark.slow
def test_without_its_index_and_with_a_gpu_pip_finds_pytorch(course, tmp_path):
    nowhere = "TORCH_INDEX=http://127.0.0.1:9"
    said = course.make(".venv/.ready-lab", "TORCH=cpu", nowhere, works=False)
    assert said.startswith("PyTorch: TORCH=cpu was asked for, but the index of CPU builds cannot be reached (")
    assert not (course.root / ".venv" / ".ready-lab").exists()
    said = course.make(".venv/.ready-lab", nowhere)
    assert said.startswith(
        "PyTorch 2.15.0: the build that pip finds; this computer has no NVIDIA GPU, but the index of CPU builds cannot be"
    )
    plain = {name: ("2.15.0" if name == "torch" else "0.29.2", "plain") for name in TORCH}
    assert course.holds() == plain | dict.fromkeys(("helper", "notes", "nvidia-cublas", "triton"), ("1.0", "plain"))


@linux_only
@pytest.mark.slow
def test_a_gpu_has_its_libraries_and_who_chooses_gets_it_also_later(course, tmp_path):
    index = f"TORCH_INDEX={cpu_index(tmp_path).as_uri()}"
    (course.gpus / "0").mkdir(parents=True)
    said = course.make(".venv/.ready-lab", index)
    assert said == "PyTorch 2.15.0: the build that pip finds; this computer has an NVIDIA GPU."
    heavy = course.holds()
    assert heavy["torch"] == ("2.15.0", "plain")
    said = course.make(".venv/.ready-lab", "TORCH=cpu", index)
    assert said == "PyTorch 2.15.0: the build for the CPU; TORCH=cpu was asked for."
    light = course.holds()
    assert light["torch"] == ("2.15.0+cpu", "cpu")
    assert set(heavy) - set(light) == {"nvidia-cublas", "triton"}, "the libraries for GPUs are gone, too"
    assert course.make(".venv/.ready-lab", "TORCH=cpu", index) == "", "it is there"
    said = course.make(".venv/.ready-lab", "TORCH=plain", index)
    assert said == "PyTorch 2.15.0: the build that pip finds; TORCH=plain was asked for."
    assert course.holds() == heavy
    assert "TORCH is cpu, cuda or plain" in course.make(".venv/.ready-lab", "TORCH=gpu", index, works=False)
