r"""A student's Markdown as the formgrader may show it: text, mathematics, tables, code, pictures; nothing that runs.

nbgrader's formgrader puts the HTML of a written answer into the instructor's page as it is, a ``<script>`` included,
and that page may use the instructor's Jupyter server. So nbgrader's settings need these two lines::

    c.HTMLExporter.sanitize_html = True  # the outputs of cells
    c.HTMLExporter.filters = {"strip_files_prefix": "ganlab_grade.safe_html.safe_html"}  # what is written

All of nbconvert's and nbgrader's templates pass text through ``strip_files_prefix`` as the last step.
"""

from __future__ import annotations

import re

import bleach
from nbconvert.filters import strip_files_prefix

BLOCKS = ("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "div")
INLINE = ("a", "em", "strong", "i", "b", "del", "code", "span", "sub", "sup", "kbd", "img")
TABLES = ("table", "thead", "tbody", "tr", "th", "td")
ATTRIBUTES = {"a": ("href", "title"), "div": ("class",), "span": ("class",), "ol": ("start",), "img": ("alt",)}
# A picture in the file itself. One from another host would tell its owner when, and from where, an answer is read.
ENCLOSED = re.compile(r"data:image/(png|jpeg|gif|webp);base64,", re.IGNORECASE)
# In MathJax a formula can be a link, to a script too.
FORMULA_LINK = re.compile(r"\\(?=href\b)")


def safe_html(html: str) -> str:
    """HTML in, HTML out; what is more than formatting is shown as the text it was written as."""
    cleaned: str = bleach.clean(
        FORMULA_LINK.sub(r"\\ ", strip_files_prefix(html)),
        tags={*BLOCKS, *INLINE, *TABLES},
        attributes=_allowed,
        protocols={"http", "https", "mailto", "data"},
    )
    return cleaned


def _allowed(tag: str, name: str, value: str) -> bool:
    if (tag, name) == ("img", "src"):
        return ENCLOSED.match(value) is not None
    if (tag, name) == ("a", "href") and value.strip().lower().startswith("data:"):
        return False
    return name in ATTRIBUTES.get(tag, ())
