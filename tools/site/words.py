"""Words for pictures: what a figure of a notebook shows, for people who cannot see it.

The code that draws a figure names what is in it: titles, axes, lines, rows. Together with the heading above they say
what a glance at the figure would. Words given by hand, in the notebook, in docs/figures.toml or in docs/gallery.toml,
come first.
"""

import ast
import re
from collections.abc import Iterable

AXES = ("set_xlabel", "set_ylabel", "xlabel", "ylabel")
TITLES = ("set_title", "suptitle", "title", "annotate")
GRIDS = ("show_images", "compare_rows")
NAMED = ("compare_rows", "curves", "histograms")  # a name for each row, line or group, in a dictionary
GREEK = {"alpha": "α", "beta": "β", "lambda": "λ", "eta": "η", "gamma": "γ", "sigma": "σ", "mu": "μ"}
SHORTEST = 30  # characters: less is a name and no description


def plain(text: str) -> str:
    """Text without Markdown and TeX."""
    text = re.sub(r"\\(?:mathrm|text|mathbb|operatorname|mathbf|hat|bar)\{([^}]*)\}", r"\1", text)
    text = re.sub(r"\\(alpha|beta|lambda|eta|gamma|sigma|mu)\b", lambda found: GREEK[found[1]], text)
    text = re.sub(r"\\log", "log ", text)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"<[^>]+>|[$`*\\{}]", "", text)
    return re.sub(r"\s+", " ", text).strip()


def heading(markdown: str) -> str | None:
    """The last heading of a Markdown cell, without its number."""
    found = re.findall(r"^#{1,4} +(.+)$", markdown, re.M)
    return plain(re.sub(r"^\d+ · ", "", found[-1])) if found else None


def describe(code: str, *, section: str, before: Iterable[str] = (), stored: str | None = None) -> str:
    """What the figure drawn by ``code`` shows.

    Parameters
    ----------
    code : str
        The cell's source.
    section : str
        The heading it stands under.
    before : iterable of str
        Earlier code cells, where lists of names may be defined.
    stored : str, optional
        Words that came with the picture.

    Returns
    -------
    str
        Empty if the code says nothing about its figure.
    """
    if stored and len(stored) >= SHORTEST:
        return plain(f"{stored} ({section})" if len(stored) < 60 else stored)
    names = _Names()
    for source in before:
        names.learn(_parse(source))
    tree = _parse(code)
    names.learn(tree)
    names.visit(tree)
    titles, labels = _unique(names.titles), _unique(names.labels)
    axes = _unique(names.axes)
    parts = ["Pictures side by side" if names.grid else "Figure" if not axes else "Plot"]
    parts[0] += f" for “{section}”"
    if titles:
        parts.append("titled " + ", ".join(f"“{title}”" for title in titles[:8]))
    if axes:
        parts.append("axes " + ", ".join(axes[:6]))
    if labels:
        parts.append(("showing " if names.grid else "with ") + ", ".join(labels[:12]))
    if len(parts) == 1 and (comment := re.search(r"^\s*# (?!verifies)(.{12,})$", code, re.M)):
        parts.append(plain(comment[1]))
    if len(parts) == 1:
        return ""
    return "; ".join(parts) + "."


def _parse(code: str) -> ast.Module:
    # IPython's own lines are no Python, but may be all that stands below an `if`.
    return ast.parse(re.sub(r"^([ \t]*)[%!].*$", r"\1pass", code, flags=re.M))


def _unique(found: list[str]) -> list[str]:
    cleaned = (plain(text).strip(" :,") for text in found)
    return list(dict.fromkeys(text for text in cleaned if text and text != "None"))


class _Names(ast.NodeVisitor):
    """Collects the words that a figure's code writes onto it."""

    def __init__(self) -> None:
        self.titles: list[str] = []
        self.labels: list[str] = []
        self.axes: list[str] = []
        self.grid = False
        self.known: dict[str, ast.expr] = {}

    def learn(self, tree: ast.Module) -> None:
        """Remember lists and dictionaries by name: titles are often defined a line or a cell earlier."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self.known[node.targets[0].id] = node.value

    def words(self, node: ast.expr | None, depth: int = 0) -> list[str]:
        """The strings an expression would show, as far as it says so itself."""
        if node is None or depth > 5:
            return []
        if isinstance(node, ast.Constant):
            return [node.value] if isinstance(node.value, str) else []
        if isinstance(node, ast.JoinedStr):
            # What an f-string computes is not known here; a number between words is not missed.
            text = "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
            return [text] if len(text.replace("…", "").strip()) > 3 else []
        if isinstance(node, ast.Name):
            return self.words(self.known.get(node.id), depth + 1)
        if isinstance(node, ast.List | ast.Tuple):
            return [word for item in node.elts for word in self.words(item, depth + 1)]
        if isinstance(node, ast.Dict):
            return [word for key in node.keys for word in self.words(key, depth + 1)]
        if isinstance(node, ast.BinOp):
            return self.words(node.left, depth + 1) + self.words(node.right, depth + 1)
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("list", "dict", "tuple")
        ):
            return [word for item in node.args for word in self.words(item, depth + 1)]
        return []

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in GRIDS:
            self.grid = True
        if name in NAMED and node.args:
            self.labels += self.words(node.args[0])
        if name in TITLES and node.args:
            self.titles += self.words(node.args[0])
        if name in AXES and node.args:
            self.axes += self.words(node.args[0])
        for keyword in node.keywords:
            if keyword.arg in ("title", "set_title"):
                self.titles += self.words(keyword.value)
            elif keyword.arg in ("xlabel", "ylabel"):
                self.axes += self.words(keyword.value)
            elif keyword.arg in ("titles", "label", "labels", "captions"):
                self.labels += self.words(keyword.value)
        self.generic_visit(node)
