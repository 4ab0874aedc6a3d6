"""What can a submission read? A search through every file of a sandbox, from inside."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from ganlab_grade.box import Sandbox, stop
from ganlab_grade.course import GradingError
from ganlab_grade.inside.seccomp import Limits

# Runs inside. The texts come by standard input: as arguments they would be in the memory of the searched.
SEARCH = """
import json, os, stat, sys
from ganlab_grade.inside.seccomp import lock_down
lock_down()
wanted = {text: text.encode() for text in json.loads(sys.stdin.readline())}
overlap = max(map(len, wanted.values()), default=1) - 1
files, found, seen = [], {text: [] for text in wanted}, set()
def search(path):
    hits, tail = set(), b""
    with open(path, "rb", buffering=0) as file:
        while piece := file.read(1 << 24):
            piece = tail + piece
            hits |= {text for text, data in wanted.items() if data in piece}
            tail = piece[-overlap:] if overlap else b""
    return hits
for folder, _, names in os.walk("/"):
    for name in names:
        path = os.path.join(folder, name)
        try:
            status = os.lstat(path)
            if not stat.S_ISREG(status.st_mode):
                continue
            with open(path, "rb") as file:
                compiled = file.read(4) == b"\\x7fELF"
            files.append(path)
            # The same file may be shown twice. One of no size may still have content: the kernel's own.
            if wanted and not compiled and (status.st_dev, status.st_ino) not in seen:
                seen.add((status.st_dev, status.st_ino))
                for text in search(path):
                    found[text].append(path)
        except OSError:
            pass
print(json.dumps({"files": files, "found": found}))
"""


@dataclass(frozen=True)
class Visible:
    """What a search found."""

    files: tuple[str, ...]  # every file that can be read
    found: dict[str, tuple[str, ...]]  # text -> the files that contain it, or have it in their path


def search(sandbox: Sandbox, texts: Sequence[str], *, env: dict[str, str] | None = None) -> Visible:
    """Read every file that a submission can read, and look for texts in contents and paths.

    A file shown under two names counts once, under one of them. Shared libraries and programs are listed and not
    read: they are most of the bytes, and nothing that the course could have hidden.

    Raises
    ------
    GradingError
        If the search does not come to its end.
    """
    process = sandbox.start(["-c", SEARCH], Limits(cpu_seconds=3600), env=env)
    if process.stdin is None or process.stdout is None:
        raise GradingError("expected a sandbox with pipes")
    process.stdin.write(json.dumps(list(texts)).encode() + b"\n")
    output = process.stdout.read()
    how = stop(process)
    if how != "ended":
        raise GradingError(f"the search through {sandbox.name} did not come to its end: {how}")
    table = json.loads(output)
    files = tuple(table["files"])
    found = {
        text: tuple(sorted({*paths, *(path for path in files if text in path)}))
        for text, paths in table["found"].items()
    }
    return Visible(files, found)


def readable_files(sandbox: Sandbox) -> tuple[str, ...]:
    """The path, inside, of every file that a submission can read."""
    return search(sandbox, ()).files
