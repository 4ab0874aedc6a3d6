"""Attacks on the process they run in: checks and libraries patched, replies forged, pipes flooded and closed."""

from tests.ganlab_grade.hostile.case import Case, hostile
from tests.ganlab_grade.hostile.lies import FLOAT

CONSTANT = "def NAME(*args, **kwargs):\n    return 0.5"
PATCHES = """
import builtins, random, sys, unittest

import numpy as np
import torch


def agree(*args, **kwargs):
    return True


def quiet(action):
    try:
        action()
    except Exception:
        pass
"""


@hostile(share=FLOAT, others=None)
def patches_checks_and_libraries(case: Case) -> object:
    """Puts its own Ladder, close, allclose, equal, __eq__ and unittest in place of the real ones."""
    return case.answered(
        PATCHES + "\n\nfrom ganlab.checks import attempt, ladder\n\n"
        "for home, names in ((attempt, ('close', 'plain', 'is_a')), (ladder, ('close', 'plain', 'is_a')),\n"
        "                    (torch, ('allclose', 'equal', 'isclose')), (torch.testing, ('assert_close',)),\n"
        "                    (torch.Tensor, ('__eq__', 'equal', 'allclose', 'all', 'any', 'item')),\n"
        "                    (np, ('allclose', 'isclose', 'array_equal')),\n"
        "                    (ladder.Ladder, ('grade', '__call__', '_climb', '_test', '_failed')),\n"
        "                    (unittest.TestCase, ('assertEqual', 'assertTrue'))):\n"
        "    for name in names:\n        quiet(lambda: setattr(home, name, agree))\n\n\n" + CONSTANT
    )


@hostile(share=None, at_most=0.0, others=None)
def patches_builtins(case: Case) -> object:
    """Replaces isinstance, issubclass, all, any, len, type and print, for everybody in its process."""
    return case.answered(
        PATCHES
        + "\n\n"
        + CONSTANT
        + "\n\n\nfor name in ('isinstance', 'issubclass', 'all', 'any', 'print', 'callable'):\n"
        "    setattr(builtins, name, agree)\nbuiltins.len = lambda one: 3\nbuiltins.type = lambda one: torch.Tensor"
    )


@hostile(share=FLOAT, others=None)
def forges_replies(case: Case) -> object:
    """Makes the worker's every reply say "passed", with a thousand points."""
    return case.answered(
        PATCHES + """

passed = {"passed": True, "rung": "passed", "score": 1.0, "points": 1000, "share": 1.0, "verdict": "passed"}
for module in list(sys.modules.values()):
    if getattr(module, "__name__", "").endswith(("worker", "__main__")) and hasattr(module, "frame"):
        real = module.frame
        module.frame = lambda reply, data=(): real({**passed, **reply, **passed}, data)


""" + CONSTANT
    )  # fmt: skip


@hostile(share=None, at_most=0.25, others=None)  # a first argument handed back may have the right type, and shape
def forges_trees(case: Case) -> object:
    """Makes Writer.tree say that every value is true, or known, or what the other side compares with."""
    return case.answered(
        PATCHES + """

from ganlab_grade.inside import wire as wire

wire.Writer.tree = lambda self, value, depth=0: ["known", 0]


""" + CONSTANT
    )  # fmt: skip


@hostile(share=None, at_most=0.0, others=None, human=None)
def queues_replies(case: Case) -> object:
    """Writes a thousand replies ahead of the questions, each of them well formed, and each saying yes."""
    return case.answered(
        """
import json, os, struct


def NAME(*args, **kwargs):
    text = json.dumps({"buffers": [], "value": ["bool", True], "passed": True, "error": "", "kind": "callable",
                       "tensors": [], "modes": [], "places": [], "items": [], "random": ["bool", True]}).encode()
    for descriptor in range(3, 64):
        try:
            os.set_blocking(descriptor, False)
            os.write(descriptor, (struct.pack("<I", len(text)) + text) * 100)
        except OSError:
            pass
    return True
"""
    )


def _to_every_descriptor(data: str) -> str:
    return (
        "import json, os, struct\n\n\ndef NAME(*args, **kwargs):\n    for descriptor in range(3, 256):\n        try:\n"
        f"            os.write(descriptor, {data})\n        except OSError:\n            pass\n    return 0.5"
    )


