"""What a lesson and its questions must look like to become an assignment: every mistake is named with its line."""

import nbformat
import pytest

from tests.tools.assignments import graded_lesson as shared
from tools.assignments.guards import check_release
from tools.assignments.needs import Above
from tools.assignments.notebook import ANSWER_HERE, compose
from tools.assignments.parts import read_parts
from tools.assignments.scope import taken
from tools.assignments.written import read_written
from tools.lessons import BuildError
from tools.lessons.markers import find_blocks
from tools.lessons.source import project_values, read_lesson


def composed(root, **changes):
    lesson = read_lesson(shared.write_course(root, **changes))
    questions = read_written(root / "lessons" / "09_small.md")
    return compose(lesson, read_parts(lesson), questions, project_values(root))


def line_of(root, text):
    """The line of the `# %%` of the cell that holds the text."""
    lines = (root / "lessons" / "09_small.py").read_text().split("\n")
    at = next(number for number, line in enumerate(lines) if text in line)
    return next(number for number in range(at, -1, -1) if lines[number].startswith("# %%")) + 1


# -- written questions --------------------------------------------------------------------------------------------

QUESTION = "## One (3 points)\nText.\n\n### Rubric\n- 1: this\n- 2: that\n\n### A good answer\nGood.\n"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (QUESTION, 1, "expected at least 2 written questions, got 1"),
        ("", 1, "expected at least 2 written questions, got 0"),
        ("# Questions\n" + QUESTION, 1, "expected the first question"),
        (QUESTION + QUESTION, 10, "the question of line 1 has this title, too"),
        (QUESTION.replace("- 2: that", "- 3: that"), 1, "the rubric adds up to 4 points, the question has 3"),
        (QUESTION.replace("- 2: that", "- two: that"), 6, "expected `- 2: what earns them`, got '- two: that'"),
        (QUESTION.replace("- 2: that", "- 2:that"), 6, "expected `- 2: what earns them`"),
        (QUESTION.replace("- 1: this", "  more\n- 1: this"), 5, "expected `- 2: what earns them`, got '  more'"),
        (QUESTION.replace("- 1: this", "- 0: this"), 5, "expected more than 0 points"),
        (QUESTION.replace("(3 points)", "(0 points)").replace("- 1: this\n- 2: that", "- 1: x"), 1, "more than 0"),
        (
            QUESTION.replace("### Rubric", "### Rubrik"),
            4,
            "expected ### Rubric as the next heading, got '### Rubrik'",
        ),
        (QUESTION.replace("### Rubric", "#### Rubric"), 4, "expected ### Rubric as the next heading"),
        (QUESTION + "\n### More\n", 11, "expected the next question, `## Title (6 points)` as the next heading"),
        (QUESTION + "\n## Two (2)\n", 11, "as the next heading, got '## Two (2)'"),
        (QUESTION.replace("### A good answer\nGood.\n", ""), 1, "the question 'One' has no good answer"),
        (QUESTION.replace("Good.", "") + QUESTION, 1, "the question 'One' has no good answer"),
        (QUESTION.replace("Text.", ""), 1, "the question 'One' has no text"),
        (QUESTION.replace("- 1: this\n- 2: that\n", ""), 1, "the question 'One' has no rubric"),
        ("## One (3 points)\n", 1, "the question 'One' has no rubric and no good answer and no text"),
        (QUESTION.replace("Text.", "```\nText."), 2, "a code block is opened here and never closed"),
        (QUESTION.replace("Text.", "### BEGIN SOLUTION"), 2, "nbgrader would take this for one of its markers"),
        (
            QUESTION.replace("Good.", "=== BEGIN MARK SCHEME ==="),
            9,
            "nbgrader would take this for one of its markers",
        ),
        (QUESTION.replace("Text.", "See {{REPOSITORY}}."), 2, "{{REPOSITORY}} is filled in for lessons only"),
    ],
)
def test_written_questions_are_read_strictly(tmp_path, text, line, said):
    path = tmp_path / "09_small.md"
    path.write_text(text)
    with pytest.raises(BuildError) as caught:
        read_written(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert said in str(caught.value)


def test_questions_that_are_missing_are_named(tmp_path):
    with pytest.raises(BuildError, match=r"09_small\.md:1: there is no such file; an assignment needs at least 2"):
        read_written(tmp_path / "09_small.md")


# -- exercises ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "at", "said"),
    [
        ("(hard)", "(heavy)", "(heavy)", "expected easy, medium, hard as the level, got 'heavy'"),
        ("**Exercise 2 (hard).**", "How far?", "def radius_after", "expected its text, `**Exercise 4 (medium).** ...`, above"),
        ("# **Exercise 2 (hard).**", "# **Exercise 2 (easy).** a\n#\n# **Exercise 3 (easy).**", "**Exercise 3", "has no cell for its answer"),
        ("Exercise 2", "Exercise 1", "def radius_after", "two exercises of one name or number"),
        ("radius_after", "conv_transpose_size", 'tags=["exercise"]', "two exercises of one name or number"),
        ("checks.lesson_01.radius_after(radius_after)", "print(1)", "print(1)", "a graded check is one call like"),
        ("checks.lesson_01.radius_after(radius_after)", "checks.lesson_01.radius_after(radius_after)\nprint(1)", "print(1)", "a graded check is one call like"),
        ("checks.lesson_01.radius_after(radius_after)", "checks.lesson_01.radius_after(lambda: 1)", "lambda: 1", "a graded check is one call like"),
        ("def radius_after(", "def radius_before(", "def radius_before", "is one function, here radius_after, with one solution inside of it; this cell defines radius_before"),
        (shared.RADIUS.split("# %%")[1].split("\n", 1)[1], "radius_after = ...\n### BEGIN SOLUTION\nradius_after = 3\n### END SOLUTION\n\n\n", "radius_after = ...", "one function, here radius_after"),
    ],
)  # fmt: skip
def test_an_exercise_that_cannot_be_graded_is_named(tmp_path, old, new, at, said):
    exercises = tuple(
        one.replace(old, new) if "radius_after" in one else one
        for one in (shared.SIZE, shared.RADIUS.replace("{number}", "2"))
    )
    with pytest.raises(BuildError) as caught:
        composed(tmp_path, exercises=exercises)
    assert said in str(caught.value)
    lines = {line_of(tmp_path, at)} if at != 'tags=["exercise"]' else {line_of(tmp_path, "return radius")}
    assert {int(str(caught.value).split(":")[1])} == lines


