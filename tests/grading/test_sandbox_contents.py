"""What a submission can read: no check, no hidden test, nothing of the repository. Every readable file is searched."""

import ast
import inspect
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from _boxes import ROOT, run, this_machines_sandbox

from ganlab.checks import lesson_01
from ganlab.grading.course import GradingError
from ganlab.grading.sandbox import Unsafe
from ganlab.grading.sandbox_contents import CHECKS, GRADING, PACKAGE, contents, lay_out
from ganlab.grading.sandbox_mounts import python_paths
from ganlab.grading.sandbox_search import readable_files, search


def imported_by(name: str) -> set[str]:
    """The files of ganlab.grading and ganlab.checks that one of them imports, through others too, and itself."""
    found, new = set(), {name}
    while new:
        found |= new
        trees = [ast.parse((PACKAGE / one).read_text(encoding="utf-8")) for one in new]
        modules = {
            node.module for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
        }
        wanted = {one for one in modules if re.match(r"ganlab\.(grading|checks)\.", one)}
        new = {one.removeprefix("ganlab.").replace(".", "/") + ".py" for one in wanted} - found
    return found


def test_of_the_marking_only_what_the_worker_imports_is_shown():
    needed = imported_by("grading/worker.py")
    assert {f"grading/{name}" for name in GRADING if name != "__init__.py"} == {
        name for name in needed if name.startswith("grading/")
    }
    assert {name for name in needed if name.startswith("checks/")} <= {f"checks/{name}" for name in CHECKS}


def test_contents_hold_no_check_and_nothing_compiled(tmp_path):
    names = set(contents())
    checks = {name for name in names if name.startswith("ganlab/checks/")}
    assert checks == {"ganlab/checks/__init__.py", "ganlab/checks/attempt.py", "ganlab/checks/ladder.py"}
    assert not [name for name in names if "__pycache__" in name]
    assert {"ganlab/__init__.py", "ganlab/losses.py", "ganlab/models/dcgan.py", "ganlab/minimax/widget/page.js"} <= names
    lay_out(tmp_path, copy=True)
    copied = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert {str(path.relative_to(tmp_path)) for path in copied} == names
    assert not any(path.is_symlink() for path in copied)


def test_checks_in_a_notebook_do_nothing_there():
    ended = run("""
        import contextlib, io
        from ganlab import checks
        from ganlab.checks import ladder, lesson_01
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            results = [lesson_01.loss_gradient(lambda: 1), checks.lesson_99.anything(1, 2), checks.lesson_02]
        say([printed.getvalue().count("when your notebook is marked"), str(results), ladder is checks.ladder])
        say([error_of(getattr, checks, "answers"), error_of(__import__, "ganlab.checks.lesson_01"),
             error_of(__import__, "ganlab.grading.examine")])
    """)
    assert ended.said[0] == [2, "[None, None, <a check that runs when your notebook is marked>]", True]
    assert ended.said[1] == ["AttributeError", "ModuleNotFoundError", "ModuleNotFoundError"]


