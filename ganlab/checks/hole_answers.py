"""The ladders of lesson 03 on pictures with a hole: exercises 1, 2 and 6."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.game_steps import unlike
from ganlab.checks.ladder import Ladder, Rung, returns, rung, shape, value


def unlike_all(name: str, mistakes: Sequence[Callable[..., Any]], message: str) -> Rung:
    """Like :func:`unlike`, for a mistake that is made in several ways."""
    return rung(name, lambda f: not any(close(f.result, f.apply(mistake)) for mistake in mistakes), message)


def keeps_arguments(message: str) -> Rung:
    """A rung that fails if the example call has changed one of its tensors in place."""
    return rung(
        "changes_its_input",
        lambda f: all(torch.equal(now, before) for now, before in zip(f.arguments, f.example(), strict=True)),
        message,
    )


def example_values(seed: int, *size: int) -> Tensor:
    """Numbers in (-1, 1), none near 0: an erased pixel is told from one that was grey already."""
    random = torch.Generator().manual_seed(seed)
    signs = torch.randint(0, 2, size, generator=random) * 2 - 1
    return signs * (0.1 + 0.8 * torch.rand(size, generator=random))


def example_masks() -> Tensor:
    """Three holes of 2, 6 and 9 of the 20 pixels: none is half a picture, no two are equal."""
    mask = torch.zeros(3, 1, 4, 5)
    mask[0, :, 0:2, 1:2], mask[1, :, 1:3, 2:5], mask[2, :, 1:4, 0:3] = 1, 1, 1
    return mask


# --- 1: what the network sees ---------------------------------------------------------------------------------
def _seen_case(channels: int = 1) -> tuple[Any, ...]:
    """Grey by default: then a mask can be joined along any axis, and the learner hears which one is meant."""
    return example_values(1, 3, channels, 4, 5), example_masks()


def _not_joined_elsewhere(f: Attempt) -> bool:
    n, c, h, w = f.arguments[0].shape
    return tuple(f.result.shape) not in [(2 * n, c, h, w), (n, c, 2 * h, w), (n, c, h, 2 * w)]


network_input = Ladder(
    "network_input",
    example=_seen_case,
    rungs=[
        returns(Tensor, hint="one tensor holds the picture and its mask, as channels"),
        rung("no_mask", lambda f: f.result.shape != f.arguments[0].shape,
             "the mask is not among the channels: the network could not tell a hole from a grey area"),
        rung("joined_elsewhere", _not_joined_elsewhere,
             "picture and mask were joined along the batch, the height or the width; the mask is one more channel"),
        shape(lambda pictures, mask: (len(pictures), pictures.shape[1] + 1, *pictures.shape[2:])),
        rung("colours", lambda f: f(*_seen_case(3)).dim() == 4,
             "with three colours it goes wrong; the mask has one channel for them all"),
        rung("repeated_mask", lambda f: f(*_seen_case(3)).shape[1] != 2 * 3,
             "the mask is the same for all colours: one channel of it is enough"),
        keeps_arguments("your function changes `pictures` or `mask` in place: the target of the loss would be gone"),
        unlike("mask_first", lambda p, m: torch.cat([m, p * (1 - m)], 1), "the picture comes first, the mask last"),
        unlike("nothing_erased", lambda p, m: torch.cat([p, m], 1),
               "nothing was erased: the network would see the very pixels that it is to guess"),
        unlike_all("hole_kept", [lambda p, m: torch.cat([p * m, m], 1), lambda p, m: torch.cat([p * m, 1 - m], 1)],
                   "the hole was kept and the surroundings were erased; here 1 means missing"),
        unlike("inverted_mask", lambda p, m: torch.cat([p * (1 - m), 1 - m], 1),
               "the last channel is 1 where a pixel is known; the mask is 1 where it is missing"),
        unlike("first_mask", lambda p, m: torch.cat([p * (1 - m[:1]), m], 1),
               "the first picture's mask was used to erase all of them; each has its own"),
        rung("filled", lambda f: not bool((f.result[:, :-1] * f.arguments[1]).any()),
             "the hole should hold 0, the middle of the range, not black, white or any other colour"),
        rung("each_mask", lambda f: close(f.result[:, -1:], f.arguments[1]),
             "the last channel is not the mask that belongs to each picture"),
        value(lambda p, m: torch.cat([torch.where(m > 0, 0.0, p), m], 1),
              examples=lambda: [_seen_case(3), (example_values(2, 1, 4, 4, 5), torch.zeros(1, 1, 4, 5))]),
    ],
    praise="0 for what is missing, and a channel that says which zeros are holes",
)  # fmt: skip


# --- 2: composite ---------------------------------------------------------------------------------------------
def _composite_case(channels: int = 3) -> tuple[Any, ...]:
    return example_values(3, 3, channels, 4, 5), example_values(4, 3, channels, 4, 5), example_masks()


def _composite(pictures: Tensor, filling: Tensor, mask: Tensor) -> Tensor:
    return torch.where(mask > 0, filling, pictures)


def _known_survive(spoil: Callable[[Tensor], Tensor]) -> Callable[[Attempt], bool]:
    """Whether every known pixel is what it was, bit for bit, when the filling is spoiled there."""

    def test(f: Attempt) -> bool:
        pictures, filling, mask = _composite_case()
        made = f(pictures, torch.where(mask > 0, filling, spoil(filling)), mask)
        known = (mask == 0).expand_as(pictures)
        return torch.equal(made[known], pictures[known]) and close(made[~known], filling[~known])

    return test


def _not_finite(filling: Tensor) -> Tensor:
    spoiled = filling.clone()
    spoiled[:, :, ::2], spoiled[:, :, 1::2] = torch.nan, torch.inf
    return spoiled


def _other_channels(f: Attempt) -> bool:
    return all(close(f(*_composite_case(c)), _composite(*_composite_case(c))) for c in (1, 4))


composite = Ladder(
    "composite",
    example=_composite_case,
    rungs=[
        returns(Tensor),
        shape(lambda pictures, filling, mask: pictures.shape),
        keeps_arguments("your function changes one of its arguments in place; whoever holds it will be surprised"),
        unlike("swapped", lambda p, g, m: _composite(g, p, m),
               "this keeps the hole and replaces what was known; 1 in the mask means missing"),
        unlike("filling_only", lambda p, g, m: g, "this is the filling everywhere, also where the pixels are known"),
        unlike("pictures_only", lambda p, g, m: p, "the hole still holds the pictures' own pixels"),
        unlike_all("added", [lambda p, g, m: p + g, lambda p, g, m: p * (1 - m) + g, lambda p, g, m: p + g * m],
                   "somewhere the two pictures are added: every pixel comes from one of them, from one only"),
        unlike_all("one_part", [lambda p, g, m: p * (1 - m), lambda p, g, m: g * m],
                   "one of the two parts is missing: there are zeros where a picture should be"),
        unlike("first_mask", lambda p, g, m: _composite(p, g, m[:1]),
               "the first picture's mask was used for all; each has its own"),
        rung("hole", lambda f: close(f.result * f.arguments[2], f.arguments[1] * f.arguments[2]),
             "inside the hole there should be the filling, as it is"),
        rung("known", lambda f: close(f.result * (1 - f.arguments[2]), f.arguments[0] * (1 - f.arguments[2])),
             "outside the hole there should be the pictures, as they are"),
        rung("channels", _other_channels,
             "with 1 or 4 channels it goes wrong; the mask has one channel for them all"),
        rung("bit_for_bit", _known_survive(lambda g: 1e4 * g),
             "known pixels come back slightly changed when the filling is large there: rounding. Choose, do not mix"),
        rung("not_a_number", _known_survive(_not_finite),
             "a NaN or an infinity of the filling leaks into known pixels: 0 times NaN is NaN. Choose, do not mix"),
        value(_composite, examples=lambda: [(*_composite_case()[:2], torch.full((3, 1, 4, 5), m))
                                            for m in (0.0, 1.0)]),
    ],
    praise="what is known stays, bit for bit, whatever the network says",
)  # fmt: skip


# --- 6: what the local discriminator may see --------------------------------------------------------------------
def _judge_case() -> tuple[Any, ...]:
    return example_values(7, 3, 3, 4, 5), example_values(8, 3, 3, 4, 5), example_masks()


def _two_pictures(f: Attempt) -> bool:
    wanted = f.arguments[0].shape
    return len(f.result) == 2 and all(isinstance(part, Tensor) and part.shape == wanted for part in f.result)


def _gradient_arrives(f: Attempt) -> bool:
    real, filling, mask = _judge_case()
    filling.requires_grad_()
    seen = f(real, filling, mask)[1]
    if seen.requires_grad:
        seen.sum().backward()
    return filling.grad is not None and bool(filling.grad.any())


def _same_gradient(f: Attempt) -> bool:
    """Whether each missing pixel of the filling, and no other, is corrected as the judge asks."""
    real, filling, mask = _judge_case()
    wish = example_values(9, *filling.shape)
    (found,) = torch.autograd.grad((f(real, filling.requires_grad_(), mask)[1] * wish).sum(), filling)
    return close(found, wish * mask)


def _hidden(f: Attempt) -> bool:
    known = (f.arguments[2] == 0).expand_as(f.arguments[0])
    return not any(bool(part[known].any()) for part in f.result)


judge_inputs = Ladder(
    "judge_inputs",
    example=_judge_case,
    rungs=[
        returns(tuple, list, hint="return the two pictures separated by a comma"),
        rung("pair", _two_pictures, "expected two tensors of the shape of `real`: first the real one, then the fake"),
        keeps_arguments("your function changes an argument in place, which other parts of the loss still need"),
        unlike("order", lambda r, g, m: (g * m, r * m), "real comes before fake"),
        unlike("nothing_hidden", lambda r, g, m: (r, g), "nothing is hidden: both show what the other does not have"),
        unlike("no_filling", lambda r, g, m: (r * m, r * m), "both are the real picture; `filling` has no effect"),
        unlike("seam", lambda r, g, m: (r, _composite(r, g, m)),
               "the filling meets real pixels, and the seam at the border of the hole gives the fake away"),
        unlike("only_fake_masked", lambda r, g, m: (r, g * m),
               "only the fake has zeros: where they are tells fake from real, whatever the filling looks like"),
        unlike_all("only_real_masked", [lambda r, g, m: (r * m, g), lambda r, g, m: (r * m, _composite(r, g, m))],
                   "only the real picture has zeros: where they are tells real from fake, whatever the filling is"),
        unlike_all("inverted", [lambda r, g, m: (r * (1 - m), g * (1 - m)), lambda r, g, m: (r * (1 - m),) * 2],
                   "this shows the known pixels and hides the hole; the hole is what is to be judged"),
        rung("hidden", _hidden, "where a pixel is known, both pictures should be 0"),
        rung("detach", _gradient_arrives,
             "no gradient reaches `filling` through the fake: a generator could learn nothing from this judge"),
        value(lambda r, g, m: (r * m, g * m)),
        rung("gradient", _same_gradient,
             "both pictures are right, but not every pixel in the holes passes its gradient on to `filling`: some "
             "pictures or channels were cut off from the graph"),
    ],
    praise="the same zeros in both: all that is left to judge is what the hole is filled with",
)  # fmt: skip
