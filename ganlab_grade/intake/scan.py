"""What lies in a folder or a zip archive, as a tree, and the bytes of its files: with limits, never past its walls.

Links are not followed, and a zip is looked into at most inside one other zip. Whatever cannot be taken is named in
``Node.troubles``, and the rest is taken. Nothing is unpacked to the disk, so no name in an archive can become a path.
"""

from __future__ import annotations

import bz2
import io
import lzma
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from ganlab_grade.course import GradingError
from ganlab_grade.text import shown

MAX_BYTES = 200_000_000  # of one zip inside a zip
NOTEBOOK = re.compile(r"\.ipynb(\.txt|\.json)?$", re.IGNORECASE)  # some browsers append what they take the file for
MAX_NOTEBOOK = 128_000_000  # of one notebook: an executed lesson has less than five, so this is pasted pictures
# Bytes that LZMA may look back; more than any ordinary program asks for.
MAX_DICTIONARY = 64_000_000
WHO_IS_WHO = "submission_metadata.yml"
MAX_ENTRIES = 30_000  # files in the archive of a class
MAX_OWN_ENTRIES = 5_000  # files of one student: below one folder at the top, or in a zip inside the class's
MAX_DEPTH = 24  # folders in folders
_IGNORED = re.compile(r"^(\..*|__MACOSX|Thumbs\.db|desktop\.ini|Icon\r?)$", re.IGNORECASE)


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
        except GradingError:
            raise
        # Whatever a damaged archive makes of its decompressor (zlib, bz2, lzma, struct): one file's trouble.
        except Exception as error:
            said = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
            raise GradingError(f"the file cannot be read ({shown(said)})") from None
        if len(data) > limit:
            raise _too_large(limit)
        return data


@dataclass
class Node:
    """A folder or zip (``children``), a notebook (``place``), or another file (neither), and what was wrong."""

    name: str
    place: Place | None = None
    says: Place | None = None  # of a platform's file that names who is who
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
    if info.compress_type in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        data = _squeezed(archive, info, limit)
    else:
        with archive.open(info) as file:
            # In pieces inside, so that a declared size cannot ask for memory.
            data = file.read(limit + 1)
    if len(data) > limit:
        raise _too_large(limit)
    return data


def _squeezed(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    """An entry's bytes by bzip2 or LZMA (PKZIP APPNOTE 4.3.7 and 5.8.8), one more than ``limit`` of them at most.

    ``zipfile`` itself unpacks all that a piece it has read becomes, be it a thousand times as large.
    """
    assert archive.fp is not None
    archive.fp.seek(info.header_offset + 26)
    name, extra = struct.unpack("<HH", archive.fp.read(4))
    archive.fp.seek(info.header_offset + 30 + name + extra)
    packed = archive.fp.read(min(info.compress_size, limit))
    if info.compress_type == zipfile.ZIP_BZIP2:
        data = bz2.BZ2Decompressor().decompress(packed, limit + 1)
    else:
        _, size, shape, wanted = struct.unpack("<HHBI", packed[:9])
        if wanted > MAX_DICTIONARY:
            raise GradingError(f"unpacking would take {wanted / 1e6:,.0f} MB of memory; ask for an ordinary zip")
        form = {"dict_size": wanted, "lc": shape % 9, "lp": shape // 9 % 5, "pb": shape // 45}
        reader = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA1, **form}])
        data = reader.decompress(packed[4 + size :], limit + 1)
    if len(data) <= limit and zlib.crc32(data) != info.CRC:
        raise zipfile.BadZipFile("the check sum does not fit")
    return data


def _too_large(limit: int) -> GradingError:
    return GradingError(
        f"the file has more than {limit / 1e6:.0f} MB, which is the most that is read; clear its outputs and take "
        "pasted pictures out, or mark it by hand"
    )


def opened(path: Path) -> IO[bytes]:
    """Open an ordinary file, and nothing that only looks like one (a link, a pipe that never ends)."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    file = os.fdopen(descriptor, "rb")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        file.close()
        raise OSError("not an ordinary file")
    return file


def tree_of(path: Path) -> Node:
    """The tree below a folder, in a zip archive, or a single notebook.

    Raises
    ------
    GradingError
        If it is none of these, or cannot be opened.
    """
    path = path.resolve()
    if path.is_dir():
        root = Node(path.name, children={})
        _scan_folder(path, root)
    elif path.suffix.lower() == ".zip" and path.is_file():
        root = _scan_zip(Node(path.name, modified=path.stat().st_mtime), Place(path), allowed=1)
    elif NOTEBOOK.search(path.name) and path.is_file():
        root = Node(path.name, Place(path), size=path.stat().st_size)
    else:
        raise GradingError(f"expected a folder or a zip of submitted notebooks, found none at {path}")
    if root.children is not None and not root.children and root.troubles:
        raise GradingError(f"{path}: {root.troubles[0]}")
    return root


def _scan_folder(folder: Path, root: Node) -> None:
    # The count is a student's own: a folder of a million files must not keep the neighbours from being seen.
    waiting: list[tuple[Path, Node, int, list[int]]] = [(folder, root, 0, [0])]
    while waiting:
        here, node, depth, seen = waiting.pop()
        assert node.children is not None
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError as error:
            node.troubles.append(f"the folder {shown(here.name)} cannot be opened ({error.strerror})")
            continue
        for entry in entries:
            if _IGNORED.match(entry.name):
                continue
            seen[0] += 1
            if depth and seen[0] > MAX_OWN_ENTRIES:
                node.troubles.append(f"more than {MAX_OWN_ENTRIES:,} files; the rest was not looked at")
                break
            child = node.children[entry.name] = Node(entry.name)
            name = shown(entry.name)
            if entry.is_symlink():
                # A link may show any file of this machine, or a neighbour's notebook, as if it had been handed in.
                child.troubles.append(f"{name} is a link and was not followed; put the file itself there")
            elif entry.is_dir(follow_symlinks=False):
                child.children = {}
                if depth < MAX_DEPTH:
                    waiting.append((Path(entry.path), child, depth + 1, seen if depth else [0]))
                else:
                    child.troubles.append(f"{name} lies more than {MAX_DEPTH} folders deep and was not looked at")
            elif entry.is_file(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                _fill(child, Place(Path(entry.path)), status.st_size, status.st_mtime, allowed=1)


def _fill(node: Node, place: Place, size: int, modified: float, *, allowed: int) -> None:
    """Make the node what its name says: a notebook, a zip's tree, or another file."""
    node.size, node.modified = size, modified
    if NOTEBOOK.search(node.name):
        node.place = place
    elif node.name == WHO_IS_WHO:
        node.says = place
    elif node.name.lower().endswith(".zip"):
        _scan_zip(node, place, allowed=allowed)


