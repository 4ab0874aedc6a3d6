"""Right and wrong answers to the exercise radius_after of lesson 01, written as learners write them."""

import math

import numpy as np

from ganlab.minimax import checks
from tests.checks.bank import Bank, stub


def radius_loop(steps, eta, radius=1.0):
    x, y = radius, 0.0
    for _ in range(steps):
        x, y = x - eta * y, y + eta * x
    return math.hypot(x, y)


def radius_complex(steps, eta, radius=1.0):
    return radius * abs(1 + 1j * eta) ** steps


def radius_logs(steps, eta, radius=1.0):
    return float(np.exp(np.log(radius) + steps / 2 * np.log1p(eta * eta)))


def radius_sqrt(steps, eta, radius=1.0):
    return radius * math.sqrt((1 + eta**2) ** steps)


def radius_sequential(steps, eta, radius=1.0):
    x, y = radius, 0.0
    for _ in range(steps):
        x = x - eta * y
        y = y + eta * x
    return math.hypot(x, y)


RADIUS_WRONG = [
    (stub, "missing"),
    (lambda steps, eta, radius=1.0: (radius_loop(steps, eta, radius), 0.0), "wrong_type"),
    (lambda steps, eta, radius=1.0: radius_loop(steps, eta), "radius"),
    (lambda steps, eta, radius=1.0: radius_loop(steps + 1, eta, radius), "start"),
    (lambda steps, eta, radius=1.0: radius * (1 - eta**2) ** (steps / 2), "inward"),
    (lambda steps, eta, radius=1.0: radius * (1 + eta**2) ** (-steps / 2), "inward"),
    (lambda steps, eta, radius=1.0: radius * (1 + eta**2) ** steps, "squared"),
    (lambda steps, eta, radius=1.0: radius * (1 + eta) ** steps, "eta_not_squared"),
    (lambda steps, eta, radius=1.0: radius * math.sqrt(1 + eta) ** steps, "eta_not_squared_either"),
    (lambda steps, eta, radius=1.0: radius * (1 + steps * eta**2 / 2), "compound"),
    (lambda steps, eta, radius=1.0: radius * math.sqrt(1 + steps * eta**2), "compound"),
    (radius_sequential, "inward"),
    (lambda steps, eta, radius=1.0: radius * math.exp(steps * eta**2 / 2), "wrong_value"),
]


BANK = Bank(checks.radius_after, [radius_loop, radius_complex, radius_logs, radius_sqrt], RADIUS_WRONG)
