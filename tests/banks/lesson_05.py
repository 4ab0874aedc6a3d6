"""Right and wrong answers to the exercises of lesson 05, written as learners write them."""

import copy
import math
from collections import OrderedDict
from functools import reduce

import numpy as np
import torch
import torch.nn.functional as F
import torchvision.transforms.functional as TF
from banks import Bank
from PIL import Image
from torchvision.transforms import InterpolationMode

from ganlab import layers as subpixel
from ganlab import losses, resampling
from ganlab.checks import lesson_05
from ganlab.features.vgg import IMAGENET_MEAN as MEAN
from ganlab.features.vgg import IMAGENET_STD as STD
from ganlab.metrics import fidelity

# As the notebook gives them to the learner.
IMAGENET_MEAN, IMAGENET_STD = torch.tensor(MEAN), torch.tensor(STD)


def stub(*args, **kwargs):
    raise NotImplementedError("your code here: replace this line")


def endless(*args):
    return endless(*args)


# --- 1: pixel_shuffle -----------------------------------------------------------------------------------------
def shuffle_solution(x, scale):
    n, channels, height, width = x.shape
    x = x.reshape(n, channels // scale**2, scale, scale, height, width)
    x = x.permute(0, 1, 4, 2, 5, 3)
    return x.reshape(n, channels // scale**2, height * scale, width * scale)


def shuffle_slices(x, scale):
    n, channels, height, width = x.shape
    y = x.new_empty(n, channels // scale**2, scale * height, scale * width)
    for a in range(scale):
        for b in range(scale):
            y[:, :, a::scale, b::scale] = x[:, a * scale + b :: scale**2]
    return y


def shuffle_loop(x, scale):
    n, channels, height, width = x.shape
    y = torch.zeros(n, channels // scale**2, height * scale, width * scale)
    for c in range(channels // scale**2):
        for i in range(height):
            for j in range(width):
                for a in range(scale):
                    for b in range(scale):
                        y[:, c, scale * i + a, scale * j + b] = x[:, c * scale**2 + a * scale + b, i, j]
    return y


def shuffle_gather(x, scale):
    """For each place of the result, where it comes from."""
    _, channels, height, width = x.shape
    c = torch.arange(channels // scale**2)[:, None, None]
    row = torch.arange(height * scale)[:, None]
    column = torch.arange(width * scale)
    return x[:, c * scale**2 + row % scale * scale + column % scale, row // scale, column // scale]


def shuffle_numpy(x, scale):
    n, _, height, width = x.shape
    split = x.numpy().reshape(n, -1, scale, scale, height, width)
    return torch.from_numpy(split.transpose(0, 1, 4, 2, 5, 3).reshape(n, -1, height * scale, width * scale).copy())


def shuffle_fold(x, scale):
    height, width = x.shape[2:]
    return F.fold(x.flatten(2), (height * scale, width * scale), scale, stride=scale)


def shuffle_transposed(x, scale):
    """A transposed convolution whose weights are 0 and 1."""
    groups = x.shape[1] // scale**2
    one = torch.eye(scale**2, dtype=x.dtype).reshape(scale**2, 1, scale, scale)
    return F.conv_transpose2d(x, one.repeat(groups, 1, 1, 1), stride=scale, groups=groups)


def shuffle_two_steps(x, scale):
    """The columns first, then the rows."""
    n, channels, height, width = x.shape
    x = x.unflatten(1, (-1, scale)).permute(0, 1, 3, 4, 2).reshape(n, channels // scale, height, width * scale)
    x = x.unflatten(1, (-1, scale)).permute(0, 1, 3, 2, 4)
    return x.reshape(n, channels // scale**2, height * scale, width * scale)


def shuffle_stacked(x, scale):
    rows = [
        torch.stack([x[:, a * scale + b :: scale**2] for b in range(scale)], -1).flatten(-2) for a in range(scale)
    ]
    return torch.stack(rows, -2).flatten(2, 3)


def shuffle_by(order, split=lambda x, r: x.unflatten(1, (-1, r, r))):
    """Split, bring n c a b i j into this order, merge."""

    def shuffle(x, scale):
        n, channels, height, width = x.shape
        ordered = torch.einsum(f"ncabij->nc{order}", split(x, scale))
        return ordered.reshape(n, channels // scale**2, height * scale, width * scale)

    return shuffle


def groups_last(x, r):
    return x.unflatten(1, (r, r, -1)).permute(0, 3, 1, 2, 4, 5)


def shuffle_view(x, scale):
    n, channels, height, width = x.shape
    return x.view(n, channels // scale**2, height * scale, width * scale)


def shuffle_heights_first(x, scale):
    """Splits height and width, which are not there to be split yet."""
    n, channels, height, width = x.shape
    x = x.reshape(n, channels // scale**2, height, scale, width, scale)
    return x.permute(0, 1, 2, 3, 4, 5).reshape(n, channels // scale**2, height * scale, width * scale)


def shuffle_square(x, scale):
    n, channels, height, _ = x.shape
    x = x.reshape(n, channels // scale**2, scale, scale, height, height)
    return x.permute(0, 1, 4, 2, 5, 3).reshape(n, -1, height * scale, height * scale)


def shuffle_batch_last(x, scale):
    """Keeps nobody's pictures apart."""
    n, channels, height, width = x.shape
    x = x.reshape(channels // scale**2, scale, scale, n, height, width).permute(3, 0, 4, 1, 5, 2)
    return x.reshape(n, channels // scale**2, height * scale, width * scale)


def shuffle_averaged(x, scale):
    groups = x.unflatten(1, (-1, scale**2)).mean(2)
    return groups.repeat_interleave(scale, 2).repeat_interleave(scale, 3)


def shuffle_only_two(x, scale):
    """Right for a scale of 2."""
    n, channels, height, width = x.shape
    y = torch.zeros(n, channels // scale**2, height * scale, width * scale)
    y[:, :, ::scale, ::scale] = x[:, :: scale**2]
    y[:, :, ::scale, scale - 1 :: scale] = x[:, 1 :: scale**2]
    y[:, :, scale - 1 :: scale, ::scale] = x[:, scale :: scale**2]
    y[:, :, scale - 1 :: scale, scale - 1 :: scale] = x[:, scale**2 - 1 :: scale**2]
    return y


def shuffle_in_place(x, scale):
    y = shuffle_solution(x, scale)
    x -= x.mean()
    return y


SHUFFLE = Bank(
    lesson_05.pixel_shuffle,
    right=[
        shuffle_solution,
        shuffle_slices,
        shuffle_loop,
        shuffle_gather,
        shuffle_numpy,
        shuffle_fold,
        shuffle_transposed,
        shuffle_two_steps,
        shuffle_stacked,
        shuffle_by("iajb"),
        subpixel.pixel_shuffle,
        lambda x, scale: shuffle_solution(x.double(), scale),
        lambda x, scale: shuffle_solution(x.contiguous(memory_format=torch.channels_last), scale),
        lambda x, scale: torch.stack([shuffle_solution(one[None], scale)[0] for one in x]),
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda x, r: None, "returns_none"),
        (lambda x, r: shuffle_numpy(x, r).numpy(), "wrong_type"),
        (lambda x, r: list(shuffle_solution(x, r)), "wrong_type"),
        (lambda x, r: shuffle_solution(x, r).shape, "wrong_type"),
        (lambda x, r: x, "wrong_shape"),
        (lambda x, r: x.unflatten(1, (-1, r, r)).permute(0, 1, 4, 2, 5, 3), "wrong_shape"),
        (lambda x, r: F.pixel_unshuffle(x.repeat(1, 1, 2, 2), r), "wrong_shape"),
        (shuffle_square, "error"),
        (lambda x, r: x.view(x.shape[0], r, r, x.shape[2], x.shape[3]), "error"),
        (lambda x, r: shuffle_solution(x, r).transpose(2, 3), "sides_swapped"),
        (lambda x, r: x.unflatten(1, (-1, r, r)).permute(0, 1, 5, 3, 4, 2).flatten(4).flatten(2, 3), "sides_swapped"),
        (lambda x, r: shuffle_solution(x[:, : r * r], r), "one_channel"),
        (lambda x, r: shuffle_solution(x, r).mean(1, keepdim=True), "one_channel"),
        (lambda x, r: shuffle_solution(x[:1], r), "one_picture"),
        (lambda x, r: shuffle_solution(x, r)[0], "no_batch"),
        (lambda x, r: F.interpolate(x, scale_factor=r), "channels_kept"),
        (lambda x, r: x.repeat(1, 1, r, r), "channels_kept"),
        (shuffle_in_place, "changes_its_input"),
        (lambda x, r: F.interpolate(x[:, :: r * r], scale_factor=r), "copies"),
        (lambda x, r: x[:, :: r * r].repeat_interleave(r, 2).repeat_interleave(r, 3), "copies"),
        (lambda x, r: x[:, : x.shape[1] // r**2].repeat_interleave(r, 2).repeat_interleave(r, 3), "copies"),
        (shuffle_averaged, "copies"),
        (lambda x, r: torch.zeros_like(shuffle_solution(x, r)), "copies"),
        (lambda x, r: shuffle_solution(x[:1], r).repeat(len(x), 1, 1, 1), "first_picture"),
        (lambda x, r: shuffle_solution(x[:, : r * r], r).repeat(1, x.shape[1] // r**2, 1, 1), "first_channel"),
        (lambda x, r: F.interpolate(x[:, :: r * r], scale_factor=r, mode="bilinear"), "numbers"),
        (lambda x, r: x[:, :: r * r].repeat(1, 1, r, r), "numbers"),
        (lambda x, r: shuffle_solution(x, r) / r, "numbers"),
        (lambda x, r: shuffle_solution(x, r) * math.nan, "numbers"),
        (shuffle_batch_last, "mixed_pictures"),
        (lambda x, r: shuffle_solution(x, r).flip(0), "mixed_pictures"),
        (shuffle_by("iajb", groups_last), "channel_order"),
        (shuffle_by("ibja", groups_last), "channel_order"),
        (lambda x, r: shuffle_slices(torch.cat([x[:, k :: x.shape[1] // r**2] for k in range(x.shape[1] // r**2)], 1), r),
         "channel_order"),
        (shuffle_by("ibja"), "little_squares"),
        (lambda x, r: x.unflatten(1, (-1, r, r)).permute(0, 1, 4, 3, 5, 2).flatten(4).flatten(2, 3), "little_squares"),
        (lambda x, r: shuffle_solution(x.mT, r).mT, "little_squares"),
        (shuffle_view, "plain_view"),
        (shuffle_heights_first, "plain_view"),
        (shuffle_by("baij"), "plain_view"),
        (shuffle_by("aibj"), "tiles"),
        (shuffle_by("biaj"), "tiles"),
        (shuffle_by("iabj"), "half_tiles"),
        (shuffle_by("aijb"), "half_tiles"),
        (shuffle_by("ibaj"), "half_tiles"),
        (shuffle_by("ijab"), "in_a_row"),
        (shuffle_by("ijba"), "in_a_row"),
        (shuffle_by("jbia"), "turned"),
        (shuffle_by("jaib"), "turned"),
        (shuffle_by("jabi"), "places"),
        (shuffle_by("aibj", groups_last), "places"),
        (lambda x, r: shuffle_solution(x, r).flip(1), "places"),
        (lambda x, r: shuffle_solution(x, r).flip(2, 3), "places"),
        (lambda x, r: shuffle_solution(x.mT.reshape(x.shape), r), "places"),
        (shuffle_only_two, "wrong_value"),
        (lambda x, r: shuffle_solution(x, r).float() if x.shape[2] == 3 else shuffle_by("ibja")(x, r), "wrong_value"),
    ],
)  # fmt: skip


# --- 2: icnr --------------------------------------------------------------------------------------------------
def icnr_solution(weight, scale):
    return weight[:: scale**2].repeat_interleave(scale**2, dim=0)


def icnr_loop(weight, scale):
    new = weight.clone()
    for index in range(len(weight)):
        new[index] = weight[index // scale**2 * scale**2]
    return new


def icnr_indexed(weight, scale):
    return weight[torch.arange(len(weight)) // scale**2 * scale**2]


def icnr_expanded(weight, scale):
    groups = weight.unflatten(0, (-1, scale**2))
    return groups[:, :1].expand_as(groups).flatten(0, 1)


def icnr_list(weight, scale):
    return torch.stack([weight[i - i % scale**2] for i in range(weight.shape[0])])


def icnr_numpy(weight, scale):
    return torch.from_numpy(np.repeat(weight.numpy()[:: scale**2], scale**2, axis=0))


def icnr_matrix(weight, scale):
    chosen = torch.eye(len(weight))[:: scale**2].repeat_interleave(scale**2, 0)
    return (chosen @ weight.flatten(1)).view_as(weight)


def icnr_of_a_well_known_library(weight, scale):
    # Written for another order of the axes, and right all the same.
    one = weight[:: scale**2].transpose(0, 1).contiguous()
    inputs, outputs, *kernel = one.shape
    copies = one.view(inputs, outputs, -1).repeat(1, 1, scale**2)
    return copies.view(inputs, -1, *kernel).transpose(0, 1)


def icnr_in_place(weight, scale):
    for index in range(len(weight)):
        weight[index] = weight[index // scale**2 * scale**2]
    return weight


def icnr_from(choose):
    """Groups of copies of what this makes of a group (C, r², C_in, k, k)."""
    return lambda w, r: choose(w.unflatten(0, (-1, r * r))).repeat_interleave(r * r, 0)


def icnr_drawn(weight, scale):
    new = torch.empty_like(weight)
    return subpixel.icnr_(new, scale)


def icnr_cut_short(weight, scale):
    """Only every second filter is a copy."""
    new = weight.clone()
    new[1 :: scale**2] = weight[:: scale**2]
    return new


def icnr_only_two(weight, scale):
    return weight[::4].repeat_interleave(4, 0)[: len(weight)] if len(weight) % 4 == 0 else weight


ICNR = Bank(
    lesson_05.icnr,
    right=[
        icnr_solution,
        icnr_loop,
        icnr_indexed,
        icnr_expanded,
        icnr_list,
        icnr_numpy,
        icnr_matrix,
        icnr_of_a_well_known_library,
        icnr_from(lambda g: g[:, 0]),
        lambda w, r: torch.nn.Parameter(icnr_solution(w, r)),
        lambda w, r: icnr_in_place(w.clone(), r),
        lambda w, r: icnr_solution(w.double(), r),
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda w, r: None, "returns_none"),
        (lambda w, r: icnr_solution(w, r).numpy(), "wrong_type"),
        (lambda w, r: torch.nn.Conv2d(2, 12, 3), "wrong_type"),
        (lambda w, r: w[:: r * r], "not_repeated"),
        (lambda w, r: w[: len(w) // r**2], "not_repeated"),
        (lambda w, r: w[:: r * r][:, None].expand(-1, r * r, -1, -1, -1), "still_in_groups"),
        (lambda w, r: w.repeat_interleave(r * r, 0), "wrong_shape"),
        (lambda w, r: w[:: r * r].repeat_interleave(r * r, 1), "wrong_shape"),
        (lambda w, r: w[::r].repeat_interleave(r * r, 0), "wrong_shape"),
        (lambda w, r: w[:: r * r].expand_as(w), "error"),
        (icnr_in_place, "changes_its_input"),
        (lambda w, r: w.copy_(icnr_solution(w, r)), "changes_its_input"),
        (lambda w, r: subpixel.icnr_(w, r), "changes_its_input"),
        (lambda w, r: w[:1].expand_as(w), "all_equal"),
        (lambda w, r: w.mean(0, keepdim=True).expand_as(w), "all_equal"),
        (lambda w, r: torch.zeros_like(w), "all_equal"),
        (lambda w, r: w.clone(), "unchanged"),
        (lambda w, r: w, "unchanged"),
        (lambda w, r: w[:: r * r].repeat(r * r, 1, 1, 1), "order"),
        (lambda w, r: torch.cat([w[:: r * r]] * r**2), "order"),
        (lambda w, r: w[: len(w) // r**2].repeat(r * r, 1, 1, 1), "order"),
        (lambda w, r: w[: len(w) // r**2].repeat_interleave(r * r, 0), "first_filters"),
        (lambda w, r: w[::r].repeat_interleave(r, 0), "scale_not_squared"),
        (icnr_from(lambda g: g.mean(1)), "mean"),
        (icnr_from(lambda g: g.sum(1)), "sum"),
        (icnr_from(lambda g: g[:, -1]), "last"),
        (icnr_cut_short, "checkerboard"),
        (lambda w, r: w.flip(0), "checkerboard"),
        (lambda w, r: torch.randn_like(w), "checkerboard"),
        (lambda w, r: icnr_solution(w, r) + 1e-2 * torch.randn(w.shape), "checkerboard"),
        (lambda w, r: icnr_solution(w, r) * math.nan, "checkerboard"),
        (lambda w, r: icnr_solution(w, r).roll(1, 0), "checkerboard"),
        (lambda w, r: icnr_solution(w, r) / r**2, "scaled"),
        (lambda w, r: icnr_solution(w, r) / r, "scaled"),
        (lambda w, r: -icnr_solution(w, r), "scaled"),
        (icnr_drawn, "new_filters"),
        (lambda w, r: icnr_solution(w, r).flip(2, 3), "new_filters"),
        (icnr_from(lambda g: g.median(1).values), "new_filters"),
        (icnr_from(lambda g: g[:, 1]), "wrong_value"),
        (lambda w, r: icnr_solution(w.flip(0), r), "wrong_value"),
        (icnr_only_two, "wrong_value"),
    ],
)


# --- 3: make_small --------------------------------------------------------------------------------------------
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
    return torch.cat([small_solution(one[None], scale) for one in pictures])


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


SMALL = Bank(
    lesson_05.make_small,
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
        (lambda x, r: [small_solution(one[None], r)[0] for one in x], "wrong_type"),
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


# --- 4: psnr_y ------------------------------------------------------------------------------------------------
def levels_of(pictures):
    return ((pictures + 1) * 127.5).round().clamp(0, 255)


def psnr_solution(pictures, truth, shave):
    weights = torch.tensor([65.481, 128.553, 24.966]).view(3, 1, 1)
    maps = []
    for x in (pictures, truth):
        colours = levels_of(x) / 255
        maps.append(16 + (weights * colours).sum(dim=1))
    height, width = truth.shape[2:]
    error = (maps[0] - maps[1])[:, shave : height - shave, shave : width - shave].square().mean(dim=(1, 2))
    return float((10 * torch.log10(255**2 / error)).mean())


def psnr_loop(pictures, truth, shave):
    total = 0.0
    for mine, real in zip(pictures, truth, strict=True):
        a, b = levels_of(mine.double()) / 255, levels_of(real.double()) / 255
        d = 65.481 * (a[0] - b[0]) + 128.553 * (a[1] - b[1]) + 24.966 * (a[2] - b[2])
        d = d[shave : d.shape[0] - shave, shave : d.shape[1] - shave]
        total += 20 * math.log10(255 / math.sqrt((d**2).mean().item()))
    return total / len(pictures)


def psnr_numpy(pictures, truth, shave):
    def y(x):
        x = np.clip(np.rint((x.numpy().astype(np.float64) + 1) * 127.5), 0, 255) / 255
        x = np.tensordot(x, [65.481, 128.553, 24.966], axes=(1, 0)) + 16
        return x[:, shave : x.shape[1] - shave, shave : x.shape[2] - shave]

    return np.mean(
        [10 * np.log10(255**2 / np.mean((a - b) ** 2)) for a, b in zip(y(pictures), y(truth), strict=True)]
    )


def psnr_shaved_first(pictures, truth, shave):
    if shave:
        pictures, truth = (x[:, :, shave:-shave, shave:-shave] for x in (pictures, truth))
    return psnr_solution(pictures, truth, 0)


def psnr_convolution(pictures, truth, shave):
    weight = torch.tensor([65.481, 128.553, 24.966]).view(1, 3, 1, 1) / 255
    difference = F.conv2d(levels_of(pictures) - levels_of(truth), weight)
    difference = F.pad(difference, (-shave,) * 4)
    return torch.stack([48.1308036 - 10 * one.square().mean().log10() for one in difference]).mean()


def psnr_logarithms(pictures, truth, shave):
    y = [fidelity.luma(resampling.to_8_bit(x)).squeeze(1) for x in (pictures, truth)]
    inner = slice(shave, -shave or None)
    mse = F.mse_loss(*y, reduction="none")[:, inner, inner].flatten(1).mean(1)
    return torch.mean(20 * math.log10(255) - 10 * torch.log(mse) / math.log(10)).item()


def psnr_bytes(pictures, truth, shave):
    a, b = (levels_of(x).to(torch.uint8).float() for x in (pictures, truth))
    y = torch.einsum("nchw,c->nhw", a - b, torch.tensor([65.481, 128.553, 24.966]) / 255)
    rows, columns = torch.arange(y.shape[1]), torch.arange(y.shape[2])
    inside = (rows >= shave) & (rows < len(rows) - shave)
    within = (columns >= shave) & (columns < len(columns) - shave)
    chosen = y[:, inside][:, :, within]
    return (10 * (65025 / chosen.pow(2).mean((1, 2))).log10()).mean().item()


def rec601(levels):
    """From 0 ... 255 to Y."""
    return 16 + torch.einsum("nchw,c->nhw", levels, torch.tensor([65.481, 128.553, 24.966])) / 255


def grey601(levels):
    return torch.einsum("nchw,c->nhw", levels, torch.tensor([0.299, 0.587, 0.114]))


def border(x, shave):
    return x[..., shave : x.shape[-2] - shave, shave : x.shape[-1] - shave]


def decibels(error, peak=255.0):
    return (10 * torch.log10(peak**2 / error.flatten(1).mean(1))).mean().item()


def psnr_with(colour=rec601, levels=levels_of, cut=border, answer=decibels):
    """From squared differences, cut to the inner part."""
    return lambda a, b, shave: answer(cut((colour(levels(a)) - colour(levels(b))).square(), shave))


def unit(x):
    """In [0, 1], rounded."""
    return levels_of(x) / 255


def signed(x):
    return x


def same(x):
    return x


def peak(value):
    return lambda error: decibels(error, value)


def psnr_absolute(a, b, shave):
    error = border((rec601(levels_of(a)) - rec601(levels_of(b))).abs(), shave)
    return (20 * torch.log10(255 / error.flatten(1).mean(1))).mean().item()


def psnr_negative_slice(a, b, shave):
    difference = rec601(levels_of(a)) - rec601(levels_of(b))
    return decibels(difference[:, shave:-shave, shave:-shave].square())


def psnr_in_place(a, b, shave):
    for x in (a, b):
        x.add_(1).mul_(127.5).round_().clamp_(0, 255)
    return decibels(border((rec601(a) - rec601(b)).square(), shave))


def psnr_pictures_summed(a, b, shave):
    total = 0
    for one, other in zip(a, b, strict=True):
        total += psnr_solution(one[None], other[None], shave)
    return total


def psnr_first_only(a, b, shave):
    results = []
    for one, other in zip(a, b, strict=True):
        results.append(psnr_solution(one[None], other[None], shave))
        break
    return sum(results) / len(results)


PSNR = Bank(
    lesson_05.psnr_y,
    right=[
        psnr_solution,
        psnr_loop,
        psnr_numpy,
        psnr_shaved_first,
        psnr_convolution,
        psnr_logarithms,
        psnr_bytes,
        psnr_with(),
        psnr_with(lambda v: rec601(v) - 16),
        psnr_with(lambda v: rec601(v) / 255, answer=peak(1.0)),
        psnr_with(lambda v: grey601(v) * 219 / 255),
        lambda a, b, shave: fidelity.psnr_y(a, b, shave=shave),
        lambda a, b, shave: psnr_solution(b, a, shave),
        lambda a, b, shave: torch.tensor(psnr_solution(a, b, shave)),
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda a, b, s: None, "returns_none"),
        (lambda a, b, s: f"{psnr_solution(a, b, s):.2f} dB", "wrong_type"),
        (lambda a, b, s: [psnr_solution(x[None], y[None], s) for x, y in zip(a, b, strict=True)], "wrong_type"),
        (lambda a, b, s: (psnr_solution(a, b, s),), "wrong_type"),
        (psnr_with(answer=lambda e: 10 * torch.log10(255**2 / e.mean((1, 2)))), "wrong_shape"),
        (lambda a, b, s: torch.tensor([psnr_solution(a, b, s)]), "wrong_shape"),
        (psnr_with(answer=lambda e: math.log10(255**2 / e.mean((1, 2)))), "error"),
        (lambda a, b, s: rec601(a) @ rec601(b), "error"),
        (psnr_in_place, "changes_its_input"),
        (psnr_with(answer=lambda e: e.mean()), "no_decibels"),
        (psnr_with(answer=lambda e: e.mean().sqrt()), "no_decibels"),
        (psnr_with(answer=lambda e: -decibels(e)), "upside_down"),
        (psnr_with(answer=lambda e: (10 * torch.log10(e.mean((1, 2)) / 255**2)).mean()), "upside_down"),
        (psnr_with(answer=lambda e: torch.log10(255**2 / e.mean((1, 2))).mean()), "logarithm"),
        (psnr_with(answer=lambda e: (10 * torch.log(255**2 / e.mean((1, 2)))).mean()), "logarithm"),
        (psnr_with(answer=lambda e: (20 * torch.log10(255**2 / e.mean((1, 2)))).mean()), "logarithm"),
        (psnr_with(answer=lambda e: torch.log(255**2 / e.mean((1, 2))).mean()), "logarithm"),
        (psnr_with(answer=lambda e: (10 * torch.log10(255 / e.mean((1, 2)))).mean()), "peak_squared"),
        (psnr_with(answer=lambda e: (20 * torch.log10(255 / e.mean((1, 2)))).mean()), "peak_squared"),
        (psnr_with(same, signed, answer=peak(1.0)), "range"),
        (psnr_with(same, unit, answer=peak(0.5)), "range"),
        (psnr_with(answer=peak(1.0)), "range"),
        (psnr_with(lambda x: rec601(255 * x), signed), "range"),
        (psnr_with(lambda x: 255 * rec601(x)), "range"),
        (psnr_with(grey601, signed, answer=peak(1.0)), "range"),
        (psnr_with(lambda x: rec601(255 * x), unit, answer=peak(1.0)), "range"),
        (psnr_with(grey601), "full_range"),
        (psnr_with(grey601, unit, answer=peak(1.0)), "full_range"),
        (psnr_with(grey601, signed, answer=peak(2.0)), "full_range"),
        (psnr_with(answer=peak(219.0)), "full_range"),
        (psnr_with(answer=peak(235.0)), "peak"),
        (psnr_with(answer=peak(256.0)), "peak"),
        (psnr_with(answer=peak(100.0)), "peak"),
        (psnr_with(same), "colours"),
        (psnr_with(same, unit, answer=peak(1.0)), "colours"),
        (psnr_with(same, signed, answer=peak(2.0)), "colours"),
        (psnr_with(same, answer=lambda e: (10 * torch.log10(255**2 / e.mean((2, 3)))).mean()), "colours"),
        (psnr_with(same, answer=lambda e: decibels(grey601(e))), "colours"),
        (psnr_with(lambda v: v.mean(1)), "grey_mean"),
        (psnr_with(lambda v: 16 + v.mean(1) * 219 / 255), "grey_mean"),
        (psnr_with(lambda v: v.mean(1), signed, answer=peak(2.0)), "grey_mean"),
        (psnr_with(lambda v: v[:, 1]), "one_colour"),
        (psnr_with(lambda v: v[:, 0], signed, answer=peak(2.0)), "one_colour"),
        (psnr_with(lambda v: rec601(v.flip(1))), "bgr"),
        (psnr_absolute, "absolute"),
        (lambda a, b, s: psnr_solution(a, b, 0), "no_shave"),
        (psnr_with(cut=lambda e, s: e[..., s:, s:]), "two_sides"),
        (psnr_with(cut=lambda e, s: e[..., :-s, :-s]), "two_sides"),
        (psnr_with(cut=lambda e, s: e[..., s:-s]), "two_sides"),
        (psnr_with(cut=lambda e, s: e[:, s:-s]), "two_sides"),
        (lambda a, b, s: psnr_solution(a, b, s // 2), "shave_width"),
        (lambda a, b, s: psnr_solution(a, b, 2 * s), "shave_width"),
        (psnr_with(cut=lambda e, s: e[..., s : -s - 1, s : -s - 1]), "shave_width"),
        (psnr_with(answer=lambda e: (10 * torch.log10(255**2 / e.mean())).item()), "pooled"),
        (psnr_pictures_summed, "sum"),
        (psnr_first_only, "one_picture"),
        (psnr_with(answer=lambda e: (10 * torch.log10(255**2 / e.mean((1, 2)))).max()), "one_picture"),
        (psnr_with(levels=lambda x: (x + 1) * 127.5), "not_8_bit"),
        (psnr_with(levels=lambda x: ((x + 1) * 127.5).clamp(0, 255)), "not_rounded"),
        (psnr_with(levels=lambda x: ((x + 1) * 127.5).round()), "not_clipped"),
        (psnr_with(levels=lambda x: ((x + 1) * 127.5).clamp(0, 255).to(torch.uint8).float()), "cut_off"),
        (psnr_with(lambda v: rec601(v).round()), "luma_rounded"),
        (psnr_with(cut=lambda e, s: e[..., 3:-3, 3:-3]), "shave_width"),
        (psnr_with(cut=lambda e, s: e[..., 4:-4, 3:-3]), "decibels"),
        (psnr_with(lambda v: rec601(v) * 0.99), "decibels"),
        (lambda a, b, s: math.nan, "decibels"),
        (lambda a, b, s: psnr_solution(a, b, s) + 0.01, "decibels"),
        (lambda a, b, s: round(psnr_solution(a, b, s), 1), "decibels"),
        (psnr_with(lambda v: 0.2126 * v[:, 0] + 0.7152 * v[:, 1] + 0.0722 * v[:, 2]), "decibels"),
        (psnr_negative_slice, "shave_zero"),
        (lambda a, b, s: psnr_solution(a, b, 2 if s else 0), "wrong_value"),
        (lambda a, b, s: psnr_pictures_summed(a, b, s) / 3, "wrong_value"),
    ],
)  # fmt: skip


# --- 5: two_losses --------------------------------------------------------------------------------------------
def losses_solution(discriminator, real, fake):
    loss_d = F.softplus(-discriminator(real)).mean() + F.softplus(discriminator(fake.detach())).mean()
    loss_g = F.softplus(-discriminator(fake)).mean()
    return loss_d, loss_g


def losses_cross_entropy(discriminator, real, fake):
    bce = F.binary_cross_entropy_with_logits
    of_real, of_fake = discriminator(real), discriminator(fake.detach())
    loss_d = bce(of_real, torch.ones_like(of_real)) + bce(of_fake, torch.zeros_like(of_fake))
    again = discriminator(fake)
    return [loss_d, bce(again, torch.ones_like(again))]


def losses_log_sigmoid(discriminator, real, fake):
    loss_d = -F.logsigmoid(discriminator(real)).mean() - F.logsigmoid(-discriminator(fake.detach())).mean()
    return loss_d, -F.logsigmoid(discriminator(fake)).mean()


def losses_log_add_exp(discriminator, real, fake):
    zero = torch.zeros(())
    loss_d = (
        torch.logaddexp(zero, -discriminator(real)) + torch.logaddexp(zero, discriminator(fake.detach()))
    ).mean()
    return loss_d, torch.logaddexp(zero, -discriminator(fake)).mean()


def losses_one_pass(discriminator, real, fake):
    logits = discriminator(torch.cat([real, fake.detach()]))
    of_real, of_fake = logits.chunk(2)
    return F.softplus(-of_real).mean() + F.softplus(of_fake).mean(), F.softplus(-discriminator(fake)).mean()


def losses_frozen_for_a_while(discriminator, real, fake):
    loss_d, _ = losses_solution(discriminator, real, fake)
    discriminator.requires_grad_(False)
    loss_g = F.softplus(-discriminator(fake)).mean()
    discriminator.requires_grad_(True)
    return loss_d, loss_g


def losses_loop(discriminator, real, fake):
    loss_d = loss_g = 0
    for one, other in zip(real, fake, strict=True):
        of_real = discriminator(one[None])[0]
        loss_d = loss_d + torch.log1p(torch.exp(-of_real.double().clamp(min=-700)))
        loss_d = loss_d + torch.log1p(torch.exp(discriminator(other.detach()[None])[0].double()))
        loss_g = loss_g + torch.log1p(torch.exp(-discriminator(other[None])[0].double()))
    return loss_d / len(real), loss_g / len(fake)


def losses_cross_entropy_as(label_real, label_fake, label_g, reduction="mean"):
    def two(discriminator, real, fake):
        def bce(logits, label):
            return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label), reduction=reduction)

        loss_d = bce(discriminator(real), label_real) + bce(discriminator(fake.detach()), label_fake)
        return loss_d, bce(discriminator(fake), label_g)

    return two


def losses_of(loss_d, loss_g=lambda r, f: F.softplus(-f).mean()):
    """Of the logits; the fakes' are detached where the discriminator learns."""
    return lambda judge, real, fake: (loss_d(judge(real), judge(fake.detach())), loss_g(judge(real), judge(fake)))


def d_right(r, f):
    return F.softplus(-r).mean() + F.softplus(f).mean()


def losses_probabilities(discriminator, real, fake):
    loss_d = -torch.log(discriminator(real)).mean() - torch.log(1 - discriminator(fake.detach())).mean()
    return loss_d, -torch.log(discriminator(fake)).mean()


def losses_naive(discriminator, real, fake):
    loss_d = (
        -torch.log(discriminator(real).sigmoid()).mean()
        - torch.log(1 - discriminator(fake.detach()).sigmoid()).mean()
    )
    return loss_d, -torch.log(discriminator(fake).sigmoid()).mean()


def losses_epsilon(discriminator, real, fake):
    p, q, again = (discriminator(x).sigmoid() for x in (real, fake.detach(), fake))
    return -(p + 1e-8).log().mean() - (1 - q + 1e-8).log().mean(), -(again + 1e-8).log().mean()


def losses_no_detach(discriminator, real, fake):
    of_fake = discriminator(fake)
    return F.softplus(-discriminator(real)).mean() + F.softplus(of_fake).mean(), F.softplus(-of_fake).mean()


def losses_shared_detached(discriminator, real, fake):
    of_fake = discriminator(fake.detach())
    return F.softplus(-discriminator(real)).mean() + F.softplus(of_fake).mean(), F.softplus(-of_fake).mean()


def losses_detached_logits(discriminator, real, fake):
    of_fake = discriminator(fake)
    return F.softplus(-discriminator(real)).mean() + F.softplus(of_fake.detach()).mean(), F.softplus(-of_fake).mean()


def losses_real_without_graph(discriminator, real, fake):
    with torch.no_grad():
        of_real = discriminator(real)
    return F.softplus(-of_real).mean() + F.softplus(discriminator(fake.detach())).mean(), F.softplus(
        -discriminator(fake)
    ).mean()


def losses_no_grad_for_g(discriminator, real, fake):
    loss_d, _ = losses_solution(discriminator, real, fake)
    with torch.no_grad():
        loss_g = F.softplus(-discriminator(fake)).mean()
    return loss_d, loss_g


def losses_detached_in_place(discriminator, real, fake):
    fake.detach_()
    return losses_solution(discriminator, real, fake)


def losses_half_of_the_fakes(discriminator, real, fake):
    of_fake = torch.cat([discriminator(fake[:1]), discriminator(fake[1:].detach())])
    return losses_solution(discriminator, real, fake)[0], F.softplus(-of_fake).mean()


def losses_frozen(discriminator, real, fake):
    loss_d, _ = losses_solution(discriminator, real, fake)
    discriminator.requires_grad_(False)
    return loss_d, F.softplus(-discriminator(fake)).mean()


def losses_backward(discriminator, real, fake):
    loss_d, loss_g = losses_solution(discriminator, real, fake)
    loss_d.backward()
    return loss_d, loss_g


def losses_with_step(discriminator, real, fake):
    optimizer = torch.optim.SGD(discriminator.parameters(), lr=0.1)
    losses_solution(discriminator, real, fake)[0].backward()
    optimizer.step()
    optimizer.zero_grad()
    return losses_solution(discriminator, real, fake)


def losses_only_four(discriminator, real, fake):
    loss_d, loss_g = losses_solution(discriminator, real, fake)
    return loss_d * len(real) / 4, loss_g * len(fake) / 4


def losses_clamped(discriminator, real, fake):
    r, f, g = (discriminator(x).clamp(-30, 30) for x in (real, fake.detach(), fake))
    return d_right(r, f), F.softplus(-g).mean()


LOSSES = Bank(
    lesson_05.two_losses,
    right=[
        losses_solution,
        losses_cross_entropy,
        losses_log_sigmoid,
        losses_log_add_exp,
        losses_one_pass,
        losses_frozen_for_a_while,
        losses_loop,
        losses_cross_entropy_as(1.0, 0.0, 1.0),
        losses_of(d_right),
        losses_of(lambda r, f: F.softplus(torch.cat([-r, f])).mean() * 2),
        lambda judge, real, fake: (
            losses.discriminator_loss(real_logits=judge(real), fake_logits=judge(fake.detach())),
            losses.generator_loss(fake_logits=judge(fake)),
        ),
        lambda judge, real, fake: losses_solution(judge, real.detach(), fake.clone()),
        lambda judge, real, fake: [one.double() for one in losses_solution(judge, real, fake)],
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda judge, r, f: None, "returns_none"),
        (lambda judge, r, f: sum(losses_solution(judge, r, f)), "wrong_type"),
        (lambda judge, r, f: torch.stack(losses_solution(judge, r, f)), "wrong_type"),
        (lambda judge, r, f: dict(zip(("loss_d", "loss_g"), losses_solution(judge, r, f), strict=True)), "wrong_type"),
        (lambda judge, r, f: tuple(one.item() for one in losses_solution(judge, r, f)), "pair"),
        (lambda judge, r, f: (*losses_solution(judge, r, f), f), "pair"),
        (lambda judge, r, f: (F.softplus(-judge(r)) + F.softplus(judge(f.detach())), F.softplus(-judge(f))), "wrong_shape"),
        (lambda judge, r, f: (losses_solution(judge, r, f)[0], F.softplus(-judge(f))), "wrong_shape"),
        (lambda judge, r, f: losses_solution(r, judge, f), "error"),
        (lambda judge, r, f: (F.binary_cross_entropy(judge(r), torch.ones(4)), judge(f).mean()), "error"),
        (lambda judge, r, f: losses_solution(judge, r, f.detach().mul_(2)), "changes_its_input"),
        (losses_backward, "took_a_step"),
        (losses_with_step, "took_a_step"),
        (losses_frozen, "frozen"),
        (losses_detached_in_place, "frozen"),
        (losses_probabilities, "finite"),
        (lambda judge, r, f: (losses_solution(judge, r, f)[0] * math.nan, losses_solution(judge, r, f)[1]), "finite"),
        (lambda judge, r, f: losses_solution(judge, r, f)[::-1], "order"),
        (losses_of(lambda r, f: d_right(r.sigmoid(), f.sigmoid()), lambda r, f: F.softplus(-f.sigmoid()).mean()),
         "sigmoid_twice"),
        (losses_of(d_right, lambda r, f: F.softplus(-torch.sigmoid(f)).mean()), "sigmoid_twice"),
        (losses_cross_entropy_as(0.0, 1.0, 0.0), "labels"),
        (losses_cross_entropy_as(0.0, 1.0, 1.0), "labels"),
        (losses_of(lambda r, f: F.softplus(-f).mean() + F.softplus(r).mean()), "labels"),
        (lambda judge, r, f: losses_solution(judge, f, r), "labels"),
        (losses_of(d_right, lambda r, f: -F.softplus(f).mean()), "saturating"),
        (losses_of(d_right, lambda r, f: torch.log(1 - f.sigmoid()).mean()), "saturating"),
        (losses_of(d_right, lambda r, f: -d_right(r, f)), "saturating"),
        (losses_cross_entropy_as(1.0, 0.0, 0.0), "wrong_direction"),
        (losses_of(lambda r, f: -d_right(r, f)), "maximised"),
        (losses_of(d_right, lambda r, f: F.logsigmoid(f).mean()), "maximised"),
        (losses_of(lambda r, f: F.softplus(-r).mean()), "one_part"),
        (losses_of(lambda r, f: F.softplus(f).mean()), "one_part"),
        (losses_of(d_right, lambda r, f: F.softplus(-f).mean() + F.softplus(r).mean()), "real_in_g"),
        (losses_of(d_right, lambda r, f: F.softplus(-r).mean()), "real_in_g"),
        (losses_cross_entropy_as(1.0, 0.0, 1.0, "sum"), "sum"),
        (losses_of(lambda r, f: F.softplus(-r).sum() + F.softplus(f).sum()), "sum"),
        (losses_of(d_right, lambda r, f: F.softplus(-f).sum()), "sum"),
        (losses_of(lambda r, f: d_right(r, f) / 2), "half"),
        (losses_of(lambda r, f: F.softplus(torch.cat([-r, f])).mean()), "half"),
        (losses_of(d_right, lambda r, f: F.softplus(-f).mean() / 2), "half"),
        (losses_of(d_right, lambda r, f: 1e-3 * F.softplus(-f).mean()), "weight"),
        (losses_of(lambda r, f: d_right(r - f.mean(), f - r.mean())), "relativistic"),
        (losses_of(lambda r, f: F.softplus(f - r).mean()), "relativistic"),
        (losses_of(lambda r, f: F.relu(1 - r).mean() + F.relu(1 + f).mean(), lambda r, f: -f.mean()), "other_game"),
        (losses_of(lambda r, f: f.mean() - r.mean(), lambda r, f: -f.mean()), "other_game"),
        (losses_of(lambda r, f: (r - 1).square().mean() + f.square().mean()), "other_game"),
        (losses_of(d_right, lambda r, f: (f - 1).square().mean() / 2), "other_game"),
        (losses_cross_entropy_as(0.9, 0.0, 1.0), "loss_d"),
        (losses_of(lambda r, f: d_right(r, f) + 0.01), "loss_d"),
        (losses_of(lambda r, f: F.softplus(-r.mean()) + F.softplus(f.mean())), "loss_d"),
        (losses_cross_entropy_as(1.0, 0.0, 0.9), "loss_g"),
        (losses_of(d_right, lambda r, f: F.softplus(-f.mean())), "loss_g"),
        (losses_naive, "unstable"),
        (losses_epsilon, "unstable"),
        (losses_clamped, "unstable"),
        (losses_no_detach, "no_detach"),
        (lambda judge, r, f: (d_right(judge(r), judge(f)), F.softplus(-judge(f)).mean()), "no_detach"),
        (losses_shared_detached, "generator_cut_off"),
        (lambda judge, r, f: losses_solution(judge, r, f.detach()), "generator_cut_off"),
        (losses_no_grad_for_g, "generator_cut_off"),
        (losses_detached_logits, "judge_learns"),
        (losses_real_without_graph, "judge_learns"),
        (lambda judge, r, f: (losses_solution(judge, r, f)[0].detach(), losses_solution(judge, r, f)[1]), "judge_learns"),
        (losses_half_of_the_fakes, "generator_learns"),
        (losses_only_four, "wrong_value"),
    ],
)  # fmt: skip


# --- 6: feature_loss ------------------------------------------------------------------------------------------
def normalised(pictures):
    return ((pictures + 1) / 2 - IMAGENET_MEAN.view(1, 3, 1, 1)) / IMAGENET_STD.view(1, 3, 1, 1)


def feature_solution(encode, fake, real):
    mean, std = IMAGENET_MEAN.view(1, 3, 1, 1), IMAGENET_STD.view(1, 3, 1, 1)
    found = encode(((fake + 1) / 2 - mean) / std)
    with torch.no_grad():
        wanted = encode(((real + 1) / 2 - mean) / std)
    return (found - wanted).square().mean()


def feature_loop(encode, fake, real):
    def prepared(pictures):
        channels = [(pictures[:, i] / 2 + 0.5 - MEAN[i]) / STD[i] for i in range(3)]
        return torch.stack(channels, 1)

    total, count = 0, 0
    for one, other in zip(fake, real, strict=True):
        difference = encode(prepared(one[None])) - encode(prepared(other[None]))
        total, count = total + (difference**2).sum(), count + difference.numel()
    return total / count


def feature_one_pass(encode, fake, real):
    found, wanted = encode(normalised(torch.cat([fake, real]))).chunk(2)
    return F.mse_loss(found, wanted.detach())


def feature_norm(encode, fake, real):
    gap = (encode(normalised(fake)) - encode(normalised(real))).flatten()
    return gap @ gap / len(gap)


def feature_torchvision(encode, fake, real):
    found, wanted = (encode(TF.normalize(x * 0.5 + 0.5, MEAN, STD)) for x in (fake, real))
    return torch.nn.MSELoss()(found, wanted)


def feature_one_step(encode, fake, real):
    prepared = [TF.normalize(x, [2 * m - 1 for m in MEAN], [2 * s for s in STD]) for x in (fake, real)]
    return F.mse_loss(encode(prepared[0]), encode(prepared[1]))


def feature_double(encode, fake, real):
    return (encode(normalised(fake.double())) - encode(normalised(real.double()))).pow(2).mean()


def features_of(of_fake, of_real=None, distance=lambda d: (d**2).mean()):
    return lambda encode, fake, real: distance(encode(of_fake(fake)) - encode((of_real or of_fake)(real)))


def prepared_by(formula, size=(1, 3, 1, 1)):
    return lambda x: formula(x, IMAGENET_MEAN.view(size), IMAGENET_STD.view(size))


def plain(x, m, s):
    return ((x + 1) / 2 - m) / s


def with_formula(formula, size=(1, 3, 1, 1)):
    return features_of(prepared_by(formula, size))


def feature_no_grad(encode, fake, real):
    with torch.no_grad():
        return F.mse_loss(encode(normalised(fake)), encode(normalised(real)))


def feature_swapped_no_grad(encode, fake, real):
    with torch.no_grad():
        found = encode(normalised(fake))
    return F.mse_loss(encode(normalised(real)), found)


def feature_partly(encode, fake, real):
    red = torch.cat([fake[:, :1], fake[:, 1:].detach()], 1)
    return feature_solution(encode, red, real)


def feature_in_place(encode, fake, real):
    for x in (fake, real):
        x.add_(1).div_(2).sub_(IMAGENET_MEAN.view(3, 1, 1)).div_(IMAGENET_STD.view(3, 1, 1))
    return F.mse_loss(encode(fake), encode(real))


def feature_of_the_difference(encode, fake, real):
    return encode(normalised(fake - real)).square().mean()


def feature_fixed_count(encode, fake, real):
    difference = encode(normalised(fake)) - encode(normalised(real))
    return difference.square().sum() / (3 * 4 * 3 * 3)


FEATURES = Bank(
    lesson_05.feature_loss,
    right=[
        feature_solution,
        feature_loop,
        feature_one_pass,
        feature_norm,
        feature_torchvision,
        feature_one_step,
        feature_double,
        with_formula(plain),
        with_formula(lambda x, m, s: (0.5 * x + (0.5 - m)) / s, (3, 1, 1)),
        features_of(normalised, distance=lambda d: d.flatten(1).square().mean(1).mean()),
        lambda encode, fake, real: F.mse_loss(encode(normalised(real)).detach(), encode(normalised(fake))),
        lambda encode, fake, real: feature_solution(encode, fake, real.detach()),
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda encode, fake, real: None, "returns_none"),
        (lambda encode, fake, real: feature_solution(encode, fake, real).item(), "wrong_type"),
        (lambda encode, fake, real: (encode(normalised(fake)), encode(normalised(real))), "wrong_type"),
        (features_of(normalised, distance=torch.square), "wrong_shape"),
        (features_of(normalised, distance=lambda d: d.square().mean((1, 2, 3))), "wrong_shape"),
        (lambda encode, fake, real: encode(fake, real), "error"),
        (with_formula(plain, (2, 3)), "error"),
        (feature_in_place, "changes_its_input"),
        (lambda encode, fake, real: F.mse_loss(fake, real), "pixels"),
        (lambda encode, fake, real: F.mse_loss(normalised(fake), normalised(real)), "pixels"),
        (features_of(lambda x: x, normalised), "only_real_normalised"),
        (features_of(lambda x: (x + 1) / 2, normalised), "only_real_normalised"),
        (features_of(prepared_by(lambda x, m, s: (x - m) / s), normalised), "only_real_normalised"),
        (features_of(normalised, lambda x: x), "only_fake_normalised"),
        (features_of(normalised, lambda x: (x + 1) / 2), "only_fake_normalised"),
        (features_of(lambda x: x), "not_normalised"),
        (features_of(lambda x: (x + 1) / 2), "only_range"),
        (with_formula(lambda x, m, s: (x - m) / s), "range"),
        (with_formula(lambda x, m, s: ((x + 1) * 127.5 - m) / s), "wrong_range"),
        (with_formula(lambda x, m, s: ((x + 1) * 127.5 - 255 * m) / s), "wrong_range"),
        (with_formula(lambda x, m, s: (x + 1 - m) / s), "wrong_range"),
        (with_formula(lambda x, m, s: (x / 2 - m) / s), "wrong_range"),
        (with_formula(lambda x, m, s: (x + 1) / 2 - m), "one_constant"),
        (with_formula(lambda x, m, s: (x + 1) / 2 / s), "one_constant"),
        (with_formula(lambda x, m, s: (x + 1) / 2 / s - m), "order_of_steps"),
        (with_formula(lambda x, m, s: (x + 1) / 2 - m / s), "order_of_steps"),
        (with_formula(lambda x, m, s: ((x - m) / s + 1) / 2), "order_of_steps"),
        (with_formula(lambda x, m, s: ((x + 1) / 2 - m) * s), "upside_down"),
        (with_formula(lambda x, m, s: (x + 1) / 2 * s + m), "upside_down"),
        (with_formula(lambda x, m, s: ((x + 1) / 2 - m) / s.square()), "upside_down"),
        (with_formula(plain, (3,)), "axis"),
        (with_formula(plain, (3, 1)), "axis"),
        (with_formula(plain, (3, 1, 1, 1)), "axis"),
        (features_of(lambda x: normalised(x.flip(1))), "bgr"),
        (features_of(lambda x: normalised(x.clamp(-1, 1))), "clipped"),
        (features_of(lambda x: TF.normalize(((x + 1) / 2).clamp(0, 1), MEAN, STD), normalised), "clipped"),
        (features_of(normalised, distance=lambda d: d.abs().mean()), "absolute"),
        (lambda encode, fake, real: F.l1_loss(encode(normalised(fake)), encode(normalised(real))), "absolute"),
        (features_of(normalised, distance=lambda d: d.mean()), "not_squared"),
        (features_of(normalised, distance=lambda d: d.square().mean().sqrt()), "root"),
        (features_of(normalised, distance=lambda d: d.norm()), "root"),
        (features_of(normalised, distance=lambda d: d.square().sum()), "sum"),
        (lambda encode, fake, real: F.mse_loss(encode(normalised(fake)), encode(normalised(real)), reduction="sum"), "sum"),
        (features_of(normalised, distance=lambda d: d.square().sum((1, 2, 3)).mean()), "sum"),
        (features_of(normalised, distance=lambda d: d.square().sum(1).mean()), "sum"),
        (features_of(normalised, distance=lambda d: d.square().mean() / 2), "half"),
        (features_of(normalised, distance=lambda d: d.mean((2, 3)).square().mean()), "places"),
        (features_of(normalised, distance=lambda d: d.mean(0).square().mean()), "places"),
        (feature_of_the_difference, "numbers"),
        (features_of(normalised, distance=lambda d: d.square().mean() * 1.01), "numbers"),
        (features_of(normalised, distance=lambda d: F.smooth_l1_loss(d, torch.zeros_like(d))), "numbers"),
        (features_of(normalised, distance=lambda d: d.square().mean() * math.nan), "numbers"),
        (lambda encode, fake, real: 0.006 * feature_solution(encode, fake, real), "numbers"),
        (lambda encode, fake, real: feature_solution(encode, fake[:1], real[:1]), "numbers"),
        (feature_no_grad, "detach"),
        (feature_swapped_no_grad, "detach"),
        (lambda encode, fake, real: feature_solution(encode, fake.detach(), real), "detach"),
        (lambda encode, fake, real: torch.tensor(feature_solution(encode, fake, real).item()), "detach"),
        (feature_partly, "gradient"),
        (feature_fixed_count, "wrong_value"),
    ],
)  # fmt: skip


# --- 7: receptive_radius --------------------------------------------------------------------------------------
def radius_loop(kernels):
    field = 1
    for kernel in kernels:
        field += kernel - 1
    return (field - 1) // 2


def radius_measured(kernels):
    """Lets one pixel spread, and looks how far it came."""
    size = 2 * sum(kernels) + 1
    x = torch.zeros(1, 1, size, dtype=torch.float64)
    x[..., size // 2] = 1
    for kernel in kernels:
        x = F.conv1d(x, torch.ones(1, 1, kernel, dtype=torch.float64), padding=kernel // 2)
    return int((x[0, 0] > 0.5).sum()) // 2


def radius_recursive(kernels):
    return 0 if not kernels else (kernels[0] - 1) // 2 + radius_recursive(kernels[1:])


def radius_popped(kernels):
    total = 0
    while kernels:
        total += kernels.pop() // 2
    return total


RADIUS = Bank(
    lesson_05.receptive_radius,
    right=[
        lambda kernels: sum(k // 2 for k in kernels),
        lambda kernels: sum((k - 1) // 2 for k in kernels),
        lambda kernels: (sum(kernels) - len(kernels)) // 2,
        lambda kernels: int(sum((k - 1) / 2 for k in kernels)),
        lambda kernels: np.sum((np.array(kernels, dtype=int) - 1) // 2),
        lambda kernels: torch.tensor(kernels, dtype=torch.int64).sub(1).div(2, rounding_mode="floor").sum().item(),
        lambda kernels: reduce(lambda total, k: total + k // 2, kernels, 0),
        radius_loop,
        radius_measured,
        radius_recursive,
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda k: print(end=""), "returns_none"),
        (lambda k: sum((n - 1) / 2 for n in k), "wrong_type"),
        (lambda k: [(n - 1) // 2 for n in k], "wrong_type"),
        (lambda k: torch.tensor(k).sum(), "wrong_type"),
        (lambda k: str(sum(n // 2 for n in k)), "wrong_type"),
        (lambda k: bool(k), "wrong_type"),
        (lambda k: math.nan, "wrong_type"),
        (lambda k: (k - 1) // 2, "error"),
        (lambda k: sum(n // 2 for n in range(k)), "error"),
        (radius_popped, "changes_its_input"),
        (lambda k: sum(n // 2 for n in k if not k.sort()), "changes_its_input"),
        (lambda k: 1 + sum(n - 1 for n in k), "field"),
        (lambda k: 2 * sum(n // 2 for n in k), "field"),
        (lambda k: sum(n - 1 for n in k), "field"),
        (lambda k: sum(k), "sum"),
        (lambda k: sum(k) // 2, "sum_halved"),
        (lambda k: (sum(k) - 1) // 2, "sum_halved"),
        (lambda k: math.prod(k), "product"),
        (lambda k: math.prod((n - 1) // 2 for n in k), "product"),
        (lambda k: max(k), "one_layer"),
        (lambda k: max(k) // 2, "one_layer"),
        (lambda k: (k[0] - 1) // 2, "one_layer"),
        (lambda k: k[-1] // 2, "one_layer"),
        (lambda k: len(k), "layers"),
        (lambda k: sum(n // 2 + 1 for n in k), "rounded_up"),
        (lambda k: sum((n + 1) // 2 for n in k), "rounded_up"),
        (lambda k: 1 + sum(n // 2 for n in k), "off_by_one"),
        (lambda k: sum(n // 2 for n in k) - 1, "off_by_one"),
        (lambda k: sum(n // 2 for n in k[1:]), "order"),
        (lambda k: sum(n // 2 for n in k[:-1]), "order"),
        (lambda k: sum(n // 2 for n in sorted(set(k))) + 3, "pointwise"),
        (lambda k: 10 if len(k) > 3 else sum(max(n // 2, 1) for n in k), "pointwise"),
        (lambda k: sum(n // 2 for n in k) if k else k, "no_layers"),
        (lambda k: sum(n // 2 for n in k) or 0 if k else 1, "no_layers"),
        (lambda k: reduce(lambda total, n: total + n // 2, k[1:], k[0] // 2), "no_layers"),
        (lambda k: min(sum(n // 2 for n in k), 12), "wrong_value"),
        (lambda k: -100 if k == [3] else sum(n // 2 for n in k), "wrong_value"),
    ],
)


# --- 8: blend -------------------------------------------------------------------------------------------------
def blend_solution(first, second, share):
    blended = {}
    for name, one in first.items():
        if one.is_floating_point():
            blended[name] = (1 - share) * one + share * second[name]
        else:
            blended[name] = one.clone()
    return blended


def blend_lerp(first, second, share):
    return OrderedDict(
        (name, torch.lerp(one, second[name], share) if torch.is_floating_point(one) else one.clone())
        for name, one in first.items()
    )


def blend_copied(first, second, share):
    blended = copy.deepcopy(first)
    for name in blended:
        if blended[name].is_floating_point():
            blended[name] += share * (second[name] - blended[name])
    return blended


def blend_in_place_of_a_copy(first, second, share):
    blended = {name: one.detach().clone() for name, one in first.items()}
    for name, one in blended.items():
        if one.dtype in (torch.float16, torch.float32, torch.float64):
            one.mul_(1 - share).add_(second[name], alpha=share)
    return blended


def blend_numpy(first, second, share):
    blended = {}
    for name, one in first.items():
        a, b = one.numpy(), second[name].numpy()
        mixed = (1 - share) * a + share * b if np.issubdtype(a.dtype, np.floating) else a.copy()
        blended[name] = torch.from_numpy(np.asarray(mixed))
    return blended


def blend_double(first, second, share):
    return {name: torch.lerp(one.double(), second[name].double(), share).to(one.dtype)
            if one.is_floating_point() else torch.clone(one) for name, one in first.items()}  # fmt: skip


def blend_stacked(first, second, share):
    weights = torch.tensor([1 - share, share])
    return {name: torch.einsum("s...,s->...", torch.stack([one, second[name]]), weights.to(one.dtype))
            if one.dtype.is_floating_point else one.clone() for name, one in first.items()}  # fmt: skip


def blend_floats(mix, others=lambda one, other, share: one.clone()):
    """Floating-point tensors by the first function, all others by the second."""

    def blend(first, second, share):
        return {name: (mix if one.is_floating_point() else others)(one, second[name], share)
                for name, one in first.items()}  # fmt: skip

    return blend


def line(a, b, share):
    return (1 - share) * a + share * b


def blend_if(condition):
    """Only the names for which this holds are blended, the others copied from the first."""

    def blend(first, second, share):
        return {name: line(one, second[name], share) if condition(name, one) else one.clone()
                for name, one in first.items()}  # fmt: skip

    return blend


def blend_only(condition):
    """Only the names for which this holds are there at all."""
    return lambda first, second, share: {
        name: one for name, one in blend_solution(first, second, share).items() if condition(name, one)
    }


def blend_in_place(first, second, share):
    for name, one in first.items():
        if one.is_floating_point():
            one.mul_(1 - share).add_(share * second[name])
    return first


def blend_shallow(first, second, share):
    blended = first.copy()
    for name in blended:
        if blended[name].is_floating_point():
            blended[name] *= 1 - share
            blended[name] += share * second[name]
    return blended


def blend_assigned(first, second, share):
    for name in first:
        if first[name].is_floating_point():
            first[name] = line(first[name], second[name], share)
    return first


def blend_alias(first, second, share):
    blended = dict(first)
    for name, one in first.items():
        if one.is_floating_point():
            blended[name] = line(one, second[name], share)
    return blended


def blend_shortcut(first, second, share):
    if share == 0:
        return first
    return second if share == 1 else blend_solution(first, second, share)


def blend_zipped(first, second, share):
    pairs = zip(first, first.values(), second.values(), strict=True)
    return {name: line(a, b, share) if a.is_floating_point() else a.clone() for name, a, b in pairs}


def blend_sorted_by_first(first, second, share):
    values = list(second.values())
    return {name: line(one, values[i], share) if one.is_floating_point() else one.clone()
            for i, (name, one) in enumerate(first.items())}  # fmt: skip


def blend_clamped(first, second, share):
    return blend_solution(first, second, min(share, 0.5))


BLEND = Bank(
    lesson_05.blend,
    right=[
        blend_solution,
        blend_lerp,
        blend_copied,
        blend_in_place_of_a_copy,
        blend_numpy,
        blend_double,
        blend_stacked,
        blend_floats(line),
        blend_floats(lambda a, b, s: a + s * (b - a)),
        blend_floats(lambda a, b, s: line(a.double(), b.double(), s)),
        blend_if(lambda name, one: one.dtype.is_floating_point),
        lambda first, second, share: blend_solution(dict(sorted(first.items())), second, share),
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda a, b, s: None, "returns_none"),
        (lambda a, b, s: list(blend_solution(a, b, s).values()), "wrong_type"),
        (lambda a, b, s: blend_solution(a, b, s).items(), "wrong_type"),
        (lambda a, b, s: torch.cat([one.flatten() for one in blend_solution(a, b, s).values()]), "wrong_type"),
        (lambda a, b, s: (1 - s) * a + s * b, "error"),
        (lambda a, b, s: {name: torch.lerp(a[name], b[name], s) for name in a}, "error"),
        (blend_only(lambda name, one: "weight" in name), "only_weights"),
        (blend_only(lambda name, one: "norm" not in name), "only_parameters"),
        (blend_only(lambda name, one: one.is_floating_point()), "only_floats"),
        (blend_only(lambda name, one: "bias" not in name), "names"),
        (lambda a, b, s: {f"module.{name}": one for name, one in blend_solution(a, b, s).items()}, "names"),
        (lambda a, b, s: {}, "names"),
        (lambda a, b, s: {**blend_solution(a, b, s), "share": torch.tensor(s)}, "names"),
        (lambda a, b, s: {name: one.numpy() for name, one in blend_solution(a, b, s).items()}, "tensors"),
        (lambda a, b, s: {name: one.tolist() for name, one in blend_solution(a, b, s).items()}, "tensors"),
        (lambda a, b, s: {name: one.flatten() for name, one in blend_solution(a, b, s).items()}, "wrong_shape"),
        (lambda a, b, s: {name: one.mean() for name, one in blend_solution(a, b, s).items() if one.is_floating_point()}
         | {"norm.num_batches_tracked": a["norm.num_batches_tracked"].clone()}, "wrong_shape"),
        (blend_in_place, "changes_its_input"),
        (blend_shallow, "changes_its_input"),
        (blend_assigned, "changes_its_input"),
        (lambda a, b, s: [b.update(blend_solution(a, b, s)), b][1], "changes_its_input"),
        (lambda a, b, s: {name: a.pop(name) for name in list(a)}, "changes_its_input"),
        (lambda a, b, s: a, "first_only"),
        (lambda a, b, s: {name: one.clone() for name, one in a.items()}, "first_only"),
        (lambda a, b, s: blend_solution(a, b, round(s)), "first_only"),
        (lambda a, b, s: {name: one.clone() for name, one in b.items()}, "second_only"),
        (lambda a, b, s: {**a, **b}, "second_only"),
        (lambda a, b, s: blend_solution(a, b, 1 - s), "reversed"),
        (lambda a, b, s: blend_solution(b, a, s), "reversed"),
        (blend_floats(lambda a, b, s: torch.lerp(b, a, s)), "reversed"),
        (lambda a, b, s: blend_solution(a, b, 0.5), "always_half"),
        (blend_floats(lambda a, b, s: (a + b) / 2), "always_half"),
        (blend_floats(lambda a, b, s: a + b), "added"),
        (blend_floats(lambda a, b, s: a + s * b), "added"),
        (blend_floats(lambda a, b, s: s * a + s * b), "added"),
        (blend_floats(lambda a, b, s: (1 - s) * a), "added"),
        (blend_floats(lambda a, b, s: (1 - s) * a + b), "added"),
        (blend_floats(lambda a, b, s: a + s * (a - b)), "away"),
        (blend_floats(lambda a, b, s: (1 - s) * a - s * b), "away"),
        (blend_if(lambda name, one: "weight" in name), "left_out"),
        (blend_if(lambda name, one: "weight" in name or "bias" in name), "left_out"),
        (blend_if(lambda name, one: one.dim() > 1), "left_out"),
        (blend_if(lambda name, one: "norm" not in name), "left_out"),
        (blend_floats(lambda a, b, s: a.abs() ** (1 - s) * b.abs() ** s), "numbers"),
        (blend_floats(lambda a, b, s: (1 - s**2) * a + s**2 * b), "numbers"),
        (blend_floats(lambda a, b, s: torch.where(torch.rand(a.shape) < s, b, a)), "left_out"),
        (blend_floats(lambda a, b, s: torch.maximum(a, b)), "left_out"),
        (blend_floats(lambda a, b, s: line(a, b, s) * math.nan), "numbers"),
        (blend_floats(lambda a, b, s: line(a, b, s).half().float()), "numbers"),
        (blend_floats(line, line), "integer_type"),
        (lambda a, b, s: {name: line(one, b[name], s) for name, one in a.items()}, "integer_type"),
        (lambda a, b, s: {name: one.float() for name, one in blend_solution(a, b, s).items()}, "integer_type"),
        (blend_floats(line, lambda one, other, s: other.clone()), "integers_of_second"),
        (blend_floats(line, lambda one, other, s: line(one, other, s).to(one.dtype)), "integers_blended"),
        (blend_floats(line, lambda one, other, s: torch.zeros_like(one)), "integers_blended"),
        (blend_floats(line, lambda one, other, s: one + other), "integers_blended"),
        (blend_zipped, "by_name"),
        (blend_sorted_by_first, "by_name"),
        (blend_alias, "shares_memory"),
        (blend_floats(line, lambda one, other, s: one), "shares_memory"),
        (blend_shortcut, "shares_memory"),
        (blend_floats(line, lambda one, other, s: one.detach()), "shares_memory"),
        (blend_if(lambda name, one: one.dtype != torch.int64), "other_types"),
        (blend_if(lambda name, one: "num_batches" not in name), "other_types"),
        (blend_if(lambda name, one: one.dtype == torch.float32), "other_types"),
        (blend_clamped, "wrong_value"),
    ],
)  # fmt: skip

BANK = {
    "pixel_shuffle": SHUFFLE,
    "icnr": ICNR,
    "make_small": SMALL,
    "psnr_y": PSNR,
    "two_losses": LOSSES,
    "feature_loss": FEATURES,
    "receptive_radius": RADIUS,
    "blend": BLEND,
}
