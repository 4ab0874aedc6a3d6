"""Filling pictures of any size with a network of one size; ``ganlab.inpaint``."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import ganlab
from ganlab.images import PictureError
from ganlab.inpainting import inpaint
from ganlab.inpainting.networks import ContextEncoder, ContextEncoderConfig


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


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "CMYK", "1"])
def test_pil_in_pil_out(mode, network):
    pixels = (np.random.default_rng(0).random((40, 60, 3)) * 255).astype(np.uint8)
    source = Image.fromarray(pixels).convert(mode)
    mask = np.zeros((40, 60), bool)
    mask[10:30, 20:40] = True
    filled = inpaint.fill_picture(network, source, mask)
    assert filled.size == source.size
    wanted = source if mode in ("RGB", "L", "RGBA") else source.convert("RGB")
    assert filled.mode == wanted.mode
    assert np.array_equal(np.asarray(filled)[~mask], np.asarray(wanted)[~mask])
    assert not np.array_equal(np.asarray(filled)[mask], np.asarray(wanted)[mask])


def test_masks_as_people_have_them():
    hole = np.zeros((4, 6), bool)
    hole[1:3, 2:5] = True
    white = Image.fromarray(hole.astype(np.uint8) * 255)
    clear = Image.merge("RGBA", [white, white, white, white])
    for mask in (hole, hole * 1, hole * 255, torch.from_numpy(hole), torch.from_numpy(hole)[None, None].float(),
                 white, white.convert("1"), white.convert("RGB"), clear):  # fmt: skip
        assert np.array_equal(inpaint.to_mask(mask, (6, 4)), hole)
    with pytest.raises(PictureError, match="mask: expected the picture's size 6 x 4, got 4 x 6"):
        inpaint.to_mask(white.rotate(90, expand=True), (6, 4))
    with pytest.raises(PictureError, match=r"mask: expected shape \(4, 6\), got \(6, 4\)"):
        inpaint.to_mask(hole.T, (6, 4))
    with pytest.raises(PictureError, match="True/False, 0/1 or 0/255, got other numbers"):
        inpaint.to_mask(hole * 0.3, (6, 4))
    with pytest.raises(PictureError, match="expected a PIL picture, an array or a tensor, got str"):
        inpaint.to_mask("mask.png", (6, 4))


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
