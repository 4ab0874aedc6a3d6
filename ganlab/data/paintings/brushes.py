"""Procedural paintings made of marks: strokes, dots, slabs, chalk, washes, drips. One function a style.

Each takes an :class:`~ganlab.data.paintings.easel.Easel` and returns a picture (3, size, size), about in [0, 1].
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from ganlab.data.paintings.easel import Array, Easel, along_levels, mix, over, planes, smoothstep, turned, zigzag


def _lit(e: Easel, canvas: Array, strength: float) -> Array:
    """Three colours and a relief (4, size, size) in light from the upper left."""
    down, right = np.gradient(canvas[3], e.pixel)
    light = -0.7 * (down + right)
    shine = np.maximum(np.tanh(0.008 * light), 0)
    return canvas[:3] * (1 + strength * np.tanh(0.012 * light)) + 0.25 * strength * shine


def _bristles(e: Easel, count: int) -> Array:
    """What the hairs of the brush leave across each of ``count`` strokes, (count, 64), about in [-1, 1]."""
    return gaussian_filter(e.uniform(-1, 1, count, 64), (0, 4.5), mode="wrap") * 5


def _hair(profiles: Array, v: Array, thick: Array) -> Array:
    """The bristles' profile of each stroke, (n, 64), at the offsets ``v`` (n, P, P) from its middle."""
    place = np.clip((v / thick * 0.5 + 0.5) * 63, 0, 63).astype(np.int64)
    return profiles[np.arange(len(v))[:, None, None], place]


def _ground(e: Easel, colours: Array, tone: Array) -> Array:
    """A canvas with a first coat and a flat relief, (4, size, size)."""
    return np.concatenate([planes(mix(colours, tone)), np.zeros((1, e.size, e.size), np.float32)])


def impasto(e: Easel) -> Array:
    """Short thick strokes that swirl like a night sky."""
    colours = e.palette("night")
    hill = e.noise(4) + 0.2 * e.noise(8)
    flow = along_levels(hill)  # strokes run in rings around the hills
    tone = zigzag(hill * e.number(0.6, 0.8) + e.number(0, 2))
    canvas = _ground(e, colours[:5], tone)
    for count, length, width in ((26, 0.072, 0.017), (34, 0.052, 0.0125)):
        _strokes(e, canvas, colours, (tone, flow), count, length, width)
    return _lit(e, canvas, 0.30)


def _strokes(
    e: Easel, canvas: Array, colours: Array, fields: tuple[Array, Array], count: int, length: float, width: float
) -> None:
    tone, flow = fields
    x, y = e.scattered(count, 0.03)
    angle = e.at(flow, x, y) + e.uniform(-0.15, 0.15, len(x))
    bend = e.bend(flow, x, y, angle, length)
    paint = mix(colours, 0.9 * np.clip(e.at(tone, x, y) + e.uniform(-0.16, 0.16, len(x)), 0, 1))
    hair, thickness = _bristles(e, len(x)), width * e.uniform(0.75, 1.2, len(x), 1, 1)

    def brush(part: slice, dx: Array, dy: Array) -> tuple[Array, Array]:
        u, v = turned(dx, dy, angle[part], bend[part])
        thick = thickness[part]
        distance = np.hypot(np.maximum(np.abs(u) - length + thick, 0), v) - thick
        streak = _hair(hair[part], v, thick)
        height = np.sqrt(np.clip(-distance / thick, 0, 1)) * (1 + 0.5 * streak) + 0.15 * u / length
        colour = paint[part, :, None, None] * (1 + 0.10 * streak[:, None])
        return e.cover(distance), np.concatenate([colour, height[:, None]], 1)

    e.dab(canvas, x, y, length * 1.12, brush)


def pointillism(e: Easel) -> Array:
    """Dots of pure colour, with the odd one from across the palette, on a pale ground."""
    colours = e.palette("garden")
    tone = e.tone(4, 2)
    canvas = over(e.flat(colours[8]), 0.45, planes(mix(colours, tone)))
    for count, radius in ((44, 0.0155), (48, 0.0125)):
        _dots(e, canvas, colours, tone, count, radius)
    return canvas


