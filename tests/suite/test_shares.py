"""The table of the suite's time: whose a second is, what is too much, and what CI makes of it."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.suite import shares
from tests.suite.shares import SHARES, Account, families, pace, room

ROOT = Path(__file__).resolve().parent.parent.parent
SETTINGS = {"other": 10, "lesson": 40, "pace": 1.0, "rooms": {"browser": 90}}
FAMILIES = {"dcgan": "02"}


@pytest.mark.parametrize(
    ("nodeid", "wanted"),
    [
        ("tests/test_notebooks.py::test_the_notebook_runs[02_dcgan]", "lesson 02"),
        ("tests/test_notebooks.py::test_opens[solutions-02_dcgan]", "lesson 02"),
        ("tests/browser/test_lessons_in_lab.py::test_the_widget[02_dcgan]", "lesson 02"),
        ("tests/checks/test_banks.py::test_right[lesson_02.slerp-10]", "lesson 02"),
        ("tests/dcgan/checks/test_slerp.py::test_right[10_a]", "lesson 02"),
        ("tests/dcgan/test_networks.py::test_shapes", "lesson 02"),
        ("tests/test_notebooks.py::test_every_notebook_has_a_lesson[solutions]", "house"),
        ("tests/browser/test_widgets_in_lab.py::test_all[02_dcgan]", "browser"),
        ("tests/docs/test_docs_pages.py::test_formulas[02_dcgan]", "docs"),
        ("tests/data/paintings/test_easel.py::test_a", "data"),
        ("tests/test_losses.py::test_a", "house"),
    ],
)
def test_a_test_belongs_to_one_room(nodeid, wanted):
    assert room(nodeid, FAMILIES) == wanted


def test_seconds_add_up_over_the_parts_of_a_test_and_are_halved():
    account = Account(SETTINGS, FAMILIES)
    for seconds in (1.0, 5.0, 2.0):
        account.add("tests/browser/test_a.py::test_a", seconds)
    account.add("tests/browser/test_a.py::test_b", 30.0, thorough=True)
    assert account.taken == {"browser": 4.0}
    assert account.thorough == 15.0
    assert account.table() == [
        "browser            4.0 of    90",
        "together           4.0",
        "thorough          15.0 besides",
    ]


def test_a_room_that_takes_too_much_gets_a_sentence_unless_the_machine_is_slow():
    account = Account(SETTINGS, FAMILIES)
    account.add("tests/dcgan/test_networks.py::test_a", 90.0)
    account.add("tests/unheard_of/test_a.py::test_a", 20.0)
    assert len(account.exceeded()) == 1, "a room may take all of its share"
    assert account.exceeded()[0].startswith("lesson 02 took 45 s of two cores, its share is 40 s: ")
    assert account.table()[0].endswith("more than its share")
    account.slower = 1.2
    assert account.exceeded() == []
    account.add("tests/dcgan/test_networks.py::test_b", 8.0)
    assert len(account.exceeded()) == 1


def test_the_shares_are_numbers_of_rooms_that_exist():
    settings = tomllib.loads(SHARES.read_text(encoding="utf-8"))
    assert set(settings) == set(SETTINGS)
    assert all(seconds > 0 for seconds in [settings["other"], settings["lesson"], *settings["rooms"].values()])
    folders = {path.name for path in (ROOT / "tests").iterdir() if (path / "__init__.py").is_file()} | {"house"}
    assert set(settings["rooms"]) <= folders
    assert set(families()) <= folders
    lessons = {path.name[:2] for path in (ROOT / "lessons").glob("[0-9]*.py")}
    assert set(families().values()) <= lessons
    assert families().items() >= FAMILIES.items()
    # What the suite may take in all is what people wait for: ten minutes with the lessons there are.
    assert sum(settings["rooms"].values()) + settings["lesson"] * len(lessons) <= 600


def test_a_machine_that_others_use_while_the_tests_run_is_a_slower_one(monkeypatch):
    """Quick at the beginning and at the end, three times slower between: the middle counts."""
    paces, clock = iter([1.0, 1.0, 3.0, 3.0, 3.0, 1.0]), iter(range(0, 100, 11))
    monkeypatch.setattr(shares, "pace", lambda: next(paces))
    monkeypatch.setattr(shares.time, "monotonic", lambda: next(clock))
    keeper = shares._Bookkeeper()
    keeper.account.settings = SETTINGS
    for _ in range(4):
        keeper.pytest_runtest_logreport(
            SimpleNamespace(nodeid="tests/dcgan/test_a.py::test_a", duration=30.0, user_properties=[])
        )
    session = SimpleNamespace(exitstatus=pytest.ExitCode.OK)
    monkeypatch.setenv("CI", "true")
    keeper.pytest_sessionfinish(session)
    assert keeper.account.slower == 3.0
    assert session.exitstatus == pytest.ExitCode.OK, "60 s, and 120 on a machine as slow as that"


def test_the_fixed_piece_of_work_takes_a_moment():
    import torch

    threads = torch.get_num_threads()
    assert 0 < pace() < 30
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize(("ci", "status"), [("true", 1), ("no", 0)])
def test_ci_fails_where_a_room_takes_too_much_and_nobody_else_does(tmp_path, ci, status):
    (tmp_path / "tests" / "slow").mkdir(parents=True)
    (tmp_path / "tests" / "slow" / "test_it.py").write_text("import time\n\ndef test_it():\n    time.sleep(0.1)\n")
    (tmp_path / "strict.py").write_text(
        "from tests.suite import shares\n\nshares.Account.share = lambda self, name: 0.01\nshares.pace = lambda: 1.0\n"
        "pytest_configure = shares.pytest_configure\n"
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "xdist",
        "-n",
        "1",
        "-p",
        "strict",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(
        [*command, f"--rootdir={tmp_path}", "-c", os.devnull, "tests/slow"],
        cwd=tmp_path, env={**os.environ, "CI": ci, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == status, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert "slow took 0 s of two cores, its share is 0 s: make it lighter" in done.stdout
