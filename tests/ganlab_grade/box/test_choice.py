"""Which sandbox is taken, what is said where there is none, and the container's command line."""

import itertools
import json
import os
import sys
from pathlib import Path

import pytest

from ganlab_grade import box as module
from ganlab_grade.box import Bubblewrap, Container, Limits, Unsafe, find_sandbox, self_test, stop
from ganlab_grade.box import bubblewrap as sandbox_bubblewrap
from ganlab_grade.box.container import BUILD, IMAGE
from ganlab_grade.box.contents import CHECKS
from ganlab_grade.box.process import arguments
from ganlab_grade.course import GradingError
from tests.ganlab_grade.box.programs import ROOT, this_machines_sandbox

# Stands for Docker: notes what it is asked, has the image, and runs a container's Python as an ordinary process.
ENGINE = f"""#!{sys.executable}
import os, sys
with open(os.path.join(os.path.dirname(__file__), "asked"), "a") as file:
    print(*sys.argv[1:3], file=file)
if sys.argv[1] == "run":
    arguments = sys.argv[sys.argv.index({IMAGE!r}) + 1:]
    os.execv(sys.executable, [sys.executable, *arguments])
"""


@pytest.fixture(autouse=True)
def _nothing_kept():
    find_sandbox.cache_clear()
    yield
    find_sandbox.cache_clear()


def command(folder: Path, name: str, source: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(source)
    (folder / name).chmod(0o755)


def test_the_sandbox_of_this_machine_is_tested_and_safe():
    this_machines_sandbox()
    sandbox = find_sandbox()
    assert sandbox.safe
    assert find_sandbox() is sandbox
    self_test(sandbox)


def test_no_sandbox_is_no_sandbox_and_has_to_be_asked_for():
    sandbox = find_sandbox(unsafe=True)
    assert not sandbox.safe
    with pytest.raises(GradingError) as said:
        self_test(sandbox)
    for what in ("start another process", "start another program", "open a network connection", str(ROOT)):
        assert what in str(said.value)


def test_without_any_it_says_why_and_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GradingError) as said:
        find_sandbox()
    for part in ("no sandbox works here", "the command bwrap", "podman and docker", "apt-get install bubblewrap",
                 "docker build -f deploy/docker/grading/Dockerfile", "`--unsafe`", "read and delete your files"):  # fmt: skip
        assert part in str(said.value)
    assert "{" not in str(said.value)


def test_one_that_is_there_but_fails_says_its_own_words(monkeypatch, tmp_path):
    this_machines_sandbox()
    real = sandbox_bubblewrap._find("bwrap")
    command(tmp_path, "bwrap", f"""#!/bin/sh
case $1 in --version|--help) exec {real} $1;; esac
echo 'bwrap: setting up uid map: Permission denied' >&2; exit 1
""")  # fmt: skip
    monkeypatch.setenv("PATH", f"{tmp_path}:{Path(sandbox_bubblewrap._find('setpriv')).parent}")
    monkeypatch.setattr(module, "Container", lambda: pytest.fail("not there"), raising=True)
    with pytest.raises(GradingError, match="does not start in it .bwrap: setting up uid map: Permission denied"):
        self_test(Bubblewrap())


