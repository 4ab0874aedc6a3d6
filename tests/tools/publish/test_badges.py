"""`make badges`: the address of the course stands in one place, and everything else follows."""

import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tools.lessons.notebook import out_of_date
from tools.lessons.source import project_values, read_lesson
from tools.publish import badges

ROOT = Path(__file__).resolve().parents[3]
OLD = badges.current(ROOT)
NEW = badges.Address("ada-l", "gans.for.all", "trunk_2")


@pytest.fixture
def copy(tmp_path):
    """The project's files in another place, which git knows as a project of its own."""
    for path in badges.project_files(ROOT):
        target = tmp_path / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".safetensors":
            target.symlink_to(path)  # weights are no text, and only read
        else:
            shutil.copyfile(path, target)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    return tmp_path


def texts(root: Path) -> dict[str, str]:
    found = {path.relative_to(root).as_posix(): badges.read(path) for path in badges.project_files(root)}
    return {name: text for name, text in found.items() if text is not None}


def mentions(root: Path, address: badges.Address) -> set[str]:
    """Files that hold owner/name in any form, also escaped inside another link."""
    slugs = [f"{address.owner}{sign}{address.name}" for sign in ("/", "%2F", "%2f", ":")]
    return {name for name, text in texts(root).items() if any(slug in text for slug in slugs)}


@pytest.mark.thorough(when=["tools/publish/*", "tools/lessons/source.py", "tests/tools/publish/test_badges.py"])
def test_every_derived_place_follows_and_no_other_place_has_the_old_address(copy, capsys):
    before, derived = texts(copy), mentions(copy, OLD)
    notebooks = {f"{folder}/{path.stem}.ipynb" for folder in ("notebooks", "solutions")
                 for path in (ROOT / "lessons").glob("[0-9]*.py")}  # fmt: skip
    assert notebooks | {"pyproject.toml", "README.md", "docs/jupyterhub.md"} <= derived
    assert badges.main(["--root", str(copy), "--repo", f"{NEW.owner}/{NEW.name}", "--branch", NEW.branch]) == 0
    assert f"{len(derived)} files written" in capsys.readouterr().out
    after = texts(copy)
    assert mentions(copy, OLD) == set()
    assert mentions(copy, NEW) == derived == {name for name in after if after[name] != before[name]}
    assert badges.current(copy) == NEW
    # As the build would have written them, outputs and all: nothing has to be executed again.
    lessons = [read_lesson(path) for path in sorted((copy / "lessons").glob("[0-9]*.py"))]
    values = project_values(copy)
    stale_before = [out_of_date(lesson, project_values(ROOT), ROOT) for lesson in lessons]
    assert [out_of_date(lesson, values, copy) for lesson in lessons] == stale_before
    # Once more changes nothing, and the way back leads to the same bytes.
    assert badges.main(["--root", str(copy), "--repo", NEW.url, "--branch", NEW.branch]) == 0
    assert "everything says so already" in capsys.readouterr().out
    assert texts(copy) == after
    assert badges.main(["--root", str(copy), "--repo", OLD.url + ".git", "--branch", OLD.branch]) == 0
    assert texts(copy) == before


