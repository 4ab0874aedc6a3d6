"""MNIST, Fashion-MNIST, CIFAR-10 and CelebA, through torchvision, as :class:`Pictures`."""

from __future__ import annotations

import gzip
import os
import shutil
import struct
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab.data.pictures import Pictures
from ganlab.images import PictureError, fit_square, open_picture, to_tensor
from ganlab.runtime import as_size, tame


def datasets_folder() -> Path:
    """Where downloads live: ``GANLAB_DATASETS``, else ``datasets/`` of the checkout, else the user's cache."""
    if os.environ.get("GANLAB_DATASETS"):
        return Path(os.environ["GANLAB_DATASETS"]).expanduser()
    checkout = Path(__file__).resolve().parents[2]
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
    missing = [remote for remote in remotes if not is_whole(remote)]
    for at, remote in enumerate(missing):
        _fetch_one(remote, dataset, instead, also=missing[at + 1 :])


def _fetch_one(remote: Remote, dataset: str, instead: str, also: Sequence[Remote] = ()) -> None:
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
                    # All of it: what a host says of its limits stands in the second line.
                    reasons.append(f"{type(error).__name__}: {tame(' '.join(str(error).split()), 600)}")
    except OSError as error:
        reasons.append(f"{folder} cannot be written to ({error.strerror})")
    damaged = "is damaged or incomplete" if remote.path.exists() else "is not on this machine"
    others = f"; missing, too: {', '.join(other.path.name for other in also)}" if also else ""
    why = "; ".join(reasons)
    raise DownloadError(
        f"{dataset}: the file {remote.path.name} {damaged} and could not be downloaded ({why}){others}; "
        f"put {'them' if also else 'it'} into {folder} by hand, or use {instead}, which needs no network"
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


def _split(train: bool) -> str:
    return "train" if train else "test"


def _resize(images: Tensor, size: int | None) -> Tensor:
    if size is None or images.shape[-1] == as_size("size", size, least=8):
        return images
    return F.interpolate(images, (size, size), mode="bilinear", antialias=True, align_corners=False).clamp(-1, 1)


def mnist(*, train: bool = True, size: int | None = None, root: str | os.PathLike[str] | None = None) -> Pictures:
    """MNIST: 60,000 handwritten digits (10,000 for ``train=False``), 28 x 28 grey pixels, or resized to ``size``.

    Parameters
    ----------
    train : bool
        The training or the test pictures.
    size : int, optional
        Height and width, by antialiased bilinear resizing; 28 if not given.
    root : path, optional
        Where the files are or shall go; :func:`ganlab.data.remote.datasets_folder` if not given.

    Raises
    ------
    ganlab.data.remote.DownloadError
        If it is not on this machine and cannot be downloaded.

    References
    ----------
    LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", 1998.
    """
    return _mnist_like("MNIST", "mnist", "digit", tuple("0123456789"), "CC BY-SA 3.0", train, size, root)


def fashion_mnist(
    *, train: bool = True, size: int | None = None, root: str | os.PathLike[str] | None = None
) -> Pictures:
    """Fashion-MNIST: pictures of clothes with the sizes and the parameters of :func:`mnist`.

    References
    ----------
    Xiao, Rasul and Vollgraf, 2017. https://arxiv.org/abs/1708.07747
    """
    clothes = ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
    return _mnist_like("FashionMNIST", "fashion_mnist", "article", clothes, "MIT", train, size, root)


def _mnist_like(
    kind: str, name: str, label: str, classes: tuple[str, ...], licence: str, train: bool, size: int | None, root: Any
) -> Pictures:
    from torchvision import datasets

    source = getattr(datasets, kind)
    base = Path(root) if root is not None else datasets_folder()
    raw = base / kind / "raw"
    prefix = "train" if train else "t10k"
    wanted = [
        Remote(tuple(mirror + file for mirror in source.mirrors), raw / file, md5)
        for file, md5 in source.resources
        if file.startswith(prefix)
    ]
    # What was put there unpacked need not be fetched.
    there = [remote for remote in wanted if not is_whole(remote) and _idx_is_whole(remote.path.with_suffix(""))]
    fetch([remote for remote in wanted if remote not in there], dataset=name, instead="digits()")
    for remote in wanted:
        _unpack_idx(remote)
    found = load_torchvision(lambda: source(base, train=train), dataset=name, instead="digits()", folder=raw)
    return Pictures(
        images=_resize(found.data[:, None].float() / 127.5 - 1, size),
        labels={label: found.targets.long()},
        classes={label: classes},
        name=f"{name} ({_split(train)})",
        licence=licence,
        source=source.mirrors[0],
    )


def _unpack_idx(remote: Remote) -> None:
    """Make sure of the unpacked IDX file: whole by its own header, or unpacked again from the whole archive."""
    unpacked = remote.path.with_suffix("")
    if not _idx_is_whole(unpacked):
        partial = unpacked.with_name(f".{unpacked.name}.part")
        with gzip.open(remote.path) as packed, open(partial, "wb") as out:
            shutil.copyfileobj(packed, out)
        os.replace(partial, unpacked)


def _idx_is_whole(path: Path) -> bool:
    """Whether an IDX file has as many bytes as its header announces (yann.lecun.com/exdb/mnist)."""
    if not path.is_file():
        return False
    with open(path, "rb") as file:
        head = file.read(4)
        if len(head) < 4 or head[:3] != b"\x00\x00\x08":  # unsigned bytes
            return False
        sizes = file.read(4 * head[3])
    if len(sizes) < 4 * head[3]:
        return False
    expected = 4 + len(sizes)
    values = 1
    for length in struct.unpack(f">{head[3]}I", sizes):
        values *= length
    return path.stat().st_size == expected + values


def cifar10(*, train: bool = True, size: int | None = None, root: str | os.PathLike[str] | None = None) -> Pictures:
    """CIFAR-10: 50,000 colour pictures of ten kinds (10,000 for ``train=False``), 32 x 32 pixels or ``size``.

    Parameters and errors as for :func:`mnist`.

    References
    ----------
    Krizhevsky, "Learning multiple layers of features from tiny images", 2009.
    """
    from torchvision.datasets import CIFAR10

    base = Path(root) if root is not None else datasets_folder()
    folder = base / CIFAR10.base_folder

    def build() -> Any:
        return CIFAR10(base, train=train)

    try:  # torchvision checks the digest of every unpacked file
        found = build()
    except RuntimeError:
        archive = Remote((CIFAR10.url,), base / CIFAR10.filename, CIFAR10.tgz_md5)
        fetch([archive], dataset="cifar10", instead="photos() or faces()")
        from torchvision.datasets.utils import extract_archive

        extract_archive(str(archive.path), str(base))
        found = load_torchvision(build, dataset="cifar10", instead="photos() or faces()", folder=folder)
    return Pictures(
        images=_resize(torch.from_numpy(found.data).permute(0, 3, 1, 2).float() / 127.5 - 1, size),
        labels={"kind": torch.tensor(found.targets)},
        classes={"kind": tuple(found.classes)},
        name=f"cifar10 ({_split(train)})",
        licence="no licence stated by the authors; used for research and teaching",
        source=CIFAR10.url,
    )


def celeba(
    n: int = 20_000, *, size: int = 64, split: str = "train", root: str | os.PathLike[str] | None = None
) -> Pictures:
    """The first ``n`` pictures of CelebA: photographs of celebrities, centred squares of ``size``, 40 attributes.

    For non-commercial research and teaching only, by its licence; the people on it were not asked. Lesson 02 says
    why the course's own faces are painted instead. The download (1.4 GB, from Google Drive) needs the package gdown.

    Raises
    ------
    ValueError
        If ``n`` is below 1 or the split is not ``train``, ``valid``, ``test`` or ``all``.
    ganlab.data.remote.DownloadError
        If it is not on this machine and cannot be downloaded.

    References
    ----------
    Liu, Luo, Wang and Tang, "Deep learning face attributes in the wild", 2015. https://arxiv.org/abs/1411.7766
    """
    from torchvision.datasets import CelebA

    if n < 1 or split not in ("train", "valid", "test", "all"):
        raise ValueError(f"celeba: expected n >= 1 and split train, valid, test or all, got {n} and {split!r}")
    base = Path(root) if root is not None else datasets_folder()
    folder = base / CelebA.base_folder

    def build() -> Any:
        return CelebA(str(base), split=split)

    archive, *lists = sorted(
        (
            Remote((f"https://drive.google.com/file/d/{drive_id}/view",), folder / name, md5)
            for drive_id, md5, name in CelebA.file_list
        ),
        key=lambda remote: remote.path.suffix != ".zip",
    )
    fetch(lists, dataset="celeba", instead="faces()")
    _bring_celeba_pictures(archive, folder)
    found = load_torchvision(build, dataset="celeba", instead="faces()", folder=folder)
    count = min(n, len(found))
    images = torch.empty(count, 3, size, size)
    for index, file in enumerate(found.filename[:count]):
        try:
            images[index] = to_tensor(fit_square(open_picture(folder / archive.path.stem / file), size))
        except PictureError as error:
            raise DownloadError(
                f"celeba: {error}; delete {folder / archive.path.stem} and call again, or use faces(), which needs "
                "no network"
            ) from error
    return Pictures(
        images=images,
        labels={name: found.attr[:count, column].long() for column, name in enumerate(found.attr_names) if name},
        classes={name: ("no", "yes") for name in found.attr_names if name},
        name=f"celeba ({split})",
        licence="non-commercial research purposes only, by its authors' agreement",
        source="mmlab.ie.cuhk.edu.hk/projects/CelebA.html",
    )


def _bring_celeba_pictures(archive: Remote, folder: Path) -> None:
    """Make sure of the unpacked pictures: as many as the list of partitions names, or unpacked again, then renamed.

    torchvision would take any folder of that name for the whole, also what an interrupted unpacking left.
    """
    unpacked = folder / archive.path.stem
    with open(folder / "list_eval_partition.txt", encoding="utf-8") as lines:
        expected = sum(1 for line in lines if line.strip())
    if unpacked.is_dir() and sum(1 for _ in os.scandir(unpacked)) >= expected:
        return
    fetch([archive], dataset="celeba", instead="faces()")
    try:
        with tempfile.TemporaryDirectory(prefix=".unpack-", dir=folder) as temporary:
            shutil.unpack_archive(archive.path, temporary)
            if unpacked.exists():
                shutil.rmtree(unpacked)
            os.replace(Path(temporary) / archive.path.stem, unpacked)
    except OSError as error:
        raise DownloadError(
            f"celeba: {archive.path.name} cannot be unpacked into {folder} ({error.strerror or error}); make room "
            "there, or use faces(), which needs no network"
        ) from error
