"""Right and wrong answers to the exercise to_pixels of lesson 00, written as learners write them."""

import numpy as np
import torch

from ganlab.checks import lesson_00 as checks
from tests.checks.bank import Bank


# --- right, written differently -------------------------------------------------------------------------------
def clamp_scale_round(images):
    return ((images.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)


def scale_then_clamp(images):
    scaled = torch.round(images * 127.5 + 127.5)
    return torch.clip(scaled, 0, 255).byte()


def half_and_cut(images):
    unit = images / 2 + 0.5
    return (unit * 255 + 0.5).clamp(0, 255).type(torch.uint8)


def through_numpy(images):
    array = np.clip(np.rint((images.numpy() + 1) / 2 * 255), 0, 255).astype(np.uint8)
    return torch.from_numpy(array)


# --- wrong, as learners write them ----------------------------------------------------------------------------
def stub(images):
    raise NotImplementedError("replace this line by your code")


def ellipsis(images): ...


def left_as_dots(images):
    return ...


def misspelt(images):
    return ((imagse + 1) * 127.5).to(torch.uint8)  # noqa: F821


def numpy_array(images):
    return ((images.numpy() + 1) * 127.5).round().astype("uint8")


def channels_last(images):
    return clamp_scale_round(images).permute(0, 2, 3, 1)


def first_picture_only(images):
    return clamp_scale_round(images)[0]


def still_float(images):
    return ((images.clamp(-1, 1) + 1) * 127.5).round()


def int64(images):
    return still_float(images).long()


def times_128(images):
    return ((images + 1) * 128).round().clamp(0, 255).to(torch.uint8) // 2 * 2


def from_zero_to_one(images):
    return (images.clamp(0, 1) * 255).round().to(torch.uint8)


def upside_down(images):
    return 255 - clamp_scale_round(images)


def no_clamp(images):
    return ((images + 1) * 127.5).round().to(torch.int32).to(torch.uint8)


def only_clamped_above(images):
    return ((images + 1) * 127.5).round().clamp(max=255).to(torch.int32).to(torch.uint8)


def cut_off(images):
    return ((images.clamp(-1, 1) + 1) * 127.5).to(torch.uint8)


def in_place(images):
    return images.clamp_(-1, 1).add_(1).mul_(127.5).round_().to(torch.uint8)


def one_scale_for_the_batch(images):
    low, high = min(-1.0, float(images.min())), max(1.0, float(images.max()))
    return clamp_scale_round((images - low) / (high - low) * 2 - 1)


def swapped_channels(images):
    return clamp_scale_round(images).flip(-3)


class EqualToEverything:
    def __eq__(self, other):
        return True

    __hash__ = None


BANK = Bank(
    check=checks.to_pixels,
    right=[clamp_scale_round, scale_then_clamp, half_and_cut, through_numpy],
    wrong=[
        (stub, "missing"),
        (left_as_dots, "missing"),
        (..., "missing"),
        (ellipsis, "returns_none"),
        (misspelt, "error"),
        (lambda images: EqualToEverything(), "wrong_type"),
        (clamp_scale_round(torch.zeros(1, 3, 2, 2)), "wrong_type"),
        (numpy_array, "wrong_type"),
        (channels_last, "wrong_shape"),
        (first_picture_only, "wrong_shape"),
        (still_float, "dtype"),
        (int64, "dtype"),
        (times_128, "ends"),
        (from_zero_to_one, "middle"),
        (upside_down, "ends"),
        (no_clamp, "clamp"),
        (only_clamped_above, "clamp"),
        (cut_off, "rounding"),
        (in_place, "changes_its_input"),
        (one_scale_for_the_batch, "clamp"),
        (swapped_channels, "wrong_value"),
    ],
)
