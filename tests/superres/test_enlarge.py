"""Enlarging pictures as people have them; ``ganlab.enlarge``."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import ganlab
from ganlab.images import PictureError, to_pil, to_tensor
from ganlab.metrics.fidelity import psnr_y
from ganlab.pretrained import shipped_names
from ganlab.resampling import downscale, upscale
from ganlab.superres import enlarge
from ganlab.superres.enlarge import enlarge_picture
from ganlab.superres.networks import MultiStageGenerator, SRResNet, SRResNetConfig
from ganlab.superres.tiles import EnlargingStopped, enlarge_in_tiles, receptive_radius

ROOT = Path(__file__).resolve().parent.parent.parent
TINY = SRResNetConfig(width=8, blocks=2, end_kernel=3, normalize=False, upsampling="direct", bicubic_skip=True)


def make_network(**settings):
    """Untrained, but not silent: bicubic enlargement, and a few grey levels of something else."""
    torch.manual_seed(0)
    network = SRResNet(SRResNetConfig(**{**vars(TINY), **settings}))
    with torch.no_grad():
        network.tail[0].conv.weight.normal_(0, 0.03)
    return network.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def network():
    return make_network()


def picture(width, height, seed=0, mode="RGB"):
    """Smooth, so that 8 bits suffice to tell what is right."""
    coarse = np.random.default_rng(seed).integers(0, 256, (5, 6, 3), np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC).convert(mode)


def enlarged(network, source):
    return enlarge_in_tiles(network, to_tensor(source)[None])


def test_the_pixels_are_what_the_network_makes(network):
    source = picture(61, 40)
    wanted = np.asarray(to_pil(enlarged(network, source)))
    assert np.array_equal(enlarge_picture(network, source), wanted)
    assert (
        np.abs(np.asarray(to_pil(upscale(to_tensor(source)[None])), int) - wanted).mean() > 1
    )  # the network's doing
    for tile in (16, 25):
        tiled = np.asarray(enlarge_picture(network, source, tile=tile))
        assert np.abs(tiled.astype(int) - wanted).max() <= 1  # a rounding, here and there
        assert np.mean(tiled != wanted) < 1e-3


def test_grey_is_the_brightness_of_what_colours_would_give(network):
    source = picture(40, 30, mode="L")
    colours = to_pil(enlarged(network, source.convert("RGB")))
    found = np.asarray(enlarge_picture(network, source), int)
    assert np.abs(found - np.asarray(colours.convert("L"), int)).max() <= 1
    assert np.ptp(np.asarray(colours, int), axis=2).max() > 2  # which are not grey any more


def test_a_network_for_grey_enlarges_each_channel(network):
    grey = make_network(channels=1)
    source = picture(30, 20)
    found = np.asarray(enlarge_picture(grey, source))
    for channel, band in enumerate(source.split()):
        assert np.array_equal(found[..., channel], np.asarray(to_pil(enlarged(grey, band))))
    assert np.array_equal(enlarge_picture(grey, source.getchannel(1)), found[..., 1])
    with pytest.raises(ValueError, match="expected a network for 1 or 3 channels, got one for 4"):
        enlarge_picture(make_network(channels=4), source)


@pytest.mark.parametrize("mode", ["I;16", "I;16L", "I;16B", "I;16N"])
def test_sixteen_bits_stay_sixteen(mode):
    grey = make_network(channels=1)
    steps = np.linspace(20_000, 20_600, 24 * 32).reshape(24, 32).astype(np.uint16)  # less than three of 256 levels
    order = ">u2" if mode == "I;16B" or (mode == "I;16N" and sys.byteorder == "big") else "<u2"
    source = Image.frombytes(mode, (32, 24), steps.astype(order).tobytes())
    large = enlarge_picture(grey, source)
    assert (large.mode, large.size) == ("I;16", (128, 96))
    exact = enlarge_in_tiles(grey, torch.from_numpy(steps.astype(np.float32))[None, None] / 32767.5 - 1)[0, 0]
    np.testing.assert_allclose(np.asarray(large), (exact.numpy() + 1) * 32767.5, atol=0.51)
    assert len(np.unique(np.asarray(large))) > 300
    white = enlarge_picture(make_network(channels=1), Image.fromarray(np.full((5, 5), 65535, np.uint16)))
    assert np.asarray(white).max() == 65535


def test_transparency_is_enlarged_and_what_it_hides_has_no_say(network):
    shape = np.zeros((30, 40), np.uint8)
    shape[5:25, 5:35] = 128
    shape[10:20, 10:30] = 255
    results = []
    for hidden in (0, 255):
        pixels = np.dstack([np.asarray(picture(40, 30)), shape])
        pixels[shape == 0, :3] = hidden
        results.append(np.asarray(enlarge_picture(network, Image.fromarray(pixels))))
    assert np.array_equal(*results)
    wanted = Image.fromarray(shape.astype(np.float32)).resize((160, 120), Image.Resampling.BICUBIC)
    wanted = np.asarray(wanted).clip(0, 255)  # only now: with 8 bits Pillow clips between rows and columns, too
    assert np.abs(results[0][..., 3] - wanted).max() <= 1
    assert (results[0][..., 3].min(), results[0][..., 3].max()) == (0, 255)
    opaque = picture(40, 30)
    large = enlarge_picture(network, opaque.convert("RGBA"))
    assert np.array_equal(large.convert("RGB"), enlarge_picture(network, opaque))
    assert large.getextrema()[3] == (255, 255)
    nothing = enlarge_picture(network, Image.new("RGBA", (9, 9), (200, 0, 0, 0)))
    assert nothing.getextrema()[3] == (0, 0)


def test_a_cameras_rotation_is_applied(network):
    source = picture(40, 24)
    turned = source.transpose(Image.Transpose.ROTATE_90)
    turned.getexif()[0x0112] = 6  # "turn it by 90 degrees clockwise to see it upright"
    large = enlarge_picture(network, turned)
    assert np.array_equal(large, enlarge_picture(network, source))
    assert 0x0112 not in large.getexif()


def test_a_colour_profile_is_kept_where_it_still_holds(network):
    for mode, kept in (("RGB", b"profile"), ("L", b"profile"), ("P", b"profile"), ("CMYK", None)):
        source = picture(9, 9, mode=mode)
        source.info["icc_profile"] = b"profile"
        assert enlarge_picture(network, source).info.get("icc_profile") == kept


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (53, 1), (8000, 3)])
def test_the_thinnest_and_the_longest_pictures(size, network):
    source = picture(*size)
    large = enlarge_picture(network, source)
    assert large.size == (4 * size[0], 4 * size[1])
    error = np.abs(np.asarray(large.resize(size, Image.Resampling.BOX), int) - np.asarray(source, int))
    assert error.mean() < 25  # still that picture


def test_progress_and_stop(network):
    source, calls = picture(60, 40, mode="RGBA"), []
    whole = enlarge_picture(network, source, tile=20, progress=lambda *call: calls.append(call))
    assert calls == [(k, 6) for k in range(1, 7)]
    with pytest.raises(EnlargingStopped, match="^stopped after 3 of 6 tiles") as caught:
        enlarge_picture(
            network, source, tile=20, progress=lambda *c: calls.append(c), should_stop=lambda: len(calls) > 8
        )
    part = caught.value.result
    assert (part.mode, part.size) == ("RGBA", (240, 160))
    assert np.array_equal(np.asarray(part)[:80], np.asarray(whole)[:80])
    assert part.convert("RGB").crop((0, 80, 240, 160)).getextrema() == ((128, 128),) * 3


def test_what_cannot_be_used_is_one_sentence(network, monkeypatch):
    with pytest.raises(PictureError, match="^expected a PIL picture, got ndarray$"):
        enlarge_picture(network, np.zeros((9, 9, 3), np.uint8))
    with pytest.raises(PictureError, match="expected at least one pixel, got 0 x 5"):
        enlarge_picture(network, Image.new("RGB", (0, 5)))
    with pytest.raises(PictureError, match="not multiplied by alpha, got mode 'La'"):
        enlarge_picture(network, Image.new("La", (9, 9)))
    monkeypatch.setattr(enlarge, "visit_tiles", lambda *_, **__: 1 / 0)
    with pytest.raises(PictureError, match="200 million pixels, got 20000 x 10004; cut the picture into parts or"):
        enlarge_picture(network, Image.new("1", (5000, 2501)))
    with pytest.raises(ZeroDivisionError):
        enlarge_picture(network, Image.new("L", (500, 250)))


def test_a_network_that_has_diverged_is_named():
    broken = make_network()
    broken.tail[0].conv.bias.fill_(float("nan"))
    with pytest.raises(PictureError, match="the network's numbers are not finite; its training has diverged"):
        enlarge_picture(broken, picture(9, 9))


MEMORY = r"""
import pathlib, re, resource, sys
import numpy as np, torch
from PIL import Image
from ganlab.superres.enlarge import enlarge_picture
from ganlab.superres.networks import SRResNet, SRResNetConfig
config = SRResNetConfig(width=int(sys.argv[1]), blocks=int(sys.argv[2]), end_kernel=3, normalize=False,
                        upsampling="direct", bicubic_skip=True)
