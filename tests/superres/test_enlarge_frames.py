"""Enlarging films, frame by frame."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence

from ganlab.images import PictureError, to_tensor
from ganlab.metrics.fidelity import flicker
from ganlab.superres.enlarge import enlarge_frames, enlarge_picture
from ganlab.superres.networks import SRResNet, SRResNetConfig
from ganlab.superres.tiles import EnlargingStopped


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    config = SRResNetConfig(width=8, blocks=2, end_kernel=3, normalize=False, upsampling="direct", bicubic_skip=True)
    return SRResNet(config).eval().requires_grad_(False)


def picture(width, height, seed=0):
    coarse = np.random.default_rng(seed).integers(0, 256, (5, 6, 3), np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def test_frames_come_one_at_a_time(network):
    read, calls = [], []

    def film():
        for number in range(4):
            read.append(number)
            yield picture(40, 24, seed=number)

    found = enlarge_frames(network, film(), tile=20, progress=lambda *call: calls.append(call))
    assert read == []
    for number, large in enumerate(found):
        assert read[-1] == number
        assert np.array_equal(large, enlarge_picture(network, picture(40, 24, seed=number), tile=20))
    assert calls == [(k, 4) for k in (1, 2, 3, 4)] * 4
    stopping = enlarge_frames(network, film(), should_stop=lambda: len(read) == 6)
    assert next(stopping).size == (160, 96)
    with pytest.raises(EnlargingStopped, match="0 of 1 tiles"):
        next(stopping)


def test_the_frames_of_an_animation_and_their_flicker(network, tmp_path):
    first, second = (picture(40, 24, seed=seed).quantize(200) for seed in (0, 1))
    first.save(tmp_path / "film.gif", save_all=True, append_images=[second, first])
    with Image.open(tmp_path / "film.gif") as film:
        found = [to_tensor(frame)[None] for frame in enlarge_frames(network, ImageSequence.Iterator(film))]
    assert len(found) == 3
    assert flicker(found[::2]) == 0  # nothing but the frame itself decides what becomes of it
    assert flicker(found) > 5


def test_a_frame_that_does_not_fit_is_named_by_its_number(network):
    good = picture(40, 24)
    for bad, message in (
        (picture(24, 40), "^frame 2: expected 40 x 24 pixels as of frame 0, got 24 x 40$"),
        ("frame.png", r"^frame 2: expected a PIL picture, got str; open the file with ganlab\.images\.open_picture$"),
        (Image.new("La", (40, 24)), "^frame 2: expected colours that are not multiplied by alpha"),
    ):
        frames = enlarge_frames(network, [good, good, bad])
        assert [next(frames).size for _ in range(2)] == [(160, 96)] * 2
        with pytest.raises(PictureError, match=message):
            next(frames)
