"""An answer behind the border is an answer: every bank, judged here and there; gradients; what arguments suffer."""

import numpy as np
import pytest
import torch
from torch import nn

from ganlab.checks.attempt import Stopped
from ganlab_grade.channel import Ended
from ganlab_grade.examine import climb
from ganlab_grade.remote import RemoteAnswer, RemoteAttempt, Undefined
from tests.checks.bank import bank_module, read_banks
from tests.ganlab_grade.inside.session import session
from tests.ganlab_grade.when import BANKS as CHANGED

BANKS = read_banks()


@pytest.fixture(scope="module")
def inside():
    with_answers = session()
    yield with_answers
    with_answers.close()


def answer(inside, source, name="f"):
    assert inside.run(source) == ""
    return inside.answer(name)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # wrong answers divide by 0, here as there
@pytest.mark.parametrize(
    "lesson", [pytest.param(one, marks=[pytest.mark.thorough(when=CHANGED)] * (one > "lesson_00")) for one in BANKS]
)
def test_every_answer_of_the_banks_gets_the_verdict_it_gets_at_home(lesson):
    bank = BANKS[lesson]
    far = session()
    compared = 0
    try:
        for exercise, one in bank.items():
            for kind, answers in (("right", one.right), ("wrong", [wrong for wrong, _ in one.wrong])):
                for index, local in enumerate(answers):
                    pick = f"BANK.{kind}[{index}]" + ("[0]" if kind == "wrong" else "")
                    assert far.run(f"from {bank_module(lesson, exercise)} import BANK\nanswer = {pick}") == ""
                    assert climb(one.check, far, "answer") == one.check.grade(local), (exercise, pick)
                    compared += 1
    finally:
        far.close()
    assert compared >= 8 * len(bank)


def test_values_keep_their_type_shape_and_numbers(inside):
    for value in (1, 2**200, 1.5, float("inf"), True, "é", 1 + 2j, [1, (2.0, "x")], {"a": [None, ...]}):
        assert answer(inside, f"from math import inf\nf = lambda x: {value!r}".replace("Ellipsis", "..."))(0) == value
    for dtype in (torch.float32, torch.float64, torch.bfloat16, torch.int64, torch.bool, torch.complex64):
        x = (torch.arange(6).reshape(2, 3) - 2).to(dtype)
        got = answer(inside, "f = lambda x: x.clone()")(x)
        assert got.dtype == dtype
        assert torch.equal(got, x)
    got = answer(inside, "import numpy as np\nf = lambda x: np.sqrt(x)")(np.arange(3.0))
    assert isinstance(got, np.ndarray)
    np.testing.assert_array_equal(got, np.sqrt(np.arange(3.0)))


def test_what_the_format_does_not_know_arrives_as_its_name(inside):
    got = answer(inside, "class Always:\n    def __eq__(self, other): return True\nf = lambda: Always()")()
    assert type(got).__name__ == "Always"
    assert got != 3
    lying = answer(
        inside,
        "class Liar(float):\n    def __eq__(self, other): return True\n    __hash__ = float.__hash__\nf = lambda: Liar(2)",
    )()
    assert type(lying) is float
    assert lying != 3


def test_gradients_cross_the_border(inside):
    f = answer(inside, "import torch\ndef f(x, network):\n    return (network(x) ** 2).sum(), x.sin().mean()")
    x = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    network = nn.Linear(3, 2, dtype=torch.float64)

    def local(x):
        return (network(x) ** 2).sum() + 3 * x.sin().mean()

    first, second = f(x, network)
    (first + 3 * second).backward()
    weights = network.weight.grad.clone()
    inputs = x.grad.clone()
    network.zero_grad()
    x.grad = None
    local(x).backward()
    torch.testing.assert_close(inputs, x.grad)
    torch.testing.assert_close(weights, network.weight.grad)
    assert torch.autograd.gradcheck(lambda x: f(x, network)[0], (x,))


def test_gradients_go_on_through_what_was_before_the_call(inside):
    f = answer(inside, "def f(x):\n    return x ** 3")
    start = torch.tensor(2.0, requires_grad=True)
    f(start * 5).backward()
    assert float(start.grad) == pytest.approx(3 * 10**2 * 5)


def test_a_detached_result_needs_no_gradient(inside):
    f = answer(inside, "def f(x):\n    return x.detach() * 2, x * 2")
    cut, kept = f(torch.ones(2, requires_grad=True))
    assert (cut.requires_grad, kept.requires_grad) == (False, True)
    with torch.no_grad():
        assert not f(torch.ones(2, requires_grad=True))[1].requires_grad


