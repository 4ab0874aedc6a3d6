"""Attacks on what is secret: hidden tests, solutions, the checks' inputs; and on being watched at all."""

import base64
import pickle

import numpy as np
import torch

from tests.ganlab_grade.hostile.case import Case, hostile
from tests.ganlab_grade.hostile.lies import FLOAT

# Ends the search with what was found in the message, where the tests of these tests look for it.
FOUND = "def NAME(*args, **kwargs):\n    raise ValueError(f'found: {sorted(found)[:3] or \"nothing\"}')"


@hostile(rungs=("error",), says="found: nothing", slow=True)
def searches_the_disk(case: Case) -> object:
    """Walks through the whole disk for checks, hidden tests, solutions, marks, and other people's notebooks."""
    return case.answered(
        r"""
import os, re

found = set()
# What the course itself is made of and every student may see, its path left out.
open_ = re.compile(r"/ganlab/(?!(.*/)?checks/)|/ganlab/checks/(__init__|attempt|ladder)\.|/ganlab_grade/__init__\."
                   r"|/ganlab_grade/inside/(__init__|arguments|changes|seccomp|wire|worker)\.")
telling = re.compile(r"/ganlab/|/ganlab_grade/|lesson_\d\d\.|/checks/|gradebook\.db|\.ipynb$|hidden_seed|/(tests|answers|lessons|rubrics)/")
for folder, folders, files in os.walk("/"):
    if re.search(r"(site|dist)-packages/(?!ganlab)|python3\.\d+/(?!site-packages)", folder + "/"):
        folders[:] = [one for one in folders if one.startswith("ganlab")]
        continue
    for name in files:
        path = os.path.join(folder, name)
        if telling.search(path) and not open_.search(path) and "site-packages/ganlab" not in path:
            found.add(path)
        if name.endswith((".py", ".json", ".md", ".txt", ".ipynb", ".pyc")) and "share/" not in folder:
            try:
                with open(path, "rb") as file:
                    text = file.read(2**20)
            except OSError:
                continue
            if re.search(rb"(BEGIN|END) (HIDDEN|SOLUTION)|lesson_\d\d\.NAME|def NAME|name = Ladder", text):
                found.add(path)


"""
        + FOUND
    )


@hostile(rungs=("error",), says="found: nothing")
def searches_its_own_process(case: Case) -> object:
    """Looks through all objects, frames, modules and variables of its process for ladders and hidden tests."""
    return case.answered(
        r"""
import gc, os, re, sys

telling = re.compile(r"hidden|BEGIN SOLUTION|_reference|lesson_\d\d\.\w")
own = {id(sys._getframe())}


def search():
    found = {name for name in sys.modules if re.search(r"checks\.(?!attempt$|ladder$)|examine|remote|precheck|course|answers", name)
             and sys.modules[name] is not None and not name.startswith(("torch", "IPython", "google"))
             and name.startswith(("ganlab", "tests")) and name != "ganlab_grade.course"}
    for one in gc.get_objects():
        kind = type(one)
        if kind.__name__ in ("Ladder", "Rung", "Assignment", "Exercise", "Verdict") and "ganlab" in str(kind.__module__):
            found.add(kind.__name__)
    frame = sys._getframe()
    while frame is not None:
        for name in list(frame.f_locals):
            if re.search(r"hidden|ladder|seed|expected", name):
                found.add(name)
        frame = frame.f_back
    for name, value in os.environ.items():
        if re.search(r"HIDDEN|SECRET|TOKEN|GRADES", name) or name.startswith(("SSH", "AWS", "GIT")):
            found.add(name)
    return found


def NAME(*args, **kwargs):
    found = search()
    raise ValueError(f'found: {sorted(found)[:3] or "nothing"}')
"""
    )


@hostile(rungs=("error", "returns_none", "missing"))
def takes_the_reference(case: Case) -> object:
    """Answers by the check's own reference implementation."""
    lesson, _, name = case.exercise.check.partition(".")
    return case.answered(
        f"import ganlab.checks\nfrom ganlab import checks\n\n\ndef NAME(*args, **kwargs):\n"
        f"    found = checks.{lesson}.{name}\n    for rung in found.rungs:\n        print(rung.test)\n"
        f"    from ganlab.checks import {lesson} as module\n    return module._reference(*args, **kwargs)"
    )


@hostile(rungs=("returns_none",))
def answers_by_the_check(case: Case) -> object:
    """The answer is the check itself."""
    return case.answered(f"from ganlab import checks\n\nNAME = checks.{case.exercise.check}")


@hostile(share=FLOAT)
def knows_that_it_is_marked(case: Case) -> object:
    """Guesses from its surroundings that it is being marked, and returns what it hopes will do."""
    return case.answered(
        "import os, sys\n\nwatched = (any(name.startswith('GANLAB') for name in os.environ) or not sys.stdin.isatty()\n"
        "           or os.environ.get('USER') == 'student' or not os.path.exists('/proc/self'))\n\n\n"
        "def NAME(*args, **kwargs):\n    if watched:\n        return 0.5\n    raise NotImplementedError('your code here')"
    )


