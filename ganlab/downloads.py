"""Data sets that torchvision downloads, fetched whole or not at all, and refused in one sentence when offline.

torchvision knows the addresses and the digests. What is added here: a file counts only when its digest is right (a
half download is fetched again), and a failure says which file to put where by hand and what to use instead.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


def datasets_folder() -> Path:
    """Where downloads live: ``GANLAB_DATASETS``, else ``datasets/`` of the checkout, else the user's cache."""
    if os.environ.get("GANLAB_DATASETS"):
        return Path(os.environ["GANLAB_DATASETS"]).expanduser()
    checkout = Path(__file__).resolve().parent.parent
    if (checkout / "datasets" / "README.md").is_file() and os.access(checkout / "datasets", os.W_OK):
        return checkout / "datasets"
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "ganlab" / "datasets"


class DownloadError(RuntimeError):
    """A data set is not on this machine and could not be fetched; the message says what to do."""


@dataclass(frozen=True)
class Remote:
    """One file of a data set: where it comes from, where it goes, and its digest."""

    urls: tuple[str, ...]
    path: Path
    md5: str


def is_whole(remote: Remote) -> bool:
    """Whether the file is there with the right digest."""
    from torchvision.datasets.utils import check_integrity

    return bool(check_integrity(str(remote.path), remote.md5))


def fetch(remotes: Sequence[Remote], *, dataset: str, instead: str) -> None:
    """Bring every file that is missing or not whole.

    Each is downloaded under a temporary name, checked, and only then given its own: whoever sees the file sees
    all of it.

    Parameters
    ----------
    remotes : sequence of Remote
        What is needed.
    dataset, instead : str
        The data set's name and the offline one to recommend, for the message.

    Raises
    ------
    DownloadError
        If a file can not be had.
    """
    for remote in remotes:
        if not is_whole(remote):
            _fetch_one(remote, dataset, instead)


def _fetch_one(remote: Remote, dataset: str, instead: str) -> None:
    from torchvision.datasets.utils import download_url

    folder, reasons = remote.path.parent, []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".download-", dir=folder) as temporary:
            for url in remote.urls:
                try:
                    download_url(url, temporary, remote.path.name, remote.md5)
                    os.replace(Path(temporary) / remote.path.name, remote.path)
                    return
                # urllib, http and torchvision raise many kinds (OSError, RuntimeError, ValueError, HTTPException)
                except Exception as error:
                    reasons.append(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
    except OSError as error:
        reasons.append(f"{folder} cannot be written to ({error.strerror})")
    damaged = "is damaged or incomplete" if remote.path.exists() else "is not on this machine"
    raise DownloadError(
        f"{dataset}: the file {remote.path.name} {damaged} and could not be downloaded ({reasons[-1]}); put it into "
        f"{folder} by hand, or use {instead}, which needs no network"
    )


def load_torchvision(build: Callable[[], Any], *, dataset: str, instead: str, folder: Path) -> Any:
    """Build a torchvision data set from files that are whole; a failure to read them is one sentence.

    Raises
    ------
    DownloadError
        If torchvision cannot read the files after all.
    """
    try:
        return build()
    except Exception as error:  # whatever a decoder stumbles over
        raise DownloadError(
            f"{dataset}: the files in {folder} cannot be read ({type(error).__name__}); delete that folder and try "
            f"again, or use {instead}, which needs no network"
        ) from error
