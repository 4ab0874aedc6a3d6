"""What a person can do in SuperResolutionStudio: everything but the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PIL import Image
from torch import Tensor

from ganlab.images import PictureError
from ganlab.superres.networks import SRResNet
from ganlab.widgets._sr_enlarger import Enlarged, Enlarger, Scene
from ganlab.widgets._sr_messages import USUAL, Crop, checked_crop, crop_around
from ganlab.widgets._sr_pictures import Photo, given_photo, uploaded_photo
from ganlab.widgets._style_messages import choice, sample_number, share


class SuperResolutionEditing:
    """The half of SuperResolutionStudio that works without a page; each thing by its name, for programs too."""

    MAX_BYTES = 30_000_000  # of a person's file
    MAX_WHOLE = 4_000_000  # pixels of a picture that is enlarged as a whole: at four times the sides 64 million
    SIZES = (0, 1024, 512, 256)  # pixels of the longer side, at most; 0: as it is

    def _begin(self, enlarger: Enlarger, samples: list[Photo], photo: Photo) -> None:
        """The first scene: the picture, its middle, and all of the GAN."""
        self._enlarger, self._samples = enlarger, samples
        self.scene = _scene(photo, 0, 1.0)
        self._enlarged: Enlarged = enlarger.enlarge(self.scene)

    def _show(self) -> None:
        """Tell the page."""
        raise NotImplementedError

    # --- what there is ----------------------------------------------------------------------------------------------

    @property
    def scale(self) -> int:
        """How many times as wide and as high everything becomes."""
        return self._enlarger.srresnet.config.scale

    @property
    def network(self) -> SRResNet:
        """The network at the dial's place: SRResNet itself at 0, SRGAN itself at 1, their mixture between."""
        return self._enlarger.network(self.scene.gan_weight)

    @property
    def bicubic(self) -> Image.Image:
        """The crop, enlarged bicubically."""
        return self._enlarged.bicubic

    @property
    def srresnet(self) -> Image.Image:
        """The crop, enlarged by SRResNet."""
        return self._enlarged.srresnet

    @property
    def result(self) -> Image.Image:
        """The crop, enlarged by :attr:`network`."""
        return self._enlarged.result

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
        if len(file) > self.MAX_BYTES:
            raise PictureError(f"expected a file of at most {self.MAX_BYTES / 1e6:.0f} MB, got {len(file) / 1e6:.1f}")
        self._take(uploaded_photo(bytes(file)))

    def resize(self, size: int) -> None:
        """Make the photo smaller, to a longer side of at most ``size`` pixels, one of ``SIZES``; 0 takes it as it is.

        The crop's middle stays where it was in the photo.
        """
        size = choice(size, self.SIZES, "size")
        before = self.scene
        picture = before.photo.resized(size)
        factor = picture.width / before.picture.width
        left, top, wide, tall = before.crop
        crop = crop_around((left + wide / 2) * factor, (top + tall / 2) * factor, wide, tall, *picture.size)
        self._change(replace(before, size=size, picture=picture, crop=crop))

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
        from ganlab.superres.enlarge import enlarge_picture

        self._fits()
        return enlarge_picture(self.network, self.picture, progress=progress, should_stop=should_stop)

    def _fits(self) -> None:
        """Refuse a picture that is too large to be enlarged as a whole."""
        width, height = self.picture.size
        if width * height > self.MAX_WHOLE:
            raise PictureError(
                f"as a whole at most {self.MAX_WHOLE / 1e6:.0f} million pixels can be enlarged, and it has {width} x "
                f"{height}, so choose a smaller size first"
            )

    # --- changes ----------------------------------------------------------------------------------------------------

    def _take(self, photo: Photo) -> None:
        self._change(_scene(photo, self.scene.size, self.scene.gan_weight))

    def _change(self, scene: Scene) -> None:
        """The one way to a new scene. The result comes first: if it fails, nothing has changed."""
        self._enlarged = self._enlarger.enlarge(scene)
        self.scene = scene
        self._show()


def _scene(photo: Photo, size: int, gan_weight: float) -> Scene:
    """A photo with a crop in its middle."""
    picture = photo.resized(size)
    crop = crop_around(picture.width / 2, picture.height / 2, USUAL, USUAL, *picture.size)
    return Scene(photo, size, picture, crop, gan_weight)
