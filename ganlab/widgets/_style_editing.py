"""What a person can do in StyleStudio, and how it is taken back: everything but the page."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab.images import PictureError
from ganlab.widgets import _style_messages as messages
from ganlab.widgets._style_painter import Look, Painter
from ganlab.widgets._style_pictures import Sample, uploaded


class StyleEditing:
    """The half of StyleStudio that works without a page; each thing by its name, for tests and programs too."""

    HISTORY = 50  # looks that can be taken back
    MAX_BYTES = 30_000_000  # of a person's file
    SCALES = (0.5, 1.0, 2.0)

    def _begin(self, painter: Painter, contents: list[Sample], styles: list[Sample], size: int) -> None:
        """The first look: the first content, the first four styles."""
        self.sizes = sorted({size, 256, 512})
        self._painter, self._contents, self._styles = painter, contents, styles
        self._past: deque[Look] = deque(maxlen=self.HISTORY)
        self._future: deque[Look] = deque(maxlen=self.HISTORY)
        self._gesture: object = None  # what is going on: the many looks of one drag are one step of the history
        corners = tuple(styles[k % len(styles)] for k in range(len(messages.CORNERS)))
        self.look = Look(contents[0], corners, size, self._bare(contents[0], size))
        self.result = painter.paint(self.look)

    def _show(self) -> None:
        """Tell the page."""
        raise NotImplementedError

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
            "alpha": None if alpha is None else messages.share(alpha, "a strength"),
            "pad": None if pad is None else messages.pad_point(pad),
            "style_scale": None if style_scale is None else messages.choice(style_scale, self.SCALES, "style scale"),
            "keep_colours": None if keep_colours is None else messages.choice(keep_colours, (False, True), "choice"),
        }
        changes = {name: value for name, value in changes.items() if value is not None}
        self._change(replace(self.look, **changes), gesture)

    def paint(self, regions: Any, *, gesture: object = None) -> None:
        """Paint regions, (H, W) of 0 (the pad's mixture) to 4 (corner D): all of them, not only what is new."""
        self._change(replace(self.look, regions=messages.to_regions(regions, *self.regions.shape)), gesture)

    def clear(self) -> None:
        """No regions any more."""
        self._change(replace(self.look, regions=torch.zeros_like(self.regions)))

    def choose_content(self, index: int) -> None:
        """Take sample ``index`` as the content, without regions."""
        self._take_content(self._contents[messages.sample_number(index, len(self._contents), "picture")])

    def choose_style(self, corner: str, index: int) -> None:
        """Put style ``index`` into a corner, "A" to "D"."""
        self._take_style(corner, self._styles[messages.sample_number(index, len(self._styles), "style")])

    def upload_content(self, file: bytes) -> None:
        """Take the content from the bytes of a file, in its own proportions, without regions.

        Raises
        ------
        PictureError
            If it is none, damaged or too large; nothing has changed then.
        """
        self._take_content(uploaded(self._weighed(file)))

    def upload_style(self, corner: str, file: bytes) -> None:
        """Put a style from the bytes of a file into a corner; raises as :meth:`upload_content` does."""
        messages.corner_number(corner)
        self._take_style(corner, uploaded(self._weighed(file), style=True))

    def resize(self, size: int) -> None:
        """Let the content's longer side have at most ``size`` pixels, one of ``sizes``; the regions go along."""
        size = messages.choice(size, tuple(self.sizes), "size")
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

    def _weighed(self, file: bytes) -> bytes:
        if len(file) > self.MAX_BYTES:
            raise PictureError(f"expected a file of at most {self.MAX_BYTES / 1e6:.0f} MB, got {len(file) / 1e6:.1f}")
        return bytes(file)

    def _bare(self, content: Sample, size: int) -> Tensor:
        """No regions, of the shape that a content has."""
        return torch.zeros(self._painter.content(content, size).picture.shape[2:], dtype=torch.uint8)

    def _take_content(self, content: Sample) -> None:
        self._change(replace(self.look, content=content, regions=self._bare(content, self.look.size)))

    def _take_style(self, corner: str, style: Sample) -> None:
        styles = list(self.look.styles)
        styles[messages.corner_number(corner)] = style
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