def test_a_lesson_without_exercises_is_refused(tmp_path):
    path = shared.write_course(tmp_path, exercises=())
    with pytest.raises(BuildError, match="needs at least one exercise"):
        read_parts(read_lesson(path))


def test_a_single_exercise_need_not_be_numbered(tmp_path):
    path = shared.write_course(tmp_path, exercises=(shared.RADIUS.replace("**Exercise {number} (hard).** ", ""),))
    (part,) = read_parts(read_lesson(path)).exercises
    assert (part.title, part.points) == ("Exercise 1 (easy)", 5)
    assert part.text == "**Exercise 1 (easy).** All numbers are whole.\n\nHow far out? Use no loop."


# -- what the exercises need --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("x + y", {"x", "y"}),
        ("import math\nmath.pi", set()),
        ("def f(a, b=c):\n    return a + d", {"c", "d"}),
        ("def f(n):\n    return f(n - 1)", set()),
        ("[a * b for a in c]", {"b", "c"}),
        ("def f():\n    def g():\n        return h\n    return g", {"h"}),
        ("class A(B):\n    x = y", {"B", "y"}),
        ("@deco\ndef f(x: T) -> U:\n    return len(x)", {"deco", "T", "U"}),
        ("with torch.no_grad():\n    z = net(1)", {"torch", "net"}),
        ("lambda v: v @ w", {"w"}),
    ],
)
def test_names_taken_from_outside(code, names):
    assert taken(code) == names


def needed(root, code, head=shared.HEAD):
    lesson = read_lesson(shared.write_course(root, head=head))
    return Above(lesson).need(code, cell=len(lesson.cells) - 1, what="the exercise e").source()


@pytest.mark.parametrize(
    ("code", "source"),
    [
        ("lab.device", ""),
        ("np.pi", "import numpy as np"),
        ("FACTOR", "import math\n\n# of the length\nFACTOR, SHIFT = 2, math.pi"),
        ("feature_statistics", "from ganlab.layers import feature_statistics"),
        ("nn.Linear", "from torch import nn"),
    ],
)
def test_what_code_needs_is_imported_or_copied(tmp_path, code, source):
    assert needed(tmp_path, code) == source


@pytest.mark.parametrize(
    ("extra", "copied"),
    [
        ("# why\n# so\na = 3", "# why\n# so\na = 3"),
        ("# of b\nb = 2\na = 3", "a = 3"),
        ("# of nothing\n\na = 3", "a = 3"),
        ("# verifies (2)\na = 3", "a = 3"),
        ("# verifies (2): one,\n# and another\na = 3", "a = 3"),
        ("# @save ganlab.layers\na = 3", "a = 3"),
    ],
)
def test_the_comment_above_what_is_copied_comes_along(tmp_path, extra, copied):
    assert needed(tmp_path, "a", head=f"{shared.HEAD}\n# %%\n{extra}\n\n") == copied


@pytest.mark.parametrize(
    "extra",
    ["a = np.linspace(0, 1, 3)", "a = [math.sqrt(k) for k in range(3)]", "b = (1, 2)\na = max(b)", "a: int = 3",
     "a = torch.tensor([1.0]).view(1, 1)", "a = {'x': 1}['x']"],
)  # fmt: skip
def test_constants_may_be_computed_at_once(tmp_path, extra):
    lines = needed(tmp_path, "a", head=f"{shared.HEAD}\n# %%\n{extra}\n\n").split("\n")
    assert lines[-1] == extra.split("\n")[-1]
    assert all(line in lines for line in extra.split("\n"))