def test_what_an_answer_does_to_its_arguments_happens_here(inside):
    f = answer(
        inside,
        "import torch\n"
        "def f(network, optimizer, x, numbers, names):\n"
        "    optimizer.zero_grad()\n    loss = network(x).square().mean()\n    loss.backward()\n    optimizer.step()\n"
        "    network.eval()\n    network[1].bias = torch.nn.Parameter(torch.full((1,), 7.0))\n"
        "    numbers.append(9)\n    names['new'] = x + 1\n    del names['old']\n    x.mul_(0)\n    return network",
    )
    torch.manual_seed(0)
    network = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 1))
    twin = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 1))
    twin.load_state_dict(network.state_dict())
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    x, numbers, names = torch.randn(5, 3), [1, 2], {"old": torch.zeros(1)}
    before = x.clone()
    own = network[1].weight
    assert f(network, optimizer, x, numbers, names) is network
    twin_optimizer = torch.optim.SGD(twin.parameters(), lr=0.1)
    twin(before).square().mean().backward()
    twin_optimizer.step()
    assert network[1].weight is own
    torch.testing.assert_close(network[1].weight, twin[1].weight)
    torch.testing.assert_close(network[1].weight.grad, twin[1].weight.grad)
    torch.testing.assert_close(network[0].running_mean, twin[0].running_mean)
    assert float(network[1].bias.detach()) == 7.0
    assert not network.training
    assert numbers == [1, 2, 9]
    assert list(names) == ["new"]
    torch.testing.assert_close(names["new"], before + 1)
    assert not x.any()


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.Adam])
def test_an_optimiser_remembers_from_call_to_call(inside, kind):
    f = answer(
        inside,
        "def f(w, optimizer):\n    optimizer.zero_grad()\n    (w ** 2).sum().backward()\n    optimizer.step()",
    )
    options = {"lr": 0.1, "momentum": 0.9} if kind is torch.optim.SGD else {"lr": 0.1}
    here, there = (torch.tensor([1.0, -2.0], requires_grad=True) for _ in range(2))
    own, lent = kind([here], **options), kind([there], **options)
    for _ in range(4):
        own.zero_grad()
        (here**2).sum().backward()
        own.step()
        with pytest.raises(Stopped):  # it returns nothing, as an answer may not
            attempt(f, there, lent)
    torch.testing.assert_close(there, here)


def attempt(f, *arguments):
    """Call it as a ladder does."""
    one = RemoteAttempt(f, lambda: ())
    return one(*arguments)


CONSTANT = torch.tensor([1.0, 2.0])


def test_constants_that_a_callback_uses_cannot_be_reached(inside):
    """A forged reply could otherwise change what later answers are compared with."""
    factor = 3

    def callback(x):
        return x * CONSTANT * factor

    f = answer(
        inside,
        "def f(callback):\n"
        "    for cell in callback.__closure__: cell.cell_contents = 0\n"
        "    for value in callback.__globals__.values():\n"
        "        if isinstance(value, torch.Tensor): value.zero_()\n"
        "    return callback(torch.ones(2))",
    )
    inside.run("import torch")
    assert torch.equal(f(callback), torch.zeros(2))
    assert torch.equal(callback(torch.ones(2)), torch.tensor([3.0, 6.0]))


def test_random_numbers_are_those_that_would_be_drawn_here(inside):
    f = answer(inside, "import torch\ndef f():\n    return torch.randn(3)")
    torch.manual_seed(5)
    here = torch.randn(3), torch.randn(3)
    torch.manual_seed(5)
    there = f(), torch.randn(3)
    assert torch.equal(here[0], there[0])
    assert not torch.equal(there[0], there[1]), "they are used up"


def test_what_stops_an_answer_is_a_sentence(inside):
    f = answer(inside, "def f(x):\n    y = x + 1\n    return y / 0")
    with pytest.raises(Stopped, match=r"line 3, `return y / 0`, with ZeroDivisionError"):
        f(1)
    for error in ("SystemExit", "KeyboardInterrupt", "GeneratorExit"):
        with pytest.raises(Stopped, match=error):
            answer(inside, f"def f(x):\n    raise {error}")(1)
    with pytest.raises(Stopped, match="not yet written"):
        answer(inside, "def f(x):\n    raise NotImplementedError('your code here')")(1)


def test_names_and_plain_values(inside):
    assert inside.answer("never_defined") is Undefined
    assert answer(inside, "f = ...") is ...
    assert answer(inside, "f = 4.5") == 4.5
    assert isinstance(answer(inside, "f = max"), RemoteAnswer)


def test_a_cell_that_fails_says_why_and_the_next_runs(inside):
    assert inside.run("1 / 0").startswith("ZeroDivisionError")
    assert inside.run("x = = 1").startswith("SyntaxError")
    assert inside.run("import sys\nsys.exit(3)").startswith("SystemExit")
    assert inside.run("get_ipython().run_line_magic('matplotlib', 'inline')\nprint('x' * 10)") == ""
    assert answer(inside, "f = 8") == 8


@pytest.mark.parametrize(
    ("source", "rung"),
    [
        ("import os\nos._exit(0)", "died"),
        ("while True:\n    pass", "time"),
        (
            "import os\nfor fd in range(3, 40):\n    try: os.write(fd, b'x' * 999)\n    except OSError: pass",
            "protocol",
        ),
        ("import os\nos.closerange(3, 60)", "died"),
    ],
)
def test_a_process_that_ends_or_never_ends_is_named(source, rung):
    far = session(seconds=2.0)

    def run():
        far.run(source)
        far.run("pass")  # of some ends the next request is the first to hear

    with pytest.raises(Ended) as found:
        run()
    assert found.value.rung == rung
    assert far.channel.process.poll() is not None, "it is gone"
