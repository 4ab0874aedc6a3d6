"""Between files, PIL, uint8 and tensors in [-1, 1]."""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image

from ganlab import images


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
