"""Paint a hole into a picture and watch a network fill it."""

from __future__ import annotations

import json
import time
from collections import deque
from typing import Any

import anywidget
import torch
import traitlets
from PIL import Image
from torch import Tensor

from ganlab.images import PictureError, data_url, fit_square, open_picture, to_pil, to_tensor
from ganlab.inpainting.inpaint import fill_tensor, to_mask
from ganlab.inpainting.masks import brush_masks
from ganlab.pretrained import load_pretrained
from ganlab.widgets._inpaint_messages import ArrivingFile, mask_to_text, text_to_mask
from ganlab.widgets._inpaint_pictures import samples, three_columns
from ganlab.widgets._scripts import page_script

State = tuple[Tensor, Tensor, Tensor]  # picture, mask, result


class InpaintStudio(anywidget.AnyWidget):
    """A picture to paint holes into with a brush, and beside it the same picture with the holes filled.

    The page asks by ``request`` (JSON with a number), the kernel answers by ``response`` with the same number. The
    page sends the *whole* mask and the kernel sends it back, so the two cannot drift apart; while an answer is on its
    way the page holds back, and then sends only its latest mask. A file travels in pieces, because Jupyter's
    connection carries at most 10 MB in one message.

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

    _esm = page_script("_inpaint_page.js", "inpaint_studio.js")
    settings = traitlets.Unicode("{}").tag(sync=True)  # what stays: resolution, scale, thumbnails, limits
    original = traitlets.Unicode("").tag(sync=True)  # data URL; changes seldom, so it is not in every answer
    request = traitlets.Unicode("").tag(sync=True)
    response = traitlets.Unicode("").tag(sync=True)

    HISTORY = 50  # states that can be taken back
    MAX_BYTES = 30_000_000  # of a person's file

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
        self.network = network.eval()
        self._samples = samples(pictures, network_size=config.size, resolution=resolution)
        self.resolution = resolution
        self.latencies_ms: list[float] = []
        self._past: deque[State] = deque(maxlen=self.HISTORY)
        self._future: deque[State] = deque(maxlen=self.HISTORY)
        self._stroke: object = None  # the stroke that is being painted: its many masks are one step of the history
        self._arriving = ArrivingFile(self.MAX_BYTES)
        self._number = 0  # of the question that is being answered; 0 when nobody asked
        self._shown: Tensor | None = None  # the picture that the page has
        self.picture = self._samples[0]
        self.mask = torch.zeros(resolution, resolution, dtype=torch.bool)
        self.result = self.picture
        side = min(64, resolution)
        thumbnails = [data_url(to_pil(p).resize((side, side), Image.Resampling.LANCZOS)) for p in self._samples]
        settings = {"resolution": resolution, "scale": scale, "samples": thumbnails, "max_bytes": self.MAX_BYTES}
        super().__init__(settings=json.dumps(settings))
        self._show()
        self.observe(self._on_request, "request")

    # --- what a person can do: each by name, so that tests and programs can do it too -------------------------------

    def choose(self, index: int) -> None:
        """Take sample ``index`` as the picture, without a hole."""
        count = len(self._samples)
        if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < count:
            raise ValueError(f"expected a sample from 0 to {count - 1}, got {index!r}"[:200])
        self._change(self._samples[index], torch.zeros_like(self.mask))

    def upload(self, file: bytes) -> None:
        """Take a picture from the bytes of a file: its largest centred square, resized; without a hole.

        Raises
        ------
        PictureError
            If it is none, damaged or too large; nothing has changed then.
        """
        if len(file) > self.MAX_BYTES:
            raise PictureError(f"expected a file of at most {self.MAX_BYTES / 1e6:.0f} MB, got {len(file) / 1e6:.1f}")
        picture = to_tensor(fit_square(open_picture(bytes(file)), self.resolution))
        self._change(picture, torch.zeros_like(self.mask))

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

    def _on_request(self, change: dict[str, Any]) -> None:
        started = time.perf_counter()
        try:
            wish = json.loads(change["new"])
            if not isinstance(wish, dict):
                raise ValueError(f"expected an object with an action, got {type(wish).__name__}")
            # Only a plain number is sent back: it must be JSON again, whatever came.
            self._number = wish["id"] if type(wish.get("id")) is int else 0
            self._obey(wish)
        except PictureError as error:
            self._show(f"Sorry, this picture cannot be used: {str(error).removeprefix('the picture: ')}.")
        except ValueError as error:
            self._show(f"Sorry, the page's request was not understood: {error}.")
        # An exception here would only reach a log; the person in front of the page would wait for an answer in vain.
        except Exception as error:
            self._show(f"Sorry, this could not be done ({type(error).__name__}).")
        finally:
            self._number = 0
        self.latencies_ms.append((time.perf_counter() - started) * 1000)

    def _obey(self, wish: dict[str, Any]) -> None:
        action = wish.get("action")
        if action == "mask":
            self.paint(text_to_mask(wish.get("bits"), self.resolution), stroke=wish.get("stroke"))
        elif action == "choose":
            self.choose(wish.get("index", -1))
        elif action == "upload":
            first, more = wish.get("first", True) is True, wish.get("more", False) is True
            file = self._arriving.take(wish.get("data"), first=first, more=more)
            if file is None:
                self.response = json.dumps({"id": self._number, "more": True})
            else:
                self.upload(file)
        elif action == "look":
            self._show()
        elif action in ("undo", "redo", "clear"):
            getattr(self, action)()
        else:
            raise ValueError(f"there is no action {str(action)[:40]!r}")

    def _show(self, message: str = "") -> None:
        """Answer with everything that the page shows; ``message`` is a sentence for the person in front of it."""
        if self._shown is not self.picture:
            self.original = data_url(self.picture)
            self._shown = self.picture
        chosen = [index for index, sample in enumerate(self._samples) if sample is self.picture]
        answer = {
            "id": self._number,
            "image": data_url(self.result),
            "mask": mask_to_text(self.mask),
            "missing": self.missing,
            "chosen": chosen[0] if chosen else None,
            "undo": len(self._past),
            "redo": len(self._future),
            "message": message,
        }
        self.response = json.dumps(answer)

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
        rows = zip(self._samples, masks, strict=False)
        return three_columns([(p, mask, fill_tensor(self.network, p, mask)) for p, mask in rows])
