"""The built page as files: nothing from another host, no dead link, words for every picture, small enough."""

import json
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

import ganlab
from tools.site.reference import floors, modules

ROOT = Path(__file__).resolve().parents[3]
BUDGET = 3_000_000  # bytes of a lesson's page with everything it loads
LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))

LOADING = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "embed": "src",
}


def loaded(soup):
    """Addresses that a browser asks for when it opens the page."""
    for name, attribute in LOADING.items():
        yield from (tag[attribute] for tag in soup.find_all(name) if tag.has_attr(attribute))
    for tag in soup.find_all("link", href=True):
        if {"stylesheet", "icon", "preload", "prefetch", "modulepreload"} & set(tag.get("rel", ())):
            yield tag["href"]


def local(site, page, address):
    """The file that an address on a page means."""
    path = unquote(urlsplit(address).path)
    return (site / page).resolve() if not path else (site / page).parent.joinpath(path).resolve()


# Building the page takes half a minute.
SITE = pytest.mark.thorough(
    when=[
        "docs/*",
        "tools/site/*",
        "notebooks/*",
        "solutions/*",
        "README.md",
        "ganlab/__init__.py",
        "ganlab/weights/*.json",
    ]
)


@SITE
def test_no_page_loads_anything_from_another_host(site, pages):
    far = [(str(p), a) for p, soup in pages.items() for a in loaded(soup) if re.match(r"(https?:)?//", a)]
    assert far == []
    styles = [
        path for path in site.rglob("*.css") if re.search(r"(@import|url\()\s*['\"]?(https?:)?//", path.read_text())
    ]
    assert styles == []


@SITE
def test_every_file_that_a_page_loads_is_there(site, pages):
    missing = [(str(p), a) for p, soup in pages.items() for a in loaded(soup)
               if not a.startswith("data:") and not local(site, p, a).is_file()]  # fmt: skip
    assert missing == []


@SITE
def test_every_link_and_anchor_inside_the_page_leads_somewhere(site, pages):
    anchors = {
        (site / name).resolve(): {tag["id"] for tag in soup.find_all(id=True)} | {"", "top"}
        for name, soup in pages.items()
    }
    dead, followed = [], 0
    for name, soup in pages.items():
        for tag in soup.find_all("a", href=True):
            parts = urlsplit(tag["href"])
            if parts.scheme or parts.netloc:
                continue
            followed += 1
            target = local(site, name, tag["href"])
            if not target.is_file() or (target.suffix == ".html" and unquote(parts.fragment) not in anchors[target]):
                dead.append(f"{name}: {tag['href']}")
    assert dead == []
    assert followed > 1000


@SITE
def test_every_lesson_and_guide_is_there(pages):
    names = {str(name) for name in pages}
    wanted = {f"lessons/{lesson}.html" for lesson in LESSONS} | {
        "gallery.html", "model-cards.html", "data-cards.html", "changelog.html", "instructors.html", "jupyterhub.html",
        "studio.html", "offline.html", "contributing.html", "security.html",
        "reference/losses.html", "reference/dcgan.html", "reference/grading.html", "reference/oneline.html",
    }  # fmt: skip
    assert wanted <= names