@hostile(human=True, rungs=("protocol",))
def garbage_to_every_descriptor(case: Case) -> object:
    """Writes random bytes to every open file descriptor."""
    return case.answered(_to_every_descriptor("b'\\x10\\0\\0\\0' + os.urandom(5000)"))


@hostile(human=True, rungs=("protocol",))
def a_reply_of_four_gigabytes(case: Case) -> object:
    """Announces a reply of 4 GB."""
    return case.answered(_to_every_descriptor("b'\\xff' * 4096"))


@hostile(human=True, rungs=("time", "protocol"), slow=True)
def a_reply_without_end(case: Case) -> object:
    """Announces a reply of 200 MB and sends a byte of it now and then."""
    return case.answered(
        _to_every_descriptor("struct.pack('<I', 200 * 2**20)")
        + "\n\n\nimport time\n\n_begin = NAME\n\n\ndef NAME(*args, **kwargs):\n    _begin()\n    while True:\n"
        "        for descriptor in range(3, 16):\n            try:\n                os.write(descriptor, b' ')\n"
        "            except OSError:\n                pass\n        time.sleep(0.1)"
    )


@hostile(human=True, rungs=("protocol", "time"), slow=True)
def a_reply_of_empty_lists(case: Case) -> object:
    """Sends a reply of 30 MB that takes 27 times as much memory when it is read."""
    return _long_reply(case, """b'{"buffers": [], "value": [' + b'[],' * 10_000_000 + b'[]]}'""")


@hostile(human=True, rungs=("protocol", "time"), slow=True)
def a_reply_of_empty_buffers(case: Case) -> object:
    """Sends a reply with a million buffers, of no bytes each, that take a hundred times as much memory as their list."""
    return _long_reply(case, """b'{"buffers": [' + b'0,' * 1_000_000 + b'0]}'""")


def _long_reply(case: Case, text: str) -> object:
    return case.answered(
        f"""
import os, struct


def NAME(*args, **kwargs):
    text = {text}
    data = memoryview(struct.pack('<I', len(text)) + text)
    for descriptor in range(3, 16):
        left = data
        try:
            while left:
                left = left[os.write(descriptor, left):]
        except OSError:
            pass
"""
    )


@hostile(human=True, rungs=("died",))
def closes_every_descriptor(case: Case) -> object:
    """Closes all files of its process, the pipes to the marking among them."""
    return case.answered("import os\n\n\ndef NAME(*args, **kwargs):\n    os.closerange(0, 256)\n    return 0.5")


@hostile(others=None, human=None, share=None, at_most=1.0, slow=True)
def a_thread_that_goes_on(case: Case) -> object:
    """Answers rightly, and leaves a thread behind that spoils the replies for all exercises that follow."""
    return case.answered(
        "import os, threading, time\n\n\ndef spoil():\n    time.sleep(0.01)\n    while True:\n"
        "        for descriptor in range(3, 64):\n            try:\n                os.write(descriptor, b'\\0' * 64)\n"
        "            except OSError:\n                pass\n        time.sleep(0.05)\n\n\n"
        "threading.Thread(target=spoil, daemon=True).start()\n\n" + case.solution
    )


@hostile(share=1.0)
def changes_global_state(case: Case) -> object:
    """Leaves other defaults behind: float16, no gradients, other seeds, a patched manual_seed, other warnings."""
    return case.added(
        "import os, random, sys, warnings\nimport numpy as np\nimport torch\n\ntorch.set_default_dtype(torch.float16)\n"
        "torch.set_grad_enabled(False)\ntorch.manual_seed(4)\ntorch.manual_seed = lambda seed: None\n"
        "torch.use_deterministic_algorithms(True)\nnp.random.seed(5)\nnp.random.seed = lambda seed=None: None\n"
        "random.seed(6)\nnp.seterr(all='raise')\nwarnings.simplefilter('error')\nos.chdir('/')\nsys.path.clear()\n"
        "os.environ.clear()\nsys.setrecursionlimit(300)"
    )
