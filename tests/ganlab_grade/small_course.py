"""A graded lesson made by hand: three real exercises, two written questions; handed out, and solved.

``small_assignment()`` is what the marking gets, ``blank_notebook()`` what the student gets, ``solved_notebook()`` what
a good student hands in. Each call returns a fresh object, free to be damaged.
"""

import hashlib
from dataclasses import replace

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from ganlab_grade.course import Assignment, Exercise, Question, to_json

LESSON = "09_small_course"
TITLE = "A small course"
SETUP = "import math\n\nimport torch\n\nfrom ganlab import checks"
STUB = '    raise NotImplementedError("your code here: replace this line")'

HEADS = {
    "optimal_discriminator": 'def optimal_discriminator(p, q):\n    """D*(x) for densities p and q, tensors of one shape, at least 0."""\n',
    "radius_after": 'def radius_after(steps, eta, radius=1.0):\n    """Distance from (0, 0) after so many simultaneous steps of size eta."""\n',
    "conv_transpose_size": 'def conv_transpose_size(size, kernel, stride, padding):\n    """Output length of a transposed convolution, an int."""\n',
}
STUBS = {name: head + STUB for name, head in HEADS.items()}
SOLUTIONS = {
    "optimal_discriminator": HEADS["optimal_discriminator"]
    + "    total = p + q\n    safe = torch.where(total > 0, total, torch.ones_like(total))\n"
    + "    return torch.where(total > 0, p / safe, torch.full_like(total, 0.5))",
    "radius_after": HEADS["radius_after"] + "    return radius * (1 + eta**2) ** (steps / 2)",
    "conv_transpose_size": HEADS["conv_transpose_size"] + "    return (size - 1) * stride - 2 * padding + kernel",
}
HIDDEN = {
    "optimal_discriminator": "import torch\n\n"
    "got = optimal_discriminator(torch.tensor([3.0, 0.0]), torch.tensor([1.0, 7.0]))\n"
    "torch.testing.assert_close(got, torch.tensor([0.75, 0.0]))",
    "radius_after": "assert abs(radius_after(2, 1.0, 3.0) - 6.0) < 1e-9\nassert radius_after(0, 0.5) == 1.0",
    "conv_transpose_size": "assert conv_transpose_size(7, 5, 3, 2) == 19\nassert conv_transpose_size(1, 4, 1, 0) == 4",
}
LADDERS = {
    "optimal_discriminator": "lesson_01.optimal_discriminator",
    "radius_after": "lesson_01.radius_after",
    "conv_transpose_size": "lesson_02.conv_transpose_size",
}
TITLES = {
    "optimal_discriminator": ("Exercise 1 (easy)", 5.0),
    "radius_after": ("Exercise 2 (medium)", 10.0),
    "conv_transpose_size": ("Exercise 3 (hard)", 15.0),
}
QUESTIONS = (
    Question(
        name="question-1",
        title="Question 1",
        cell="question-1",
        points=4.0,
        text="**Question 1.** Why does the saturating loss teach a weak generator so little?",
        rubric=((2.0, "says where D(G(z)) lies early on: near 0"), (2.0, "says that the slope vanishes there")),
        answer="Early on D is sure that fakes are fake, D(G(z)) is near 0, and log(1 - D) is flat there.",
    ),
    Question(
        name="question-2",
        title="Question 2",
        cell="question-2",
        points=6.0,
        text="**Question 2.** Two players each descend their own loss. Why may they circle for ever?",
        rubric=((3.0, "the field of the game is a rotation"), (3.0, "a step along it leads outwards")),
        answer="The joint field turns about the solution, and a straight step along a circle leads out of it.",
    ),
)
ANSWER_STUB = "*Your answer: replace this line.*"


def _nbgrader(grade_id: str, **changes: object) -> dict:
    settings = {"grade": False, "grade_id": grade_id, "locked": True, "schema_version": 3, "solution": False}
    return {"nbgrader": {**settings, "task": False, **changes}}


def _locked(cell: NotebookNode) -> NotebookNode:
    cell.metadata.update(editable=False, deletable=False)
    return cell


def _text(grade_id: str, source: str) -> NotebookNode:
    return _locked(new_markdown_cell(source, id=grade_id, metadata=_nbgrader(grade_id)))


def blank_notebook() -> NotebookNode:
    """The notebook as handed out."""
    cells = [
        _text("title", f"# {TITLE}\n\nThree exercises, two questions."),
        _text("need-text", "## What you need\n\nPyTorch, and the checks."),
        _locked(new_code_cell(SETUP, id="setup", metadata=_nbgrader("setup"))),
    ]
    for name, (title, points) in TITLES.items():
        slug = name.replace("_", "-")
        check = _nbgrader(f"{slug}-check", grade=True, points=points)
        cells += [
            _text(f"{slug}-text", f"**{title}.** Write `{name}`: the lesson has the formula."),
            new_code_cell(
                STUBS[name], id=f"{slug}-answer", metadata=_nbgrader(f"{slug}-answer", solution=True, locked=False)
            ),
            _locked(new_code_cell(f"checks.{LADDERS[name]}({name})", id=f"{slug}-check", metadata=check)),
        ]
    for question in QUESTIONS:
        answer = _nbgrader(question.cell, grade=True, solution=True, locked=False, points=question.points)
        cells += [
            _text(f"{question.cell}-text", question.text),
            new_markdown_cell(ANSWER_STUB, id=question.cell, metadata=answer),
        ]
    cells.append(_text("end", "That was all. Save, and hand in."))
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})


def solved_notebook() -> NotebookNode:
    """The notebook with every exercise solved and every question answered."""
    notebook = blank_notebook()
    answers = {f"{name.replace('_', '-')}-answer": source for name, source in SOLUTIONS.items()}
    answers |= {question.cell: question.answer for question in QUESTIONS}
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    return notebook


def small_assignment() -> Assignment:
    """The assignment: 3 exercises (30 points), 2 questions (10 points)."""
    exercises = tuple(
        Exercise(
            name=name,
            title=title,
            check=LADDERS[name],
            answer_cell=f"{name.replace('_', '-')}-answer",
            check_cell=f"{name.replace('_', '-')}-check",
            points=points,
            hidden=HIDDEN[name],
        )
        for name, (title, points) in TITLES.items()
    )
    release = nbformat.writes(blank_notebook())
    assignment = Assignment(LESSON, TITLE, exercises, QUESTIONS, release=release, digest="")
    return replace(assignment, digest=hashlib.sha256(to_json(assignment).encode()).hexdigest())
