"""Right answers of people whose computer, or editor, was another: none of it may cost a mark, or a person is asked."""

import copy
import itertools

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

from tests.ganlab_grade.hostile.case import HOSTILE, Case, hostile

# name -> what stands above the right answer, in its cell.
ABOVE = {
    "matplotlib-widget": "%matplotlib widget",
    "pip-of-something-absent": "%pip install -q einops\nimport einops\nfrom einops import rearrange",
    "pandas": "import pandas as pd\npd.set_option('display.precision', 3)\ntable = pd.DataFrame({'a': [1]})\ntable",
    "asks-for-a-name": "name = input('Name? ')\nprint(name.upper())",
    "asks-for-a-number": "count = int(input())\nprint(count + 1)",
    "a-gpu-at-once": "import torch\ntorch.zeros(1).cuda()",
    "a-gpu-by-name": "import torch\nnet = torch.nn.Linear(2, 2).to('cuda')\nprint(net.weight.device)",
    "name-of-the-gpu": "import torch\nprint(torch.cuda.get_device_name(0))",
    "an-apple": "import torch\nx = torch.ones(1, device='mps')\nx + 1",
    "google-drive": "from google.colab import drive\ndrive.mount('/content/drive')\n%cd /content/drive",
    "kaggle-secrets": "from kaggle_secrets import UserSecretsClient\nkey = UserSecretsClient().get_secret('key')",
    "timed": "%%time",
    "magic-below-a-remark": "# my answer\n%%time",
    "magic-of-an-extension": "%load_ext tensorboard\n%tensorboard --logdir runs",
    "cell-magic-of-an-extension": "%%wandb",
    "asks-for-help": "import torch\ntorch.nn.Linear?\n?torch.lerp\ntorch.lerp??",
    "output-of-a-command": "gpus = !nvidia-smi -L\nprint(gpus[0])",
    "displays": "from IPython.display import Image, display\ndisplay(3)\ndisplay(Image('mine.png'))",
    "notebook-progress-bar": "from tqdm.notebook import tqdm, trange\nfor _ in trange(3):\n    pass",
    "own-file": "import numpy as np\nmine = np.load('/content/mine.npy')\nprint(mine.shape)",
    "a-download": "import urllib.request\nurllib.request.urlretrieve('http://127.0.0.1/x.zip', 'x.zip')",
    "a-password": "import getpass\ntoken = getpass.getpass()",
}


def _above(text: str) -> object:
    def make(case: Case) -> object:
        return case.answered(f"{text}\n{case.solution}")

    return make


for _name, _text in ABOVE.items():
    _make = _above(_text)
    _make.__name__, _make.__doc__ = f"environment-{_name}", f"All is solved; above an answer stands {_text!r}."
    hostile(share=1.0, human=False)(_make)
assert sum(name.startswith("environment-") for name in HOSTILE) == len(ABOVE)


def _needing(case: Case, line: str) -> object:
    """The right answer, with a line inside of it that needs something."""
    return case.answered(
        f"{case.solution}\n\n\nright = NAME\n\n\ndef NAME(*args, **kwargs):\n    {line}\n    return right(*args, **kwargs)"
    )


@hostile(rungs=("error",), human=True)
def a_gpu_inside_the_answer(case: Case) -> object:
    """A right answer that puts a tensor on a GPU: a person has to look."""
    return _needing(case, "__import__('torch').zeros(1).cuda()")


@hostile(rungs=("error",), human=True)
def an_import_inside_the_answer(case: Case) -> object:
    """A right answer that imports a package which is not here: a person has to look."""
    return _needing(case, "import pandas")


@hostile(rungs=("error",), human=True)
def input_inside_the_answer(case: Case) -> object:
    """A right answer that waits for somebody to press a key: a person has to look."""
    return _needing(case, "input('Press Enter')")


@hostile(rungs=("missing",), human=True)
def an_answer_out_of_an_absent_package(case: Case) -> object:
    """An answer taken from a package which is not here."""
    return case.answered("import kornia\n\nNAME = kornia.NAME")


# --- an editor's doing ----------------------------------------------------------------------------------------
def _at(notebook: NotebookNode, name: str) -> int:
    return next(index for index, cell in enumerate(notebook.cells) if cell.id == name)


