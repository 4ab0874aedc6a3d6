"""Filling pictures of any size with a network of one size; ``ganlab.inpaint``."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

import ganlab
from ganlab.images import PictureError, to_pil, to_tensor
from ganlab.inpainting import inpaint
from ganlab.inpainting.networks import ContextEncoder, ContextEncoderConfig
from tests.picture_modes import picture_of, stored_as


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return ContextEncoder(ContextEncoderConfig(size=32, base_channels=2)).eval().requires_grad_(False)


class Constant(torch.nn.Module):
    """Fills everything with one value and counts what it was asked."""

    def __init__(self, value=0.5, size=32):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.config = ContextEncoderConfig(size=size)
        self.value, self.windows, self.known = value, 0, []

    def forward(self, pictures, mask):
        self.windows += len(pictures)
        self.known += (1 - mask).mean(dim=(1, 2, 3)).tolist()
        return torch.where(mask > 0, self.value, pictures)


def picture(height, width, seed=0):
    return torch.rand(3, height, width, generator=torch.Generator().manual_seed(seed)) * 2 - 1


@given(
    st.integers(5, 90),
    st.integers(5, 90),
    st.integers(0, 2**31),
    st.sampled_from(["dots", "box", "line", "all", "none"]),
)
@settings(max_examples=60, deadline=None)
def test_known_pixels_are_bit_identical_and_all_others_are_filled(height, width, seed, kind):
    random = np.random.default_rng(seed)
    hole = np.zeros((height, width), bool)
    if kind == "dots":
        hole = random.random((height, width)) < 0.1
    elif kind == "box":
        hole[height // 4 : height * 3 // 4 + 1, width // 3 : width // 2 + 1] = True
    elif kind == "line":
        hole[:, width // 2] = True
    elif kind == "all":
        hole[:] = True
    image = picture(height, width)
    filled = inpaint.fill_tensor(Constant(0.5), image, torch.from_numpy(hole))
    assert torch.equal(filled[:, ~hole], image[:, ~hole])
    torch.testing.assert_close(filled[:, hole], torch.full_like(filled[:, hole], 0.5), atol=1e-4, rtol=0)


def test_a_picture_of_the_networks_size_gives_what_the_network_gives(network):
    image = picture(32, 32)
    mask = torch.zeros(1, 1, 32, 32)
    mask[:, :, 8:24, 8:24] = 1
    start = ganlab.layers.push_pull(image[None], mask)
    torch.testing.assert_close(inpaint.fill_tensor(network, image, mask[0, 0]), network(start, mask)[0])


def test_a_thin_scratch_is_filled_at_full_resolution_and_a_large_hole_from_afar():
    scratch = torch.zeros(200, 200)
    scratch[:, 100:102] = 1
    fine = Constant()
    inpaint.fill_tensor(fine, picture(200, 200), scratch)
    assert fine.windows == 13  # cells of 16 along 200 pixels
    assert min(fine.known) > 0.9
    hole = torch.zeros(200, 200)
    hole[50:150, 50:150] = 1
    coarse = Constant()
    inpaint.fill_tensor(coarse, picture(200, 200), hole)
    assert coarse.windows == 1
    assert min(coarse.known) > 0.5


def test_the_hole_itself_is_not_looked_at(network):
    hole = torch.zeros(70, 50)
    hole[10:40, 20:30] = 1
    image = picture(70, 50)
    spoilt = torch.where(hole > 0, torch.tensor(0.9), image)
    assert torch.equal(
        inpaint.fill_tensor(network, image, hole)[:, hole > 0],
        inpaint.fill_tensor(network, spoilt, hole)[:, hole > 0],
    )


def test_a_16_bit_gradient_with_nothing_missing_stays_as_it_is():
    steps = Image.fromarray(np.linspace(0, 65535, 40 * 60).reshape(40, 60).astype(np.uint16))
    found = ganlab.inpaint(steps, np.zeros((40, 60), bool))
    assert found.mode == "I;16"
    assert np.array_equal(found, steps)


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
def test_the_pixels_are_what_the_network_paints(mode, network):
    source = Image.fromarray((np.random.default_rng(0).random((40, 60, 3)) * 255).astype(np.uint8)).convert(mode)
    mask = np.zeros((40, 60), bool)
    mask[10:30, 20:40] = True
    filled = to_pil(inpaint.fill_tensor(network, to_tensor(source.convert("RGB")), torch.from_numpy(mask)))
    wanted = np.where(mask if mode == "L" else mask[..., None], filled.convert(mode), source)
    assert np.array_equal(inpaint.fill_picture(network, source, mask), wanted)


def test_a_network_for_grey_fills_colours_with_grey():
    torch.manual_seed(0)
    grey = ContextEncoder(ContextEncoderConfig(size=32, channels=1, base_channels=2)).eval().requires_grad_(False)
    source = Image.fromarray((np.random.default_rng(0).random((40, 60, 3)) * 255).astype(np.uint8))
    mask = np.zeros((40, 60), bool)
    mask[10:30, 20:40] = True
    found = np.asarray(inpaint.fill_picture(grey, source, mask))
    assert np.ptp(found[mask], axis=1).max() == 0
    wanted = np.asarray(inpaint.fill_picture(grey, source.convert("L"), mask))
    assert np.abs(found[mask][:, 0].astype(int) - wanted[mask]).max() <= 1


def test_what_transparency_hides_does_not_bleed_into_the_hole(network):
    mask = np.zeros((40, 40), bool)
    mask[10:30, 10:30] = True
    found = []
    for hidden in (0, 255):
        pixels = np.full((40, 40, 4), 99, np.uint8)
        pixels[:, 25:] = (hidden, hidden, hidden, 0)
        found.append(np.asarray(inpaint.fill_picture(network, Image.fromarray(pixels), mask)))
    assert np.array_equal(found[0][mask], found[1][mask])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_mask_lies_on_the_picture_as_it_is_seen_and_is_turned_along_if_it_only_fits_as_stored(orientation, network):
    stored = stored_as(picture_of("RGB", (50, 34)), orientation)
    upright = ImageOps.exif_transpose(stored)
    hole = np.zeros((34, 50), bool)
    hole[3:12, 30:45] = True
    seen = np.array(ImageOps.exif_transpose(stored_as(Image.fromarray(hole), orientation)))
    wanted = inpaint.fill_picture(network, upright, seen)
    for mask in (seen, torch.from_numpy(seen)[None], Image.fromarray(seen)):
        assert np.array_equal(inpaint.fill_picture(network, stored, mask), wanted)
    if orientation >= 5:
        for mask in (hole, torch.from_numpy(hole)[None, None], Image.fromarray(hole)):
            assert np.array_equal(inpaint.fill_picture(network, stored, mask), wanted)
    # A mask that is a photograph's copy, painted over, has the camera's remark itself.
    assert np.array_equal(
        inpaint.fill_picture(network, stored, stored_as(Image.fromarray(hole), orientation)), wanted
    )
    with pytest.raises(PictureError, match=f"the picture's size {upright.width} x {upright.height}, got 7 x 7"):
        inpaint.fill_picture(network, stored, Image.new("L", (7, 7)))


def test_masks_as_people_have_them():
    hole = np.zeros((4, 6), bool)
    hole[1:3, 2:5] = True
    ones = Image.fromarray(hole.astype(np.uint8))
    white = Image.fromarray(hole.astype(np.uint8) * 255)
    clear = Image.merge("RGBA", [white, white, white, white])
    listed = white.convert("P")
    listed.info["transparency"] = 0
    grey = Image.merge("LA", [Image.new("L", (6, 4), 255), white])
    arrays = (hole, hole * 1, hole * 255, hole * 1.0, hole * np.float16(0.7), hole * 65535, hole.astype(np.uint8))
    tensors = [torch.from_numpy(np.array(mask)) for mask in (hole, hole * 1.0, hole * 255)]
    for mask in (*arrays, *tensors, tensors[0][None, None].float(), tensors[1].bfloat16(), tensors[1].requires_grad_(),
                 white, white.convert("1"), white.convert("RGB"), clear, listed, grey,
                 ones, ones.convert("RGB"), ones.convert("RGBA"), Image.fromarray(hole.astype(np.int32)),
                 Image.fromarray(hole.astype(np.uint16)), Image.fromarray(hole.astype(np.uint16) * 255),
                 Image.fromarray(hole.astype(np.uint16) * 65535), Image.fromarray(hole.astype(np.float32)),
                 Image.fromarray(hole * np.float32(255)), Image.fromarray(hole * np.uint8(200) + np.uint8(20))):  # fmt: skip
        found = inpaint.to_mask(mask, (6, 4))
        assert found.dtype == bool
        assert np.array_equal(found, hole)
    for nothing in (hole & False, Image.new("L", (6, 4)), Image.new("RGBA", (6, 4)), torch.zeros(4, 6)):
        assert not inpaint.to_mask(nothing, (6, 4)).any()
    soft = np.linspace(0, 1, 24).reshape(4, 6)
    assert np.array_equal(inpaint.to_mask(soft, (6, 4)), soft >= 0.5)


@pytest.mark.parametrize("size", [(5, 1), (1, 5), (1, 1), (6, 4)])
def test_an_array_may_have_an_axis_of_one_more_whatever_the_picture(size):
    hole = np.arange(size[0] * size[1]).reshape(size[::-1]) % 2 == 0
    for mask in (hole, hole[None], hole[None, None], hole[..., None], hole[None, ..., None]):
        assert np.array_equal(inpaint.to_mask(mask, size), hole)
        assert np.array_equal(inpaint.to_mask(torch.from_numpy(mask), size), hole)
    for mask in (hole.ravel(), hole[None, None, None, None], np.repeat(hole[..., None], 3, axis=2)):
        if mask.shape != hole.shape:
            with pytest.raises(PictureError, match=r"mask: expected shape \(.*\), got \("):
                inpaint.to_mask(mask, size)


def coloured(colour):
    picture = Image.new("RGB", (6, 4))
    picture.paste(colour, (2, 1, 5, 3))
    return picture


HOLE = np.pad(np.ones((2, 3)), ((1, 1), (2, 1)))


@pytest.mark.parametrize(("mask", "message"), [
    (Image.new("L", (4, 6)), "expected the picture's size 6 x 4, got 4 x 6"),
    (HOLE.T, r"expected shape \(4, 6\), got \(6, 4\)"),
    (HOLE * 0.3, "True/False, 0/1 or 0/255, got other numbers, of which none reaches half of white: the largest is 0.3"),
    (HOLE * 3, "True/False, 0/1 or 0/255, got other numbers; use mask > threshold"),
    (HOLE * -1, "got other numbers"),
    (HOLE * np.nan, "got other numbers"),
    (np.arange(24).reshape(4, 6), "got other numbers"),
    (HOLE.astype(str), "an array of numbers, got <U32"),
    (HOLE.astype(complex), "an array of numbers, got complex128"),
    ("mask.png", "expected a PIL picture, an array or a tensor, got str"),
    (None, "expected a PIL picture, an array or a tensor, got NoneType"),
    (Image.fromarray((HOLE * 7).astype(np.uint8)), "nothing that is at least half as bright: 7 of 255 at most"),
    (Image.fromarray((HOLE * 700).astype(np.uint16)), "700 of 65535 at most"),
    (coloured("red"), "expected white where a pixel is missing, got nothing that is at least half as bright: 76 of 255"),
    (coloured((0, 0, 3)), "expected white where a pixel is missing, got nothing"),
    (Image.new("La", (6, 4)), "Pillow cannot convert mode 'La'"),
])  # fmt: skip
def test_a_mask_that_is_none_is_one_sentence(mask, message):
    with pytest.raises(PictureError, match=f"^mask: .*{message}") as caught:
        inpaint.to_mask(mask, (6, 4))
    assert "\n" not in str(caught.value)


def test_a_drawn_mask_of_0_and_1_is_filled(network):
    source = Image.fromarray((np.random.default_rng(0).random((40, 60, 3)) * 255).astype(np.uint8))
    hole = np.zeros((40, 60), np.uint8)
    hole[10:30, 20:40] = 1
    found = inpaint.fill_picture(network, source, Image.fromarray(hole))
    assert np.array_equal(found, inpaint.fill_picture(network, source, hole > 0))
    assert not np.array_equal(np.asarray(found)[hole > 0], np.asarray(source)[hole > 0])


def test_inpaint_says_what_it_cannot_use():
    with pytest.raises(PictureError, match="inpaint: expected a PIL picture, got ndarray"):
        ganlab.inpaint(np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), bool))
    with pytest.raises(ValueError, match="'dcgan-faces32' fills no holes; there are context-encoder"):
        ganlab.inpaint(Image.new("RGB", (8, 8)), np.zeros((8, 8), bool), model="dcgan-faces32")


@pytest.mark.parametrize("model", ["context-encoder-faces64", "context-encoder-photos128"])
def test_inpaint_in_one_line(model):
    source = Image.fromarray((np.random.default_rng(1).random((150, 90, 3)) * 255).astype(np.uint8))
    mask = Image.new("L", source.size)
    mask.paste(255, (20, 30, 60, 80))
    filled = ganlab.inpaint(source, mask, model=model)
    known = np.asarray(mask) == 0
    assert filled.size == source.size
    assert np.array_equal(np.asarray(filled)[known], np.asarray(source)[known])
