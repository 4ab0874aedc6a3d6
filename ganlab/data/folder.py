"""A person's own pictures: every file in a folder that can be opened, and one warning about the rest."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import torch

from ganlab.data.pictures import Pictures
from ganlab.images import PictureError, fit_square, open_picture, to_tensor
from ganlab.runtime import as_integer, as_size, said, tame

# Files that lie in picture folders without being meant as pictures are passed over in silence.
NOT_MEANT = {".txt", ".md", ".json", ".csv", ".xml", ".html", ".ini", ".db", ".py", ".ipynb", ".zip"}
NOT_MEANT |= {".mp4", ".mov", ".avi", ".mkv"}


def folder(path: str | os.PathLike[str], size: int = 64, *, limit: int | None = None) -> Pictures:
    """All pictures in a folder and the folders below it, each cut to its centred square and resized.

    Opened as :func:`ganlab.images.open_picture` says: rotation honoured, CMYK, palette, transparent, 16-bit, grey and
    animated files converted. Files that are no pictures, or damaged, or gigantic, are skipped with **one** warning
    that lists them. Links are followed, and no folder is read twice. Pictures directly in the folder have no label;
    where pictures lie in sub-folders, the name of the first sub-folder is their class (the ImageFolder layout).

    Parameters
    ----------
    path : path
        The folder.
    size : int
        Height and width of the result, at least 8.
    limit : int, optional
        At most so many pictures, the first in sorted order.

    Returns
    -------
    Pictures
        (N, 3, size, size), float32, in [-1, 1], in sorted order of the paths.

    Raises
    ------
    TypeError, ValueError
        If there is no such folder, it is a file, it has no usable picture, ``size`` is below 8 or above 16,384, or
        ``limit`` is below 1.
    """
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        raise TypeError(f"folder: expected the path of a folder of pictures, got {said(path)}")
    root, size = Path(path).expanduser(), as_size("folder: size", size, least=8)
    limit = None if limit is None else as_integer("folder: limit", limit, least=1)
    if not root.exists():
        near = sorted(entry.name for entry in root.parent.iterdir() if entry.is_dir()) if root.parent.is_dir() else []
        there = f"; beside it there are: {', '.join(near[:10])}" if near else ""
        raise ValueError(f"folder: expected a folder of pictures, but there is no {root}{there}")
    if not root.is_dir():
        raise ValueError(f"folder: expected a folder, got the file {root}; give the folder it lies in")
    files = sorted(_files(root))
    images: list[torch.Tensor] = []
    names: list[str] = []
    skipped: list[str] = []
    for file in files:
        if limit is not None and len(images) >= limit:
            break
        relative = file.relative_to(root)
        try:
            images.append(to_tensor(fit_square(open_picture(file), size)))
            names.append(relative.parts[0] if len(relative.parts) > 1 else "")
        except PictureError as error:
            above = relative.parent.as_posix()  # the message begins with the file's name; say where it lies
            skipped.append(tame(str(error) if above == "." else f"{above}/{error}", 300))
    if skipped:
        shown = "; ".join(skipped[:20]) + (f"; and {len(skipped) - 20} more" if len(skipped) > 20 else "")
        warnings.warn(f"folder: skipped {len(skipped)} of {len(files)} files: {shown}", stacklevel=2)
    if not images:
        raise ValueError(f"folder: expected at least one picture in {root}, found none in {len(files)} files")
    classes = tuple(sorted(set(names)))
    labels = {"folder": torch.tensor([classes.index(name) for name in names])} if len(classes) > 1 else {}
    return Pictures(
        images=torch.stack(images),
        labels=labels,
        classes={"folder": classes} if labels else {},
        name=f"folder {root.name}",
        licence="your own pictures: their rights and the people on them are yours to respect",
        source=root.name,
    )


def _files(root: Path) -> Iterator[Path]:
    """What is meant as a picture, in the folder and below it; a link in a circle leads nowhere twice."""
    seen: set[tuple[int, int]] = set()
    for here, folders, names in os.walk(root, followlinks=True):
        place = os.stat(here)
        if (place.st_dev, place.st_ino) in seen:
            folders.clear()
            continue
        seen.add((place.st_dev, place.st_ino))
        # In order, so that it does not depend on the disk by which of two ways a folder is found.
        folders.sort()
        found = (Path(here) / name for name in names)
        yield from (file for file in found if file.is_file() and _is_meant(file.relative_to(root)))


def _is_meant(relative: Path) -> bool:
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in relative.parts)
    return not hidden and relative.suffix.lower() not in NOT_MEANT
