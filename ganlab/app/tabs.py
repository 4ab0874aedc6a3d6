"""What is in the Studio's tabs: the texts, how each studio is made, how a picture goes in and comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn

from ganlab import data, widgets
from ganlab.features.faces import predict_attributes
from ganlab.images import to_pil
from ganlab.latent import attribute_direction, principal_directions
from ganlab.pretrained import load_pretrained
from ganlab.style.transfer import load_style_transfer
from ganlab.widgets.kit.samples import png
from ganlab.widgets.kit.values import quoted

PHOTO_SIDE = 256  # pixels of a photograph in Restore
LEAST_TO_STYLE = 256  # a smaller picture is enlarged first: a brush mark needs room
MOST_TO_ENLARGE = 1_000_000  # pixels of a picture as a whole: many people may share one computer
# Slider -> attribute of the faces and the class that the slider adds.
SLIDERS = {"glasses": ("glasses", 1), "smile": ("smile", 1), "beard": ("beard", 1), "hat": ("hat", 1)}


@dataclass(frozen=True)
class Pane:
    """One studio of the application; a tab has one or more of them.

    Attributes
    ----------
    make : callable
        ``make(seed)`` gives the widget.
    give : callable
        The widget's present result as a PIL picture.
    take : callable or None
        Puts a PIL picture, RGB, into the widget; None where none can be taken.
    """

    label: str
    make: Callable[[int], Any]
    give: Callable[[Any], Image.Image]
    take: Callable[[Any, Image.Image], None] | None


@dataclass(frozen=True)
class Tab:
    """A tab: what it is called, what it does, what it cannot do, and where its result can go."""

    title: str
    send: str  # on the buttons of the other tabs
    does: str
    cannot: str
    panes: tuple[str, ...]
    goes_to: tuple[str, ...]


TABS = {
    "generate": Tab(
        "Generate",
        "",
        "A network that has learned from painted faces invents new ones. Draw one at random, move a slider, "
        "save the faces you like, and walk from one to another.",
        "It knows the small painted faces of the course and nothing else. Nobody looks like this: a face from here "
        "is nobody's portrait. Sliders are entangled: a hat may bring a beard along.",
        ("generate",),
        ("restore", "style", "enlarge"),
    ),
    "restore": Tab(
        "Restore",
        "Restore it",
        "Paint over something. A network fills the hole from what is around it, while you paint.",
        "It guesses: what it fills in is likely, and need not be true. One network knows the course's painted faces; "
        "the other has seen about a hundred photographs, continues edges and textures, and gives nobody a face.",
        ("restore-faces", "restore-photos"),
        ("style", "enlarge"),
    ),
    "style": Tab(
        "Style",
        "Give it a style",
        "Put a style into each corner of the square, and mix them by moving the point. With a brush, each part of "
        "the picture gets the style you choose.",
        "It transfers colours and textures, not what a painter meant. Ask living artists before you publish a "
        "picture in their style, and say how it was made.",
        ("style",),
        ("restore", "enlarge"),
    ),
    "enlarge": Tab(
        "Enlarge",
        "Enlarge it",
        "Drag the frame: what is inside becomes four times as wide and as high, in three ways, to be compared under "
        "a loupe. Send takes the framed part, enlarged.",
        "Detail that the picture did not have is invented. It may look right and be wrong: never use it to recognise "
        "a person, to read a sign, or as evidence.",
        ("enlarge",),
        ("restore", "style"),
    ),
}


@cache
def network(name: str) -> nn.Module:
    """The shipped network ``name``, loaded once for all studios of this process."""
    return load_style_transfer() if name == "adain-small" else load_pretrained(name)


@cache
def directions() -> dict[str, Tensor]:
    """Name -> direction in the face generator's latent space, (latent_dim,): four with a meaning, four without."""
    generator: Any = network("dcgan-faces64")
    z = torch.randn(400, generator.config.latent_dim, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        attributes = predict_attributes(torch.cat([generator(part) for part in z.split(50)]))
    named = {}
    for name, (attribute, kind) in SLIDERS.items():
        has = attributes[attribute] == kind
        if bool(has.any()) and not bool(has.all()):
            named[name] = attribute_direction(z, has)
    return {**named, **{f"principal {k + 1}": v for k, v in enumerate(principal_directions(generator, 4))}}


@cache
def photographs() -> Tensor:
    """Pictures to begin with in Restore, (N, 3, S, S) in [-1, 1]."""
    return data.photos(size=PHOTO_SIDE).images


def preload() -> None:
    """Load and compute what all studios share, for a process that will be copied."""
    for name in (
        "dcgan-faces64", "context-encoder-faces64", "context-encoder-photos128", "adain-small",
        "srresnet-x4", "srgan-x4",
    ):  # fmt: skip
        network(name)
    directions()
    widgets.StyleStudio.painted_styles()
    photographs()


def _upload(widget: Any, picture: Image.Image) -> None:
    """By the way that a person's own file takes, with all its checks."""
    widget.upload(png(picture))


def _upload_to_style(widget: Any, picture: Image.Image) -> None:
    factor = LEAST_TO_STYLE / max(picture.size)
    if factor > 1:
        width, height = (max(1, round(side * factor)) for side in picture.size)
        picture = picture.resize((width, height), Image.Resampling.LANCZOS)
    widget.upload_content(png(picture))


def _explorer(seed: int) -> Any:
    return widgets.LatentExplorer(network("dcgan-faces64"), directions=directions(), size=384, seed=seed)


def _face_restorer(_: int) -> Any:
    return widgets.InpaintStudio(network("context-encoder-faces64"), scale=8)


def _photo_restorer(_: int) -> Any:
    return widgets.InpaintStudio(network("context-encoder-photos128"), pictures=photographs(), scale=2)


def _style(_: int) -> Any:
    return widgets.StyleStudio(network("adain-small"))


def _enlarger(_: int) -> Any:
    studio = widgets.SuperResolutionStudio((network("srresnet-x4"), network("srgan-x4")))
    studio.MAX_WHOLE = MOST_TO_ENLARGE
    return studio


PANES = {
    "generate": Pane("Faces", _explorer, lambda widget: widget.picture(), None),
    "restore-faces": Pane("Painted faces", _face_restorer, lambda widget: to_pil(widget.result), _upload),
    "restore-photos": Pane("Photographs", _photo_restorer, lambda widget: to_pil(widget.result), _upload),
    "style": Pane("Pictures", _style, lambda widget: to_pil(widget.result), _upload_to_style),
    "enlarge": Pane("Pictures", _enlarger, lambda widget: widget.result, _upload),
}


def tab_of(pane: str) -> str:
    """The tab that a pane is in."""
    return next(name for name, tab in TABS.items() if pane in tab.panes)


def receiving_pane(origin: str, tab: str) -> str:
    """Where in ``tab`` a result of the pane ``origin`` goes: a face to the network of the faces.

    Raises
    ------
    ValueError
        If results of that pane do not go to that tab.
    """
    if origin not in PANES or tab not in TABS[tab_of(origin)].goes_to:
        raise ValueError(f"a result of {quoted(origin)} cannot go to {quoted(tab)}")
    if tab == "restore":
        return "restore-faces" if origin == "generate" else "restore-photos"
    return TABS[tab].panes[0]
