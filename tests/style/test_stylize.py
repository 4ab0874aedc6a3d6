"""Stylising pictures as people have them; ``ganlab.stylize``."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import ganlab
from ganlab.data.paintings import paint_style
from ganlab.features.encoder import AdaINConfig, Encoder
from ganlab.images import PictureError, to_pil, to_tensor
from ganlab.style import stylize
from ganlab.style.methods import keep_colours
from ganlab.style.networks import Decoder
from ganlab.style.stylize import stylise_picture
from ganlab.style.transfer import StyleTransfer


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    config = AdaINConfig(widths=(4, 6, 8), depths=(2, 1), level=3)
    return StyleTransfer(Encoder(config), Decoder(config)).eval().requires_grad_(False)


def picture(width, height, seed=0, mode="RGB"):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(pixels).convert(mode)


def tensor(source):
    return to_tensor(source)[None]


def grey(image):
    return np.asarray(image.convert("L"), float)


def test_the_pixels_are_what_the_network_paints(network):
    content, style = picture(60, 41), picture(30, 20, seed=1)
    for alpha in (1.0, 0.3, 0, 1):
        wanted = to_pil(network(tensor(content), tensor(style), alpha))
        assert np.array_equal(stylise_picture(network, content, style, alpha), wanted)
    grey_content = content.convert("L")
    wanted = to_pil(network(tensor(grey_content.convert("RGB")), tensor(style))).convert("L")
    assert np.array_equal(stylise_picture(network, grey_content, style), wanted)


def test_tiles_do_not_show(network):
    content, style = picture(150, 97), picture(40, 40, seed=1)
    whole = stylise_picture(network, content, style)
    tiled = stylise_picture(network, content, style, tile=48)
    assert np.abs(np.asarray(whole, int) - np.asarray(tiled, int)).max() <= 1  # a rounding, here and there
    assert np.mean(np.asarray(whole) != np.asarray(tiled)) < 1e-3


def test_large_contents_go_through_tiles_of_512(network, monkeypatch):
    seen = []
    monkeypatch.setattr(
        network, "encode", lambda part: seen.append(part.shape[2:]) or StyleTransfer.encode(network, part)
    )
    painted = stylise_picture(network, picture(530, 520), picture(20, 20, seed=1))
    assert painted.size == (530, 520)
    assert len(seen) == 1 + 4
    assert max(max(size) for size in seen) <= 512


@pytest.mark.parametrize("name", ["mosaic", "pastel"])
def test_a_style_can_be_named(name, network):
    content = picture(40, 32)
    wanted = to_pil(network(tensor(content), paint_style(name, size=256)[None]))
    assert np.array_equal(stylise_picture(network, content, name), wanted)


@pytest.mark.parametrize(
    ("size", "encoded"),
    [
        ((1024, 300), (512, 150)),
        ((300, 2000), (77, 512)),
        ((512, 512), (512, 512)),
        ((3000, 1), (512, 1)),
        ((9, 7), (9, 7)),
    ],
)
def test_a_large_style_is_made_smaller(size, encoded):
    style = picture(*size)
    before = style.tobytes()
    assert tuple(stylize._style_tensor(style).shape) == (1, 3, encoded[1], encoded[0])
    assert style.size == size
    assert style.tobytes() == before


def test_a_transparent_style_lies_on_white_paper(network):
    clear = Image.new("RGBA", (16, 16), (0, 0, 0, 0))
    clear.paste((255, 0, 0, 255), (0, 0, 8, 16))
    opaque = Image.new("RGB", (16, 16), "white")
    opaque.paste((255, 0, 0), (0, 0, 8, 16))
    content = picture(32, 32)
    assert np.array_equal(stylise_picture(network, content, clear), stylise_picture(network, content, opaque))


def test_transparency_is_kept_and_what_it_hides_has_no_say(network):
    shape = np.zeros((40, 40), np.uint8)
    shape[5:35, 5:35] = 128
    shape[10:30, 10:30] = 255
    results = []
    for hidden in (0, 255):
        pixels = np.dstack([np.asarray(picture(40, 40)), shape])
        pixels[shape == 0, :3] = hidden
        results.append(np.asarray(stylise_picture(network, Image.fromarray(pixels), picture(20, 20, seed=1))))
        assert np.array_equal(results[-1][..., 3], shape)
    assert np.array_equal(*results)
    opaque = Image.fromarray(np.asarray(picture(40, 40))).convert("RGBA")
    painted = stylise_picture(network, opaque, "mosaic")
    assert np.array_equal(painted.convert("RGB"), stylise_picture(network, opaque.convert("RGB"), "mosaic"))
    nothing = stylise_picture(network, Image.new("RGBA", (9, 9), (200, 0, 0, 0)), "mosaic")
    assert nothing.getextrema()[3] == (0, 0)


def test_transparency_of_a_palette_is_kept(network):
    source = picture(20, 20).quantize(8)
    source.info["transparency"] = 3
    painted = stylise_picture(network, source, "mosaic")
    assert painted.mode == "RGBA"
    assert np.array_equal(np.asarray(painted)[..., 3] == 0, np.asarray(source) == 3)


def test_colours_can_be_kept(network):
    content = Image.fromarray((np.asarray(picture(40, 32)) * 0.2 + (60, 90, 120)).astype(np.uint8))
    style = picture(30, 20, seed=1)
    plain, kept = (
        stylise_picture(network, content, style),
        stylise_picture(network, content, style, keep_colours=True),
    )
    wanted = to_pil(keep_colours(network(tensor(content), tensor(style)), tensor(content)))
    assert np.array_equal(kept, wanted)
    assert np.abs(grey(kept) - grey(plain)).max() <= 2

    def blueness(image):
        return np.asarray(image, float)[..., 2].mean() - np.asarray(image, float)[..., 0].mean()

    assert abs(blueness(kept) - blueness(content)) < 6 < abs(blueness(plain) - blueness(content))
    colourless = content.convert("L").convert("RGB")
    assert np.ptp(np.asarray(stylise_picture(network, colourless, style, keep_colours=True), int), axis=2).max() <= 1


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (1, 50)])
def test_the_smallest_pictures(size, network):
    assert stylise_picture(network, picture(*size), picture(1, 1, seed=1)).size == size


def test_twice_the_same_gives_the_same_and_nothing_is_changed(network):
    content, style = picture(50, 40), picture(30, 30, seed=1)
    before = content.tobytes(), style.tobytes()
    first, second = (stylise_picture(network, content, style) for _ in range(2))
    assert first.tobytes() == second.tobytes()
    assert (content.tobytes(), style.tobytes()) == before


@pytest.mark.parametrize(
    "alpha",
    [
        -0.1,
        1.01,
        float("nan"),
        float("inf"),
        "1",
        None,
        1j,
        np.float32(1.5),
        torch.tensor(2),
        torch.ones(9, 9),
        np.ones(1),
    ],
)
def test_alpha_outside_its_range_is_one_sentence(alpha, network):
    with pytest.raises((TypeError, ValueError), match="^alpha: expected a number from 0 to 1, got") as caught:
        stylise_picture(network, picture(9, 9), "mosaic", alpha)
    assert "\n" not in str(caught.value)


def test_what_cannot_be_used_is_one_sentence(network):
    content = picture(9, 9)
    with pytest.raises(PictureError, match="content: expected a PIL picture, got ndarray"):
        stylise_picture(network, np.zeros((9, 9, 3), np.uint8), "mosaic")
    with pytest.raises(
        PictureError, match=r"style: expected a PIL picture or a name from ganlab.data.paintings.STYLES, got Tensor"
    ):
        stylise_picture(network, content, torch.zeros(3, 9, 9))
    with pytest.raises(ValueError, match="there is no style 'mosaik'; did you mean 'mosaic'"):
        stylise_picture(network, content, "mosaik")
    with pytest.raises(PictureError, match="style: expected at least one pixel, got 0 x 5"):
        stylise_picture(network, content, Image.new("RGB", (0, 5)))
    with pytest.raises(
        PictureError, match="content: expected colours that are not multiplied by alpha, got mode 'La'"
    ):
        stylise_picture(network, Image.new("La", (9, 9)), "mosaic")
    with pytest.raises(PictureError, match="style: Pillow cannot convert mode 'La'"):
        stylise_picture(network, content, Image.new("La", (9, 9)))


@pytest.mark.parametrize(
    "name", ["painting.jpg", "painting.JPEG", "styles/painting", "C:\\styles\\painting", Path("painting")]
)
def test_a_style_that_is_a_file_name_says_how_to_open_it(name, network):
    with pytest.raises(
        PictureError, match="got the name of a file, .*; open it with ganlab.images.open_picture"
    ) as caught:
        stylise_picture(network, picture(9, 9), name)
    assert str(caught.value).startswith("style: expected a PIL picture or a name from ganlab.data.paintings.STYLES")


def test_a_style_may_lie_on_its_side_and_be_of_any_mode(network):
    content = picture(20, 16)
    style = picture(14, 9, seed=1)
    turned = style.transpose(Image.Transpose.ROTATE_90)
    # "Turn it by 90 degrees clockwise to see it upright."
    turned.getexif()[0x0112] = 6
    wanted = stylise_picture(network, content, style)
    assert np.array_equal(stylise_picture(network, content, turned), wanted)
    grey = np.asarray(style.convert("L"))
    wanted = stylise_picture(network, content, style.convert("L"))
    for deep in (grey.astype(np.uint16) * 257, (grey / 255).astype(np.float32)):
        assert np.array_equal(stylise_picture(network, content, Image.fromarray(deep)), wanted)


@pytest.mark.parametrize(
    "alpha",
    [
        np.float32(0.5),
        np.float64(0.5),
        np.array(0.5),
        torch.tensor(0.5),
        torch.tensor(0.5, dtype=torch.float64),
        Fraction(1, 2),
    ],
)
def test_a_number_of_any_library_is_a_number(alpha, network):
    content = picture(20, 16)
    wanted = stylise_picture(network, content, "mosaic", 0.5)
    assert np.array_equal(stylise_picture(network, content, "mosaic", alpha), wanted)


def test_stylize_hands_everything_on(network, monkeypatch):
    asked = []
    monkeypatch.setattr("ganlab.style.stylize._network", lambda model: asked.append(model) or network)
    content, style = picture(40, 30), picture(20, 20, seed=1)
    assert np.array_equal(ganlab.stylize(content, style), stylise_picture(network, content, style))
    found = ganlab.stylize(content, "mosaic", 0.4, keep_colours=True, model="other")
    assert np.array_equal(found, stylise_picture(network, content, "mosaic", 0.4, keep_colours=True))
    assert asked == ["adain-small", "other"]
    with pytest.raises(ValueError, match="alpha: expected a number from 0 to 1, got nan"):
        ganlab.stylize(content, style, float("nan"))


def test_a_model_that_paints_nothing_is_refused():
    with pytest.raises(ValueError, match="expected the weights of a style transfer, got 'dcgan-faces32'"):
        ganlab.stylize(picture(9, 9), "mosaic", model="dcgan-faces32")
    with pytest.raises(ValueError, match="no weights called 'adain-large' are shipped"):
        ganlab.stylize(picture(9, 9), "mosaic", model="adain-large")


def photograph(mode="RGB"):
    """A cup of coffee, 205 x 139: no multiples of the stride."""
    return to_pil(ganlab.data.photos("coffee").images).resize((205, 139)).convert(mode)


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
def test_stylize_in_one_line(mode):
    content = photograph(mode)
    painted = ganlab.stylize(content, "stained glass")
    assert (painted.size, painted.mode) == (content.size, mode)
    assert painted.tobytes() == ganlab.stylize(content, "stained glass").tobytes()
    assert np.abs(np.asarray(painted, float) - np.asarray(content, float)).mean() > 4


def test_no_strength_is_near_the_content_and_full_strength_is_not():
    content = photograph()
    error = {}
    for alpha in (0, 1):
        painted = ganlab.stylize(content, "stained glass", alpha)
        error[alpha] = np.square(np.asarray(painted, float) - np.asarray(content, float)).mean()
    assert 10 * np.log10(255**2 / error[0]) >= 20
    assert 10 * np.log10(255**2 / error[1]) < 20
