"""Paint a picture in four styles at once: a pad to mix them, a brush to say where each of them holds."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
import traitlets
from PIL import Image
from torch import Tensor

from ganlab.style.transfer import StyleTransfer, load_style_transfer
from ganlab.style.widget.corners import CORNERS, corner_number, to_regions
from ganlab.style.widget.painter import Look, Painter
from ganlab.style.widget.pictures import content_samples, own_sample, painted_styles, still, style_samples
from ganlab.widgets.kit.page import joined
from ganlab.widgets.kit.samples import Sample, png_url, which
from ganlab.widgets.kit.session import Action, Session, Wish
from ganlab.widgets.kit.upload import Upload
from ganlab.widgets.kit.values import choice, pad_point, regions_to_runs, runs_to_regions, sample_number, share

HERE = Path(__file__).parent


class StyleStudio(Session):
    """A picture, a pad with a style in each corner, and the picture painted in the mixture under the pad's point.

    Contents and styles are encoded once and remembered, so moving the dial or the point costs one pass through the
    decoder. Where the processor is good at it, bfloat16 is used: the picture then differs from the network's own by a
    grey level or two.

    Parameters
    ----------
    network : StyleTransfer, optional
        Used in eval mode; the shipped ``adain-small`` if not given.
    contents : Tensor, optional
        Pictures to choose from, (N, 3, H, W) in [-1, 1]; the bundled photographs if not given.
    styles : mapping of str to Tensor, optional
        Name -> (3, H, W) in [-1, 1]; fourteen of :mod:`ganlab.data.paintings` if not given. The first four are in the
        corners at the start (over and over if there are fewer).
    size : int, optional
        The edited picture's longer side has at most so many pixels, 16 to 512; on the page 256 and 512 can be chosen.

    Attributes
    ----------
    picture : Tensor
        The content, (3, H, W) in [-1, 1].
    regions : Tensor
        uint8 (H, W): 1 to 4 where corner A to D is painted, 0 where the pad's mixture holds.
    result : Tensor
        The painted picture, (3, H, W) in [-1, 1].
    look : Look
        Everything that the result depends on.
    latencies_ms : list of float
        Kernel time of every answer: network, encoding and all.

    Raises
    ------
    ValueError
        If the network is no StyleTransfer for colour pictures, or contents, styles or size are not as above.
    """

    _esm = joined(
        "kit.js", "files.js", "drawing.js", "strokes.js", HERE / "pad.js", HERE / "canvas.js", HERE / "page.js"
    )
    _css = joined("kit.css", HERE / "page.css")
    settings = traitlets.Unicode("{}").tag(sync=True)  # what stays: thumbnails, sizes, limits
    original = traitlets.Unicode("").tag(sync=True)  # data URL; changes seldom, so it is not in every answer
    corners = traitlets.Unicode("[]").tag(sync=True)  # so do these: name, number and thumbnail of the four styles

    HISTORY = 50  # looks that can be taken back
    SCALES = (0.5, 1.0, 2.0)
    painted_styles = staticmethod(painted_styles)  # those that it begins with, painted when they are first asked for

    def __init__(
        self,
        network: StyleTransfer | None = None,
        *,
        contents: Tensor | None = None,
        styles: Mapping[str, Tensor] | None = None,
        size: int = 256,
    ) -> None:
        network = load_style_transfer() if network is None else network
        if not isinstance(network, StyleTransfer) or network.decoder.config.channels != 3:
            raise ValueError("StyleStudio: expected a StyleTransfer for pictures with 3 channels")
        if type(size) is not int or not 16 <= size <= 512:
            raise ValueError(f"StyleStudio: expected a size from 16 to 512 pixels, got {size}")
        self.network = network
        self._uploads = {target: Upload() for target in ("", *CORNERS)}
        self._sent: tuple[object, ...] = ()  # content and styles that the page has
        self.sizes = sorted({size, 256, 512})
        self._painter = Painter(network)
        self._contents, self._styles = content_samples(contents, size=size), style_samples(styles)
        self._past: deque[Look] = deque(maxlen=self.HISTORY)
        self._future: deque[Look] = deque(maxlen=self.HISTORY)
        self._gesture: object = None  # what is going on: the many looks of one drag are one step of the history
        corners = tuple(self._styles[k % len(self._styles)] for k in range(len(CORNERS)))
        self.look = Look(self._contents[0], corners, size, self._bare(self._contents[0], size))
        self.result = self._painter.paint(self.look)
        settings = {
            "contents": [{"name": sample.name, "url": sample.thumbnail(96)} for sample in self._contents],
            "styles": [{"name": sample.name, "url": sample.thumbnail(96)} for sample in self._styles],
            "sizes": self.sizes,
            "scales": self.SCALES,
            "max_bytes": self._uploads[""].max_bytes,
        }
        super().__init__(settings=json.dumps(settings))
        self._show()

    # --- what a person can do: each by name, so that tests and programs can do it too -------------------------------

    @property
    def picture(self) -> Tensor:
        """The content, (3, H, W) in [-1, 1]."""
        return self._painter.content(self.look.content, self.look.size).picture[0].cpu()

    @property
    def regions(self) -> Tensor:
        """Where which corner is painted, uint8 (H, W): 0 nowhere, 1 to 4 for A to D."""
        return self.look.regions

    def adjust(
        self,
        *,
        alpha: float | None = None,
        pad: tuple[float, float] | None = None,
        style_scale: float | None = None,
        keep_colours: bool | None = None,
        gesture: object = None,
    ) -> None:
        """Turn the dials that are given: strength, the pad's point (x, y), 0 to 1 both; one of ``SCALES``; colours.

        Adjustments of one ``gesture`` are one step of the history.
        """
        changes: dict[str, Any] = {
            "alpha": None if alpha is None else share(alpha, "a strength"),
            "pad": None if pad is None else pad_point(pad),
            "style_scale": None if style_scale is None else choice(style_scale, self.SCALES, "style scale"),
            "keep_colours": None if keep_colours is None else choice(keep_colours, (False, True), "choice"),
        }
        changes = {name: value for name, value in changes.items() if value is not None}
        self._change(replace(self.look, **changes), gesture)

    def paint(self, regions: Any, *, gesture: object = None) -> None:
        """Paint regions, (H, W) of 0 (the pad's mixture) to 4 (corner D): all of them, not only what is new."""
        self._change(replace(self.look, regions=to_regions(regions, *self.regions.shape)), gesture)

    def clear(self) -> None:
        """No regions any more."""
        self._change(replace(self.look, regions=torch.zeros_like(self.regions)))

    def choose_content(self, index: int) -> None:
        """Take sample ``index`` as the content, without regions."""
        self._take_content(self._contents[sample_number(index, len(self._contents), "picture")])

    def choose_style(self, corner: str, index: int) -> None:
        """Put style ``index`` into a corner, "A" to "D"."""
        self._take_style(corner, self._styles[sample_number(index, len(self._styles), "style")])

    def upload_content(self, file: bytes) -> None:
        """Take the content from the bytes of a file, in its own proportions, without regions.

        Raises
        ------
        PictureError
            If it is none, damaged or too large; nothing has changed then.
        """
        self._take_content(own_sample(self._uploads[""].open(file)))

    def upload_style(self, corner: str, file: bytes) -> None:
        """Put a style from the bytes of a file into a corner; raises as :meth:`upload_content` does."""
        corner_number(corner)
        self._take_style(corner, own_sample(self._uploads[corner].open(file), style=True))

    def resize(self, size: int) -> None:
        """Let the content's longer side have at most ``size`` pixels, one of ``sizes``; the regions go along."""
        size = choice(size, tuple(self.sizes), "size")
        shape = self._bare(self.look.content, size).shape
        regions = F.interpolate(self.regions[None, None], tuple(shape), mode="nearest-exact")[0, 0]
        self._change(replace(self.look, size=size, regions=regions))

    def undo(self) -> None:
        """Back to the look before the last change; nothing happens when there is none."""
        self._travel(self._past, self._future)

    def redo(self) -> None:
        """Forward again."""
        self._travel(self._future, self._past)

    # --- changes ----------------------------------------------------------------------------------------------------

    def _bare(self, content: Sample[Tensor], size: int) -> Tensor:
        """No regions, of the shape that a content has."""
        return torch.zeros(self._painter.content(content, size).picture.shape[2:], dtype=torch.uint8)

    def _take_content(self, content: Sample[Tensor]) -> None:
        self._change(replace(self.look, content=content, regions=self._bare(content, self.look.size)))

    def _take_style(self, corner: str, style: Sample[Tensor]) -> None:
        styles = list(self.look.styles)
        styles[corner_number(corner)] = style
        self._change(replace(self.look, styles=tuple(styles)))

    def _change(self, look: Look, gesture: object = None) -> None:
        """The one way to a new look. The result comes first: if it fails, nothing has changed."""
        if not look.same(self.look):
            result = self._painter.paint(look)
            if gesture is None or gesture != self._gesture:
                self._past.append(self.look)
                self._future.clear()
            self.look, self.result, self._gesture = look, result, gesture
        self._show()

    def _travel(self, source: deque[Look], target: deque[Look]) -> None:
        self._gesture = None
        if source:
            result = self._painter.paint(source[-1])
            target.append(self.look)
            self.look, self.result = source.pop(), result
        self._show()

    # --- page -------------------------------------------------------------------------------------------------------

    def _actions(self) -> Mapping[str, Action]:
        dials = ("alpha", "pad", "style_scale", "keep_colours", "gesture")
        return {
            "adjust": lambda wish: self.adjust(**{name: wish.get(name) for name in dials}),
            "paint": lambda wish: self.paint(self._regions_of(wish), gesture=wish.get("gesture")),
            "content": lambda wish: self.choose_content(wish.get("index", -1)),
            "style": lambda wish: self.choose_style(wish.get("corner", ""), wish.get("index", -1)),
            "size": lambda wish: self.resize(wish.get("size", -1)),
            "upload": self._take_piece,
            "undo": lambda _: self.undo(),
            "redo": lambda _: self.redo(),
            "clear": lambda _: self.clear(),
        }

    def _regions_of(self, wish: Wish) -> Tensor:
        height, width = self.regions.shape
        return runs_to_regions(wish.get("runs"), height, width, len(CORNERS))

    def _take_piece(self, wish: Wish) -> None:
        """Take a piece of a file: for a corner, or for the content where there is none."""
        corner = wish.get("corner", "")
        if corner == "":
            self._receive(wish, self._uploads[""], lambda picture: self._take_content(own_sample(picture)))
            return
        letter = CORNERS[corner_number(corner)]
        self._receive(
            wish, self._uploads[letter], lambda picture: self._take_style(letter, own_sample(picture, style=True))
        )

    def _content(self) -> dict[str, Any]:
        look, shape = self.look, self.regions.shape
        if self._sent[:2] != (look.content, shape):
            self.original = png_url(self.picture)
        if self._sent[2:] != (look.styles,):
            styles = [{"name": s.name, "index": which(self._styles, s), "url": s.thumbnail(192)} for s in look.styles]
            self.corners = json.dumps(styles)
        self._sent = (look.content, shape, look.styles)
        return {
            "image": png_url(self.result),
            "runs": regions_to_runs(self.regions),
            "height": shape[0],
            "width": shape[1],
            "alpha": look.alpha,
            "pad": look.pad,
            "style_scale": look.style_scale,
            "keep_colours": look.keep_colours,
            "size": look.size,
            "content": which(self._contents, look.content),
            "undo": len(self._past),
            "redo": len(self._future),
            "alt": look.sentence(),
            "ms": None if (ms := self._ms) is None else round(ms),
        }

    # --- without a kernel -------------------------------------------------------------------------------------------

    @property
    def alt_text(self) -> str:
        """What the widget shows, in one sentence."""
        return (
            "Style studio: a picture, a pad with a style in each of its four corners, and the painted picture, "
            f"which is {self.look.sentence()}."
        )

    def static_picture(self) -> Image.Image:
        """The content, the four styles and the result, side by side."""
        return still(self.picture, self.look.styles, self.result)
