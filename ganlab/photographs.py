"""The photographs that come inside the wheels of scikit-image and scikit-learn: no download, no extra file."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

PUBLIC_DOMAIN = "public domain"
CC0 = "CC0 (public domain)"


@dataclass(frozen=True)
class Photograph:
    """What is known about one photograph."""

    name: str
    file: str  # inside the package
    package: str
    licence: str
    source: str
    colour: bool = True


def _skimage(name: str, licence: str, source: str, file: str = "", colour: bool = True) -> Photograph:
    return Photograph(name, f"data/{file or name + '.png'}", "skimage", licence, source, colour)


# Licences and sources as scikit-image's docstrings and scikit-learn's datasets/images/README.txt state them. The
# wheels hold more pictures; those whose licence is stated nowhere (moon, the Middlebury motorcycle) are left out.
PHOTOGRAPHS = {
    photo.name: photo
    for photo in (
        _skimage("astronaut", PUBLIC_DOMAIN, "Eileen Collins, NASA Great Images database"),
        _skimage("chelsea", CC0, "Stefan van der Walt: the cat Chelsea"),
        _skimage("coffee", CC0, "Rachel Michetti: a cup of coffee"),
        _skimage("rocket", PUBLIC_DOMAIN, "SpaceX: launch of DSCOVR", "rocket.jpg"),
        _skimage("hubble", PUBLIC_DOMAIN, "NASA and ESA: Hubble eXtreme Deep Field", "hubble_deep_field.jpg"),
        _skimage("retina", CC0, "Mikael Häggström, WikiJournal of Medicine 1(2), 2014: a human retina", "retina.jpg"),
        _skimage("camera", CC0, "Lav Varshney: the cameraman", colour=False),
        _skimage("brick", CC0, "CC0Textures: brick wall", colour=False),
        _skimage("grass", CC0, "linolafett: grass", colour=False),
        _skimage("gravel", CC0, "CC0Textures: gravel", colour=False),
        Photograph("china", "datasets/images/china.jpg", "sklearn", "CC BY 2.0", "danielbuechele: a pavilion"),
        Photograph("flower", "datasets/images/flower.jpg", "sklearn", "CC BY 2.0", "vultilion: a dahlia"),
    )
}


def photograph_path(name: str) -> Path:
    """Where the file of a photograph in ``PHOTOGRAPHS`` lies."""
    photo = PHOTOGRAPHS[name]
    spec = importlib.util.find_spec(photo.package)
    assert spec is not None  # a core dependency
    assert spec.origin is not None
    return Path(spec.origin).parent / photo.file
