"""Procedural paintings made of pieces and threads: glass, stone, wool, wax, paper. One function a style.

Each takes an :class:`~ganlab.data.paintings.easel.Easel` and returns a picture (3, size, size), about in [0, 1].
"""

from __future__ import annotations

import numpy as np

from ganlab.data.paintings.easel import Array, Easel, mix, over, planes, smoothstep, zigzag


def stained_glass(e: Easel) -> Array:
    """Panes of glowing glass in dark lead."""
    colours = e.palette("jewel")
    number, edge, sx, sy = e.cells(9)
    tone = np.clip(e.at(e.tone(3), sx, sy) + e.uniform(-0.25, 0.25, len(sx)), 0, 0.999)
    panes = colours[(tone * len(colours)).astype(np.int64)] * e.uniform(0.8, 1.15, len(sx), 1)
    ripple = e.noise(26) * 0.05 + e.noise(70) * 0.03
    glow = 0.62 + 0.75 * smoothstep(0.0, 0.05, edge) * (0.75 + 0.25 * e.tone(5)) + ripple
    canvas = planes(panes[number]) * glow
    canvas += 0.2 * np.clip(glow - 0.95, 0, 1)
    canvas = over(canvas, e.cover(edge - 0.0085), (0.07, 0.07, 0.08))
    return over(canvas, 0.3 * np.exp(-(((edge - 0.003) / 0.0022) ** 2)), (0.62, 0.62, 0.68))


def mosaic(e: Easel) -> Array:
    """Square stones set in rings that spread from a few middles."""
    colours = e.palette("byzantine")
    side = 0.034
    middles = np.stack([*e.uniform(-0.1, 1.1, 2, 5), e.uniform(0, 0.2, 5)], 1).tolist()
    nearest = np.full((e.size, e.size), 9.0, np.float32)
    (mx, my), number = np.zeros((2, e.size, e.size), np.float32), np.zeros((e.size, e.size), np.int64)
    for k, (px, py, bias) in enumerate(middles):
        far = np.hypot(e.x - px, e.y - py)
        closer = far + bias < nearest
        nearest[closer] = (far + bias)[closer]
        mx[closer], my[closer], number[closer] = px, py, k
    far, turn = np.hypot(e.x - mx, e.y - my), np.arctan2(e.y - my, e.x - mx)
    ring = np.floor(far / side)
    count = np.maximum(np.round(6.2832 * (ring + 0.5)), 4)
    place = (turn / 6.2832 + 0.5 + ring * 0.381966) % 1 * count  # the golden angle: no joints in a row
    u = (far / side - ring - 0.5) * side
    v = (place - np.floor(place) - 0.5) / count * 6.2832 * far
    angle = ((np.floor(place) + 0.5) / count - 0.5 - ring * 0.381966) * 6.2832
    cx, cy = mx + (ring + 0.5) * side * np.cos(angle), my + (ring + 0.5) * side * np.sin(angle)
    # Random numbers for a stone come from a table, by its place: its colour, its light and its size.
    stone = (number * 7919 + ring.astype(np.int64) * 131 + np.floor(place).astype(np.int64)) % 4096
    table = e.uniform(-1, 1, 3, 4096)
    tone = e.at(zigzag(e.noise(4) * 0.65 + e.number(0, 2)), cx, cy) + 0.10 * table[0][stone]
    canvas = planes(colours[np.clip(tone * 8, 0, 7).astype(np.int64)] * (1 + 0.13 * table[1][stone])[..., None])
    half = side * (0.425 + 0.03 * table[2][stone])
    qx, qy = np.abs(u) - half + 0.005, np.abs(v) - half + 0.005
    distance = np.hypot(np.maximum(qx, 0), np.maximum(qy, 0)) + np.minimum(np.maximum(qx, qy), 0) - 0.005
    canvas = canvas * (1 + 0.10 * np.clip(1 + distance / 0.006, 0, 1) * np.sign(-u - v * 0.5))
    return over(canvas, 1 - e.cover(distance), (0.32, 0.29, 0.27))


def knitting(e: Easel) -> Array:
    """Rows of V stitches in wool, in bands of pattern."""
    colours = e.palette("wool")
    bend = 0.10 * e.noise(5)
    u, v = e.x * 27 + bend, e.y * 34 + 0.8 * bend
    column = np.floor(u)
    across = 1 - 4 * np.abs(np.abs(u - column - 0.5) - 0.25)  # of half a V: 0 at its sides, 1 along its middle
    inward = 1 - 4 * np.abs(u - column - 0.5)  # -1 at the outside of a V, 1 where its halves meet
    slanted = v - 0.34 * inward
    row = np.floor(slanted)
    along = (slanted - row - 0.5) * 2
    pattern = _fair_isle(e)
    which = pattern[row.astype(np.int64) % len(pattern), column.astype(np.int64) % pattern.shape[1]]
    shape = np.clip(1 - 0.75 * (1 - across) ** 2.4 - 0.75 * np.abs(along) ** 3, 0, 1)
    twist = 0.07 * np.sin(7.8 * along + 10.4 * inward)  # the two threads of the yarn
    light = 0.35 + (0.72 + twist) * shape + 0.05 * e.noise(150)
    return planes(colours[which] * light[..., None])


