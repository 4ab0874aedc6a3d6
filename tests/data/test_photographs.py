"""Crops to train on: where they come from, which are drawn again, and that the held-out photographs stay out."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganlab import data
from ganlab.data.photographs import (
    HELD_OUT,
    PHOTOGRAPHS,
    cut_crops,
    held_out_photographs,
    photograph_path,
    photographs_in,
    training_photographs,
)
from ganlab.images import open_picture, to_tensor


def grain(width, height, seed=0):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def chart(width, height):
    """Red tells the column, green the row, blue is black and white by turns: a crop says where it was cut."""
    rows, columns = np.mgrid[:height, :width]
    return Image.fromarray(np.stack([columns, rows, 255 * ((rows + columns) % 2)], axis=-1).astype(np.uint8))


def dyed(width, height, blue):
    """Grain in red and green alone, one number in blue: a crop says from which picture it is."""
    pixels = np.asarray(grain(width, height)).copy()
    pixels[..., 2] = blue
    return Image.fromarray(pixels)


@pytest.mark.parametrize(("count", "size"), [(1, 1), (5, 16), (3, 32)])
def test_crops_are_as_many_as_large_and_of_bytes(count, size):
    crops = cut_crops([grain(60, 40), grain(33, 70)], count, size)
    assert crops.shape == (count, 3, size, size)
    assert crops.dtype == torch.uint8


def test_the_same_seed_gives_the_same_crops_and_another_others():
    photos = [grain(60, 40), grain(50, 70, seed=1)]
    state = torch.get_rng_state()
    first = cut_crops(photos, 6, 16, seed=3)
    assert torch.equal(first, cut_crops(photos, 6, 16, seed=3))
    assert not torch.equal(first, cut_crops(photos, 6, 16, seed=4))
    assert torch.equal(first[:4], cut_crops(photos, 4, 16, seed=3))
    assert len({bytes(crop.numpy()) for crop in first}) == 6
    assert torch.equal(torch.get_rng_state(), state)


def test_without_shrinking_a_crop_is_a_piece_of_the_picture_pixel_by_pixel():
    photo = chart(70, 50)
    pixels = np.asarray(photo).transpose(2, 0, 1)
    corners = []
    for crop in cut_crops([photo], 400, 24, smallest=1.0).numpy():
        left, top = int(crop[0, 0, 0]), int(crop[1, 0, 0])
        np.testing.assert_array_equal(crop, pixels[:, top : top + 24, left : left + 24])
        corners.append((left, top))
    lefts, tops = zip(*corners, strict=True)
    assert (min(lefts), max(lefts), min(tops), max(tops)) == (0, 70 - 24, 0, 50 - 24)  # up to all four edges
    assert np.mean(lefts) == pytest.approx((70 - 24) / 2, rel=0.1)
    assert np.mean(tops) == pytest.approx((50 - 24) / 2, rel=0.1)


@pytest.mark.parametrize("smallest", [0.5, 0.8])
def test_crops_are_shrunk_by_a_random_factor_down_to_the_smallest(smallest):
    crops = cut_crops([chart(200, 200)], 200, 32, smallest=smallest).double().numpy()
    # Columns of the photograph to one column of the crop: the slope of red.
    steps = (crops[:, 0, :, 24:].mean((1, 2)) - crops[:, 0, :, :8].mean((1, 2))) / 24
    assert 0.98 < steps.min() < 1.05
    assert 0.93 / smallest < steps.max() < 1.02 / smallest
    factors = 1 / steps
    assert factors.mean() == pytest.approx((1 + smallest) / 2, abs=0.02)
    rows = (crops[:, 1, 24:].mean((1, 2)) - crops[:, 1, :8].mean((1, 2))) / 24
    np.testing.assert_allclose(rows, steps, atol=0.03)  # squares stay squares


def test_a_picture_no_larger_than_the_crop_is_taken_whole():
    photo = grain(20, 20)
    crops = cut_crops([photo], 3, 20, smallest=0.5)
    assert np.array_equal(crops.numpy(), np.stack([np.asarray(photo).transpose(2, 0, 1)] * 3))


def test_flat_crops_are_drawn_again():
    pixels = np.full((64, 256, 3), 200, dtype=np.uint8)  # three quarters of it are sky
    pixels[:, :64] = np.asarray(grain(64, 64))
    crops = cut_crops([Image.fromarray(pixels)], 60, 16)
    assert (crops.flatten(1).float().std(dim=1) > 12).all()
    assert (crops == 200).flatten(1).all(dim=1).sum() == 0


def test_where_everything_is_flat_there_is_an_end():
    crops = cut_crops([Image.new("RGB", (40, 40), (90, 90, 90))], 3, 16)
    assert torch.equal(crops, torch.full((3, 3, 16, 16), 90, dtype=torch.uint8))


def test_pictures_that_are_too_small_are_left_out():
    crops = cut_crops([dyed(31, 200, 50), dyed(200, 31, 50), dyed(32, 32, 150)], 20, 32)
    assert (crops[:, 2] == 150).all()
    for photos in ([grain(31, 200)], [grain(200, 31)], []):
        with pytest.raises(ValueError, match="expected a picture of at least 32 x 32 pixels, got none"):
            cut_crops(photos, 1, 32)


def test_the_chance_of_a_picture_grows_with_the_root_of_its_area():
    crops = cut_crops([dyed(120, 90, 50), dyed(40, 30, 150)], 600, 8)  # nine times the area
    share = (crops[:, 2, 0, 0] < 100).double().mean().item()
    assert share == pytest.approx(0.75, abs=0.05)


def test_grey_and_transparent_pictures_have_three_channels_too():
    grey = grain(40, 40).convert("L")
    crops = cut_crops([grey], 2, 16)
    assert torch.equal(crops[:, 0], crops[:, 1])
    assert torch.equal(crops[:, 0], crops[:, 2])
    assert cut_crops([grain(40, 40).convert("RGBA")], 1, 16).shape == (1, 3, 16, 16)


@pytest.mark.parametrize("settings", [{"count": 0}, {"size": 0}, {"smallest": 0.0}, {"smallest": 1.5}])
def test_bad_numbers_get_one_sentence(settings):
    with pytest.raises(ValueError, match="expected count >= 1, size >= 1, 0 < smallest <= 1; got"):
        cut_crops([grain(40, 40)], **{"count": 1, "size": 16, **settings})


def thumbnail(x):
    small = torch.nn.functional.interpolate(x, size=(16, 16), mode="area")
    return small - small.mean()


def test_the_held_out_photographs_are_not_trained_on():
    held_out, training = held_out_photographs(), training_photographs()
    assert tuple(held_out) == HELD_OUT
    assert len(training) == len(PHOTOGRAPHS) - len(HELD_OUT)
    assert set(HELD_OUT) < set(PHOTOGRAPHS)
    for name, picture in held_out.items():
        assert picture.shape[:2] == (1, 3)
        assert torch.equal(picture[0], to_tensor(open_picture(photograph_path(name))))
        mine = thumbnail(picture)
        likeness = [
            torch.cosine_similarity(mine.flatten(), thumbnail(to_tensor(photo)[None]).flatten(), dim=0)
            for photo in training
        ]
        assert max(likeness) < 0.8
        assert torch.cosine_similarity(mine.flatten(), thumbnail(picture[..., 3:, 2:]).flatten(), dim=0) > 0.95


def test_training_photographs_are_colour_tensors_of_at_most_1000_pixels_in_their_own_proportions():
    names = [name for name in PHOTOGRAPHS if name not in HELD_OUT]
    shrunk = 0
    for name, photo in zip(names, training_photographs(), strict=True):
        whole = open_picture(photograph_path(name))
        assert photo.mode == "RGB"
        assert max(photo.size) == min(1000, max(whole.size))
        assert photo.width / photo.height == pytest.approx(whole.width / whole.height, rel=0.01)
        shrunk += photo.size != whole.size
    assert shrunk >= 1


def test_a_plain_coloured_sky_is_flat_although_its_channels_differ():
    sky = Image.new("RGB", (300, 120), (80, 140, 220))
    noise = np.random.default_rng(0).integers(0, 256, (120, 100, 3), dtype=np.uint8)
    sky.paste(Image.fromarray(noise), (200, 0))
    crops = cut_crops([sky], 60, 32, smallest=1.0).float()
    assert (crops.std(dim=(2, 3)).amax(dim=1) > 8).all()


def test_a_folder_gives_its_pictures_by_name_and_says_what_it_skipped(tmp_path):
    for name, colour in (("b.png", "red"), ("a.jpg", "blue")):
        Image.new("RGB", (30, 20), colour).save(tmp_path / name)
    (tmp_path / "c.txt").write_text("no picture")
    (tmp_path / "deeper").mkdir()
    with pytest.warns(UserWarning, match=r"c\.txt"):
        found = photographs_in(tmp_path)
    assert [picture.size for picture in found] == [(30, 20)] * 2
    assert found[0].getpixel((5, 5))[2] > 200  # a.jpg
    assert found[1].getpixel((5, 5)) == (255, 0, 0)


def test_a_folder_without_pictures_is_refused_by_name(tmp_path):
    with pytest.raises(ValueError, match="no folder 'holiday'"):
        photographs_in(tmp_path / "holiday")
    with pytest.raises(ValueError, match="found none"):
        photographs_in(tmp_path)


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_every_photograph_is_in_the_wheels(name):
    found = data.photos(name)
    assert found.images.shape[:2] == (1, 3 if PHOTOGRAPHS[name].colour else 1)
    assert min(found.images.shape[2:]) >= 200
    assert -1 <= found.images.min() < found.images.max() <= 1
    assert found.licence == PHOTOGRAPHS[name].licence != ""


def test_the_cards_name_every_photograph_with_its_licence():
    cards = (Path(__file__).parent.parent.parent / "datasets" / "README.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip(" `") for cell in line.strip("|").split("|")]
        for line in cards.splitlines()
        if "| scikit-" in line
    ]
    stated = {name: (kind == "colour", source, licence) for name, kind, source, licence, _ in rows}
    assert stated == {photo.name: (photo.colour, photo.source, photo.licence) for photo in PHOTOGRAPHS.values()}


def test_scikit_learns_photographers_are_credited():
    notice = (photograph_path("china").parent / "README.txt").read_text(encoding="utf-8")
    for name in ("china", "flower"):
        about = notice[notice.index(f"{name}.jpg") :].split("Image:")[0]
        assert f"flickr.com/photos/{PHOTOGRAPHS[name].source.split(':')[0]}/" in about
        assert "licenses/by/2.0" in about
