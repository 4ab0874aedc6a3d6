"""The parts of a procedural face, painted from back to front: one function a part.

Signed distances are negative inside a shape. A :class:`Canvas` holds a batch of pictures with the coordinates of
the picture (``X``, ``Y``) and those of the tilted head (``x``, ``y``), in units of half the picture's width, y
pointing down.
"""

from __future__ import annotations

import torch
from torch import Tensor

Palette = dict[str, tuple[int, int, int]]
SKIN: Palette = {
    "ivory": (255, 224, 196), "sand": (241, 194, 155), "honey": (224, 172, 120),
    "bronze": (198, 134, 86), "umber": (141, 85, 54), "ebony": (96, 58, 40),
}  # fmt: skip
HAIR: Palette = {
    "black": (28, 24, 30), "brown": (98, 58, 32), "blond": (226, 182, 84),
    "red": (190, 72, 30), "grey": (168, 168, 178), "blue": (80, 90, 200),
}  # fmt: skip
BACKGROUND: Palette = {
    "sky": (126, 190, 232), "sun": (250, 214, 122), "mint": (160, 216, 164),
    "coral": (244, 166, 160), "lilac": (196, 176, 232), "paper": (232, 232, 226),
}  # fmt: skip
SHIRT: Palette = {
    "red": (214, 64, 64), "blue": (52, 92, 180), "green": (48, 140, 92),
    "white": (240, 240, 240), "black": (60, 60, 72), "orange": (240, 150, 50),
}  # fmt: skip
IRIS: Palette = {"brown": (70, 44, 26), "blue": (60, 120, 190), "green": (70, 140, 80), "grey": (110, 110, 120)}

WHITE, PUPIL, FRAME = (1.0, 1.0, 1.0), (0.05, 0.05, 0.07), (0.1, 0.1, 0.14)
_ZOOM = 1.2  # the whole head with its hair fits
_BALD, _SHORT, _LONG, _BUN, _AFRO = range(5)


def _table(palette: Palette) -> Tensor:
    return torch.tensor(list(palette.values())) / 255.0


def ellipse(x: Tensor, y: Tensor, rx: Tensor | float, ry: Tensor | float) -> Tensor:
    """Approximate signed distance to an ellipse with half axes ``rx`` and ``ry`` at the origin."""
    a, b = x / rx, y / ry
    k = torch.sqrt(a * a + b * b + 1e-9)
    return k * (k - 1) / torch.sqrt((a / rx) ** 2 + (b / ry) ** 2 + 1e-9)


def box(x: Tensor, y: Tensor, hx: Tensor | float, hy: Tensor | float, radius: float) -> Tensor:
    """Signed distance to a box of half sizes ``hx`` and ``hy`` with rounded corners."""
    qx, qy = x.abs() - hx + radius, y.abs() - hy + radius
    outside = torch.sqrt(qx.clamp(min=0) ** 2 + qy.clamp(min=0) ** 2 + 1e-12)
    return outside + torch.maximum(qx, qy).clamp(max=0) - radius


class Canvas:
    """A batch of pictures being painted, with the attributes as (n, 1, 1) tensors: ``canvas["smile"]``."""

    def __init__(self, attributes: dict[str, Tensor], size: int) -> None:
        self.attributes = attributes
        self.n = len(attributes["skin"])
        centres = (torch.arange(size) + 0.5) / size * 2 - 1
        Y, X = torch.meshgrid(centres, centres, indexing="ij")
        self.pixel = 2.0 / size / _ZOOM
        self.X, self.Y = X[None] / _ZOOM, Y[None] / _ZOOM - (_ZOOM - 1) * 0.05
        x0, y0 = (self.X - self["dx"]) / self["sc"], (self.Y - self["dy"] - 0.02) / self["sc"]
        cos, sin = torch.cos(self["tilt"]), torch.sin(self["tilt"])
        self.neck_x, self.neck_y = x0, y0  # the neck moves with the head but does not tilt
        self.x, self.y = cos * x0 + sin * y0, -sin * x0 + cos * y0
        self.background = _table(BACKGROUND)[attributes["bg"]]
        self.hair, self.shirt = _table(HAIR)[attributes["hair"]], _table(SHIRT)[attributes["shirt"]]
        self.iris, self.hat = _table(IRIS)[attributes["iris"]], _table(SHIRT)[(attributes["shirt"] + 2) % 6]
        tone = attributes["skin"].long().clamp(max=4)
        between = (attributes["skin"] - tone).view(-1, 1)
        self.skin = _table(SKIN)[tone] * (1 - between) + _table(SKIN)[tone + 1] * between
        shading = (1.06 - 0.16 * (self.Y[0] + 1) / 2).view(1, 1, size, size)
        self.picture = self.background.view(-1, 3, 1, 1) * shading

    def __getitem__(self, name: str) -> Tensor:
        return self.attributes[name].float().view(-1, 1, 1)

    def style(self, number: int) -> Tensor:
        """1 where the hair style has this number, else 0: (n, 1, 1)."""
        return (self["style"] == number).float()

    def coverage(self, distance: Tensor) -> Tensor:
        """How much of each pixel lies inside, from 0 to 1: the edge is one pixel wide."""
        return (0.5 - distance / self.pixel).clamp_(0, 1)

    def paint(self, mask: Tensor, colour: Tensor | tuple[float, float, float]) -> None:
        """Cover the picture with ``colour`` (one, (n, 3) or (n, 3, S, S)) as far as ``mask`` (n, S, S) says."""
        if isinstance(colour, tuple):
            colour = torch.tensor(colour).expand(self.n, 3)
        if colour.dim() == 2:
            colour = colour.view(-1, 3, 1, 1)
        self.picture = self.picture + mask[:, None] * (colour - self.picture)


