"""The hidden tests of the exercises: fair to every right answer, deaf to whoever has memorised the check's examples.

They run here as in the grader: in a namespace that holds the answer, torch, F, nn, np, math and a ``lab``, no more.
"""

import ast
import contextlib
import math
import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganlab.features.vgg import IMAGENET_MEAN, IMAGENET_STD
from ganlab.layers import adaptive_instance_norm, feature_statistics
from tests.checks.bank import read_banks
from tests.notebook_runner import GUARD
from tools.lessons.markers import blank, find_blocks, parse, solved, top_level_names

ROOT = Path(__file__).resolve().parents[2]
SEEDS = (0, 1, 2)
GIVEN = {"torch": torch, "F": F, "nn": nn, "np": np, "math": math}
# What the solutions use besides; the hidden tests do not get it.
FROM_THE_LESSON = {
    "feature_statistics": feature_statistics,
    "adaptive_instance_norm": adaptive_instance_norm,
    "IMAGENET_MEAN": torch.tensor(IMAGENET_MEAN),
    "IMAGENET_STD": torch.tensor(IMAGENET_STD),
}
CALL = re.compile(r"checks\.(lesson_\d+\.\w+)\((\w+)\)")
IPYTHON = re.compile(r"_{1,3}|_i{1,3}|_i?\d+|_(ih|oh|dh|exit_code)")


@dataclass(frozen=True)
class Exercise:
    """An exercise as the lesson has it: ``bound`` are the names of the lesson, ``above`` those before its check."""

    name: str
    solution: str
    stub: str
    hidden: tuple[str, ...]
    above: frozenset[str]
    bound: frozenset[str]


def _read(path: Path) -> dict[str, Exercise]:
    """The exercises of a lesson by their checks, ``lesson_02.slerp``."""
    cells = [cell for cell in jupytext.read(path, fmt="py:percent").cells if cell.cell_type == "code"]
    tags = [tuple(cell.metadata.get("tags", ())) for cell in cells]
    blocks = [find_blocks(cell.source, kind="code", tags=mine) for cell, mine in zip(cells, tags, strict=True)]
    names = [
        top_level_names(parse(solved(cell.source, found))) if "check" not in mine else set()
        for cell, found, mine in zip(cells, blocks, tags, strict=True)
    ]
    exercises = {}
    for at, cell in enumerate(cells):
        if "check" in tags[at]:
            check, name = CALL.match(cell.source).groups()
            lines, task = cell.source.split("\n"), cells[at - 1].source
            exercises[check] = Exercise(
                name,
                solved(task, blocks[at - 1]),
                blank(task, blocks[at - 1]),
                tuple("\n".join(lines[block.begin + 1 : block.end]) for block in blocks[at]),
                frozenset().union(*names[:at]),
                frozenset().union(*names),
            )
    return exercises


EXERCISES = {
    check: exercise for path in sorted((ROOT / "lessons").glob("*.py")) for check, exercise in _read(path).items()
}
BANKS = {f"{lesson}.{exercise}": bank for lesson, banks in read_banks().items() for exercise, bank in banks.items()}
each_exercise = pytest.mark.parametrize("check", EXERCISES)


class SecretLab:
    """Like the grader's: ``generator(k)`` depends on a seed that no student knows."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def generator(self, offset: int = 0) -> torch.Generator:
        return torch.Generator().manual_seed(1_000_003 * (self.seed + 1) + offset)


def _examine(check: str, answer: Any, seed: int) -> None:
    """Run an exercise's hidden tests on an answer; they raise if they do not hold."""
    exercise = EXERCISES[check]
    space = {**GIVEN, "lab": SecretLab(seed), exercise.name: answer}
    exec(compile(exercise.hidden[0], f"<hidden tests of {check}>", "exec"), space)


def _defined(check: str, source: str) -> Any:
    """The learner's function, from the code of its cell."""
    space = {**GIVEN, **FROM_THE_LESSON}
    exec(source, space)
    return space[EXERCISES[check].name]


# --- the blocks themselves ------------------------------------------------------------------------------------
def test_every_exercise_has_hidden_tests():
    assert set(EXERCISES) == set(BANKS)
    assert [check for check, exercise in EXERCISES.items() if len(exercise.hidden) != 1] == []


