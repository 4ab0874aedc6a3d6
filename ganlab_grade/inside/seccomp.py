"""What a submission's process may ask of the Linux kernel, and how much of everything it may have.

Two seccomp filters, both made here. Bubblewrap installs the first before Python starts; :func:`lock_down`, called
inside before any code of a submission runs, sets the resource limits and installs the second, which also forbids to
start another program. A filter cannot be taken off again. What it forbids fails like anything a system does not
permit, as an ``OSError`` in Python: a ``DataLoader`` with workers raises, threads work.

With a single process the kernel's limits per process are limits of the whole submission. Three ways around the
memory limit are closed by the filters: shared mappings that no file bounds, files that live in no file system, and
stacks that may grow without end.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import platform
import struct
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

LIMITS = "GANLAB_SANDBOX_LIMITS"  # the environment variable by which the limits reach the process they are for
ONLY_LIMITS = "GANLAB_SANDBOX_ONLY_LIMITS"  # set where there is no sandbox: no filter then
LIBRARIES = 12 * 2**30  # address space for code: PyTorch's shared libraries are mapped whole, read in parts


@dataclass(frozen=True)
class Limits:
    """How much a submission's process may have.

    Raises
    ------
    ValueError
        If a limit is not a positive whole number (``threads`` may be 0: counted elsewhere, or not at all).
    """

    memory_bytes: int = 4 * 2**30  # data of the process; PyTorch and the course's libraries take about 0.9 GiB
    cpu_seconds: int = 120  # over all threads
    file_bytes: int = 64 * 2**20  # the largest file, and everything in the scratch folder
    files: int = 20_000  # in the scratch folder
    open_files: int = 256
    threads: int = 64

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if type(value) is not int or value < (name != "threads"):
                raise ValueError(f"expected a positive whole number for {name}, got {value!r}")

    def to_environment(self) -> dict[str, str]:
        """For the environment of the process that is to be limited."""
        return {LIMITS: json.dumps(asdict(self))}


# --- the filter -----------------------------------------------------------------------------------------------
# The machines there is a filter for: the kernel's name of the architecture (AUDIT_ARCH) and the column in CALLS.
MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
LAST_CALL = 450  # what newer kernels add is unknown here and absent for a submission, as on an older kernel
X32 = 0x40000000  # the x86_64 kernel's second set of numbers for the same calls

# System call -> its number on x86_64 and on aarch64, None where it does not exist.
PROCESSES = {
    "fork": (57, None), "vfork": (58, None), "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "process_madvise": (440, 440), "process_mrelease": (448, 448),
    "kcmp": (312, 272), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424),
    "kill": (62, 129), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
}  # fmt: skip
NAMESPACES = {
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "fanotify_init": (300, 262),
    "quotactl": (179, 60), "quotactl_fd": (443, 443), "swapon": (167, 224), "swapoff": (168, 225),
}  # fmt: skip
KERNEL = {
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218), "bpf": (321, 280),
    "userfaultfd": (323, 282), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "io_setup": (206, 0), "perf_event_open": (298, 241), "personality": (135, 92),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "reboot": (169, 142), "syslog": (103, 116), "acct": (163, 89),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "clock_adjtime": (305, 266), "adjtimex": (159, 171),
    "sethostname": (170, 161), "setdomainname": (171, 162), "vhangup": (153, 58), "lookup_dcookie": (212, 18),
    "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None), "uselib": (134, None),
    "migrate_pages": (256, 238), "move_pages": (279, 239),
}  # fmt: skip
UNBOUNDED_MEMORY = {
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "shmat": (30, 196),
    "semget": (64, 190), "msgget": (68, 186), "mq_open": (240, 180), "remap_file_pages": (216, 234),
}  # fmt: skip
NETWORK = {
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "accept": (43, 202),
    "accept4": (288, 242),
}  # fmt: skip
PROGRAMS = {"execve": (59, 221), "execveat": (322, 281), "seccomp": (317, 277)}
# Permitted with some arguments only.
PARTLY = {
    "clone": (56, 220), "clone3": (435, 435), "mmap": (9, 222), "socketpair": (53, 199), "tgkill": (234, 131),
    "rt_sigaction": (13, 134),
}  # fmt: skip
FORBIDDEN = {**PROCESSES, **NAMESPACES, **KERNEL, **UNBOUNDED_MEMORY, **NETWORK}

# Flags that the rules below look at, from the kernel's headers.
CLONE_THREAD, CLONE_NEW = 0x00010000, 0x7E020080
MAP_SHARED, MAP_ANONYMOUS, MAP_GROWSDOWN = 0x01, 0x20, 0x0100
AF_UNIX, SIGKILL, SIGSTOP, SIGXCPU = 1, 9, 19, 24

# Classic BPF: the few instructions needed, and where `struct seccomp_data` keeps what they load.
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
CALL, ARCHITECTURE, ARGUMENTS = 0, 4, 16
ALLOW, KILL = 0x7FFF0000, 0x80000000
Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, constant


def _fail(code: int) -> Instruction:
    return RETURN, 0, 0, 0x00050000 | code


def _argument(index: int) -> Instruction:
    """Load the lower half of an argument: both machines are little-endian, and all flags used here lie in it."""
    return LOAD, 0, 0, ARGUMENTS + 8 * index


DENY, PERMIT = _fail(errno.EPERM), (RETURN, 0, 0, ALLOW)
RULES: dict[str, list[Instruction]] = {
    # A thread, and neither a process nor a namespace.
    "clone": [_argument(0), (ANY_BIT, 1, 0, CLONE_NEW), (ANY_BIT, 1, 0, CLONE_THREAD), DENY, PERMIT],
    # Its flags lie in memory, where no filter can look. "Not implemented" makes the C library use clone.
    "clone3": [_fail(errno.ENOSYS)],
    "mmap": [
        _argument(3), (ANY_BIT, 2, 0, MAP_GROWSDOWN), (ANY_BIT, 0, 2, MAP_ANONYMOUS), (ANY_BIT, 0, 1, MAP_SHARED),
        DENY, PERMIT,
    ],
    "socketpair": [_argument(0), (EQUAL, 1, 0, AF_UNIX), DENY, PERMIT],  # asyncio wakes its loop by one
    # abort() and raise() send to the own process. Only the kernel kills, so that a kill says: too much memory.
    "tgkill": [_argument(2), (EQUAL, 1, 0, SIGKILL), (EQUAL, 0, 1, SIGSTOP), DENY, PERMIT],
    # The signal by which CPU time ends stays as it is, and says so.
    "rt_sigaction": [_argument(0), (EQUAL, 0, 1, SIGXCPU), DENY, PERMIT],
}  # fmt: skip


def program(*, machine: str = "", may_execute: bool = False) -> bytes:
    """The filter as the kernel reads it: an array of ``struct sock_filter``.

    Parameters
    ----------
    machine : str
        ``"x86_64"`` or ``"aarch64"``; this one if empty.
    may_execute : bool
        Whether another program may be started in the place of this one: bubblewrap has to start Python.

    Raises
    ------
    OSError
        For a machine there is no filter for.
    """
    machine = machine or platform.machine()
    if machine not in MACHINES:
        raise OSError(errno.ENOSYS, f"there is a system call filter for {' and '.join(MACHINES)}, not for {machine}")
    architecture, column = MACHINES[machine]
    code: list[Instruction] = [
        (LOAD, 0, 0, ARCHITECTURE), (EQUAL, 1, 0, architecture), (RETURN, 0, 0, KILL), (LOAD, 0, 0, CALL),
    ]  # fmt: skip
    if machine == "x86_64":
        code += [(AT_LEAST, 0, 1, X32), (RETURN, 0, 0, KILL)]
    for name, rule in RULES.items():
        code += [(EQUAL, 0, len(rule), PARTLY[name][column]), *rule]
    for number in _numbers(FORBIDDEN if may_execute else {**FORBIDDEN, **PROGRAMS}, column):
        code += [(EQUAL, 0, 1, number), DENY]
    code += [(AT_LEAST, 0, 1, LAST_CALL + 1), _fail(errno.ENOSYS), PERMIT]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def _numbers(calls: Mapping[str, tuple[int | None, int | None]], column: int) -> Iterable[int]:
    return sorted(number for numbers in calls.values() if (number := numbers[column]) is not None)


# --- inside ---------------------------------------------------------------------------------------------------
def lock_down(limits: Limits | None = None) -> None:
    """Limit this process, for good: call it before any code runs that nobody vouches for.

    Parameters
    ----------
    limits : Limits, optional
        Those in the environment, put there by :mod:`~ganlab_grade.box`, if not given.

    Raises
    ------
    OSError
        If the kernel refuses the filter: then nothing of a submission may run.
    """
    limits = limits or Limits(**json.loads(os.environ.get(LIMITS, "{}")))
    _set_limits(limits)
    if not os.environ.get(ONLY_LIMITS):
        _install(program())


def _set_limits(limits: Limits) -> None:
    import resource  # not on Windows, where only a container grades

    wanted = {
        "RLIMIT_DATA": limits.memory_bytes,
        "RLIMIT_AS": limits.memory_bytes + LIBRARIES,
        "RLIMIT_FSIZE": limits.file_bytes,
        "RLIMIT_NOFILE": limits.open_files,
        "RLIMIT_CORE": 0,  # a core file is memory written to the host's disk
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
        **({"RLIMIT_NPROC": limits.threads} if limits.threads else {}),
    }
    for name, value in wanted.items():
        if hasattr(resource, name):  # macOS lacks some
            _lower(getattr(resource, name), value, value)
    # First the signal that says why the process ends; two seconds later, should it be blocked, the one that ends it.
    _lower(resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 2)


def _lower(kind: int, soft: int, hard: int) -> None:
    import resource

    _, ceiling = resource.getrlimit(kind)
    if ceiling != resource.RLIM_INFINITY:  # somebody has set a lower one already: it cannot be raised, and need not
        soft, hard = min(soft, ceiling), min(hard, ceiling)
    resource.setrlimit(kind, (soft, hard))


def _install(code: bytes) -> None:
    libc = ctypes.CDLL(None, use_errno=True)

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))

    buffer = ctypes.create_string_buffer(code, len(code))
    wanted = Program(len(code) // 8, ctypes.addressof(buffer))
    no_new_privileges, set_filter, all_threads = 38, 1, 1
    number = PROGRAMS["seccomp"][MACHINES[platform.machine()][1]]
    refused = libc.prctl(no_new_privileges, *(ctypes.c_ulong(argument) for argument in (1, 0, 0, 0))) or libc.syscall(
        ctypes.c_long(number), ctypes.c_uint(set_filter), ctypes.c_uint(all_threads), ctypes.byref(wanted)
    )
    if refused:
        code_of = ctypes.get_errno()
        raise OSError(code_of, f"the kernel refuses the system call filter: {os.strerror(code_of)}")
