"""The system call filter: its program decides right, on both machines, and the kernel obeys it."""

import errno
import os
import re
import signal
import struct
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from ganlab_grade.inside import seccomp as seccomp
from ganlab_grade.inside.seccomp import LIMITS, ONLY_LIMITS, Limits, program

HEADERS = {"x86_64": "/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "aarch64": "/usr/include/asm-generic/unistd.h"}
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7, "i386": 0x40000003}
ALLOW, KILL = 0x7FFF0000, 0x80000000
EPERM, ENOSYS = (0x00050000 | code for code in (errno.EPERM, errno.ENOSYS))
MACHINES = sorted(HEADERS)
COLUMN = {"x86_64": 0, "aarch64": 1}
# What glibc passes when it makes a thread, and when it forks.
A_THREAD, A_FORK = 0x003D0F00, 0x01200011


def decide(machine: str, number: int, *arguments: int, audit: int | None = None, may_execute: bool = False) -> int:
    """What the kernel's machine for classic BPF makes of the filter: written from its documentation."""
    code = list(struct.iter_unpack("=HBBI", program(machine=machine, may_execute=may_execute)))
    wide = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<iIQ6Q", number, AUDIT[machine] if audit is None else audit, 0, *wide)
    accumulator, counter = 0, 0
    while True:
        operation, if_true, if_false, constant = code[counter]
        counter += 1
        if operation == 0x20:  # BPF_LD | BPF_W | BPF_ABS
            (accumulator,) = struct.unpack_from("<I", data, constant)
        elif operation == 0x06:  # BPF_RET | BPF_K
            return constant
        else:
            holds = {0x15: accumulator == constant, 0x35: accumulator >= constant, 0x45: bool(accumulator & constant)}
            counter += if_true if holds[operation] else if_false


def call(machine: str, name: str) -> int:
    return {**seccomp.FORBIDDEN, **seccomp.PROGRAMS, **seccomp.PARTLY}[name][COLUMN[machine]]


@pytest.mark.parametrize("machine", MACHINES)
def test_the_numbers_are_the_kernels_own(machine):
    path = Path(HEADERS[machine])
    if not path.exists():
        pytest.skip(f"the kernel's headers are not installed ({path})")
    lines = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", path.read_text())
    known = {name: int(number) for name, number in lines}
    for name, numbers in {**seccomp.FORBIDDEN, **seccomp.PROGRAMS, **seccomp.PARTLY}.items():
        assert numbers[COLUMN[machine]] == known.get(name), name


@pytest.mark.parametrize("machine", MACHINES)
def test_what_is_forbidden_fails(machine):
    numbers = {name: call(machine, name) for name in {**seccomp.FORBIDDEN, **seccomp.PROGRAMS}}
    allowed = [name for name, one in numbers.items() if one is not None and decide(machine, one) != EPERM]
    assert allowed == []


@pytest.mark.parametrize("machine", MACHINES)
def test_bubblewrap_may_start_python_and_python_install_its_filter(machine):
    for name in seccomp.PROGRAMS:
        assert decide(machine, call(machine, name), may_execute=True) == ALLOW
    for name in ("ptrace", "socket", "unshare", "memfd_create", "kill"):
        assert decide(machine, call(machine, name), may_execute=True) == EPERM


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("clone", (A_THREAD,), ALLOW),
        ("clone", (A_FORK,), EPERM),
        ("clone", (signal.SIGCHLD | 0x4100,), EPERM),  # vfork, as clone
        ("clone", (A_THREAD | 0x10000000,), EPERM),  # with a user namespace
        ("clone", (A_THREAD | 0x40000000,), EPERM),  # with a network namespace
        ("clone3", (), ENOSYS),
        ("mmap", (0, 4096, 3, 0x22), ALLOW),  # private, anonymous: malloc
        ("mmap", (0, 4096, 3, 0x20022), ALLOW),  # the stack of a thread
        ("mmap", (0, 4096, 1, 0x01), ALLOW),  # a file, shared: numpy.memmap
        ("mmap", (0, 4096, 3, 0x21), EPERM),  # shared, anonymous
        ("mmap", (0, 4096, 3, 0x23), EPERM),  # the same by its newer name
        ("mmap", (0, 4096, 3, 0x122), EPERM),  # grows downwards
        ("socketpair", (1,), ALLOW),
        ("socketpair", (2,), EPERM),
        ("tgkill", (7, 7, signal.SIGABRT), ALLOW),
        ("tgkill", (7, 7, signal.SIGKILL), EPERM),
        ("tgkill", (7, 7, signal.SIGSTOP), EPERM),
        ("rt_sigaction", (signal.SIGINT,), ALLOW),
        ("rt_sigaction", (signal.SIGXCPU,), EPERM),
    ],
)
@pytest.mark.parametrize("machine", MACHINES)
def test_what_depends_on_the_arguments(machine, name, arguments, expected):
    assert decide(machine, call(machine, name), *arguments) == expected


