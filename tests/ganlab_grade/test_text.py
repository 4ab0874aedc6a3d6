"""What a student had a hand in, as it is shown: one line, bounded, Unicode, nothing unseen."""

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from ganlab_grade.text import plain, plain_lines, shown

ANY = st.text(st.characters(), max_size=300)


@given(ANY, st.integers(1, 60))
def test_a_line_is_a_line_whatever_it_was(text, limit):
    found = plain(text, limit)
    assert len(found) <= limit
    assert found == " ".join(found.split())
    found.encode("utf-8")
    assert not {unicodedata.category(sign) for sign in found} & {"Cc", "Cs", "Zl", "Zp"}
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\U000e0020-\U000e007f]", found)


@given(ANY)
def test_lines_stay_lines(text):
    found = plain_lines(text)
    found.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", found)


def test_harmless_names_stay_as_they_are():
    for name in (
        "Zoë van der Berg",
        "王小明",
        "O'Brien",
        "doejane_12345_67890_Copy of 02_dcgan.ipynb",
        "فارسی\u200cها",
    ):
        assert shown(name) == plain(name) == plain_lines(name) == name


def test_what_would_write_to_a_terminal_or_turn_a_line_around_is_gone():
    assert shown("\x1b[31mred\x07") == "[31mred"
    assert shown("txt.\u202egpj.exe") == "txt.gpj.exe"
    assert shown("caf\udce9") == "caf?"
    assert shown("a\nb\tc") == "a b c"
    assert shown("x" * 100) == "x" * 79 + "…"
