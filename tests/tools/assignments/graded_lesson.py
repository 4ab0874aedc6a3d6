"""What the tests of the assignments share: a small lesson to be graded, and a run of notebooks as Colab runs them."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[3]
PYPROJECT = '[tool.ganlab]\nrepository = "https://github.com/someone/course/"\nbranch = "trunk"\n'
HEAD = """\
# %% [markdown]
# # Lesson 09 · Small
#
# {{BADGE}}

# %% tags=["setup"]
import ganlab

lab = ganlab.setup(seed=0)

# %% [markdown]
# A hundred steps:
#
# $$a^2+b^2
#   =c^2.\\tag{7}$$

# %%
import math

import numpy as np
import torch
from torch import nn

from ganlab import checks

# of the length
FACTOR, SHIFT = 2, math.pi
net = nn.Linear(2, 2)
noise = torch.randn(3)


def twice(x):
    \"\"\"Two times x.\"\"\"
    # see above
    return FACTOR * x


# %%
# @save ganlab.layers
def feature_statistics(features, eps=1e-5):
    return features, eps


for _ in range(3):
    net.weight.data += 1

"""
INTRO = "# %% [markdown]\n# ## 3 · Exercises\n#\n# All numbers are whole.\n#\n"
SIZE = """\
# **Exercise {number} (easy).** The length of a transposed convolution's output, not of `twice`, see equation (7).


# %% tags=["exercise"]
def conv_transpose_size(size, kernel, stride, padding):
    \"\"\"An int.\"\"\"
    ### BEGIN SOLUTION
    stretched_length = (size - 1) * stride
    return stretched_length - FACTOR * padding + kernel
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_02.conv_transpose_size(conv_transpose_size)
### BEGIN HIDDEN TESTS
_wanted = np.array([twice(4), 19])
assert conv_transpose_size(4, 4, 2, 1) == _wanted[0], "hidden_from_students"
assert lab.generator(3) is not None
### END HIDDEN TESTS

# %% [markdown]
# *Hint.* Follow one number.
#
"""
RADIUS = """\
# **Exercise {number} (hard).** How far out? Use no loop.


# %% tags=["exercise"]
def radius_after(steps, eta, radius=1.0):
    \"\"\"A float.\"\"\"
    ### BEGIN SOLUTION
    return radius * (1 + eta**2) ** (steps / 2)
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_01.radius_after(radius_after)

# %% [markdown]
"""
LENGTH = """\
# **Exercise {number} (medium).** The parameters of a layer.


# %% tags=["exercise"]
def channelwise_parameters(channels, height, width):
    \"\"\"An int.\"\"\"
    ### BEGIN SOLUTION
    return channels * (height * width) ** 2 + channels * height * width
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_03.channelwise_parameters(channelwise_parameters)

# %% [markdown]
"""
END = "# ## 4 · The end\n#\n# Nothing more.\n"
DETACH = """\
## Why the detach? (6 points)
Say what would happen without, and look at (7).

### Rubric
- 2: says that the generator gets a gradient from the
  discriminator's loss
- 4: says which way it moves

### A good answer
The generator would be led by the wrong loss. It would help its own judge!
"""
GHOSTS = """\
## Ghosts (2.5 points)
What do you see?

```python
## no heading (3 points)
```

### Rubric
- 2.5: names the average of two faces lying on one another

### A good answer
Two faces.
"""
EXERCISES = (SIZE, RADIUS)


def write_course(
    root: Path,
    *,
    head: str = HEAD,
    exercises: tuple[str, ...] = EXERCISES,
    written: tuple[str, ...] = (DETACH, GHOSTS),
) -> Path:
    """Write pyproject.toml, a lesson and its questions; return the lesson's path."""
    (root / "lessons").mkdir(parents=True, exist_ok=True)
    (root / "pyproject.toml").write_text(PYPROJECT)
    path = root / "lessons" / "09_small.py"
    numbered = [one.replace("{number}", str(number)) for number, one in enumerate(exercises, 1)]
    path.write_text(head + INTRO + "".join(numbered) + END)
    (root / "lessons" / "09_small.md").write_text("\n".join(written))
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, the gradebook aside."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "gradebook.db"
    }


def marks(course: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All that people and programs have entered for students: whole tables of the gradebook, row by row."""
    names = ("student", "submitted_assignment", "submitted_notebook", "grade", "comment")
    with sqlite3.connect(course / "gradebook.db") as database:
        return {name: sorted(database.execute(f"SELECT * FROM {name}"), key=repr) for name in names}


def hand_in(course: Path, lesson: str, student: str = "ada") -> None:
    """A submission in the gradebook, question 1 marked by a person, with a comment."""
    from nbgrader.api import Gradebook

    with warnings.catch_warnings(), Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        warnings.simplefilter("ignore")  # nbgrader's of SQLAlchemy
        gradebook.update_or_create_student(student, first_name="Ada")
        gradebook.update_or_create_submission(lesson, student)
        grade = gradebook.find_grade("question-1", lesson, lesson, student)
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        gradebook.find_comment("question-1", lesson, lesson, student).manual_comment = "well seen"
        gradebook.db.commit()


def solved(notebook: NotebookNode) -> NotebookNode:
    """A source notebook with solutions and hidden tests, without markers."""
    for cell in notebook.cells:
        cell.source = re.sub(r"^ *### (BEGIN|END) (SOLUTION|HIDDEN TESTS)\n?", "", cell.source, flags=re.M)
    return notebook


# Colab has google.colab and no nbgrader; a pip or a socket there would be a mistake of the notebook's.
RUNNER = """
import json, sys, time, types, warnings

class NoNbgrader:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "nbgrader":
            raise ImportError("there is no nbgrader on Colab")

sys.meta_path.insert(0, NoNbgrader())
google = types.ModuleType("google")
google.colab = types.ModuleType("google.colab")
sys.modules.update({"google": google, "google.colab": google.colab})
forbidden = ("socket.connect", "subprocess.Popen", "os.system")

def watch(event, arguments):
    if event in forbidden:
        raise OSError(f"the notebook wanted {event}")

import nbformat
from IPython.core.interactiveshell import InteractiveShell
from ganlab.checks import ladder

verdicts = []
call = ladder.Ladder.__call__
ladder.Ladder.__call__ = lambda self, answer: verdicts.append(call(self, answer)) or verdicts[-1]
found = []
shell = InteractiveShell.instance()
sys.addaudithook(watch)
warnings.simplefilter("error")
for path in sys.argv[1:]:
    began = time.process_time()
    shell.reset(new_session=True)
    verdicts.clear()
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            shell.run_cell(cell.source).raise_error()
    results = [(one.exercise, one.rung, one.score) for one in verdicts]
    found.append({"results": results, "seconds": time.process_time() - began})
print("FOUND" + json.dumps(found))
"""


def run_notebooks(*paths: Path) -> list[dict[str, Any]]:
    """Run notebooks one after the other in one fresh process; what their checks found, and the CPU time."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "GANLAB_PROFILE": "smoke", "GANLAB_DEVICE": "cpu"}
    environment |= {"OMP_NUM_THREADS": "1", "MPLBACKEND": "agg", "IPYTHONDIR": str(paths[0].parent / "ipython")}
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, *map(str, paths)], capture_output=True, text=True, env=environment, timeout=300,
        cwd=paths[0].parent, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.rpartition("FOUND")[2])


def write_notebook(notebook: NotebookNode, path: Path) -> Path:
    nbformat.write(notebook, path)
    return path
