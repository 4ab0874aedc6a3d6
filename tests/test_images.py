"""Between files, PIL, uint8 and tensors in [-1, 1]."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from ganlab import images
from tests.picture_modes import COMES_BACK, DEEP, LOSES_PROFILE, PROFILE, as_it_comes_back, picture_of, stored_as


def test_every_pixel_value_survives_the_round_trip():
    values = np.arange(256, dtype=np.uint8).reshape(16, 16)
    tensor = images.to_tensor(values)
    assert tensor.shape == (1, 16, 16)
    assert (tensor.min(), tensor.max()) == (-1, 1)
    assert np.array_equal(np.asarray(images.to_pil(tensor)), values)
    colour = np.stack([values, values.T, 255 - values], axis=2)
    assert np.array_equal(np.asarray(images.to_pil(images.to_tensor(Image.fromarray(colour))[None])), colour)


def test_values_outside_are_clipped_and_other_modes_converted():
    assert np.asarray(images.to_pil(torch.tensor([[[-3.0, 3.0]]]))).tolist() == [[0, 255]]
    assert images.to_tensor(Image.new("CMYK", (2, 3))).shape == (3, 3, 2)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: images.to_tensor(np.zeros((2, 2), float)), r"got float64 \(2, 2\)"),
    (lambda: images.to_tensor("x.png"), "got str"),
    (lambda: images.to_pil(torch.zeros(2, 4, 4)), r"1 or 3 channels, got shape \(2, 4, 4\)"),
    (lambda: images.to_pil(torch.full((1, 2, 2), torch.nan)), "got NaN or infinity"),
    (lambda: images.open_picture(b"", max_pixels=10), "damaged|expected a PNG"),
    (lambda: images.image_grid(torch.zeros(0, 3, 4, 4)), r"got \(0, 3, 4, 4\) and 8"),
    (lambda: images.image_grid(torch.zeros(2, 3, 4, 4), columns=0), "columns >= 1"),
    (lambda: images.open_picture("nowhere.png"), "there is no such file"),
])  # fmt: skip
def test_bad_input_is_one_sentence(call, message):
    with pytest.raises(images.PictureError, match=message):
        call()


def test_the_pixel_limit_is_the_callers():
    buffer = io.BytesIO()
    Image.new("RGB", (20, 30)).save(buffer, "PNG")
    assert images.open_picture(buffer.getvalue(), max_pixels=600).size == (20, 30)
    with pytest.raises(images.PictureError, match="got 20 x 30; make it smaller"):
        images.open_picture(buffer.getvalue(), max_pixels=599)


def test_grid_places_every_picture():
    pictures = torch.arange(5.0).view(5, 1, 1, 1).expand(5, 1, 2, 3) / 10
    grid = images.image_grid(pictures, columns=2, padding=1)
    assert grid.shape == (1, 3 * 3 + 1, 2 * 4 + 1)
    for index in range(5):
        top, left = 1 + (index // 2) * 3, 1 + (index % 2) * 4
        assert torch.equal(grid[0, top : top + 2, left : left + 3], torch.full((2, 3), index / 10))
    assert torch.equal(grid[0, 0], torch.ones(9)), "white between"
    assert images.image_grid(pictures, columns=99).shape[2] == 5 * 4 + 1


def test_fit_square_keeps_the_centre():
    picture = Image.new("RGB", (90, 30), "blue")
    picture.paste("red", (30, 0, 60, 30))
    fitted = np.asarray(images.fit_square(picture, 10))
    assert fitted.shape == (10, 10, 3)
    assert (fitted[:, 3:-3] == (255, 0, 0)).all()  # away from the edges, where the filter mixes


def test_data_url_carries_the_same_pixels():
    picture = torch.rand(3, 5, 7) * 2 - 1
    head, _, body = images.data_url(picture).partition(",")
    assert head == "data:image/png;base64"
    assert np.array_equal(Image.open(io.BytesIO(base64.b64decode(body))), images.to_pil(picture))
    assert images.data_url(images.to_pil(picture), "JPEG").startswith("data:image/jpeg;base64,")


MODES = st.sampled_from(sorted(COMES_BACK))
SIZES = st.sampled_from([(1, 1), (1, 9), (7, 1), (2, 3), (12, 5)]) | st.tuples(st.integers(1, 16), st.integers(1, 16))
SEEDS = st.integers(0, 2**32 - 1)


def close_to(found, wanted):
    """Equal in whole numbers of 8 and 16 bits; float32, which the networks compute in, holds no more than 24 of white."""
    assert (found.shape, found.dtype) == (wanted.shape, wanted.dtype.newbyteorder("="))
    brightest = float(np.abs(wanted.astype(float)).max(initial=0))
    white = next((top for top in (1, 255, 65535) if brightest <= top), brightest)
    loss = 2.0**-23 * white if wanted.dtype.itemsize == 4 else 0
    assert np.abs(found.astype(float) - wanted.astype(float)).max() <= loss


@given(MODES, SIZES, SEEDS, st.integers(1, 8))
@settings(max_examples=200, deadline=None)
def test_a_picture_of_any_mode_comes_back_upright_as_it_was(kind, size, seed, orientation):
    source = stored_as(picture_of(kind, size, seed), orientation)
    before = source.tobytes(), source.mode, dict(source.info)
    parts = images.unpack(source)
    found = images.repack(parts.colours, parts)
    assert (source.tobytes(), source.mode, dict(source.info)) == before

    seen = ImageOps.exif_transpose(source)
    assert (found.mode, found.size) == (COMES_BACK[kind], seen.size)
    assert found.info == ({} if kind in LOSES_PROFILE else {"icc_profile": PROFILE})
    assert not found.getexif()
    wanted, back = as_it_comes_back(seen, found.mode), np.asarray(found)
    if parts.alpha is None:
        close_to(back, wanted)
        return
    assert np.array_equal(back[..., -1], wanted[..., -1])
    visible = wanted[..., -1] > 0
    assert np.array_equal(back[visible], wanted[visible])


@given(MODES, SIZES, SEEDS)
@settings(max_examples=150, deadline=None)
def test_the_colours_are_those_of_the_picture(kind, size, seed):
    source = picture_of(kind, size, seed)
    parts = images.unpack(source)
    channels = 1 if COMES_BACK[kind] in ("L", "LA", *DEEP) else 3
    assert parts.colours.dtype == torch.float32
    assert parts.colours.shape == (channels, size[1], size[0])
    assert -1 <= parts.colours.min() <= parts.colours.max() <= 1
    if kind.startswith("I;16"):
        wanted = np.asarray(source).astype(float)[None] / 32767.5 - 1
    elif COMES_BACK[kind] in DEEP:
        values = np.asarray(source).astype(float)
        black, white = min(0, values.min()), 1 if kind.startswith("F") else values.max()
        wanted = (values[None] - black) / (white - black) * 2 - 1
    else:
        colours = np.atleast_3d(as_it_comes_back(source, COMES_BACK[kind]))[..., :channels]
        wanted = np.moveaxis(colours, 2, 0) / 127.5 - 1
    seen = np.ones(wanted.shape[1:], bool) if parts.alpha is None else np.asarray(parts.alpha) > 0
    np.testing.assert_allclose(parts.colours.numpy()[:, seen], wanted[:, seen], atol=1e-6)


@given(MODES, SIZES, SEEDS)
@settings(max_examples=200, deadline=None)
def test_outside_a_mask_nothing_changes_by_a_bit_and_inside_everything_is_painted_and_opaque(kind, size, seed):
    source = picture_of(kind, size, seed)
    where = np.random.default_rng(seed).random((size[1], size[0])) < 0.4
    parts = images.unpack(source)
    white = torch.ones(3 if seed % 2 else 1, size[1], size[0])
    found = images.repack(white, parts, where)
    wanted, painted = as_it_comes_back(source, found.mode), np.asarray(found)
    assert np.array_equal(painted[~where], wanted[~where])
    np.testing.assert_allclose(painted[where], parts.white, rtol=1e-6)
    assert (found.mode, found.size) == (COMES_BACK[kind], size)
    assert found.info == ({} if kind in LOSES_PROFILE else {"icc_profile": PROFILE})
    assert as_it_comes_back(source, found.mode).tobytes() == wanted.tobytes(), "the picture itself stays"


@given(MODES, SIZES, st.integers(1, 4))
@settings(max_examples=100, deadline=None)
def test_an_enlarged_picture_has_its_transparency_enlarged(kind, size, scale):
    parts = images.unpack(picture_of(kind, size))
    found = images.repack(torch.zeros(1, 3, scale * size[1], scale * size[0]), parts)
    assert (found.mode, found.size) == (COMES_BACK[kind], (scale * size[0], scale * size[1]))
    if parts.alpha is not None:
        wanted = np.asarray(
            Image.fromarray(np.asarray(parts.alpha, np.float32)).resize(found.size, Image.Resampling.BICUBIC)
        )
        assert np.abs(np.asarray(found.getchannel("A")) - wanted.clip(0, 255)).max() <= 1


def test_16_bits_and_more_keep_what_8_bits_would_lose():
    steps = np.linspace(20_000, 20_600, 24 * 32).reshape(24, 32)
    for values in (
        steps.astype(np.uint16),
        steps.astype(np.int32),
        steps.astype(np.float32),
        (steps / 65535).astype(np.float32),
    ):
        parts = images.unpack(Image.fromarray(values))
        assert len(torch.unique(parts.colours)) > 500
        assert (parts.black, parts.white) == (0, 1 if values.max() < 1 else 65535)
        close_to(np.asarray(images.repack(parts.colours, parts)), values)


@pytest.mark.parametrize(("values", "ends"), [
    ([0, 0.5], (0, 1)), ([0, 1.02], (0, 1.02)), ([-0.03, 1], (-0.03, 1)), ([-1, 1], (-1, 1)), ([0, 200], (0, 255)),
    ([0, 300], (0, 300)), ([0, 1e6], (0, 1e6)), ([0, 0], (0, 1)), ([-3e38, 3e38], (-3e38, 3e38)),
])  # fmt: skip
def test_what_white_is_in_float_grey(values, ends):
    values = np.array([values], np.float32)
    parts = images.unpack(Image.fromarray(values))
    np.testing.assert_allclose((parts.black, parts.white), ends, rtol=1e-6)
    close_to(np.asarray(images.repack(parts.colours, parts)), values)


def test_grey_of_a_colour_picture_is_its_brightness():
    colours = torch.rand(3, 6, 7) * 2 - 1
    wanted = np.asarray(images.to_pil(colours).convert("L"), float) / 255
    for grey in (np.zeros((6, 7), np.uint8), np.zeros((6, 7), np.uint16), np.zeros((6, 7), np.float32)):
        parts = images.unpack(Image.fromarray(grey))
        assert np.abs(np.asarray(images.repack(colours, parts)) / parts.white - wanted).max() <= 1 / 255


def test_what_transparency_hides_has_no_say():
    found = []
    for hidden in (0, 255):
        pixels = np.full((9, 9, 4), 77, np.uint8)
        pixels[2:7, 2:7] = (hidden, hidden, hidden, 0)
        found.append(images.unpack(Image.fromarray(pixels)).colours)
    assert torch.equal(*found)
    torch.testing.assert_close(found[0], torch.full((3, 9, 9), 77 / 127.5 - 1))
    nothing = images.unpack(Image.new("LA", (3, 3), (200, 0)))
    assert bool((nothing.colours == 0).all())


def grey_with_a_transparent_one(order):
    picture = Image.fromarray(np.zeros((4, 4), order))
    picture.info["transparency"] = 7
    return picture


@pytest.mark.parametrize(("source", "message"), [
    ("photo.jpg", r"expected a PIL picture, got str; open the file with ganlab\.images\.open_picture$"),
    (Path("photo.jpg"), "expected a PIL picture, got PosixPath; open the file"),
    (np.zeros((4, 4, 3), np.uint8), "^expected a PIL picture, got ndarray$"),
    (Image.new("RGB", (0, 5)), "expected at least one pixel, got 0 x 5"),
    (Image.new("La", (4, 4)), r"not multiplied by alpha, got mode 'La'; use picture\.convert\('LA'\)"),
    (Image.new("RGBa", (4, 4)), r"not multiplied by alpha, got mode 'RGBa'; use picture\.convert\('RGBA'\)"),
    (grey_with_a_transparent_one("<u2"), "expected no transparency in mode 'I;16', which Pillow cannot keep"),
    (grey_with_a_transparent_one(">u2"), "expected no transparency in mode 'I;16B', which Pillow cannot keep"),
    (Image.fromarray(np.array([[0, np.nan]], np.float32)), "finite numbers .* got some from nan to nan in a picture of mode 'F'"),
    (Image.fromarray(np.array([[0, np.inf]], np.float32)), "finite numbers .* got some from 0 to inf"),
    (Image.fromarray(np.array([[-9999, 1]], np.float32)), "0 is black, got some from -9999 to 1 .* scale them to 0 to 1"),
    (Image.fromarray(np.array([[-9, 1]], np.int32)), "0 is black, got some from -9 to 1 in a picture of mode 'I'"),
])  # fmt: skip
def test_what_cannot_be_kept_is_refused_in_a_sentence(source, message):
    with pytest.raises(images.PictureError, match=message) as caught:
        images.unpack(source)
    assert "\n" not in str(caught.value)


def test_a_wrong_remark_on_what_is_transparent_and_a_file_cut_short_are_sentences(tmp_path):
    odd = Image.new("L", (3, 3))
    odd.info["transparency"] = b"\1"
    with pytest.raises(images.PictureError, match="Pillow cannot convert mode 'L' to LA"):
        images.unpack(odd)
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8))
    noise.save(tmp_path / "whole.png")
    (tmp_path / "part.png").write_bytes((tmp_path / "whole.png").read_bytes()[:900])
    with Image.open(tmp_path / "part.png") as part, pytest.raises(images.PictureError, match="damaged or cut short"):
        images.unpack(part)


def test_what_does_not_fit_the_parts_is_a_sentence():
    parts = images.unpack(Image.new("RGB", (4, 3)))
    for image, where, message in (
        (torch.zeros(3, 6, 4), None, "a whole multiple of the picture's 4 x 3, got 4 x 6"),
        (torch.zeros(3, 1, 2), None, "got 2 x 1"),
        (torch.zeros(2, 3, 4), None, r"1 or 3 channels, got shape \(2, 3, 4\)"),
        (torch.zeros(2, 3, 3, 4), None, r"got shape \(2, 3, 3, 4\)"),
        (torch.full((3, 3, 4), torch.nan), None, "got NaN or infinity"),
        (torch.zeros(3, 3, 4), np.ones((4, 3), bool), r"bool of \(3, 4\) rows and columns, got \(3, 3, 4\) and bool \(4, 3\)"),
        (torch.zeros(3, 3, 4), np.ones((3, 4)), r"float64 \(3, 4\)"),
        (torch.zeros(3, 6, 8), np.ones((3, 4), bool), r"got \(3, 6, 8\)"),
    ):  # fmt: skip
        with pytest.raises(images.PictureError, match=message):
            images.repack(image, parts, where)


@pytest.mark.parametrize("kind", [kind for kind, mode in COMES_BACK.items() if mode not in ("I", "F")])
def test_png_keeps_profile_transparency_and_16_bits(kind):
    source = stored_as(picture_of(kind, (9, 5)), 6)
    found = Image.open(io.BytesIO(images.png(source)))
    seen, mode = ImageOps.exif_transpose(source), COMES_BACK[kind]
    assert found.size == (5, 9)
    assert found.info.get("icc_profile") == (None if kind in LOSES_PROFILE else PROFILE)
    assert np.array_equal(as_it_comes_back(found, mode), as_it_comes_back(seen, mode))
    assert not found.getexif()


def test_png_is_smaller_or_faster_and_refuses_what_it_cannot_hold():
    picture = torch.linspace(-1, 1, 70).expand(3, 50, 70)
    quick, small = (images.png(picture, compress_level=level) for level in (0, 9))
    assert len(quick) > len(small)
    assert np.array_equal(Image.open(io.BytesIO(quick)), Image.open(io.BytesIO(small)))
    for mode in ("I", "F"):
        with pytest.raises(images.PictureError, match=f"grey of 8 or 16 bits, got mode '{mode}'; TIFF keeps it"):
            images.png(Image.new(mode, (2, 2)))


@pytest.mark.parametrize(
    ("mode", "image_format"), [("RGB", "JPEG"), ("RGBA", "JPEG"), ("RGB", "WEBP"), ("RGBA", "PNG")]
)
def test_an_address_of_data_carries_the_profile(mode, image_format):
    body = images.data_url(picture_of(mode, (8, 8)), image_format).partition(",")[2]
    found = Image.open(io.BytesIO(base64.b64decode(body)))
    assert (found.format, found.size, found.info["icc_profile"]) == (image_format, (8, 8), PROFILE)


@pytest.mark.parametrize("kind", [kind for kind in COMES_BACK if kind != "F signed"])
def test_on_white_is_what_pillow_shows(kind):
    source = picture_of(kind, (9, 5))
    found = images.on_white(source)
    if COMES_BACK[kind] in DEEP:
        values = np.asarray(source).astype(float)
        grey = (values / {"F": 1, "I": values.max()}.get(kind, 65535) * 255).round()
        wanted = np.repeat(grey[..., None], 3, axis=2)
    elif COMES_BACK[kind] in ("LA", "RGBA"):
        paper = Image.new("RGBA", source.size, "white")
        wanted = np.asarray(Image.alpha_composite(paper, source.convert("RGBA")).convert("RGB"))
    else:
        wanted = np.asarray(source.convert("RGB"))
    assert found.mode == "RGB"
    assert found is not source
    assert np.array_equal(found, wanted)
    assert found.info.get("icc_profile") == (None if kind in LOSES_PROFILE else PROFILE)


def test_on_white_of_float_grey_with_holes():
    values = np.array([[-9999, np.nan, np.inf, 0.5, 1]], np.float32)
    assert np.asarray(images.on_white(Image.fromarray(values)))[0, :, 0].tolist() == [0, 0, 0, 128, 255]
    signed = np.array([[-1, 0, 1]], np.float32)
    assert np.asarray(images.on_white(Image.fromarray(signed)))[0, :, 0].tolist() == [0, 128, 255]
