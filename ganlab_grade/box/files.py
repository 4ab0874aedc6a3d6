"""How many files there are in a scratch folder: looked after from outside, for no option of bubblewrap limits it.

The size of the folder does not: an empty file has none, and takes the kernel about a kilobyte that no limit of a
process counts. So the marking side looks every so often, and ends a sandbox that holds more files than it may.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading

from ganlab_grade.inside.seccomp import Limits

# Seconds between two looks. In that time a program can make some ten thousand files: tens of megabytes.
INTERVAL = 0.1


def watch_files(number: int, first: int, scratch: str, limits: Limits) -> None:
    """End a sandbox when there are more than ``limits.files`` in its scratch folder; returns at once.

    Parameters
    ----------
    number, first : int
        The sandbox's first process: its number, and a descriptor of it (``pidfd_open``), which stays the caller's.
    scratch : str
        The folder, as it is called inside.
    limits : Limits
        Also tells the folder by its size, for until all is mounted inside, others stand under its name.
    """
    own = os.dup(first)
    path = f"/proc/{number}/root{scratch}"
    threading.Thread(target=_watch, args=(own, path, limits), daemon=True, name="files of a sandbox").start()


def _watch(first: int, path: str, limits: Limits) -> None:
    poll = select.poll()
    poll.register(first, select.POLLIN)
    try:
        # A process's descriptor can be read from when it has ended; its number may be somebody else's then.
        while not poll.poll(1000 * INTERVAL):
            if files_in(path, limits) > limits.files:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(first, signal.SIGKILL)
                return
    finally:
        os.close(first)


def files_in(path: str, limits: Limits) -> int:
    """The files and folders of the file system there, if it is a scratch folder; otherwise 0."""
    try:
        found = os.statvfs(path)
    except OSError:
        return 0
    size, page = found.f_blocks * found.f_frsize, os.sysconf("SC_PAGE_SIZE")
    return found.f_files - found.f_ffree if 0 <= size - limits.file_bytes < page else 0
