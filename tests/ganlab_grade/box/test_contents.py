"""What a submission can read: no check, no hidden test, nothing of the repository. Every readable file is searched."""

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ganlab_grade.box import Unsafe
from ganlab_grade.box.contents import CHECKS, GRADE, INSIDE, PACKAGE, contents, lay_out
from ganlab_grade.box.mounts import python_paths
from ganlab_grade.course import GradingError
from tests.ganlab_grade.box.programs import ROOT, run, this_machines_sandbox
from tests.ganlab_grade.box.search import readable_files, search
from tests.ganlab_grade.when import BOX


def imported_by(name: str) -> set[str]:
    """The files of ganlab_grade and ganlab.checks that one of them imports, through others too, and itself."""
    found, new = set(), {name}
    while new:
        found |= new
        trees = [ast.parse((GRADE.parent / one).read_text(encoding="utf-8")) for one in new]
        modules = {
            node.module
            for tree in trees
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module
        }
        wanted = {one for one in modules if re.match(r"ganlab_grade\b|ganlab\.checks\.", one)}
        new = {one.replace(".", "/") + ".py" for one in wanted} - found
    return found


def test_of_the_marking_only_what_the_worker_imports_is_shown():
    needed = imported_by("ganlab_grade/inside/worker.py")
    marking = {name for name in needed if name.startswith("ganlab_grade/")}
    assert marking == {f"ganlab_grade/inside/{name}" for name in INSIDE if name != "__init__.py"}
    assert needed - marking <= {f"ganlab/checks/{name}" for name in CHECKS}


def test_contents_hold_no_check_and_nothing_compiled(tmp_path):
    names = set(contents())
    checks = {name for name in names if "/checks" in name}
    assert checks == {"ganlab/checks/__init__.py", "ganlab/checks/attempt.py", "ganlab/checks/ladder.py"}
    assert {name for name in names if "/checks/" in name} == checks
    marking = {f"ganlab_grade/inside/{name}" for name in INSIDE}
    assert {name for name in names if not name.startswith("ganlab/")} == {"ganlab_grade/__init__.py", *marking}
    assert not [name for name in names if "__pycache__" in name]
    assert {"ganlab/__init__.py", "ganlab/losses.py", "ganlab/dcgan/networks.py", "ganlab/minimax/widget/page.js"} <= names
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
             error_of(__import__, "ganlab_grade.examine")])
    """)
    assert ended.said[0] == [2, "[None, None, <a check that runs when your notebook is marked>]", True]
    assert ended.said[1] == ["AttributeError", "ModuleNotFoundError", "ModuleNotFoundError"]


@pytest.fixture
def family(tmp_path):
    """A copy of the two packages in which a family has checks of its own, and one folder further down."""
    for home in (PACKAGE, GRADE):
        shutil.copytree(home, tmp_path / home.name, ignore=shutil.ignore_patterns("weights", "__pycache__"))
    for folder in ("cubism", "cubism/late"):
        (tmp_path / "ganlab" / folder / "checks" / "deeper").mkdir(parents=True)
        (tmp_path / "ganlab" / folder / "__init__.py").write_text("BLUE = 1\n")
        for name in ("checks/__init__", "checks/facets", "checks/deeper/planes"):
            (tmp_path / "ganlab" / folder / f"{name}.py").write_text("SOLUTION = 'the secret of the facets'\n")
    return tmp_path


def test_every_folder_of_checks_is_hidden_wherever_it_lies(family):
    names = set(contents(family / "ganlab", family / "ganlab_grade"))
    assert {name for name in names if "cubism" in name} == {
        "ganlab/cubism/__init__.py",
        "ganlab/cubism/late/__init__.py",
    }


def test_a_submission_sees_no_checks_of_a_family(family):
    this_machines_sandbox()
    inside = """
import json, os, ganlab.cubism.late
seen = {path: sorted(os.listdir(path)) for path, _, _ in os.walk("/course/ganlab/cubism")}
text = "".join(open(os.path.join(path, name)).read() for path, _, names in os.walk("/course") for name in names
               if name.endswith(".py") and "cubism" in path)
print(json.dumps([seen, "secret" in text, sorted(os.listdir("/course/ganlab_grade"))]))
"""
    grader = f"""
