"""The rungs that exercises share: each passes what it should, and says its sentence of what it should not."""

import numpy as np
import pytest
import torch

from ganlab.checks import rungs
from ganlab.checks.ladder import Ladder, returns


def found(answer, *steps, example):
    """The rung that ``answer`` falls from, and what is said."""
    result = Ladder("answer", [returns(object), *steps], example=example).grade(answer)
    return result.rung, result.message


def numbers():
    return torch.tensor([1.0, -2.0, 4.0])


def test_a_mistake_is_recognised_on_the_example_among_several_and_by_another_nearness():
    once = rungs.unlike("doubled", lambda x: 2 * x, "that is twice as much")
    assert found(lambda x: x + x, once, example=numbers) == ("doubled", "that is twice as much")
    assert found(lambda x: 3 * x, once, example=numbers)[0] == "passed"
    several = rungs.unlike_all("wrong", (lambda x, k=k: k * x for k in (2, 3)), "that is wrong")
    for _ in range(2):
        assert found(lambda x: 3 * x, several, example=numbers)[0] == "wrong"
    assert found(lambda x: 2.0005 * x, several, example=numbers)[0] == "passed"
    roughly = rungs.unlike_all("wrong", [lambda x: 2 * x], "that is wrong", rungs.near)
    assert found(lambda x: 2.0005 * x, roughly, example=numbers)[0] == "wrong"


@pytest.mark.parametrize(
    ("answer", "rung"),
    [
        (lambda x: 3, "passed"),
        (lambda x: 0.5, "passed"),
        (lambda x: np.float32(2), "passed"),
        (lambda x: x.sum(), "passed"),
        (lambda x: True, "wrong_type"),
        (lambda x: "3", "wrong_type"),
        (lambda x: [3.0], "wrong_type"),
        (lambda x: x, "wrong_shape"),
        (lambda x: x[:1], "wrong_shape"),
    ],
)
def test_one_number(answer, rung):
    kind, size = rungs.one_number("the sum is one number", "one number for all of them")
    result = Ladder("answer", [kind, size], example=numbers).grade(answer)
    assert result.rung == rung
    said = {"wrong_type": "the sum is one number", "wrong_shape": "one number for all of them"}.get(rung, "")
    assert result.message.endswith(said)


def test_a_loss_is_one_number_in_a_tensor():
    steps = rungs.one_loss("the loss is one number", source="generator")
    for answer, rung in ((lambda x: x.sum(), "passed"), (lambda x: 3.0, "wrong_type"), (lambda x: x, "wrong_shape")):
        result = Ladder("answer", steps, example=numbers).grade(answer)
        assert result.rung == rung
    said = Ladder("answer", steps, example=numbers).grade(lambda x: 3.0).message
    assert (
        said
        == "expected a torch.Tensor, got a float; keep the tensor: a plain number has lost its way back to the generator"
    )


@pytest.mark.parametrize(
    ("answer", "passes", "passes_with_shape"),
    [
        (lambda x: (x, -x), True, True),
        (lambda x: [x, -x], True, True),
        (lambda x: (x, x.sum()), True, False),
        (lambda x: (x, x, x), False, False),
        (lambda x: (x, 3.0), False, False),
        (lambda x: 3.0, False, False),
    ],
)
def test_a_pair_of_tensors(answer, passes, passes_with_shape):
    for shape, wanted in ((None, passes), (lambda x: x.shape, passes_with_shape)):
        rung = found(answer, rungs.pair("expected two tensors", shape), example=numbers)[0]
        assert rung == ("passed" if wanted else "pair")


def test_a_tensor_changed_in_place_is_noticed_also_in_a_list():
    def example():
        return 3, [numbers(), (numbers(),)], numbers()

    step = rungs.keeps_tensors("your function changes it")
    assert found(lambda k, maps, x: k * x, step, example=example)[0] == "passed"
    for changes in (
        lambda k, maps, x: x.add_(1),
        lambda k, maps, x: maps[0].mul_(2),
        lambda k, maps, x: maps[1][0].zero_(),
    ):
        assert found(changes, step, example=example) == ("changes_its_input", "your function changes it")
    assert [len(tensor) for tensor in rungs.tensors(example())] == [3, 3, 3]


def test_gradients_are_those_of_the_sum_and_0_where_none_arrives():
    x, y, unused = numbers(), numbers(), torch.ones(2, 2)
    slopes = rungs.gradients(lambda a, b, c: a * b, (x, y, unused), [x, y, unused])
    assert [slope.tolist() for slope in slopes] == [y.tolist(), x.tolist(), [[0, 0], [0, 0]]]
    assert rungs.gradient(lambda k, a: k * a**2, 3, numbers()).tolist() == (6 * numbers()).tolist()
    assert rungs.gradient(lambda a: a.detach() ** 2, numbers()).tolist() == [0, 0, 0]
