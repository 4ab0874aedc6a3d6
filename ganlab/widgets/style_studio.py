"""Paint a picture in four styles at once: a pad to mix them, a brush to say where each of them holds."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import anywidget
import traitlets
from PIL import Image
from torch import Tensor

from ganlab.images import PictureError
from ganlab.style.transfer import StyleTransfer, load_style_transfer
from ganlab.widgets import _style_messages as messages
from ganlab.widgets._inpaint_messages import ArrivingFile
from ganlab.widgets._scripts import page_script
from ganlab.widgets._style_editing import StyleEditing
from ganlab.widgets._style_painter import Painter
from ganlab.widgets._style_pictures import Sample, content_samples, quick_png, still, style_samples


class StyleStudio(StyleEditing, anywidget.AnyWidget):
    """A picture, a pad with a style in each corner, and the picture painted in the mixture under the pad's point.

    The page asks by ``request`` (JSON with a number), the kernel answers by ``response`` with the same number; see
    :class:`ganlab.widgets.inpaint_studio.InpaintStudio`. Contents and styles are encoded once and remembered, so
    moving the dial or the point costs one pass through the decoder. Where the processor is good at it, bfloat16 is
    used: the picture then differs from the network's own by a grey level or two.

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

    _esm = page_script("_inpaint_page.js", "_style_page.js", "_style_pad.js", "_style_canvas.js", "style_studio.js")
    settings = traitlets.Unicode("{}").tag(sync=True)  # what stays: thumbnails, sizes, limits
    original = traitlets.Unicode("").tag(sync=True)  # data URL; changes seldom, so it is not in every answer
    corners = traitlets.Unicode("[]").tag(sync=True)  # so do these: name, number and thumbnail of the four styles
    request = traitlets.Unicode("").tag(sync=True)
    response = traitlets.Unicode("").tag(sync=True)

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
        self.latencies_ms: list[float] = []
        self._arriving = {target: ArrivingFile(self.MAX_BYTES) for target in ("", *messages.CORNERS)}
        self._number = 0  # of the question that is being answered; 0 when nobody asked
        self._asked = 0.0  # when it came
        self._sent: tuple[object, ...] = ()  # content and styles that the page has
        self._begin(Painter(network), content_samples(contents, size=size), style_samples(styles), size)
        settings = {
            "contents": [{"name": sample.name, "url": sample.thumbnail(96)} for sample in self._contents],
            "styles": [{"name": sample.name, "url": sample.thumbnail(96)} for sample in self._styles],
            "sizes": self.sizes,
            "scales": self.SCALES,
            "max_bytes": self.MAX_BYTES,
        }
        super().__init__(settings=json.dumps(settings))
        self._show()
        self.observe(self._on_request, "request")

    # --- page -------------------------------------------------------------------------------------------------------

    def _on_request(self, change: dict[str, Any]) -> None:
        self._asked = time.perf_counter()
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
        self.latencies_ms.append((time.perf_counter() - self._asked) * 1000)

    def _obey(self, wish: dict[str, Any]) -> None:
        action, corner = wish.get("action"), wish.get("corner", "")
        if action == "adjust":
            dials = {name: wish.get(name) for name in ("alpha", "pad", "style_scale", "keep_colours", "gesture")}
            self.adjust(**dials)
        elif action == "paint":
            self.paint(messages.runs_to_regions(wish.get("runs"), *self.regions.shape), gesture=wish.get("gesture"))
        elif action == "content":
            self.choose_content(wish.get("index", -1))
        elif action == "style":
            self.choose_style(corner, wish.get("index", -1))
        elif action == "size":
            self.resize(wish.get("size", -1))
        elif action == "upload":
            self._receive(wish, corner if corner == "" else messages.CORNERS[messages.corner_number(corner)])
        elif action == "look":
            self._show()
        elif action in ("undo", "redo", "clear"):
            getattr(self, action)()
        else:
            raise ValueError(f"there is no action {str(action)[:40]!r}")

    def _receive(self, wish: dict[str, Any], corner: str) -> None:
        """Take a piece of a file: for a corner, or for the content where there is none."""
        first, more = wish.get("first", True) is True, wish.get("more", False) is True
        file = self._arriving[corner].take(wish.get("data"), first=first, more=more)
        if file is None:
            self.response = json.dumps({"id": self._number, "more": True})
        elif corner:
            self.upload_style(corner, file)
        else:
            self.upload_content(file)

    def _show(self, message: str = "") -> None:
        """Answer with everything that the page shows; ``message`` is a sentence for the person in front of it."""
        look, shape = self.look, self.regions.shape
        if self._sent[:2] != (look.content, shape):
            self.original = quick_png(self.picture)
        if self._sent[2:] != (look.styles,):
            styles = [
                {"name": s.name, "index": _index(self._styles, s), "url": s.thumbnail(192)} for s in look.styles
            ]
            self.corners = json.dumps(styles)
        self._sent = (look.content, shape, look.styles)
        answer = {
            "id": self._number,
            "image": quick_png(self.result),
            "runs": messages.regions_to_runs(self.regions),
            "height": shape[0],
            "width": shape[1],
            "alpha": look.alpha,
            "pad": look.pad,
            "style_scale": look.style_scale,
            "keep_colours": look.keep_colours,
            "size": look.size,
            "content": _index(self._contents, look.content),
            "undo": len(self._past),
            "redo": len(self._future),
            "alt": look.sentence(),
            "ms": round((time.perf_counter() - self._asked) * 1000) if self._number else None,
            "message": message,
        }
        self.response = json.dumps(answer)

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


def _index(samples: list[Sample], sample: Sample) -> int | None:
    """Which of the samples it is, or None for a picture of one's own."""
    return samples.index(sample) if sample in samples else None
