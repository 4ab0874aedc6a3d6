"""What the procedural paintings share: palettes, smooth noise, cells, and a canvas that takes brush marks.

Everything is placed in units of the picture's width, from 0 to 1, x to the right and y down, and drawn from a fixed
number of random numbers: so a painting has the same layout at every size.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from scipy.ndimage import gaussian_filter

Array = np.ndarray
# A brush turns the marks it is asked for (a slice of them) and the offsets dx (n, 1, P) and dy (n, P, 1) from their
# middles into how much each pixel is covered, (n, P, P) in [0, 1], and by which colour, (n, C) or (n, C, P, P).
Brush = Callable[[slice, Array, Array], tuple[Array, Array]]

# Some styles share a palette on purpose: a histogram of colours must not be enough to tell a style.
PALETTES: dict[str, tuple[str, ...]] = {
    "night": ("0b1a45", "12357a", "1f63a8", "3f93b8", "8fc3b0", "f3d465", "fbeeb0", "d98a2b"),
    "garden": ("2e5d3a", "5b9346", "a9c65a", "f4dc7c", "f2a25c", "e0708e", "9a7cc4", "6db4da", "f7efdc"),
    "jewel": ("8e1230", "c8322c", "e8892a", "f3c545", "2f8f5b", "1f7f93", "1f3f94", "5a2a82"),
    "byzantine": ("16305e", "2d5f93", "7fa7b5", "efe3c8", "d9a93f", "b8742d", "93402c", "4c2a2a"),
    "pop": ("f6ead2", "ffd23f", "ee3b4b", "2b7bd6", "1a1423"),
    "indigo": ("f3ecd9", "b9cfdd", "6d9cc4", "2c5d9c", "14306b", "0c1b43"),
    "ebru": ("17324d", "1f7a8c", "f4ead6", "e36b4f", "f2b84b", "8fbfae", "a3304a"),
    "ink": ("f4ecda", "1b1a1d"),
    "wash": ("e2557c", "f0954a", "f3c93f", "62a86b", "3c9ab8", "4a62b4", "9a5fae"),
    "wool": ("f3e7d0", "b3202c", "1f4d3d", "1d2f54", "d9a441"),
    "atlas": ("1d5c74", "3f8c98", "86bfae", "d5dcae", "f0dba0", "e2b070", "c87f4f", "945038"),
    "paper": ("2a1a4a", "54276b", "92306f", "d1495b", "ef7b5a", "f7b267", "fde2b3"),
    "banknote": ("e6eed6", "1d5a45", "a7c79c"),
    "chalk": ("26262e", "ff7aa2", "ffb35c", "ffe66d", "7ee0b5", "6ec3ff", "b79cff", "fff4e3"),
    "cubist": ("2d2a28", "5b4a3a", "8c6f4c", "c39a62", "e5cf9f", "7d8b91", "4d6470", "a9b2a6"),
    "drip": ("ece3cf", "17171a", "f7f4ea", "c9572b", "2f6f73", "e2b23c", "8a8378"),
}


class Easel:
    """A square picture being painted, with its own random numbers.

    Attributes
    ----------
    size : int
        Height and width in pixels.
    x, y : ndarray
        Middles of the pixels, shapes (1, size) and (size, 1), in [0, 1].
    pixel : float
        The width of a pixel.
    """

    def __init__(self, name: str, size: int, seed: int) -> None:
        # The name goes into the seed, or picture 7 of every style would have the same layout.
        self._random = torch.Generator().manual_seed(zlib.crc32(f"{name} {seed}".encode()))
        self.size, self.pixel = size, 1 / size
        middles = ((np.arange(size) + 0.5) / size).astype(np.float32)
        self.x, self.y = middles[None, :], middles[:, None]

    def uniform(self, low: float, high: float, *shape: int) -> Array:
        """Uniform random numbers, float32."""
        return (low + (high - low) * torch.rand(*shape, generator=self._random)).numpy()

    def number(self, low: float, high: float) -> float:
        """One uniform random number."""
        return float(self.uniform(low, high, 1)[0])

    def choice(self, count: int, *shape: int) -> Array:
        """Random whole numbers below ``count``, int64."""
        return torch.randint(count, shape, generator=self._random).numpy()

    def order(self, count: int) -> Array:
        """A random permutation, int64 (count,)."""
        return torch.randperm(count, generator=self._random).numpy()

    def palette(self, name: str) -> Array:
        """Colours (n, 3) in [0, 1], slightly different for every picture."""
        colours = np.array([[int(c[i : i + 2], 16) for i in (0, 2, 4)] for c in PALETTES[name]], np.float32) / 255
        mood, own = self.uniform(-0.012, 0.012, 3), self.uniform(-0.022, 0.022, *colours.shape)
        return np.clip(colours + mood + own, 0.02, 0.99)

    def noise(self, cells: int, octaves: int = 1) -> Array:
        """Smooth noise (size, size) of mean 0 and deviation about 1, with ``cells`` bumps across the picture."""
        total = np.zeros((self.size, self.size), np.float32)
        for octave in range(octaves):
            # A lattice finer than the bumps, blurred: with one value a bump, its rows and columns would show.
            fine = 4 if cells << octave <= 32 else 2
            side, margin, blur = (cells << octave) * fine, 2 * fine, 0.48 * fine
            lattice = torch.randn(side + 2 * margin, side + 2 * margin, generator=self._random).numpy()
            lattice = gaussian_filter(lattice, blur, truncate=3)[margin:-margin, margin:-margin]
            lattice *= 2 * np.sqrt(np.pi) * blur  # what the blur takes from the deviation
            # Half-pixel alignment: a size of 128 is then exactly the picture of 256, sampled more coarsely.
            smooth = F.interpolate(
                torch.from_numpy(lattice.copy())[None, None],
                size=(self.size, self.size),
                mode="bicubic",
                align_corners=False,
            )
            total += smooth[0, 0].numpy() * 0.5**octave
        return total

    def tone(self, cells: int, octaves: int = 1) -> Array:
        """Noise as a tone between 0 and 1, spread about evenly."""
        return 1 / (1 + np.exp(-1.7 * self.noise(cells, octaves)))

    def scattered(self, count: int, margin: float = 0.0) -> tuple[Array, Array]:
        """Middles (x, y) of ``count`` x ``count`` marks, one in each square of a grid, in random order."""
        corners = np.stack(np.meshgrid(np.arange(count), np.arange(count)), -1).reshape(-1, 2)[self.order(count**2)]
        spots = (corners + self.uniform(0, 1, count**2, 2)) / count * (1 + 2 * margin) - margin
        return spots[:, 0].astype(np.float32), spots[:, 1].astype(np.float32)

    def at(self, field: Array, x: Array, y: Array) -> Array:
        """Values of a field (size, size) at points, the nearest pixel's."""
        column = np.clip((x * self.size).astype(np.int64), 0, self.size - 1)
        return field[np.clip((y * self.size).astype(np.int64), 0, self.size - 1), column]

    def slope(self, field: Array) -> Array:
        """Length of the gradient of a field, per picture width."""
        down, right = np.gradient(field, self.pixel)
        return np.sqrt(down * down + right * right) + 1e-6

    def cover(self, distance: Array) -> Array:
        """How much of a pixel lies inside (negative distance): the edge is one pixel wide."""
        return np.clip(0.5 - distance / self.pixel, 0, 1)

    def axes(self, angle: float) -> tuple[Array, Array]:
        """Coordinates (size, size) along ``angle`` and across it."""
        cos, sin = math.cos(angle), math.sin(angle)
        return self.x * cos + self.y * sin, self.y * cos - self.x * sin

    def flat(self, colour: Array) -> Array:
        """A canvas (3, size, size) of one colour."""
        return np.broadcast_to(colour[:, None, None], (len(colour), self.size, self.size)).copy()

    def dab(self, canvas: Array, x: Array, y: Array, reach: float, brush: Brush) -> None:
        """Paint marks on a canvas (C, size, size), in place, later ones over earlier ones.

        ``x`` and ``y`` (K,) are the middles, ``reach`` how far from its middle a mark can go.
        """
        side = int(np.ceil(2 * reach * self.size)) + 2
        left = np.floor((x - reach) * self.size).astype(np.int64)
        top = np.floor((y - reach) * self.size).astype(np.int64)
        steps = np.arange(side) + 0.5
        chunk = max(1, 60_000 // side**2)  # a few hundred kilobytes, which stay in the processor's cache
        for start in range(0, len(x), chunk):
            part = slice(start, start + chunk)
            dx = ((left[part, None] + steps) * self.pixel - x[part, None]).astype(np.float32)[:, None, :]
            dy = ((top[part, None] + steps) * self.pixel - y[part, None]).astype(np.float32)[:, :, None]
            mask, colour = brush(part, dx, dy)
            colour = colour[:, :, None, None] if colour.ndim == 2 else colour
            for k, (i, j) in enumerate(zip(top[part].tolist(), left[part].tolist(), strict=True)):
                up, across = max(i, 0), max(j, 0)
                seen = canvas[:, up : i + side, across : j + side]
                if seen.shape[1] and seen.shape[2] and i + side > 0 and j + side > 0:
                    rows, columns = (
                        slice(up - i, up - i + seen.shape[1]),
                        slice(across - j, across - j + seen.shape[2]),
                    )
                    paint = colour[k] if colour.shape[2] == 1 else colour[k][:, rows, columns]
                    seen += mask[k, rows, columns] * (paint - seen)

    def bend(self, flow: Array, x: Array, y: Array, angle: Array, length: float | Array) -> Array:
        """How marks that start at ``angle`` must curve to follow a field of angles: v = bend * u * u."""
        ahead = self.at(flow, x + np.cos(angle) * length, y + np.sin(angle) * length)
        return np.clip(np.sin(ahead - angle) / (2 * length), -6, 6).astype(np.float32)

    def cells(self, count: int, jitter: float = 0.9) -> tuple[Array, Array, Array, Array]:
        """Cells around ``count`` x ``count`` scattered seeds.

        Returns the number of each pixel's cell, the distance to the cell's edge (both (size, size)), and the
        seeds' x and y, (count + 2) ** 2 each, by cell number.
        """
        wide = count + 2  # a ring of seeds beyond the border
        spots = 0.5 + self.uniform(-jitter / 2, jitter / 2, 2, wide, wide)
        sx = ((np.arange(wide)[None, :] - 1 + spots[0]) / count).astype(np.float32).ravel()
        sy = ((np.arange(wide)[:, None] - 1 + spots[1]) / count).astype(np.float32).ravel()
        column = np.clip((self.x * count).astype(np.int64), 0, count - 1) + 1
        row = np.clip((self.y * count).astype(np.int64), 0, count - 1) + 1
        home = row * wide + column
        around = [home + i * wide + j for i in (-1, 0, 1) for j in (-1, 0, 1)]
        distances = [(self.x - sx[near]) ** 2 + (self.y - sy[near]) ** 2 for near in around]
        nearest, number = distances[0], around[0]
        for distance, near in zip(distances[1:], around[1:], strict=True):
            closer = distance < nearest
            nearest, number = np.where(closer, distance, nearest), np.where(closer, near, number)
        own_x, own_y, edge = sx[number], sy[number], np.full_like(nearest, 9.0)
        for distance, near in zip(distances, around, strict=True):
            # The distance to the line halfway to that seed; the smallest is the distance to the edge.
            apart = np.hypot(sx[near] - own_x, sy[near] - own_y)
            edge = np.minimum(edge, np.where(apart > 0, (distance - nearest) / (2 * apart + 1e-9), 9.0))
        return number, edge, sx, sy


def mix(colours: Array, tone: Array) -> Array:
    """Colours along a palette (n, 3): tones of any shape (...) in [0, 1] become (..., 3)."""
    place = np.clip(tone, 0, 1) * (len(colours) - 1)
    low = np.minimum(place.astype(np.int64), len(colours) - 2)
    share = (place - low).astype(np.float32)[..., None]
    return colours[low] * (1 - share) + colours[low + 1] * share


def turned(dx: Array, dy: Array, angle: Array, bend: Array | None = None) -> tuple[Array, Array]:
    """Offsets along and across marks (n, P, P), for marks that point at ``angle`` (n,) and curve by ``bend``."""
    cos, sin = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    u, v = dx * cos + dy * sin, dy * cos - dx * sin
    return u, v if bend is None else v - bend[:, None, None] * u * u


def along_levels(hill: Array) -> Array:
    """The angle of a field's level line at every pixel."""
    down, right = np.gradient(hill)
    return np.arctan2(right, -down)


def planes(colours: Array) -> Array:
    """A picture (size, size, 3) as (3, size, size)."""
    return np.ascontiguousarray(np.moveaxis(colours, -1, 0))


def over(canvas: Array, mask: Array | float, colour: Array | Sequence[float]) -> Array:
    """A canvas (3, size, size) covered by a colour (3,) or a canvas, as far as ``mask`` (size, size) says."""
    paint = np.asarray(colour, np.float32)
    return canvas + mask * ((paint[:, None, None] if paint.ndim == 1 else paint) - canvas)


def zigzag(value: Array) -> Array:
    """A tone that goes up and down between 0 and 1 with ``value``, once in every 2, equally long on each."""
    return 1 - np.abs(value % 2 - 1)


def smoothstep(low: float, high: float, value: Array) -> Array:
    """0 below ``low``, 1 above ``high``, smooth between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)
