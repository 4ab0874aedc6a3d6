"""VGG-19 with its ImageNet weights, cut at relu4_1: the encoder of the AdaIN paper, when its weights can be had.

References
----------
Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2015, table 1, column E.
https://arxiv.org/abs/1409.1556
Huang and Belongie, 2017, section 6.1. https://arxiv.org/abs/1703.06868; their code replaces VGG's zero padding by
reflection. https://github.com/xunhuang1995/AdaIN-style
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from ganlab.data.remote import DownloadError
from ganlab.features.encoder import AdaINConfig, Encoder

# Of pictures in [0, 1], channel by channel: what torchvision's weights were trained with.
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# Where torchvision's `features` has the nine convolutions up to conv4_1; ReLUs and poolings are numbered, too.
_PLACES = (0, 2, 5, 7, 10, 12, 14, 16, 19)
_INSTEAD = "use the course's own encoder (ganlab.features.encoder.Encoder), which needs no network"


class VGG19(Encoder):
    """VGG-19 up to relu4_1: four maps of 64, 128, 256 and 512 channels, of pictures in [-1, 1].

    Parameters
    ----------
    padding : str
        ``"reflect"``, as in the AdaIN paper's code, or ``"zeros"``, as VGG was trained.
    pooling : str
        ``"max"``, as VGG was trained, or ``"average"``, which gives smoother gradients (Gatys et al., section 2).

    Raises
    ------
    ValueError
        If it is another padding or pooling.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self, *, padding: Literal["reflect", "zeros"] = "reflect", pooling: Literal["max", "average"] = "max"
    ) -> None:
        super().__init__(AdaINConfig(widths=(64, 128, 256, 512), depths=(2, 2, 4), padding=padding, pooling=pooling))
        for name, values in (("mean", IMAGENET_MEAN), ("std", IMAGENET_STD)):
            self.register_buffer(name, torch.tensor(values).view(1, 3, 1, 1), persistent=False)

    def prepare(self, pictures: Tensor) -> Tensor:
        """Pictures in [-1, 1] as ImageNet's: to [0, 1] first, then mean and deviation of every channel."""
        return ((pictures + 1) / 2 - self.mean) / self.std

    @torch.no_grad()
    def load_torchvision(self, state: Mapping[str, Tensor]) -> VGG19:
        """Take the convolutions from a state dict of ``torchvision.models.vgg19``; return self.

        What lies above relu4_1, and the classifier, is not looked at.

        Raises
        ------
        ValueError
            If a tensor is missing or of another shape; then nothing has been changed.
        """
        taken = {}
        for index, place in enumerate(_PLACES):
            for part in ("weight", "bias"):
                source, target = f"features.{place}.{part}", f"convs.{index}.{part}"
                expected = tuple(self.state_dict()[target].shape)
                found = state.get(source)
                if not isinstance(found, Tensor) or tuple(found.shape) != expected:
                    got = f"shape {tuple(found.shape)}" if isinstance(found, Tensor) else "nothing of that name"
                    raise ValueError(f"vgg19: expected a state dict of vgg19 with {source} {expected}, got {got}")
                taken[target] = found
        self.load_state_dict(taken)
        return self


def vgg19_encoder(
    weights: str | os.PathLike[str] | None = None,
    *,
    padding: Literal["reflect", "zeros"] = "reflect",
    pooling: Literal["max", "average"] = "max",
) -> VGG19:
    """VGG-19 up to relu4_1 with ImageNet weights, in eval mode, without gradients of its own.

    Parameters
    ----------
    weights : path, optional
        A file with a state dict of ``torchvision.models.vgg19``. If not given, torchvision's, from torch's cache of
        downloads, or else from the network: 548 MB, of which 14 MB are kept.
    padding, pooling : str
        As for :class:`VGG19`.

    Raises
    ------
    ganlab.data.remote.DownloadError
        If the weights are not on this machine and cannot be downloaded.
    ValueError
        If the file given cannot be read or holds another network's weights.
    """
    state = _downloaded() if weights is None else _read(Path(weights))
    return VGG19(padding=padding, pooling=pooling).load_torchvision(state).eval().requires_grad_(False)


def _read(path: Path) -> Mapping[str, Tensor]:
    if not path.is_file():
        raise ValueError(f"vgg19: expected a file with the weights, there is none at {path}; {_INSTEAD}")
    try:
        # weights_only: such a file is a pickle, and a pickle may run any code when it is opened without this
        state: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever the unpickler stumbles over
        raise ValueError(
            f"vgg19: {path} is damaged or holds no weights ({type(error).__name__}); fetch it again, or {_INSTEAD}"
        ) from error
    if not isinstance(state, Mapping):
        raise ValueError(f"vgg19: expected a state dict in {path}, got {type(state).__name__}; {_INSTEAD}")
    return state


def _downloaded() -> Mapping[str, Tensor]:
    from torchvision.models import VGG19_Weights  # takes a second to import

    url = VGG19_Weights.IMAGENET1K_V1.url
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    try:
        return torch.hub.load_state_dict_from_url(url, map_location="cpu", check_hash=True, weights_only=True)
    # urllib, http, torch and the unpickler raise many kinds (OSError, RuntimeError, UnpicklingError, EOFError)
    except Exception as error:
        reason = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
        file = folder / Path(url).name
        tried = (
            f"the weights are not in {folder} and could not be downloaded from {url} ({reason}); put that file there"
        )
        if file.exists():
            tried = f"{file} is damaged ({reason}); delete it and call again"
        raise DownloadError(f"vgg19: {tried}, or {_INSTEAD}") from error
