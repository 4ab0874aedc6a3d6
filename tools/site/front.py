"""The front page and the gallery: pictures made at build time by the package itself, and pictures of the lessons."""

import hashlib
import re
import tomllib
from pathlib import Path
from typing import Any

from PIL import Image

from tools.site import PageError
from tools.site.lessons import Figure, Words, escape, figure_html
from tools.site.media import Picture, store_file, store_pil

SIDE = 640  # pixels
ROW = re.compile(r"^\| (\d\d) \| \[([^\]]+)\]\(notebooks/([^)]+)\.ipynb\) \| (.+?) \| (.+?) \|$", re.M)
README_PICTURE = re.compile(r'<img src="(docs/pictures/\w+\.webp)"[^>]* alt="([^"]+)">')
README_CAPTION = re.compile(r"^<td>(.+) \(lesson (\d\d)\)</td>$", re.M)


def settings(root: Path) -> dict[str, Any]:
    """docs/gallery.toml."""
    return tomllib.loads((root / "docs" / "gallery.toml").read_text(encoding="utf-8"))


def figure_words(root: Path) -> Words:
    """Words given by hand, of docs/figures.toml and of the gallery: (lesson, piece of code) -> one or more alts."""
    entries = tomllib.loads((root / "docs" / "figures.toml").read_text(encoding="utf-8"))["figure"]
    entries += settings(root)["figure"]
    return {
        (entry["lesson"], entry["find"]): entry["alt"] if isinstance(entry["alt"], list) else [entry["alt"]]
        for entry in entries
    }


def made_pictures(root: Path, static: Path, kept: Path) -> dict[str, Picture]:
    """The four pictures of the front page, each by one line of ``ganlab`` and the shipped weights.

    They are painted again only when the weights or this file have changed; ``kept`` holds them in the meantime.
    """
    parts = [*sorted((root / "ganlab" / "weights").glob("*.json")), Path(__file__)]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in parts)).hexdigest()[:16]
    files = {name: kept / f"{name}-{digest}.png" for name in ("generate", "inpaint", "stylize", "enlarge")}
    if not all(path.is_file() for path in files.values()):
        kept.mkdir(parents=True, exist_ok=True)
        for name, picture in _paint().items():
            picture.save(files[name])
    return {name: store_pil(Image.open(path), static) for name, path in files.items()}


