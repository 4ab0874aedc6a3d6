"""The ladder itself: one sentence a failure, no traceback, no fooling it, no trace left behind."""

import random

import numpy as np
import pytest
import torch

from ganlab.checks.attempt import close
from ganlab.checks.ladder import Ladder, Result, returns, rung, shape, value


def double(x):
    return 2 * x


def example():
    return (torch.tensor([[1.0, 2.0], [3.0, -4.0]]),)


def ladder(**changes):
    settings = {
        "example": example,
        "rungs": [
            returns(torch.Tensor, hint="tensors go in and come out"),
            shape(lambda x: x.shape),
            rung("odd", lambda f: close(f(-torch.ones(2)), -f(torch.ones(2))), "doubling -x is minus doubling x"),
            value(double, examples=lambda: [(torch.full((3,), 7.0),), torch.eye(2)]),
        ],
        "praise": "twice is twice",
        **changes,
    }
    return Ladder("double", settings.pop("rungs"), **settings)


def test_a_right_answer_climbs_to_the_top(capsys):
    result = ladder()(double)
    assert result == Result("double", True, "passed", "twice is twice", 1.0)
    assert capsys.readouterr().out == "✓ double: twice is twice\n"
    # Shown once, by the print.
    assert result._ipython_display_() is None
    assert capsys.readouterr().out == ""


def nothing(x):
    pass


def stub(x):
    raise NotImplementedError("your code here: replace this line")


def bare_stub(x):
    raise NotImplementedError


def dots(x):
    return ...


class Fooling:
    def __eq__(self, other):
        return True

    __hash__ = None
    # Even isinstance() is fooled.
    __class__ = torch.Tensor


class FoolingTensor(torch.Tensor):
    def __eq__(self, other):
        return torch.tensor(True)

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return torch.tensor(True)


@pytest.mark.parametrize(
    ("answer", "name", "words"),
    [
        (stub, "missing", "not yet written"),
        (bare_stub, "missing", "not yet written"),
        (dots, "missing", "not yet written"),
        (..., "missing", "not yet written"),
        (None, "missing", "not yet written"),
        (nothing, "returns_none", "returns nothing"),
        (torch.ones(2, 2), "wrong_type", "without parentheses"),
        (lambda x: 3, "wrong_type", "expected a torch.Tensor, got an int; tensors go in"),
        (lambda x: True, "wrong_type", "got a bool"),
        (lambda x: x.numpy(), "wrong_type", "got a numpy.ndarray"),
        (lambda x: Fooling(), "wrong_type", f"got a {__name__.split('.')[0]}.Fooling"),
        (lambda x: 2 * x[0], "wrong_shape", "expected the shape (2, 2), got (2,)"),
        (lambda x: 2 * x.abs(), "odd", "minus doubling"),
        (lambda x: torch.where(x.isnan(), x, x * 3), "wrong_value", "not the expected ones"),
        (lambda x: x * torch.nan, "odd", "minus doubling"),
        (lambda x: (2 * x).where(x < 7, 0 * x), "wrong_value", "not the expected ones"),
        (lambda x: (2 * x).as_subclass(FoolingTensor) * 0, "wrong_shape", "got ()"),
        (lambda x: (x * 0 + 5 * x.sign()).as_subclass(FoolingTensor), "wrong_value", "not the expected ones"),
    ],
)
def test_the_first_rung_that_fails_speaks(answer, name, words):
    result = ladder().grade(answer)
    assert result.rung == name, result
    assert words in result.message
    assert not result.passed
    assert repr(result).startswith("✗ double: ")
    assert "\n" not in repr(result)


def test_the_score_grows_rung_by_rung():
    answers = [stub, lambda x: 1, lambda x: x[0], lambda x: x.abs(), lambda x: 3 * x, double]
    assert [ladder().grade(answer).score for answer in answers] == [0, 0, 0.125, 0.25, 0.5, 1]


def test_an_exception_is_named_with_the_learners_line():
    def careless(x):
        return torch.cat([x * scael, x])  # noqa: F821

    result = ladder().grade(careless)
    line = careless.__code__.co_firstlineno + 1
    assert result.rung == "error"
    assert f"stopped at line {line}, `return torch.cat([x * scael" in result.message
    assert result.message.endswith("with NameError: name 'scael' is not defined")


def test_an_exception_inside_torch_names_the_learners_line_not_torchs():
    def misshapen(x):
        return torch.nn.functional.linear(x, torch.ones(3, 3))

    message = ladder().grade(misshapen).message
    assert "return torch.nn.functional.linear" in message
    assert "RuntimeError" in message


def test_an_error_in_a_named_rung_is_that_rungs():
    def only_squares(x):
        _rows, _columns = x.shape
        return 2 * x

    result = ladder().grade(only_squares)
    assert result.rung == "odd"
    assert result.message.startswith("doubling -x is minus doubling x (your code stopped at line")


def test_an_error_in_a_rung_without_a_sentence_speaks_for_itself():
    odd = rung("late", lambda f: f(torch.ones(1)), "")
    result = ladder(rungs=[returns(torch.Tensor), odd]).grade(lambda x: x.reshape(2, 2))
    assert (result.rung, result.message[:9]) == ("late", "your code")


def test_a_stub_left_on_one_path_is_missing():
    def half(x):
        if x.dim() == 1:
            raise NotImplementedError("your code here: replace this line")
        return 2 * x

    result = ladder().grade(half)
    assert (result.rung, result.score) == ("missing", 0.25)