def test_an_old_bubblewrap_is_refused(monkeypatch, tmp_path):
    command(tmp_path, "bwrap", "#!/bin/sh\necho bubblewrap 0.6.1\n")
    command(tmp_path, "setpriv", "#!/bin/sh\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GradingError, match=r"bubblewrap 0\.7 or newer is needed.*this is bubblewrap 0\.6\.1"):
        Bubblewrap()


def test_an_old_kernel_is_refused_for_ordinary_users(monkeypatch):
    this_machines_sandbox()
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(sandbox_bubblewrap.platform, "release", lambda: "5.10.0-28-amd64")
    with pytest.raises(GradingError, match=r"Linux 5\.14 or newer"):
        Bubblewrap()


def test_a_sandbox_that_lets_something_through_is_refused():
    class Leaky(Unsafe):
        def start(self, run, *args, **options):
            answer = dict.fromkeys(map(str, range(9)), False) | {"see the checks": True}
            return super().start(["-c", f"print({json.dumps(answer).replace('false', 'False').replace('true', 'True')!r}"
                                  ".replace('False', 'false').replace('True', 'true'))"], *args, **options)  # fmt: skip

    with pytest.raises(GradingError, match="a submission could see the checks$"):
        self_test(Leaky())


# --- containers ------------------------------------------------------------------------------------------------
@pytest.fixture
def engine(tmp_path, monkeypatch):
    """A stand-in for the engine; returns what it was asked."""
    command(tmp_path / "bin", "docker", ENGINE)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return lambda: (tmp_path / "bin" / "asked").read_text().splitlines()


def test_a_container_has_no_network_no_disk_and_no_rights(engine):
    limits = Limits(memory_bytes=2**30, file_bytes=2**20, threads=32)
    line = Container().command("name", arguments("ganlab_grade.inside.worker"), limits, {"GANLAB_PROFILE": "smoke"})
    assert line[:2] == ["docker", "run"]
    assert line[-6:] == [IMAGE, "-P", "-s", "-B", "-m", "ganlab_grade.inside.worker"]
    options = list(itertools.pairwise(line))
    for pair in [
        ("--network", "none"), ("--ipc", "none"), ("--cap-drop", "ALL"), ("--security-opt", "no-new-privileges"),
        ("--user", "1000:1000"), ("--pids-limit", "32"), ("--ulimit", "core=0:0"), ("--pull", "never"),
        ("--log-driver", "none"), ("--env", "GANLAB_PROFILE=smoke"), ("--env", "PYTHONPATH=/course"),
        ("--memory", f"{2**31 + 2**20}b"), ("--memory-swap", f"{2**31 + 2**20}b"),
        ("--tmpfs", "/tmp:rw,nosuid,nodev,size=1048576,mode=1777"),
    ]:  # fmt: skip
        assert pair in options, pair
    assert {"--read-only", "--rm", "--interactive"} <= set(line)
    assert not {"--volume", "-v", "--mount", "--privileged", "--tty", "-t", "--device", "--gpus"} & set(line)
    given = json.loads(next(one for one in line if one.startswith("GANLAB_SANDBOX_LIMITS")).partition("=")[2])
    assert (given["threads"], given["memory_bytes"]) == (0, 2**30)  # threads are the engine's to count
    assert str(ROOT) not in " ".join(line)


def test_a_container_is_started_and_removed(engine):
    process = Container().start(["-c", "import sys; print(len(sys.stdin.readline()), flush=True); sys.stdin.read()"])
    process.stdin.write(b"four\n")
    assert process.stdout.readline() == b"5\n"
    assert stop(process) == "time"
    assert engine()[0] == "image inspect"
    assert engine()[1:] == ["run --rm", "rm --force"]


def test_an_engine_without_the_image_says_how_to_build_it(tmp_path, monkeypatch):
    command(tmp_path, "podman", "#!/bin/sh\nexit 1\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        GradingError,
        match="podman has no image .*: build it by `podman build -f deploy/docker/grading/Dockerfile --build-arg PYTHON=3",
    ):
        Container()


def test_the_recipe_is_where_the_command_looks_for_it():
    recipe = ROOT / BUILD.split()[3]
    assert BUILD.split()[-1] == "."
    text = recipe.read_text(encoding="utf-8")
    assert "ganlab_grade.box.contents /course" in text
    assert "USER 1000" in text
    # Nothing reaches the engine that is not named, and of the checks only what the sandbox shows of them.
    rules = recipe.with_name("Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    assert rules == ["*", "!ganlab", "!ganlab_grade", "!pyproject.toml", "!constraints.txt", "**/__pycache__", "**/checks/*",
                     *(f"!ganlab/checks/{name}" for name in CHECKS)]  # fmt: skip
