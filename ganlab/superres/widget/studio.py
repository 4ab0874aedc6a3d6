"""Choose a part of a picture and compare what bicubic enlargement, SRResNet and SRGAN make of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import traitlets
from PIL import Image
from torch import Tensor, nn

from ganlab.images import PictureError
from ganlab.pretrained import load_pretrained
from ganlab.superres import enlarge
from ganlab.superres.networks import SRResNet
from ganlab.superres.widget.enlarger import Enlarger
from ganlab.superres.widget.pictures import given_photo, own_photo, sample_photos, shown_url, still
from ganlab.superres.widget.scene import LEAST, MOST, Crop, Scene, checked_crop
from ganlab.superres.widget.whole import WholePicture
from ganlab.widgets.kit.page import joined
from ganlab.widgets.kit.samples import Sample, png_url, which
from ganlab.widgets.kit.session import Action, Session, Wish
from ganlab.widgets.kit.upload import Upload
from ganlab.widgets.kit.values import choice, sample_number, share

HERE = Path(__file__).parent


class SuperResolutionStudio(Session):
    """A picture with a frame to drag, and what is inside of it enlarged in three ways under one loupe.

    The whole picture is enlarged in a thread of its own: the page asks how far it is and fetches the file in pieces,
    and everything else goes on meanwhile.

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

    _esm = joined(
        "kit.js", "files.js", "drawing.js", HERE / "whole.js", HERE / "frame.js", HERE / "views.js", HERE / "page.js"
    )
    _css = joined("kit.css", HERE / "page.css")
    settings = traitlets.Unicode("{}").tag(sync=True)  # what stays: thumbnails, sizes, limits
    original = traitlets.Unicode("").tag(sync=True)  # data URL; changes seldom, so it is not in every answer
    compared = traitlets.Unicode("{}").tag(sync=True)  # so do bicubic and SRResNet's: the dial leaves them alone

    MAX_WHOLE = 4_000_000  # pixels of a picture that is enlarged as a whole: at four times the sides 64 million
    SIZES = (0, 1024, 512, 256)  # pixels of the longer side, at most; 0: as it is

    _whole: WholePicture | None = None  # on the class: one that failed to be made is closed like any other

    def __init__(
        self, networks: Sequence[nn.Module] | None = None, picture: Image.Image | Tensor | None = None
    ) -> None:
        if networks is None:
            networks = load_pretrained("srresnet-x4"), load_pretrained("srgan-x4")
        self._enlarger = Enlarger(networks)
        self._samples = sample_photos()
        self._upload = Upload()
        self._urls: dict[str, tuple[Image.Image, str]] = {}  # of the pictures that the page has
        photo = self._samples[0] if picture is None else given_photo(picture)
        self.scene = Scene.around_middle(photo, 0, 1.0)
        self._results = self._enlarger.enlarge(self.scene)
        settings = {
            "samples": [{"name": s.name, "remark": s.remark, "url": s.thumbnail(96)} for s in self._samples],
            "scale": self.scale,
            "sizes": self.SIZES,
            "least": LEAST,
            "most": MOST,
            "max_bytes": self._upload.max_bytes,
        }
        super().__init__(settings=json.dumps(settings))
        self._show()

    def close(self) -> None:
        """Take the widget off the page; a picture that is still being enlarged is given up."""
        if self._whole is not None:
            self._whole.stop()
        super().close()

    # --- what there is ----------------------------------------------------------------------------------------------

    @property
    def scale(self) -> int:
        """How many times as wide and as high everything becomes."""
        return self._enlarger.srresnet.config.scale

    @property
    def network(self) -> SRResNet:
        """The network at the dial's place: SRResNet itself at 0, SRGAN itself at 1, their mixture between."""
        return self._enlarger.network(self.scene.gan_weight)

    bicubic = property(lambda self: self._results.bicubic, doc="The crop, enlarged bicubically.")
    srresnet = property(lambda self: self._results.srresnet, doc="The crop, enlarged by SRResNet.")
    result = property(lambda self: self._results.result, doc="The crop, enlarged by :attr:`network`.")

    @property
    def picture(self) -> Image.Image:
        """The picture that the crop is cut from, RGB; a PIL picture or a tensor (3, H, W) in [-1, 1] can be set."""
        return self.scene.picture

    @picture.setter
    def picture(self, picture: Image.Image | Tensor) -> None:
        self._take(given_photo(picture))

    @property
    def crop(self) -> Crop:
        """What is enlarged: left, top, width and height in pixels of :attr:`picture`; it can be set."""
        return self.scene.crop

    @crop.setter
    def crop(self, crop: Crop) -> None:
        self.adjust(crop=crop)

    @property
    def gan_weight(self) -> float:
        """The dial, 0 (SRResNet) to 1 (SRGAN); it can be set."""
        return self.scene.gan_weight

    @gan_weight.setter
    def gan_weight(self, gan_weight: float) -> None:
        self.adjust(gan_weight=gan_weight)

    # --- what can be done -------------------------------------------------------------------------------------------

    def adjust(self, *, crop: Any = None, gan_weight: Any = None) -> None:
        """Move the crop, turn the dial, or both.

        Raises
        ------
        ValueError
            If the crop reaches out of the picture, is smaller than 16 or larger than 192 pixels a side (a smaller
            picture may be one crop), or the weight is not in [0, 1]; nothing has changed then.
        """
        changes: dict[str, Any] = {}
        if crop is not None:
            changes["crop"] = checked_crop(crop, *self.picture.size)
        if gan_weight is not None:
            changes["gan_weight"] = share(gan_weight, "a GAN weight")
        self._change(replace(self.scene, **changes))

    def choose(self, index: int) -> None:
        """Take sample ``index`` as the picture, with a crop in its middle."""
        self._take(self._samples[sample_number(index, len(self._samples), "picture")])

    def upload(self, file: bytes) -> None:
        """Take the picture from the bytes of a file, in its own size, with a crop in its middle.

        Raises
        ------
        PictureError
            If it is none, damaged or too large; nothing has changed then.
        """
        self._take(own_photo(self._upload.open(file)))

    def resize(self, size: int) -> None:
        """Make the photo smaller, to a longer side of at most ``size`` pixels, one of ``SIZES``; 0 takes it as it is.

        The crop's middle stays where it was in the photo.
        """
        self._change(self.scene.in_size(choice(size, self.SIZES, "size")))

    def enlarge_whole(
        self,
        *,
        progress: Callable[[int, int], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> Image.Image:
        """The whole picture, enlarged by :attr:`network`; this can take minutes.

        ``progress(done, total)`` and ``should_stop()`` are those of
        :func:`ganlab.superres.enlarge.enlarge_picture`.

        Raises
        ------
        PictureError
            If the picture has more than ``MAX_WHOLE`` pixels.
        """
        self._fits()
        return enlarge.enlarge_picture(self.network, self.picture, progress=progress, should_stop=should_stop)

    def _fits(self) -> None:
        """Refuse a picture that is too large to be enlarged as a whole."""
        width, height = self.picture.size
        if width * height > self.MAX_WHOLE:
            raise PictureError(
                f"as a whole at most {self.MAX_WHOLE / 1e6:.0f} million pixels can be enlarged, and it has {width} x "
                f"{height}, so choose a smaller size first"
            )

    # --- changes ----------------------------------------------------------------------------------------------------

    def _take(self, photo: Sample[Image.Image]) -> None:
        self._change(Scene.around_middle(photo, self.scene.size, self.scene.gan_weight))

    def _change(self, scene: Scene) -> None:
        """The one way to a new scene. The result comes first: if it fails, nothing has changed."""
        self._results = self._enlarger.enlarge(scene)
        self.scene = scene
        self._show()

    # --- page -------------------------------------------------------------------------------------------------------

    def _actions(self) -> Mapping[str, Action]:
        return {
            "adjust": lambda wish: self.adjust(crop=wish.get("crop"), gan_weight=wish.get("gan_weight")),
            "sample": lambda wish: self.choose(wish.get("index", -1)),
            "size": lambda wish: self.resize(wish.get("size", -1)),
            "upload": lambda wish: self._receive(wish, self._upload, lambda picture: self._take(own_photo(picture))),
            "whole": lambda _: self._begin_whole(),
            "progress": lambda _: self._answer({}),
            "stop": lambda _: self._stop_whole(),
            "piece": self._send_piece,
        }

    def _begin_whole(self) -> None:
        """Enlarge the picture as it is now, in the background; one at a time."""
        if self._whole is None or not self._whole.busy:
            self._fits()
            # What the person does meanwhile changes nothing here.
            network, picture = self.network, self.picture
            self._whole = WholePicture(
                self._whole.job + 1 if self._whole else 1,
                lambda tell, should_stop: enlarge.enlarge_picture(
                    network, picture, progress=tell, should_stop=should_stop
                ),
            )
        self._answer({})

    def _stop_whole(self) -> None:
        if self._whole is not None:
            self._whole.stop()
        self._answer({})

    def _send_piece(self, wish: Wish) -> None:
        if self._whole is None or type(wish.get("job")) is not int or wish["job"] != self._whole.job:
            raise ValueError("this enlarged picture is not kept any more")
        self._answer({"piece": self._whole.piece(wish.get("index"))})

    def _answer(self, content: Mapping[str, Any]) -> None:
        """Answer with this, and with what the page shows of the whole picture's enlargement."""
        super()._answer({"whole": self._whole.about() if self._whole else None, **content})

    def _url(self, role: str, picture: Image.Image) -> str:
        """The picture as an address; encoded once."""
        if role not in self._urls or self._urls[role][0] is not picture:
            self._urls[role] = picture, shown_url(picture) if role == "original" else png_url(picture)
        return self._urls[role][1]

    def _content(self) -> dict[str, Any]:
        self.original = self._url("original", self.picture)
        urls = {"bicubic": self._url("bicubic", self.bicubic), "srresnet": self._url("srresnet", self.srresnet)}
        self.compared = json.dumps(urls)
        return {
            "image": self._url("srresnet" if self.result is self.srresnet else "result", self.result),
            "width": self.picture.width,
            "height": self.picture.height,
            "full": self.scene.photo.picture.size,
            "crop": self.crop,
            "gan_weight": self.gan_weight,
            "size": self.scene.size,
            "sample": which(self._samples, self.scene.photo),
            "alt": self._sentence(),
            "ms": None if (ms := self._ms) is None else round(ms),
        }

    # --- without a kernel -------------------------------------------------------------------------------------------

    def _sentence(self) -> str:
        """What is enlarged and how, as the rest of a sentence."""
        return f"{self.scene.sentence()}, enlarged {self.scale} times with a GAN weight of {self.gan_weight:.2f}"

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
        return still(self.scene, [*results, (f"GAN weight {self.gan_weight:.2f}", self.result)])
