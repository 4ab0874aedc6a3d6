"""Data sets of the course, each as :class:`Pictures`: float32 (N, C, H, W) in [-1, 1].

Without a network there are ``faces`` (painted), ``digits``, ``photos`` and ``folder`` (your own). ``mnist``,
``fashion_mnist``, ``cifar10`` and ``celeba`` are downloaded on first use.
"""

from __future__ import annotations

from typing import Any

import torch

from ganlab.data.faces import faces
from ganlab.data.folder import folder
from ganlab.data.photographs import PHOTOGRAPHS, photograph_path
from ganlab.data.pictures import Pictures
from ganlab.data.remote import celeba, cifar10, fashion_mnist, mnist
from ganlab.images import fit_square, open_picture, to_tensor
from ganlab.runtime import as_size, there_are

__all__ = [
    "Pictures",
    "celeba",
    "cifar10",
    "digits",
    "faces",
    "fashion_mnist",
    "folder",
    "load",
    "mnist",
    "names",
    "photos",
]


def digits() -> Pictures:
    """scikit-learn's 1797 handwritten digits, 8 x 8 grey pixels; offline."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return Pictures(
        images=torch.from_numpy(bunch.images).float()[:, None] / 8 - 1,  # values 0 to 16
        labels={"digit": torch.from_numpy(bunch.target).long()},
        classes={"digit": tuple("0123456789")},
        name="digits",
        licence="CC BY 4.0",
        source="UCI Machine Learning Repository: optical recognition of handwritten digits (1998)",
    )


def photos(name: str | None = None, *, size: int = 256) -> Pictures:
    """Photographs that come inside scikit-image and scikit-learn; offline.

    Parameters
    ----------
    name : str, optional
        One photograph, in its own size. Without it: all the colour ones, cut to centred squares of ``size``.
    size : int
        Height and width when all are asked for.

    Returns
    -------
    Pictures
        (1, C, H, W) or (N, 3, size, size); the licence is the photograph's, or lists them all.

    Raises
    ------
    ValueError
        If there is no such photograph; the message lists those there are.
    """
    if name is None:
        size = as_size("photos: size", size, least=8)
        chosen = [photo for photo in PHOTOGRAPHS.values() if photo.colour]
        return Pictures(
            images=torch.stack([to_tensor(fit_square(open_picture(photograph_path(p.name)), size)) for p in chosen]),
            labels={"photo": torch.arange(len(chosen))},
            classes={"photo": tuple(photo.name for photo in chosen)},
            name="bundled photographs",
            licence="; ".join(f"{photo.name}: {photo.licence}" for photo in chosen),
            source="scikit-image and scikit-learn",
        )
    if name not in PHOTOGRAPHS:
        raise ValueError(f"photos: there is no photograph {name!r}; {there_are(name, list(PHOTOGRAPHS))}")
    photo = PHOTOGRAPHS[name]
    image = to_tensor(open_picture(photograph_path(name)))
    return Pictures(
        images=(image if photo.colour else image[:1])[None],
        name=f"photograph {name}",
        licence=photo.licence,
        source=photo.source,
    )


_LOADERS = {
    "faces": faces,
    "digits": digits,
    "photos": photos,
    "folder": folder,
    "mnist": mnist,
    "fashion_mnist": fashion_mnist,
    "cifar10": cifar10,
    "celeba": celeba,
}


def names() -> list[str]:
    """Names that :func:`load` knows."""
    return list(_LOADERS)


def load(name: str, *args: Any, **settings: Any) -> Pictures:
    """A data set by name, for lessons where changing one word changes the data: ``load("mnist", size=32)``.

    Raises
    ------
    ValueError
        If there is no such data set; the message lists those there are.
    """
    if name not in _LOADERS:
        raise ValueError(f"there is no data set {name!r}; {there_are(name, names())}")
    loader: Any = _LOADERS[name]
    found: Pictures = loader(*args, **settings)
    return found