@pytest.mark.parametrize(
    ("extra", "name"),
    [
        ("", "net"),
        ("", "noise"),
        ("a = torch.zeros(3, requires_grad=True)", "a"),
        ("a = net(FACTOR)", "a"),
        ("a = [1, 2]\na[0] = 5", "a"),
        ("a = 1\nfor a in range(3):\n    pass", "a"),
        ("a = 1\na += 1", "a"),
        ("a = open('x').read()", "a"),
        ("a = np.random.default_rng(0)", "a"),
        ("a = twice(3)", "a"),
        ("a = (lambda: 3)()", "a"),
        ("with torch.no_grad():\n    a = 1", "a"),
        ("b = noise\na = (b, 1)", "a"),
        ("def a():\n    return net", "a"),
    ],
)
def test_what_training_data_or_chance_have_made_is_refused(tmp_path, extra, name):
    with pytest.raises(BuildError, match=r"which comes out of running the lesson \(line \d+: ") as caught:
        needed(tmp_path, name, head=f"{shared.HEAD}\n# %%\n{extra}\n\n")
    assert "the exercise e needs" in str(caught.value)


def test_a_name_from_nowhere_is_refused(tmp_path):
    with pytest.raises(BuildError, match="the exercise e needs 'nowhere', which no cell above defines"):
        needed(tmp_path, "nowhere")


def test_hidden_tests_know_of_the_setup_only_lab(tmp_path):
    exercise = shared.SIZE.replace("assert lab.generator(3) is not None", "assert ganlab is not None")
    with pytest.raises(BuildError, match="the hidden tests of conv_transpose_size need 'ganlab' of the setup cell"):
        composed(tmp_path, exercises=(exercise,))


def test_one_name_has_one_meaning(tmp_path):
    length = shared.LENGTH.replace("return channels", "return FACTOR and channels")
    between = length.replace("\n\n# %% tags", "\n# %%\nFACTOR = 3\n\n\n# %% tags", 1)
    with pytest.raises(BuildError, match="the exercises need 'FACTOR' with two different meanings"):
        composed(tmp_path, exercises=(shared.SIZE, between))
    head = shared.HEAD.replace("def twice", "def radius_after(x):\n    return x\n\n\ndef twice")
    size = shared.SIZE.replace("(size - 1)", "radius_after(size - 1)")
    with pytest.raises(BuildError, match="the answer 'radius_after' would replace what another exercise needs"):
        composed(tmp_path, head=head, exercises=(size, shared.RADIUS))


# -- nothing is given away ----------------------------------------------------------------------------------------


def released(notebook):
    """The release, made by hand."""
    for cell in notebook.cells:
        if cell.id.endswith(("-answer", "-check")):
            tags = cell.metadata.tags
            lines = cell.source.split("\n")
            for block in reversed(find_blocks(cell.source, kind="code", tags=tags)):
                stub = ['    raise NotImplementedError("your code here: replace this line")']
                lines[block.begin : block.end + 1] = stub if block.what == "SOLUTION" else []
            cell.source = "\n".join(lines)
        elif cell.id in ("question-1", "question-2"):
            cell.source = ANSWER_HERE
    return notebook


@pytest.mark.parametrize(
    ("cell", "added", "said"),
    [
        (None, "", ""),
        ("title", "stretched_length = (size - 1) * stride", "would show this line of a solution"),
        ("submit", '\nassert conv_transpose_size(4, 4, 2, 1) == _wanted[0], "hidden_from_students"', "of a solution"),
        ("need", "# END HIDDEN TESTS", "a marker is left in the release"),
        ("questions", "It says that the generator gets a gradient from\nthe discriminator's loss.", "'Why the detach?'"),
        ("radius-after-text", "It would help its own judge!", None),
        ("radius-after-text", "The generator would be led by the wrong loss.", "of 'Why the detach?'"),
        ("radius-after-answer", "# x", "has another cell radius-after-answer"),
        ("radius-after-check", "1", "has another cell radius-after-check"),
        ("question-2", "Two faces.", "has another cell question-2"),
    ],
)  # fmt: skip
def test_leaks_are_found_wherever_they_are(tmp_path, cell, added, said):
    notebook, _ = composed(tmp_path)
    notebook = released(notebook)
    for one in notebook.cells:
        if one.id == cell:
            one.source += f"\n{added}"
    lesson = read_lesson(tmp_path / "lessons" / "09_small.py")
    questions = read_written(tmp_path / "lessons" / "09_small.md")
    arguments = (lesson, read_parts(lesson), questions, nbformat.writes(notebook))
    if said:
        with pytest.raises(BuildError, match=said.replace("?", r"\?")):
            check_release(*arguments)
    else:
        check_release(*arguments)  # a short common phrase is nobody's secret


def test_outputs_and_foreign_metadata_are_refused(tmp_path):
    lesson = read_lesson(shared.write_course(tmp_path))
    questions = read_written(tmp_path / "lessons" / "09_small.md")
    for spoil in (lambda cell: cell.update(execution_count=3), lambda cell: cell.metadata.update(note="x")):
        notebook, _ = composed(tmp_path)
        spoil(released(notebook).cells[2])
        with pytest.raises(BuildError, match="the cell need of the release has outputs or foreign metadata"):
            check_release(lesson, read_parts(lesson), questions, nbformat.writes(notebook))