def _in_text(case: Case, source: str, *, kind: str = "markdown", keeps: str = "answer") -> object:
    """The answer's cell and the text above it have become one, under the name of one of them."""
    notebook = copy.deepcopy(case.solved)
    place = _at(notebook, case.exercise.answer_cell)
    above, answer = notebook.cells[place - 1], notebook.cells[place]
    kept = answer if keeps == "answer" else above
    new = {"markdown": new_markdown_cell, "raw": new_raw_cell, "code": new_code_cell}[kind]
    source = source.replace("TEXT", above.source).replace("CODE", answer.source)
    merged = new(source, id=kept.id, metadata=kept.metadata) if keeps != "nobody" else new(source, id="merged")
    notebook.cells[place - 1 : place + 1] = [merged]
    return notebook


MERGED = {
    "merged-upwards": ("TEXT\n\nCODE", "markdown", "text"),
    "merged-under-the-answers-name": ("TEXT\n\nCODE", "markdown", "answer"),
    "merged-without-a-name": ("TEXT\n\nCODE", "markdown", "nobody"),
    "merged-into-code": ("TEXT\n\nCODE", "code", "answer"),
    "fenced": ("```python\nCODE\n```", "markdown", "answer"),
    "fenced-below-the-question": ("TEXT\n\nMy answer:\n\n~~~~ py\nCODE\n~~~~\n\nI hope that is right.", "markdown", "text"),
    "fenced-in-a-code-cell": ("```python\nCODE\n```", "code", "answer"),
    "fence-without-end": ("Here it is:\n```\nCODE", "markdown", "answer"),
    "in-a-raw-cell": ("CODE", "raw", "answer"),
    "in-a-raw-cell-without-a-name": ("# mine\nCODE", "raw", "nobody"),
    "prose-above-the-code": ("I tried this.\nIt took me an hour.\n\nCODE", "markdown", "answer"),
}  # fmt: skip


def _merged(source: str, kind: str, keeps: str) -> object:
    def make(case: Case) -> object:
        return _in_text(case, source, kind=kind, keeps=keeps)

    return make


for _name, _how in MERGED.items():
    _make = _merged(*_how)
    _make.__name__, _make.__doc__ = _name, f"All is solved; an answer's cell has become {_how[0]!r}, as {_how[1]}."
    hostile(share=1.0)(_make)


@hostile(share=1.0)
def swapped_with_the_next(case: Case) -> object:
    """All is solved; two answers stand in each other's cells."""
    notebook = copy.deepcopy(case.solved)
    own = [one.answer_cell for one in case.assignment.exercises]
    place = own.index(case.exercise.answer_cell)
    first, second = (case.cell(notebook, name) for name in (own[place], own[(place + 1) % len(own)]))
    first.source, second.source = second.source, first.source
    return notebook


@hostile(share=1.0)
def all_in_the_last_answers_cell(case: Case) -> object:
    """All is solved, in the cell of the last exercise; the other cells are as they were handed out."""
    notebook = copy.deepcopy(case.solved)
    cells = [case.cell(notebook, one.answer_cell) for one in case.assignment.exercises]
    stubs = [case.cell(case.answered(case.stub), one.answer_cell) for one in case.assignment.exercises]
    assert len(stubs) == len(cells)
    cells[-1].source = "\n\n\n".join(cell.source for cell in cells)
    for cell in cells[:-1]:
        cell.source = ""
    return notebook


@hostile(share=1.0)
def beside_something_else(case: Case) -> object:
    """All is solved; in the cell for an answer stands a remark of the student's own, the answer at the notebook's end."""
    notebook = copy.deepcopy(case.solved)
    cell = case.cell(notebook, case.exercise.answer_cell)
    notebook.cells.append(new_code_cell(cell.source, id="at-the-end"))
    cell.source = "# see below\ntried = 3"
    return notebook


@hostile(share=1.0)
def cut_into_four(case: Case) -> object:
    """All is solved; an answer is cut into four cells, between its lines."""
    notebook = copy.deepcopy(case.solved)
    place = _at(notebook, case.exercise.answer_cell)
    lines = notebook.cells[place].source.splitlines()
    # Where the next line is indented: in a line of its own at the left something new begins.
    cuts = [number for number in range(1, len(lines)) if lines[number].startswith(" ") and '"""' not in lines[number]]
    cuts = [0, *cuts[:3], len(lines)]
    parts = ["\n".join(lines[a:b]) for a, b in itertools.pairwise(cuts)]
    notebook.cells[place].source = parts[0]
    notebook.cells[place + 1 : place + 1] = [new_code_cell(part, id=f"part-{n}") for n, part in enumerate(parts[1:])]
    return notebook