from ganlab_grade.box.bubblewrap import Bubblewrap
from ganlab_grade.box.process import stop
process = Bubblewrap().start(["-c", {inside!r}])
print(process.stdout.read().decode(), stop(process))
"""
    said, ending = graded_by([sys.executable, "-c", grader], family)
    assert ending == "ended"
    home = "/course/ganlab/cubism"
    assert json.loads(said) == [
        {home: ["__init__.py", "checks", "late"], f"{home}/checks": [],
         f"{home}/late": ["__init__.py", "checks"], f"{home}/late/checks": []},
        False, ["__init__.py", "inside"],
    ]  # fmt: skip


def graded_by(command: list, home: Path) -> tuple[str, str]:
    """What another Python says in the last line but one, and how its sandbox ended."""
    done = subprocess.run(
        command, env={"PYTHONPATH": str(home), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True,
        cwd=home,
    )  # fmt: skip
    said, ending = done.stdout.strip().rsplit("\n", 1)
    return said, ending.strip()


@pytest.mark.slow
@pytest.mark.thorough(when=[*BOX, "ganlab/*/checks/*"])
def test_no_readable_file_holds_a_check_or_a_lesson_or_says_where_they_are():
    sandbox = this_machines_sandbox()
    lesson = (ROOT / "lessons/01_minimax_game.py").read_text(encoding="utf-8")
    solutions = "".join(re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", lesson, re.DOTALL))
    hidden = {
        "a lesson's solution": max(solutions.splitlines(), key=len).strip(),
        "a lesson's heading": max(re.findall(r"^# ## (.+)$", lesson, re.MULTILINE), key=len),
        "the repository's place": str(PACKAGE),
    }
    # The longest line of every file of checks that is not shown: a reference or a sentence.
    shown = set(contents().values())
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "checks" in path.parts and path not in shown and text:
            hidden[str(path)] = max(text.splitlines(), key=len).strip()
    assert len(hidden) > 10
    assert min(map(len, hidden.values())) > 10
    control = "def discriminator_loss("
    seen = search(sandbox, [*hidden.values(), control])
    assert {what: seen.found[text] for what, text in hidden.items() if seen.found[text]} == {}
    assert "/course/ganlab/losses.py" in seen.found[control]  # it does find what is there
    assert len(seen.files) > 5000
    names = [*(path.stem for path in (ROOT / "lessons").glob("*.py")), "lesson_0", "/answers/"]
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
        for package in (PACKAGE, GRADE):
            shutil.copytree(package, home / package.name, ignore=shutil.ignore_patterns("weights", "__pycache__"))
    (repository / "hidden_tests.py").write_text("assert secret")
    (repository / ".venv" / "share").mkdir()
    visible = [repository, repository / ".venv", "/course/ganlab/checks"]
    inside = f"""
import json, os, ganlab
checks = [path for path in {[str(packages / name) for name in ("ganlab/checks", "ganlab/losses.py", "ganlab_grade/cli.py")]!r} if os.path.exists(path)]
print(json.dumps([checks, ganlab.__file__, *(sorted(os.listdir(path)) for path in {[str(one) for one in visible]!r})]))
"""
    grader = f"""
from ganlab_grade.box.bubblewrap import Bubblewrap
from ganlab_grade.box.process import stop
process = Bubblewrap().start(["-c", {inside!r}])
print(process.stdout.read().decode(), stop(process))
"""
    said, ending = graded_by([repository / ".venv/bin/python", "-c", grader], homes[0])
    assert ending == "ended"
    assert json.loads(said) == [
        [], "/course/ganlab/__init__.py", [".venv"], ["bin", "lib", "pyvenv.cfg"],
        ["__init__.py", "attempt.py", "ladder.py"],
    ]  # fmt: skip


def test_python_as_it_is_installed_is_found_and_no_home():
    paths = python_paths()
    for needed in (Path(json.__file__), Path(pytest.__file__), Path(sys.executable).resolve()):
        assert any(needed.resolve().is_relative_to(path.resolve()) for path in paths), needed
    assert not any(Path.home().is_relative_to(path) or ROOT.is_relative_to(path) for path in paths)
