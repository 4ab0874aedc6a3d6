"""Words for pictures: what the code of a figure says about it."""

import json
from pathlib import Path

import pytest

from tools.site.front import figure_words
from tools.site.words import describe, heading, plain

ROOT = Path(__file__).resolve().parents[3]


def test_the_titles_and_rows_of_a_figure_are_its_words():
    code = 'rows = {"damaged": a, "restored": b}\nplotting.compare_rows(rows, title="Before and after")'
    said = describe(code, section="Photographs")
    assert said == "Pictures side by side for “Photographs”; titled “Before and after”; showing damaged, restored."


@pytest.mark.parametrize("draw", ["plotting.curves", "plotting.histograms"])
def test_lines_and_groups_of_a_plot_are_its_words(draw):
    code = f'{draw}({{"held out": a, "generated": b}}, xlabel="step", title="The game")'
    assert describe(code, section="B") == ("Plot for “B”; titled “The game”; axes step; with held out, generated.")


def test_names_defined_in_an_earlier_cell_are_found():
    said = describe("show_images(x, titles=names)", section="A", before=['names = ["first light", "second light"]'])
    assert "first light, second light" in said


def test_axes_and_lines_of_a_plot_are_its_words():
    code = 'ax.plot(t, label="loss of D")\nax.set_xlabel("step")\nax.set_ylabel("value")\nax.set_title("The game")'
    assert describe(code, section="B") == "Plot for “B”; titled “The game”; axes step, value; with loss of D."


def test_words_that_came_with_a_picture_are_kept():
    stored = "A studio with a brush, an undo button and a row of three faces that were filled"
    assert describe("x", section="C", stored=stored) == stored


def test_without_any_words_the_section_and_the_comment_speak():
    assert describe("# the loss along the line\nplot(x)", section="D") == "Figure for “D”; the loss along the line."


def test_lines_for_ipython_are_no_obstacle():
    code = 'if True:\n    %pip install x\nshow_images(x, title="A row")'
    assert describe(code, section="E") == "Pictures side by side for “E”; titled “A row”."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (r"the bilinear game, $\eta=0.2$", "the bilinear game, η=0.2"),
        (r"$\mathbb{E}[x]$ and `code`", "E[x] and code"),
        ("[a link](there.html) <br> **bold**", "a link bold"),
    ],
)
def test_markdown_and_tex_are_taken_out(text, words):
    assert plain(text) == words


def test_the_last_heading_counts_without_its_number():
    assert heading("## 3 · The space\n\ntext\n\n### Below it\n") == "Below it"
    assert heading("## 3 · The space of all pictures") == "The space of all pictures"
    assert heading("no heading") is None


def test_a_figure_whose_code_says_nothing_has_no_words():
    assert describe("plot(x)", section="F") == ""


def test_words_given_by_hand_belong_to_exactly_one_cell_each():
    cells = {
        path.stem[:2]: [
            "".join(c["source"]) for c in json.loads(path.read_text(encoding="utf-8"))["cells"] if c.get("outputs")
        ]
        for path in (ROOT / "notebooks").glob("*.ipynb")
    }
    found = {key: sum(key[1] in source for source in cells[key[0]]) for key in figure_words(ROOT)}
    assert found == dict.fromkeys(found, 1)
