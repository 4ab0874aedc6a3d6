"""Procedural paintings made of lines and flat ink: screens, outlines, pen, gouge, map. One function a style.

Each takes an :class:`~ganlab.data.paintings.easel.Easel` and returns a picture (3, size, size), about in [0, 1].
"""

from __future__ import annotations

import math

import numpy as np
from scipy.ndimage import gaussian_filter, shift

from ganlab.data.paintings.easel import Array, Easel, along_levels, mix, over, planes, smoothstep, turned


def _lines(e: Easel, phase: Array, share: Array) -> Array:
    """Coverage of lines at the whole numbers of ``phase``, each ``share`` of the way to the next one wide."""
    slope = e.slope(phase)
    away = np.abs(phase - np.round(phase))
    return np.clip((share / 2 - away) / (slope * e.pixel) + 0.5, 0, 1) * smoothstep(0.0, 0.10, share)


def halftone(e: Easel) -> Array:
    """Three screens of round dots, each turned its own way, printed over each other."""
    colours = e.palette("pop")
    canvas = e.flat(colours[0])
    pitch, start = 0.036, e.number(0, 1.57)
    for ink, turn in zip(1 + e.order(3), (0.26, 1.31, 0.79), strict=True):
        u, v = (axis / pitch for axis in e.axes(start + turn))
        away = np.hypot(u - np.round(u), v - np.round(v)) * pitch
        radius = pitch * (0.10 + 0.43 * e.tone(3, 2))  # about half a pitch at most: dots stay dots
        # Printing inks are transparent: they multiply.
        canvas = canvas * (1 - e.cover(away - radius) * (1 - colours[ink] / colours[0])[:, None, None])
    return canvas


def comic(e: Easel) -> Array:
    """Flat areas in the same inks as the halftone, bold outlines, and shading in ruled lines."""
    colours = e.palette("pop")
    hill, other = e.noise(9), e.noise(9)
    canvas, line = e.flat(colours[0]), np.zeros((e.size, e.size), np.float32)
    half = np.clip(0.0062 + 0.0025 * e.noise(9), 0.0035, 0.011)
    rules = e.axes(e.number(0.5, 1.0))[0] * 56
    for field, level, ink in ((hill, 0.1, 1), (other, 0.15, 2), (-hill, 0.5, 3), (e.noise(10), 1.1, 0)):
        distance = (level - field) / e.slope(field)
        canvas = over(canvas, e.cover(distance), colours[ink])
        deep = np.clip(-distance * 22 - 0.42, 0, 0.36) * (ink > 0)
        canvas = over(canvas, _lines(e, rules, deep) * e.cover(distance), colours[4])
        line = np.maximum(line * (1 - e.cover(distance)), e.cover(np.abs(distance) - half))
    return over(canvas, line, colours[4])


def hatching(e: Easel) -> Array:
    """Pen and ink: sets of fine lines laid across each other, the more the darker."""
    colours = e.palette("ink")
    dark, start = 0.13 + 0.82 * e.tone(5), e.number(0, 3.14)
    wobble = e.noise(6) * 0.25 + e.noise(24) * 0.05
    ink = np.zeros((e.size, e.size), np.float32)
    for layer, turn in enumerate((0.0, 1.25, 0.62)):
        phase = e.axes(start + turn + e.number(-0.1, 0.1))[0] * 50 + wobble
        # Every line ends a little before or after its neighbour.
        ragged = e.uniform(-0.09, 0.09, 256)[np.round(phase).astype(np.int64) % 256]
        need = dark + ragged - 0.30 * layer + 0.05 * e.noise(12)
        ink = np.maximum(ink, _lines(e, phase, np.clip(need * 0.9, 0, 0.30)))
    return over(e.flat(colours[0]) * (1 - 0.02 * e.tone(90)), ink * 0.95, colours[1])