def back_hair(c: Canvas) -> None:
    """What of the hair is seen behind the head: long hair, an afro, a bun."""
    fw, fh = c["fw"], c["fh"]
    long = torch.minimum(ellipse(c.x, c.y + 0.12, fw * 1.2, fh * 1.02), box(c.x, c.y - 0.35, fw * 1.17, 0.55, 0.18))
    mask = c.coverage(long) * c.style(_LONG)
    mask = torch.maximum(mask, c.coverage(ellipse(c.x, c.y + 0.26, fw * 1.42, fh * 1.05)) * c.style(_AFRO))
    bun = c.coverage(ellipse(c.x, c.y + fh + 0.16, 0.2, 0.17)) * c.style(_BUN) * (1 - c["hat"])
    c.paint(torch.maximum(mask, bun), c.hair * 0.82)


def body(c: Canvas) -> None:
    """Shirt, neck and ears."""
    c.paint(c.coverage(ellipse(c.X - c["dx"] * 0.5, c.Y - 1.14, 0.78, 0.42)), c.shirt)
    c.paint(c.coverage(box(c.neck_x, c.neck_y - 0.58, 0.155, 0.22, 0.05)), c.skin * 0.84)
    for side in (-1, 1):
        ear = c.coverage(ellipse(c.x - side * c["fw"], c.y - 0.04, 0.085, 0.125))
        c.paint(ear * (1 - 0.9 * c.style(_LONG)), c.skin * 0.9)


def head(c: Canvas) -> None:
    """The face with light from one side, blush and beard."""
    x, y, fw, fh = c.x, c.y, c["fw"], c["fh"]
    face = c.coverage(torch.minimum(ellipse(x, y, fw, fh), ellipse(x, y - 0.16, fw * 0.86, fh * 0.8)))
    light = (1 + 0.13 * c["light"] * x / fw - 0.05 * (y > 0.3).float()).unsqueeze(1)
    c.paint(face, (c.skin.view(-1, 3, 1, 1) * light).clamp(0, 1))
    for side in (-1, 1):
        glow = torch.exp(-((x - side * fw * 0.6) ** 2 + (y - 0.2) ** 2) / 0.012)
        c.paint(glow * 0.5 * c["blush"] * face, c.skin * torch.tensor([1.0, 0.62, 0.6]))
    beard = face * c.coverage(-ellipse(x, y + 0.02, fw * 0.86, fh * 0.56)) * c.coverage(0.12 - y)
    c.paint(beard * c["beard"], c.hair * 0.9)


def eyes(c: Canvas) -> None:
    """Eyes that look somewhere, and brows."""
    r = c["eyer"]
    for side in (-1, 1):
        x, y = c.x - side * c["eyedx"], c.y - c["eyey"]
        white = c.coverage(ellipse(x, y, r * 1.12, r))
        c.paint(white, WHITE)
        ix, iy = x - c["gx"] * r * 0.35, y - c["gy"] * r * 0.35
        c.paint(c.coverage(ellipse(ix, iy, r * 0.66, r * 0.66)) * white, c.iris)
        c.paint(c.coverage(ellipse(ix, iy, r * 0.36, r * 0.36)) * white, PUPIL)
        c.paint(c.coverage(ellipse(ix + r * 0.22, iy + r * 0.24, r * 0.2, r * 0.2)) * white, WHITE)
        arch = y + c["browy"] + side * c["brow"] * x * 1.2 + x * x * 1.2
        c.paint(c.coverage(box(x, arch, r * 1.25, 0.026, 0.02)), c.hair * 0.7)