@each_exercise
def test_hidden_tests_are_short_and_say_what_they_test(check):
    block = EXERCISES[check].hidden[0]
    nodes, lines = [*ast.walk(ast.parse(block))], block.split("\n")
    said = [node.msg is not None for node in nodes if isinstance(node, ast.Assert)]
    assert said
    assert all(said)
    assert not [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    # A comment has a line of its own, and costs none.
    assert len([line for line in lines if line.strip() and not line.lstrip().startswith("#")]) <= 20
    assert max(map(len, lines)) <= 94


@each_exercise
def test_hidden_tests_leave_the_notebook_as_it_is(check):
    exercise = EXERCISES[check]
    mine = top_level_names(tree := ast.parse(exercise.hidden[0]))
    assert mine & (exercise.bound | top_level_names(ast.parse(GUARD))) == set()
    assert [name for name in mine if not name.startswith("_") or IPYTHON.fullmatch(name)] == []
    # What the grader gives them, the notebook has to have under the same name.
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert used & {*GIVEN, "lab"} <= exercise.above


# --- right answers pass ---------------------------------------------------------------------------------------
@each_exercise
def test_every_right_answer_passes(check):
    failed = []
    for number, answer in enumerate(BANKS[check].right):
        for seed in SEEDS:
            try:
                _examine(check, answer, seed)
            except Exception as error:
                failed.append(f"right answer {number}, {answer}, seed {seed}: {type(error).__name__}: {error}")
    assert not failed, "\n".join(failed)


@each_exercise
def test_the_solution_passes_and_no_random_state_moves(check):
    def states() -> list[Any]:
        return [random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()]  # noqa: NPY002

    solution, before = _defined(check, EXERCISES[check].solution), states()
    for seed in SEEDS:
        _examine(check, solution, seed)
    assert states() == before


@each_exercise
def test_what_an_answer_is_given_can_be_sent_to_another_process(check):
    cloudpickle = pytest.importorskip("cloudpickle")
    solution = _defined(check, EXERCISES[check].solution)

    def sent(*args: Any, **kwargs: Any) -> Any:
        there = cloudpickle.loads(cloudpickle.dumps((args, kwargs)))
        with torch.random.fork_rng(devices=[]):
            # A function that arrives must also run there.
            solution(*there[0], **there[1])
        return solution(*args, **kwargs)

    _examine(check, sent, 0)


# --- everything else does not -----------------------------------------------------------------------------------
def _key(value: Any) -> Any:
    """What of an argument can be remembered."""
    if isinstance(value, Tensor):
        return value.shape, value.dtype, value.detach().contiguous().numpy().tobytes()
    if isinstance(value, np.ndarray):
        return value.shape, value.tobytes()
    if isinstance(value, nn.Module):
        return str(value), _key(value.state_dict())
    if isinstance(value, dict):
        return tuple((name, _key(item)) for name, item in value.items())
    if isinstance(value, list | tuple):
        return tuple(map(_key, value))
    return "something" if callable(value) or isinstance(value, torch.optim.Optimizer) else repr(value)


def _nothing(value: Any) -> Any:
    """Of the same kind, but all zeros; a module stays what it is."""
    if isinstance(value, dict):
        return {name: _nothing(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_nothing, value))
    return value if isinstance(value, nn.Module) else value * 0


class Memoriser:
    """Right for whatever it met while ``learning``; for anything else, zeros, and every network as it was."""

    def __init__(self, right: Any) -> None:
        self.right, self.learning = right, True
        self.known: set[Any] = set()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        key = _key((args, kwargs))
        if self.learning:
            self.known.add(key)
        networks = [module for module in args if isinstance(module, nn.Module)]
        before = [{name: kept.clone() for name, kept in network.state_dict().items()} for network in networks]
        made = self.right(*args, **kwargs)
        if key in self.known:
            return made
        for network, state in zip(networks, before, strict=True):
            network.load_state_dict(state)
        return _nothing(made)


@each_exercise
def test_who_has_memorised_the_examples_of_the_check_passes_it_and_fails_here(check):
    answer = Memoriser(_defined(check, EXERCISES[check].solution))
    BANKS[check].check.grade(answer)
    answer.learning = False
    assert BANKS[check].check.grade(answer).passed
    for seed in SEEDS:
        with pytest.raises(AssertionError):
            _examine(check, answer, seed)


@each_exercise
def test_the_stub_fails(check):
    with pytest.raises(NotImplementedError, match="your code here"):
        _examine(check, _defined(check, EXERCISES[check].stub), 0)


@each_exercise
def test_most_wrong_answers_fail_here_too(check):
    """Also without the check before them. What they leave to it: types, mutation, extreme values."""
    passed = 0
    for answer, _ in BANKS[check].wrong:
        with contextlib.suppress(Exception):
            _examine(check, answer, 0)
            passed += 1
    assert passed <= len(BANKS[check].wrong) / 4
