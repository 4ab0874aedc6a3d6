"""Text that a student had a hand in, made fit to be shown: in the console, in tables, on pages, in lists of problems.

Every name, message and answer from a submission goes through here before anybody sees it, so that no file name can
write to a terminal, turn a line around, end a run because it is no Unicode, or fill a screen.
"""

from __future__ import annotations

import re

# Control characters have no place in a name; a change of writing direction would turn the text around it too, and
# what has no width and no shape could make two names look alike.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)


def plain(text: str, limit: int = 200) -> str:
    """One line of at most ``limit`` characters, with nothing unseen in it.

    It is not escaped: that is for whoever knows where it will stand.
    """
    # A name of a megabyte costs no more than a long one.
    text = " ".join(_unicode(text[: 8 * limit].replace("\r", "\n")).split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def plain_lines(text: str, limit: int = 20_000) -> str:
    """Like :func:`plain`, but lines stay lines."""
    text = _unicode(text[: 2 * limit].replace("\r\n", "\n"))
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def shown(name: str, longest: int = 80) -> str:
    """The name of a file or a person, as it can stand in a sentence."""
    return plain(name, longest)


def _unicode(text: str) -> str:
    """Without what is not seen; half a surrogate pair, which stands for bytes that are no UTF-8, becomes "?"."""
    return _UNSEEN.sub("", text.encode("utf-8", "replace").decode("utf-8"))
