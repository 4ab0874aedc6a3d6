"""Right and wrong answers to the exercise psnr_y of lesson 05, written as learners write them."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from ganlab import resampling
from ganlab.metrics import fidelity
from ganlab.superres import checks
from tests.checks.bank import Bank, endless, stub


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
    return torch.stack([48.1308036 - 10 * error.square().mean().log10() for error in difference]).mean()


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
    for mine, theirs in zip(a, b, strict=True):
        total += psnr_solution(mine[None], theirs[None], shave)
    return total


def psnr_first_only(a, b, shave):
    results = []
    for mine, theirs in zip(a, b, strict=True):
        results.append(psnr_solution(mine[None], theirs[None], shave))
        break
    return sum(results) / len(results)


BANK = Bank(
    checks.psnr_y,
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
