"""Nine kinds of damage: one interface, seeded, and honest about which pixels are lost."""

import pytest
import torch
from scipy.ndimage import gaussian_filter

from ganlab import data
from ganlab.inpainting.damage import KINDS, corrupt

WITH_MASK = ("centre", "blocks", "brush", "scratches", "text", "salt_and_pepper")


@pytest.fixture(scope="module")
def faces():
    return data.faces(4, size=64, seed=1).images


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_seeded_in_range_and_leaves_its_argument_alone(kind, faces):
    before = faces.clone()
    first, again = corrupt(faces, kind, seed=3), corrupt(faces, kind, seed=3)
    assert torch.equal(faces, before)
    assert torch.equal(first.pictures, again.pictures)
    assert first.pictures.shape == faces.shape
    assert first.pictures.min() >= -1
    assert first.pictures.max() <= 1
    assert not torch.equal(first.pictures, faces)
    if kind not in ("centre", "blur", "jpeg"):
        assert not torch.equal(first.pictures, corrupt(faces, kind, seed=4).pictures)


@pytest.mark.parametrize("kind", KINDS)
def test_where_there_is_a_mask_it_tells_exactly_which_pixels_are_lost(kind, faces):
    damaged = corrupt(faces, kind, seed=5)
    assert (damaged.mask is not None) == (kind in WITH_MASK)
    if damaged.mask is None:
        assert (damaged.pictures != faces).float().mean() > 0.3  # nearly everything a little, nothing completely
        assert (damaged.pictures - faces).abs().mean() < 0.3
        return
    assert damaged.mask.shape == (4, 1, 64, 64)
    known = (damaged.mask == 0).expand_as(faces)
    assert torch.equal(damaged.pictures[known], faces[known])
    assert 0.005 < damaged.mask.mean() < 0.45
    assert damaged.mask.mean(dim=(1, 2, 3)).min() > 0


@pytest.mark.parametrize("kind", ["scratches", "text", "salt_and_pepper", "noise", "blur", "jpeg"])
def test_more_is_worse(kind, faces):
    error = [(corrupt(faces, kind, seed=2, amount=a).pictures - faces).square().mean().item() for a in (0.4, 2.5)]
    assert error[1] > 1.5 * error[0]


def test_the_blur_is_scipys_gaussian_and_the_noise_has_the_spread_it_promises(faces):
    blurred = corrupt(faces, "blur", amount=2.0).pictures
    expected = gaussian_filter(faces.double().numpy(), sigma=(0, 0, 2, 2), mode="mirror", truncate=3.0)
    torch.testing.assert_close(blurred, torch.from_numpy(expected).float(), atol=2e-5, rtol=0)
    grey = torch.zeros(2, 3, 64, 64)
    assert corrupt(grey, "noise", amount=1.5).pictures.std().item() == pytest.approx(30 / 127.5, rel=0.02)
    share = corrupt(grey, "salt_and_pepper").mask.mean().item()
    assert share == pytest.approx(0.1, abs=0.015)


def test_grey_pictures_can_be_damaged_too():
    grey = data.digits().images[:2]
    grey = torch.nn.functional.interpolate(grey, 32)
    for kind in KINDS:
        assert corrupt(grey, kind).pictures.shape == grey.shape


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"kind": "scratch"}, "there is no damage 'scratch'; there are centre, blocks"),
        ({"amount": 0}, "expected an amount above 0 and at most 4, got 0"),
        ({"pictures": torch.zeros(1, 3, 32, 16)}, r"expected square pictures .* got \(1, 3, 32, 16\)"),
        ({"pictures": torch.zeros(1, 4, 32, 32)}, "C 1 or 3"),
        ({"pictures": torch.zeros(1, 3, 8, 8)}, "at least 16 x 16 pixels, got 8"),
    ],
)
def test_bad_arguments_get_one_sentence(arguments, sentence, faces):
    with pytest.raises(ValueError, match=sentence):
        corrupt(**({"pictures": faces, "kind": "noise"} | arguments))