@SITE
@pytest.mark.parametrize("lesson", LESSONS)
def test_every_formula_of_a_lesson_is_one_on_its_page(pages, lesson):
    """A formula that begins in the middle of a paragraph is no display to MyST: what follows turns inside out."""
    cells = json.loads((ROOT / "notebooks" / f"{lesson}.ipynb").read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    article = BeautifulSoup(str(pages[Path(f"lessons/{lesson}.html")].article), "html.parser")
    assert len(article.select("div.math")) == len(re.findall(r"\$\$.+?\$\$", text, re.DOTALL))
    for element in article.select("pre, code, .math"):
        element.decompose()
    assert re.findall(r".{0,40}\$.{0,40}", article.text) == []


@SITE
@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_shows_what_its_notebook_holds(pages, lesson):
    cells = json.loads((ROOT / "notebooks" / f"{lesson}.ipynb").read_text(encoding="utf-8"))["cells"]
    figures = [
        o for cell in cells for o in cell.get("outputs", ()) if {"image/png", "image/jpeg"} & set(o.get("data", ()))
    ]
    exercises = [cell for cell in cells if "exercise" in cell["metadata"].get("tags", ())]
    soup = pages[Path(f"lessons/{lesson}.html")]
    assert len(soup.select("figure.card img")) == len(figures)
    folded = soup.select("details.solution")
    assert len(folded) == len(exercises)
    assert not any(solution.has_attr("open") or "NotImplementedError" in solution.text for solution in folded)
    assert all(solution.select_one(".highlight pre") for solution in folded), "its code is highlighted, not raw"
    links = {tag.text: tag["href"] for tag in soup.select(".lesson-links a")}
    assert links["Open in Colab"].startswith("https://colab.research.google.com/github/")
    assert links["Open in Colab"].endswith(f"/notebooks/{lesson}.ipynb")
    assert links["Download the notebook"] == f"../notebooks/{lesson}.ipynb"


@SITE
def test_every_picture_has_words_that_say_something(pages):
    poor = []
    for name, soup in pages.items():
        seen: dict[str, str] = {}
        for image in soup.select("article img"):
            alt, source = image.get("alt"), image["src"]
            decoration = alt == "" and image.find_parent("a") is not None and image.find_parent("a").text.strip()
            if decoration:
                continue
            if alt is None or len(alt) < 30 or len(alt.split()) < 5 or Path(source).stem in alt or "$" in alt:
                poor.append(f"{name}: {source}: {alt!r}")
            elif seen.setdefault(alt, source) != source:
                poor.append(f"{name}: two pictures with the words {alt!r}")
    assert poor == []


@SITE
@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_is_smaller_than_its_budget(site, pages, lesson):
    name = Path(f"lessons/{lesson}.html")
    files = {local(site, name, address) for address in loaded(pages[name]) if not address.startswith("data:")}
    fonts = set(site.glob("_static/mathjax/output/chtml/fonts/woff-v2/*.woff"))  # no page needs all of them
    size = sum(path.stat().st_size for path in files | fonts | {site / name})
    assert size < BUDGET


def test_every_room_stands_in_the_reference_on_the_floor_that_the_package_says():
    said, floor = {}, -1
    for line in ganlab.__doc__.splitlines():
        floor = int(line.split()[0]) if re.match(r" \d ", line) else floor
        if floor >= 0:
            said |= dict.fromkeys(re.findall(r"``(\w+)``", line), floor)
    listed = [(room, floor["floor"]) for floor in floors(ROOT) for room in floor["rooms"]]
    assert len(listed) == len(dict(listed)), "none is listed twice"
    assert dict(listed) == {room: said[room] for room in ganlab.ROOMS}


@SITE
def test_every_module_is_named_on_the_page_of_its_room(pages):
    missing = [
        name
        for room in ganlab.ROOMS
        for name in modules(ROOT, f"ganlab.{room}")
        if name not in pages[Path(f"reference/{room}.html")].article.text
    ]
    assert missing == []


@SITE
def test_the_reference_explains_arguments(pages):
    entry = pages[Path("reference/losses.html")].find(id="ganlab.losses.discriminator_loss")
    assert entry is not None
    text = entry.parent.text
    assert "Parameters" in text
    assert "Logits of real and of generated pictures" in text


@SITE
def test_every_card_of_weights_is_on_the_page(pages):
    soup = pages[Path("model-cards.html")]
    for path in sorted((ROOT / "ganlab" / "weights").glob("*.json")):
        card = json.loads(path.read_text(encoding="utf-8"))
        assert soup.find(id=card["name"]) is not None
        assert card["sha256"] in soup.text
        assert card["licence"] in soup.text