def _dots(e: Easel, canvas: Array, colours: Array, tone: Array, count: int, radius: float) -> None:
    x, y = e.scattered(count, 0.02)
    own = np.clip(e.at(tone, x, y) + e.uniform(-0.12, 0.12, len(x)), 0, 1)
    stray = e.uniform(0, 1, len(x)) < 0.16
    paint = mix(colours, np.where(stray, (own + 0.5) % 1, own)) * e.uniform(0.93, 1.07, len(x), 1)
    size, angle = e.uniform(0.72, 1.1, len(x), 1, 1) * radius, e.uniform(0, 3.14, len(x))

    def brush(part: slice, dx: Array, dy: Array) -> tuple[Array, Array]:
        u, v = turned(dx, dy, angle[part])
        return e.cover(np.hypot(0.88 * u, 1.1 * v) - size[part]), paint[part]

    e.dab(canvas, x, y, radius * 1.3, brush)


def palette_knife(e: Easel) -> Array:
    """Broad slabs of paint, dragged flat, with a ridge where the knife left off."""
    colours = e.palette("garden")
    tone, flow = e.tone(4, 2), e.noise(3) * 0.7 + e.number(0, 3.14)
    canvas = _ground(e, colours, tone)
    for count, length, width in ((15, 0.075, 0.046), (20, 0.058, 0.034)):
        _slabs(e, canvas, colours, (tone, flow), count, length, width)
    return _lit(e, canvas, 0.20)


def _slabs(
    e: Easel, canvas: Array, colours: Array, fields: tuple[Array, Array], count: int, length: float, width: float
) -> None:
    tone, flow = fields
    x, y = e.scattered(count, 0.05)
    angle = e.at(flow, x, y) + e.uniform(-0.45, 0.45, len(x))
    own = np.clip(e.at(tone, x, y) + e.uniform(-0.13, 0.13, len(x)), 0, 1)
    first = mix(colours, own)[:, :, None, None]
    second = mix(colours, own + e.uniform(-0.10, 0.10, len(x)))[:, :, None, None]
    edge, slant = 0.006 * _bristles(e, len(x)), e.uniform(-0.35, 0.35, len(x), 1, 1)
    thickness = width * e.uniform(0.6, 1.15, len(x), 1, 1)

    def brush(part: slice, dx: Array, dy: Array) -> tuple[Array, Array]:
        u, v = turned(dx, dy, angle[part])
        u, thick = u + slant[part] * v, thickness[part]
        torn = _hair(edge[part], v, thick)  # the ends of a slab are ragged
        wide = np.abs(v) - thick
        drag = smoothstep(-0.9, 0.9, u / length + 25 * torn)[:, None]
        colour = first[part] * (1 - drag) + second[part] * drag
        ridge = np.exp(-(((wide + 0.004) / 0.003) ** 2)) + np.exp(-(((u + torn - length + 0.006) / 0.005) ** 2))
        height = 0.5 + ridge + 10 * torn * u / length
        distance = np.maximum(np.abs(u + torn) - length, wide)
        return e.cover(distance), np.concatenate([colour, height[:, None]], 1)

    e.dab(canvas, x, y, float(np.hypot(length * 1.2, width * 1.2)), brush)


def pastel(e: Easel) -> Array:
    """Chalk on black paper: slanting strokes that leave the grain of the paper bare."""
    colours = e.palette("chalk")
    canvas, grain = e.flat(colours[0]), e.noise(190)
    tone, slant = e.tone(4), e.number(-0.95, -0.55)
    for count, length, width in ((15, 0.10, 0.0170), (17, 0.08, 0.0140)):
        chalk = np.concatenate([canvas, np.zeros((1, e.size, e.size), np.float32)])
        _chalk(e, chalk, colours[1:], tone, slant, count, length, width)
        # The fourth plane is how hard the chalk was pressed: lightly, it catches only the grain's tops.
        canvas = over(canvas, 0.97 * smoothstep(-0.9, 1.1, 2.6 * chalk[3] - 0.95 + 0.55 * grain), chalk[:3])
    return canvas


def _chalk(
    e: Easel, canvas: Array, colours: Array, tone: Array, slant: float, count: int, length: float, width: float
) -> None:
    x, y = e.scattered(count, 0.06)
    angle = slant + e.uniform(-0.12, 0.12, len(x))
    paint = mix(colours, e.at(tone, x, y) + e.uniform(-0.10, 0.10, len(x)))[:, :, None, None]
    bend, thickness = e.uniform(-1.2, 1.2, len(x)), width * e.uniform(0.7, 1.2, len(x), 1, 1)

    def brush(part: slice, dx: Array, dy: Array) -> tuple[Array, Array]:
        u, v = turned(dx, dy, angle[part], bend[part])
        distance = np.hypot(np.maximum(np.abs(u) - length, 0), v) - thickness[part]
        press = np.clip(-1.6 * distance / thickness[part], 0, 1) * (0.825 - 0.175 * u / length)
        colour = np.broadcast_to(paint[part], (len(u), 3, *u.shape[1:]))
        return e.cover(distance), np.concatenate([colour, press[:, None]], 1)

    e.dab(canvas, x, y, length * 1.15, brush)


