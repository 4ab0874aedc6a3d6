"""What is thorough is left out and named, and comes back when what it tests has changed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.suite.thorough import because, changed_files, left_out

ROOT = Path(__file__).resolve().parent.parent.parent
TESTS = """
import pytest

def test_always():
    pass

@pytest.mark.thorough
def test_seldom():
    pass

@pytest.mark.thorough(when=["docs/*", "made.py"])
@pytest.mark.parametrize("case", [1, 2])
def test_of_the_docs(case):
    pass
"""


@pytest.fixture
def git(tmp_path, monkeypatch):
    """A repository of two commits, and a way to ask git there."""
    for name in ("GANLAB_SINCE", "GANLAB_THOROUGH", "GANLAB_PROFILE"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: str) -> str:
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.strip()

    run("init", "--quiet", "--initial-branch=main")
    for name in ("first.py", "second.py"):
        (tmp_path / name).write_text("1")
        run("add", ".")
        run("commit", "--quiet", "-m", name)
    return run


def test_on_the_default_branch_the_last_commit_and_what_is_not_committed_count(git, tmp_path):
    assert changed_files(tmp_path) == {"second.py"}
    (tmp_path / "first.py").write_text("2")
    (tmp_path / "déjà vu.py").write_text("3")
    assert changed_files(tmp_path) == {"first.py", "second.py", "déjà vu.py"}


def test_on_a_branch_all_of_its_commits_count(git, tmp_path):
    git("update-ref", "refs/remotes/origin/main", "HEAD")
    git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    assert changed_files(tmp_path) == {"second.py"}, "nothing has left the default branch yet"
    for name in ("third.py", "fourth.py"):
        (tmp_path / name).write_text("1")
        git("add", ".")
        git("commit", "--quiet", "-m", name)
    assert changed_files(tmp_path) == {"third.py", "fourth.py"}


def test_a_commit_may_be_named(git, tmp_path, monkeypatch):
    monkeypatch.setenv("GANLAB_SINCE", "HEAD")
    assert changed_files(tmp_path) == set()
    monkeypatch.setenv("GANLAB_SINCE", "no such commit")
    assert changed_files(tmp_path) == set()


def test_without_a_history_nothing_counts(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert changed_files(tmp_path) == set()


def test_patterns_reach_into_folders_and_no_further():
    changed = {"docs/hub/config.py", "ganlab/losses.py"}
    assert because(["docs/*"], changed) == "docs/hub/config.py"
    assert because(["*/losses.py"], changed) == "ganlab/losses.py"
    assert because(["losses.py", "doc"], changed) == ""
    assert because([], changed) == ""


def test_a_line_says_how_many_are_left_out_and_where():
    said = left_out(["tests/docs/test_a.py::a", "tests/docs/test_b.py::b[x/y]", "tests/test_c.py::c"])
    assert said.startswith("3 thorough tests left out (docs 2, test_c.py 1)")


def run(folder: Path, *words: str) -> str:
    """What pytest says to the three tests above, with this plugin alone."""
    (folder / "tests").mkdir(exist_ok=True)
    (folder / "tests" / "test_it.py").write_text(TESTS)
    (folder / "pytest.ini").write_text(f"[pytest]\nmarkers = thorough\npythonpath = {ROOT}\n")
    command = [sys.executable, "-m", "pytest", "-p", "tests.suite.thorough", "-p", "no:cacheprovider", "-q", *words]
    # The plugin is found from here; the tests are those of the folder.
    done = subprocess.run(
        [*command, f"--rootdir={folder}", "-c", str(folder / "pytest.ini"), str(folder / "tests")],
        cwd=ROOT, env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_run_leaves_them_out_says_so_and_brings_back_what_has_changed(git, tmp_path):
    assert "1 passed, 3 skipped" in (said := run(tmp_path))
    assert "3 thorough tests left out (test_it.py 3); `pytest --thorough-list`" in said
    (tmp_path / "made.py").write_text("new")
    assert "3 passed, 1 skipped" in (said := run(tmp_path))
    assert "2 thorough tests ran because of made.py" in said
    assert "1 thorough tests left out" in said


def test_the_list_names_them_and_what_brings_them_back(git, tmp_path):
    said = run(tmp_path, "--thorough-list")
    assert "tests/test_it.py::test_seldom: with PROFILE=cpu\n" in said
    assert (
        "tests/test_it.py::test_of_the_docs (2 cases): with PROFILE=cpu, or when one of these changes: docs/* made.py\n"
        in said
    )
    assert "test_always" not in said


def test_everything_runs_when_that_is_asked_for(git, tmp_path, monkeypatch):
    monkeypatch.setenv("GANLAB_THOROUGH", "1")
    assert "4 passed" in run(tmp_path)