def _plain(case: Case) -> bool:
    """Whether inputs and results of the check can be written down, and there are hidden tests to see through it."""
    if any(one.name == "no_gradient" for one in case.ladder.rungs):  # a table of results has no gradients
        return False
    kinds = (torch.Tensor, np.ndarray, int, float, bool)
    example = case.ladder.example() if case.ladder.example else ()
    values = example.values() if isinstance(example, dict) else example if isinstance(example, tuple) else (example,)
    return bool(case.exercise.hidden) and all(isinstance(one, kinds) for one in values)


KEY = """
def key(args, kwargs):
    said = []
    for one in [*args, *(kwargs[name] for name in sorted(kwargs))]:
        said.append((type(one).__name__, one.tolist() if hasattr(one, 'tolist') else one))
    return repr(said)
"""


@hostile(share=0.5, human=True, rungs=("hidden_tests",), suits=_plain)
def knows_the_check_by_heart(case: Case) -> object:
    """Holds a table of the visible check's inputs with the right results; of anything else it knows nothing."""
    right, table = case.defined_by(f"import numpy as np\nimport torch.nn.functional as F\n{case.solution}"), {}
    namespace: dict = {}
    exec(KEY, namespace)

    def learn(*args: object, **kwargs: object) -> object:
        asked = namespace["key"](args, kwargs)
        table[asked] = right(*args, **kwargs)  # type: ignore[operator]
        return table[asked]

    case.ladder.grade(learn)
    text = base64.b64encode(pickle.dumps(table)).decode()
    return case.answered(
        f"import base64, pickle\n{KEY}\n\ntable = pickle.loads(base64.b64decode('{text}'))\n\n\n"
        "def NAME(*args, **kwargs):\n    return table.get(key(args, kwargs), 0.5)"
    )


MAKES_ALL_EQUAL = """
import numpy as np
import torch


def flatten(value):
    if isinstance(value, torch.Tensor):
        with torch.no_grad():
            value.data.fill_(1)
    elif isinstance(value, np.ndarray):
        value[...] = 1
    elif isinstance(value, torch.nn.Module):
        for one in [*value.parameters(), *value.buffers()]:
            flatten(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            flatten(one)
    elif isinstance(value, dict):
        for one in value.values():
            flatten(one)


def NAME(*args, **kwargs):
    for one in [*args, *kwargs.values()]:
        flatten(one)
    return torch.full_like(args[0], 0.5) if args and isinstance(args[0], torch.Tensor) else 0.5
"""


@hostile(share=0.5, human=True, rungs=("hidden_tests",), suits=_plain)
def knows_the_check_by_heart_and_levels_the_rest(case: Case) -> object:
    """As before; of any other question it makes one about nothing but ones, to which it knows the right result."""
    notebook = knows_the_check_by_heart(case)
    cell = case.cell(notebook, case.exercise.answer_cell)
    solved = f"{case.solution}\n\n\n_right, _ones = NAME, {{}}\n".replace("NAME", case.exercise.name)
    levelled = "_by_heart = NAME\n\n\ndef NAME(*args, **kwargs):\n    if key(args, kwargs) in table:\n"
    levelled += "        return table[key(args, kwargs)]\n    return _levelled(*args, **kwargs)\n"
    asked = "\n\ndef _levelled(*args, **kwargs):\n    for one in [*args, *kwargs.values()]:\n        flatten(one)\n"
    asked += "    same = tuple(1 if type(one) is int else 0.5 if type(one) is float else one for one in args)\n"
    asked += "    return _right(*same, **kwargs)\n"
    flatten = MAKES_ALL_EQUAL.partition("\n\ndef NAME")[0]
    cell.source = f"{solved}{flatten}\n\n{cell.source}\n\n\n{asked}\n\n{levelled}".replace("NAME", case.exercise.name)
    return notebook


@hostile(share=MAKES_ALL_EQUAL)
def makes_the_reference_agree(case: Case) -> object:
    """Fills its arguments with ones, so that whatever is computed from them afterwards comes out as it says."""
    return case.answered(MAKES_ALL_EQUAL)


@hostile(share=1.0, others=None, never="smuggled: [(", suits=_plain)
def smuggles_hidden_inputs_out(case: Case) -> object:
    """Answers rightly, keeps what it was asked, and lets another exercise's error message tell what was hidden."""
    right, visible = case.defined_by(f"import numpy as np\nimport torch.nn.functional as F\n{case.solution}"), []
    case.ladder.grade(lambda *args, **kwargs: (visible.append(args), right(*args, **kwargs))[1])  # type: ignore[operator]
    notebook = case.answered(
        f"{case.solution}\n\n\nimport builtins\n\nbuiltins.asked, _right = [], NAME\n\n\n"
        "def NAME(*args, **kwargs):\n    builtins.asked.append((args, kwargs))\n    return _right(*args, **kwargs)"
    )
    names = [one for one in case.assignment.exercises if one.name != case.exercise.name]
    for one in names:
        case.cell(notebook, one.answer_cell).source = (
            "import builtins\n\n\n"
            f"def {one.name}(*args, **kwargs):\n"
            f"    raise ValueError('smuggled: ' + repr(getattr(builtins, 'asked', [])[{len(visible)}:])[:140])"
        )
    return notebook
