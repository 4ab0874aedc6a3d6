"""What happens to pictures on their way to being small: against SciPy, Pillow and a calculation of one's own."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter
from scipy.stats import kstest

from ganlab.resampling import downscale, to_8_bit
from ganlab.superres import degradations
from ganlab.superres.degradations import KINDS, degrade


def pictures(n=3, channels=3, height=64, width=80, seed=0):
    """Coarse shapes and fine grain, 8 bits."""
    random = torch.Generator().manual_seed(seed)
    coarse = torch.rand(n, channels, 8, 10, generator=random) * 1.4 - 0.7
    coarse = torch.nn.functional.interpolate(coarse, size=(height, width), mode="nearest")
    return to_8_bit(coarse + 0.1 * torch.randn(n, channels, height, width, generator=random))


def levels(x):
    return (x.double().numpy() + 1) * 127.5


def seeded(seed=1):
    return torch.Generator().manual_seed(seed)


def draw_always(monkeypatch, *shares):
    """Let everything drawn from a range lie at these shares of it, one a picture."""
    monkeypatch.setattr(degradations, "_draw", lambda pictures, generator: torch.tensor(shares))


def gradient_energy(x):
    return (x.diff(dim=2).square().mean(dim=(1, 2, 3)) + x.diff(dim=3).square().mean(dim=(1, 2, 3))).tolist()


def save_and_open(pixels, quality):
    """uint8 (H, W, 3) -> the same, after a JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


def by_pillow(x, height, width):
    """uint8 of an antialiased bicubic reduction of float levels (C, H, W), channels last."""
    small = [
        np.asarray(Image.fromarray(c.astype(np.float32)).resize((width, height), Image.Resampling.BICUBIC)) for c in x
    ]
    return np.clip(np.round(np.stack(small, axis=-1)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scale", [1, 2, 4])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_kind_is_seeded_of_8_bits_and_leaves_its_argument_alone(kind, scale, channels):
    large = pictures(channels=channels)
    before, state = large.clone(), torch.get_rng_state()
    small = degrade(large, kind, scale=scale, generator=seeded())
    assert torch.equal(large, before)
    assert torch.equal(torch.get_rng_state(), state)  # with a generator the global one is left alone
    assert small.shape == (3, channels, 64 // scale, 80 // scale)
    assert small.dtype == torch.float32
    assert small.min() >= -1
    assert small.max() <= 1
    np.testing.assert_allclose(levels(small), np.round(levels(small)), atol=1e-4)
    assert torch.equal(small, degrade(large, kind, scale=scale, generator=seeded()))
    assert torch.equal(small, degrade(large, kind, scale=scale, generator=seeded(2))) == (kind == "bicubic")


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_generator_the_global_one_decides(kind):
    large, found = pictures(), []
    for seed in (5, 5, 6):
        torch.manual_seed(seed)
        found.append(degrade(large, kind))
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2]) == (kind == "bicubic")


def test_bicubic_is_the_convention_and_the_default():
    large = pictures()
    for scale in (1, 2, 4, 8):
        assert torch.equal(degrade(large, "bicubic", scale=scale), downscale(large, scale))
    assert torch.equal(degrade(large), downscale(large, 4))
    assert torch.equal(degrade(large, scale=1), large)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "bicubic"])
def test_every_picture_has_its_own_luck(kind):
    same = pictures(1).expand(6, -1, -1, -1)
    small = degrade(same, kind, generator=seeded())
    for a in range(6):
        assert not any(torch.equal(small[a], small[b]) for b in range(a))


def test_what_is_drawn_is_even_between_0_and_1_and_one_number_a_picture():
    drawn = degradations._draw(torch.zeros(4000, 1, 1, 1), seeded())
    assert drawn.shape == (4000,)
    assert kstest(drawn.numpy(), "uniform").pvalue > 0.01


@pytest.mark.parametrize("shares", [(0.0, 0.0), (0.5, 0.5), (0.0, 1.0), (1.0, 0.3)])
def test_the_blur_is_scipys_gaussian_of_0_8_to_2_4_pixels(monkeypatch, shares):
    draw_always(monkeypatch, *shares)
    large = pictures(2)
    sharp = large.double().numpy()
    blurred = np.stack(
        [
            gaussian_filter(one, sigma=(0, 0.8 + 1.6 * share, 0.8 + 1.6 * share), mode="mirror", radius=8)
            for one, share in zip(sharp, shares, strict=True)
        ]
    )
    found = degrade(large, "blur", scale=1)
    assert np.abs(levels(found) - levels(torch.from_numpy(blurred))).max() <= 0.5 + 1e-3
    off = levels(degrade(large, "blur")) - levels(downscale(torch.from_numpy(blurred), 4))
    assert np.abs(off).max() < 1.001
    assert (np.abs(off) > 0.5).mean() < 0.01  # a rounding the other way is rare


def test_blurred_pictures_are_smoother_and_equally_bright():
    large = pictures(8)
    plain, blurred = degrade(large), degrade(large, "blur", generator=seeded())
    for before, after in zip(gradient_energy(plain), gradient_energy(blurred), strict=True):
        assert after < 0.97 * before
    assert np.mean(gradient_energy(blurred)) < 0.8 * np.mean(gradient_energy(plain))
    assert (plain.mean() - blurred.mean()).abs() < 0.5 / 127.5


def test_small_pictures_can_be_blurred_too_and_flat_ones_stay(monkeypatch):
    draw_always(monkeypatch, 1.0)
    assert torch.equal(degrade(torch.full((1, 3, 4, 8), 0.2), "blur"), to_8_bit(torch.full((1, 3, 1, 2), 0.2)))
    assert degrade(pictures(1)[..., :4, :16], "blur").shape == (1, 3, 1, 4)


