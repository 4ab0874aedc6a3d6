"""What a notebook needs of its owner's computer is left out where it stops, and said; the code's own errors stay errors."""

import pytest

from ganlab_grade.inside.shell import environment
from tests.ganlab_grade.inside.session import session
from tests.ganlab_grade.small_course import SOLUTIONS, STUBS
from tests.ganlab_grade.test_examine import examined, points, rungs

RIGHT = SOLUTIONS["radius_after"]
# What people have above an answer, in its cell.
ABOVE = [
    "%matplotlib widget", "%matplotlib notebook", "%pip install einops", "!pip install -q einops", "%conda install einops",
    "import pandas as pd\npd.set_option('x', 1)\ndf = pd.DataFrame()\ndf.head()", "x = input()", "age = int(input('?'))\nprint(age)",
    "import torch\ntorch.zeros(1).cuda()", "import torch\ntorch.zeros(1, device='cuda')", "import torch\nnet = torch.nn.Linear(1, 1).to('cuda')\nnet.weight.sum()",
    "import torch\ntorch.zeros(1).to('mps')", "import torch\nprint(torch.cuda.get_device_name(0))",
    "from google.colab import drive\ndrive.mount('/content/drive')", "from google.colab import files\nup = files.upload()\nlist(up)",
    "from kaggle_secrets import UserSecretsClient\nsecret = UserSecretsClient()\nsecret.get('x')",
    "%%time", "%%capture", "%%wandb", "# mine\n%%time", "# mine\n\n%%capture out", "%tensorboard --logdir x", "%load_ext tensorboard",
    "%load_ext lab_black", "%cd /content/drive", "%run setup.ipynb", "%store -r x", "%env CUDA_VISIBLE_DEVICES=0", "%%debugger",
    "torch.nn?", "?torch", "math.sqrt??", "!nvidia-smi", "gpu = !nvidia-smi\nprint(gpu[0])", "gpu = !nvidia-smi\nname = gpu[0]\nprint(name)",
    "from tqdm.notebook import tqdm\nfor _ in tqdm(range(3)):\n    pass", "from IPython.display import display, Image\ndisplay(1)\ndisplay(Image('x.png'))",
    "import requests\nrequests.get('http://127.0.0.1:9/x')", "import urllib.request\nurllib.request.urlopen('http://example.org')",
    "open('/content/x.txt')", "import os\nos.chdir('/content')", "import getpass\ngetpass.getpass()", "import numpy as np\nnp.load('mine.npy')",
    "if True:\n    import pandas", "try:\n    import google.colab\nexcept ImportError:\n    COLAB = False\nassert not COLAB",
    "with open('x.csv') as file:\n    rows = file.read()\nlen(rows)", "import pandas as pd\n\nclass Mine(pd.DataFrame):\n    pass\n\nMine()",
]  # fmt: skip
AROUND = [
    ("from numba import njit\n", "@njit\n" + RIGHT),
    ("import pandas as pd\n", RIGHT.replace("steps,", "steps: pd.Series,", 1)),
    ("", RIGHT + "\nimport pandas\nassert False"),
    ("", RIGHT + "\nprint(radius_after(int(input()), 0.1))"),
]


@pytest.fixture(scope="module")
def inside():
    made = session()
    yield made
    made.close()


@pytest.mark.parametrize("above", ABOVE)
def test_what_stands_above_an_answer_does_not_keep_it_from_being_there(above, inside):
    inside.run("try:\n    del radius_after\nexcept NameError:\n    pass")
    assert inside.run(f"{above}\n{RIGHT}") == ""
    assert inside.answer("radius_after")(2, 1.0, 3.0) == pytest.approx(6.0)


@pytest.mark.parametrize(("above", "answer"), AROUND)
def test_nor_does_what_stands_around_it(above, answer, inside):
    inside.run("try:\n    del radius_after\nexcept NameError:\n    pass")
    inside.run(above + answer)
    assert inside.answer("radius_after")(2, 1.0, 3.0) == pytest.approx(6.0)


@pytest.mark.parametrize(
    "source",
    [
        "1 / 0", "undefined", "raise ValueError('cuda')", "assert False, 'cuda'",
         "raise KeyboardInterrupt", "raise SystemExit", "def broken(:", "[][0]", "import torch\ntorch.zeros(2) @ torch.zeros(3)",
    ],
)  # fmt: skip
def test_an_error_of_ones_own_stops_the_cell(source, inside):
    assert inside.run(f"{source}\nreached_{abs(hash(source)) % 1000} = 1") != ""
    inside.lacking.clear()


@pytest.mark.parametrize("name", ["ganlab.minimax.checks", "ganlab_grade", "ganlab"])
def test_what_is_hidden_from_submissions_is_not_missing(name):
    assert environment(ModuleNotFoundError("No module", name=name)) == ""
    assert environment(ModuleNotFoundError("No module", name=f"my{name}")) != ""


def test_what_was_left_out_is_said(inside):
    inside.lacking.clear()
    inside.run("import math\nimport pandas as pd\nx = pd.DataFrame()\nx = input()\nimport math")
    assert [one.partition(":")[0] for one in inside.lacking] == ["line 2", "line 3", "line 4"]
    inside.lacking.clear()
    inside.run("import math")
    assert inside.lacking == []


def test_who_reports_nonsense_is_cut_short(inside):
    inside.lacking.clear()
    inside.note(["x" * 10_000, 3, None, ["a"], *["y"] * 1000])
    assert len(inside.lacking) == 19  # of the first twenty one is nothing
    assert max(map(len, inside.lacking)) <= 200
    inside.lacking.clear()


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (RIGHT.replace("    return", "    import pandas\n    return", 1), "pandas"),
        (RIGHT.replace("    return", "    input()\n    return", 1), "asks for input"),
        (RIGHT.replace("    return", "    import torch\n    torch.zeros(1).cuda()\n    return", 1), "device"),
        ("import pandas\nradius_after = pandas.radius", "pandas"),
    ],
)
def test_an_answer_that_cannot_do_without_goes_to_a_person_with_the_reason(source, reason):
    found = examined({"radius-after-answer": source})
    assert points(found) == [5, 0, 15]
    assert [reason in one and "Exercise 2" in one for one in found.human] == [True]


def test_who_passes_is_nobodys_business():
    found = examined(
        {"radius-after-answer": f"import pandas\nx = input()\n{RIGHT}", "+radius-after-answer": "%%wandb\nimport foo"}
    )
    assert (points(found), found.human) == ([5, 10, 15], ())


def test_a_blank_answer_below_an_import_is_missing():
    found = examined({"radius-after-answer": f"import pandas\n{STUBS['radius_after']}"})
    assert rungs(found)[1] == "missing"
