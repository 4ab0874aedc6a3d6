"""Right and wrong answers to the exercise make_small of lesson 05, written as learners write them."""

import math

import numpy as np
import torch
import torch.nn.functional as F
import torchvision.transforms.functional as TF
from PIL import Image
from torchvision.transforms import InterpolationMode

from ganlab import resampling
from ganlab.superres import checks
from tests.checks.bank import Bank, endless, stub


def small_solution(pictures, scale):
    height, width = pictures.shape[2] // scale, pictures.shape[3] // scale
    small = F.interpolate(pictures, size=(height, width), mode="bicubic", antialias=True, align_corners=False)
    levels = ((small + 1) * 127.5).round().clamp(0, 255)
    return levels / 127.5 - 1


def raw(pictures, scale, **options):
    """Neither clipped nor rounded."""
    options = {"mode": "bicubic", "antialias": True, "align_corners": False, **options}
    return F.interpolate(pictures, scale_factor=1 / scale, recompute_scale_factor=True, **options)


def eight(small):
    return ((small + 1) * 127.5).round().clamp(0, 255) / 127.5 - 1


def small_scaled_first(pictures, scale):
    levels = (pictures + 1) / 2 * 255
    size = (levels.shape[-2] // scale, levels.shape[-1] // scale)
    small = F.interpolate(levels, size, mode="bicubic", antialias=True)
    return 2 * small.clamp(0, 255).round() / 255 - 1


def small_each(pictures, scale):
    return torch.cat([small_solution(picture[None], scale) for picture in pictures])


def small_bytes(pictures, scale):
    levels = (raw(pictures, scale).clamp(-1, 1) + 1) * 127.5
    return (levels + 0.5).to(torch.uint8).float() / 127.5 - 1


def small_torchvision(pictures, scale):
    size = [pictures.shape[2] // scale, pictures.shape[3] // scale]
    small = TF.resize(pictures, size, InterpolationMode.BICUBIC, antialias=True)
    return eight(small)


def keys(t):
    """Keys's curve with a = -1/2."""
    t = np.abs(t)
    near, far = 1.5 * t**3 - 2.5 * t**2 + 1, -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2
    return np.where(t < 1, near, np.where(t < 2, far, 0))


def small_by_hand(pictures, scale):
    """Two matrices of weights, in float64."""

    def matrix(length):
        centres = (np.arange(length // scale) + 0.5) * scale
        weights = keys((np.arange(length) + 0.5 - centres[:, None]) / scale)
        return weights / weights.sum(axis=1, keepdims=True)

    x = pictures.double().numpy()
    small = matrix(x.shape[2]) @ x @ matrix(x.shape[3]).T
    return torch.from_numpy(np.clip(np.rint((small + 1) * 127.5), 0, 255) / 127.5 - 1)


def small_pillow(pictures, scale):
    size = (pictures.shape[3] // scale, pictures.shape[2] // scale)
    made = []
    for plane in ((pictures + 1) * 127.5).round().to(torch.uint8).flatten(0, 1):
        made.append(np.asarray(Image.fromarray(plane.numpy()).resize(size, Image.Resampling.BICUBIC)).copy())
    small = torch.from_numpy(np.stack(made)).float() / 127.5 - 1
    return small.reshape(*pictures.shape[:2], size[1], size[0])


def small_pillow_floats(pictures, scale):
    size = (pictures.shape[3] // scale, pictures.shape[2] // scale)
    made = []
    for plane in pictures.flatten(0, 1):
        made.append(np.asarray(Image.fromarray(plane.numpy(), "F").resize(size, Image.Resampling.BICUBIC)).copy())
    return eight(torch.from_numpy(np.stack(made)).reshape(*pictures.shape[:2], size[1], size[0]))


def small_bytes_inside(pictures, scale):
    levels = ((pictures + 1) * 127.5).round().to(torch.uint8)
    small = F.interpolate(levels, scale_factor=1 / scale, mode="bicubic", antialias=True)
    return small.float() / 127.5 - 1


def small_rounded_between(pictures, scale):
    wide = small_solution(pictures, 1)
    wide = eight(F.interpolate(wide, (wide.shape[2], wide.shape[3] // scale), mode="bicubic", antialias=True))
    return eight(F.interpolate(wide, (wide.shape[2] // scale, wide.shape[3]), mode="bicubic", antialias=True))


def small_in_place(pictures, scale):
    pictures += 1
    return (raw(pictures, scale) * 127.5).round().clamp(0, 255) / 127.5 - 1


def small_levels(values):
    """Bicubic, then whatever this makes of 0 ... 255, unclipped."""
    return lambda x, r: values((raw(x, r) + 1) * 127.5)


def small_blurred(pictures, scale):
    """A Gaussian blur instead of antialiasing."""
    return eight(raw(TF.gaussian_blur(pictures, 5, 1.6), scale, antialias=False))


BANK = Bank(
    checks.make_small,
    right=[
        small_solution,
        small_scaled_first,
        small_each,
        small_bytes,
        small_torchvision,
        lambda x, r: eight(F.interpolate(x, scale_factor=1 / r, mode="bicubic", antialias=True)),
        small_by_hand,
        small_pillow_floats,
        resampling.downscale,
        lambda x, r: eight(raw(x, r)),
        lambda x, r: eight(raw(x.double(), r)),
        lambda x, r: eight(raw(x, r).clamp(-1, 1)),
        lambda x, r: small_solution(x.contiguous(memory_format=torch.channels_last), r),
        lambda x, r: torch.floor((raw(x, r).clamp(-1, 1) + 1) * 127.5 + 0.5) * 2 / 255 - 1,
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda x, r: None, "returns_none"),
        (lambda x, r: small_solution(x, r).numpy(), "wrong_type"),
        (lambda x, r: [small_solution(picture[None], r)[0] for picture in x], "wrong_type"),
        (lambda x, r: F.interpolate(x, scale_factor=1 / r, mode="nearest", antialias=True), "error"),
        (lambda x, r: x.reshape(x.shape[0] // r, -1, 3), "error"),
        (lambda x, r: F.interpolate(x, scale_factor=r, mode="bicubic"), "enlarged"),
        (lambda x, r: x, "wrong_shape"),
        (lambda x, r: small_solution(x, r)[0], "wrong_shape"),
        (lambda x, r: small_solution(x.mT, r), "wrong_shape"),
        (lambda x, r: F.interpolate(x, size=(r, r), mode="bicubic", antialias=True), "wrong_shape"),
        (small_in_place, "changes_its_input"),
        (lambda x, r: eight(raw(x.mul_(0.99), r)), "changes_its_input"),
        (lambda x, r: x[..., ::r, ::r], "every_nth"),
        (lambda x, r: eight(x[..., r // 2 :: r, r // 2 :: r]), "every_nth"),
        (lambda x, r: F.interpolate(x, scale_factor=1 / r), "every_nth"),
        (lambda x, r: F.interpolate(x, scale_factor=1 / r, mode="nearest-exact"), "every_nth"),
        (lambda x, r: F.avg_pool2d(x, r), "averaged"),
        (lambda x, r: eight(F.interpolate(x, scale_factor=1 / r, mode="area")), "averaged"),
        (lambda x, r: eight(F.adaptive_avg_pool2d(x, (x.shape[2] // r, x.shape[3] // r))), "averaged"),
        (lambda x, r: eight(raw(x, r, mode="bilinear", antialias=False)), "bilinear"),
        (lambda x, r: raw(x, r, mode="bilinear"), "bilinear"),
        (lambda x, r: eight(raw(x, r, antialias=False)), "not_antialiased"),
        (lambda x, r: raw(x, r, antialias=False), "not_antialiased"),
        (lambda x, r: eight(raw(x, r, antialias=False, align_corners=True)), "corners"),
        (lambda x, r: eight(raw(x, r, align_corners=True)), "corners"),
        (lambda x, r: raw(x, r, align_corners=True), "corners"),
        (lambda x, r: raw(x, r).clamp(-1, 1).round(), "rounded_to_whole"),
        (lambda x, r: ((raw(x, r) + 1) / 2).round() * 2 - 1, "rounded_to_whole"),
        (lambda x, r: torch.zeros_like(small_solution(x, r)), "rounded_to_whole"),
        (small_levels(lambda v: v.round().clamp(0, 255)), "range"),
        (small_levels(lambda v: v.round().clamp(0, 255) / 255), "range"),
        (small_levels(lambda v: v.clamp(0, 255) / 255), "range"),
        (lambda x, r: eight(raw(x, r).clamp(0, 1)), "clipped_at_0"),
        (lambda x, r: small_solution(x, r).clamp(0, 1), "clipped_at_0"),
        (small_levels(lambda v: v.round().to(torch.int32).to(torch.uint8).float() / 127.5 - 1), "wrapped"),
        (small_levels(lambda v: v.to(torch.int32).to(torch.uint8).float() / 127.5 - 1), "wrapped"),
        (raw, "not_clipped"),
        (small_levels(lambda v: v.round() / 127.5 - 1), "not_clipped"),
        (lambda x, r: small_solution(x, r) * math.nan, "not_clipped"),
        (small_blurred, "reduction"),
        (lambda x, r: small_solution(x.flip(1), r), "reduction"),
        (lambda x, r: small_solution(x, r).flip(3), "reduction"),
        (lambda x, r: eight(F.max_pool2d(x, r)), "reduction"),
        (lambda x, r: eight(raw(raw(x, 2), r // 2)), "reduction"),
        (lambda x, r: raw(x, r).clamp(-1, 1), "not_rounded"),
        (lambda x, r: raw(eight(x), r).clamp(-1, 1), "not_rounded"),
        (lambda x, r: (raw(x, r).clamp(-1, 1) * 127.5).round() / 127.5, "zero_level"),
        (lambda x, r: (raw(x, r) * 127).round().clamp(-127, 127) / 127, "zero_level"),
        (lambda x, r: ((raw(x, r) * 128).round() / 128).clamp(-1, 1), "zero_level"),
        (small_levels(lambda v: v.clamp(0, 255).to(torch.uint8).float() / 127.5 - 1), "cut_off"),
        (small_levels(lambda v: v.clamp(0, 255).floor() / 127.5 - 1), "cut_off"),
        (small_levels(lambda v: v.ceil().clamp(0, 255) / 127.5 - 1), "rounded_up"),
        (lambda x, r: (raw(x, r).clamp(-1, 1) * 255).round() / 255, "other_levels"),
        (lambda x, r: ((raw(x, r).clamp(-1, 1) + 1) * 128).round() / 128 - 1, "zero_level"),
        (lambda x, r: (raw(x, r) * 127.5).round() / 127.5, "zero_level"),
        (lambda x, r: torch.round(raw(x, r).clamp(-1, 1), decimals=2), "other_levels"),
        (small_pillow, "nearly"),
        (small_bytes_inside, "nearly"),
        (small_rounded_between, "nearly"),
        (lambda x, r: small_solution(x, 4), "scale_ignored"),
        (lambda x, r: small_solution(x, 4) if x.shape[3] == 24 else small_solution(x, r).clamp(max=0.9), "wrong_value"),
    ],
)  # fmt: skip
