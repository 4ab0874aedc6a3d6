"""What SuperResolutionStudio shows, and the one place that computes it: nothing is enlarged twice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ganlab.images import to_pil, to_tensor
from ganlab.resampling import upscale
from ganlab.superres.networks import SRResNet
from ganlab.widgets._sr_messages import Crop
from ganlab.widgets._sr_pictures import Photo

# Pixels around a crop that are enlarged with it and then cut away: where a picture ends the networks see zeros, which
# are grey. Beyond the picture's own edge its last pixels go on.
MARGIN = 6


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything that the enlarged crop depends on."""

    photo: Photo
    size: int  # the picture's longer side has at most so many pixels; 0: as many as the photo
    picture: Image.Image  # the photo in that size
    crop: Crop
    gan_weight: float


@dataclass(frozen=True, eq=False)
class Enlarged:
    """A crop, enlarged in three ways."""

    bicubic: Image.Image
    srresnet: Image.Image
    result: Image.Image  # of the network that the dial has chosen


class Enlarger:
    """Two networks of one shape, every one between them, and what they have made of the crop before."""

    def __init__(self, srresnet: SRResNet, srgan: SRResNet) -> None:
        self.srresnet, self.srgan = srresnet.eval(), srgan.eval()
        self._blended: tuple[float, SRResNet] | None = None
        self._last: tuple[Scene, Enlarged] | None = None

    def network(self, gan_weight: float) -> SRResNet:
        """The network at a place of the dial; at its two ends the given ones themselves."""
        if gan_weight in (0, 1):
            return self.srgan if gan_weight else self.srresnet
        if self._blended is None or self._blended[0] != gan_weight:
            from ganlab.superres.tiles import blend_networks

            self._blended = gan_weight, blend_networks(self.srresnet, self.srgan, gan_weight)
        return self._blended[1]

    def enlarge(self, scene: Scene) -> Enlarged:
        """The crop, enlarged; what the scene before had in common with this one is not computed again.

        Raises
        ------
        FloatingPointError
            If a network gives NaN or infinity.
        """
        before = self._last
        crop = _with_margin(scene.picture, scene.crop)
        if before and before[0].picture is scene.picture and before[0].crop == scene.crop:
            bicubic, srresnet = before[1].bicubic, before[1].srresnet
        else:
            bicubic, srresnet = _trimmed(upscale(crop, self.srresnet.config.scale), scene.crop), None
            before = None
        srresnet = srresnet or self._run(self.srresnet, crop, scene.crop)
        if scene.gan_weight == 0:
            result = srresnet
        elif before and before[0].gan_weight == scene.gan_weight:
            result = before[1].result
        else:
            result = self._run(self.network(scene.gan_weight), crop, scene.crop)
        enlarged = Enlarged(bicubic, srresnet, result)
        self._last = scene, enlarged
        return enlarged

    @torch.no_grad()
    def _run(self, network: SRResNet, part: Tensor, crop: Crop) -> Image.Image:
        like = next(network.parameters())
        # Measured on one core with the shipped width: a third less time for a large crop than in the usual format.
        large = network(part.to(like).contiguous(memory_format=torch.channels_last))
        if not bool(large.isfinite().all()):
            raise FloatingPointError("SuperResolutionStudio: the network gives NaN or infinity")
        return _trimmed(large, crop)


def _with_margin(picture: Image.Image, crop: Crop) -> Tensor:
    """The crop with ``MARGIN`` more pixels on every side, (1, 3, h, w) in [-1, 1]."""
    left, top, wide, tall = crop
    box = (max(0, left - MARGIN), max(0, top - MARGIN), left + wide + MARGIN, top + tall + MARGIN)
    box = (*box[:2], min(picture.width, box[2]), min(picture.height, box[3]))
    columns = np.arange(left - MARGIN, left + wide + MARGIN).clip(0, picture.width - 1) - box[0]
    rows = np.arange(top - MARGIN, top + tall + MARGIN).clip(0, picture.height - 1) - box[1]
    return to_tensor(np.asarray(picture.crop(box))[np.ix_(rows, columns)])[None]


def _trimmed(large: Tensor, crop: Crop) -> Image.Image:
    """The enlarged crop without its margin."""
    scale = large.shape[3] // (crop[2] + 2 * MARGIN)
    cut = scale * MARGIN
    return to_pil(large[0, :, cut : cut + scale * crop[3], cut : cut + scale * crop[2]])
