"""Choose a part of a picture and compare what bicubic enlargement, SRResNet and SRGAN make of it."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import anywidget
import traitlets
from PIL import Image
from torch import Tensor, nn

from ganlab.images import PictureError
from ganlab.pretrained import load_pretrained
from ganlab.superres.networks import SRResNet
from ganlab.widgets._inpaint_messages import ArrivingFile
from ganlab.widgets._scripts import page_script
from ganlab.widgets._sr_editing import SuperResolutionEditing
from ganlab.widgets._sr_enlarger import Enlarger
from ganlab.widgets._sr_messages import LEAST, MOST
from ganlab.widgets._sr_pictures import given_photo, png_url, sample_photos, shown_url, still
from ganlab.widgets._sr_whole import WholePicture


class SuperResolutionStudio(SuperResolutionEditing, anywidget.AnyWidget):
    """A picture with a frame to drag, and what is inside of it enlarged in three ways under one loupe.

    The page asks by ``request`` (JSON with a number), the kernel answers by ``response`` with the same number; see
    :class:`ganlab.widgets.inpaint_studio.InpaintStudio`. The whole picture is enlarged in a thread of its own: the
    page asks how far it is and fetches the file in pieces, and everything else goes on meanwhile.

    Parameters
    ----------
    networks : pair of SRResNet, optional
        SRResNet and the SRGAN that was fine-tuned from it, of equal ``config`` and for 3 channels, used in eval mode;
        the shipped ``srresnet-x4`` and ``srgan-x4`` if not given.
    picture : PIL.Image.Image or Tensor, optional
        The picture at the start, a tensor as (3, H, W) in [-1, 1]; a bundled photograph if not given.

    Attributes
    ----------
    picture : PIL.Image.Image
        The picture; it can be set.
    crop : tuple of int
        Left, top, width and height of what is enlarged; it can be set.
    gan_weight : float
        0 (SRResNet) to 1 (SRGAN); it can be set.
    bicubic, srresnet, result : PIL.Image.Image
        The enlarged crop; ``result`` is that of the network which the dial has mixed.
    latencies_ms : list of float
        Kernel time of every answer with pictures: networks, encoding and all.

    Raises
    ------
    PictureError
        If the picture cannot be used.
    ValueError
        If the networks are no such pair.
    """

    _esm = page_script(
        "_inpaint_page.js",
        "_style_page.js",
        "_sr_page.js",
        "_sr_crop.js",
        "_sr_views.js",
        "super_resolution_studio.js",
    )
    settings = traitlets.Unicode("{}").tag(sync=True)  # what stays: thumbnails, sizes, limits
    original = traitlets.Unicode("").tag(sync=True)  # data URL; changes seldom, so it is not in every answer
    compared = traitlets.Unicode("{}").tag(sync=True)  # so do bicubic and SRResNet's: the dial leaves them alone
    request = traitlets.Unicode("").tag(sync=True)
    response = traitlets.Unicode("").tag(sync=True)
    _whole: WholePicture | None = None  # on the class: one that failed to be made is closed like any other

    def __init__(
        self, networks: Sequence[nn.Module] | None = None, picture: Image.Image | Tensor | None = None
    ) -> None:
        if networks is None:
            networks = load_pretrained("srresnet-x4"), load_pretrained("srgan-x4")
        srresnet, srgan = _pair(networks)
        self.latencies_ms: list[float] = []
        self._arriving = ArrivingFile(self.MAX_BYTES)
        self._number = 0  # of the question that is being answered; 0 when nobody asked
        self._asked = 0.0  # when it came
        self._urls: dict[str, tuple[Image.Image, str]] = {}  # of the pictures that the page has
        samples = sample_photos()
        self._begin(Enlarger(srresnet, srgan), samples, samples[0] if picture is None else given_photo(picture))
        settings = {
            "samples": [{"name": s.name, "remark": s.remark, "url": s.thumbnail(96)} for s in samples],
            "scale": self.scale,
            "sizes": self.SIZES,
            "least": LEAST,
            "most": MOST,
            "max_bytes": self.MAX_BYTES,
        }
        super().__init__(settings=json.dumps(settings))
        self._show()
        self.observe(self._on_request, "request")

    def close(self) -> None:
        """Take the widget off the page; a picture that is still being enlarged is given up."""
        if self._whole is not None:
            self._whole.stop()
        super().close()

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

    def _obey(self, wish: dict[str, Any]) -> None:
        action = wish.get("action")
        if action == "adjust":
            self.adjust(crop=wish.get("crop"), gan_weight=wish.get("gan_weight"))
        elif action == "sample":
            self.choose(wish.get("index", -1))
        elif action == "size":
            self.resize(wish.get("size", -1))
        elif action == "upload":
            first, more = wish.get("first", True) is True, wish.get("more", False) is True
            file = self._arriving.take(wish.get("data"), first=first, more=more)
            if file is None:
                self._answer({"more": True})
            else:
                self.upload(file)
        elif action == "look":
            self._show()
        elif action == "whole":
            self._begin_whole()
            self._answer({})
        elif action in ("progress", "stop"):
            if action == "stop" and self._whole is not None:
                self._whole.stop()
            self._answer({})
        elif action == "piece":
            if self._whole is None or type(wish.get("job")) is not int or wish["job"] != self._whole.job:
                raise ValueError("this enlarged picture is not kept any more")
            self._answer({"piece": self._whole.piece(wish.get("index"))})
        else:
            raise ValueError(f"there is no action {str(action)[:40]!r}")

    def _begin_whole(self) -> None:
        """Enlarge the picture as it is now, in the background; one at a time."""
        if self._whole is not None and self._whole.busy:
            return
        from ganlab.superres.enlarge import enlarge_picture

        self._fits()
        network, picture = self.network, self.picture  # what the person does meanwhile changes nothing here
        self._whole = WholePicture(
            self._whole.job + 1 if self._whole else 1,
            lambda tell, should_stop: enlarge_picture(network, picture, progress=tell, should_stop=should_stop),
        )

    def _answer(self, content: dict[str, Any]) -> None:
        """Answer with this, and with what the page shows of the whole picture's enlargement."""
        whole = self._whole.about() if self._whole else None
        self.response = json.dumps({"id": self._number, "whole": whole, **content})

    def _url(self, role: str, picture: Image.Image) -> str:
        """The picture as a PNG's address; encoded once."""
        if role not in self._urls or self._urls[role][0] is not picture:
            self._urls[role] = picture, shown_url(picture) if role == "original" else png_url(picture)
        return self._urls[role][1]

    def _show(self, message: str = "") -> None:
        """Answer with everything that the page shows; ``message`` is a sentence for the person in front of it."""
        scene = self.scene
        self.original = self._url("original", self.picture)
        urls = {"bicubic": self._url("bicubic", self.bicubic), "srresnet": self._url("srresnet", self.srresnet)}
        self.compared = json.dumps(urls)
        role = "srresnet" if self.result is self.srresnet else "result"
        full = scene.photo.full.size
        answer = {
            "image": self._url(role, self.result),
            "width": self.picture.width,
            "height": self.picture.height,
            "full": full,
            "crop": self.crop,
            "gan_weight": self.gan_weight,
            "size": scene.size,
            "sample": next((k for k, sample in enumerate(self._samples) if sample is scene.photo), None),
            "alt": self._sentence(),
            "ms": round((time.perf_counter() - self._asked) * 1000) if self._number else None,
            "message": message,
        }
        self._answer(answer)
        if self._number:
            self.latencies_ms.append((time.perf_counter() - self._asked) * 1000)

    # --- without a kernel -------------------------------------------------------------------------------------------

    def _sentence(self) -> str:
        """What is enlarged and how, as the rest of a sentence."""
        left, top, wide, tall = self.crop
        return (
            f"{wide} x {tall} pixels of {self.scene.photo.name}, {left} from the left and {top} from the top, "
            f"enlarged {self.scale} times with a GAN weight of {self.gan_weight:.2f}"
        )

    @property
    def alt_text(self) -> str:
        """What the widget shows, in one sentence."""
        return (
            "Super-resolution studio: a picture with a frame to drag, and what is inside of it enlarged bicubically, "
            f"by SRResNet and by the network of the dial: {self._sentence()}."
        )

    def static_picture(self) -> Image.Image:
        """The picture with its frame, and the crop enlarged in three ways, side by side."""
        results = [("bicubic", self.bicubic), ("SRResNet", self.srresnet)]
        return still(self.picture, self.crop, [*results, (f"GAN weight {self.gan_weight:.2f}", self.result)])


def _pair(networks: Sequence[nn.Module]) -> tuple[SRResNet, SRResNet]:
    """Two networks that can be mixed.

    Raises
    ------
    ValueError
        If they are not.
    """
    if not isinstance(networks, list | tuple) or len(networks) != 2:
        raise ValueError("SuperResolutionStudio: expected two networks, SRResNet and SRGAN")
    first, second = networks
    if not isinstance(first, SRResNet) or not isinstance(second, SRResNet):
        found = " and ".join(type(network).__name__ for network in networks)
        raise ValueError(f"SuperResolutionStudio: expected two SRResNets, got {found}")
    if first.config != second.config or first.config.channels != 3:
        raise ValueError("SuperResolutionStudio: expected two networks of equal config, for 3 channels")
    return first, second
