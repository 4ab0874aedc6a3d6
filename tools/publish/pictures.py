"""Make the README's four pictures from the shipped weights and the bundled pictures: docs/pictures/*.webp.

    python -m tools.publish.pictures            write them
    python -m tools.publish.pictures --check    change nothing; exit 1 and name those that the code does not make

Each is a row of three pictures, 776 x 256 pixels together (the faces: two rows of six), made by the functions that a
learner meets in the lessons. Nothing in them is drawn by hand.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import ganlab
from ganlab import data, images, latent, resampling
from ganlab.data.faces import paint_faces, sample_attributes
from ganlab.data.paintings import paint_style

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "pictures"
PANEL, GAP = 256, 4
WIDTH = 3 * PANEL + 2 * GAP
QUALITY = 90
STATIONS = (27, 35, 58, 49)  # of 64 faces: four that differ in nearly everything
# A picture is the code's own if the two differ by less than this, on average, in levels of 256. WebP itself costs
# one to five of them, another processor's rounding far less; another seed or another network costs 20 and more.
TOLERANCE = 7.0


def row(panels: list[Image.Image], *, size: int = PANEL, gap: int = GAP) -> Image.Image:
    """Pictures side by side on white, each made ``size`` pixels wide and high."""
    whole = Image.new("RGB", (len(panels) * (size + gap) - gap, size), "white")
    for index, panel in enumerate(panels):
        whole.paste(panel.convert("RGB").resize((size, size), Image.Resampling.BICUBIC), (index * (size + gap), 0))
    return whole


@torch.no_grad()
def walk() -> Image.Image:
    """A round trip through the latent space of the DCGAN of lesson 02: four faces, and what lies between them."""
    generator = ganlab.load_pretrained("dcgan-faces64")
    corners = torch.randn(64, generator.config.latent_dim, generator=torch.Generator().manual_seed(0))[list(STATIONS)]
    following = corners.roll(-1, dims=0)
    stations = [latent.slerp(corners, following, third / 3) for third in range(3)]  # each (4, latent_dim)
    made = generator(torch.stack(stations, dim=1).flatten(0, 1))  # (4, 3, latent_dim) -> (12, latent_dim)
    pictures = [images.to_pil(picture) for picture in made]
    side = (WIDTH - 5 * GAP) // 6
    whole = Image.new("RGB", (6 * side + 5 * GAP, 2 * side + GAP), "white")
    whole.paste(row(pictures[:6], size=side), (0, 0))
    whole.paste(row(pictures[:5:-1], size=side), (0, side + GAP))  # runs back, so that all neighbours are alike
    return whole


def filled() -> Image.Image:
    """A face, its glasses painted over, and what the Context Encoder of lesson 03 puts there."""
    attributes = sample_attributes(1, seed=12, hat=0, open=0, smile=0.8)
    before = images.to_pil(paint_faces(attributes, size=64)[0])
    hole = np.zeros((64, 64), dtype=bool)
    hole[24:43, 12:53] = True
    over = np.asarray(before).copy()
    over[hole] = (213, 94, 0)
    after = ganlab.inpaint(before, Image.fromarray(hole), model="context-encoder-faces64")
    return row([before, Image.fromarray(over), after])


def painted() -> Image.Image:
    """A photograph, a style, and the photograph in that style, by the AdaIN network of lesson 04."""
    photograph = images.fit_square(images.to_pil(data.photos("china").images[0]), PANEL)
    style = images.to_pil(paint_style("impasto", size=PANEL))
    return row([photograph, style, ganlab.stylize(photograph, style)])


def enlarged() -> Image.Image:
    """64 x 64 pixels of a photograph, enlarged four times: as they are, bicubically, and by lesson 05's SRGAN."""
    photograph = data.photos("chelsea").images[:, :, 20:276, 100:356]
    small = resampling.downscale(photograph, 4)
    pixels = images.to_pil(small[0])
    bicubic = images.to_pil(resampling.upscale(small, 4)[0])
    blocks = pixels.resize((PANEL, PANEL), Image.Resampling.NEAREST)
    return row([blocks, bicubic, ganlab.enlarge(pixels, model="srgan-x4")])


PICTURES: dict[str, Callable[[], Image.Image]] = {
    "walk": walk,
    "filled": filled,
    "painted": painted,
    "enlarged": enlarged,
}


def difference(name: str, made: Image.Image) -> float:
    """How far the picture in docs/ is from the one just made: the mean over all numbers, in levels of 256."""
    path = FOLDER / f"{name}.webp"
    if not path.exists():
        return float("inf")
    kept = Image.open(path).convert("RGB")
    if kept.size != made.size:
        return float("inf")
    return float(np.abs(np.asarray(kept, dtype=float) - np.asarray(made, dtype=float)).mean())


def main(arguments: list[str] | None = None) -> int:
    """Write or check; the exit status is 0 if all is well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing, fail if a picture is not the code's")
    options = parser.parse_args(arguments)
    strange = 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, make in PICTURES.items():
        made = make()
        if not options.check:
            made.save(FOLDER / f"{name}.webp", quality=QUALITY, method=6)
        apart = difference(name, made)
        strange += apart > TOLERANCE
        print(f"docs/pictures/{name}.webp: {apart:.2f} levels from what the code makes")
    return int(strange > 0)


if __name__ == "__main__":
    sys.exit(main())
