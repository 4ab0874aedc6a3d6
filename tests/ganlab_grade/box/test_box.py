"""What a submission cannot do, tried from inside: reach the network, see, write, start or outlive anything."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from ganlab_grade.box import Bubblewrap, stop
from tests.ganlab_grade.box.programs import ROOT, run, start, this_machines_sandbox
from tests.ganlab_grade.when import BOX


@pytest.fixture
def listener(tmp_path):
    """Somebody outside who would be happy to get a connection: by TCP, and by two kinds of local address."""
    by_tcp, by_name, by_file = socket.socket(), socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    with by_tcp, by_name, by_file:
        by_tcp.bind(("127.0.0.1", 0))
        by_name.bind(f"\0ganlab-{os.getpid()}")
        by_file.bind(str(tmp_path / "socket"))
        for one in (by_tcp, by_name, by_file):
            one.listen()
        yield by_tcp.getsockname(), f"\0ganlab-{os.getpid()}", str(tmp_path / "socket")


def test_there_is_no_network(listener):
    tcp, name, file = listener
    ended = run(f"""
        import asyncio, socket
        say(error_of(socket.create_connection, {tcp!r}))
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            say(error_of(socket.socket, socket.AF_INET, kind))
            say(error_of(socket.socket, socket.AF_INET6, kind))
        for address in ({name!r}, {file!r}):
            say(error_of(lambda: socket.socket(socket.AF_UNIX).connect(address)))
        say(error_of(socket.getaddrinfo, "example.org", 80))
        a, b = socket.socketpair()                         # within the process all is well
        a.send(b"x")
        say([b.recv(1).decode(), asyncio.run(asyncio.sleep(0, "y"))])
    """)
    assert ended.said == [*["PermissionError"] * 7, "gaierror", ["x", "y"]]
    assert ended.how == "ended"


def test_it_has_namespaces_of_its_own():
    process = start("say('there')\nsys.stdin.read()")
    assert process.stdout.readline() == b'"there"\n'
    first = psutil.Process(process.pid).children()[0]
    for kind in ("net", "pid", "mnt", "ipc", "uts"):
        assert os.readlink(f"/proc/{first.pid}/ns/{kind}") != os.readlink(f"/proc/self/ns/{kind}"), kind
    (inside,) = first.children()
    status = dict(line.split(":", 1) for line in Path(f"/proc/{inside.pid}/status").read_text().splitlines())
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
    assert status["NoNewPrivs"].strip() == "1"
    assert int(status["Seccomp_filters"]) == 2
    # Also where root grades, and would be root outside: there it is nobody.
    assert set(status["Uid"].split()) != {"0"}
    assert stop(process) == "time"


def test_nothing_of_this_machine_is_there(tmp_path, monkeypatch):
    (tmp_path / "hidden_tests.py").write_text("secret")
    monkeypatch.chdir(ROOT)
    hidden = [ROOT / "README.md", ROOT / "lessons", ROOT / "ganlab", ROOT / ".git", tmp_path, "/home/*", "/etc/shadow",
              "/etc/hostname", "/var", "/run", "/boot", "/sys/class", "/sys/fs", "/dev/shm", "/dev/tty", "/dev/pts",
              "/dev/zero", *(path for path in Path.home().iterdir() if not sys.base_prefix.startswith(str(path)))]  # fmt: skip
    ended = run(f"""
        import glob
        say([path for path in {[str(path) for path in hidden]!r} if glob.glob(path)])
        say(sorted(os.listdir("/tmp/home")))
        say(sorted(os.listdir("/proc")))
        say([os.getcwd(), os.path.expanduser("~")])
        say(error_of(os.kill, 1, 0))
    """)
    assert ended.said == [[], [], ["cpuinfo"], ["/tmp/home", "/tmp/home"], "PermissionError"]


def test_no_environment_variable_comes_along(monkeypatch):
    monkeypatch.setenv("GANLAB_TEST_SECRET", "xyzzy-4711")
    monkeypatch.setenv("LD_PRELOAD", "")
    ended = run("say(sorted(os.environ)); say('xyzzy-4711' in str(os.environ))", env={"GANLAB_PROFILE": "smoke"})
    names = set(ended.said[0])
    assert ended.said[1] is False
    assert "GANLAB_PROFILE" in names
    assert not names & {"GANLAB_TEST_SECRET", "LD_PRELOAD", "PATH", "VIRTUAL_ENV", "PYTEST_CURRENT_TEST"}
    # Bubblewrap itself has none either, and no path on its command line but that of Python: it is the parent of
    # everything inside.
    process = start("sys.stdin.read()")
    try:
        both = [psutil.Process(process.pid), *psutil.Process(process.pid).children()]
        said = [(one.environ(), " ".join(one.cmdline()).replace(sys.executable, "")) for one in both]
    finally:
        stop(process)
    for environ, line in said:
        assert "GANLAB_TEST_SECRET" not in environ
        assert str(ROOT) not in line


def test_only_the_scratch_folder_can_be_written_to():
    folders = ["/", "/usr", "/usr/lib", "/etc", "/dev", "/proc", "/sys", "/course", "/course/ganlab", "/course/ganlab/checks",
               "/course/ganlab_grade", f"{sys.prefix}/lib", f"{sys.prefix}/bin", f"{sys.base_prefix}/lib",
               os.path.dirname(os.__file__)]  # fmt: skip
    ended = run(f"""
        say([folder for folder in {folders!r} if not error_of(open, folder + "/x", "w")])
        say([error_of(os.remove, os.__file__), error_of(os.chmod, os.__file__, 0o777),
             error_of(open, "/course/ganlab/losses.py", "a")])
        open("mine", "w").write("a note"); open("/tmp/mine", "w").write("another")
        say([open("mine").read(), open("/tmp/mine").read()])
    """)
    assert ended.said[0] == []
    assert all(name in ("OSError", "PermissionError") for name in ended.said[1])
    assert ended.said[2] == ["a note", "another"]


@pytest.mark.thorough(when=BOX)
def test_no_other_process_can_be_started():
    ended = run("""
        import ctypes, multiprocessing, pty, subprocess
        libc = ctypes.CDLL(None)
        for action in (os.fork, lambda: subprocess.run(["true"]), lambda: os.execv(sys.executable, ["python"]),
                       lambda: os.posix_spawn(sys.executable, ["python"], {}), pty.fork, lambda: os.popen("true").read(),
                       lambda: multiprocessing.get_context("fork").Process(target=print).start(),
                       lambda: multiprocessing.get_context("spawn").Process(target=print).start(),
                       lambda: os.unshare(0) if hasattr(os, "unshare") else os.fork()):
            say(error_of(action))
        say(os.system("true") != 0)
        say([libc.unshare(0x10000000), libc.ptrace(0, 0, 0, 0), libc.setns(0, 0), libc.vfork()])
        import torch
        from torch.utils.data import DataLoader
        say(error_of(lambda: next(iter(DataLoader([1, 2, 3, 4], num_workers=2)))))
        say(next(iter(DataLoader([1, 2, 3, 4], batch_size=4))).tolist())
    """)
    assert ended.how == "ended", ended
    assert set(ended.said[:9]) <= {"PermissionError", "OSError", "FileNotFoundError"}
    assert ended.said[9] is True
    assert ended.said[10] == [-1] * 4
    assert ended.said[11] in ("PermissionError", "FileNotFoundError")  # no process, nor the semaphore for one
    assert ended.said[12] == [1, 2, 3, 4]


def test_whoever_starts_it_takes_it_along():
    """A grader that is killed leaves nothing behind."""
    program = f"""
        import sys; sys.path.insert(0, {str(ROOT)!r})
        from tests.ganlab_grade.box.programs import start
        process = start("say(1)\\nwhile True: pass")
        process.stdout.readline()
        print(process.pid, flush=True)
        sys.stdin.read()
    """
    this_machines_sandbox()
    lines = "\n".join(line.strip() for line in program.strip().splitlines())
    with subprocess.Popen([sys.executable, "-c", lines], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as grader:
        outer = psutil.Process(int(grader.stdout.readline()))
        everything = [outer, *outer.children(recursive=True)]
        assert len(everything) == 3
        grader.kill()
    gone, alive = psutil.wait_procs(everything, timeout=10)
    assert (len(gone), alive) == (3, [])


def test_a_hidden_folder_stays_hidden_where_python_itself_lies():
    this_machines_sandbox()
    folder = Path(os.__file__).parent / "json"
    program = f"say(os.listdir({str(folder)!r}))"
    assert "decoder.py" in run(f"import os; say(os.listdir({str(folder)!r}))").said[0]
    process = Bubblewrap(hidden=[folder]).start(["-c", f"import os; print(os.listdir({str(folder)!r}))"])
    assert process.stdout.read() == b"[]\n", program
    stop(process)


def test_stopping_is_quick_whole_and_leaves_nothing():
    descriptors = len(os.listdir("/proc/self/fd"))
    process = start("say(1)\nwhile True: os.write(1, b'x' * 4096)")  # endless output that nobody reads
    process.stdout.readline()
    everything = psutil.Process(process.pid).children(recursive=True)
    assert len(everything) == 2
    time.sleep(0.2)
    began = time.monotonic()
    assert stop(process) == "time"
    assert time.monotonic() - began < 2
    assert not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in everything)
    assert process.returncode is not None
    assert not psutil.pid_exists(process.pid)
    assert stop(process) == "time"  # once more changes nothing
    # The thread that counts files lets go of the sandbox a moment after its end.
    until = time.monotonic() + 10
    while len(os.listdir("/proc/self/fd")) > descriptors and time.monotonic() < until:
        time.sleep(0.01)
    assert len(os.listdir("/proc/self/fd")) == descriptors
