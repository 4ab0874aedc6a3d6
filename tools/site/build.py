"""Make the web page of the course: ``make docs``, or ``python -m tools.site [--out FOLDER]``.

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

from tools.site.cards import model_cards
from tools.site.front import figure_words, front_page, gallery_page, made_pictures, readme_pictures
from tools.site.lessons import lesson_page
from tools.site.reference import write_reference

ROOT = Path(__file__).resolve().parents[2]
# Of MathJax's 24 MB, what these pages load: the program, its fonts, and the rarer commands that it asks for.
MATHJAX = re.compile(r"mathjax/(tex-chtml\.js|output/chtml/fonts/woff-v2/.*|input/tex/extensions/.*\.js)$")
COPIES = {
    "datasets/README.md": "data-cards.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}


def main(arguments: list[str] | None = None) -> int:
    """Write the sources, run Sphinx, say where the page is."""
    # Before PyTorch is loaded, which asks only once.
    os.environ.setdefault("OMP_NUM_THREADS", str(min(4, os.cpu_count() or 1)))
    options = argparse.ArgumentParser(prog="python -m tools.site", description=__doc__.split("\n")[0])
    options.add_argument("--out", type=Path, default=ROOT / "build" / "docs", help="folder to build in")
    chosen = options.parse_args(arguments)
    html = build(chosen.out.resolve())
    print(f"the page is in {html}; open {html / 'index.html'}")
    return 0


def build(out: Path) -> Path:
    """Build the page below ``out``, only what has changed; gives the folder of its HTML.

    Raises
    ------
    SystemExit
        If Sphinx fails or warns: a warning is a broken link or a docstring that does not read.
    """
    fresh, source, static, extra = (out / name for name in ("fresh", "source", "static", "extra"))
    for folder in (fresh, static, extra):
        shutil.rmtree(folder, ignore_errors=True)
    write_sources(fresh, static, extra, kept=out / "pictures")
    for gone in sync(fresh, source):
        (out / "html" / gone).with_suffix(".html").unlink(missing_ok=True)

    from sphinx.cmd.build import main as sphinx

    folders = ["-D", f"html_static_path=_static,{static}", "-D", f"html_extra_path={extra}"]
    settings = ["-b", "html", "-W", "--keep-going", "-q", "-c", str(ROOT / "docs"), "-d", str(out / "doctrees")]
    failed = sphinx([*settings, *folders, str(source), str(out / "html")])
    if failed:
        # Pages that were read with a warning would be taken as they are next time, without a word.
        shutil.rmtree(out / "doctrees", ignore_errors=True)
        raise SystemExit("Sphinx warned: see above")
    return out / "html"


def sync(fresh: Path, kept: Path) -> list[Path]:
    """Make ``kept`` like ``fresh`` without touching files that are the same; gives what it no longer has."""
    names = {path.relative_to(fresh) for path in fresh.rglob("*") if path.is_file()}
    for name in sorted(names):
        target = kept / name
        content = (fresh / name).read_bytes()
        if not target.is_file() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    gone = sorted({path.relative_to(kept) for path in kept.rglob("*") if path.is_file()} - names)
    for name in gone:
        (kept / name).unlink()
    return gone


def write_sources(source: Path, static: Path, extra: Path, kept: Path) -> None:
    """Everything Sphinx reads, and the files that it only copies; ``kept`` holds pictures between builds."""
    import nbformat

    (source / "lessons").mkdir(parents=True)
    copy_mathjax(static)
    for folder in ("notebooks", "solutions"):
        (extra / folder).mkdir(parents=True)
        for path in sorted((ROOT / folder).glob("*.ipynb")):
            shutil.copyfile(path, extra / folder / path.name)
    words = figure_words(ROOT)
    figures = []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        page = lesson_page(path.stem, root=ROOT, static=static, words=words)
        figures += page.figures
        nbformat.write(page.notebook, source / "lessons" / path.name)
    made = made_pictures(ROOT, static, kept)
    (source / "index.md").write_text(front_page(ROOT, made, figures), encoding="utf-8")
    gallery = gallery_page(ROOT, made, figures, readme_pictures(ROOT, static))
    (source / "gallery.md").write_text(gallery, encoding="utf-8")
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
        raise SystemExit("the package sphinx-mathjax-offline holds no MathJax: install the extra 'docs'")


if __name__ == "__main__":
    sys.exit(main())
