"""A stand-in for Colab: its versions of Jupyter's packages, a stub `google.colab`, and no ganlab.

What cannot be imitated here is Colab's own page. What goes wrong on Colab with Python packages can: a requirement that
replaces what is installed (and asks for a restart), something that IPython 7 or ipywidgets 7 does not have, a path
that only exists in a checkout.
"""

import os
import subprocess
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from packaging.requirements import Requirement

# What Colab pins; the last two keep pip from adding a whole JupyterLab, which Colab does not have.
PINS = {
    "ipywidgets": "7.7.1",
    "ipython": "7.34.0",
    "traitlets": "5.7.1",
    "anywidget": "0.9.21",
    "ipykernel": "6.17.1",
    "notebook": "6.5.7",
    "jupyter-client": "7.4.9",
}
# What it has besides, in whatever version.
BESIDES = [
    "torch",
    "torchvision",
    "numpy",
    "scipy",
    "pillow",
    "scikit-image",
    "scikit-learn",
    "matplotlib",
    "safetensors",
    "tqdm",
]
STUB = """\
import sys, types

for _name in ("google", "google.colab"):
    sys.modules.setdefault(_name, types.ModuleType(_name))
sys.modules["google"].colab = sys.modules["google.colab"]
"""
# The first cell of the copy: is this the place that the test believes it runs in?
WHERE = """\
import importlib.metadata, importlib.util, sys
assert "google.colab" in sys.modules
assert (importlib.util.find_spec("ganlab") is not None) is {installed}
for _name, _version in {pins}.items():
    assert importlib.metadata.version(_name) == _version, (_name, importlib.metadata.version(_name))
import IPython, ipywidgets, traitlets
assert (IPython.__version__, ipywidgets.__version__) == ({pins}["ipython"], {pins}["ipywidgets"])
"""


def closure(names: list[str]) -> list[Distribution]:
    """The installed packages of these names with all that they require."""
    found: dict[str, Distribution] = {}
    seen = set()
    todo = [Requirement(name) for name in names]
    while todo:
        wanted = todo.pop()
        key = (wanted.name.lower().replace("_", "-"), frozenset(wanted.extras))
        if key in seen:
            continue
        seen.add(key)
        try:
            found[key[0]] = distribution(wanted.name)
        except PackageNotFoundError:
            continue
        for line in found[key[0]].requires or ():
            further = Requirement(line)
            if not further.marker or any(further.marker.evaluate({"extra": one}) for one in ("", *wanted.extras)):
                todo.append(further)
    return list(found.values())


class Colab:
    """An environment below ``folder``; kernels in it have another working directory than this repository.

    Parameters
    ----------
    layered : bool
        Take PyTorch and the like from the environment that the tests run in: a folder with links to these packages
        and to nothing else comes behind the new environment's own. Otherwise everything is installed anew.
    """

    def __init__(self, folder: Path, *, layered: bool) -> None:
        self.folder = folder
        self.layered = layered
        self.python = folder / "environment" / "bin" / "python"
        for name in ("home", "content", "kernels/colab"):
            (folder / name).mkdir(parents=True)
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "PYTEST", "COV_", "JUPYTER", "GANLAB", "VIRTUAL_ENV"))
        }
        self.environment |= {
            "HOME": str(folder / "home"),
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # as Colab has it
            "GANLAB_PROFILE": "smoke",
            "OMP_NUM_THREADS": "1",
            "PATH": f"{self.python.parent}{os.pathsep}{os.environ['PATH']}",
        }
        cache = subprocess.run(
            [sys.executable, "-m", "pip", "cache", "dir"], capture_output=True, text=True, check=False
        )
        self.environment.setdefault("PIP_CACHE_DIR", cache.stdout.strip() or str(folder / "cache"))
        self.environment["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
        (folder / "kernels" / "colab" / "kernel.json").write_text(
            f'{{"argv": ["{self.python}", "-m", "ipykernel_launcher", "-f", "{{connection_file}}"], '
            '"display_name": "Colab", "language": "python"}'
        )

    def make(self) -> str:
        """Make the environment; return what pip said if it failed, else nothing."""
        bare = ["--without-pip"] if self.layered else []
        subprocess.run([sys.executable, "-m", "venv", *bare, self.folder / "environment"], check=True)
        (site,) = (self.folder / "environment" / "lib").glob("python3.*/site-packages")
        if self.layered:
            self._link(self.folder / "layer")
            # A path in a .pth file comes last, and .pth files in that folder are not read.
            (site / "layer.pth").write_text(f"{self.folder / 'layer'}\n")
        (site / "colab_stub.py").write_text(STUB)
        (site / "colab_stub.pth").write_text("import colab_stub\n")
        wanted = [f"{name}=={version}" for name, version in PINS.items()] + ([] if self.layered else BESIDES)
        done = self.pip("install", "--quiet", "--no-compile", *wanted)
        return done.stderr + done.stdout if done.returncode else ""

    def _link(self, layer: Path) -> None:
        layer.mkdir()
        for one in closure([*BESIDES, "pip", "setuptools"]):
            for top in {path.parts[0] for path in one.files or () if path.parts[0] not in ("..", "__pycache__")}:
                target = Path(str(one.locate_file(top)))
                if target.exists() and target.suffix != ".pth" and not (layer / top).exists():
                    (layer / top).symlink_to(target)

    def pip(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the environment's pip."""
        return subprocess.run(
            [str(self.python), "-m", "pip", *arguments],
            env=self.environment, cwd=self.folder / "content", capture_output=True, text=True, check=False,
        )  # fmt: skip

    def run_python(self, code: str) -> str:
        """What the environment's Python says to a line of code."""
        command = [str(self.python), "-c", code]
        place = self.folder / "content"
        done = subprocess.run(command, env=self.environment, cwd=place, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    def freeze(self) -> set[str]:
        """Every installed package with its version; ganlab left out."""
        done = self.pip("list", "--format", "freeze")
        assert done.returncode == 0, done.stderr
        names = {line.lower().replace("_", "-") for line in done.stdout.split()}
        return {line for line in names if not line.startswith("ganlab==")}

    def run(self, path: Path, source: str, wheel: Path, *, installed: bool) -> tuple[nbformat.NotebookNode, dict]:
        """Run a notebook from top to bottom; return it with its outputs, and binary buffers that widgets have sent.

        Of the notebook one thing is changed: the setup cell's ``source``, the address on GitHub, becomes that of the
        wheel, which is what pip would build from there.
        """
        notebook = nbformat.read(path, as_version=4)
        (setup,) = (cell for cell in notebook.cells if "setup" in cell.metadata.get("tags", []))
        assert setup.source.count(source) == 1, setup.source
        setup.source = setup.source.replace(source, wheel.as_uri())
        notebook.cells.insert(0, nbformat.v4.new_code_cell(WHERE.format(installed=installed, pins=PINS)))
        manager = AsyncKernelManager(
            kernel_name="colab",
            kernel_spec_manager=KernelSpecManager(
                kernel_dirs=[str(self.folder / "kernels")], ensure_native_kernel=False
            ),
        )
        client = NotebookClient(
            notebook, km=manager, timeout=240, resources={"metadata": {"path": str(self.folder / "content")}}
        )
        client.execute(env=self.environment, cleanup_kc=True)  # the kernel is ours: it would go on otherwise
        return notebook, dict(client.widget_buffers)
