r"""A student's Markdown as the formgrader may show it: text, mathematics, tables, code, pictures; nothing that runs.

nbgrader's formgrader puts the HTML of a written answer into the instructor's page as it is, a ``<script>`` included,
and that page may use the instructor's Jupyter server. So nbgrader's settings need these two lines::

    c.HTMLExporter.sanitize_html = True  # the outputs of cells
    c.HTMLExporter.filters = {"strip_files_prefix": "ganlab_grade.safe_html.safe_html"}  # what is written

All of nbconvert's and nbgrader's templates pass text through ``strip_files_prefix`` as the last step.
"""

from __future__ import annotations

import html as entities
import re

import bleach

BLOCKS = ("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "div")
INLINE = ("a", "em", "strong", "i", "b", "del", "code", "span", "sub", "sup", "kbd", "img")
TABLES = ("table", "thead", "tbody", "tr", "th", "td")
ATTRIBUTES = {"a": ("href", "title"), "ol": ("start",), "img": ("alt",)}
# The classes that coloured code has. Of others the page around it has some that cover the page.
CLASSES = {"div": re.compile(r"(?:highlight|hl-\w+| )+"), "span": re.compile(r"[a-z]{1,3}\d?(?: [a-z]{1,3}\d?)*")}
# A picture in the file itself. One from another host would tell its owner when, and from where, an answer is read.
ENCLOSED = re.compile(r"data:image/(png|jpeg|gif|webp);base64,", re.IGNORECASE)
LINK = re.compile(r"(?:https?|mailto):|[^:]*(?:$|[/?#])", re.IGNORECASE)
# In MathJax a formula can be a link, to a script too, can have styles with addresses, and can load more of MathJax.
COMMAND = re.compile(
    r"\\(?=(?:href|url|class|cssId|style|html[a-z]*|data|require|autoload|unicode|mmlToken|bbox|csname"
    r"|includegraphics|input|include|special|write|catcode)(?![a-z]))",
    re.IGNORECASE,
)
# An entity: a browser shows the character, and so MathJax finds it.
ENTITY = re.compile(r"&(?:#[0-9]+|#x[0-9a-f]+|[a-z][a-z0-9]*);?", re.IGNORECASE)
NEEDED = frozenset("<>&\"'")
# Tags and entities in one cell: a parser's time may go by the square of them, and nobody writes so many.
MOST_SIGNS = 10_000


def safe_html(html: str) -> str:
    """HTML in, HTML out; what is more than formatting is shown as the text it was written as."""
    if html.count("<") + html.count("&") > MOST_SIGNS:
        return _without_commands(entities.escape(html))
    cleaned: str = bleach.clean(
        html, tags={*BLOCKS, *INLINE, *TABLES}, attributes=_allowed, protocols={"http", "https", "mailto", "data"}
    )
    # Last of all, for a comment that is taken out joins what stood around it.
    return _without_commands(cleaned)


def _without_commands(html: str) -> str:
    """Formulas without the commands that can do more than show something, however their letters are written."""
    plain = COMMAND.sub(r"\\ ", ENTITY.sub(_character, html))
    # Written as an entity of an entity it is only text; but who reads it a second time must not find it either.
    if COMMAND.search(_text_of(plain)):
        plain = ENTITY.sub(lambda entity: entity[0] if entities.unescape(entity[0]) in "<>" else "", plain)
        plain = COMMAND.sub(r"\\ ", plain)
    return plain


def _character(entity: re.Match[str]) -> str:
    """What an entity stands for, unless the character has a meaning in HTML."""
    character = entities.unescape(entity[0])
    return entity[0] if NEEDED.intersection(character) else character


def _text_of(html: str) -> str:
    """A text after its entities, and theirs, have been read."""
    for _ in range(20):
        if (read := entities.unescape(html)) == html:
            break
        html = read
    return html


def _allowed(tag: str, name: str, value: str) -> bool:
    if name == "class" and tag in CLASSES:
        return CLASSES[tag].fullmatch(value) is not None
    if (tag, name) == ("img", "src"):
        return ENCLOSED.match(value) is not None
    if (tag, name) == ("a", "href"):
        # Browsers pass over blanks and control characters in an address.
        return (
            LINK.match(re.sub(r"[\x00-\x20\x7f-\xa0\u2000-\u200f\u2028-\u202f\ufeff]", "", _text_of(value)))
            is not None
        )
    return name in ATTRIBUTES.get(tag, ())
