"""What one visitor's process may hold, and what it may say: called at the start of each, before the page is made."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from pathlib import Path
from typing import Any

KEPT = 1_000_000  # pixels of an uploaded picture that are kept: as many as are enlarged as a whole
GROWTH = 900 << 20  # bytes that a process may take beyond those that it begins with
# Large blocks go back to the system as soon as they are free; the C library would keep them, for good.
MALLOC = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": str(1 << 20), "MALLOC_TRIM_THRESHOLD_": str(4 << 20)}


def bound(growth: int = GROWTH) -> None:
    """Bound this process, for good: small pictures, little memory, errors of one line."""
    from ganlab.widgets.kit.upload import Upload

    Upload.keep = KEPT
    speak_briefly()
    limit_memory(growth)


def limit_memory(growth: int) -> None:
    """Let this process take at most ``growth`` bytes more than it has; what asks for more gets a ``MemoryError``.

    Only Linux counts what a process has written to, or can (RLIMIT_DATA, since 4.7); elsewhere nothing happens.
    """
    if not sys.platform.startswith("linux"):
        return
    import resource

    status = Path("/proc/self/status").read_text(encoding="ascii")
    now = next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmData:"))
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = now + growth
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    # Both: what runs here cannot raise it again.
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    # Should the whole computer run out of memory all the same, a visitor goes, and not the server.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")


def speak_briefly() -> None:
    """From now on this process logs each thing in one line: the error's name, and no traceback with paths in it."""
    make = logging.getLogRecordFactory()
    if getattr(make, "brief", False):
        return

    def brief(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        error = record.exc_info[1] if record.exc_info else None
        text = " ".join(record.getMessage().split())
        if "Traceback (most recent call last)" in text:
            text = text.split("Traceback (most recent call last)")[0].strip()
        record.msg, record.args = text[:500] + (f" ({type(error).__name__})" if error is not None else ""), ()
        record.exc_info = record.exc_text = record.stack_info = None
        return record

    brief.brief = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(brief)


def prepare_environment() -> None:
    """Settings of the C library, for processes that are started from now on."""
    for name, value in MALLOC.items():
        os.environ.setdefault(name, value)
