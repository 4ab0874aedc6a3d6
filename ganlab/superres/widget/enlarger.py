"""What SuperResolutionStudio shows, and the one place that computes it: nothing is enlarged twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from ganlab.images import to_pil, to_tensor
from ganlab.layers import evaluating
from ganlab.resampling import upscale
from ganlab.superres.networks import SRResNet
from ganlab.superres.tiles import BORDER, blend_networks, mirrored, receptive_radius
from ganlab.superres.widget.scene import Scene

# Pixels around a crop that are enlarged with it and then cut away. The shipped networks see 23 far, but what lies
# further than 10 does not change a grey level by more than one; all 23 would take half as long again.
MARGIN = 12

Box = tuple[int, int, int, int]  # left, top, width, height


@dataclass(frozen=True, eq=False)
class Results:
    """A crop, enlarged in three ways."""

    bicubic: Image.Image
    srresnet: Image.Image
    result: Image.Image  # of the network that the dial has chosen


class Enlarger:
    """Two networks of one shape, every one between them, and what they have made of the crop before.

    Raises
    ------
    ValueError
        If the networks are no pair that can be mixed: two SRResNets of equal ``config``, for 3 channels.
    """

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        if not isinstance(networks, list | tuple) or len(networks) != 2:
            raise ValueError("SuperResolutionStudio: expected two networks, SRResNet and SRGAN")
        srresnet, srgan = networks
        if not isinstance(srresnet, SRResNet) or not isinstance(srgan, SRResNet):
            found = " and ".join(type(network).__name__ for network in networks)
            raise ValueError(f"SuperResolutionStudio: expected two SRResNets, got {found}")
        if srresnet.config != srgan.config or srresnet.config.channels != 3:
            raise ValueError("SuperResolutionStudio: expected two networks of equal config, for 3 channels")
        self.srresnet, self.srgan = srresnet, srgan
        self._blended: tuple[float, SRResNet] | None = None
        self._last: tuple[Scene, Results] | None = None

    def network(self, gan_weight: float) -> SRResNet:
        """The network at a place of the dial; at its two ends the given ones themselves."""
        if gan_weight in (0, 1):
            return self.srgan if gan_weight else self.srresnet
        if self._blended is None or self._blended[0] != gan_weight:
            self._blended = gan_weight, blend_networks(self.srresnet, self.srgan, gan_weight)
        return self._blended[1]

    def enlarge(self, scene: Scene) -> Results:
        """The crop, enlarged; what the scene before had in common with this one is not computed again.

        Raises
        ------
        FloatingPointError
            If a network gives NaN or infinity.
        """
        before = self._last
        if before and before[0].picture is scene.picture and before[0].crop == scene.crop:
            bicubic, srresnet = before[1].bicubic, before[1].srresnet
        else:
            bicubic, srresnet = self._bicubic(scene), None
            before = None
        surroundings = self._surroundings(scene)
        srresnet = srresnet or self._run(self.srresnet, *surroundings)
        if scene.gan_weight == 0:
            result = srresnet
        elif before and before[0].gan_weight == scene.gan_weight:
            result = before[1].result
        else:
            result = self._run(self.network(scene.gan_weight), *surroundings)
        enlarged = Results(bicubic, srresnet, result)
        self._last = scene, enlarged
        return enlarged

    def _bicubic(self, scene: Scene) -> Image.Image:
        # It sees two pixels far, and has a way of its own with a picture's edge: nothing is put around it there.
        part, box = _cut(scene, 2, 0)
        scale = self.srresnet.config.scale
        return _inner(upscale(part, scale), box, scale)

    def _surroundings(self, scene: Scene) -> tuple[Tensor, Box]:
        """The crop with what has a say in its pixels, mirrored at the picture's edge as for a whole picture."""
        return _cut(scene, min(MARGIN, receptive_radius(self.srresnet)), BORDER)

    @torch.no_grad()
    def _run(self, network: SRResNet, part: Tensor, box: Box) -> Image.Image:
        like = next(network.parameters())
        # Measured on one core with the shipped width: a third less time for a large crop than in the usual format.
        with evaluating(network):
            large = network(part.to(like).contiguous(memory_format=torch.channels_last))
        if not bool(large.isfinite().all()):
            raise FloatingPointError("SuperResolutionStudio: the network gives NaN or infinity")
        return _inner(large, box, network.config.scale)


def _cut(scene: Scene, reach: int, beyond: int) -> tuple[Tensor, Box]:
    """The crop with ``reach`` more pixels on every side, at most ``beyond`` of them outside of the picture: mirrored.

    Returns
    -------
    Tensor, Box
        (1, 3, h, w) in [-1, 1], and where in it the crop is: left, top, width and height.
    """
    left, top, wide, tall = scene.crop
    places, starts = [], []
    for start, length, side in ((left, wide, scene.picture.width), (top, tall, scene.picture.height)):
        first = max(start - reach, -beyond)
        around = torch.arange(first, min(start + length + reach, side + beyond))
        places.append(mirrored(around, side).numpy())
        starts.append(start - first)
    (x, right), (y, low) = ((int(along.min()), int(along.max()) + 1) for along in places)
    # Cut first: a camera's picture as a tensor would be large, and all but the crop of it in vain.
    pixels = np.asarray(scene.picture.crop((x, y, right, low)))[np.ix_(places[1] - y, places[0] - x)]
    return to_tensor(pixels)[None], (starts[0], starts[1], wide, tall)


def _inner(large: Tensor, box: Box, scale: int) -> Image.Image:
    """The crop of what :func:`_cut` gave, after it has been enlarged to (1, 3, scale h, scale w)."""
    left, top, wide, tall = (scale * number for number in box)
    return to_pil(large[0, :, top : top + tall, left : left + wide])
