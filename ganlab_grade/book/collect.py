"""``nbgrader collect`` without following links: what is collected are files of the sender's own, and nothing else.

Students write their folders of the exchange themselves. A link in one of them, to the instructor's solved notebook
perhaps, would be followed by nbgrader's own copy with the instructor's rights: the solution would be collected as the
student's work, or anything else that the instructor may read. So nbgrader's settings need this line::

    c.ExchangeFactory.collect = "ganlab_grade.book.collect.Collect"

Looked at and copied is what was opened: a file that is exchanged for a link in between is not followed either.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from nbgrader.exchange.default import ExchangeCollect
from nbgrader.utils import ignore_patterns

DEEPEST = 10  # folders in folders
MOST = 1_000  # files and folders of one submission
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
# A pipe under a file's name must not keep anybody waiting.
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


class Collect(ExchangeCollect):
    """nbgrader's collecting, with a copy of its own."""

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        """Copy a submission; what is no ordinary file of its owner stays where it is, and is named in the log."""
        ignored = ignore_patterns(
            exclude=self.coursedir.ignore, include=self.coursedir.include,
            max_file_size=self.coursedir.max_file_size, log=self.log,
        )  # fmt: skip
        for what in copy_own_files(Path(src), Path(dest), ignored):
            self.log.error(f"not collected from {os.path.basename(src)}: {what}; look at it, and ask its sender")
        if self.coursedir.groupshared:
            for folder, _, names in os.walk(dest):
                os.chmod(folder, 0o2770)
                for name in names:
                    os.chmod(os.path.join(folder, name), 0o660)


def copy_own_files(
    source: Path, target: Path, ignored: Callable[[str, list[str]], list[str]] = lambda folder, names: []
) -> list[str]:
    """Copy a folder's files, if they belong to the folder's owner.

    Parameters
    ----------
    source, target : Path
        From where, and to where: a folder that is not there yet.
    ignored : callable
        As for :func:`shutil.copytree`.

    Returns
    -------
    list of str
        What was not copied, and why: links, files of other people, things that are no files.
    """
    target.mkdir(parents=True)
    left: list[str] = []
    try:
        top = os.open(source, FOLDER)
    except OSError:
        return [f"{source.name} is a link, or no folder"]
    try:
        owner = os.fstat(top).st_uid
        for number, (folder, name, why) in enumerate(_walk(top, source, "", owner, ignored, 0)):
            if number >= MOST:
                left.append(f"there are more than {MOST} files")
                break
            if why or (why := _copy(folder, name.rpartition("/")[2], name, target / name, owner)):
                left.append(why)
    finally:
        os.close(top)
    return left


def _walk(
    folder: int, source: Path, below: str, owner: int, ignored: Callable[[str, list[str]], list[str]], depth: int
) -> Iterator[tuple[int, str, str]]:
    """(descriptor of its folder, path below the source, why it is left where it is)."""
    names = sorted(os.listdir(folder))
    skipped = set(ignored(str(source / below), names))
    for name in names:
        path = f"{below}{name}"
        if name in skipped:
            continue
        if not stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            yield folder, path, ""
        elif depth >= DEEPEST:
            yield folder, path, f"{path!r} lies too deep"
        else:
            inside = os.open(name, FOLDER, dir_fd=folder)
            try:
                if os.fstat(inside).st_uid != owner:
                    yield folder, path, f"{path!r} belongs to somebody else"
                else:
                    yield from _walk(inside, source, f"{path}/", owner, ignored, depth + 1)
            finally:
                os.close(inside)


def _copy(folder: int, name: str, path: str, target: Path, owner: int) -> str:
    """Copy one file; why not, if not."""
    try:
        opened = os.open(name, FILE, dir_fd=folder)
    except OSError:
        return f"{path!r} is a link, or cannot be read"
    with os.fdopen(opened, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            return f"{path!r} is no file"
        # A hard link to somebody else's file stays that person's.
        if found.st_uid != owner:
            return f"{path!r} belongs to somebody else"
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(target, "xb") as copy:
            shutil.copyfileobj(file, copy)
    os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))
    return ""
