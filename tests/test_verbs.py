"""One picture in, one picture out: what the verbs do with a person's picture is the same for all of them."""

from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from ganlab.features.encoder import AdaINConfig, Encoder
from ganlab.images import PictureError
from ganlab.inpainting.inpaint import fill_picture
from ganlab.inpainting.networks import ContextEncoder, ContextEncoderConfig
from ganlab.style.networks import Decoder
from ganlab.style.stylize import stylise_picture
from ganlab.style.transfer import StyleTransfer
from ganlab.superres.enlarge import enlarge_picture
from ganlab.superres.networks import SRResNet, SRResNetConfig
from tests.picture_modes import COMES_BACK, LOSES_PROFILE, PROFILE, REFUSED, as_it_comes_back, picture_of, stored_as

SCALE = 2


@cache
def networks():
    """Untrained, and as small as can be."""
    torch.manual_seed(0)
    style = AdaINConfig(widths=(4, 6), depths=(1,), level=2)
    made = {
        "inpaint": ContextEncoder(ContextEncoderConfig(size=32, base_channels=2)),
        "stylize": StyleTransfer(Encoder(style), Decoder(style)),
        "enlarge": SRResNet(SRResNetConfig(scale=SCALE, width=4, blocks=1, end_kernel=3, upsampling="direct")),
    }
    return {name: network.eval().requires_grad_(False) for name, network in made.items()}


def use(verb, picture, mask=None):
    network = networks()[verb]
    if verb == "inpaint":
        upright = ImageOps.exif_transpose(picture)
        return fill_picture(network, picture, np.zeros(upright.size[::-1], bool) if mask is None else mask)
    return stylise_picture(network, picture, "mosaic") if verb == "stylize" else enlarge_picture(network, picture)


VERBS = pytest.mark.parametrize("verb", ["inpaint", "stylize", "enlarge"])


@VERBS
@pytest.mark.parametrize("kind", COMES_BACK)
def test_every_mode_comes_back_as_the_table_says(verb, kind):
    source = stored_as(picture_of(kind, (13, 7)), 6)
    before = source.tobytes(), source.mode, dict(source.info)
    mask = np.zeros((13, 7), bool)
    mask[3:10, 1:6] = True
    found = use(verb, source, mask)
    assert (source.tobytes(), source.mode, dict(source.info)) == before
    scale = SCALE if verb == "enlarge" else 1
    assert (found.mode, found.size) == (COMES_BACK[kind], (7 * scale, 13 * scale))
    assert found.info == ({} if kind in LOSES_PROFILE else {"icc_profile": PROFILE})
    assert not found.getexif()
    assert kind == "1 colour" or len(np.unique(np.asarray(found))) > 10, "of black alone a network sees no more"
    if verb == "inpaint":
        # By (almost) every number: a network's and noise.
        wanted = as_it_comes_back(ImageOps.exif_transpose(source), found.mode)
        assert np.mean(np.asarray(found)[mask] != wanted[mask]) > 0.5
        assert np.array_equal(np.asarray(found)[~mask], wanted[~mask])
    if verb == "stylize" and found.mode in ("LA", "RGBA"):
        alpha = ImageOps.exif_transpose(source).convert(found.mode).getchannel("A")
        assert np.array_equal(found.getchannel("A"), alpha)


@VERBS
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("mode", ["L", "RGBA", "I;16"])
def test_a_picture_that_lies_on_its_side_gives_what_the_upright_one_gives(verb, orientation, mode):
    source = stored_as(picture_of(mode, (9, 5)), orientation)
    assert use(verb, source).tobytes() == use(verb, ImageOps.exif_transpose(source)).tobytes()


@given(
    st.sampled_from(sorted(COMES_BACK)),
    st.tuples(st.integers(1, 40), st.integers(1, 40)) | st.sampled_from([(1, 1), (1, 50), (50, 1)]),
    st.integers(0, 2**32 - 1),
    st.sampled_from([0, 0.2, 1]),
)
@settings(max_examples=60, deadline=None)
def test_outside_the_mask_every_mode_stays_to_the_bit(kind, size, seed, share):
    source = picture_of(kind, size, seed)
    mask = np.random.default_rng(seed).random(size[::-1]) < share
    found = use("inpaint", source, mask)
    assert found.mode == COMES_BACK[kind]
    assert np.array_equal(np.asarray(found)[~mask], as_it_comes_back(source, found.mode)[~mask])
    if found.mode in ("LA", "RGBA"):
        assert (np.asarray(found)[mask][:, -1] == 255).all(), "what is painted can be seen"


@VERBS
@pytest.mark.parametrize("kind", COMES_BACK)
def test_the_smallest_pictures_of_every_mode(verb, kind):
    for size in ((1, 1), (1, 7), (5, 1)):
        scale = SCALE if verb == "enlarge" else 1
        assert use(verb, picture_of(kind, size)).size == (scale * size[0], scale * size[1])


@VERBS
def test_16_bits_come_back_as_16_bits(verb):
    steps = np.linspace(20_000, 20_600, 24 * 32).reshape(24, 32).astype(np.uint16)
    mask = np.zeros((24, 32), bool)
    mask[8:16, 8:24] = True
    found = np.asarray(use(verb, Image.fromarray(steps), mask))
    assert found.dtype == np.uint16
    assert len(np.unique(found)) > 200, "of 8 bits there would be three"


@VERBS
def test_what_cannot_be_used_is_one_sentence(verb):
    for mode in REFUSED:
        with pytest.raises(PictureError, match=f"not multiplied by alpha, got mode '{mode}'"):
            use(verb, Image.new(mode, (9, 9)))
    with pytest.raises(PictureError, match="expected at least one pixel, got 0 x 5"):
        use(verb, Image.new("RGB", (0, 5)))
    holes = np.full((9, 9), np.nan, np.float32)
    with pytest.raises(PictureError, match="expected finite numbers"):
        use(verb, Image.fromarray(holes))


@VERBS
def test_a_file_name_is_not_a_picture_yet(verb):
    network = networks()[verb]
    call = {
        "inpaint": lambda name: fill_picture(network, name, np.ones((9, 9), bool)),
        "stylize": lambda name: stylise_picture(network, name, "mosaic"),
        "enlarge": lambda name: enlarge_picture(network, name),
    }[verb]
    with pytest.raises(
        PictureError, match=r"expected a PIL picture, got str; open the file with ganlab\.images\.open_"
    ):
        call("photo.jpg")
