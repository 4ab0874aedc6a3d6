"""Solution and hidden-test markers: every way they can be wrong, and what is left when they are right."""

import pytest

from tests.tools.lessons.tiny_course import HEAD, write_lesson
from tools.lessons import BuildError
from tools.lessons import build as build_lessons
from tools.lessons.markers import blank, find_blocks, solved
from tools.lessons.source import read_lesson

EXERCISE = '# %% tags=["exercise"]\ndef f(x):\n'
CHECK = '# %% tags=["check"]\nprint(1)\n'
B, E = "    ### BEGIN SOLUTION\n", "    ### END SOLUTION\n"
R = "    return x\n"

WRONG_MARKERS = {
    "unclosed": (EXERCISE + B + R + CHECK, 3, "never closed"),
    "orphan end": (EXERCISE + R + E + CHECK, 4, "without a BEGIN"),
    "nested": (EXERCISE + B + R + B + R + E + E + CHECK, 5, "begins inside the SOLUTION begun 2 lines above"),
    "twice closed": (EXERCISE + B + R + E + E + CHECK, 6, "without a BEGIN"),
    "mismatched": (
        '# %% tags=["exercise", "check"]\ndef f(x):\n' + B + R + "    ### END HIDDEN TESTS\n" + CHECK,
        5,
        "END HIDDEN TESTS closes the SOLUTION",
    ),
    "other kind inside": (
        '# %% tags=["exercise", "check"]\ndef f(x):\n' + B + "    ### BEGIN HIDDEN TESTS\n" + R + CHECK,
        4,
        "HIDDEN TESTS begins inside the SOLUTION",
    ),
    "in markdown": ("# %% [markdown]\n# text\n# ### BEGIN SOLUTION\n", 3, "markdown"),
    "end in markdown": ("# %% [markdown]\n# ### END HIDDEN TESTS\n", 2, "markdown"),
    "outside an exercise": ("# %%\ndef f(x):\n" + B + R + E, 3, "outside a cell tagged 'exercise'"),
    "hidden tests outside a check": (
        "# %%\n### BEGIN HIDDEN TESTS\nassert 1\n### END HIDDEN TESTS\n", 2, "outside a cell tagged 'check'"),
    "in the wrong home": (
        EXERCISE + "    ### BEGIN HIDDEN TESTS\n" + R + "    ### END HIDDEN TESTS\n" + CHECK, 3, "tagged 'check'"),
    "empty": (EXERCISE + B + E + R + CHECK, 3, "nothing but blank lines"),
    "only comments": (EXERCISE + B + "    # todo\n\n" + E + R + CHECK, 3, "nothing but blank lines"),
    "indentation differs": (EXERCISE + B + R + "### END SOLUTION\n" + CHECK, 5, "indented by 0, its BEGIN by 4"),
    "dedented inside": (EXERCISE + B + R + "y = 2\n" + E + CHECK, 3, "indented less than its markers"),
    "lower case": (EXERCISE + "    ### begin solution\n" + R + E + CHECK, 3, "not exactly"),
    "two hashes": (EXERCISE + "    ## BEGIN SOLUTION\n" + R + E + CHECK, 3, "not exactly"),
    "misspelt": (EXERCISE + B + R + "    ### END SOLUTON\n" + E + CHECK, 5, "not exactly"),
    "no space": (EXERCISE + "    ###BEGIN SOLUTION\n" + R + E + CHECK, 3, "not exactly"),
    "plural": (EXERCISE + "    ### BEGIN SOLUTIONS\n" + R + E + CHECK, 3, "not exactly"),
    "singular": ('# %% tags=["check"]\n### BEGIN HIDDEN TEST\nassert 1\n', 2, "not exactly"),
    "after code": (EXERCISE + "    x = 1  ### BEGIN SOLUTION\n" + R + E + CHECK, 3, "not exactly"),
    "with a remark": (EXERCISE + "    ### BEGIN SOLUTION: easy\n" + R + E + CHECK, 3, "not exactly"),
    "tabs": (EXERCISE + "\t### BEGIN SOLUTION\n\treturn x\n\t### END SOLUTION\n" + CHECK, 3, "not exactly"),
    "no solution": (EXERCISE + R + CHECK, 1, "without a solution"),
    "no check": (EXERCISE + B + R + E + "# %%\nprint(1)\n", 1, "must be its check"),
    "no check at the end": (EXERCISE + B + R + E, 1, "must be its check"),
    "unbound name": (
        '# %% tags=["exercise"]\n### BEGIN SOLUTION\nanswer = 3\n### END SOLUTION\n' + CHECK, 2, "defines answer"),
    "whole function hidden": (
        '# %% tags=["exercise"]\n### BEGIN SOLUTION\ndef g():\n    pass\n### END SOLUTION\n' + CHECK, 2, "defines g"),
    "invalid Python": (EXERCISE + B + "    return (\n" + E + CHECK, 2, "no valid Python"),
    "unknown placeholder": ("# %% [markdown]\n# {{BAGDE}}\n", 1, "unknown placeholder {{BAGDE}}"),
    "unknown nbval tag": ('# %% tags=["nbval-check-ouput"]\n1\n', 1, "unknown tag"),
    "raw cell": ("# %% [raw]\n# x\n", 1, "expected a code or markdown cell"),
    "second setup": ('# %% tags=["setup"]\n1\n', 1, "one cell tagged 'setup', got 2"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "offset", "sentence"), WRONG_MARKERS.values(), ids=WRONG_MARKERS)
