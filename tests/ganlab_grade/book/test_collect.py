"""Collecting from nbgrader's exchange: a link in a student's folder is not followed, whoever may read what it leads to."""

import os
import socket
import stat
import sys
from pathlib import Path

import pytest

pytest.importorskip("nbgrader", reason="nbgrader is not installed: pip install -e '.[instructor]'")

from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeFactory
from traitlets.config import Config, PyFileConfigLoader

from ganlab_grade.book.collect import Collect, copy_own_files
from tests.hub.server import ROOT

LESSON = "02_dcgan"
NOTEBOOK = f"{LESSON}.ipynb"


@pytest.fixture
def settings(monkeypatch, tmp_path) -> Config:
    """The settings that deploy/hub gives instructors, for an exchange and a course in this test's folder."""
    monkeypatch.setenv("NBGRADER_EXCHANGE", str(tmp_path / "exchange"))
    # nbgrader makes its gradebook by a command of another package.
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    monkeypatch.setenv("GANLAB_COURSE", str(tmp_path / "course"))
    found = PyFileConfigLoader("nbgrader_config.py", path=str(ROOT / "deploy" / "hub" / "instructor")).load_config()
    found.CourseDirectory.course_id = "gans"
    return found


@pytest.fixture
def sent(tmp_path):
    """Makes a student's folder in the exchange; the solved notebook lies in the course."""
    solved = tmp_path / "course" / "source" / LESSON / NOTEBOOK
    solved.parent.mkdir(parents=True)
    solved.write_text("the solution")
    inbound = tmp_path / "exchange" / "gans" / "inbound"
    inbound.mkdir(parents=True)
    (tmp_path / "exchange").chmod(0o777)

    def made(student: str) -> Path:
        folder = inbound / f"{student}+{LESSON}+2026-12-01 10:00:00 UTC+abc"
        folder.mkdir()
        (folder / "timestamp.txt").write_text("2026-12-01 10:00:00 UTC")
        return folder

    made.solved = solved
    return made


def collect(settings: Config) -> dict[str, str]:
    """Run what `nbgrader collect` runs, with these settings; path below collected/ -> what is in it."""
    collector(settings).start()
    root = Path(settings.CourseDirectory.root) / settings.CourseDirectory.submitted_directory
    return {f"{path.relative_to(root)}": path.read_text() for path in root.rglob("*") if path.is_file()}


def collector(settings: Config):
    """As nbgrader's application makes it: by the class that the settings name."""
    course = CourseDirectory(config=settings)
    course.assignment_id = LESSON
    return ExchangeFactory(config=settings).Collect(coursedir=course, config=settings)


def test_the_hubs_settings_use_it(settings):
    assert type(collector(settings)) is Collect


def test_what_was_sent_is_collected_and_a_link_is_not(settings, sent, caplog):
    honest, mallory, other = sent("ann"), sent("mallory"), sent("zoe")
    (honest / NOTEBOOK).write_text("mine")
    (honest / "pictures").mkdir()
    (honest / "pictures" / "a.png").write_text("picture")
    (mallory / NOTEBOOK).symlink_to(sent.solved)
    (other / NOTEBOOK).write_text("also mine")
    found = collect(settings)
    assert found[f"ann/{LESSON}/{NOTEBOOK}"] == "mine"
    assert found[f"ann/{LESSON}/pictures/a.png"] == "picture"
    # After somebody's link the others are still collected.
    assert found[f"zoe/{LESSON}/{NOTEBOOK}"] == "also mine"
    assert f"mallory/{LESSON}/{NOTEBOOK}" not in found
    assert "the solution" not in found.values()


def test_nbgraders_own_copy_would_follow_it(settings, sent):
    (sent("mallory") / NOTEBOOK).symlink_to(sent.solved)
    settings.ExchangeFactory.collect = "nbgrader.exchange.default.ExchangeCollect"
    assert collect(settings)[f"mallory/{LESSON}/{NOTEBOOK}"] == "the solution"


@pytest.mark.parametrize("kind", ["file", "folder", "whole", "nested", "dangling", "pipe", "socket"])
def test_whatever_is_no_file_of_ones_own_stays(kind, tmp_path, monkeypatch):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "a.ipynb").write_text("the solution")
    source, target = tmp_path / "sent", tmp_path / "collected"
    (source / "own").mkdir(parents=True)
    (source / "mine.ipynb").write_text("mine")
    match kind:
        case "file":
            (source / "a.ipynb").symlink_to(secret / "a.ipynb")
        case "folder":
            (source / "a").symlink_to(secret)
        case "whole":
            source.rename(tmp_path / "away")
            source.symlink_to(secret)
        case "nested":
            (source / "own" / "a.ipynb").symlink_to("../../secret/a.ipynb")
        case "dangling":
            (source / "a.ipynb").symlink_to("nowhere")
        case "pipe":
            os.mkfifo(source / "a.ipynb")
        case "socket":
            monkeypatch.chdir(source)
            with socket.socket(socket.AF_UNIX) as one:
                one.bind("a.ipynb")
    left = copy_own_files(source, target)
    assert len(left) == 1
    copied = [path for path in target.rglob("*") if path.is_file()]
    assert [path.read_text() for path in copied] == ["mine"] * (kind != "whole")
    assert all(stat.S_ISREG(path.lstat().st_mode) for path in copied)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_a_hard_link_to_somebody_elses_file_stays(tmp_path):
    solved = tmp_path / "solved.ipynb"
    solved.write_text("the solution")
    source = tmp_path / "sent"
    source.mkdir()
    (source / "mine.ipynb").write_text("mine")
    (source / "a.ipynb").hardlink_to(solved)
    os.chown(source, 1234, 1234), os.chown(source / "mine.ipynb", 1234, 1234)
    left = copy_own_files(source, tmp_path / "collected")
    assert left == ["'a.ipynb' belongs to somebody else"]
    assert [path.name for path in (tmp_path / "collected").iterdir()] == ["mine.ipynb"]
