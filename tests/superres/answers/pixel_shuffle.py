"""Right and wrong answers to the exercise pixel_shuffle of lesson 05, written as learners write them."""

import math

import torch
import torch.nn.functional as F

from ganlab import layers
from ganlab.superres import checks
from tests.checks.bank import Bank, endless, stub


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


BANK = Bank(
    checks.pixel_shuffle,
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
        layers.pixel_shuffle,
        lambda x, scale: shuffle_solution(x.double(), scale),
        lambda x, scale: shuffle_solution(x.contiguous(memory_format=torch.channels_last), scale),
        lambda x, scale: torch.stack([shuffle_solution(maps[None], scale)[0] for maps in x]),
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
