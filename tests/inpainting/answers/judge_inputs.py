"""Right and wrong answers to the exercise judge_inputs of lesson 03, written as learners write them."""

import torch

from ganlab.inpainting import checks
from tests.checks.bank import Bank, stub


def first_attached(batch):
    """Only the first picture keeps its graph."""
    return torch.cat([batch[:1], batch[1:].detach()])


def red_attached(batch):
    return torch.cat([batch[:, :1], batch[:, 1:].detach()], dim=1)


def made_whole(real, filling, mask):
    return torch.where(mask > 0, filling, real)


def judged_loop(real, filling, mask):
    seen = []
    for batch in (real, filling):
        seen.append(torch.stack([picture * hole for picture, hole in zip(batch, mask, strict=True)]))
    return seen


def judged_indexed(real, filling, mask):
    known = (mask == 0).expand_as(real)
    real_seen, fake_seen = real.clone(), filling.clone()
    real_seen[known] = 0
    fake_seen[known] = 0
    return real_seen, fake_seen


def judged_in_place(real, filling, mask):
    real *= mask
    return real, filling * mask


BANK = Bank(
    checks.judge_inputs,
    right=[
        lambda r, g, m: (r * m, g * m),
        lambda r, g, m: (r.masked_fill(m == 0, 0), torch.where(m > 0, g, torch.zeros_like(g))),
        # The composite's hole is the filling.
        lambda r, g, m: (r.detach() * m, made_whole(r, g, m) * m),
        lambda r, g, m: torch.einsum("knchw,nxhw->knchw", torch.stack([r, g]), m).unbind(0),
        judged_loop,
        judged_indexed,
    ],
    wrong=[
        (stub, "missing"),
        (lambda r, g, m: None, "returns_none"),
        (lambda r, g, m: torch.stack([r * m, g * m]), "wrong_type"),
        (lambda r, g, m: torch.cat([r * m, g * m]), "wrong_type"),
        (lambda r, g, m: (r * m, g * m, m), "pair"),
        (lambda r, g, m: (torch.cat([r * m, m], 1), torch.cat([g * m, m], 1)), "pair"),
        (lambda r, g, m: (r[m.bool().expand_as(r)], g[m.bool().expand_as(g)]), "pair"),
        (judged_in_place, "changes_its_input"),
        (lambda r, g, m: (g * m, r * m), "order"),
        (lambda r, g, m: (r, g), "nothing_hidden"),
        (lambda r, g, m: (r, made_whole(r, g, m)), "seam"),
        (lambda r, g, m: (r, g * m), "only_fake_masked"),
        (lambda r, g, m: (r * m, g), "only_real_masked"),
        (lambda r, g, m: (r * m, made_whole(r, g, m)), "only_real_masked"),
        (lambda r, g, m: (r * (1 - m), g * (1 - m)), "inverted"),
        (lambda r, g, m: (r * (1 - m), made_whole(r, g, m) * (1 - m)), "inverted"),
        (lambda r, g, m: (r.masked_fill(m == 0, -1), g.masked_fill(m == 0, -1)), "hidden"),
        (lambda r, g, m: (r * m[:1], g * m[:1]), "hidden"),
        (lambda r, g, m: (r * m, (g * m).detach()), "detach"),
        (lambda r, g, m: (r * m, g.data * m), "detach"),
        (lambda r, g, m: (r * m, r * m), "no_filling"),
        (lambda r, g, m: (r * m, g.clamp(-0.3, 0.3) * m), "wrong_value"),
        (lambda r, g, m: (r * m, first_attached(g) * m), "gradient"),
        (lambda r, g, m: (r * m, red_attached(g * m)), "gradient"),
    ],
)
