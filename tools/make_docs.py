"""Make the web page of the course: ``make docs``, or ``python tools/make_docs.py [--out FOLDER]``.

What Sphinx reads is written into build/docs/source first: a page a lesson from ``notebooks/`` and ``solutions/``, the
reference from the docstrings, cards, gallery, guides. The page goes to build/docs/html and needs no other host.
"""

import argparse
import importlib.metadata
import os
import re
import shutil
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", str(min(4, os.cpu_count() or 1)))
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(Path(__file__).resolve().parent))

from page_build.cards import model_cards  # noqa: E402
from page_build.front import front_page, gallery_page, made_pictures, settings  # noqa: E402
from page_build.lessons import lesson_page  # noqa: E402
from page_build.reference import write_reference  # noqa: E402

# Of MathJax's 24 MB, what these pages load: the program, its fonts, and the rarer commands that it asks for.
MATHJAX = re.compile(r"mathjax/(tex-chtml\.js|output/chtml/fonts/woff-v2/.*|input/tex/extensions/.*\.js)$")
COPIES = {"datasets/README.md": "data-cards.md", "CHANGELOG.md": "changelog.md"}


def main(arguments: list[str] | None = None) -> int:
    """Write the sources, run Sphinx, say where the page is."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--out", type=Path, default=ROOT / "build" / "docs", help="folder to build in")
    chosen = options.parse_args(arguments)
    html = build(chosen.out.resolve())
    print(f"the page is in {html}; open {html / 'index.html'}")
    return 0


def build(out: Path) -> Path:
    """Build the page below ``out``; gives the folder of its HTML.

    Raises
    ------
    SystemExit
        If Sphinx fails or warns: a warning is a broken link or a docstring that does not read.
    """
    source, static, extra = out / "source", out / "static", out / "extra"
    for folder in (source, static, extra, out / "html"):
        shutil.rmtree(folder, ignore_errors=True)
    write_sources(source, static, extra)

    from sphinx.cmd.build import main as sphinx

    # fmt: off
    failed = sphinx([
        "-b", "html", "-W", "--keep-going", "-q", "-c", str(ROOT / "docs"), "-d", str(out / "doctrees"),
        "-D", f"html_static_path=_static,{static}", "-D", f"html_extra_path={extra}",
        str(source), str(out / "html"),
    ])  # fmt: on
    if failed:
        raise SystemExit("Sphinx warned: see above")
    return out / "html"


def write_sources(source: Path, static: Path, extra: Path) -> None:
    """Everything Sphinx reads, and the files that it only copies."""
    import nbformat

    (source / "lessons").mkdir(parents=True)
    copy_mathjax(static)
    for folder in ("notebooks", "solutions"):
        (extra / folder).mkdir(parents=True)
        for path in sorted((ROOT / folder).glob("*.ipynb")):
            shutil.copyfile(path, extra / folder / path.name)
    words = {(entry["lesson"], entry["find"]): entry["alt"] for entry in settings(ROOT)["figure"]}
    figures = []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        page = lesson_page(path.stem, root=ROOT, static=static, words=words)
        figures += page.figures
        nbformat.write(page.notebook, source / "lessons" / path.name)
    made = made_pictures(static)
    (source / "index.md").write_text(front_page(ROOT, made, figures), encoding="utf-8")
    (source / "gallery.md").write_text(gallery_page(ROOT, made, figures), encoding="utf-8")
    (source / "model-cards.md").write_text(model_cards(ROOT), encoding="utf-8")
    for origin, name in COPIES.items():
        (source / name).write_text((ROOT / origin).read_text(encoding="utf-8"), encoding="utf-8")
    for path in sorted((ROOT / "docs").glob("*.md")):
        if path.name != "index.md":
            shutil.copyfile(path, source / path.name)
    write_reference(ROOT, source / "reference")


def copy_mathjax(static: Path) -> None:
    """MathJax from the installed wheel that carries it."""
    copied = 0
    for path in importlib.metadata.files("sphinx-mathjax-offline") or ():
        if found := MATHJAX.search(str(path)):
            target = static / found[0]
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(str(path.locate()), target)
            copied += 1
    if not copied:
        raise SystemExit("the package sphinx-mathjax-offline holds no MathJax; install the course with its extra 'dev'")


if __name__ == "__main__":
    sys.exit(main())
