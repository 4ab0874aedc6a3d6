"""Today's Colab, as far as Python packages make it: the course installs, replaces nothing, and its lessons run."""

import shutil
from pathlib import Path

import pytest

from tests._colab import PINS, Colab
from tests._colab_names import KNOWN, LACKING
from tests._wheel import build_wheel
from tools.lessons.source import project_values

ROOT = Path(__file__).resolve().parent.parent
LESSONS = sorted(path.stem for path in (ROOT / "lessons").glob("[0-9]*.py"))
NO_NETWORK = ("Temporary failure in name resolution", "Could not find a version", "NewConnectionError", "Max retries")
VIEW = "application/vnd.jupyter.widget-view+json"
ONE = LESSONS[2:3]  # lesson 02: a training that is watched, and a widget


def made(folder: Path, *, layered: bool) -> Colab:
    """The environment, or a skipped test where pip reaches nothing."""
    colab = Colab(folder, layered=layered)
    if said := colab.make():
        if any(words in said for words in NO_NETWORK):
            pytest.skip("Colab's packages have to be fetched, and pip reaches nothing here")
        pytest.fail(f"Colab's packages cannot be installed: {said}")
    return colab


def install_and_run(colab: Colab, names: list[str], folder: Path) -> None:
    """The first lesson's setup cell installs the course; after that each lesson runs from top to bottom."""
    values = project_values(ROOT)
    source, wheel = f"git+{values['REPOSITORY']}@{values['BRANCH']}", build_wheel(folder)
    before = colab.freeze()
    assert {f"{name}=={version}" for name, version in PINS.items()} <= before
    assert "No module named 'ganlab'" in colab.run_python("import ganlab")
    assert colab.run_python(LACKING.format(known=KNOWN)) == "", (
        "what tests/_colab_names.py says of these versions is wrong"
    )
    for place, name in enumerate(names):
        path = ROOT / "notebooks" / f"{name}.ipynb"
        notebook, buffers = colab.run(path, source, wheel, installed=place > 0)
        outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
        assert [output.text for output in outputs if output.get("name") == "stderr"] == [], name
        assert [output for output in outputs if output.output_type == "error"] == []
        assert any(VIEW in output.get("data", {}) for output in outputs), f"{name} shows no widget"
        assert buffers == {}, "Colab's widget manager loses binary buffers: a widget must send text"
        if place == 0:
            assert colab.freeze() == before, "installing the course has replaced or added something"
    done = colab.pip("show", "--files", "ganlab")
    assert f"Location: {colab.folder / 'environment'}" in done.stdout, "installed, and not read from a checkout"


@pytest.mark.thorough
@pytest.mark.notebook
@pytest.mark.slow
@pytest.mark.timeout(1800)  # pip fetches, and a mirror may be slow
def test_the_course_installs_on_colab_and_replaces_nothing(tmp_path):
    install_and_run(made(tmp_path / "colab", layered=True), ONE, tmp_path)


@pytest.mark.thorough
@pytest.mark.notebook
@pytest.mark.timeout(3600)
def test_every_lesson_runs_on_a_colab_made_from_nothing(tmp_path):
    """With PyTorch as pip finds it today: some gigabytes, which are removed again."""
    try:
        colab = made(tmp_path / "colab", layered=False)
        print(*sorted(colab.freeze()), sep="\n")
        install_and_run(colab, LESSONS, tmp_path)
    finally:
        shutil.rmtree(tmp_path / "colab", ignore_errors=True)
