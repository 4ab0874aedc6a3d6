"""Paint a hole into a picture and watch a network fill it."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import traitlets
from PIL import Image
from torch import Tensor

from ganlab.images import fit_square, to_tensor
from ganlab.inpainting.inpaint import fill_tensor, to_mask
from ganlab.inpainting.masks import brush_masks
from ganlab.inpainting.widget.pictures import samples, three_columns
from ganlab.pretrained import load_pretrained
from ganlab.widgets.kit.page import joined
from ganlab.widgets.kit.samples import png_url
from ganlab.widgets.kit.session import Action, Session, Wish
from ganlab.widgets.kit.upload import Upload
from ganlab.widgets.kit.values import mask_to_text, sample_number, text_to_mask

HERE = Path(__file__).parent
State = tuple[Tensor, Tensor, Tensor]  # picture, mask, result


class InpaintStudio(Session):
    """A picture to paint holes into with a brush, and beside it the same picture with the holes filled.

    The page sends the *whole* mask and the kernel sends it back, so the two cannot drift apart.

    Parameters
    ----------
    network : ContextEncoder, optional
        ``network(pictures, masks)`` for colour pictures of ``network.config.size``, used in eval mode; the shipped
        ``context-encoder-faces64`` if not given.
    pictures : Tensor, optional
        Samples to choose from, (N, 3, S, S) in [-1, 1]. Without them eight painted faces that no training has seen,
        or the bundled photographs for a network of more than 64 pixels.
    resolution : int, optional
        Side of the edited picture in pixels, 16 to 1024; that of ``pictures``, or else of the network. It may be
        larger than the network's: see :mod:`ganlab.inpainting.inpaint`.
    scale : float, optional
        CSS pixels on the page for a pixel of the picture; about 320 for its side if not given.

    Attributes
    ----------
    picture : Tensor
        The picture, (3, S, S) in [-1, 1].
    mask : Tensor
        bool (S, S), True where a pixel is missing.
    result : Tensor
        The filled picture, (3, S, S); where the mask is False it is ``picture`` bit for bit.
    latencies_ms : list of float
        Kernel time of every answer: network, encoding and all.

    Raises
    ------
    ValueError
        If the network, the pictures or the resolution do not fit each other.
    """

    _esm = joined("kit.js", "files.js", "drawing.js", "strokes.js", HERE / "brush.js", HERE / "page.js")
    _css = joined("kit.css", HERE / "page.css")
    settings = traitlets.Unicode("{}").tag(sync=True)  # what stays: resolution, scale, thumbnails, limits
    original = traitlets.Unicode("").tag(sync=True)  # data URL; changes seldom, so it is not in every answer

    HISTORY = 50  # states that can be taken back

    def __init__(
        self,
        network: Any = None,
        *,
        pictures: Tensor | None = None,
        resolution: int | None = None,
        scale: float | None = None,
    ) -> None:
        network = load_pretrained("context-encoder-faces64") if network is None else network
        config: Any = getattr(network, "config", None)
        if getattr(config, "channels", None) != 3 or not hasattr(config, "size"):
            raise ValueError("InpaintStudio: expected a network with config.size and config.channels == 3")
        if resolution is None:
            resolution = config.size if pictures is None else int(pictures.shape[-1])
        if not 16 <= resolution <= 1024:
            raise ValueError(f"InpaintStudio: expected a resolution from 16 to 1024 pixels, got {resolution}")
        if scale is None:  # whole pixels stay square; from 160 on nobody sees them
            scale = max(1, round(320 / resolution)) if resolution < 160 else max(1.0, 320 / resolution)
        self.network = network
        self._samples = samples(pictures, network_size=config.size, resolution=resolution)
        self.resolution = resolution
        self._past: deque[State] = deque(maxlen=self.HISTORY)
        self._future: deque[State] = deque(maxlen=self.HISTORY)
        self._stroke: object = None  # the stroke that is being painted: its many masks are one step of the history
        self._upload = Upload()
        self._shown: Tensor | None = None  # the picture that the page has
        self.picture = self._samples[0].picture
        self.mask = torch.zeros(resolution, resolution, dtype=torch.bool)
        self.result = self.picture
        thumbnails = [sample.thumbnail(min(64, resolution), "PNG") for sample in self._samples]
        settings = {
            "resolution": resolution,
            "scale": scale,
            "samples": thumbnails,
            "max_bytes": self._upload.max_bytes,
        }
        super().__init__(settings=json.dumps(settings))
        self._show()

    # --- what a person can do: each by name, so that tests and programs can do it too -------------------------------

    def choose(self, index: int) -> None:
        """Take sample ``index`` as the picture, without a hole."""
        sample = self._samples[sample_number(index, len(self._samples), "sample")]
        self._change(sample.picture, torch.zeros_like(self.mask))

    def upload(self, file: bytes) -> None:
        """Take a picture from the bytes of a file: its largest centred square, resized; without a hole.

        Raises
        ------
        PictureError
            If it is none, damaged or too large; nothing has changed then.
        """
        self._take(self._upload.open(file))

    def _take(self, picture: Image.Image) -> None:
        self._change(to_tensor(fit_square(picture, self.resolution)), torch.zeros_like(self.mask))

    def paint(self, mask: Any, *, stroke: object = None) -> None:
        """Make the hole ``mask``, (S, S), nonzero where a pixel is missing; all of it, not only what is new.

        :func:`ganlab.inpainting.inpaint.to_mask` says what is taken. Masks of one ``stroke`` are one step of the
        history.
        """
        hole = torch.from_numpy(to_mask(mask, (self.resolution, self.resolution)))
        self._change(self.picture, hole, stroke)

    def clear(self) -> None:
        """No hole any more."""
        self._change(self.picture, torch.zeros_like(self.mask))

    def undo(self) -> None:
        """Back to the state before the last change; nothing happens when there is none."""
        self._travel(self._past, self._future)

    def redo(self) -> None:
        """Forward again."""
        self._travel(self._future, self._past)

    @property
    def missing(self) -> float:
        """How much of the picture is missing, 0 to 1."""
        return float(self.mask.float().mean())

    # --- history ----------------------------------------------------------------------------------------------------

    def _change(self, picture: Tensor, mask: Tensor, stroke: object = None) -> None:
        """The one way to a new state. The result comes first: if it fails, nothing has changed."""
        if not (torch.equal(picture, self.picture) and torch.equal(mask, self.mask)):
            result = fill_tensor(self.network, picture, mask)
            if not bool(result.isfinite().all()):
                raise FloatingPointError("InpaintStudio: the network fills with NaN or infinity")
            if stroke is None or stroke != self._stroke:
                self._past.append((self.picture, self.mask, self.result))
                self._future.clear()
            self.picture, self.mask, self.result, self._stroke = picture, mask, result, stroke
        self._show()

    def _travel(self, source: deque[State], target: deque[State]) -> None:
        self._stroke = None
        if source:
            target.append((self.picture, self.mask, self.result))
            self.picture, self.mask, self.result = source.pop()
        self._show()

    # --- page -------------------------------------------------------------------------------------------------------

    def _actions(self) -> Mapping[str, Action]:
        return {
            "mask": lambda wish: self.paint(self._mask_of(wish), stroke=wish.get("gesture")),
            "choose": lambda wish: self.choose(wish.get("index", -1)),
            "upload": lambda wish: self._receive(wish, self._upload, self._take),
            "undo": lambda _: self.undo(),
            "redo": lambda _: self.redo(),
            "clear": lambda _: self.clear(),
        }

    def _mask_of(self, wish: Wish) -> Tensor:
        return text_to_mask(wish.get("bits"), self.resolution)

    def _content(self) -> dict[str, Any]:
        if self._shown is not self.picture:
            self.original = png_url(self.picture)
            self._shown = self.picture
        chosen = (number for number, sample in enumerate(self._samples) if sample.picture is self.picture)
        return {
            "image": png_url(self.result),
            "mask": mask_to_text(self.mask),
            "missing": self.missing,
            "chosen": next(chosen, None),
            "undo": len(self._past),
            "redo": len(self._future),
        }

    # --- without a kernel -------------------------------------------------------------------------------------------

    @property
    def alt_text(self) -> str:
        """What the widget shows, in one sentence."""
        hole = f"{self.missing:.0%} of the picture is missing" if self.missing else "nothing has been painted yet"
        return (
            "Inpainting studio: a picture to paint holes into with a brush, and beside it the same picture as the "
            f"network fills it; {hole}; each row shows the original, the hole and the filling."
        )

    def static_picture(self) -> Image.Image:
        """Original, hole and filling: of what has been painted, or of three samples with one stroke each."""
        if self.missing:
            return three_columns([(self.picture, self.mask, self.result)])
        masks = brush_masks(3, self.resolution, torch.Generator().manual_seed(4))[:, 0] > 0
        pictures = [sample.picture for sample in self._samples]
        rows = zip(pictures, masks, strict=False)
        return three_columns([(picture, mask, fill_tensor(self.network, picture, mask)) for picture, mask in rows])