@pytest.mark.slow
@pytest.mark.thorough
def test_no_readable_file_holds_a_check_or_a_lesson_or_says_where_they_are():
    sandbox = this_machines_sandbox()
    lesson = (ROOT / "lessons/01_minimax_game.py").read_text(encoding="utf-8")
    solutions = "".join(re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", lesson, re.DOTALL))
    reference = inspect.getsource(lesson_01._best)
    hidden = {
        "a check's words": lesson_01.loss_gradient.praise,
        "a check's reference": max(reference.splitlines(), key=len).strip(),
        "a lesson's solution": max(solutions.splitlines(), key=len).strip(),
        "a lesson's heading": max(re.findall(r"^# ## (.+)$", lesson, re.MULTILINE), key=len),
        "the repository's place": str(PACKAGE),
    }
    assert min(map(len, hidden.values())) > 10
    control = "def discriminator_loss("
    seen = search(sandbox, [*hidden.values(), control])
    assert {what: seen.found[text] for what, text in hidden.items() if seen.found[text]} == {}
    assert "/course/ganlab/losses.py" in seen.found[control]  # it does find what is there
    assert len(seen.files) > 5000
    names = [*(path.stem for path in (ROOT / "lessons").glob("*.py")), "lesson_0", "tests/banks"]
    assert [path for path in seen.files if any(name in path for name in names)] == []


def test_the_search_finds_what_is_hidden_well(tmp_path):
    """Across the pieces that a large file is read in, and in a path."""
    secret = "the-hidden-sentence"
    (tmp_path / "large").write_bytes(b"x" * ((1 << 24) - 7) + secret.encode() + b"y" * 100)
    (tmp_path / secret).mkdir()
    (tmp_path / secret / "empty").touch()

    class Beside(Unsafe):
        """Searches the test's own folder instead of everything."""

        def start(self, run, *args, **options):
            return super().start([one.replace('"/"', repr(str(tmp_path))) for one in run], *args, **options)

    expected = {str(tmp_path / "large"), str(tmp_path / secret / "empty")}
    seen = search(Beside(), [secret, "not there"])
    assert {text: set(paths) for text, paths in seen.found.items()} == {secret: expected, "not there": set()}
    assert set(readable_files(Beside())) == expected

    class Broken(Unsafe):
        def start(self, run, *args, **options):
            return super().start(["-c", "import sys; sys.stdin.readline(); sys.exit(1)"], *args, **options)

    with pytest.raises(GradingError, match="did not come to its end: died"):
        search(Broken(), [])


@pytest.mark.parametrize("where", ["beside", "installed", "both"])
def test_an_environment_in_the_repository_shows_only_itself(tmp_path, where):
    """The README's default, .venv in the repository: with the package beside it, or copied into it, or both."""
    this_machines_sandbox()
    repository = tmp_path / "repository"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", repository / ".venv"], check=True)
    packages = next((repository / ".venv" / "lib").glob("python*")) / "site-packages"
    homes = {"beside": [repository], "installed": [packages], "both": [repository, packages]}[where]
    for home in homes:
        shutil.copytree(PACKAGE, home / "ganlab", ignore=shutil.ignore_patterns("weights", "__pycache__"))
    (repository / "hidden_tests.py").write_text("assert secret")
    (repository / ".venv" / "share").mkdir()
    visible = [repository, repository / ".venv", "/course/ganlab/checks"]
    inside = f"""
import json, os, ganlab
checks = [path for path in {[str(packages / "ganlab" / name) for name in ("checks", "losses.py")]!r} if os.path.exists(path)]
print(json.dumps([checks, ganlab.__file__, *(sorted(os.listdir(path)) for path in {[str(one) for one in visible]!r})]))
"""
    grader = f"""
from ganlab.grading.sandbox_bubblewrap import Bubblewrap
from ganlab.grading.sandbox_process import stop
process = Bubblewrap().start(["-c", {inside!r}])
print(process.stdout.read().decode(), stop(process))
"""
    done = subprocess.run(
        [repository / ".venv/bin/python", "-c", grader], env={"PYTHONPATH": str(homes[0]), "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    said, ending = done.stdout.strip().rsplit("\n", 1)
    assert ending.strip() == "ended"
    assert json.loads(said) == [
        [], "/course/ganlab/__init__.py", [".venv"], ["bin", "lib", "pyvenv.cfg"],
        ["__init__.py", "attempt.py", "ladder.py"],
    ]  # fmt: skip


def test_python_as_it_is_installed_is_found_and_no_home():
    paths = python_paths()
    for needed in (Path(json.__file__), Path(pytest.__file__), Path(sys.executable).resolve()):
        assert any(needed.resolve().is_relative_to(path.resolve()) for path in paths), needed
    assert not any(Path.home().is_relative_to(path) or ROOT.is_relative_to(path) for path in paths)
