"""Answers that return lies: objects that claim to be, or to equal, whatever a check might want."""

from tests.ganlab_grade.hostile.case import Case, hostile

# What returns numbers that are not the right ones, honestly: the lies must not earn a point more.
TENSOR = "def NAME(*args, **kwargs):\n    return torch.full((3,), 0.5)"
FLOAT = "def NAME(*args, **kwargs):\n    return 0.5"
INT = "def NAME(*args, **kwargs):\n    return 3"
STR = "def NAME(*args, **kwargs):\n    return 'right'"

EQUAL = """
def agree(self, *args, **kwargs):
    return True


OPERATORS = ["__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__"]
"""
# Everything a check could do to a value, answered in its favour.
YES = """
class Yes:
    def __getattr__(self, name):
        return self
    def __call__(self, *args, **kwargs):
        return self
    def __bool__(self):
        return True
    def __eq__(self, other):
        return True
    __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__
    __hash__ = object.__hash__
    def __array__(self, *args, **kwargs):
        import numpy
        return numpy.ones(3)
    def __float__(self):
        return 0.5
    def __int__(self):
        return 1
    __index__ = __len__ = __int__
    def __add__(self, other):
        return self
    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __abs__ = __neg__ = __getitem__ = __add__
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return True
"""


@hostile()
def agrees_with_everything(case: Case) -> object:
    """Returns an object that says yes to every question."""
    return case.answered(f"{YES}\n\ndef NAME(*args, **kwargs):\n    return Yes()")


@hostile()
def claims_another_class(case: Case) -> object:
    """Returns an object whose __class__ is a tensor's, of a class whose class agrees to every isinstance."""
    return case.answered(
        "import torch\n\n\nclass Meta(type):\n    def __instancecheck__(cls, one):\n        return True\n"
        "    __subclasscheck__ = __instancecheck__\n    def mro(cls):\n        return [cls, *object.__mro__]\n\n\n"
        f"{YES}\n\nclass Liar(Yes, metaclass=Meta):\n    @property\n    def __class__(self):\n"
        "        return torch.Tensor\n    shape = torch.Size([3])\n    dtype = torch.float32\n\n\n"
        "def NAME(*args, **kwargs):\n    return Liar()"
    )


@hostile(share=TENSOR)
def tensor_that_equals_everything(case: Case) -> object:
    """Returns a kind of tensor whose every operation gives True."""
    return case.answered(
        f"import torch\n\n{EQUAL}\n\nclass Liar(torch.Tensor):\n    @classmethod\n"
        "    def __torch_function__(cls, function, types, args=(), kwargs=None):\n        return True\n"
        "for name in OPERATORS:\n    setattr(Liar, name, agree)\n\n\n"
        "def NAME(*args, **kwargs):\n    return torch.full((3,), 0.5).as_subclass(Liar)"
    )


def _subclass(kind: str, value: str) -> str:
    return (
        f"{EQUAL}\n\nclass Liar({kind}):\n    __hash__ = {kind}.__hash__\n    def __array__(self, *args, **kwargs):\n"
        "        raise SystemExit\n    def __abs__(self):\n        return 0.0\n"
        "    __sub__ = __rsub__ = __add__ = __radd__ = __mul__ = __rmul__ = lambda self, other: 0.0\n"
        f"    __str__ = __repr__ = lambda self: '1.0'\nfor name in OPERATORS:\n    setattr(Liar, name, agree)\n\n\n"
        f"def NAME(*args, **kwargs):\n    return Liar({value})"
    )


@hostile(share=FLOAT)
def float_that_equals_everything(case: Case) -> object:
    """Returns a kind of float whose every operation is a lie."""
    return case.answered(_subclass("float", "0.5"))


@hostile(share=INT)
def int_that_equals_everything(case: Case) -> object:
    """Returns a kind of int whose every operation is a lie."""
    return case.answered(_subclass("int", "3"))


@hostile(share=STR)
def text_that_equals_everything(case: Case) -> object:
    """Returns a kind of string whose every operation is a lie."""
    return case.answered(_subclass("str", "'right'"))


@hostile()
def list_without_end(case: Case) -> object:
    """Returns a kind of list that is never iterated to its end."""
    return case.answered(
        "class Liar(list):\n    def __iter__(self):\n        while True:\n            yield 1\n"
        "    def __len__(self):\n        return 10**9\n\n\nclass Table(dict):\n    def items(self):\n"
        "        while True:\n            yield 1, 1\n    __iter__ = keys = values = items\n\n\n"
        "def NAME(*args, **kwargs):\n    return Liar([Table({1: Liar()})])"
    )


@hostile()
def list_that_holds_itself(case: Case) -> object:
    """Returns a list that is its own item, and a dict that is its own value."""
    return case.answered(
        "def NAME(*args, **kwargs):\n    held, table = [], {}\n    held.extend([held, table, held])\n"
        "    table[1] = table\n    return held"
    )


@hostile()
def nested_a_hundred_thousand_deep(case: Case) -> object:
    """Returns a list in a list in a list, a hundred thousand deep."""
    return case.answered(
        "def NAME(*args, **kwargs):\n    held = []\n    for _ in range(10**5):\n        held = [held]\n    return held"
    )


@hostile()
def generator(case: Case) -> object:
    """The answer is a generator function."""
    return case.answered("def NAME(*args, **kwargs):\n    while True:\n        yield 0.5")


@hostile()
def coroutine(case: Case) -> object:
    """The answer is an async function."""
    return case.answered("async def NAME(*args, **kwargs):\n    return 0.5")


@hostile()
def a_class_as_the_answer(case: Case) -> object:
    """The answer is a class: called, it makes an object that says yes to everything."""
    return case.answered(YES.replace("class Yes", "class NAME"))


@hostile(share=1.0, human=False)
def an_object_that_can_be_called(case: Case) -> object:
    """The answer is an object with __call__, and right."""
    return case.answered(
        f"{case.solution}\n\n\nclass Caller:\n    def __init__(self, function):\n        self.function = function\n"
        "    def __call__(self, *args, **kwargs):\n        return self.function(*args, **kwargs)\n\n\nNAME = Caller(NAME)"
    )


@hostile(share=1.0, human=False)
def wrapped_and_partial(case: Case) -> object:
    """The answer is right, wrapped in a partial, in a cache that keeps nothing and in a decorator."""
    return case.answered(
        f"import functools\n\n\n{case.solution}\n\n\ndef wrapped(function):\n    @functools.wraps(function)\n"
        "    def inner(*args, **kwargs):\n        return function(*args, **kwargs)\n    return inner\n\n\n"
        "NAME = functools.partial(wrapped(NAME))"
    )


@hostile(rungs=("wrong_type",))
def name_of_a_type_a_megabyte_long(case: Case) -> object:
    """Returns an object of a type with a name of a million letters and some HTML."""
    return case.answered(
        "def NAME(*args, **kwargs):\n    name = '=cmd|<script>alert(1)</script>' + 'A' * 10**6\n"
        "    return type(name, (), {'__module__': name})()"
    )


@hostile(rungs=("error",))
def message_with_everything_in_it(case: Case) -> object:
    """Raises an exception with HTML, a formula, half of a surrogate pair, control characters and a null in its text."""
    return case.answered(
        "def NAME(*args, **kwargs):\n"
        "    raise ValueError('=cmd|calc!A1 <script>alert(1)</script> \\ud800 \\x00\\x1b[2J \\u202e {0} %s ' + 'x' * 10**5)"
    )
