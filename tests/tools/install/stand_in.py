"""Package indexes of local files with tiny wheels, and a tiny course that installs from them: nothing is fetched."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TORCH = {"torch": "2.15.0", "torchvision": "0.29.2"}
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "ganlab"
"""
# What setuptools does for the real course, as far as pip asks for it.
BACKEND = """
import zipfile

METADATA = '''Metadata-Version: 2.1
Name: ganlab
Version: 1
Requires-Dist: torch>=2
Requires-Dist: torchvision>=0.2
Provides-Extra: lab
Requires-Dist: notes; extra == "lab"
Provides-Extra: test
Requires-Dist: ganlab[lab]; extra == "test"
Requires-Dist: judge; extra == "test"
'''

def build_editable(folder, settings=None, metadata=None):
    with zipfile.ZipFile(f"{folder}/ganlab-1-py3-none-any.whl", "w") as file:
        file.writestr("ganlab-1.dist-info/METADATA", METADATA)
        file.writestr("ganlab-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        file.writestr("ganlab-1.dist-info/RECORD", "")
    return "ganlab-1-py3-none-any.whl"

build_wheel = build_editable
"""


def put(index: Path, name: str, version: str, *needs: str) -> None:
    """Add a wheel to an index; its one module says in ``WHERE`` which index it came from."""
    folder, stem = index / name, f"{name.replace('-', '_')}-{version}"
    folder.mkdir(parents=True, exist_ok=True)
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as file:
        file.writestr(f"{name.replace('-', '_')}.py", f"WHERE = {index.name!r}\n")
        file.writestr(f"{stem}.dist-info/METADATA", about + "".join(f"Requires-Dist: {need}\n" for need in needs))
        tags = "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        file.writestr(f"{stem}.dist-info/WHEEL", tags)
        file.writestr(f"{stem}.dist-info/RECORD", "")
    links = (f'<a href="{path.name.replace("+", "%2B")}">{path.name}</a>' for path in folder.glob("*.whl"))
    (folder / "index.html").write_text("<!DOCTYPE html>" + "<br>".join(links), encoding="utf-8")


def cpu_index(folder: Path) -> Path:
    """As PyTorch's makers have it, with traps: whatever else is taken from here was taken by mistake."""
    index = folder / "cpu"
    for name, version in TORCH.items():
        put(index, name, f"{version}+cpu", "helper")
        put(index, name, "99.0+cpu")
    for name in ("helper", "notes", "judge"):
        put(index, name, "99.0")
    return index


def plain_index(folder: Path) -> Path:
    """As pip has it without being told: PyTorch with libraries for GPUs, and everything else."""
    index = folder / "plain"
    put(index, "torch", TORCH["torch"], "helper", "nvidia-cublas", "triton")
    put(index, "torchvision", TORCH["torchvision"], "torch")
    for name in ("helper", "notes", "judge", "nvidia-cublas", "triton"):
        put(index, name, "1.0")
    return index


class Course:
    """The real Makefile and the real script around a course of nothing, on a computer whose GPU is a file."""

    def __init__(self, folder: Path) -> None:
        self.root, self.bin, self.gpus = folder / "course", folder / "bin", folder / "gpus"
        self.plain = plain_index(folder)
        for name in ("Makefile", "tools/install/torch_build.py"):
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.root / name)
        shutil.copytree(ROOT / "deploy" / "jupyterlab", self.root / "deploy" / "jupyterlab")
        script = self.root / "tools/install/torch_build.py"
        script.write_text(script.read_text(encoding="utf-8").replace("/proc/driver/nvidia/gpus", str(self.gpus)))
        pinned = "".join(f"{name}=={version}\n" for name, version in TORCH.items())
        (self.root / "constraints.txt").write_text(pinned + "notes==1.0\njudge==1.0\n", encoding="utf-8")
        (self.root / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
        (self.root / "backend.py").write_text(BACKEND, encoding="utf-8")
        self.bin.mkdir()
        (self.bin / "nvidia-smi").write_text("#!/bin/sh\nexit 9\n", encoding="utf-8")
        (self.bin / "nvidia-smi").chmod(0o755)

    def make(self, *words: str, works: bool = True) -> str:
        """Run make without this computer's own settings; what it said, less pip's and make's own words."""
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "PYTHON", "TORCH"))
        }
        environment |= {"PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}", "PIP_CONFIG_FILE": os.devnull}
        environment |= {"PIP_INDEX_URL": self.plain.as_uri(), "HOME": str(self.root), "no_proxy": "*"}
        for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "VIRTUAL_ENV"):
            environment.pop(name, None)
        done = subprocess.run(
            ["make", f"PYTHON={sys.executable}", *words],
            cwd=self.root, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode == 0) is works, done.stdout + done.stderr
        return "\n".join(re.findall(r"^(?:PyTorch.*|.*Stop\..*)$", done.stdout + done.stderr, re.M))

    def holds(self) -> dict[str, tuple[str, str]]:
        """Version and origin of each package of the environment but pip's own."""
        code = (
            "import importlib, json; from importlib.metadata import distributions\n"
            "names = {d.metadata['Name']: d.version for d in distributions()}\n"
            "for name in ('pip', 'setuptools', 'ganlab'): names.pop(name, None)\n"
            "print(json.dumps({n: (v, importlib.import_module(n.replace('-', '_')).WHERE) for n, v in names.items()}))"
        )
        python = self.root / ".venv" / "bin" / "python"
        done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True)
        return {name: tuple(pair) for name, pair in json.loads(done.stdout).items()}