def _fair_isle(e: Easel) -> Array:
    """Which wool each stitch has, (rows, 12): bands of a ground with a mirrored motif, between stripes."""
    bands = []
    for _ in range(5):
        pair = [1 + e.choice(3, 1)[0], 4 * e.choice(2, 1)[0]]  # one of the dark wools, one of the light
        (ground, figure), third = pair[:: 1 - 2 * e.choice(2, 1)[0]], e.choice(5, 1)[0]
        half = (e.uniform(0, 1, 4, 7) < 0.5).astype(np.int64)
        motif = np.concatenate([half, half[-2::-1]])  # mirrored up and down
        motif = np.concatenate([motif, motif[:, -2:0:-1]], 1)  # and sideways: a period of 12 stitches
        bands += [np.where(motif == 1, figure, ground), np.full((1, 12), third), np.full((1, 12), ground)]
    return np.concatenate(bands)


def weave(e: Easel) -> Array:
    """A tartan in the same wools: threads over and under two at a time."""
    colours = e.palette("wool")
    u, v = e.x * 44 + 0.12 * e.noise(6), e.y * 44 + 0.12 * e.noise(6)
    column, row = np.floor(u).astype(np.int64), np.floor(v).astype(np.int64)
    sett = np.repeat(e.choice(5, 24), 1 + e.choice(4, 24))
    sett = np.concatenate([sett, sett[::-1]])
    over_warp = (column + row) % 4 < 2  # a twill: every row is moved on by one
    warp, weft = sett[(column + 2) % len(sett)], sett[(row + 2) % len(sett)]
    a, b = u - np.floor(u) - 0.5, v - np.floor(v) - 0.5
    across, along = np.where(over_warp, a, b), np.where(over_warp, b, a)
    strand = np.sqrt(np.clip(1 - (across * 1.9) ** 2, 0, 1))
    twist = 0.08 * np.sin((along * 2 + across * 2.4) * 6.28)
    light = 0.30 + 0.72 * strand * (1 - 0.8 * along**2) + twist * strand + 0.03 * e.noise(150)
    return planes(colours[np.where(over_warp, warp, weft)] * light[..., None])


def seigaiha(e: Easel) -> Array:
    """Waves of the blue sea: rows of ringed fans, each row before the last."""
    colours = e.palette("indigo")
    across = 5.5
    bend = 0.035 * e.noise(3)
    u, v = e.x * across + bend + e.number(0, 1), e.y * across * 4 + 4 * bend + e.number(0, 4)
    mood, row = 0.1 + 0.85 * e.tone(3), np.floor(v)
    radius, (deep, white) = 0.5 / across, np.zeros((2, e.size, e.size), np.float32)
    for k in range(-1, 3):  # of the four rows whose fans can reach a pixel, the front one last
        level = row + k
        middle = np.round(u - 0.5 * (level % 2)) + 0.5 * (level % 2)
        far = np.hypot(u - middle, (v - level) / 4) * 2  # 1 at the rim
        lines = e.cover((far - 0.15) * radius) * 0.6
        for ring in (0.955, 0.715, 0.475):
            lines = np.maximum(lines, e.cover((np.abs(far - ring) - 0.036) * radius))
        fan = e.cover((far - 1) * radius)
        white += fan * (lines - white)
        deep += fan * (mood + 0.6 * (far - 0.6) - deep)  # wiped thinner towards the middle
    canvas = over(planes(mix(colours[2:], deep)), white, colours[0])
    return canvas + 0.011 * (e.noise(140) + e.noise(60))


