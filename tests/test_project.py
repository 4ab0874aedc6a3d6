"""The project's own promises: one dependency list, floors that leave Colab alone, pinned versions, no leaks."""

import json
import re
import subprocess
import sysconfig
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# What Colab had installed in August 2026; installing the course there must replace none of it.
COLAB = {
    "torch": "2.11.0",
    "torchvision": "0.26.0",
    "numpy": "2.1.3",
    "ipywidgets": "7.7.1",
    "traitlets": "5.7.1",
    "anywidget": "0.9.21",
    "scikit-image": "0.25.2",
}


def test_conda_and_binder_read_the_dependencies_of_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["channels"] == ["conda-forge"]
    *conda, pip = environment["dependencies"]
    assert [entry.split("=")[0] for entry in conda] == ["python", "pip"]
    assert pip == {"pip": ["-e .[lab]"]}, "who reads needs no tests"
    assert Version(conda[0].split("=")[1]) in Requirement(f"python{PROJECT['requires-python']}").specifier


def own_extras(line: str) -> set[str]:
    """The extras that a line names, if it is a requirement for the course itself."""
    requirement = Requirement(line)
    return requirement.extras if requirement.name == PROJECT["name"] else set()


def test_each_extra_is_for_something_and_dev_is_all_of_them():
    extras = PROJECT["optional-dependencies"]
    assert set(extras) == {"lab", "studio", "docs", "instructor", "test", "hub", "dev"}
    (everything,) = extras["dev"]
    assert own_extras(everything) == set(extras) - {"dev"}
    # What reads and runs the course is small, and contains nothing that tests, builds pages or marks.
    for light in ("lab", "studio"):
        assert not any(own_extras(line) for line in extras[light])
        assert len(extras[light]) <= 3
    for lines in extras.values():
        for line in lines:
            assert own_extras(line) <= set(extras), line


@pytest.mark.parametrize("line", PROJECT["dependencies"])
def test_floors_leave_colab_alone(line):
    requirement = Requirement(line)
    assert [clause.operator for clause in requirement.specifier] == [">="], "a floor and no ceiling"
    if requirement.name in COLAB:
        assert Version(COLAB[requirement.name]) in requirement.specifier


def constraints():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_every_constraint_is_name_and_version():
    assert [line for line in constraints() if not re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.]+", line)] == []


def test_every_dependency_is_pinned_within_its_floor():
    pins = dict(line.lower().replace("_", "-").split("==") for line in constraints())
    extras = [line for lines in PROJECT["optional-dependencies"].values() for line in lines]
    for line in PROJECT["dependencies"] + [line for line in extras if not own_extras(line)]:
        requirement = Requirement(line)
        assert Version(pins[requirement.name.lower()]) in requirement.specifier, line


def test_the_buttons_that_jupyterlab_does_not_show_are_real_ones():
    """A name that nbgrader has changed would bring its buttons back, and nobody would be told."""
    settings = json.loads(
        (ROOT / "deploy/jupyterlab/etc/jupyter/labconfig/page_config.json").read_text(encoding="utf-8")
    )
    extension = Path(sysconfig.get_path("data")) / "share/jupyter/labextensions/@jupyter/nbgrader/static"
    if not extension.is_dir():
        pytest.skip("nbgrader is not installed where this Python looks for data")
    known = set(
        re.findall(r"@jupyter/nbgrader:[a-z-]+", "".join(path.read_text("utf-8") for path in extension.glob("*.js")))
    )
    # On a hub students fetch and hand in with these buttons, also where the environment is the one that make made.
    hub = json.loads((ROOT / "deploy/hub/everyone/labconfig/page_config.json").read_text(encoding="utf-8"))[
        "disabledExtensions"
    ]
    assert set(settings["disabledExtensions"]) <= set(hub)
    assert not hub["@jupyter/nbgrader:assignment-list"]
    assert set(settings["disabledExtensions"]) == known - {"@jupyter/nbgrader:menu", "@jupyter/nbgrader:formgrader"}


# What people have without having chosen it: Debian 12, Ubuntu 24.04 and Debian 13.
DISTRIBUTIONS_PYTHON = ["3.11.2", "3.12.3", "3.13.5"]


def test_every_pinned_package_takes_the_python_of_a_distribution():
    """A pin that wants a later patch of Python 3.11 than Debian has stops `make lab` there."""
    from importlib.metadata import distributions

    pins = dict(line.lower().replace("_", "-").split("==") for line in constraints())
    wanted = {
        name: dist.metadata["Requires-Python"] or ""
        for dist in distributions()
        if pins.get(name := dist.metadata["Name"].lower().replace("_", "-")) == dist.version
    }
    assert len(wanted) > 100
    for version in DISTRIBUTIONS_PYTHON:
        refused = {name: says for name, says in wanted.items() if version not in SpecifierSet(says)}
        assert refused == {}, f"these do not install with Python {version}: pin earlier versions in constraints.txt"


def test_the_installed_environment_is_the_pinned_one():
    """Only where the pinned environment was installed, as `make` does; elsewhere there is nothing to compare."""
    from importlib.metadata import distributions

    if not any((ROOT / ".venv").glob(".ready-*")):
        pytest.skip("not running in the environment that make installs")
    pins = dict(line.lower().replace("_", "-").split("==") for line in constraints())
    # Only that environment's own folder: importing setuptools puts the packages it brings along on the path as well.
    here = distributions(path=[sysconfig.get_path("purelib")])
    found = {dist.metadata["Name"].lower().replace("_", "-"): dist.version for dist in here}
    brought_by_venv = {"pip", "setuptools", "ganlab"}
    # Of PyTorch it may be the build for the CPU.
    wanted = {name: {version} for name, version in pins.items()}
    for name in ("torch", "torchvision"):
        wanted[name].add(f"{pins[name]}+cpu")
    assert {
        name: v for name, v in found.items() if name not in brought_by_venv and v not in wanted.get(name, ())
    } == {}


def test_the_readme_begins_with_the_two_commands():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    lab, test = readme.index("make lab"), readme.index("make test")
    assert lab < test < readme.index("\n## ", readme.index("\n## ") + 1)
    assert "poloclub.github.io/ganlab" in readme


def test_ci_runs_the_readmes_test_command():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.search(r"^exec make test$", script, re.MULTILINE)


def tracked_files():
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


def test_no_package_registry_and_no_private_path_is_written_down():
    # Spelled in pieces, so that this file does not find itself.
    forbidden = re.compile("pypi" + r"\.org|files\.python" + r"hosted|registry\.npm" + r"js|/ro" + "ot/|/wo" + "rk/")
    found = []
    for path in tracked_files():
        if path.suffix in {".py", ".md", ".txt", ".toml", ".yml", ".ipynb", ".js", ".json", ".css", ""}:
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in forbidden.finditer(text)]
    assert found == []
