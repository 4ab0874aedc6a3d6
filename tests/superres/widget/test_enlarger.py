"""A crop is enlarged as its place in the whole picture is, at the picture's edges too."""

import numpy as np
import pytest
import torch
from PIL import Image

from ganlab import load_pretrained
from ganlab.images import to_pil, to_tensor
from ganlab.resampling import upscale
from ganlab.superres.enlarge import enlarge_picture
from ganlab.superres.networks import SRResNet
from ganlab.superres.widget.enlarger import Enlarger
from ganlab.superres.widget.scene import Scene, crop_around
from ganlab.widgets.kit.samples import Sample
from tests.superres.widget.small import CONFIG, HEIGHT, WIDTH, far, small_studio, smooth, untrained


def scene_of(picture, crop, gan_weight=1.0):
    return Scene(Sample("cat", picture), 0, picture, crop, gan_weight)


def same_place(whole, crop):
    left, top, wide, tall = (4 * number for number in crop)
    return whole.crop((left, top, left + wide, top + tall))


def crops(width, height, count):
    """Crops at every edge and corner, and anywhere."""
    sides = min(24, width), min(20, height)
    lefts, tops = (
        (0, (length - side) // 2, length - side) for length, side in zip((width, height), sides, strict=True)
    )
    yield from ((left, top, *sides) for left in lefts for top in tops)
    yield 0, 0, min(192, width), min(192, height)
    rng = np.random.default_rng(0)
    for _ in range(count):
        x, y, wide, tall = (int(n) for n in rng.integers(1, 150, 4))
        yield crop_around(x, y, wide, tall, width, height)


@pytest.mark.parametrize("size", [(WIDTH, HEIGHT), (40, 25), (7, 5), (1, 30), (2, 1)], ids=str)
def test_any_crop_is_the_same_place_of_the_whole_picture(size):
    picture, networks = smooth(*size), untrained()
    enlarger = Enlarger(networks)
    srresnet, srgan = (enlarge_picture(network, picture) for network in networks)
    bicubic = to_pil(upscale(to_tensor(picture)[None]))
    for crop in crops(*size, 20):
        found = enlarger.enlarge(scene_of(picture, crop))
        assert far(found.srresnet, same_place(srresnet, crop)) <= 1, crop
        assert far(found.result, same_place(srgan, crop)) <= 1, crop
        assert far(found.bicubic, same_place(bicubic, crop)) <= 1, crop


def test_the_shipped_networks_give_the_same_place_too():
    networks = tuple(load_pretrained(name) for name in ("srresnet-x4", "srgan-x4"))
    enlarger = Enlarger(networks)
    noise = np.random.default_rng(0).integers(0, 256, (44, 50, 3), np.uint8)
    rough = Image.fromarray(noise).resize((100, 88), Image.Resampling.BICUBIC)
    srresnet, srgan = (enlarge_picture(network, rough) for network in networks)
    for crop in ((0, 0, 30, 30), (70, 58, 30, 30), (35, 0, 30, 20), (0, 40, 20, 30), (35, 29, 30, 30)):
        found = enlarger.enlarge(scene_of(rough, crop))
        assert far(found.srresnet, same_place(srresnet, crop)) <= 1, crop
        assert far(found.result, same_place(srgan, crop)) <= 1, crop


def test_the_studios_part_is_the_same_place_of_its_whole():
    studio = small_studio()
    whole = studio.enlarge_whole()
    assert whole.size == (4 * WIDTH, 4 * HEIGHT)
    for crop in ((27, 7, 96, 96), (0, 0, 60, 40), (WIDTH - 50, HEIGHT - 16, 50, 16), (20, 0, 33, HEIGHT)):
        studio.crop = crop
        assert far(studio.result, same_place(whole, crop)) <= 1
    studio.crop = (0, 0, WIDTH, HEIGHT)
    assert far(studio.result, whole) <= 1


def test_a_camera_picture_is_cut_before_it_is_computed_with(monkeypatch):
    sizes = []
    convert = torch.from_numpy
    monkeypatch.setattr(torch, "from_numpy", lambda array: sizes.append(array.size) or convert(array))
    Enlarger(untrained()).enlarge(scene_of(Image.new("RGB", (6000, 4000)), (100, 100, 16, 16)))
    assert max(sizes) < 10_000


def test_the_mixture_of_the_two_is_remembered():
    enlarger = Enlarger((SRResNet(CONFIG), SRResNet(CONFIG)))
    assert enlarger.network(0) is enlarger.srresnet
    assert enlarger.network(1) is enlarger.srgan
    assert enlarger.network(0.25) is enlarger.network(0.25)
