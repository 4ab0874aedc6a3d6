"""One submission through its checks: in the notebook's order, each exercise for itself, in bounded time."""

import os
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from ganlab_grade.examine import RUNGS, Examination, Patience, passes_hidden
from tests.ganlab_grade.inside.session import session
from tests.ganlab_grade.small_course import SOLUTIONS, blank_notebook, small_assignment, solved_notebook
from tests.ganlab_grade.when import EXAMINED

THOROUGH = pytest.mark.thorough(when=EXAMINED)
QUICK = Patience(request=4.0, exercise=8.0, submission=120.0, restarts=4)


def cells_of(notebook):
    return [(cell.id, cell.source) for cell in notebook.cells if cell.cell_type == "code"]


def examined(changes=(), *, notebook=None, assignment=None, patience=QUICK, seed=1):
    """Examine the solved notebook with some cells changed, {id: source}; "+id" adds a cell before that one."""
    cells = cells_of(notebook or solved_notebook())
    for cell, source in dict(changes).items():
        at = [one for one, _ in cells].index(cell.removeprefix("+"))
        if cell.startswith("+"):
            cells.insert(at, (f"added-{at}", source))
        else:
            cells[at] = (cell, source)
    start = lambda: session(seconds=patience.request)  # noqa: E731
    found = Examination(cells, assignment or small_assignment(), start, seed=seed, patience=patience).run()
    assert [one.exercise for one in found.verdicts] == list(SOLUTIONS)
    return found


def rungs(found):
    return [one.rung for one in found.verdicts]


def points(found):
    return [one.points for one in found.verdicts]


def test_solved_earns_all_and_blank_nothing():
    solved, blank = examined(), examined(notebook=blank_notebook())
    assert (rungs(solved), points(solved), solved.human) == (["passed"] * 3, [5, 10, 15], ())
    assert (rungs(blank), points(blank), blank.human) == (["missing"] * 3, [0, 0, 0], ())


def test_the_same_notebook_gets_the_same_verdicts():
    changes = {
        "radius-after-answer": "import random\ndef radius_after(steps, eta, radius=1.0):\n    return random.random()"
    }
    assert examined(changes).verdicts == examined(changes).verdicts


def test_partial_credit_goes_by_the_rungs_climbed():
    found = examined(
        {
            "radius-after-answer": "def radius_after(steps, eta, radius=1.0):\n    return radius * (1 + eta**2) ** steps"
        }
    )
    verdict = found.verdicts[1]
    assert verdict.rung == "squared"
    assert "squared" in verdict.message
    assert 0 < verdict.points < 10
    assert points(found)[::2] == [5, 15]


def test_an_answer_is_examined_where_its_check_stands():
    later = "def radius_after(steps, eta, radius=1.0):\n    return 0.0"
    assert points(examined({"+conv-transpose-size-check": later})) == [5, 10, 15]
    assert points(examined({"+radius-after-check": later}))[1] < 10


def test_what_stops_the_cell_of_an_answer_is_said():
    found = examined({"radius-after-answer": "def radius_after(steps, eta:\n    return 1"})
    assert rungs(found) == ["passed", "error", "passed"]
    assert "SyntaxError" in found.verdicts[1].message
    assert found.human == ()


@pytest.mark.parametrize(
    ("cell", "source", "rung"),
    [
        pytest.param("radius-after-answer", "while True: pass", "time", marks=THOROUGH),
        pytest.param("radius-after-answer", "import os; os._exit(0)", "died", marks=THOROUGH),
        pytest.param(
            "radius-after-answer", "def radius_after(*a, **k):\n    while True: pass", "time", marks=THOROUGH
        ),
        ("radius-after-answer", "import os\ndef radius_after(*a, **k):\n    os._exit(0)", "died"),
    ],
)
def test_an_exercise_that_ends_its_process_costs_itself_only(cell, source, rung):
    found = examined({cell: source})
    assert rungs(found) == ["passed", rung, "passed"]
    assert points(found) == [5, 0, 15]
    assert len(found.human) == 1


@THOROUGH
def test_a_cell_of_their_own_that_never_ends_is_left_out():
    found = examined({"+radius-after-answer": "while True: pass"})
    assert points(found) == [5, 10, 15]
    assert len(found.human) == 1
    assert "left out" in found.human[0]


@THOROUGH
def test_there_is_an_end_to_patience():
    hopeless = dict.fromkeys(
        ("optimal-discriminator-answer", "radius-after-answer", "conv-transpose-size-answer"), "while True: pass"
    )
    found = examined(hopeless, patience=replace(QUICK, restarts=1))
    assert rungs(found) == ["time", "time", "not_run"]
    assert points(found) == [0, 0, 0]
    assert len(found.human) == 3


def test_right_on_the_visible_inputs_only_is_half_right_and_looked_at():
    by_heart = "def conv_transpose_size(size, kernel, stride, padding):\n    right = (size - 1) * stride - 2 * padding + kernel\n    return 1 if size > 999 else right"
    assignment = small_assignment()
    hidden = "assert conv_transpose_size(1000, 2, 1, 0) == 1001"
    assignment = replace(
        assignment, exercises=(*assignment.exercises[:2], replace(assignment.exercises[2], hidden=hidden))
    )
    found = examined({"conv-transpose-size-answer": by_heart}, assignment=assignment)
    assert rungs(found) == ["passed", "passed", "hidden_tests"]
    assert points(found) == [5, 10, 15 * RUNGS]
    assert "Exercise 3" in found.human[0]
    assert hidden not in str(found)


def test_hidden_inputs_come_from_the_seed():
    seen = []

    def answer(x):
        seen.append(x)
        return x

    source = (
        "assert torch.equal(f(torch.rand(2, generator=lab.generator(3))), torch.rand(2, generator=lab.generator(3)))"
    )
    assert all(passes_hidden(source, answer, "f", seed) for seed in (1, 1, 2))
    assert seen[0].tolist() == seen[1].tolist() != seen[2].tolist()


def test_hidden_tests_that_are_broken_are_not_the_students_fault():
    with pytest.raises(NameError):
        passes_hidden("assert f(undefined_name)", lambda x: x, "f", 1)
    assert not passes_hidden("assert f(1) == 2", lambda x: x, "f", 1)


@pytest.mark.parametrize("level", ["1", "2"])
def test_hidden_tests_count_in_every_mode_of_the_interpreter(level):
    """PYTHONOPTIMIZE takes asserts out of what an interpreter compiles, of the hidden tests too."""
    program = (
        "import sys\n"
        "from ganlab_grade.examine import passes_hidden\n"
        "assert False, 'not reached: asserts are off in this mode'\n"
        "source = 'assert f(2) == 4'\n"
        "print(sys.flags.optimize, passes_hidden(source, lambda x: 4, 'f', 1), passes_hidden(source, lambda x: 0, 'f', 1))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "PYTHONOPTIMIZE": level}, capture_output=True, text=True,
        cwd=Path(__file__).parents[2], check=False,
    )  # fmt: skip
    assert done.stdout.split() == [level, "True", "False"], done.stderr


def test_warnings_that_are_errors_elsewhere_change_no_mark():
    """As with PYTHONWARNINGS=error, or `python -W error`."""
    source = "import warnings\nwarnings.warn('old')\nassert f(2) == 4"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert passes_hidden(source, lambda x: 4, "f", 1)
        assert not passes_hidden(source, lambda x: 0, "f", 1)