def batik(e: Easel) -> Array:
    """Wax and indigo: dotted rings on dark cloth, and the fine cracks of the wax."""
    colours = e.palette("indigo")
    number, edge, sx, sy = e.cells(5, 0.75)
    away_x, away_y = e.x - sx[number], e.y - sy[number]
    far, turn = np.hypot(away_x, away_y), np.arctan2(away_y, away_x) / 6.2832
    pitch = 0.0245
    ring = np.floor(far / pitch)
    count = np.maximum(np.round(6.2832 * (ring + 0.5) * 0.92), 1)
    place = ((turn + ring * 0.381966) % 1) * count
    sideways = (place - np.floor(place) - 0.5) / count * 6.2832 * far
    dot = np.hypot(far - (ring + 0.5) * pitch, sideways)
    kind = (ring + number) % 3  # large dots, small dots, a line
    size = np.float32(0.0052) + np.float32(0.0036) * (kind == 0)
    wax = np.where(kind == 2, np.abs(far - (ring + 0.5) * pitch) - 0.0035, dot - size)
    wax = np.maximum(wax, 0.010 - edge)  # kept clear of the border,
    wax = np.minimum(wax, np.abs(edge - 0.0015) - 0.0034)  # which is a line of its own
    dye = 0.30 + 0.85 * e.tone(3) - np.float32(0.3) * (kind == 1)
    canvas = planes(mix(colours[2:], dye))
    canvas = over(canvas, e.cover(wax), colours[0])
    crack = e.noise(8, 2)
    vein = np.exp(-((crack / (e.slope(crack) + 4) / 0.0014) ** 2)) * smoothstep(-0.4, 0.9, e.noise(6))
    canvas = over(canvas, 0.55 * vein, colours[3])
    return canvas * (1 + 0.03 * e.noise(160))


def marbling(e: Easel) -> Array:
    """Paint afloat, drawn through with a comb."""
    colours = e.palette("ebru")
    u, v = (axis + 0.05 * e.noise(4) + 0.02 * e.noise(9) for axis in e.axes(e.number(0, 3.14)))
    tooth = np.minimum(2 * np.abs(v * e.number(8, 10) % 1 - 0.5), 0.985)  # the teeth drag the paint into arches
    phase = 24 * (u + 0.12 * (1 - np.sqrt(1 - tooth**2))) + 0.9 * e.noise(5)
    low = np.floor(phase)
    edge = np.clip((phase - low) / (e.slope(phase) * e.pixel), 0, 1)[..., None]
    # Every next band moves on in the palette by some colours, and so differs from the one before.
    order = np.cumsum(1 + e.choice(len(colours) - 1, 256)) % len(colours)
    band = low.astype(np.int64) % 256
    return planes(colours[order[band - 1]] * (1 - edge) + colours[order[band]] * edge)


def cubism(e: Easel) -> Array:
    """Shards: the picture cut in two, the pieces cut in two, and so on; each runs from light to dark."""
    colours = e.palette("cubist")
    piece, line = np.zeros((e.size, e.size), np.int64), np.zeros((e.size, e.size), np.float32)
    across, down = (np.ravel(part) for part in np.broadcast_arrays(e.x, e.y))
    for depth in range(7):
        count = 1 << depth
        area, *sums = (
            np.bincount(piece.ravel(), weights, count)
            for weights in (None, across, down, across * across, down * down, across * down)
        )
        mx, my, xx, yy, xy = (total / np.maximum(area, 1) for total in sums)
        if depth == 6:
            break
        # Across the long way of the piece, but never squarely: so shards neither thin out nor become boxes.
        # (The whole square has no long way: the small number makes it one, the same at every size.)
        long_way = 0.5 * np.arctan2(2 * (xy - mx * my), xx - mx * mx - yy + my * my + 1e-4)
        angle = (long_way + e.uniform(0.15, 0.75, count) * (1 - 2 * e.choice(2, count))).astype(np.float32)
        cos, sin = np.cos(angle), np.sin(angle)
        offset = (mx * cos + my * sin + 0.015 * e.uniform(-1, 1, count)).astype(np.float32)
        side = e.x * cos[piece] + e.y * sin[piece] - offset[piece]
        line = np.maximum(line, e.cover(np.abs(side) - 0.0019))
        piece = piece * 2 + (side > 0)
    tone = np.clip(0.35 * e.at(e.tone(3), mx, my) + e.uniform(0, 0.65, count), 0, 0.999)
    order = np.array([0, 1, 2, 3, 4, 7, 5, 6])  # from earth to slate, light between
    paint = colours[order][(tone * 8).astype(np.int64)]
    turn = e.number(0.5, 1.0) + e.uniform(-0.6, 0.6, count) + np.pi * e.choice(2, count)
    cos, sin = np.cos(turn).astype(np.float32) / 0.09, np.sin(turn).astype(np.float32) / 0.09
    light = e.x * cos[piece] + e.y * sin[piece] - (mx * cos + my * sin).astype(np.float32)[piece]
    canvas_grain = 0.035 * e.noise(130)
    canvas = planes(paint[piece]) * (1 + 0.40 * np.tanh(light) + canvas_grain)
    return over(canvas, 0.85 * line, colours[0] * 0.7)
