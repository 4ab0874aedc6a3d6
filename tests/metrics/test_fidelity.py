"""The literature's PSNR and SSIM against scikit-image, torchmetrics and a published number; flicker by hand."""

import math

import numpy as np
import pytest
import torch
from skimage.color import rgb2ycbcr
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from torchmetrics.functional.image import structural_similarity_index_measure

from ganlab.images import open_picture, to_tensor
from ganlab.metrics.fidelity import flicker, hole_psnr, hole_ssim, luma, luminance_ssim, psnr_y, ssim_y
from ganlab.resampling import crop_to_multiple, downscale, to_8_bit, upscale


def pair(n=3, channels=3, height=40, width=52, seed=0):
    """Smooth pictures that are no 8-bit ones and leave [-1, 1] here and there, and worse copies."""
    random = torch.Generator().manual_seed(seed)
    coarse = torch.rand(n, channels, 6, 7, generator=random) * 2.4 - 1.2
    truth = torch.nn.functional.interpolate(coarse, size=(height, width), mode="bicubic", align_corners=False)
    strength = torch.linspace(0.03, 0.3, n).view(-1, 1, 1, 1)
    return truth + strength * torch.randn(truth.shape, generator=random), truth


def bytes_of(x):
    """As files would hold them: uint8, channels last, three of them."""
    pixels = np.clip(np.round((x.double().numpy() + 1) * 127.5), 0, 255).astype(np.uint8)
    return np.repeat(pixels.transpose(0, 2, 3, 1), 3 // pixels.shape[1], axis=-1)


def luma_by_scikit_image(x, shave):
    y = np.stack([rgb2ycbcr(one)[..., 0] for one in bytes_of(x)])
    return y[:, shave : y.shape[1] - shave, shave : y.shape[2] - shave]


def test_luma_is_scikit_images_and_runs_from_16_to_235():
    x = torch.rand(2, 3, 9, 7, dtype=torch.float64) * 2 - 1
    expected = [rgb2ycbcr((one.permute(1, 2, 0).numpy() + 1) / 2)[..., 0] for one in x]
    found = luma(x)
    assert found.shape == (2, 1, 9, 7)
    np.testing.assert_allclose(found[:, 0].numpy(), np.stack(expected), atol=1e-10)
    colours = torch.tensor([[-1.0, -1, -1], [1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]).view(5, 3, 1, 1)
    np.testing.assert_allclose(luma(colours).flatten(), [16, 235, 81.481, 144.553, 40.966], atol=1e-9)
    assert luma(colours.float()).dtype == torch.float64


def test_grey_pictures_are_colour_pictures_of_three_equal_channels():
    grey = torch.rand(2, 1, 6, 5)
    torch.testing.assert_close(luma(grey), luma(grey.expand(-1, 3, -1, -1)))
    np.testing.assert_allclose(luma(grey).numpy(), 16 + 219 * (grey.double().numpy() + 1) / 2, atol=1e-9)


@pytest.mark.parametrize("shape", [(3, 4, 4), (1, 2, 4, 4), (1, 4, 4, 4)])
def test_other_shapes_have_no_luma(shape):
    with pytest.raises(ValueError, match=r"luma: expected pictures \(N, C, H, W\) with C 1 or 3, got") as caught:
        luma(torch.zeros(shape))
    assert str(shape) in str(caught.value)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("shave", [0, 2, 4, 8])
def test_psnr_is_scikit_images_on_the_shaved_luma_of_bytes(channels, shave):
    pictures, truth = pair(channels=channels)
    ours, real = luma_by_scikit_image(pictures, shave), luma_by_scikit_image(truth, shave)
    expected = [peak_signal_noise_ratio(b, a, data_range=255) for a, b in zip(ours, real, strict=True)]
    assert max(expected) - min(expected) > 10  # so that the mean of decibels is not that of errors
    assert psnr_y(pictures, truth, shave=shave) == pytest.approx(np.mean(expected), abs=1e-6)
    assert psnr_y(truth, pictures, shave=shave) == pytest.approx(np.mean(expected), abs=1e-6)
    if shave == 4:
        assert psnr_y(pictures, truth) == psnr_y(pictures, truth, shave=4)


def test_one_level_of_grey_is_49_decibels():
    grey = torch.zeros(1, 1, 20, 20)
    expected = 20 * math.log10(255 / (219 / 255))  # a step of the luma is 219 / 255
    assert psnr_y(to_8_bit(grey), to_8_bit(grey) + 1 / 127.5) == pytest.approx(expected, abs=1e-4)
    assert expected == pytest.approx(49.453, abs=1e-3)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("shave", [0, 4])
def test_ssim_is_that_of_torchmetrics(channels, shave):
    pictures, truth = pair(channels=channels)
    ours, real = (torch.from_numpy(luma_by_scikit_image(x, shave))[:, None] for x in (pictures, truth))
    _, local = structural_similarity_index_measure(
        ours, real, sigma=1.5, kernel_size=11, data_range=255.0, k1=0.01, k2=0.03, return_full_image=True
    )
    expected = local[..., 5:-5, 5:-5].mean()  # where a window lies inside: beyond, the two pad differently
    assert ssim_y(pictures, truth, shave=shave) == pytest.approx(float(expected), abs=1e-6)
    assert 0.05 < float(expected) < 0.95
    each = [ssim_y(a[None], b[None], shave=shave) for a, b in zip(pictures, truth, strict=True)]
    assert ssim_y(pictures, truth, shave=shave) == pytest.approx(np.mean(each), abs=1e-12)


def test_equal_pictures_are_perfect_and_so_are_those_equal_as_files():
    pictures, truth = pair()
    for other in (truth, to_8_bit(truth), truth.clamp(-1, 1), truth.double(), truth.clone().requires_grad_()):
        assert psnr_y(other, truth) == math.inf
        assert ssim_y(other, truth) == pytest.approx(1, abs=1e-12)
    assert psnr_y(pictures, truth) < math.inf
    assert ssim_y(pictures, truth) < 0.99


def test_what_happens_on_the_border_is_not_looked_at_and_what_happens_inside_is():
    _, truth = pair(1)
    for measure in (psnr_y, ssim_y):
        perfect = measure(truth, truth)
        spoilt = torch.zeros_like(truth)
        spoilt[..., 4:-4, 4:-4] = truth[..., 4:-4, 4:-4]
        assert measure(spoilt, truth) == perfect
        for row, column in ((4, 20), (35, 20), (20, 4), (20, 47)):  # the outermost that count
            worse = spoilt.clone()
            worse[..., row, column] = -worse[..., row, column].sign()
            assert measure(worse, truth) < perfect


def test_another_convention_gives_other_numbers():
    """What the module warns of: on RGB the same pictures are some decibels apart."""
    pictures, truth = pair()
    rgb = [
        peak_signal_noise_ratio(b, a, data_range=255)
        for a, b in zip(bytes_of(pictures), bytes_of(truth), strict=True)
    ]
    assert psnr_y(pictures, truth, shave=0) - np.mean(rgb) > 1


@pytest.mark.parametrize("measure", [psnr_y, ssim_y])
def test_wrong_shapes_get_a_sentence(measure):
    x = torch.zeros(2, 3, 24, 30)
    name = measure.__name__
    for other in (x[:1], x[:, :1], x[..., :29]):
        with pytest.raises(ValueError, match=rf"{name}: expected two sets \(N, C, H, W\) of one shape, got"):
            measure(x, other)
    with pytest.raises(ValueError, match=rf"{name}: expected two sets"):
        measure(x[0], x[0])
    with pytest.raises(ValueError, match="of more than 24 pixels, twice the border of 12, got 24 x 30"):
        measure(x, x, shave=12)
    with pytest.raises(ValueError, match=rf"{name}: shave: expected at least 0, got -1"):
        measure(x, x, shave=-1)
    with pytest.raises(ValueError, match="luma: expected pictures .* with C 1 or 3"):
        measure(torch.zeros(1, 2, 24, 24), torch.zeros(1, 2, 24, 24))


def test_ssim_needs_one_window_inside_the_border():
    pictures, truth = pair(1, height=19, width=19)
    assert -1 <= ssim_y(pictures, truth, shave=4) < 1  # 11 x 11 are left
    with pytest.raises(ValueError, match=r"at least 11 pixels inside the border, got \(10, 11\)"):
        ssim_y(pictures[..., :18, :], truth[..., :18, :], shave=4)


def frame(*values):
    """Grey, one row, a value between -1 and 1 for each pixel."""
    return torch.tensor(values, dtype=torch.float32).view(1, 1, 1, -1)


def test_flicker_by_hand():
    step = 219 / 2  # of the luma, for 1 of [-1, 1]
    still = [frame(0.3, -0.2)] * 4
    assert flicker(still) == 0
    blinking = [frame(0.0, 0.0), frame(0.4, 0.0), frame(0.0, 0.0)]
    assert flicker(blinking) == pytest.approx(step * 0.2, rel=1e-6)  # half the pixels change by 0.4, up and down
    assert flicker([frame(0.0, 0.0), frame(0.4, -0.4)]) == pytest.approx(step * 0.4, rel=1e-6)  # no cancelling
    assert flicker([frame(0.0), frame(0.1), frame(0.4)]) == pytest.approx(step * 0.2, rel=1e-6)


def test_what_the_truth_does_is_no_flicker():
    step = 219 / 2
    truth = [frame(0.0, 0.5), frame(0.3, 0.1), frame(-0.6, 0.2)]
    assert flicker(truth) > 20
    assert flicker(truth, truth) == 0
    assert flicker([x + 0.2 for x in truth], truth) == pytest.approx(0, abs=1e-4)  # wrong, and steadily so
    shaky = [truth[0], truth[1] + 0.1, truth[2]]
    assert flicker(shaky, truth) == pytest.approx(step * 0.1, rel=1e-5)
    assert flicker([truth[0]] * 3, truth) == pytest.approx(flicker(truth), rel=1e-6)


def test_flicker_is_of_the_luma_of_colours():
    red, black = torch.tensor([1.0, -1, -1]).view(1, 3, 1, 1), -torch.ones(1, 3, 1, 1)
    assert flicker([black, red, black]) == pytest.approx(65.481, abs=1e-6)


def test_too_few_frames_get_a_sentence():
    for frames in ([], [frame(0.0)]):
        with pytest.raises(ValueError, match=f"flicker: expected at least two frames, .* got {len(frames)}$"):
            flicker(frames)
    with pytest.raises(ValueError, match="as many true ones, got 2 and 3$"):
        flicker([frame(0.0)] * 2, [frame(0.0)] * 3)


def test_bicubic_enlargement_of_bsd100_gives_the_published_decibels(real_data):
    """25.96 dB and 0.6675: bicubic, x4, B100 in the tables of Lim et al. 2017 and of most papers since."""
    paths = sorted((real_data / "photos" / "bsd100").iterdir())
    truths = [crop_to_multiple(to_tensor(open_picture(path))[None], 4) for path in paths]
    assert len(truths) == 100
    enlarged = [upscale(downscale(truth, 4), 4) for truth in truths]
    pairs = list(zip(enlarged, truths, strict=True))
    psnr = sum(psnr_y(*one, shave=4) for one in pairs) / 100
    ssim = sum(ssim_y(*one, shave=4) for one in pairs) / 100
    print(f"{psnr:.3f} dB, {ssim:.4f}")
    assert psnr == pytest.approx(25.96, abs=0.02)
    assert ssim == pytest.approx(0.6675, abs=0.003)


def test_flicker_refuses_frames_of_different_sizes():
    frames = [torch.zeros(1, 3, 8, 8), torch.zeros(1, 3, 8, 9)]
    with pytest.raises(ValueError, match="frames of one size"):
        flicker(frames)
    with pytest.raises(ValueError, match="frames of one size"):
        flicker([frames[0]] * 2, frames)


def holes():
    pictures = torch.rand(3, 3, 24, 24, generator=torch.Generator().manual_seed(0)) * 2 - 1
    truth = torch.rand(3, 3, 24, 24, generator=torch.Generator().manual_seed(1)) * 2 - 1
    mask = torch.zeros(3, 1, 24, 24)
    mask[0, :, 3:9, 4:12] = mask[1, :, 10:23, 1:5] = mask[2, :, :, 20:] = 1
    return torch.where(mask > 0, pictures, truth), truth, mask


def test_hole_psnr_is_scikit_images_on_the_missing_pixels():
    from skimage.metrics import peak_signal_noise_ratio

    filled, truth, mask = holes()
    expected = [
        peak_signal_noise_ratio(t.double().numpy()[:, m], f.double().numpy()[:, m], data_range=2)
        for f, t, m in zip(filled, truth, mask[:, 0] > 0, strict=True)
    ]
    assert hole_psnr(filled, truth, mask) == pytest.approx(np.mean(expected), abs=1e-9)
    everything = torch.ones_like(mask)
    whole = [peak_signal_noise_ratio(t.numpy(), f.numpy(), data_range=2) for f, t in zip(filled, truth, strict=True)]
    assert hole_psnr(filled, truth, everything) == pytest.approx(np.mean(whole), abs=1e-4)


def test_hole_ssim_is_torchmetrics_map_inside_the_hole():
    from torchmetrics.functional.image import structural_similarity_index_measure

    filled, truth, mask = holes()
    _, local = structural_similarity_index_measure(
        filled.double(), truth.double(), data_range=2.0, sigma=1.5, kernel_size=11, return_full_image=True
    )
    inner = torch.zeros_like(mask)  # away from the picture's edge, where the two pad differently
    inner[:, :, 6:-6, 6:-6] = 1
    deep = mask * inner
    deep[2] = inner[2]
    deep[1, :, 10:17, 6:9] = 1
    expected = [float(one.mean(dim=0)[hole[0] > 0].mean()) for one, hole in zip(local, deep, strict=True)]
    assert hole_ssim(filled, truth, deep) == pytest.approx(np.mean(expected), abs=1e-6)
    assert hole_ssim(truth, truth, mask) == pytest.approx(1)


def test_nothing_to_measure_is_said_and_a_perfect_filling_is_finite():
    filled, truth, mask = holes()
    for measure in (hole_psnr, hole_ssim):
        with pytest.raises(ValueError, match="expected a hole in every picture"):
            measure(filled, truth, mask * torch.tensor([1, 0, 1]).view(3, 1, 1, 1))
        with pytest.raises(ValueError, match=r"expected two sets \(N, C, H, W\) and a mask"):
            measure(filled, truth, mask[:, 0])
    assert hole_psnr(truth, truth, mask) == pytest.approx(100)


def test_ssim_is_scikit_images_on_the_brightness():
    random = torch.Generator().manual_seed(0)
    a = torch.rand(2, 3, 24, 20, generator=random) * 2 - 1
    b = (a + 0.4 * torch.rand(2, 3, 24, 20, generator=random)).clamp(-1, 1)
    grey = [np.einsum("c,nchw->nhw", [0.299, 0.587, 0.114], (x.double().numpy() + 1) / 2) for x in (a, b)]
    expected = np.mean([structural_similarity(x, y, data_range=1.0) for x, y in zip(*grey, strict=True)])
    assert luminance_ssim(a, b) == pytest.approx(expected, abs=1e-5)
    assert luminance_ssim(a * 3, a.clamp(-1 / 3, 1 / 3) * 3) == pytest.approx(1)  # clipped before they are compared