@pytest.mark.thorough(when=["tools/publish/*", "tools/lessons/source.py", "tests/tools/publish/test_badges.py"])
def test_an_edited_pyproject_and_a_run_cut_short_are_finished_without_git(copy, monkeypatch):
    shutil.rmtree(copy / ".git")
    pyproject = copy / "pyproject.toml"
    edited = pyproject.read_text(encoding="utf-8").replace(OLD.url, NEW.url)
    pyproject.write_text(edited.replace(f'branch = "{OLD.branch}"', f'branch = "{NEW.branch}"'), encoding="utf-8")
    real, written = Path.write_bytes, []

    def fails_at_the_third(path, content):
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(path)
        return real(path, content)

    monkeypatch.setattr(Path, "write_bytes", fails_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        badges.derive(copy, NEW)
    monkeypatch.undo()
    assert mentions(copy, OLD)
    assert mentions(copy, NEW)
    assert badges.main(["--root", str(copy)]) == 0
    assert mentions(copy, OLD) == set()


@pytest.mark.parametrize(
    ("repo", "branch", "sentence"),
    [
        ("gans", "main", "REPO='gans' is no repository on GitHub; expected owner/name"),
        ("ada/gans/tree", "main", "is no repository on GitHub"),
        ("https://example.org/ada/gans", "main", "is no repository on GitHub"),
        ("ada/g ans", "main", "is no repository on GitHub"),
        ("-ada/gans", "main", "is no repository on GitHub"),
        ("ada/..", "main", "is no repository on GitHub"),
        ('ada/gans"', "main", "is no repository on GitHub"),
        ("ada/gans", "feature/x", "BRANCH='feature/x' cannot be used"),
        ("ada/gans", "a..b", "BRANCH='a..b' cannot be used"),
        ("ada/gans", "-x", "BRANCH='-x' cannot be used"),
        ("ada/gans", 'x"\n', "cannot be used"),
    ],
)
def test_an_address_that_cannot_be_gets_a_sentence_and_changes_nothing(tmp_path, capsys, repo, branch, sentence):
    before = shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml").read_bytes()
    assert badges.main(["--root", str(tmp_path), f"--repo={repo}", f"--branch={branch}"]) == 1
    said = capsys.readouterr().out
    assert sentence in said
    assert "Traceback" not in said
    assert (tmp_path / "pyproject.toml").read_bytes() == before


@pytest.mark.parametrize("typed", ["ada/gans", "https://github.com/ada/gans/", "git@github.com:ada/gans.git"])
def test_an_address_may_be_typed_as_people_copy_it(typed):
    assert badges.parse(typed, "main").url == "https://github.com/ada/gans"


SLUG, LINK = f"{OLD.owner}/{OLD.name}", OLD.url


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f'"ganlab @ git+{LINK}@{OLD.branch}"', f'"ganlab @ git+{NEW.url}@{NEW.branch}"'),
        (f"clone {LINK}.git here", f"clone {NEW.url}.git here"),
        (f"See {LINK}.", f"See {NEW.url}."),
        (f"{LINK}/blob/{OLD.branch}/README.md", f"{NEW.url}/blob/{NEW.branch}/README.md"),
        (f"{LINK}/blob/{OLD.branch}tenance/x", f"{NEW.url}/blob/{OLD.branch}tenance/x"),
        (f"{LINK}-extra {SLUG} {LINK}.io", f"{LINK}-extra {SLUG} {LINK}.io"),
        (f"mybinder.org/v2/gh/{SLUG}/{OLD.branch}?u", f"mybinder.org/v2/gh/{NEW.owner}/{NEW.name}/{NEW.branch}?u"),
        (f"github.com%2F{OLD.owner}%2F{OLD.name}&branch={OLD.branch}&u=1",
         f"github.com%2F{NEW.owner}%2F{NEW.name}&branch={NEW.branch}&u=1"),
    ],
)  # fmt: skip
def test_links_are_rewritten_and_their_likes_are_not(text, wanted):
    assert badges.rewritten(text, OLD, NEW) == wanted


def links(path: str, host: str) -> list[str]:
    text = (ROOT / path).read_text(encoding="utf-8")
    return [found for found in re.findall(r"https?://[^\s)>\"`]+", text) if host in found]


def test_nbgitpullers_links_fetch_this_project_and_open_what_exists():
    found = links("docs/jupyterhub.md", "/git-pull?")
    assert len(found) >= 1
    for link in found:
        parts = urlsplit(link)
        assert parts.path == "/hub/user-redirect/git-pull"
        given = parse_qs(parts.query, strict_parsing=True)
        assert set(given) == {"repo", "branch", "targetPath", "urlpath"}
        assert (given["repo"], given["branch"]) == ([OLD.url], [OLD.branch])
        # The folder has a name of its own, so that the link also works when the repository has another one.
        folder = f"lab/tree/{given['targetPath'][0]}/"
        assert given["urlpath"][0].startswith(folder)
        assert (ROOT / given["urlpath"][0].removeprefix(folder)).exists()


def test_binders_link_opens_this_project():
    found = links("README.md", "mybinder.org/v2")
    assert found
    for link in found:
        parts = urlsplit(link)
        assert parts.path == f"/v2/gh/{OLD.owner}/{OLD.name}/{OLD.branch}"
        opened = parse_qs(parts.query, strict_parsing=True)["urlpath"][0]
        assert (ROOT / opened.removeprefix("lab/tree/")).exists()