def _scan_zip(node: Node, place: Place, *, allowed: int) -> Node:
    """Fill ``node`` with what is in the zip at ``place``; ``allowed``: how many zips may lie inside one another."""
    node.children = {}
    name = shown(node.name)
    try:
        with opened(place.path) if not place.entries else io.BytesIO(place.read()) as file:
            # Each entry of the list of contents becomes an object: a list of millions would fill the memory.
            most = MAX_OWN_ENTRIES if place.entries else MAX_ENTRIES
            if _count(file, b"PK\x01\x02") > most:
                node.troubles.append(f"{name} holds more than {most:,} files; it was not opened: unpack it first")
                return node
            with zipfile.ZipFile(file) as archive:
                for index, info in enumerate(archive.infolist()):
                    _take_entry(node, Place(place.path, (*place.entries, index)), info, allowed)
    except GradingError as error:
        node.troubles.append(f"{name}: {error}")
    # As above: an archive that cannot be read is one student's trouble, whatever Python calls it.
    except Exception:
        node.troubles.append(f"{name} is damaged or no zip archive; ask for it again")
    return node


def _take_entry(root: Node, place: Place, info: zipfile.ZipInfo, allowed: int) -> None:
    name = _decoded(info).replace("\\", "/")  # as some programs on Windows write it
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if any(_IGNORED.match(part) for part in parts if part != ".."):
        return
    label = f"{shown(root.name)}: {shown(name)}"
    if name.startswith("/") or ".." in parts or re.match(r"^[A-Za-z]:", name):
        root.troubles.append(f"{label} points out of the archive and was left out")
    elif stat.S_ISLNK(info.external_attr >> 16):
        root.troubles.append(f"{label} is a link and was not followed")
    elif len(parts) > MAX_DEPTH:
        root.troubles.append(f"{label} lies more than {MAX_DEPTH} folders deep, not looked at")
    elif parts:
        _insert(root, parts, place, info, label, allowed)


def _insert(root: Node, parts: list[str], place: Place, info: zipfile.ZipInfo, label: str, allowed: int) -> None:
    here = root
    for part in parts if info.is_dir() else parts[:-1]:
        assert here.children is not None
        here = here.children.setdefault(part, Node(part, children={}))
        if here.children is None:  # a file and a folder of one name
            root.troubles.append(f"{label} lies in something that is no folder and was left out")
            return
    if info.is_dir():
        return
    assert here.children is not None
    if parts[-1] in here.children:
        root.troubles.append(f"{label} is there more than once; the last one was taken")
    child = here.children[parts[-1]] = Node(parts[-1])
    wanted = NOTEBOOK.search(child.name) or child.name.lower().endswith(".zip")
    if wanted and info.flag_bits & 0x1:
        child.troubles.append(f"{label} is encrypted; ask for it without a password")
    elif wanted and info.file_size > (most := MAX_NOTEBOOK if NOTEBOOK.search(child.name) else MAX_BYTES):
        child.troubles.append(f"{label} would have {info.file_size / 1e6:,.0f} MB, more than {most / 1e6:.0f}")
    elif child.name.lower().endswith(".zip") and allowed < 1:
        child.troubles.append(f"{label} is a zip in a zip in a zip; it was not opened")
    else:
        try:
            # Not the local zone: what is compared must not depend on where the marking is done.
            when = datetime(*info.date_time, tzinfo=UTC).timestamp()
        except ValueError:
            when = 0.0
        _fill(child, place, info.file_size, when, allowed=allowed - 1)


def _decoded(info: zipfile.ZipInfo) -> str:
    """The entry's name; many programs write UTF-8 without saying so, which then reads as code page 437."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _count(file: IO[bytes], mark: bytes) -> int:
    """How often ``mark`` occurs; the file is back at its beginning."""
    found, tail = 0, b""
    while piece := file.read(1 << 24):
        found += (tail + piece).count(mark)
        tail = piece[-len(mark) + 1 :]
    file.seek(0)
    return found