def woodcut(e: Easel) -> Array:
    """Black ink, and the tapering gouges of a knife that follows the form."""
    colours = e.palette("ink")
    hill = e.noise(4) + 0.3 * e.noise(8)
    flow = along_levels(hill)
    tone = 0.5 + 0.5 * np.sin(hill * 3.2 + e.number(0, 6.28))
    canvas = e.flat(colours[1])
    x, y = e.scattered(46, 0.02)
    angle = e.at(flow, x, y) + e.uniform(-0.06, 0.06, len(x))
    length = 0.034 * e.uniform(0.6, 1.25, len(x))
    bend = e.bend(flow, x, y, angle, length)
    width = 0.0012 + 0.0078 * smoothstep(0.15, 1.0, e.at(tone, x, y) + e.uniform(-0.1, 0.1, len(x)))
    paint = np.broadcast_to(colours[0], (len(x), 3))

    def brush(part: slice, dx: Array, dy: Array) -> tuple[Array, Array]:
        u, v = turned(dx, dy, angle[part], bend[part])
        along = np.clip(u / length[part, None, None] * 0.5 + 0.5, 0, 1)
        # A gouge goes in thin, widens, and is flicked out: a drop, not a lens.
        taper = width[part, None, None] * 2.6 * along * np.sqrt(1 - along)
        return e.cover(np.abs(v) - taper) * (taper > 0), paint[part]

    e.dab(canvas, x, y, 0.046, brush)
    return canvas


def engraving(e: Easel) -> Array:
    """A banknote: even lines that swell with the tone, and bend over a relief."""
    colours = e.palette("banknote")
    relief = e.noise(4)
    dark = smoothstep(0.0, 1.0, 0.5 + 0.35 * relief)
    v, u = e.axes(e.number(-0.5, 0.5))
    # The relief bends the lines less than they advance, or they would pinch off into blots.
    waves = u * 42 + 1.05 * relief + 0.16 * np.sin(v * 60 + relief)
    tint = _lines(e, v * 34 + relief, np.full_like(relief, 0.38))
    canvas = over(e.flat(colours[0]), 0.55 * tint, colours[2])
    return over(canvas, _lines(e, waves, 0.12 + 0.66 * dark), colours[1])


def contours(e: Easel) -> Array:
    """A map: tints by height, a line at every step, a bold one at every fifth."""
    colours = e.palette("atlas")
    height = (e.noise(4) + 0.32 * e.noise(9) + 0.10 * e.noise(20)) * 1.15
    steps = height * 6.5 + 20
    slope, low = e.slope(steps), np.floor(steps)
    level = low - 1 + np.clip((steps - low) / (slope * e.pixel), 0, 1)  # a step is one pixel wide: no jagged edges
    canvas = planes(mix(colours, (level - 6) / 28))
    down, right = np.gradient(height, e.pixel)
    canvas = canvas * (1 + 0.16 * np.tanh(-(down + right) * 0.05))
    away = np.abs(steps - np.round(steps)) / slope
    bold = np.round(steps) % 5 == 0
    line = np.where(bold, 0.9 * e.cover(away - 0.0030), 0.6 * e.cover(away - 0.0013))
    return over(canvas, line, colours[0] * 0.45)


def papercut(e: Easel) -> Array:
    """Sheets of coloured paper, one on the other, each with its soft shadow."""
    colours = e.palette("paper")
    canvas = e.flat(colours[0])
    hill, turn = e.noise(7), e.number(0, 6.28)
    for sheet in range(1, 7):
        hill = hill * 0.93 + 0.36 * e.noise(11)
        mask = e.cover((0.45 * sheet - 1.55 - hill) / e.slope(hill))
        rough = mask[::2, ::2]  # a shadow is soft: half the pixels will do
        moved = (0.005 * e.size * math.sin(turn), 0.005 * e.size * math.cos(turn))
        rough = gaussian_filter(shift(rough, moved, order=1, mode="nearest"), 0.004 * e.size, truncate=2.5)
        shadow = rough.repeat(2, 0).repeat(2, 1)[: e.size, : e.size]
        canvas = over(canvas * (1 - 0.6 * shadow), mask, colours[sheet])
    return canvas * (1 + 0.02 * e.noise(128))
