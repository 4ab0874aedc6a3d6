"""A widget sends its page side as one module: what it is joined from is there, and it imports nothing."""

import re
import shutil
import subprocess

import pytest

from ganlab import widgets
from ganlab.app.page import Studio
from ganlab.widgets.kit.page import KIT, joined

ALL = {"Studio": Studio, **{name: getattr(widgets, name) for name in widgets.WIDGETS}}


def test_files_are_joined_in_their_order(tmp_path):
    (tmp_path / "own.js").write_text("own")
    assert joined("kit.css", tmp_path / "own.js") == (KIT / "kit.css").read_text(encoding="utf-8") + "\nown"


@pytest.mark.parametrize("name", ALL)
def test_a_page_side_is_one_module_that_names_nothing_twice(name):
    script = str(ALL[name]._esm)
    assert not re.search(r"^\s*import\b|\bimport\(", script, re.M)
    assert script.count("export default { render };") == 1
    named = re.findall(r"^(?:async )?(?:function|const|let) (\w+)", script, re.M)
    assert len(named) == len(set(named))
    assert script.count("function whenKernelEnds(") == 1


@pytest.mark.parametrize("name", ALL)
def test_a_widgets_own_rules_win_over_the_kits(name):
    """Whatever else is on the page: each names two classes of the widget's root, and the kit's name one."""
    sheet = str(ALL[name]._css)
    own = sheet if name == "Studio" else sheet.partition("/* What is ")[2]
    rules = [line for line in own.splitlines() if line.strip().startswith(".")]
    assert rules
    start = r"\.ganlab-app\b" if name == "Studio" else r"\.ganlab-(widget|studio)\.ganlab-"
    assert [rule for rule in rules if not re.match(start, rule.strip())] == []


@pytest.mark.parametrize("name", ALL)
def test_a_page_side_is_javascript(name, tmp_path):
    if shutil.which("node") is None:
        pytest.skip("no node on this machine; the browser tests run the scripts")
    path = tmp_path / "page.mjs"
    path.write_text(str(ALL[name]._esm), encoding="utf-8")
    done = subprocess.run(["node", "--check", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