@pytest.mark.parametrize("machine", MACHINES)
def test_what_python_needs_is_allowed(machine):
    # read, write, openat, futex, munmap, exit_group, getrandom, by the kernel's tables
    needed = {"x86_64": (0, 1, 257, 202, 11, 231, 318), "aarch64": (63, 64, 56, 98, 215, 94, 278)}[machine]
    assert {decide(machine, number) for number in needed} == {ALLOW}


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_of_newer_kernels_do_not_exist_and_other_sets_of_calls_kill(machine):
    assert decide(machine, 450) == ALLOW
    assert {decide(machine, number) for number in (451, 457, 470, 600)} == {ENOSYS}
    assert decide(machine, 0, audit=AUDIT["i386"]) == KILL
    if machine == "x86_64":
        assert decide(machine, 0x40000000) == decide(machine, 0x40000000 | 520) == KILL


def test_a_machine_without_a_filter_is_refused():
    with pytest.raises(OSError, match="for x86_64 and aarch64, not for riscv64"):
        program(machine="riscv64")


@pytest.mark.parametrize("wrong", [{"memory_bytes": 0}, {"cpu_seconds": 1.5}, {"open_files": -1}, {"threads": True}])
def test_limits_are_positive_whole_numbers(wrong):
    with pytest.raises(ValueError, match=f"expected a positive whole number for {next(iter(wrong))}"):
        Limits(**wrong)


# --- obeyed by the kernel, without any sandbox around it ----------------------------------------------------------
def python(source: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from ganlab_grade.inside.seccomp import *\n" + textwrap.dedent(source)],
        capture_output=True, text=True, check=False, env={**os.environ, **env},
    )  # fmt: skip


linux = pytest.mark.skipif(sys.platform != "linux", reason="seccomp is Linux's")


@linux
def test_locked_down_nothing_can_be_started_and_threads_can():
    done = python("""
        import ctypes, errno, mmap, os, subprocess, threading
        ready, locked, said = threading.Event(), threading.Event(), []
        def early():
            ready.set(); locked.wait()
            try: os.fork()
            except OSError as error: said.append(error.errno)
        thread = threading.Thread(target=early); thread.start(); ready.wait()
        lock_down(Limits(threads=0))
        locked.set(); thread.join()
        for action in (os.fork, lambda: os.execv("/bin/true", ["true"]), lambda: subprocess.run(["true"]),
                       lambda: mmap.mmap(-1, 4096), lambda: os.memfd_create("x"), lambda: os.kill(os.getpid(), 9)):
            try: action()
            except OSError as error: said.append(error.errno)
        mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
        late = threading.Thread(target=said.append, args=("a thread",)); late.start(); late.join()
        print(said == [errno.EPERM] * 7 + ["a thread"], said)
    """)
    assert done.stdout.startswith("True"), (done.stdout, done.stderr)


@linux
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="x32 is x86_64's")
def test_a_call_by_its_second_number_kills():
    done = python("import ctypes; lock_down(Limits(threads=0)); ctypes.CDLL(None).syscall(0x40000000 | 39)")
    assert done.returncode == -signal.SIGSYS


@linux
def test_limits_come_by_the_environment_and_only_they_without_a_sandbox():
    limits = Limits(memory_bytes=2**30, cpu_seconds=7, file_bytes=12345, open_files=33, threads=0)
    source = """
        import os, resource
        lock_down()
        get = resource.getrlimit
        print(get(resource.RLIMIT_DATA), get(resource.RLIMIT_CPU), get(resource.RLIMIT_FSIZE),
              get(resource.RLIMIT_NOFILE), get(resource.RLIMIT_CORE), flush=True)
        if os.fork() == 0: os._exit(0)
        print("forked")
    """
    expected = "(1073741824, 1073741824) (7, 9) (12345, 12345) (33, 33) (0, 0)\n"
    assert python(source, **limits.to_environment()).stdout == expected
    assert python(source, **limits.to_environment(), **{ONLY_LIMITS: "1"}).stdout == expected + "forked\n"
    assert LIMITS in limits.to_environment()