@pytest.mark.parametrize(("share", "deviation"), [(0.0, 2.0), (0.5, 5.0), (1.0, 8.0)])
def test_noise_is_gaussian_of_2_to_8_levels(monkeypatch, share, deviation):
    draw_always(monkeypatch, share)
    grey = torch.full((1, 3, 400, 400), 0.0)
    noise = levels(degrade(grey, "noise", generator=seeded())) - levels(to_8_bit(grey))[..., :100, :100]
    assert noise.std() == pytest.approx(np.sqrt(deviation**2 + 1 / 12), rel=0.02)  # 1/12: of rounding
    assert abs(noise.mean()) < 4 * deviation / np.sqrt(noise.size) + 0.01
    smooth = noise + np.random.default_rng(0).uniform(-0.5, 0.5, noise.shape)  # undoes the steps of rounding
    assert kstest(smooth.ravel() / smooth.std(), "norm").statistic < 0.02
    channels = np.corrcoef(noise.reshape(3, -1))
    assert np.abs(channels - np.eye(3)).max() < 0.05


def test_noise_comes_on_top_of_the_small_picture_and_differs_in_strength():
    large = pictures(40)
    noise = levels(degrade(large, "noise", generator=seeded())) - levels(degrade(large))
    spread = noise.std(axis=(1, 2, 3))
    assert spread.min() > 1.7
    assert spread.max() < 8.8
    assert spread.max() - spread.min() > 4
    assert abs(noise.mean()) < 0.1


@pytest.mark.parametrize(("share", "quality"), [(0.0, 50), (0.5, 70), (1.0, 90)])
def test_jpeg_is_pillows_of_quality_50_to_90(monkeypatch, share, quality):
    draw_always(monkeypatch, share, share)
    large = pictures(2)
    found, plain = levels(degrade(large, "jpeg")), levels(degrade(large))
    for mine, before in zip(found, plain, strict=True):
        expected = save_and_open(np.round(before).astype(np.uint8).transpose(1, 2, 0), quality)
        np.testing.assert_array_equal(np.round(mine).astype(int), expected.transpose(2, 0, 1))


def test_lower_quality_is_worse_and_a_flat_picture_survives(monkeypatch):
    large, error = pictures(2), []
    for share in (0.0, 0.5, 1.0):
        draw_always(monkeypatch, share, share)
        error.append((degrade(large, "jpeg") - degrade(large)).abs().mean().item() * 127.5)
    assert error[0] > 1.2 * error[1] > 1.2**2 * error[2] > 0.5
    flat = torch.full((2, 3, 64, 64), 0.1)
    assert (degrade(flat, "jpeg") - flat[..., :16, :16]).abs().max() < 2 / 127.5


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_camera_blurs_then_shrinks_then_makes_noise_then_saves(monkeypatch, share):
    draw_always(monkeypatch, share)
    large = pictures(1)
    found = levels(degrade(large, "camera", generator=seeded()))[0]
    sigma = 0.8 + 1.6 * share
    blurred = gaussian_filter(levels(large)[0], sigma=(0, sigma, sigma), mode="mirror", radius=8)
    small = by_pillow(blurred, 16, 20).astype(float)
    noise = torch.randn(1, 3, 16, 20, generator=seeded())[0].double().numpy() * (2 + 6 * share)
    noisy = np.clip(np.round(small + noise.transpose(1, 2, 0)), 0, 255).astype(np.uint8)
    expected = save_and_open(noisy, round(50 + 40 * share)).transpose(2, 0, 1).astype(float)
    assert np.abs(found - expected).mean() < 0.1  # a rounding the other way before the JPEG, at most
    quiet = save_and_open(small.astype(np.uint8), round(50 + 40 * share)).transpose(2, 0, 1).astype(float)
    assert np.abs(found - quiet).mean() > 1.0


def test_there_are_five_kinds_and_the_camera_is_the_worst():
    large = pictures(8)
    plain = degrade(large)
    error = {kind: (degrade(large, kind, generator=seeded()) - plain).square().mean().item() for kind in KINDS}
    assert set(error) == {"bicubic", "blur", "noise", "jpeg", "camera"}
    assert error["bicubic"] == 0
    assert min(error[kind] for kind in ("blur", "noise", "jpeg")) > 1e-5
    assert error["camera"] > max(error[kind] for kind in ("blur", "noise", "jpeg"))


@pytest.mark.parametrize(
    ("large", "kind", "scale", "sentence"),
    [
        ((1, 3, 8, 8), "fog", 4, "there is no degradation 'fog'; there are bicubic, blur, noise, jpeg, camera"),
        ((1, 3, 8, 10), "bicubic", 4, "H and W multiples of 4, got .*crop_to_multiple"),
        ((1, 3, 10, 8), "camera", 4, "H and W multiples of 4"),
        ((1, 3, 8, 8), "noise", 0, "scale: expected at least 1, got 0"),
        *[((3, 8, 8), kind, 4, r"expected pictures \(N, C, H, W\) with C 1 or 3, got \(3, 8, 8\)") for kind in KINDS],
        *[((1, 4, 8, 8), kind, 4, r"with C 1 or 3, got \(1, 4, 8, 8\)") for kind in KINDS],
    ],
)
def test_bad_arguments_get_one_sentence(large, kind, scale, sentence):
    with pytest.raises(ValueError, match=sentence):
        degrade(torch.zeros(large), kind, scale=scale)