def _paint() -> dict[str, Image.Image]:
    # Imported here: the tests of this folder read tables without loading networks.
    import ganlab
    from ganlab import data, images
    from ganlab.inpainting.damage import corrupt
    from ganlab.resampling import downscale

    people = ganlab.generate(16, model="dcgan-faces64", seed=7)
    coffee = data.photos("coffee").images[:, :, :, 50:450]
    scratched = corrupt(coffee, "scratches", seed=8)
    damaged = images.to_pil(scratched.pictures[0])
    # The face in the middle, so that the line between before and after goes through it.
    astronaut = images.to_pil(data.photos("astronaut").images[0]).crop((35, 0, 415, 380))
    cat = images.to_pil(downscale(data.photos("chelsea").images[:, :, 20:228, 80:288])[0])
    return {
        "generate": _grid(people, 4, SIDE // 4),
        "inpaint": _halves(damaged, ganlab.inpaint(damaged, scratched.mask[0, 0])),
        "stylize": _halves(astronaut, ganlab.stylize(astronaut, "impasto", alpha=0.8)),
        "enlarge": _halves(cat, ganlab.enlarge(cat)),
    }


def _grid(pictures: list[Image.Image], columns: int, side: int) -> Image.Image:
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * side, rows * side))
    for number, picture in enumerate(pictures):
        place = (number % columns * side, number // columns * side)
        sheet.paste(picture.resize((side, side), Image.Resampling.BICUBIC), place)
    return sheet


def _halves(before: Image.Image, after: Image.Image) -> Image.Image:
    """Left half before, right half after, with a white line between, as in the widgets."""
    # What was small is shown with its pixels, not smoothed by us.
    filter_before = Image.Resampling.NEAREST if before.width < SIDE / 2 else Image.Resampling.LANCZOS
    before = before.convert("RGB").resize((SIDE, SIDE), filter_before)
    sheet = after.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    sheet.paste(before.crop((0, 0, SIDE // 2, SIDE)), (0, 0))
    sheet.paste(Image.new("RGB", (4, SIDE), "white"), (SIDE // 2 - 2, 0))
    return sheet


def readme_pictures(root: Path, static: Path) -> dict[str, str]:
    """The pictures at the top of README.md, by the lesson they belong to, with their words there."""
    text = (root / "README.md").read_text(encoding="utf-8")
    pictures, captions = README_PICTURE.findall(text), README_CAPTION.findall(text)
    if len(pictures) != len(captions) or len({lesson for _, lesson in captions}) != len(captions):
        raise PageError("README.md: each picture needs a caption that ends with its lesson, as in '(lesson 02)'")
    return {
        lesson: f'<figure class="card">{store_file(root / name, static).tag(alt, root="")}'
        f"<figcaption>{escape(caption)}. As on the front page of the repository.</figcaption></figure>"
        for (name, alt), (caption, lesson) in zip(pictures, captions, strict=True)
    }


def find_figure(figures: list[Figure], lesson: str, piece: str) -> Figure:
    """The first figure of a lesson whose cell's code holds ``piece``."""
    for figure in figures:
        if figure.lesson.startswith(lesson) and piece in figure.code:
            return figure
    raise PageError(f"docs/gallery.toml: no figure of lesson {lesson} is drawn by a cell with {piece!r}")


def front_page(root: Path, made: dict[str, Picture], figures: list[Figure]) -> str:
    """docs/index.md with its pictures and the map of lessons, which README.md keeps."""
    table = settings(root)
    heroes = []
    for hero in table["hero"]:
        picture = made[hero["name"]].tag(hero["alt"], root="", lazy=False, shown=320)
        target = f"lessons/{hero['lesson']}.html"
        heroes.append(f'<a class="hero" href="{target}">{picture}<span>{escape(hero["caption"])}</span></a>')
    rows = ROW.findall((root / "README.md").read_text(encoding="utf-8"))
    covers = {cover["lesson"]: find_figure(figures, cover["lesson"], cover["find"]) for cover in table["cover"]}
    if [row[0] for row in rows] != sorted(covers):
        raise PageError("the lessons of README.md's table and the covers of docs/gallery.toml are not the same")
    cards = []
    for number, title, name, text, time in rows:
        # The link's words say where it leads, so its picture is decoration.
        cover = covers[number].picture
        # A card shows the left of a wide sheet; of a figure with a few panels, all of it.
        whole = " whole" if cover.width < 3.2 * cover.height else ""
        cards.append(
            f'<li><a class="lesson" href="lessons/{name}.html"><span class="cover{whole}">'
            f'{cover.tag("", root="", shown=360)}</span>'
            f'<span class="number">Lesson {number} · {escape(time)}</span><strong>{escape(title)}</strong>'
            f"<span>{escape(text[0].upper() + text[1:])}</span></a></li>"
        )
    page = (root / "docs" / "index.md").read_text(encoding="utf-8")
    page = _put(page, "four-pictures", '<div class="heroes">' + "".join(heroes) + "</div>")
    return _put(page, "lessons", '<ol class="lessons">' + "".join(cards) + "</ol>")


def gallery_page(root: Path, made: dict[str, Picture], figures: list[Figure], readme: dict[str, str]) -> str:
    """All that the course makes, each picture with what made it."""
    table = settings(root)
    lines = ["# Gallery", "", table["introduction"], "", "## In one line each", ""]
    for hero in table["hero"]:
        picture = made[hero["name"]].tag(hero["alt"], root="", shown=640)
        caption = (
            f"{escape(hero['caption'])}: <code>{escape(hero['line'])}</code>, made when this page was built. "
            f'<a href="lessons/{hero["lesson"]}.html">Lesson {hero["lesson"][:2]}</a>'
        )
        lines += [f'<figure class="card made">{picture}<figcaption>{caption}</figcaption></figure>', ""]
    titles = {row[0]: (row[1], row[2]) for row in ROW.findall((root / "README.md").read_text(encoding="utf-8"))}
    for number, (title, name) in titles.items():
        entries = [entry for entry in table["figure"] if entry["lesson"] == number]
        if entries or number in readme:
            lines += [f"## {title}", "", readme.get(number, ""), ""]
        for entry in entries:
            figure = find_figure(figures, number, entry["find"])
            where = f'<a href="lessons/{name}.html">Lesson {number}</a>, “{escape(figure.section)}”'
            lines += [figure_html(figure, root="", caption=f"{escape(entry['caption'])} {where}."), ""]
    return "\n".join(lines)


def _put(page: str, name: str, content: str) -> str:
    mark = f"<!-- {name} -->"
    if page.count(mark) != 1:
        raise PageError(f"docs/index.md must hold {mark} once")
    return page.replace(mark, content)