def test_not_implemented_from_elsewhere_is_an_error():
    def unsupported(x):
        return _library(x)

    def _library(x):
        raise NotImplementedError("Could not run 'aten::x' with arguments from the 'CPU' backend.")

    source_hidden = eval("lambda x: f(x)", {"f": _library})
    assert ladder().grade(source_hidden).rung == "error"


@pytest.mark.parametrize("error", [SystemExit(3), RecursionError("deep"), StopIteration(), ValueError("a\nb" * 200)])
def test_whatever_the_learner_raises_becomes_one_line(error):
    def raises(x):
        raise error

    result = ladder().grade(raises)
    assert result.rung == "error"
    assert "\n" not in result.message
    assert len(result.message) < 400
    assert type(error).__name__ in result.message


def test_an_interrupt_is_the_learners_own():
    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ladder().grade(interrupted)


def test_an_answer_without_source_still_gets_a_sentence():
    answer = eval("lambda x: missing_name")
    result = ladder().grade(answer)
    assert result.rung == "error"
    assert "missing_name" in result.message
    assert ladder().grade(torch.hstack).rung == "error"


def test_a_classs_own_line_is_named():
    class Layer(torch.nn.Module):
        def __init__(self, width):
            super().__init__()
            self.weight = width / 0

    made = Ladder("layer", [returns(torch.nn.Module)], example=lambda: {"width": 3})
    assert "self.weight = width / 0" in made.grade(Layer).message
    assert made.grade(torch.nn.Identity).rung == "passed"


def test_a_test_that_stumbles_rejects():
    made = ladder(rungs=[returns(torch.Tensor), rung("stumbles", lambda f: f.result.no_such, "no such thing")])
    assert made.grade(double).rung == "stumbles"
    made = ladder(rungs=[returns(torch.Tensor), rung("stumbles", lambda f: f.result.no_such, "")])
    assert made.grade(double).message == "the answer could not be examined"


@pytest.mark.parametrize("outcome", [Fooling(), 1, "", None, torch.tensor(False), np.False_, [True]])
def test_only_an_honest_true_passes(outcome):
    made = ladder(rungs=[returns(torch.Tensor), rung("claims", lambda f: outcome, "a claim is no proof")])
    assert made.grade(double).rung == "claims"


@pytest.mark.parametrize("outcome", [True, np.True_, torch.tensor(True)])
def test_every_kind_of_true_passes(outcome):
    assert ladder(rungs=[returns(torch.Tensor), rung("claims", lambda f: outcome, "no")]).grade(double).passed


def test_a_rung_may_say_more_than_its_sentence():
    made = ladder(rungs=[returns(torch.Tensor), rung("sum", lambda f: f"the sum is {f.result.sum():g}", "no")])
    assert made.grade(double).message == "the sum is 4"


def test_no_random_state_nor_mode_is_moved_and_the_draws_are_always_the_same():
    def noisy(x):
        torch.set_default_dtype(torch.float64)
        draws.append((random.random(), float(np.random.rand()), float(torch.rand(()))))  # noqa: NPY002
        return 2 * x

    draws: list[tuple[float, ...]] = []
    before = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()  # noqa: NPY002
    with torch.no_grad():
        first = ladder().grade(noisy)
        assert not torch.is_grad_enabled()
    count = len(draws)
    assert ladder().grade(noisy) == first
    after = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()  # noqa: NPY002
    assert before[:2] == after[:2]
    assert torch.equal(before[2], after[2])
    assert torch.get_default_dtype() == torch.float32
    assert draws[:count] == draws[count:]


def test_gradients_can_be_checked_inside_no_grad():
    def gradient(f):
        x = torch.ones(3, requires_grad=True)
        return close(torch.autograd.grad(f(x).sum(), x)[0], 2 * torch.ones(3))

    made = ladder(rungs=[returns(torch.Tensor), rung("gradient", gradient, "the gradient is lost")])
    with torch.no_grad():
        assert made.grade(double).passed
    assert made.grade(lambda x: 2 * x.detach()).rung == "gradient"


def test_an_exercise_may_ask_for_a_value():
    made = Ladder("count", [returns(int), value(lambda: 42, "not that many")])
    assert made.grade(42).passed
    assert [made.grade(answer).rung for answer in (..., None, 4.2, True, 41)] == [
        "missing", "returns_none", "wrong_type", "wrong_type", "wrong_value"]  # fmt: skip


def test_the_shape_may_be_written_down():
    made = Ladder("ones", [returns(list), shape((2, 2))])
    assert made.grade([[1, 2], [3, 4]]).passed
    assert made.grade([1, 2]).message == "expected the shape (2, 2), got (2,)"


@pytest.mark.parametrize(
    "rungs",
    [
        [],
        [rung("odd", lambda f: True, "")],
        [returns(int), rung("a", lambda f: True, ""), rung("a", lambda f: True, "")],
        [returns(int), rung("missing", lambda f: True, "")],
    ],
)
def test_a_ladder_that_could_not_name_its_rungs_is_refused(rungs):
    with pytest.raises(ValueError, match="expected"):
        Ladder("x", rungs)


def test_a_ladder_says_what_it_is():
    assert repr(ladder()) == "<check of the exercise double: wrong_type, wrong_shape, odd, wrong_value>"