def nose_and_mouth(c: Canvas) -> None:
    """A shaded nose; a mouth that is an arc, or an open smile with teeth."""
    x, y, width, smile = c.x, c.y, c["mw"], c["smile"]
    c.paint(c.coverage(ellipse(x, y - 0.17, 0.052, c["nose"] * 0.8)) * 0.55, c.skin * 0.74)
    bend = 1 - (x / width) ** 2
    line = y - 0.345 + smile * 0.075 - smile * 0.13 * bend
    open_smile = c["open"] * (smile > 0).float()
    arc = c.coverage((line.abs() - 0.03) * 0.8) * c.coverage(x.abs() - width)
    c.paint(arc * (1 - open_smile), (0.62, 0.16, 0.18))
    lips = torch.maximum(-(y - 0.345 - 0.02 * smile), (y - 0.345) - smile.clamp(min=0) * 0.17 * bend)
    mouth = c.coverage(torch.maximum(lips, x.abs() - width)) * open_smile
    c.paint(mouth, (0.45, 0.08, 0.12))
    c.paint(mouth * c.coverage(y - 0.345 - 0.055), WHITE)


def front_hair(c: Canvas) -> None:
    """The fringe with its parting, the sides, a shine."""
    x, y, fw, fh = c.x, c.y, c["fw"], c["fh"]
    skull = ellipse(x, y + 0.06, fw * 1.11, fh * 1.05)
    fringe = y + 0.30 - 0.42 * (x - c["part"]).abs() * 0.55
    mask = c.coverage(torch.maximum(skull, fringe)) * (1 - c.style(_BALD))
    crown = c.coverage(torch.maximum(ellipse(x, y + 0.22, fw * 1.25, fh * 0.9), y + 0.27)) * c.style(_AFRO)
    around = torch.maximum(skull, -ellipse(x, y - 0.12, fw * 0.93, fh * 1.02))
    strength = c.style(_LONG) + 0.7 * c.style(_SHORT) + 0.7 * c.style(_BUN) + 0.5 * c.style(_AFRO)
    sides = c.coverage(torch.maximum(around, y - 0.5 * c.style(_LONG))) * strength.clamp(max=1)
    mask = torch.maximum(torch.maximum(mask, crown), sides)
    strands = (1 + 0.06 * torch.cos(x * 26 + y * 6)).unsqueeze(1)
    shine = (torch.exp(-((x + 0.16) ** 2 / 0.03 + (y + 0.46) ** 2 / 0.006)) * 0.28).unsqueeze(1)
    c.paint(mask, (c.hair.view(-1, 3, 1, 1) * strands + shine).clamp(0, 1))


def hat(c: Canvas) -> None:
    """A knitted cap with its brim."""
    x, y, fw, fh = c.x, c.y, c["fw"], c["fh"]
    c.paint(c.coverage(torch.maximum(ellipse(x, y + 0.2, fw * 1.17, fh * 0.9), y + 0.3)) * c["hat"], c.hat)
    c.paint(c.coverage(box(x, y + 0.28, fw * 1.2, 0.065, 0.05)) * c["hat"], c.hat * 0.75)


def glasses(c: Canvas) -> None:
    """Lenses, clear or dark, with frames, bridge and temples."""
    y, r, worn = c.y - c["eyey"], c["eyer"], c["glasses"]
    dark = c["shade"] * worn
    for side in (-1, 1):
        lens = box(c.x - side * c["eyedx"] * 1.04, y - 0.005, r * 1.62, r * 1.38, 0.09)
        c.paint(c.coverage(lens) * dark * 0.92, (0.08, 0.08, 0.12))
        c.paint(c.coverage(lens) * worn * (1 - dark) * 0.18, (0.85, 0.95, 1.0))
        c.paint(c.coverage(lens.abs() - 0.021) * worn, FRAME)
    c.paint(c.coverage(torch.maximum(y.abs() - 0.018, c.x.abs() - 0.05)) * worn, FRAME)
    inner = c["eyedx"] + r * 1.5  # where the temples begin; they end at the side of the face
    for side in (-1, 1):
        along = (c.x * side - (inner + c["fw"]) / 2).abs() - (c["fw"] - inner) / 2
        c.paint(c.coverage(torch.maximum(y.abs() - 0.016, along)) * worn, FRAME)


PARTS = (back_hair, body, head, eyes, nose_and_mouth, front_hair, hat, glasses)


def paint(attributes: dict[str, Tensor], size: int) -> Tensor:
    """Paint all parts in order: (n, 3, size, size), float32, in [0, 1]."""
    canvas = Canvas(attributes, size)
    for part in PARTS:
        part(canvas)
    return canvas.picture.clamp(0, 1)
