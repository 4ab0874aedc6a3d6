"""The course asks nothing of IPython and ipywidgets that Colab's old versions do not have."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests._colab_names import KNOWN, LACKING, code_of_the_course, used

ROOT = Path(__file__).resolve().parent.parent


def test_every_name_and_keyword_is_known_to_colab():
    beyond = []
    seen = set()
    for path in code_of_the_course(ROOT):
        for name, keywords in used(path.read_text()).items():
            seen.add(name)
            if name not in KNOWN:
                beyond.append(f"{path.name}: {name}")
            else:
                beyond += [f"{path.name}: {name}({one}=)" for one in sorted(keywords - KNOWN[name])]
    assert beyond == [], "not in Colab's versions, or not yet in tests/_colab_names.py"
    assert {"IPython.display.Image", "IPython.display.display", "ipywidgets.FloatSlider"} <= seen


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("from IPython.display import Image\nImage(data, alt='a face')", {"IPython.display.Image": {"alt"}}),
        ("import IPython\nIPython.display.Image(alt='x')", {"IPython.display.Image": {"alt"}}),
        ("import IPython.display as d\nd.Image(alt='x')", {"IPython.display.Image": {"alt"}}),
        ("import ipywidgets as w\nw.FileUpload(**options)", {"ipywidgets.FileUpload": {"None"}}),
        ("from PIL import Image\nImage.open('x', alt=1)", {}),
        ("from IPython.display import display as show\nshow", {"IPython.display.display": set()}),
    ],
)
def test_the_look_at_the_code_sees_what_is_used(code, expected):
    assert used(code) == expected


def test_the_table_holds_for_the_versions_of_this_environment_too():
    def lacking(known: dict) -> str:
        code = LACKING.format(known=known)
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert lacking(KNOWN) == ""
    assert lacking({"ipywidgets.Button": {"tooltip", "no_such"}, "ipywidgets.Nothing": set()}).split() == [
        "ipywidgets.Button(no_such=)",
        "ipywidgets.Nothing",
    ]
