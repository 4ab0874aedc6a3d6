"""The archive for a classroom without a network: what it holds, what it refuses, and an installation from it."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tools.publish import bundle, install_offline

ROOT = Path(__file__).resolve().parents[3]
PYPROJECT = """
[project]
name = "ganlab"
version = "9.8"
dependencies = ["numpy>=2"]
[project.optional-dependencies]
lab = ["jupyterlab>=4"]
studio = ["voila>=0.5"]
test = ["ganlab[lab,studio]", "build>=1"]
hub = ["jupyterhub>=5"]
"""


@pytest.fixture
def course(tmp_path):
    """A course of a few files under git, as small as can be."""
    root = tmp_path / "course"
    for name, text in {
        "pyproject.toml": PYPROJECT,
        "constraints.txt": "numpy==2.4.6\nbuild==1.6.1\n",
        "ganlab/__init__.py": "",
        "tools/publish/install_offline.py": (ROOT / "tools" / "publish" / "install_offline.py").read_text(
            encoding="utf-8"
        ),
        "docs/offline.md": "# Without a network\n",
        ".gitignore": "/build/\n",
        "build/docs/html/index.html": "<h1>pages</h1>",
        "build/docs/html/environment.pickle": "not to be carried",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "All"]):
        subprocess.run([*git, *words], cwd=root, check=True)
    return root


@pytest.fixture
def pip(monkeypatch):
    """In the place of pip: it writes down what it is asked, and leaves a wheel of each name it is given."""
    asked, real = [], subprocess.run

    def run(command, **named):
        if list(command[1:4]) != ["-m", "pip", "wheel"]:
            return real(command, **named)
        asked.append(list(command))
        folder = Path(command[command.index("--wheel-dir") + 1])
        for name in ("numpy-2.4.6-py3-none-any", "nvidia_cublas-1-py3-none-any", "torch-2-py3-none-any"):
            if len(asked) % 2 and not (folder / f"{name}.whl").exists():
                (folder / f"{name}.whl").write_bytes(name.encode() * 1000)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    return asked


def unpacked(archive: Path, folder: Path) -> Path:
    with tarfile.open(archive) as file:
        file.extraction_filter = getattr(tarfile, "data_filter", None)
        file.extractall(folder)
    return folder / archive.stem


def test_the_archive_holds_the_commit_the_wheels_the_pages_and_their_digests(course, pip, tmp_path, capsys):
    (course / "ganlab" / "not_committed.py").write_text("x = 1\n")
    assert bundle.main(["--root", str(course)]) == 0
    said = capsys.readouterr().out
    assert "not committed does not go into the archive" in said
    assert re.search(r"0\.0 MB  wheelhouse, for GPUs\n", said)
    assert "together" in said
    archive = course / "build" / f"ganlab-course-9.8-{bundle.platform_name()}.tar"
    assert said.rstrip().endswith(archive.relative_to(course).as_posix())
    top = unpacked(archive, tmp_path / "room")
    held = {path.relative_to(top).as_posix() for path in top.rglob("*") if path.is_file()}
    assert held == {
        ".gitignore", "INSTALL.md", "SHA256SUMS", "bundle.json", "constraints.txt", "docs/offline.md", "install.py",
        "ganlab/__init__.py", "pages/index.html", "pyproject.toml", "tools/publish/install_offline.py",
        "wheelhouse/numpy-2.4.6-py3-none-any.whl", "wheelhouse/nvidia_cublas-1-py3-none-any.whl",
        "wheelhouse/torch-2-py3-none-any.whl",
    }  # fmt: skip
    assert install_offline.damaged(top) == []
    done = subprocess.run(
        ["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=top, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), "also sha256sum can read the list"
    fetched, own = pip
    assert {"numpy>=2", "build>=1", "jupyterlab>=4", "voila>=0.5", *bundle.TO_BUILD} <= set(fetched)
    assert not any("ganlab[" in word or "jupyterhub" in word for word in fetched)
    assert install_offline.about(top)["extras"] == ["lab", "studio", "test"]
    assert fetched[fetched.index("--constraint") + 1] == str(course / "constraints.txt")
    assert "--no-index" in own, "the course's own wheel is built from the wheelhouse, as the classroom will"


def test_a_light_archive_reads_and_does_not_test(course, pip, tmp_path):
    assert bundle.main(["--root", str(course), "--light", "--extra", "hub"]) == 0
    assert {"jupyterlab>=4", "voila>=0.5", "jupyterhub>=5"} <= set(pip[0])
    assert "build>=1" not in pip[0]
    (archive,) = (course / "build").glob("*.tar")
    assert install_offline.about(unpacked(archive, tmp_path / "room"))["extras"] == ["hub", "lab", "studio"]


def test_wheels_are_fetched_once_and_again_when_versions_change(course, pip):
    wanted = bundle.requirements(course, ["test"])
    work = course / "build" / "bundle"
    house = bundle.fetch(course, work, wanted, "")
    assert bundle.fetch(course, work, wanted, "") == house
    assert len(pip) == 1
    bundle.fetch(course, work, wanted, "https://example.org/cpu")
    assert len(pip) == 3, "PyTorch first, from its own index, then the rest"
    assert pip[1][-4:] == ["--index-url", "https://example.org/cpu", "torch", "torchvision"]
    (course / "constraints.txt").write_text("numpy==2.4.5\n")
    bundle.fetch(course, work, wanted, "https://example.org/cpu")
    assert len(pip) == 5
    (work / "wheelhouse.json").unlink()  # as after a run that was cut short
    bundle.fetch(course, work, wanted, "")
    assert len(pip) == 6


def test_what_cannot_be_bundled_is_said_in_a_sentence(course, pip, capsys):
    assert bundle.main(["--root", str(course), "--extra", "cooking"]) == 1
    assert "there is no extra 'cooking'; there are lab, studio, test, hub" in capsys.readouterr().out
    shutil.rmtree(course / ".git")
    assert bundle.main(["--root", str(course)]) == 1
    assert "no git checkout" in capsys.readouterr().out
    assert list((course / "build").glob("*.tar")) == []


@pytest.fixture
def room(course, pip, tmp_path):
    """The archive, unpacked in the classroom."""
    archive, _ = bundle.bundle(course, ["test"], "")
    return unpacked(archive, tmp_path / "room")


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lambda top: (top / "wheelhouse" / "torch-2-py3-none-any.whl").write_bytes(b"half"), "torch-2-py3-none-any.whl is damaged"),
        (lambda top: (top / "ganlab" / "__init__.py").unlink(), "ganlab/__init__.py is missing"),
        (lambda top: (top / "wheelhouse" / "evil-1.whl").write_bytes(b""), "wheelhouse/evil-1.whl does not belong here"),
        (lambda top: (top / "bundle.json").write_text(json.dumps(install_offline.here_is() | {"python": "3.9"})),
         "this archive was made for .* with Python 3.9; here is"),
    ],
)  # fmt: skip
def test_an_archive_that_is_not_whole_or_not_for_here_is_not_installed(room, harm, sentence, capsys, monkeypatch):
    monkeypatch.setattr(install_offline, "install", lambda folder: pytest.fail("it must not begin"))
    assert install_offline.main(["--folder", str(room), "--check"]) == 0
    harm(room)
    assert install_offline.main(["--folder", str(room)]) == 1
    said = capsys.readouterr().out
    assert re.search(sentence, said)
    assert "Traceback" not in said


def test_the_script_installs_what_make_installs():
    """Two ways to the same environment: the Makefile's recipe and the script's commands must not drift apart."""
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").partition(" $(READY)-%: ")[2].partition("\n\n")[0]
    script = (ROOT / "tools" / "publish" / "install_offline.py").read_text(encoding="utf-8")
    (line,) = (line for line in recipe.splitlines() if "pip install" in line)
    *options, what = shlex.split(line.partition("pip install")[2])
    assert options[-1] == "--editable"
    assert what == ".[$*]"
    for word in options:
        assert f'"{word}"' in script, word
    assert f"LAB_SETTINGS := {install_offline.LAB_SETTINGS}\n" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "cp -R $(LAB_SETTINGS)/. $(VENV)/" in recipe
    assert "copytree(folder / LAB_SETTINGS, environment" in script
    assert "@touch $@ " in recipe


@pytest.mark.parametrize("extras", [["lab", "studio"], ["docs", "instructor", "lab", "studio", "test"]])
def test_make_finds_done_what_the_script_has_installed(extras, tmp_path, monkeypatch, capsys):
    """Also what `make test` contains: where there is no network, make must not try to install anything."""
    commands = []
    monkeypatch.setattr(install_offline, "damaged", lambda folder: [])
    monkeypatch.setattr(subprocess, "run", lambda command, **named: commands.append([str(word) for word in command]))
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / install_offline.LAB_SETTINGS, tmp_path / install_offline.LAB_SETTINGS)
    (tmp_path / "wheelhouse").mkdir()
    (tmp_path / "bundle.json").write_text(json.dumps(install_offline.here_is() | {"extras": extras}))
    assert install_offline.main(["--folder", str(tmp_path)]) == 0
    assert ("make test" in capsys.readouterr().out) == ("test" in extras)
    assert any(words[-2:] == ["--editable", f".[{','.join(extras)}]"] for words in commands)
    monkeypatch.undo()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "TORCH"))
    }
    stamps = [f".venv/.ready-{extra}" for extra in extras]
    done = subprocess.run(["make", "--question", *stamps], cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 0, "nothing is left to do"


CLASSROOM = """
set -e
ip link set lo up 2>/dev/null || ifconfig lo up
python3() { "$PYTHON_HERE" "$@"; }
! python3 -c "import socket; socket.create_connection(('192.0.2.1', 80), 2)" 2>/dev/null
python3 install.py
.venv/bin/python -m pytest -q -p no:cacheprovider tests/test_project.py tests/test_data.py
.venv/bin/python -m pytest -q -p no:cacheprovider tests/test_notebooks.py -k "notebook_runs_unsolved and 00_start"
"""


@pytest.mark.thorough
@pytest.mark.timeout(3600)
def test_a_classroom_without_a_network_installs_and_tests(tmp_path):
    """In an empty network namespace, from the archive that `make bundle` has left, without this machine's settings."""
    archives = sorted((ROOT / "build").glob(f"ganlab-course-*-{bundle.platform_name()}.tar"))
    if not archives:
        pytest.skip("there is no archive; `make bundle` makes it")
    if (
        not shutil.which("unshare")
        or subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("this system gives no empty network namespace")
    top = unpacked(archives[-1], tmp_path)
    try:
        environment = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(tmp_path), "LANG": "C.UTF-8"}
        environment |= {"PYTHON_HERE": str(Path(sys.base_prefix) / "bin" / "python3"), "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            ["unshare", "-rn", "bash", "-c", CLASSROOM],
            cwd=top,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.count(" passed") == 2
        assert not os.path.lexists(tmp_path / ".cache" / "pip" / "http-v2"), "nothing was fetched"
    finally:
        shutil.rmtree(top, ignore_errors=True)
