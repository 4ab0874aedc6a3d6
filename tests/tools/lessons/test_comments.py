"""Comments stand above the code: every way not to is refused with its line, and what only looks like it is not."""

import pytest

from tests.tools.lessons.tiny_course import write_lesson
from tools.lessons import BuildError
from tools.lessons import build as build_lessons
from tools.lessons.comments import behind_code
from tools.lessons.source import read_lesson

BEHIND = {
    "a statement": ("x = 1\ny = 2  # two\n", [1]),
    "a shape": ("y = x.flatten(2)  # (N, C, H, W) -> (N, C, HW)\n", [0]),
    "one space": ("x = 1 # one\n", [0]),
    "no space": ("x = 1# one\n", [0]),
    "a header": ("for x in y:  # each\n    pass\n", [0]),
    "else": ("if x:\n    pass\nelse:  # otherwise\n    pass\n", [2]),
    "an entry of a dictionary": ('x = {\n    "a": 1,  # one\n}\n', [1]),
    "a string alone": ('x = (\n    "a"  # one\n)\n', [1]),
    "an opening line": ("x = {  # these\n    1: 2,\n}\n", [0]),
    "behind a hash in a string": ('x = "# no comment"  # one\n', [0]),
    "the end of a string of several lines": ('x = """\n# no comment\n"""  # one\n', [2]),
    "an f-string": ("x = f\"{a['#']}\"  # one\n", [0]),
    "in a function, indented": ("def f():\n    return 1  # one\n", [1]),
    "several": ("x = 1  # one\n# fine\ny = 2  # two\n", [0, 2]),
    "below a magic": ("%pip install x\nx = 1  # one\n", [1]),
    "no newline at the end": ("x = 1  # one", [0]),
}
BRACKETS = {
    "closing": ("x = (\n    1\n)  # one\n", 2, ")"),
    "closing, and a colon": ("with (\n    x\n):  # one\n    pass\n", 2, "):"),
    "closing several, and a comma": ("x = [\n    (\n        1,\n    ),  # one\n]\n", 3, "),"),
    "opening": ("x = f(\n    [  # one\n        1\n    ]\n)\n", 1, "["),
}
FINE = {
    "above": "# one\nx = 1\n",
    "above, indented": "def f():\n    # one\n    return 1\n",
    "inside brackets": "x = [\n    # one\n    1,\n]\n",
    "below": "x = 1\n# that was one\n",
    "hashes in strings": "x = \"a  # b\"\ny = '''\nz = 1  # c\n'''\n",
    "a shell command": "!ls  # all\n%pip install x  # one\n",
    "a mark": "# @save ganlab.losses\ndef f():\n    pass\n",
    "nothing": "",
}


@pytest.mark.parametrize(("source", "offsets"), BEHIND.values(), ids=BEHIND)
def test_a_comment_behind_code_is_found(source, offsets):
    found = list(behind_code(source))
    assert [offset for offset, _ in found] == offsets
    assert all("stands behind code" in sentence and "'# " in sentence for _, sentence in found)


@pytest.mark.parametrize(("source", "offset", "code"), BRACKETS.values(), ids=BRACKETS)
def test_a_line_of_brackets_and_a_comment_is_found(source, offset, code):
    assert list(behind_code(source)) == [
        (offset, f"a line of nothing but {code!r} and a comment, write it above the statement: '# one'")
    ]


@pytest.mark.parametrize("source", FINE.values(), ids=FINE)
def test_comments_of_their_own_and_hashes_in_strings_are_left_alone(source):
    assert list(behind_code(source)) == []


@pytest.mark.parametrize(
    ("body", "after", "sentence"),
    [
        ("# %%\nx = 1\ny = 2  # two\n", 3, "a comment stands behind code"),
        ("# %%\nx = (\n    1\n)  # one\n", 4, "a line of nothing but"),
        (
            '# %% tags=["exercise"]\ndef f(x):\n    ### BEGIN SOLUTION\n    return x  # it\n    ### END SOLUTION\n\n'
            '# %% tags=["check"]\nprint(1)\n',
            4,
            "a comment stands behind code",
        ),
        (
            '# %% tags=["exercise"]\ndef f(x):\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION\n\n'
            '# %% tags=["check"]\n### BEGIN HIDDEN TESTS\nassert f(2) == 2  # the same\n### END HIDDEN TESTS\n',
            9,
            "a comment stands behind code",
        ),
    ],
    ids=["shown", "bracket", "solution", "hidden test"],
)
def test_a_lesson_with_a_comment_behind_code_is_refused_with_its_line(course, body, after, sentence, capsys):
    path = write_lesson(course, body)
    line = path.read_text().split(body)[0].count("\n") + after
    with pytest.raises(BuildError, match=rf"00_tiny\.py:{line}: {sentence}"):
        read_lesson(path)
    assert build_lessons.main(["--root", str(course), "--no-execute"]) == 1
    assert f"00_tiny.py:{line}: {sentence}" in capsys.readouterr().out


def test_remarks_for_our_tools_may_stand_behind_code(course):
    body = "# %%\nx = [1,2]  # fmt: skip\nimport os  # noqa: F401\ny: int = 'a'  # type: ignore[assignment]\n"
    assert "#" not in read_lesson(write_lesson(course, body)).cells[-1].unsolved


def test_text_cells_may_say_what_they_like(course):
    read_lesson(write_lesson(course, "# %% [markdown]\n# `x = 1  # one`\n"))