def test_a_wrong_lesson_fails_with_its_line_and_a_sentence(course, body, offset, sentence, capsys):
    path = write_lesson(course, body)
    line = HEAD.count("\n") + offset
    with pytest.raises(BuildError) as raised:
        read_lesson(path)
    assert str(raised.value).startswith(f"{path}:{line}: "), str(raised.value)
    assert sentence in str(raised.value)
    assert build_lessons.main(["--root", str(course), "--no-execute"]) == 1
    assert f"lessons/00_tiny.py:{line}: " in capsys.readouterr().out
    assert not (course / "notebooks").exists(), "nothing is written"


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        ("", "first cell is markdown and holds"),
        ("# %% [markdown]\n# no badge\n", "first cell is markdown and holds"),
        ("# %% [markdown]\n# {{BADGE}}\n", "one cell tagged 'setup', got 0"),
        (HEAD.replace("import sys\n", "import sys\n" + "x = 1\n" * 9), "more than ten lines"),
        ("import os\n" + HEAD, "does text stand before the first mark"),
        (HEAD + '# %%\nx = """\n# %% tricky\n"""\n', "or a mark inside a string"),
    ],
)
def test_a_lesson_begins_with_its_badge_and_setup(course, head, sentence):
    with pytest.raises(BuildError, match=sentence):
        read_lesson(write_lesson(course, "", head=head))


def test_stubs_keep_their_indentation_and_every_solution_of_a_cell_goes():
    source = "class A:\n    def f(self):\n        if self:\n            ### BEGIN SOLUTION\n            return 1\n"
    source += "            ### END SOLUTION\n    def g(self):\n        ### BEGIN SOLUTION\n        return 2\n"
    source += (
        "        ### END SOLUTION\n    width = ...\n    ### BEGIN SOLUTION\n    width = 3\n    ### END SOLUTION\n"
    )
    blocks = find_blocks(source, kind="code", tags=["exercise"])
    left = blank(source, blocks)
    assert left.count("            raise NotImplementedError(") == 1
    assert left.count("        raise NotImplementedError(") == 2
    assert left.endswith("    width = ...\n    ...  # your code here")
    assert "return" not in left
    namespace: dict = {}
    exec(solved(source, blocks), namespace)
    made = namespace["A"]()
    assert (made.f(), made.g(), made.width) == (1, 2, 3)


def test_a_cell_without_markers_is_left_alone():
    assert blank("x = 1", []) == "x = 1"
    assert solved("x = 1", []) == "x = 1"
