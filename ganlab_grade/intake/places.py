"""Where a submitted file's bytes are, and reading them within limits: in a folder, in a zip, in a zip inside a zip.

Nothing is unpacked to the disk, so no name in an archive can become a path.
"""

from __future__ import annotations

import io
import os
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ganlab_grade.course import GradingError

MAX_BYTES = 200_000_000  # of one notebook, or of one zip inside a zip
NOTEBOOK = re.compile(r"\.ipynb(\.txt|\.json)?$", re.IGNORECASE)  # some browsers append what they take the file for
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


def shown(name: str, longest: int = 80) -> str:
    """A name from outside as it can stand in a sentence: no control characters, one line, bounded."""
    clean = "".join(" " if unicodedata.category(one).startswith(("C", "Z")) else one for one in name[: 4 * longest])
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"


@dataclass(frozen=True)
class Place:
    """Where a file's bytes are: a path, and the positions of entries in the zip it is and the zip inside that."""

    path: Path
    entries: tuple[int, ...] = ()

    def read(self, limit: int = MAX_BYTES) -> bytes:
        """All bytes.

        Raises
        ------
        GradingError
            If there are more than ``limit``, or they cannot be read.
        """
        try:
            with opened(self.path) as file:
                source: IO[bytes] = file
                for index in self.entries:
                    with zipfile.ZipFile(source) as archive:
                        source = io.BytesIO(_unpacked(archive, archive.infolist()[index], limit))
                data = source.read(limit + 1)
        except (*DAMAGED, IndexError) as error:
            said = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
            raise GradingError(f"the file cannot be read ({shown(said)})") from None
        if len(data) > limit:
            raise GradingError(f"the file has more than {limit / 1e6:.0f} MB, which is the most that is read")
        return data


@dataclass
class Node:
    """A folder or zip (``children``), a notebook (``place``), or another file (neither), and what was wrong."""

    name: str
    place: Place | None = None
    children: dict[str, Node] | None = None
    size: int = 0  # bytes, as declared
    modified: float = 0.0  # seconds
    troubles: list[str] = field(default_factory=list)

    @property
    def stem(self) -> str:
        """The name without ``.ipynb`` or ``.zip``; a folder's name may contain dots."""
        return re.sub(r"\.zip$", "", NOTEBOOK.sub("", self.name), flags=re.IGNORECASE)

    def notebooks(self, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
        """The notebooks in it with the names of the folders between, this one's own not among them."""
        if self.children is None:
            if self.place is not None:
                yield above, self
            return
        for child in self.children.values():
            yield from child.notebooks(above if child.children is None else (*above, child.stem))

    def all_troubles(self) -> Iterator[str]:
        yield from self.troubles
        for child in (self.children or {}).values():
            yield from child.all_troubles()

    def total(self) -> int:
        """Bytes of the notebooks in it, as declared."""
        return sum(node.size for _, node in self.notebooks())

    def is_other(self) -> bool:
        """Whether it is a file that is no notebook, and nothing is wrong with it."""
        return self.children is None and self.place is None and not self.troubles

    def files(self) -> Iterator[str]:
        """Names of the files in it that are no notebooks."""
        if self.children is None and self.place is None:
            yield self.name
        for child in (self.children or {}).values():
            yield from child.files()


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    with archive.open(info) as file:
        data = file.read(limit + 1)  # in pieces inside, so that a declared size cannot ask for memory
    if len(data) > limit:
        raise GradingError(f"the file has more than {limit / 1e6:.0f} MB, which is the most that is read")
    return data


def opened(path: Path) -> IO[bytes]:
    """Open an ordinary file, and nothing that only looks like one (a link, a pipe that never ends)."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    file = os.fdopen(descriptor, "rb")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        file.close()
        raise OSError("not an ordinary file")
    return file
