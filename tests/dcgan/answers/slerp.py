"""Right and wrong answers to the exercise slerp of lesson 02, written as learners write them."""

import torch
import torch.nn.functional as F

from ganlab.dcgan import checks
from tests.checks.bank import Bank, stub


def slerp_loop(a, b, t):
    rows = []
    for x, y in zip(a, b, strict=True):
        angle = torch.arccos(torch.clamp(x @ y / (x.norm() * y.norm()), -1, 1))
        if torch.sin(angle) < 1e-6:
            rows.append((1 - t) * x + t * y)
        else:
            rows.append((torch.sin((1 - t) * angle) * x + torch.sin(t * angle) * y) / torch.sin(angle))
    return torch.stack(rows)


def slerp_atan(a, b, t):
    # Kahan's angle between vectors, exact also where the arc cosine is not
    u, v = F.normalize(a, dim=1), F.normalize(b, dim=1)
    angle = 2 * torch.atan2((u - v).norm(dim=1, keepdim=True), (u + v).norm(dim=1, keepdim=True))
    around = (torch.sin((1 - t) * angle) * a + torch.sin(t * angle) * b) / torch.sin(angle)
    return torch.where(angle < 1e-6, torch.lerp(a, b, t), around)


def slerp_nan(a, b, t, angle_of=None, unit=False, swap=False):
    cosine = ((a * b).sum(1) / (a.norm(dim=1) * b.norm(dim=1)))[:, None]
    angle = torch.arccos(cosine.clamp(-1, 1)) if angle_of is None else angle_of(cosine)
    if swap:
        t = 1 - t
    return (torch.sin((1 - t) * angle) * a + torch.sin(t * angle) * b) / torch.sin(angle)


def slerp_where(a, b, t):
    straight = (1 - t) * a + t * b
    around = slerp_nan(a, b, t)
    return torch.where(torch.isfinite(around) & (F.cosine_similarity(a, b)[:, None] < 1 - 1e-12), around, straight)


def renormalised(a, b, t):
    mixed = (1 - t) * a + t * b
    return (
        mixed
        / mixed.norm(dim=1, keepdim=True)
        * ((1 - t) * a.norm(dim=1, keepdim=True) + t * b.norm(dim=1, keepdim=True))
    )


BANK = Bank(
    checks.slerp,
    right=[slerp_loop, slerp_atan, slerp_where],
    wrong=[
        (stub, "missing"),
        (lambda a, b, t: slerp_loop(a, b, t).numpy().tolist(), "wrong_type"),
        (lambda a, b, t: slerp_loop(a, b, t).mean(0), "wrong_shape"),
        (lambda a, b, t: slerp_nan(a, b, t, swap=True), "ends"),
        (lambda a, b, t: F.normalize(slerp_loop(a, b, t), dim=1), "ends"),
        (lambda a, b, t: a + t * b, "ends"),
        (lambda a, b, t: torch.lerp(a, b, t), "straight"),
        (lambda a, b, t: slerp_nan(a, b, t, angle_of=lambda c: torch.arccos(c.mean())), "per_row"),
        (lambda a, b, t: slerp_nan(a, b, t, angle_of=lambda c: torch.rad2deg(torch.arccos(c))), "keeps_length"),
        (lambda a, b, t: slerp_nan(a, b, t, angle_of=lambda c: torch.arccos(c) / 2), "keeps_length"),
        (renormalised, "even"),
        (slerp_nan, "parallel"),
    ],
)
