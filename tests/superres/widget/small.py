"""What the tests of SuperResolutionStudio's room share: small networks, small pictures, and what the studio has to show."""

import json
from functools import cache

import numpy as np
import torch
from PIL import Image

from ganlab import widgets
from ganlab.images import to_pil, to_tensor
from ganlab.resampling import upscale
from ganlab.superres.networks import SRResNet, SRResNetConfig

CONFIG = SRResNetConfig(width=8, blocks=2, end_kernel=3, normalize=False, upsampling="direct", bicubic_skip=True)
WIDTH, HEIGHT = 150, 110


@cache
def untrained():
    """Two small networks that nobody has trained, and that change what they enlarge so much that it shows."""
    made = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        network = SRResNet(CONFIG).eval().requires_grad_(False)
        network.tail[0].conv.weight *= 30
        made.append(network)
    return tuple(made)


def smooth(width=WIDTH, height=HEIGHT, seed=0):
    coarse = np.random.default_rng(seed).integers(0, 256, (7, 9, 3), np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def small_studio():
    return widgets.SuperResolutionStudio(untrained(), smooth())


def seen(picture, crop, network=None, margin=6):
    """The crop with a margin of its true neighbours, enlarged here; only for crops that have so many."""
    left, top, wide, tall = crop
    around = to_tensor(picture.crop((left - margin, top - margin, left + wide + margin, top + tall + margin)))[None]
    large = upscale(around) if network is None else network(around)
    return to_pil(large[0, :, 4 * margin : -4 * margin, 4 * margin : -4 * margin])


def far(one, other):
    """The largest difference in grey levels."""
    assert one.size == other.size
    return int(np.abs(np.asarray(one).astype(int) - np.asarray(other)).max())


def state(studio):
    """Everything that must stay when something is refused."""
    answer = json.loads(studio.response)
    return studio.scene, studio.result, studio.original, studio.compared, answer["image"], answer["crop"]