def watercolour(e: Easel) -> Array:
    """Thin washes that dry with a dark rim, over white paper with a grain."""
    colours = e.palette("wash")
    grain = 0.5 * e.noise(128) + 0.5 * e.noise(64)
    canvas = e.flat(np.array([0.985, 0.975, 0.95], np.float32))
    for colour in colours[e.order(len(colours))]:
        pool = e.noise(5, 3) + 0.18 * e.noise(18, 2) + 0.04 * grain
        distance = (0.82 - pool) / (
            e.slope(gaussian_filter(pool, 0.006 * e.size, truncate=2)) + 6
        )  # about a distance
        rim = np.exp(-np.maximum(-distance, 0) / 0.006)
        depth = smoothstep(0.003, -0.003, distance) * (0.22 + 0.40 * e.tone(8, 2) + 0.55 * rim) * (1 + 0.18 * grain)
        depth = np.maximum(depth, 0) * (0.45 + 0.55 * canvas.mean(0))  # a painter leaves out what would turn to mud
        # Pigment takes away light: washes multiply (Beer and Lambert), they do not cover.
        canvas = canvas * np.exp(np.log(colour)[:, None, None] * depth)
    return canvas * (1 + 0.02 * grain)


def drip(e: Easel) -> Array:
    """Thrown paint: looping threads and drops, one colour over the other."""
    colours = e.palette("drip")
    canvas = e.flat(colours[0]) * (1 + 0.02 * e.noise(100))
    steps, orders = np.linspace(0, 1, 240, dtype=np.float32), np.arange(1, 7)
    for layer in (6, 3, 1, 4, 2, 5, 1, 3, 2, 4, 5, 1, 2):
        turn, rates = e.uniform(0, 6.28, 2, 6), e.uniform(0.5, 1.5, 2, 6) * orders
        sway = e.uniform(0.35, 1, 2, 6) / orders**0.8
        waves = np.sin(rates[..., None] * steps * 6.28 + turn[..., None])
        path = e.uniform(0.2, 0.8, 2, 1) + 0.42 * (sway[..., None] * waves).sum(1)
        swell = np.sin(steps * e.number(20, 50) + e.number(0, 6)) * np.sin(steps * e.number(7, 19))
        thread = np.concatenate([path[:, :-1], np.diff(path)])
        # The faster the hand, the thinner the thread.
        radius = 0.0014 + (0.0058 + 0.0030 * swell[1:]) / (1 + 40 * np.hypot(*thread[2:]))
        spots = np.concatenate([e.uniform(-0.02, 1.02, 2, 110), np.zeros((2, 110))])
        sizes = 0.0014 + 0.011 * e.uniform(0, 1, 110) ** 6
        _throw(e, canvas, np.concatenate([spots, thread], 1), np.concatenate([sizes, radius]), colours[layer])
    return canvas


def _throw(e: Easel, canvas: Array, pieces: Array, radius: Array, colour: Array) -> None:
    """Round-ended pieces of thread: (4, K), where each starts (x, y) and how far it goes."""
    startx, starty, gonex, goney = pieces.astype(np.float32)
    gx, gy, thick = (part.astype(np.float32)[:, None, None] for part in (gonex, goney, radius))
    paint = np.broadcast_to(colour, (len(radius), 3))

    def brush(part: slice, dx: Array, dy: Array) -> tuple[Array, Array]:
        dx, dy = dx + gx[part] / 2, dy + gy[part] / 2  # from the start of the piece, not its middle
        share = np.clip((dx * gx[part] + dy * gy[part]) / (gx[part] ** 2 + gy[part] ** 2 + 1e-12), 0, 1)
        return e.cover(np.hypot(dx - share * gx[part], dy - share * gy[part]) - thick[part]), paint[part]

    reach = float((np.hypot(gonex, goney) / 2 + radius).max()) + 0.004
    e.dab(canvas, startx + gonex / 2, starty + goney / 2, reach, brush)
