"""Feature networks: pictures in, the numbers that distances between sets of pictures are computed on.

:class:`FaceNet` is the course's own: a small classifier of the procedural faces' attributes, trained from nothing
by ``python -m tools.weights face-features`` and shipped with the package. A Fréchet distance on its features is a
**face-feature** distance: useful to compare two face generators of this course, and not an Inception FID.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganlab.pretrained import shipped_tensors

# Attribute -> number of classes: what FaceNet can tell about a face. ganlab.data.faces names the classes.
HEADS = {
    "glasses": 2,
    "shade": 2,
    "smile": 2,
    "beard": 2,
    "hat": 2,
    "hair": 6,
    "style": 5,
    "bg": 6,
    "shirt": 6,
    "skin": 6,
}
# A mode is one combination of hair colour (6), hair style (5), background (6) and glasses (2).
MODE_COUNT = 6 * 5 * 6 * 2


class FaceNet(nn.Module):
    """A small convolutional classifier of 32 x 32 faces with a 64-number bottleneck: the features.

    Six 3 x 3 convolutions (three of stride 2) lead to 4 x 4 x 128 numbers, one linear layer to the features, and
    one linear head per attribute to its logits. 421 thousand parameters.
    """

    def __init__(self, width: int = 32, feature_dim: int = 64) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *self._conv(3, width, 1),
            *self._conv(width, width, 2),  # (N, 32, 32, 32) -> (N, 32, 16, 16)
            *self._conv(width, 2 * width, 1),
            *self._conv(2 * width, 2 * width, 2),  # -> (N, 64, 8, 8)
            *self._conv(2 * width, 4 * width, 1),
            *self._conv(4 * width, 4 * width, 2),  # -> (N, 128, 4, 4)
        )
        self.to_features = nn.Linear(4 * width * 4 * 4, feature_dim)
        self.heads = nn.ModuleDict({name: nn.Linear(feature_dim, count) for name, count in HEADS.items()})

    @staticmethod
    def _conv(inputs: int, outputs: int, stride: int) -> list[nn.Module]:
        return [nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.1)]

    def features(self, pictures: Tensor) -> Tensor:
        """Pictures (N, 3, 32, 32) in [-1, 1] -> features (N, 64)."""
        return F.leaky_relu(self.to_features(self.body(pictures).flatten(1)), 0.1)

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        """Pictures (N, 3, 32, 32) in [-1, 1] -> logits (N, classes) for every attribute."""
        features = self.features(pictures)
        return {name: head(features) for name, head in self.heads.items()}


@cache
def face_network() -> FaceNet:
    """The shipped :class:`FaceNet`, on the CPU, in eval mode, without gradients. Loaded once.

    Raises
    ------
    ValueError
        If the package's weights are missing or altered.
    """
    network = FaceNet()
    network.load_state_dict(shipped_tensors("face-features"))
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def _batches(pictures: Tensor, batch_size: int) -> Iterator[Tensor]:
    """Yield float batches of 32 x 32 on the CPU in channels_last, shrinking larger pictures by area averaging."""
    if pictures.dim() != 4 or pictures.shape[1] != 3 or pictures.shape[2] != pictures.shape[3]:
        raise ValueError(f"expected square colour pictures (N, 3, S, S), got shape {tuple(pictures.shape)}")
    if pictures.shape[2] % 32:
        raise ValueError(f"expected pictures of 32, 64, 96... pixels, got {pictures.shape[2]}")
    factor = pictures.shape[2] // 32
    for batch in pictures.split(batch_size):
        batch = batch.detach().float().cpu()
        yield F.avg_pool2d(batch, factor).contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def face_features(pictures: Tensor, *, network: FaceNet | None = None, batch_size: int = 256) -> Tensor:
    """Features for :func:`ganlab.metrics.distances.frechet_distance`.

    Parameters
    ----------
    pictures : Tensor
        Shape (N, 3, S, S) in [-1, 1], S a multiple of 32; larger ones are averaged down to 32 first, so details
        finer than that are not seen.
    network : FaceNet, optional
        Another network than the shipped one.

    Returns
    -------
    Tensor
        Shape (N, 64), float64, on the CPU.

    Raises
    ------
    ValueError
        If the shape does not fit.
    """
    network = network or face_network()
    return torch.cat([network.features(batch) for batch in _batches(pictures, batch_size)]).double()


@torch.no_grad()
def predict_attributes(
    pictures: Tensor, *, network: FaceNet | None = None, batch_size: int = 256
) -> dict[str, Tensor]:
    """The most likely class of every attribute in ``HEADS``, as int64 tensors of shape (N,).

    Parameters and errors as for :func:`face_features`.
    """
    network = network or face_network()
    answers = [network(batch) for batch in _batches(pictures, batch_size)]
    return {name: torch.cat([answer[name].argmax(dim=1) for answer in answers]) for name in HEADS}


def mode_index(attributes: dict[str, Tensor]) -> Tensor:
    """Number the combination of hair colour, hair style, background and glasses: (N,) in [0, 360)."""
    index = (attributes["hair"] * 5 + attributes["style"]) * 6 + attributes["bg"]
    return index * 2 + attributes["glasses"]


def count_modes(pictures: Tensor, *, network: FaceNet | None = None) -> int:
    """How many of the 360 combinations of attributes appear among pictures (N, 3, S, S) in [-1, 1].

    A bald face has no hair colour to see, so the classifier's guess decides; the real faces' own count at the same
    N is the number to compare with.
    """
    return len(mode_index(predict_attributes(pictures, network=network)).unique())
