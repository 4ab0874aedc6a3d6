"""Right and wrong answers to the exercise optimistic_step of lesson 01, written as learners write them."""

import torch

from ganlab.minimax import checks
from tests.checks.bank import Bank, stub


def optimistic_plain(field, point, previous, eta):
    g = field(point)
    return point - 2 * eta * g + eta * previous, g


def optimistic_change(field, point, previous, eta):
    now = field(point)
    guess = now + (now - previous)
    return torch.add(point, guess, alpha=-eta), now


def optimistic_list(field, point, previous, eta):
    g = field(point).clone()
    new = point.clone()
    new -= eta * (2 * g - previous)
    return [new, g]


def extragradient(field, point, previous, eta):
    return point - eta * field(point - eta * field(point)), field(point)


def optimistic_two_players(field, point, previous, eta):
    gx, gy = (g := field(point))[0], g[1]
    x = point[0] - eta * (2 * gx - previous[0])
    y = point[1] - eta * (2 * gy - previous[1])
    return torch.stack([x, y]), torch.stack([gx, gy])


def optimistic_known_field(field, point, previous, eta):
    field(point)
    return optimistic_plain(lambda v: torch.stack([v[1], -v[0]]), point, previous, eta)


def optimistic_turned(field, point, previous, eta):
    g = field(point)
    return point - eta * (2 * torch.stack([point[1], -point[0]]) - previous), g


def optimistic_in_place(field, point, previous, eta):
    g = field(point)
    point -= eta * (2 * g - previous)
    return point, g


OPTIMISTIC_WRONG = [
    (stub, "missing"),
    (lambda field, v, old, eta: optimistic_plain(field, v, old, eta)[0], "wrong_type"),
    (lambda field, v, old, eta: (optimistic_plain(field, v, old, eta)[0],), "pair"),
    (optimistic_in_place, "changes_its_input"),
    (extragradient, "calls"),
    (lambda field, v, old, eta: optimistic_plain(field, v, old, eta)[::-1], "order"),
    (lambda field, v, old, eta: (optimistic_plain(field, v, old, eta)[0], old), "remembers"),
    (lambda field, v, old, eta: (v - eta * (g := 2 * field(v) - old), g), "remembers"),
    (lambda field, v, old, eta: (v + eta * (2 * (g := field(v)) - old), g), "uphill"),
    (lambda field, v, old, eta: (v - eta * (g := field(v)), g), "plain"),
    (lambda field, v, old, eta: (v - eta * ((g := field(v)) + old) / 2, g), "averages"),
    (lambda field, v, old, eta: (v - eta * (2 * old - (g := field(v))), g), "roles"),
    (lambda field, v, old, eta: (v - eta * (2 * (g := field(v)) + old), g), "adds"),
    (lambda field, v, old, eta: (v - (2 * (g := field(v)) - old), g), "diverges"),
    (lambda field, v, old, eta: (v - 0.9 * eta * (2 * (g := field(v)) - old), g), "wrong_value"),
    (optimistic_two_players, "dimensions"),
    (optimistic_known_field, "dimensions"),
    (optimistic_turned, "dimensions"),
]


BANK = Bank(checks.optimistic_step, [optimistic_plain, optimistic_change, optimistic_list], OPTIMISTIC_WRONG)