pixels = np.random.default_rng(0).integers(0, 256, (750, 1000, 4), np.uint8)
large = enlarge_picture(SRResNet(config), Image.fromarray(pixels))
status = pathlib.Path("/proc/self/status")
if status.exists():  # Linux; its ru_maxrss would count the parent process from before exec, too
    peak = 1024 * int(re.search(r"VmHWM:\s*(\d+)", status.read_text())[1])
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(*large.size, peak)
"""


def test_twelve_megapixels_take_less_than_one_and_a_half_gigabytes():
    # As wide as the shipped network. More blocks take more time and no more memory: each frees what it made.
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, "64", "1"],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    *size, peak = map(int, done.stdout.split())
    assert size == [4000, 3000]
    assert 4 * 12e6 < peak < 1.5e9


def test_enlarge_hands_everything_on(network, monkeypatch, capsys):
    asked = []
    module = sys.modules[ganlab.enlarge.__module__]
    module._network.cache_clear()
    monkeypatch.setattr(module, "load_pretrained", lambda name: asked.append(name) or network)
    source = picture(300, 20)
    wanted = enlarge_picture(network, source)
    assert np.array_equal(ganlab.enlarge(source), wanted)
    assert capsys.readouterr().err == ""
    assert np.array_equal(ganlab.enlarge(source, progress=True), wanted)
    assert "enlarging: 100%" in (shown := capsys.readouterr().err)
    assert "2/2" in shown
    assert np.array_equal(ganlab.enlarge(source, "other"), wanted)
    assert asked == ["srresnet-x4", "other"]  # each once
    module._network.cache_clear()


def test_a_model_that_enlarges_nothing_is_refused():
    with pytest.raises(ValueError, match="expected the weights of a super-resolution network, got 'dcgan-faces32'"):
        ganlab.enlarge(picture(9, 9), "dcgan-faces32")
    with pytest.raises(ValueError, match="no weights called 'srresnet-x5' are shipped"):
        ganlab.enlarge(picture(9, 9), "srresnet-x5")


@pytest.mark.skipif("srresnet-x4" not in shipped_names(), reason="srresnet-x4 is not shipped")
def test_the_shipped_network_beats_bicubic_enlargement():
    truth = ganlab.data.photos("coffee", size=256).images[:1]
    small = downscale(truth)
    large = to_tensor(ganlab.enlarge(to_pil(small)))[None]
    assert psnr_y(large, truth) > psnr_y(upscale(small), truth) + 0.5
    network = sys.modules[ganlab.enlarge.__module__]._network("srresnet-x4")
    assert isinstance(network, SRResNet | MultiStageGenerator)
    assert receptive_radius(network) == 23
    whole = enlarge_in_tiles(network, small)
    assert (enlarge_in_tiles(network, small, tile=24) - whole).abs().max() < 2 / 255 / 100
    assert (enlarge_in_tiles(network, small, tile=24, overlap=0) - whole).abs().max() > 10 * 2 / 255
